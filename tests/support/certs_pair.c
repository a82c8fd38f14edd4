/* certs_pair.c: see certs_pair.h. */
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static tacit_identity *identity(tacit_env *env, struct test_cert_spec spec,
                                const struct test_cert *by)
{
    tacit_error error;
    const struct test_cert *leaf = test_cert(spec, by);
    tacit_identity *id = tacit_identity_pem(env, span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    return id;
}

void people_begin(struct people *people, tacit_env *env)
{
    tacit_error error;
    env = env ? env : test_env();
    people->root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    people->trust = tacit_trust_new(env, &error);
    assert_non_null(people->trust);
    span anchor = span_str(test_chain_pem(&people->root, 1));
    assert_true(tacit_trust_add_pem(people->trust, anchor, &error));
    struct test_cert_spec spec = {.cn = "server", .san = "DNS:a.test", .key_no = 1};
    people->server = identity(env, spec, people->root);
    spec = (struct test_cert_spec){.cn = "client", .san = "DNS:client.test", .key_no = 2};
    people->client = identity(env, spec, people->root);
}

void people_end(struct people *people)
{
    tacit_trust_free(people->trust);
    tacit_identity_free(people->server);
    tacit_identity_free(people->client);
    test_certs_end(NULL);
}

struct pair people_pair(struct people *people, tacit_config_options client,
                        tacit_config_options server)
{
    struct pair p = {0};
    tacit_error error;
    tacit_env *env = people->server->env;
    client.size = server.size = sizeof client;
    if (!client.max_version && !server.max_version)
        client.min_version = server.min_version = 0x0304; /* unless a test says otherwise */
    if (!client.trust && !client.insecure_skip_verification)
        client.trust = people->trust;
    if (!server.n_identities) {
        server.identities = &people->server;
        server.n_identities = 1;
    }
    if (server.client_auth && !server.trust)
        server.trust = people->trust;
    tacit_config *cc = tacit_client_config(env, &client, &error);
    tacit_config *sc = cc ? tacit_server_config(env, &server, &error) : NULL;
    p.client = tacit_client_new(cc, "a.test", &error);
    p.server = tacit_server_new(sc, &error);
    if (!p.client || !p.server)
        fail_msg("%s", error.name);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

struct pair people_connected(struct people *people)
{
    struct pair p = people_pair(people, (tacit_config_options){0}, (tacit_config_options){0});
    pair_run(&p);
    assert_true(pair_connected(&p));
    return p;
}

bool pair_connected(const struct pair *p)
{
    return tacit_conn_phase(p->client) == TACIT_PHASE_CONNECTED
           && tacit_conn_phase(p->server) == TACIT_PHASE_CONNECTED;
}

void pair_inject(struct pair *p, bool to_server, enum content_type type, span content)
{
    struct err err = {0};
    tacit_conn *from = to_server ? p->client : p->server;
    assert_true(out_flight(&from->t.out, &err));
    assert_true(out_seal(&from->t.out, type, content, &err));
    while (pair_move(p, to_server))
        continue;
}

/* It stays failed: whatever is done with it, its first error is kept, and once what was queued is
 * sent nothing moves any more. */
void assert_failed_at(tacit_conn *c, enum reason reason, const char *file, int line)
{
    const tacit_error *error = tacit_conn_error(c);
    if (!error || error->reason != reason) {
        print_error("%s:%d: expected %s, found %s\n", file, line,
                    reason_row((uint16_t)reason)->name, error ? error->name : "no failure");
        _fail(file, line);
        return; /* it does not, but who reads the code need not know */
    }
    assert_int_equal(tacit_conn_read_end(c), TACIT_READ_FAILED);
    assert_int_equal(tacit_conn_phase(c), TACIT_PHASE_CLOSED);
    assert_int_equal(tacit_conn_wire_in_buf(c).n, 0);
    assert_int_equal(tacit_conn_app_in_buf(c).n, 0);
    assert_int_equal(tacit_conn_write(c, "x", 1), 0);
    tacit_conn_close(c);
    tacit_conn_wire_in_eof(c);
    assert_false(tacit_conn_key_update(c, true));
    assert_ptr_equal(tacit_conn_error(c)->file, error->file);
    for (tacit_span out; (out = tacit_conn_wire_out_buf(c)).n;)
        tacit_conn_wire_out_done(c, out.n);
    assert_int_equal(tacit_conn_wants(c), TACIT_WANT_CLOSED);
}
