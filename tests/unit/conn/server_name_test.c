/* A server's name: told, proven, both, or neither, in both versions (RFC 9525 6.1, RFC 6066 3). */
#include "certs.h"
#include "pair.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct test_cert *root, *stranger;
static tacit_trust *trust;
static tacit_error error;

static const uint16_t versions[] = {TLS12, TLS13};

/* start makes a pair: a client of these options that means `name`, and a server with this leaf. */
static struct pair start(tacit_config_options o, uint16_t version, const char *name,
                         struct test_cert_spec spec, const struct test_cert *issuer)
{
    const struct test_cert *leaf = test_cert(spec, issuer);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    o.size = sizeof o;
    o.trust = trust;
    o.min_version = o.max_version = version;
    const tacit_config_options so = {.size = sizeof so, .identities = &id, .n_identities = 1};
    tacit_config *cc = tacit_client_config(test_env(), &o, &error);
    tacit_config *sc = tacit_server_config(test_env(), &so, &error);
    struct pair p = {.client = tacit_client_new(cc, name, &error),
                     .server = tacit_server_new(sc, &error)};
    if (!p.client || !p.server)
        fail_msg("%s", error.name);
    tacit_config_free(cc);
    tacit_config_free(sc);
    tacit_identity_free(id);
    pair_run(&p);
    return p;
}

static tacit_info info_of(const tacit_conn *c)
{
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(c, &info);
    return info;
}

static void assert_flows(struct pair *p)
{
    const tacit_error *e = tacit_conn_error(p->client);
    if (e)
        fail_msg("%s", e->name);
    assert_true(pair_send(p, true, (const uint8_t *)"hello", 5));
    assert_true(pair_send(p, false, (const uint8_t *)"world", 5));
}

static void assert_refuses(struct pair *p, const char *name)
{
    assert_non_null(tacit_conn_error(p->client));
    assert_string_equal(tacit_conn_error(p->client)->name, name);
    assert_false(tacit_conn_wants(p->client) & (TACIT_WANT_APP_IN | TACIT_WANT_APP_OUT));
    assert_int_equal(tacit_conn_write(p->client, "x", 1), 0);
    pair_free(p);
}

/* Bug class 18: a name that was not checked is not called verified, in words or in JSON. */
static void without_the_name_nobody_is_verified(void **state)
{
    (void)state;
    static const char *const sans[] = {"DNS:a.test", "DNS:z.test", NULL};
    static const char *const names[] = {"a.test", "10.0.0.1", NULL};
    const tacit_config_options o = {.insecure_skip_name = true};
    for (size_t i = 0; i < 2 * 3 * 3; i++) {
        const struct test_cert_spec spec = {.cn = "leaf", .san = sans[i / 2 % 3]};
        struct pair p = start(o, versions[i % 2], names[i / 6], spec, root);
        assert_flows(&p);
        tacit_info info = info_of(p.client);
        assert_true(info.name_skipped);
        assert_false(info.peer_verified || info.verification_skipped);
        assert_int_equal(info_of(p.server).server_name.n, names[i / 6] == names[0] ? 6 : 0);
        char json[4096];
        assert_in_range(tacit_conn_json(p.client, json, sizeof json), 1, sizeof json - 1);
        assert_non_null(strstr(json, "\"peer_verified\":false"));
        assert_non_null(strstr(json, "\"verification_skipped\":false,\"name_skipped\":true"));
        pair_free(&p);
    }
}

/* Bug class 20: the word drops the name, and nothing of the path. */
static void without_the_name_the_path_is_checked(void **state)
{
    (void)state;
    const tacit_config_options o = {.insecure_skip_name = true};
    for (size_t i = 0; i < 2; i++) {
        struct test_cert_spec spec = {.cn = "leaf", .san = "DNS:a.test"};
        struct pair p = start(o, versions[i], "a.test", spec, stranger);
        assert_refuses(&p, "CERT_NO_ISSUER");
        spec.not_after = TEST_NOT_BEFORE + 1;
        p = start(o, versions[i], "a.test", spec, root);
        assert_refuses(&p, "CERT_EXPIRED");
        spec.not_after = 0;
        spec.eku = "clientAuth";
        p = start(o, versions[i], NULL, spec, root);
        assert_refuses(&p, "CERT_WRONG_PURPOSE");
    }
}

