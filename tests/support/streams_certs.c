/* streams_certs.c: see streams.h. */
#include "streams.h"

#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static tacit_identity *identity(const struct test_cert *root)
{
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "a.test", .san = "DNS:a.test"}, root);
    tacit_error error;
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    assert_non_null(id);
    return id;
}

struct streams streams_new(tacit_config_options client, tacit_config_options server)
{
    static const struct test_cert *root;
    tacit_error error = {0};
    if (!root)
        root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    tacit_identity *id = identity(root);
    tacit_trust *trust = tacit_trust_new(test_env(), &error);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error));
    client.size = server.size = sizeof client;
    client.trust = client.trust ? client.trust : trust;
    server.trust = server.client_auth ? trust : NULL;
    server.identities = &id;
    server.n_identities = 1;
    tacit_config *cc = tacit_client_config(test_env(), &client, &error);
    tacit_config *sc = tacit_server_config(test_env(), &server, &error);
    struct streams s = {
        .client = tacit_stream_new(tacit_client_new(cc, "a.test", &error), &error),
        .server = tacit_stream_new(tacit_server_new(sc, &error), &error),
        .fd = {-1, -1},
    };
    if (!s.client || !s.server)
        fail_msg("%s", error.name);
    tacit_config_free(cc);
    tacit_config_free(sc);
    tacit_trust_free(trust);
    tacit_identity_free(id);
    return s;
}

struct streams streams_socket(tacit_config_options client, tacit_config_options server)
{
    struct streams s = streams_new(client, server);
    int small = 4096;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s.fd), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(setsockopt(s.fd[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    tacit_stream_attach(s.client, s.fd[0], s.fd[0]);
    tacit_stream_attach(s.server, s.fd[1], s.fd[1]);
    return s;
}

void streams_up(struct streams *s)
{
    tacit_stream_result client, server;
    tacit_stream_timeout(s->client, 0);
    tacit_stream_timeout(s->server, 0);
    do {
        client = tacit_stream_handshake(s->client);
        server = tacit_stream_handshake(s->server);
        if (client == TACIT_STREAM_ERROR || server == TACIT_STREAM_ERROR)
            fail_msg("client %s, server %s", stream_reason(s->client), stream_reason(s->server));
    } while (client != TACIT_STREAM_DONE || server != TACIT_STREAM_DONE);
}

void streams_close(struct streams *s, int end)
{
    if (s->fd[end] >= 0)
        close(s->fd[end]);
    s->fd[end] = -1;
}

void streams_free(struct streams *s)
{
    tacit_stream_free(s->client);
    tacit_stream_free(s->server);
    streams_close(s, 0);
    streams_close(s, 1);
}

const char *stream_reason(const tacit_stream *s)
{
    const tacit_error *error = tacit_stream_error(s);
    return error ? error->name : "";
}
