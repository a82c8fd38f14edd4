/* mutual_tls server|client AUTHORITY CHAIN KEY PORT [VISITORS]: lines are echoed between two ends
 * that prove themselves to each other, by certificates of one private authority. The server, named
 * "localhost", takes one visitor after the other, and says who it was. */
#include "complain.h"
#include "dial.h"
#include "listen.h"

#include <string.h>

/* Both ends have the same options but for client_auth. */
static tacit_config *config_of(bool server, char **files, tacit_error *error)
{
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_trust *trust = tacit_trust_new(env, error);
    tacit_identity *id = tacit_identity_files(env, files[1], files[2], NULL, NULL, error);
    tacit_config_options options = {
        .size = sizeof options,
        .trust = trust,
        .identities = &id,
        .n_identities = 1,
        .client_auth = server ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF,
        .keep_peer_chain = true, /* to say who it was */
    };
    tacit_config *config = NULL;
    if (trust && tacit_trust_add_file(trust, files[0], error))
        config = server ? tacit_server_config(env, &options, error)
                        : tacit_client_config(env, &options, error);
    tacit_identity_free(id);
    tacit_trust_free(trust);
    tacit_env_free(env); /* the configuration has references to all three */
    return config;
}

static ptrdiff_t echo_to(tacit_stream *s)
{
    char text[4096];
    tacit_cert_info who = {.size = sizeof who};
    ptrdiff_t n = tacit_stream_handshake(s);
    if (n == TACIT_STREAM_DONE && tacit_conn_peer_cert(tacit_stream_conn(s), 0, &who))
        printf("%s\n", who.name);
    while (n >= 0 && (n = tacit_stream_read(s, text, sizeof text)) > 0)
        n = tacit_stream_write(s, text, (size_t)n);
    return n;
}

static ptrdiff_t talk_to(tacit_stream *s)
{
    char line[512], echo[512];
    ptrdiff_t n = TACIT_STREAM_DONE;
    while (n >= 0 && fgets(line, sizeof line, stdin)) {
        size_t all = strlen(line), had = 0;
        n = tacit_stream_write(s, line, all);
        while (n > 0 && had < all && (n = tacit_stream_read(s, echo + had, all - had)) > 0)
            had += (size_t)n;
        fwrite(echo, 1, had, stdout);
        if (n == TACIT_STREAM_DONE)
            return n; /* the server had enough */
    }
    return n < 0 ? n : tacit_stream_close(s, true);
}

/* Takes over the connection and the descriptor; 0, or an exit status. */
static int run(tacit_conn *conn, int fd, ptrdiff_t (*with)(tacit_stream *), tacit_error *error)
{
    tacit_stream *s = tacit_stream_new(conn, error);
    int status;
    if (!s || fd < 0) {
        status = complain(error);
    } else {
        tacit_stream_attach(s, fd, fd);
        tacit_stream_timeout(s, 10000);
        status = with(s) == TACIT_STREAM_DONE ? 0 : complain(tacit_stream_error(s));
        tacit_stream_close(s, false);
    }
    tacit_stream_free(s);
    close(fd);
    return status;
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    int status = 0;
    bool server = argc > 1 && strcmp(argv[1], "server") == 0;
    if (argc < 6)
        return fprintf(stderr, "usage: mutual_tls server|client AUTHORITY CHAIN KEY PORT\n"), 2;
    tacit_config *config = config_of(server, argv + 2, &error);
    if (!config)
        return complain(&error);
    if (server) {
        int listener = listen_on(argv[5]);
        for (long left = argc > 6 ? atol(argv[6]) : -1; listener >= 0 && left; left -= left > 0)
            run(tacit_server_new(config, &error), accept(listener, NULL, NULL), echo_to, &error);
        close(listener);
    } else {
        status = run(tacit_client_new(config, "localhost", &error), dial("localhost", argv[5]),
                     talk_to, &error);
    }
    tacit_config_free(config);
    return status;
}
