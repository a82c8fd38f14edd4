/* What a connection tells of itself and of its peer, and the keys that it exports. */
#include "certs.h"
#include "pair.h"
#include "registry/registry.h"

#include <openssl/x509.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct test_cert *root, *middle;
static tacit_trust *trust;

/* start makes a pair that shakes hands by these options, the server by a leaf of this spec. */
static struct pair start(tacit_config_options client, tacit_config_options server,
                         struct test_cert_spec spec)
{
    struct pair p = {0};
    tacit_error error;
    const struct test_cert *chain[] = {test_cert(spec, middle), middle};
    span certs = span_str(test_chain_pem(chain, 2)), key = span_str(test_key_pem(chain[0]));
    tacit_identity *id = tacit_identity_pem(test_env(), certs, key, NULL, NULL, &error);
    client.size = server.size = sizeof client;
    client.trust = client.insecure_skip_verification ? NULL : trust;
    server.identities = &id;
    server.n_identities = 1;
    tacit_config *cc = tacit_client_config(test_env(), &client, &error);
    tacit_config *sc = tacit_server_config(test_env(), &server, &error);
    p.client = tacit_client_new(cc, "a.test", &error);
    p.server = tacit_server_new(sc, &error);
    if (!p.client || !p.server)
        fail_msg("%s", error.name);
    tacit_config_free(cc);
    tacit_config_free(sc);
    tacit_identity_free(id);
    return p;
}

static const struct test_cert_spec usual = {.cn = "leaf", .san = "DNS:b.test,DNS:a.test"};

static struct pair plain(void)
{
    const tacit_config_options keeps = {.keep_peer_chain = true};
    struct pair p = start(keeps, keeps, usual);
    pair_run(&p);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
    assert_int_equal(tacit_conn_phase(p.server), TACIT_PHASE_CONNECTED);
    return p;
}

static tacit_info info_of(const tacit_conn *c)
{
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(c, &info);
    return info;
}

/* ---- what was agreed ------------------------------------------------------------------------- */

static void before_the_handshake_nothing_is_agreed(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0}, usual);
    tacit_info info = info_of(p.client);
    assert_int_equal(info.version | info.suite | info.group, 0);
    assert_int_equal(info.own_scheme | info.peer_scheme, 0);
    assert_null(info.version_name);
    assert_null(info.suite_name);
    assert_null(info.group_name);
    assert_false(info.peer_verified);
    assert_int_equal(info.server_name.n, 6); /* what it will check */
    info = info_of(p.server);
    assert_int_equal(info.server_name.n, 0);
    tacit_cert_info cert = {.size = sizeof cert};
    assert_false(tacit_conn_peer_cert(p.client, 0, &cert));
    pair_free(&p);
}

static void both_ends_tell_the_same(void **state)
{
    (void)state;
    static const char *const protocols[] = {"h2"};
    static const uint16_t suite = 0x1303, group = 0x0017, best[] = {0x001d, 0x0017};
    struct pair p =
        start((tacit_config_options){.alpn = protocols, .n_alpn = 1, .groups = best, .n_groups = 2},
              (tacit_config_options){.alpn = protocols,
                                     .n_alpn = 1,
                                     .suites = &suite,
                                     .n_suites = 1,
                                     .groups = &group,
                                     .n_groups = 1},
              usual);
    pair_run(&p);
    for (int i = 0; i < 2; i++) {
        tacit_info info = info_of(i ? p.client : p.server);
        assert_int_equal(info.version, TLS13);
        assert_string_equal(info.version_name, "TLS 1.3");
        assert_int_equal(info.suite, suite);
        assert_string_equal(info.suite_name, "CHACHA20-POLY1305");
        assert_int_equal(info.group, group);
        assert_string_equal(info.group_name, "P-256");
        assert_memory_equal(info.alpn.p, "h2", info.alpn.n);
        assert_memory_equal(info.server_name.p, "a.test", info.server_name.n);
        assert_int_equal(info.server_name.n, 6);
        assert_true(info.hello_retry);
        assert_false(info.resumed || info.early_data || info.client_auth_requested);
        assert_int_equal(i ? info.peer_scheme : info.own_scheme, 0x0403);
        assert_string_equal(i ? info.peer_scheme_name : info.own_scheme_name,
                            "ecdsa_secp256r1_sha256");
        assert_int_equal(i ? info.own_scheme : info.peer_scheme, 0);
        assert_int_equal(info.peer_verified, i);
        assert_false(info.verification_skipped);
    }
    pair_free(&p);
}

