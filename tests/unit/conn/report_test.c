/* What a connection says of itself: facts, certificates, names, channel bindings, exporters, JSON;
 * and what it forgets. */
#include "certs.h"
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

static const struct test_cert *root;
static tacit_trust *trust;
static tacit_error error;

static struct pair start(bool keep, const char *digest, const char *ask)
{
    const struct test_cert *leaf = test_cert(
        (struct test_cert_spec){
            .cn = "a\n\"leaf\"", .san = "DNS:a.test,IP:10.1.2.3,DNS:*.b.test", .digest = digest},
        root);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    const char *alpn[] = {"h2"};
    tacit_config_options co = {
        .size = sizeof co, .trust = trust, .keep_peer_chain = keep, .alpn = alpn, .n_alpn = 1};
    tacit_config_options so = {
        .size = sizeof so, .identities = &id, .n_identities = 1, .alpn = alpn, .n_alpn = 1};
    tacit_config *cc = tacit_client_config(test_env(), &co, &error);
    tacit_config *sc = tacit_server_config(test_env(), &so, &error);
    struct pair p = {.client = tacit_client_new(cc, ask, &error),
                     .server = tacit_server_new(sc, &error)};
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    tacit_identity_free(id);
    pair_run(&p);
    return p;
}

static void both_ends_name_the_same_facts(void **state)
{
    (void)state;
    struct pair p = start(true, "SHA256", "a.test");
    tacit_info c = {.size = sizeof c}, s = {.size = sizeof s}, other = {.size = 1};
    tacit_conn_info(p.client, &c);
    tacit_conn_info(p.server, &s);
    assert_string_equal(c.version_name, "TLS 1.3");
    assert_string_equal(c.suite_name, s.suite_name);
    assert_string_equal(c.group_name, s.group_name);
    assert_int_equal(c.suite_bits, 128);
    assert_string_equal(c.peer_scheme_name, s.own_scheme_name);
    assert_null(c.own_scheme_name);
    assert_memory_equal(s.server_name.p, "a.test", 6);
    assert_memory_equal(c.alpn.p, "h2", 2);
    assert_true(c.peer_verified && !s.peer_verified && !c.verification_skipped);
    tacit_conn_info(p.client, &other);
    assert_int_equal(other.version, 0);
    pair_free(&p);
}

static void certificates_are_kept_only_when_asked(void **state)
{
    (void)state;
    tacit_cert_info info = {.size = sizeof info};
    tacit_span der;
    char name[64];
    struct pair p = start(true, "SHA256", "a.test");
    assert_true(tacit_conn_peer_cert(p.client, 0, &info));
    assert_string_equal(info.name, "a.test");
    assert_string_equal(info.key, "ECDSA P-256");
    assert_int_equal(info.n_names, 3);
    assert_null(strchr(info.subject, '\n')); /* bug class 129 */
    assert_true(tacit_conn_peer_der(p.client, 1, &der) && der.n > 100);
    assert_false(tacit_conn_peer_der(p.client, 2, &der));
    tacit_name_kind kind;
    assert_true(tacit_conn_peer_name(p.client, 0, 1, &kind, name, sizeof name));
    assert_string_equal(name, "10.1.2.3");
    assert_int_equal(kind, TACIT_NAME_IP);
    assert_false(tacit_conn_peer_name(p.client, 0, 3, &kind, name, sizeof name));
    pair_free(&p);

    p = start(false, "SHA256", "a.test");
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
    assert_false(tacit_conn_peer_cert(p.client, 0, &info));
    assert_true(pair_send(&p, false, (const uint8_t *)"data", 4));
    pair_free(&p);

    p = start(false, "SHA256", "c.test"); /* a failure names its certificates all the same */
    assert_string_equal(tacit_conn_error(p.client)->code, "cert.name-mismatch");
    assert_true(tacit_conn_peer_cert(p.client, 0, &info));
    pair_free(&p);
}

/* The report goes with the chain: there after a failure, and where certificates are kept. */
static void what_became_of_the_chain_is_told(void **state)
{
    (void)state;
    static char text[4096];
    tacit_attempt a = {.size = sizeof a};
    struct pair p = start(false, "SHA256", "a.test");
    assert_null(tacit_conn_report(p.client));
    assert_null(tacit_conn_report(p.server)); /* it has seen no certificate */
    tacit_conn_json(p.client, text, sizeof text);
    assert_non_null(strstr(text, "\"paths\":[]"));
    pair_free(&p);

    p = start(true, "SHA256", "a.test");
    assert_true(tacit_report_attempt(tacit_conn_report(p.client), 0, &a));
    assert_true(a.anchored && a.n_certs == 2 && !a.error.reason);
    pair_free(&p);

    p = start(false, "SHA256", "c.test");
    assert_true(tacit_report_attempt(tacit_conn_report(p.client), 0, &a));
    assert_int_equal(a.error.reason, tacit_conn_error(p.client)->reason);
    assert_string_equal(a.expected, "DNS:c.test");
    assert_string_equal(a.found, "DNS:a.test, IP:10.1.2.3, DNS:*.b.test");
    tacit_conn_json(p.client, text, sizeof text);
    assert_non_null(strstr(text, "\"expected\":\"DNS:c.test\",\"found\":\"DNS:a.test, IP:10"));
    pair_free(&p);
}

