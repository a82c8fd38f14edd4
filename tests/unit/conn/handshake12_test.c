/* TLS 1.2 of tacit with itself, in memory: every suite, group and kind of key, client certificates,
 * the words of `legacy`, and what both ends say of it. */
#include "certs.h"
#include "conn/conn.h"
#include "pair.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct test_cert *root;
static tacit_trust *trust;
static tacit_error error;

static tacit_identity *identity(enum made_key key, const char *ku)
{
    const struct test_cert *leaf = test_cert(
        (struct test_cert_spec){.cn = "a.test", .key = key, .san = "DNS:a.test", .ku = ku}, root);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    return id;
}

static struct pair start(tacit_config_options client, tacit_config_options server)
{
    client.size = server.size = sizeof client;
    client.max_version = TLS12;
    client.trust = trust;
    server.trust = server.client_auth ? trust : NULL;
    tacit_config *cc = tacit_client_config(test_env(), &client, &error);
    if (!cc)
        fail_msg("client %s", error.name);
    tacit_config *sc = tacit_server_config(test_env(), &server, &error);
    if (!sc)
        fail_msg("server %s", error.name);
    struct pair p = {.client = tacit_client_new(cc, "a.test", &error),
                     .server = tacit_server_new(sc, &error)};
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

static void assert_connected(const struct pair *p)
{
    const tacit_error *c = tacit_conn_error(p->client), *s = tacit_conn_error(p->server);
    if (c || s)
        fail_msg("client %s (%s:%u), server %s (%s:%u)", c ? c->name : "", c ? c->file : "",
                 c ? c->line : 0, s ? s->name : "", s ? s->file : "", s ? s->line : 0);
    assert_int_equal(tacit_conn_phase(p->client), TACIT_PHASE_CONNECTED);
    assert_int_equal(tacit_conn_phase(p->server), TACIT_PHASE_CONNECTED);
}

static void assert_serves(struct pair *p)
{
    static uint8_t data[40000];
    pair_run(p);
    assert_connected(p);
    assert_true(pair_send(p, true, data, sizeof data));
    assert_true(pair_send(p, false, data, sizeof data));
}

static enum made_key key_for(enum kx kx)
{
    return kx == KX_ECDHE_ECDSA ? MADE_P256 : MADE_RSA;
}

static void every_suite_and_group(void **state)
{
    (void)state;
    for (size_t s = 0; s < n_suites; s++) {
        if (suites[s].version != TLS12)
            continue;
        const char *ku = suites[s].kx == KX_RSA ? "critical,keyEncipherment" : NULL;
        tacit_identity *id = identity(key_for(suites[s].kx), ku);
        for (size_t g = 0; g < n_groups; g++) {
            tacit_config_options so = {
                .suites = &suites[s].id, .n_suites = 1, .identities = &id, .n_identities = 1};
            so.groups = &groups[g].id; /* the client lists all: it takes their curves */
            so.n_groups = 1;
            tacit_config_options co = {0};
            co.legacy = so.legacy = suites[s].legacy;
            struct pair p = start(co, so);
            p.chunk = g == 1;
            assert_serves(&p);
            tacit_info info = {.size = sizeof info};
            tacit_conn_info(p.client, &info);
            assert_string_equal(info.version_name, "TLS 1.2");
            assert_int_equal(info.suite, suites[s].id);
            assert_int_equal(info.legacy, suites[s].legacy);
            assert_in_range(info.suite_bits, 128, 256);
            assert_int_equal(info.group, suites[s].kx == KX_RSA ? 0 : groups[g].id);
            assert_true(info.peer_verified);
            uint8_t a[32], b[32];
            assert_true(tacit_conn_export(p.client, a, 32, "EXPORTER-x", (span){0}));
            assert_true(tacit_conn_export(p.server, b, 32, "EXPORTER-x", (span){0}));
            assert_memory_equal(a, b, 32);
            tacit_conn_close(p.client);
            pair_run(&p);
            assert_int_equal(tacit_conn_read_end(p.server), TACIT_READ_CLEAN);
            assert_int_equal(tacit_conn_read_end(p.client), TACIT_READ_CLEAN);
            assert_int_equal(tacit_conn_wants(p.client), TACIT_WANT_CLOSED);
            assert_int_equal(tacit_conn_wants(p.server), TACIT_WANT_CLOSED);
            pair_free(&p);
        }
        tacit_identity_free(id);
    }
}

static void every_key_at_both_ends(void **state)
{
    static const enum made_key keys[] = {MADE_P256, MADE_P384, MADE_P521,      MADE_ED25519,
                                         MADE_RSA,  MADE_PSS,  MADE_PSS_SHA256};
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        tacit_identity *id = identity(keys[i], NULL);
        tacit_config_options o = {.identities = &id, .n_identities = 1};
        tacit_config_options so = o;
        tacit_identity *usual = identity(MADE_P256, NULL);
        if (keys[i] == MADE_P521) /* not a group of ours: see below */
            so.identities = &usual;
        so.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
        struct pair p = start(o, so);
        assert_serves(&p);
        tacit_info info = {.size = sizeof info};
        tacit_conn_info(p.server, &info);
        assert_true(info.peer_verified);
        pair_free(&p);
        tacit_identity_free(id);
        tacit_identity_free(usual);
    }
}

