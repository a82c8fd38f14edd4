/* mesh server|client AUTHORITY CHAIN KEY PORT PEER: one word between two services of a mesh, who
 * know each other by the URI in their certificates. PEER says whom to speak to, such as
 * "spiffe://example.org/ns/shop/sa/web", or with "*" in the place of a segment. */
#include "complain.h"
#include "dial.h"
#include "listen.h"

#include <string.h>

static tacit_config *config_of(bool server, char **files, const char *peer, tacit_error *error)
{
    const tacit_allow allow = {.kind = TACIT_ALLOW_URI, .pattern = peer};
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_trust *trust = tacit_trust_new(env, error);
    tacit_identity *id = tacit_identity_files(env, files[1], files[2], NULL, NULL, error);
    tacit_config_options options = {
        .size = sizeof options,
        .trust = trust,
        .identities = &id,
        .n_identities = 1,
        .allow = &allow,
        .n_allow = 1,
        .client_auth = server ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF,
        .name_by_allow = !server, /* it bears no host's: the list stands in its place */
        .keep_peer_chain = true,
    };
    tacit_config *config = NULL;
    if (trust && id && tacit_trust_add_file(trust, files[0], error))
        config = server ? tacit_server_config(env, &options, error)
                        : tacit_client_config(env, &options, error);
    tacit_identity_free(id);
    tacit_trust_free(trust);
    tacit_env_free(env); /* the configuration has references to all three */
    return config;
}

int main(int argc, char **argv)
{
    char who[1024], word[16] = "hello\n";
    tacit_error error = {0};
    bool server = argc > 1 && strcmp(argv[1], "server") == 0;
    if (argc < 7)
        return fprintf(stderr, "usage: mesh server|client AUTHORITY CHAIN KEY PORT PEER\n"), 2;
    tacit_config *config = config_of(server, argv + 2, argv[6], &error);
    tacit_conn *conn =
        server ? tacit_server_new(config, &error) : tacit_client_new(config, NULL, &error);
    tacit_stream *s = tacit_stream_new(conn, &error);
    int fd = !s ? -1 : server ? accept(listen_on(argv[5]), NULL, NULL) : dial("localhost", argv[5]);
    ptrdiff_t n = TACIT_STREAM_ERROR;
    if (fd >= 0) {
        tacit_stream_attach(s, fd, fd);
        tacit_stream_timeout(s, 10000);
        n = server ? tacit_stream_write(s, word, strlen(word)) : tacit_stream_read(s, word, 15);
        if (n > 0 && tacit_conn_peer_name(conn, 0, 0, NULL, who, sizeof who))
            printf("%s %s: %.*s", server ? "to" : "from", who, (int)n, word);
        tacit_stream_close(s, true);
    }
    int status = n > 0 ? 0 : complain(fd >= 0 ? tacit_stream_error(s) : &error);
    tacit_stream_free(s);
    tacit_config_free(config);
    return status;
}