/* Bug class 18: what was not checked is not called verified. */
static void skipped_verification_shows(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){.insecure_skip_verification = true},
                          (tacit_config_options){0}, usual);
    pair_run(&p);
    tacit_info info = info_of(p.client);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
    assert_true(info.verification_skipped);
    assert_false(info.peer_verified);
    pair_free(&p);
}

/* Bug class 127: without a list, hard fails the handshake, and soft does not hide it. */
static void unknown_revocation_fails_or_shows(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){.revocation = TACIT_REVOCATION_SOFT},
                          (tacit_config_options){0}, usual);
    pair_run(&p);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
    assert_true(info_of(p.client).revocation_unknown);
    pair_free(&p);
    p = start((tacit_config_options){.revocation = TACIT_REVOCATION_HARD},
              (tacit_config_options){0}, usual);
    pair_run(&p);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CLOSED);
    const tacit_error *error = tacit_conn_error(p.client);
    assert_string_equal(error->name, "CRL_MISSING");
    assert_string_equal(error->code, "cert.status-unknown");
    assert_int_equal(tacit_error_exit_status(error), 33);
    assert_false(info_of(p.client).peer_verified);
    pair_free(&p);
}

static void records_and_updates_are_counted(void **state)
{
    (void)state;
    struct pair p = plain();
    assert_true(pair_send(&p, true, (const uint8_t *)"abc", 3));
    tacit_info info = info_of(p.client);
    assert_int_equal(info.records_out, 1);
    assert_int_equal(info_of(p.server).records_in, 1);
    assert_true(tacit_conn_key_update(p.client, true));
    pair_run(&p);
    assert_int_equal(info_of(p.client).key_updates_out, 1);
    assert_int_equal(info_of(p.client).key_updates_in, 1);
    assert_int_equal(info_of(p.server).key_updates_in, 1);
    assert_int_equal(info_of(p.server).records_in, 0); /* under the new key */
    pair_free(&p);
}