/* RFC 8422 5.1: a server shows no key on a curve that the client does not list, and takes another
 * one, with another suite. */
static void curves_of_certificates(void **state)
{
    (void)state;
    static const uint16_t x25519 = 0x001d;
    tacit_identity *ids[] = {identity(MADE_P256, NULL), identity(MADE_RSA, NULL)};
    tacit_config_options so = {.identities = ids, .n_identities = 1};
    struct pair p = start((tacit_config_options){.groups = &x25519, .n_groups = 1}, so);
    pair_run(&p);
    assert_string_equal(tacit_conn_error(p.server)->name, "NO_COMMON_CURVE");
    pair_free(&p);
    so.n_identities = 2;
    p = start((tacit_config_options){.groups = &x25519, .n_groups = 1}, so);
    assert_serves(&p);
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(p.client, &info);
    assert_int_equal(info.suite, 0xc02f);
    pair_free(&p);
    tacit_identity_free(ids[0]);
    tacit_identity_free(ids[1]);
}

/* P-521 is no group of ours, so that our own clients do not list it: a server with nothing else
 * says so, and one with a choice passes over it. */
static void nobody_lists_p521(void **state)
{
    (void)state;
    tacit_identity *ids[] = {identity(MADE_P521, NULL), identity(MADE_ED25519, NULL)};
    tacit_config_options so = {.identities = ids, .n_identities = 1};
    tacit_info info = {.size = sizeof info};
    struct pair p = start((tacit_config_options){0}, so);
    pair_run(&p);
    assert_string_equal(tacit_conn_error(p.server)->name, "NO_COMMON_CURVE");
    assert_string_equal(tacit_conn_error(p.client)->name, "PEER_ALERT_NO_COMMON");
    pair_free(&p);
    so.n_identities = 2;
    p = start((tacit_config_options){0}, so);
    assert_serves(&p);
    tacit_conn_info(p.client, &info);
    assert_int_equal(info.peer_scheme, 0x0807);
    pair_free(&p);
    tacit_identity_free(ids[0]);
    tacit_identity_free(ids[1]);
}

static void clients_without_certificates(void **state)
{
    (void)state;
    tacit_identity *id = identity(MADE_P256, NULL);
    tacit_config_options so = {.identities = &id, .n_identities = 1};
    so.client_auth = TACIT_CLIENT_AUTH_OPTIONAL;
    struct pair p = start((tacit_config_options){0}, so);
    assert_serves(&p);
    pair_free(&p);
    so.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    p = start((tacit_config_options){0}, so);
    pair_run(&p);
    assert_string_equal(tacit_conn_error(p.server)->name, "CLIENT_CERT_MISSING12");
    assert_non_null(tacit_conn_error(p.client));
    pair_free(&p);
    tacit_identity_free(id);
}

/* TLS 1.2 cannot change a key that has sealed all it may: RFC 9846 5.5, bug class 85. */
static void a_key_wears_out(void **state)
{
    (void)state;
    tacit_identity *id = identity(MADE_P256, NULL);
    for (int of_client = 0; of_client < 2; of_client++) {
        struct pair p = start((tacit_config_options){0},
                              (tacit_config_options){.identities = &id, .n_identities = 1});
        tacit_conn *c = of_client ? p.client : p.server;
        c->t.config->max_records = 5; /* the Finished was the first */
        pair_run(&p);
        assert_connected(&p);
        for (size_t i = 0; i < 3; i++)
            assert_true(pair_send(&p, of_client, (const uint8_t *)"x", 1));
        assert_int_equal(tacit_conn_write(c, "x", 1), 0);
        assert_string_equal(tacit_conn_error(c)->name, "KEY_WORN_OUT");
        assert_int_equal(c->t.out.dir.seq, 5); /* the last one was the alert's */
        pair_run(&p);
        tacit_conn *other = of_client ? p.server : p.client; /* it must not take this for the end */
        assert_int_equal(tacit_conn_read_end(other), TACIT_READ_FAILED);
        pair_free(&p);
    }
    tacit_identity_free(id);
}

static int setup(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    trust = tacit_trust_new(test_env(), &error);
    return trust && tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error) ? 0 : 1;
}

static int teardown(void **state)
{
    tacit_trust_free(trust);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_and_group),        cmocka_unit_test(every_key_at_both_ends),
        cmocka_unit_test(curves_of_certificates),       cmocka_unit_test(nobody_lists_p521),
        cmocka_unit_test(clients_without_certificates), cmocka_unit_test(a_key_wears_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