/* Which of the names matched is what a report shows. */
static void the_name_that_matched_is_shown(void **state)
{
    static const struct {
        const char *ask, *shown;
    } rows[] = {{"a.test", "a.test"}, {"10.1.2.3", "10.1.2.3"}, {"x.b.test", "*.b.test"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tacit_cert_info info = {.size = sizeof info};
        struct pair p = start(true, "SHA256", rows[i].ask);
        assert_true(tacit_conn_peer_cert(p.client, 0, &info));
        assert_string_equal(info.name, rows[i].shown);
        pair_free(&p);
    }
}

/* RFC 5929 4.1, RFC 9266; the size of the end point's digest is that of the signature's. */
static void channel_bindings_agree(void **state)
{
    static const struct {
        const char *digest;
        size_t n;
    } rows[] = {{"SHA256", 32}, {"SHA384", 48}, {"SHA512", 64}};
    uint8_t a[64], b[64], digest[64];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair p = start(true, rows[i].digest, "a.test");
        for (int kind = TACIT_BINDING_EXPORTER; kind <= TACIT_BINDING_SERVER_END_POINT; kind++) {
            size_t n = tacit_conn_channel_binding(p.client, (tacit_binding)kind, a);
            assert_int_equal(n, kind == TACIT_BINDING_EXPORTER ? 32 : rows[i].n);
            assert_int_equal(tacit_conn_channel_binding(p.server, (tacit_binding)kind, b), n);
            assert_memory_equal(a, b, n);
        }
        tacit_span der;
        assert_true(tacit_conn_peer_der(p.client, 0, &der));
        hash_once((enum hash_id)(HASH_SHA256 + i), der, digest);
        assert_memory_equal(a, digest, rows[i].n);
        pair_free(&p);
    }
}

static void exporters_agree_and_differ_by_label(void **state)
{
    uint8_t a[80], b[80], c[80];
    (void)state;
    struct pair p = start(false, "SHA256", "a.test");
    tacit_span context = {(const uint8_t *)"ctx", 3};
    assert_true(tacit_conn_export(p.client, a, sizeof a, "EXPORTER-a", context));
    assert_true(tacit_conn_export(p.server, b, sizeof b, "EXPORTER-a", context));
    assert_memory_equal(a, b, sizeof a);
    assert_true(tacit_conn_export(p.server, c, sizeof c, "EXPORTER-b", context));
    assert_memory_not_equal(a, c, sizeof a);
    assert_false(tacit_conn_export(p.client, a, 255 * 32 + 1, "EXPORTER-a", context));
    pair_free(&p);
    tacit_config *cc = tacit_client_config(
        test_env(), &(tacit_config_options){.size = sizeof(tacit_config_options), .trust = trust},
        &error);
    tacit_conn *early = tacit_client_new(cc, "a.test", &error);
    assert_false(tacit_conn_export(early, a, 32, "EXPORTER-a", context)); /* bug class 33 */
    assert_int_equal(tacit_conn_channel_binding(early, TACIT_BINDING_EXPORTER, b), 0);
    tacit_conn_free(early);
    tacit_config_free(cc);
}

static json_t *json_of(const tacit_conn *c)
{
    char small[16];
    size_t n = tacit_conn_json(c, small, sizeof small);
    assert_int_equal(strlen(small), sizeof small - 1);
    char *all = malloc(n + 1);
    assert_int_equal(tacit_conn_json(c, all, n + 1), n);
    json_error_t e;
    json_t *j = json_loads(all, 0, &e);
    if (!j)
        fail_msg("%s in %s", e.text, all);
    free(all);
    return j;
}

static void json_says_the_same(void **state)
{
    (void)state;
    struct pair p = start(true, "SHA256", "a.test");
    json_t *j = json_of(p.client);
    assert_string_equal(json_string_value(json_object_get(j, "schema")), "tacit.conn/1");
    assert_string_equal(json_string_value(json_object_get(j, "version")), "TLS 1.3");
    assert_string_equal(json_string_value(json_object_get(j, "code")), "ok");
    assert_true(json_is_true(json_object_get(j, "peer_verified")));
    json_t *leaf = json_array_get(json_object_get(j, "peer"), 0);
    assert_int_equal(json_array_size(json_object_get(leaf, "names")), 3);
    json_decref(j);
    pair_free(&p);

    p = start(true, "SHA256", "c.test");
    j = json_of(p.client);
    assert_string_equal(json_string_value(json_object_get(j, "code")), "cert.name-mismatch");
    assert_non_null(json_string_value(json_object_get(j, "advice")));
    json_decref(j);
    pair_free(&p);
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
        cmocka_unit_test(both_ends_name_the_same_facts),
        cmocka_unit_test(certificates_are_kept_only_when_asked),
        cmocka_unit_test(what_became_of_the_chain_is_told),
        cmocka_unit_test(the_name_that_matched_is_shown),
        cmocka_unit_test(channel_bindings_agree),
        cmocka_unit_test(exporters_agree_and_differ_by_label),
        cmocka_unit_test(json_says_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