static void a_struct_of_another_size_is_left_alone(void **state)
{
    (void)state;
    struct pair p = plain();
    assert_true(tacit_conn_info(p.client, &(tacit_info){.size = sizeof(tacit_info)}));
    tacit_info info = {.size = sizeof info - 1, .version = 77};
    tacit_cert_info cert = {.size = sizeof cert + 1, .n_names = 77};
    assert_false(tacit_conn_info(p.client, &info));
    assert_int_equal(info.version, 77);
    assert_false(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_int_equal(cert.n_names, 77);
    pair_free(&p);
}

/* ---- the peer's certificates ----------------------------------------------------------------- */

static void the_path_goes_from_the_leaf_to_the_anchor(void **state)
{
    (void)state;
    struct pair p = plain();
    tacit_cert_info cert = {.size = sizeof cert};
    assert_true(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_string_equal(cert.subject, "CN=leaf");
    assert_string_equal(cert.issuer, "CN=middle");
    assert_string_equal(cert.key, "ECDSA P-256");
    assert_string_equal(cert.name, "a.test"); /* the one that matched, not the first */
    assert_int_equal(cert.n_names, 2);
    assert_true(cert.not_before == TEST_NOT_BEFORE && cert.not_after == TEST_NOT_AFTER);
    assert_true(tacit_conn_peer_cert(p.client, 1, &cert));
    assert_string_equal(cert.subject, "CN=middle");
    assert_string_equal(cert.key, "RSA 2048");
    assert_string_equal(cert.serial, "0102ff");
    assert_int_equal(cert.n_names, 0);
    assert_true(tacit_conn_peer_cert(p.client, 2, &cert));
    assert_string_equal(cert.subject, "CN=root");
    assert_string_equal(cert.key, "Ed25519");
    assert_false(tacit_conn_peer_cert(p.client, 3, &cert));
    assert_false(tacit_conn_peer_cert(p.server, 0, &cert)); /* the client has shown none */
    pair_free(&p);
}

/* Each kind of name is told from the others, also in JSON: a URI is never a host. */
static void names_of_every_kind_are_told(void **state)
{
    (void)state;
    static const struct {
        tacit_name_kind kind;
        const char *text;
    } rows[] = {{TACIT_NAME_URI, "spiffe://a.test/x+y"},
                {TACIT_NAME_EMAIL, "a@a.test"},
                {TACIT_NAME_DNS, "a.test"},
                {TACIT_NAME_IP, "10.0.0.1"}};
    const char *san = "URI:spiffe://a.test/x+y,email:a@a.test,DNS:a.test,IP:10.0.0.1";
    struct pair p = start((tacit_config_options){.keep_peer_chain = true},
                          (tacit_config_options){0}, (struct test_cert_spec){.san = san});
    pair_run(&p);
    char text[32], json[8192];
    tacit_name_kind kind;
    for (size_t i = 0; i < 4; i++) {
        assert_true(tacit_conn_peer_name(p.client, 0, i, &kind, text, sizeof text));
        assert_string_equal(text, rows[i].text);
        assert_int_equal(kind, rows[i].kind);
    }
    assert_true(tacit_conn_peer_name(p.client, 0, 0, NULL, text, sizeof text));
    assert_false(tacit_conn_peer_name(p.client, 0, 4, &kind, text, sizeof text));
    assert_false(tacit_conn_peer_name(p.client, 9, 0, &kind, text, sizeof text));
    tacit_cert_info cert = {.size = sizeof cert};
    assert_true(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_string_equal(cert.name, "a.test");
    assert_int_equal(cert.n_names, 4);
    tacit_conn_json(p.client, json, sizeof json);
    assert_non_null(strstr(json, "\"names\":[\"a.test\",\"10.0.0.1\"],"
                                 "\"uris\":[\"spiffe://a.test/x+y\"],"
                                 "\"emails\":[\"a@a.test\"]"));
    pair_free(&p);
}

/* A mailbox or a URI is no host's name, not even where there is no other. */
static void no_other_name_stands_for_a_host(void **state)
{
    (void)state;
    struct pair p =
        start((tacit_config_options){.keep_peer_chain = true}, (tacit_config_options){0},
              (struct test_cert_spec){.san = "critical,URI:a:b,email:a.test"});
    pair_run(&p);
    assert_string_equal(tacit_conn_error(p.client)->name, "CERT_NO_HOST_NAME");
    tacit_cert_info cert = {.size = sizeof cert};
    assert_true(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_string_equal(cert.name, "");
    assert_string_equal(cert.subject, "a:b"); /* for a person */
    assert_string_equal(cert.common_name, "");
    pair_free(&p);
}

static void own_certificates_are_told(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0}, usual);
    tacit_cert_info cert = {.size = sizeof cert};
    tacit_span der = {NULL, 77};
    assert_false(tacit_conn_own_cert(p.server, 0, &cert)); /* nothing is shown yet */
    assert_false(tacit_conn_own_der(p.server, 0, &der));
    pair_run(&p);
    assert_true(tacit_conn_own_cert(p.server, 0, &cert));
    assert_string_equal(cert.subject, "CN=leaf");
    assert_string_equal(cert.common_name, "leaf");
    assert_string_equal(cert.name, "b.test");
    assert_true(tacit_conn_own_cert(p.server, 1, &cert));
    assert_string_equal(cert.subject, "CN=middle");
    assert_true(tacit_conn_own_der(p.server, 1, &der));
    assert_true(span_eq(der, test_cert_der(middle)));
    assert_false(tacit_conn_own_der(p.server, 2, &der)); /* the anchor is the client's */
    assert_false(tacit_conn_own_cert(p.server, 2, &cert));
    assert_false(tacit_conn_own_cert(p.client, 0, &cert)); /* which has shown none */
    cert.size--;
    assert_false(tacit_conn_own_cert(p.server, 0, &cert));
    pair_free(&p);
}

/* What a pin is made of: RFC 7469 2.4. */
static void keys_are_lent_with_their_algorithm(void **state)
{
    (void)state;
    struct pair p = plain();
    tacit_span spki, der;
    for (size_t i = 0; i < 3; i++) {
        struct cert cert;
        assert_true(tacit_conn_peer_der(p.client, i, &der));
        assert_true(cert_parse(&cert, der, NULL));
        assert_true(tacit_conn_peer_spki(p.client, i, &spki));
        assert_true(span_eq(spki, cert.spki));
        const uint8_t *at = spki.p; /* libcrypto reads it, and nothing is left over */
        EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.n);
        assert_non_null(key);
        assert_ptr_equal(at, spki.p + spki.n);
        EVP_PKEY_free(key);
    }
    assert_false(tacit_conn_peer_spki(p.client, 3, &spki));
    assert_false(tacit_conn_peer_spki(p.server, 0, &spki));
    pair_free(&p);
}

static void certificates_are_lent_as_they_are(void **state)
{
    (void)state;
    struct pair p = plain();
    tacit_span der = {NULL, 77};
    assert_true(tacit_conn_peer_der(p.client, 1, &der));
    assert_true(span_eq(der, test_cert_der(middle)));
    assert_true(tacit_conn_peer_der(p.client, 2, &der));
    assert_true(span_eq(der, test_cert_der(root)));
    assert_false(tacit_conn_peer_der(p.client, 3, &der));
    assert_false(tacit_conn_peer_der(p.server, 0, &der));
    pair_free(&p);
}

/* Bug class 88: an idle connection carries no certificates that nobody asked for. */
static void by_default_certificates_are_forgotten(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0}, usual);
    pair_run(&p);
    tacit_cert_info cert = {.size = sizeof cert};
    tacit_span der;
    assert_true(info_of(p.client).peer_verified);
    assert_false(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_false(tacit_conn_peer_der(p.client, 0, &der));
    pair_free(&p);
}