static void a_name_kept_to_oneself_is_proven(void **state)
{
    (void)state;
    const tacit_config_options o = {.no_server_name = true};
    for (size_t i = 0; i < 2; i++) {
        struct test_cert_spec spec = {.cn = "leaf", .san = "DNS:a.test"};
        struct pair p = start(o, versions[i], "a.test", spec, root);
        assert_flows(&p);
        assert_int_equal(info_of(p.server).server_name.n, 0);
        tacit_info info = info_of(p.client);
        assert_int_equal(info.server_name.n, 6);
        assert_true(info.peer_verified);
        assert_false(info.name_skipped);
        pair_free(&p);
        p = start((tacit_config_options){0}, versions[i], "a.test", spec, root);
        assert_int_equal(info_of(p.server).server_name.n, 6);
        pair_free(&p);
        spec.san = "DNS:z.test";
        p = start(o, versions[i], "a.test", spec, root);
        assert_refuses(&p, "CERT_NAME_MISMATCH");
    }
}

/* A name that is not checked may be missing, but not be wrong; one that is checked may not. */
static void which_names_may_be_missing(void **state)
{
    (void)state;
    tacit_config_options o = {.size = sizeof o, .trust = trust, .no_server_name = true};
    tacit_config *c = tacit_client_config(test_env(), &o, &error);
    assert_null(tacit_client_new(c, NULL, &error));
    assert_string_equal(error.name, "NO_SERVER_NAME");
    tacit_config_free(c);
    o.insecure_skip_name = true;
    c = tacit_client_config(test_env(), &o, &error);
    assert_null(tacit_client_new(c, "a..test", &error));
    assert_string_equal(error.name, "BAD_SERVER_NAME");
    tacit_config_free(c);
}

/* With name_by_allow it is the list that says who is meant, and the name is only told. */
static void who_is_on_the_list_is_who_was_meant(void **state)
{
    (void)state;
    static const char *const names[] = {"a.test", "10.0.0.1", NULL};
    const tacit_allow allow = {TACIT_ALLOW_URI, "spiffe://a.test/ns/*/web"};
    const tacit_config_options o = {.name_by_allow = true, .allow = &allow, .n_allow = 1};
    for (size_t i = 0; i < 2 * 3; i++) {
        struct test_cert_spec spec = {.cn = "leaf", .san = "URI:spiffe://a.test/ns/x/web"};
        struct pair p = start(o, versions[i % 2], names[i / 2], spec, root);
        assert_flows(&p);
        tacit_info info = info_of(p.client);
        assert_true(info.peer_verified && info.name_by_allow);
        assert_false(info.name_skipped || info.verification_skipped);
        assert_int_equal(info_of(p.server).server_name.n, names[i / 2] == names[0] ? 6 : 0);
        char json[4096];
        assert_in_range(tacit_conn_json(p.client, json, sizeof json), 1, sizeof json - 1);
        assert_non_null(strstr(json, "\"peer_verified\":true"));
        assert_non_null(strstr(json, "\"name_skipped\":false,\"name_by_allow\":true"));
        pair_free(&p);
        p = start(o, versions[i % 2], names[i / 2], spec, stranger);
        assert_refuses(&p, "CERT_NO_ISSUER");
        spec.san = "URI:spiffe://a.test/ns/x/db,DNS:a.test";
        p = start(o, versions[i % 2], names[i / 2], spec, root);
        assert_refuses(&p, "CERT_NOT_ALLOWED");
    }
}

static void assert_nobody(tacit_config_options o)
{
    assert_null(tacit_client_config(test_env(), &o, &error));
    assert_string_equal(error.name, "NAME_BY_NOBODY");
}

/* The list can stand for the name if somebody is on it, and if what he shows is verified. */
static void a_list_that_stands_for_the_name(void **state)
{
    (void)state;
    const tacit_allow allow = {TACIT_ALLOW_URI, "spiffe://a.test/web"};
    const uint8_t pin[1][32] = {{0}};
    tacit_config_options o = {.size = sizeof o, .trust = trust, .name_by_allow = true};
    assert_nobody(o);
    o.pins = pin;
    o.n_pins = 1;
    assert_nobody(o);
    o.allow = &allow;
    o.n_allow = 1;
    tacit_config *c = tacit_client_config(test_env(), &o, &error);
    assert_non_null(c);
    tacit_config_free(c);
    o.insecure_skip_name = true;
    assert_nobody(o);
    o.insecure_skip_name = false;
    o.insecure_skip_verification = true;
    assert_nobody(o);
}

static int setup(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    stranger = test_cert((struct test_cert_spec){.cn = "stranger", .ca = true}, NULL);
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
        cmocka_unit_test(without_the_name_nobody_is_verified),
        cmocka_unit_test(without_the_name_the_path_is_checked),
        cmocka_unit_test(a_name_kept_to_oneself_is_proven),
        cmocka_unit_test(which_names_may_be_missing),
        cmocka_unit_test(who_is_on_the_list_is_who_was_meant),
        cmocka_unit_test(a_list_that_stands_for_the_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
