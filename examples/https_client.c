/* https_client HOST PORT PATH [AUTHORITIES]: fetches a page. The server must prove HOST to the
 * authorities of the system, or to those in a PEM file. */
#include "complain.h"
#include "dial.h"

#include <string.h>

int main(int argc, char **argv)
{
    static const char form[] = "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
    static const char *const alpn[] = {"http/1.1"};
    tacit_error error = {0};
    tacit_config_options options = {.size = sizeof options, .alpn = alpn, .n_alpn = 1};
    char ask[2048], page[16384];
    ptrdiff_t n = TACIT_STREAM_ERROR;
    if (argc < 4 || snprintf(ask, sizeof ask, form, argv[3], argv[1]) >= (int)sizeof ask)
        return fprintf(stderr, "usage: https_client HOST PORT PATH [AUTHORITIES]\n"), 2;
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_trust *trust = argc > 4 ? tacit_trust_new(env, &error) : tacit_trust_system(env, &error);
    options.trust = trust;
    bool trusting = trust && (argc == 4 || tacit_trust_add_file(trust, argv[4], &error));
    tacit_config *config = trusting ? tacit_client_config(env, &options, &error) : NULL;
    tacit_stream *s = tacit_stream_new(tacit_client_new(config, argv[1], &error), &error);
    int fd = s ? dial(argv[1], argv[2]) : -1;
    if (fd >= 0) {
        tacit_stream_attach(s, fd, fd);
        tacit_stream_timeout(s, 30000);
        n = tacit_stream_write(s, ask, strlen(ask)); /* after the handshake */
        while (n > 0 && (n = tacit_stream_read(s, page, sizeof page)) > 0)
            fwrite(page, 1, (size_t)n, stdout);
        tacit_stream_close(s, false);
    }
    /* DONE and nothing else says that the page is whole. */
    int status = n == TACIT_STREAM_DONE ? 0 : complain(s ? tacit_stream_error(s) : &error);
    tacit_stream_free(s);
    tacit_config_free(config);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return status;
}
