/* trace HOST PORT [AUTHORITIES]: a log of the handshake, for whoever has to find out where one gets
 * stuck: each message that is sent or received, in the clear, with its length. */
#include "complain.h"
#include "dial.h"

/* Names and certificates of the peer are in these bodies: a log of them is not for everybody. */
static void show(void *user, const tacit_message *m)
{
    fprintf(user, "%s %-22s", m->sent ? "->" : "<-", m->name);
    for (size_t i = 0; i < m->body.n && i < 16; i++)
        fprintf(user, "%02x", m->body.p[i]);
    fprintf(user, "%s %zu bytes\n", m->body.n > 16 ? "..." : "", m->body.n);
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    tacit_config_options options = {
        .size = sizeof options, .handshake_timeout = 10000, .trace = show, .user = stdout};
    if (argc < 3)
        return fprintf(stderr, "usage: trace HOST PORT [AUTHORITIES]\n"), 2;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_trust *trust = argc > 3 ? tacit_trust_new(env, &error) : tacit_trust_system(env, &error);
    options.trust = trust;
    bool trusting = trust && (argc == 3 || tacit_trust_add_file(trust, argv[3], &error));
    tacit_config *config = trusting ? tacit_client_config(env, &options, &error) : NULL;
    tacit_stream *s = tacit_stream_new(tacit_client_new(config, argv[1], &error), &error);
    int fd = s ? dial(argv[1], argv[2]) : -1;
    if (fd >= 0)
        tacit_stream_attach(s, fd, fd);
    bool done = fd >= 0 && tacit_stream_handshake(s) == TACIT_STREAM_DONE;
    int status = done ? 0 : complain(fd >= 0 ? tacit_stream_error(s) : &error);
    if (done)
        tacit_stream_close(s, true);
    tacit_stream_free(s);
    tacit_config_free(config);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return status;
}