static void a_leaf_without_a_subject_goes_by_its_name(void **state)
{
    (void)state;
    struct pair p =
        start((tacit_config_options){.keep_peer_chain = true}, (tacit_config_options){0},
              (struct test_cert_spec){.san = "critical,DNS:a.test"});
    pair_run(&p);
    tacit_cert_info cert = {.size = sizeof cert};
    assert_true(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_string_equal(cert.subject, "a.test");
    pair_free(&p);
}

/* A report of a failure names the certificates as well; bug class 129: and stays printable. */
static void a_path_that_failed_is_kept(void **state)
{
    (void)state;
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0},
                          (struct test_cert_spec){.cn = "\x1b[31m,\"\n", .san = "DNS:z.test"});
    pair_run(&p);
    assert_string_equal(tacit_conn_error(p.client)->name, "CERT_NAME_MISMATCH");
    tacit_cert_info cert = {.size = sizeof cert};
    assert_true(tacit_conn_peer_cert(p.client, 0, &cert));
    assert_string_equal(cert.name, "z.test");
    assert_string_equal(cert.issuer, "CN=middle");
    for (const char *c = cert.subject; *c; c++)
        assert_true(isprint((unsigned char)*c));
    assert_false(info_of(p.client).peer_verified);
    pair_free(&p);
}

/* ---- exported keys (RFC 9846 7.5) ------------------------------------------------------------ */

