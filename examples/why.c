/* why HOST PORT [AUTHORITIES]: why a server is believed, or is not: of each path that was tried the
 * certificates, the rule that was broken, what that asks for and what was found. */
#include "complain.h"
#include "dial.h"

int main(int argc, char **argv)
{
    char text[8192];
    tacit_error error = {0};
    tacit_config_options options = {.size = sizeof options,
                                    .keep_peer_chain = true, /* tell of a success, too */
                                    .handshake_timeout = 10000};
    if (argc < 3)
        return fprintf(stderr, "usage: why HOST PORT [AUTHORITIES]\n"), 2;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_trust *trust = argc > 3 ? tacit_trust_new(env, &error) : tacit_trust_system(env, &error);
    options.trust = trust;
    bool trusting = trust && (argc == 3 || tacit_trust_add_file(trust, argv[3], &error));
    tacit_config *config = trusting ? tacit_client_config(env, &options, &error) : NULL;
    tacit_stream *s = tacit_stream_new(tacit_client_new(config, argv[1], &error), &error);
    int fd = s ? dial(argv[1], argv[2]) : -1, status = 0;
    if (fd >= 0) {
        tacit_stream_attach(s, fd, fd);
        if (tacit_stream_handshake(s) != TACIT_STREAM_DONE)
            status = complain(tacit_stream_error(s));
        tacit_report_text(tacit_conn_report(tacit_stream_conn(s)), text, sizeof text);
        fputs(text, stdout);
        tacit_stream_close(s, true);
    } else {
        status = complain(&error);
    }
    tacit_stream_free(s);
    tacit_config_free(config);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return status;
}