static void both_ends_export_the_same(void **state)
{
    (void)state;
    uint8_t a[32], b[32], c[32], zero[32] = {0};
    struct pair p = plain(), q = plain();
    span context = span_str("context");
    assert_true(tacit_conn_export(p.client, a, 32, "EXPORTER-test", context));
    assert_true(tacit_conn_export(p.server, b, 32, "EXPORTER-test", context));
    assert_memory_equal(a, b, 32);
    assert_memory_not_equal(a, zero, 32);
    assert_true(tacit_conn_export(q.client, c, 32, "EXPORTER-test", context));
    assert_memory_not_equal(a, c, 32); /* another connection */
    assert_true(tacit_conn_export(p.client, c, 32, "EXPORTER-rest", context));
    assert_memory_not_equal(a, c, 32);
    assert_true(tacit_conn_export(p.client, c, 32, "EXPORTER-test", (span){0}));
    assert_memory_not_equal(a, c, 32);
    assert_true(tacit_conn_key_update(p.client, true)); /* changes traffic keys only */
    pair_run(&p);
    assert_true(tacit_conn_export(p.client, c, 32, "EXPORTER-test", context));
    assert_memory_equal(a, c, 32);
    pair_free(&p);
    pair_free(&q);
}

/* Bug class 33 */
static void nothing_is_exported_before_or_after(void **state)
{
    (void)state;
    uint8_t out[32] = {7};
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0}, usual);
    do {
        bool client = tacit_conn_phase(p.client) == TACIT_PHASE_CONNECTED;
        bool server = tacit_conn_phase(p.server) == TACIT_PHASE_CONNECTED;
        assert_int_equal(tacit_conn_export(p.client, out, 32, "x", (span){0}), client);
        assert_int_equal(tacit_conn_export(p.server, out, 32, "x", (span){0}), server);
    } while (pair_move(&p, true) + pair_move(&p, false));
    tacit_buf in = tacit_conn_wire_in_buf(p.client);
    memset(in.p, 0xff, 5);
    tacit_conn_wire_in_done(p.client, 5);
    assert_non_null(tacit_conn_error(p.client));
    assert_false(tacit_conn_export(p.client, out, 32, "x", (span){0}));
    pair_free(&p);
}

static void labels_and_lengths_have_limits(void **state)
{
    (void)state;
    static uint8_t out[255 * 32 + 1];
    char label[251];
    struct pair p = plain();
    memset(label, 'x', sizeof label);
    label[249] = 0;
    assert_true(tacit_conn_export(p.client, out, 32, label, (span){0}));
    label[249] = 'x';
    label[250] = 0;
    assert_false(tacit_conn_export(p.client, out, 32, label, (span){0}));
    assert_int_equal(info_of(p.client).suite, 0x1301);
    assert_true(tacit_conn_export(p.client, out, 255 * 32, "x", (span){0}));
    assert_false(tacit_conn_export(p.client, out, 255 * 32 + 1, "x", (span){0}));
    assert_true(tacit_conn_export(p.client, out, 0, "x", (span){0}));
    pair_free(&p);
}

static int set_up(void **state)
{
    (void)state;
    tacit_error error;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_ED25519}, NULL);
    middle = test_cert(
        (struct test_cert_spec){.cn = "middle", .ca = true, .key = MADE_RSA, .serial = "0102FF"},
        root);
    trust = tacit_trust_new(test_env(), &error);
    return !trust || !tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error);
}

static int tear_down(void **state)
{
    tacit_trust_free(trust);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_handshake_nothing_is_agreed),
        cmocka_unit_test(both_ends_tell_the_same),
        cmocka_unit_test(skipped_verification_shows),
        cmocka_unit_test(unknown_revocation_fails_or_shows),
        cmocka_unit_test(records_and_updates_are_counted),
        cmocka_unit_test(a_struct_of_another_size_is_left_alone),
        cmocka_unit_test(the_path_goes_from_the_leaf_to_the_anchor),
        cmocka_unit_test(names_of_every_kind_are_told),
        cmocka_unit_test(no_other_name_stands_for_a_host),
        cmocka_unit_test(own_certificates_are_told),
        cmocka_unit_test(keys_are_lent_with_their_algorithm),
        cmocka_unit_test(certificates_are_lent_as_they_are),
        cmocka_unit_test(by_default_certificates_are_forgotten),
        cmocka_unit_test(a_leaf_without_a_subject_goes_by_its_name),
        cmocka_unit_test(a_path_that_failed_is_kept),
        cmocka_unit_test(both_ends_export_the_same),
        cmocka_unit_test(nothing_is_exported_before_or_after),
        cmocka_unit_test(labels_and_lengths_have_limits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
