/* Handshakes with OpenSSL's libssl that must not succeed: which reason we give, which alert the
 * peer hears, and what we make of the alerts that OpenSSL sends. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct shown leaf;
static tacit_identity *id;

static SSL_CTX *peer_of(bool we_serve)
{
    return we_serve ? peer_client(&leaf) : peer_server(&leaf);
}

/* run_with shakes hands, with us in the role named, showing the good leaf as a server. */
static void run_with(struct duo *d, bool we_serve, tacit_config_options ours, SSL_CTX *peer)
{
    ours.min_version = ours.max_version = 0x0304;
    if (we_serve) {
        ours.identities = &id;
        ours.n_identities = 1;
    }
    (we_serve ? duo_server : duo_client)(d, ours, peer);
    duo_run(d);
}

/* ---- we refuse ------------------------------------------------------------------------------- */

enum role { BOTH, AS_CLIENT, AS_SERVER };
enum issuer { BY_ROOT, BY_OTHER, BY_ITSELF };

/* Certificates that the peer shows, good but for what is said, and the roles in which we see it. */
/* clang-format off */
static const struct bad {
    const char *reason, *code;
    int alert;
    enum role role;
    enum issuer issuer;
    struct test_cert_spec spec;
} bad_certificates[] = {
    {"CERT_EXPIRED", "cert.expired", SSL_AD_CERTIFICATE_EXPIRED, BOTH, BY_ROOT,
     {.not_after = 1600000000}},
    {"CERT_NOT_YET_VALID", "cert.not-yet-valid", SSL_AD_CERTIFICATE_EXPIRED, BOTH, BY_ROOT,
     {.not_before = TEST_NOT_AFTER - 1}},
    {"CERT_NAME_MISMATCH", "cert.name-mismatch", SSL_AD_BAD_CERTIFICATE, AS_CLIENT, BY_ROOT,
     {.san = "DNS:b.test"}},
    {"CERT_NO_ISSUER", "cert.untrusted", SSL_AD_UNKNOWN_CA, BOTH, BY_OTHER, {0}},
    {"CERT_SELF_SIGNED", "cert.untrusted", SSL_AD_UNKNOWN_CA, BOTH, BY_ITSELF, {0}},
    {"CERT_WRONG_PURPOSE", "cert.invalid", SSL_AD_UNSUPPORTED_CERTIFICATE, AS_CLIENT, BY_ROOT,
     {.eku = "clientAuth"}},
    {"CERT_WRONG_PURPOSE", "cert.invalid", SSL_AD_UNSUPPORTED_CERTIFICATE, AS_SERVER, BY_ROOT,
     {.eku = "serverAuth"}},
    {"CERT_KEY_USAGE", "cert.invalid", SSL_AD_UNSUPPORTED_CERTIFICATE, BOTH, BY_ROOT,
     {.ku = "critical,keyAgreement"}},
    {"CERT_CA_CLAIMS", "cert.invalid", SSL_AD_BAD_CERTIFICATE, BOTH, BY_ROOT,
     {.bc = "critical,CA:TRUE"}},
    {"CERT_BROKEN_HASH", "cert.invalid", SSL_AD_BAD_CERTIFICATE, BOTH, BY_ROOT,
     {.digest = "SHA1"}},
    {"CERT_BAD_SIGNATURE", "cert.invalid", SSL_AD_BAD_CERTIFICATE, BOTH, BY_ROOT,
     {.forged = true}},
    {"CERT_UNKNOWN_CRITICAL", "cert.invalid", SSL_AD_UNSUPPORTED_CERTIFICATE, BOTH, BY_ROOT,
     {.more = {{"1.2.3.4", "critical,DER:0500"}}}},
    {"CERT_WEAK_KEY", "cert.invalid", SSL_AD_BAD_CERTIFICATE, BOTH, BY_ROOT,
     {.key = MADE_RSA_1024}},
};
/* clang-format on */

static struct shown show_bad(const struct bad *bad)
{
    struct test_cert_spec spec = bad->spec;
    const struct test_cert *issuer = duo_root();
    spec.cn = "leaf";
    spec.san = spec.san ? spec.san : "DNS:a.test";
    if (bad->issuer == BY_OTHER)
        issuer = test_cert((struct test_cert_spec){.cn = "other", .ca = true, .key_no = 2}, NULL);
    return (struct shown){{test_cert(spec, bad->issuer == BY_ITSELF ? NULL : issuer)}, 1};
}

/* refuse has us refuse a certificate: a server's, or, where we ask for one in this way, a
 * client's. */
static void refuse(const struct bad *bad, uint8_t client_auth)
{
    bool we_serve = client_auth != TACIT_CLIENT_AUTH_OFF;
    struct duo d = {0};
    struct shown shown = show_bad(bad);
    SSL_CTX *peer = we_serve ? peer_client(&shown) : peer_server(&shown);
    tacit_config_options ours = {0};
    if (we_serve) {
        ours.client_auth = client_auth;
        ours.trust = duo_trust();
    }
    run_with(&d, we_serve, ours, peer);
    assert_we_failed_at(&d, bad->reason, __FILE__, __LINE__);
    assert_string_equal(tacit_conn_error(d.us)->code, bad->code);
    assert_int_equal(tacit_conn_error(d.us)->depth, 0);
    assert_int_equal(d.alert_heard, bad->alert);
    assert_false(duo_info(&d).peer_verified);
    assert_int_equal(d.our_inbox.n + d.peer_inbox.n, 0);
    duo_free(&d);
}

static void we_refuse_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_certificates / sizeof bad_certificates[0]; i++) {
        const struct bad *bad = &bad_certificates[i];
        if (bad->role != AS_SERVER)
            refuse(bad, TACIT_CLIENT_AUTH_OFF);
        if (bad->role == AS_CLIENT)
            continue;
        refuse(bad, TACIT_CLIENT_AUTH_OPTIONAL); /* bug class 18 */
        refuse(bad, TACIT_CLIENT_AUTH_REQUIRED);
    }
}

/* Asked and not required: none is fine, a bad one is not (bug class 18). */
static void client_certificates(void **state)
{
    (void)state;
    static const struct shown nothing = {0};
    struct shown bad = show_bad(&bad_certificates[0]);
    static const struct {
        int auth;
        bool shows, good;
        const char *reason;
        int alert;
    } cases[] = {
        {TACIT_CLIENT_AUTH_OFF, true, true, NULL, 0},
        {TACIT_CLIENT_AUTH_OFF, true, false, NULL, 0}, /* never asked, so never shown */
        {TACIT_CLIENT_AUTH_OPTIONAL, false, true, NULL, 0},
        {TACIT_CLIENT_AUTH_OPTIONAL, true, true, NULL, 0},
        {TACIT_CLIENT_AUTH_OPTIONAL, true, false, "CERT_EXPIRED", SSL_AD_CERTIFICATE_EXPIRED},
        {TACIT_CLIENT_AUTH_REQUIRED, false, true, "CLIENT_CERT_MISSING",
         SSL_AD_CERTIFICATE_REQUIRED},
        {TACIT_CLIENT_AUTH_REQUIRED, true, true, NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duo d = {0};
        bool verified = cases[i].auth && cases[i].shows && cases[i].good;
        const struct shown *shown = !cases[i].shows ? &nothing : cases[i].good ? &leaf : &bad;
        run_with(&d, true,
                 (tacit_config_options){.client_auth = (uint8_t)cases[i].auth,
                                        .trust = cases[i].auth ? duo_trust() : NULL},
                 peer_client(shown));
        if (cases[i].reason) {
            assert_we_failed_at(&d, cases[i].reason, __FILE__, __LINE__);
            assert_int_equal(d.alert_heard, cases[i].alert);
        } else {
            assert_connected(&d);
            assert_speaking(&d);
        }
        assert_int_equal(duo_info(&d).peer_verified, verified);
        duo_free(&d);
    }
}

/* ---- nothing in common ----------------------------------------------------------------------- */

static const uint16_t ed25519 = 0x0807, p256 = 0x0403, aes128 = 0x1301;

/* What the peer is narrowed to, so that there is no overlap. */

static void old_version(SSL_CTX *peer)
{
    SSL_CTX_set_min_proto_version(peer, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(peer, TLS1_2_VERSION);
}

static void other_suite(SSL_CTX *peer)
{
    assert_int_equal(SSL_CTX_set_ciphersuites(peer, "TLS_AES_256_GCM_SHA384"), 1);
}

static void other_group(SSL_CTX *peer)
{
    assert_int_equal(SSL_CTX_set1_groups_list(peer, "P-521:X448"), 1);
}

static void other_scheme(SSL_CTX *peer)
{
    assert_int_equal(SSL_CTX_set1_sigalgs_list(peer, "ed25519"), 1);
}

static void no_scheme(SSL_CTX *peer)
{
    (void)peer; /* its one key is for P-256, and we take Ed25519 */
}

static int refuse_alpn(SSL *ssl, const unsigned char **out, unsigned char *n,
                       const unsigned char *in, unsigned int in_n, void *arg)
{
    (void)ssl, (void)out, (void)n, (void)in, (void)in_n, (void)arg;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void other_protocol(SSL_CTX *peer)
{
    SSL_CTX_set_alpn_select_cb(peer, refuse_alpn, NULL);
    assert_int_equal(SSL_CTX_set_alpn_protos(peer, (const uint8_t *)"\x03spx", 4), 0);
}

static const char *const h2 = "h2";

static void nothing_in_common_as_server(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        int alert;
        void (*narrow)(SSL_CTX *peer);
        tacit_config_options ours;
    } cases[] = {
        {"VERSION_NOT_SHARED", SSL_AD_PROTOCOL_VERSION, old_version, {0}},
        {"NO_COMMON_SUITE",
         SSL_AD_HANDSHAKE_FAILURE,
         other_suite,
         {.suites = &aes128, .n_suites = 1}},
        {"NO_COMMON_GROUP", SSL_AD_HANDSHAKE_FAILURE, other_group, {0}},
        {"NO_COMMON_SCHEME", SSL_AD_HANDSHAKE_FAILURE, other_scheme, {0}},
        {"NO_COMMON_ALPN",
         SSL_AD_NO_APPLICATION_PROTOCOL,
         other_protocol,
         {.alpn = &h2, .n_alpn = 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_of(true);
        cases[i].narrow(peer);
        run_with(&d, true, cases[i].ours, peer);
        assert_we_failed_at(&d, cases[i].reason, __FILE__, __LINE__);
        assert_string_equal(tacit_conn_error(d.us)->code, "tls.no-common");
        assert_int_equal(d.alert_heard, cases[i].alert);
        duo_free(&d);
    }
}

static void nothing_in_common_as_client(void **state)
{
    (void)state;
    static const struct {
        int alert;
        void (*narrow)(SSL_CTX *peer);
        tacit_config_options ours;
    } cases[] = {
        {SSL_AD_PROTOCOL_VERSION, old_version, {0}},
        {SSL_AD_HANDSHAKE_FAILURE, other_suite, {.suites = &aes128, .n_suites = 1}},
        {SSL_AD_HANDSHAKE_FAILURE, other_group, {0}},
        {SSL_AD_HANDSHAKE_FAILURE,
         no_scheme,
         {.schemes = &ed25519, .n_schemes = 1, .cert_schemes = &p256, .n_cert_schemes = 1}},
        {SSL_AD_NO_APPLICATION_PROTOCOL, other_protocol, {.alpn = &h2, .n_alpn = 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_of(false);
        cases[i].narrow(peer);
        run_with(&d, false, cases[i].ours, peer);
        assert_we_failed(&d, PEER_ALERT_NO_COMMON);
        assert_int_equal(tacit_conn_error(d.us)->alert, cases[i].alert);
        assert_int_equal(tacit_error_exit_status(tacit_conn_error(d.us)), 21);
        duo_free(&d);
    }
}

/* ---- they refuse ----------------------------------------------------------------------------- */

static int verdict; /* what OpenSSL is told to think of our certificate */

static int think_so(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(ctx, verdict);
    return 0;
}

/* RFC 9846 6.2: the alerts that speak of certificates are told apart from all others. */
static const struct {
    int verdict, alert;
    int status; /* of the tool, for a client whose certificate was refused */
} verdicts[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SSL_AD_UNKNOWN_CA, 36},
    {X509_V_ERR_CERT_HAS_EXPIRED, SSL_AD_CERTIFICATE_EXPIRED, 36},
    {X509_V_ERR_CERT_REVOKED, SSL_AD_CERTIFICATE_REVOKED, 36},
    {X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, 36},
    {X509_V_ERR_INVALID_PURPOSE, SSL_AD_UNSUPPORTED_CERTIFICATE, 36},
    {X509_V_ERR_NO_EXPLICIT_POLICY, SSL_AD_CERTIFICATE_UNKNOWN, 36},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, SSL_AD_DECRYPT_ERROR, 22},
    {X509_V_ERR_APPLICATION_VERIFICATION, SSL_AD_HANDSHAKE_FAILURE, 22},
    {X509_V_ERR_OUT_OF_MEM, SSL_AD_INTERNAL_ERROR, 22},
};

static void they_refuse_our_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        for (int we_serve = 0; we_serve < 2; we_serve++) {
            struct duo d = {0};
            SSL_CTX *peer = peer_of(we_serve);
            verdict = verdicts[i].verdict;
            SSL_CTX_set_cert_verify_callback(peer, think_so, NULL);
            tacit_config_options ours = {.identities = &id, .n_identities = 1};
            if (!we_serve)
                peer_demands(peer);
            run_with(&d, we_serve, ours, peer);
            int status = we_serve ? 22 : verdicts[i].status;
            const tacit_error *error = tacit_conn_error(d.us);
            assert_non_null(error);
            assert_int_equal(d.alert_said, verdicts[i].alert);
            assert_int_equal(error->alert, verdicts[i].alert);
            assert_int_equal(error->origin, TACIT_ORIGIN_PEER_ALERT);
            assert_int_equal(tacit_error_exit_status(error), status);
            assert_string_equal(error->name,
                                status == 36 ? "PEER_ALERT_CERT_REJECTED" : "PEER_ALERT");
            assert_int_equal(tacit_conn_read_end(d.us), TACIT_READ_FAILED);
            duo_free(&d);
        }
    }
}

/* A client that has none is told so after it believes to be connected. */
static void they_require_our_certificate(void **state)
{
    (void)state;
    struct duo d = {0};
    SSL_CTX *peer = peer_of(false);
    peer_demands(peer);
    run_with(&d, false, (tacit_config_options){0}, peer);
    assert_we_failed(&d, PEER_ALERT_CERT_REQUIRED);
    assert_int_equal(d.alert_said, SSL_AD_CERTIFICATE_REQUIRED);
    assert_int_equal(tacit_error_exit_status(tacit_conn_error(d.us)), 35);
    duo_free(&d);
}

/* It asks, and none of our keys can sign as it wants. Then the list is empty, and it is the server
 * that decides (RFC 9846 4.5.1). */
static void no_scheme_that_fits(void **state)
{
    (void)state;
    for (int demanded = 0; demanded < 2; demanded++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_of(false);
        assert_int_equal(SSL_CTX_set1_client_sigalgs_list(peer, "ed25519"), 1);
        SSL_CTX_set_verify(peer, SSL_VERIFY_PEER | (demanded ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           NULL);
        run_with(&d, false, (tacit_config_options){.identities = &id, .n_identities = 1}, peer);
        if (demanded) {
            assert_we_failed(&d, PEER_ALERT_CERT_REQUIRED);
        } else {
            assert_connected(&d);
            assert_null(SSL_get0_peer_certificate(d.peer));
            assert_int_equal(duo_info(&d).own_scheme, 0);
        }
        duo_free(&d);
    }
}

static int note_subject(X509_STORE_CTX *ctx, void *shown)
{
    X509_NAME_get_text_by_NID(X509_get_subject_name(X509_STORE_CTX_get0_cert(ctx)), NID_commonName,
                              shown, 32);
    return 1;
}

static void name_authority(SSL_CTX *peer, const char *cn)
{
    X509_NAME *name = X509_NAME_new();
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0);
    assert_int_equal(sk_X509_NAME_push(names, name), 1);
    SSL_CTX_set_client_CA_list(peer, names);
}

/* The server's authorities guide which identity we show; of none that fits, we show the first, and
 * hear what it is worth (RFC 9846 4.3.4). */
static void authorities_guide(void **state)
{
    (void)state;
    const struct test_cert *other =
        test_cert((struct test_cert_spec){.cn = "other", .ca = true, .key_no = 2}, NULL);
    struct shown stranger = {{test_cert((struct test_cert_spec){.cn = "stranger"}, other)}, 1};
    tacit_identity *ids[] = {duo_identity(&stranger), id};
    static const char *const cases[][2] = {
        {"root", "leaf"}, {"other", "stranger"}, {"nobody", "stranger"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duo d = {0};
        char shown[32] = "";
        SSL_CTX *peer = peer_of(false);
        name_authority(peer, cases[i][0]);
        SSL_CTX_set_verify(peer, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(peer, note_subject, shown);
        run_with(&d, false, (tacit_config_options){.identities = ids, .n_identities = 2}, peer);
        assert_string_equal(shown, cases[i][1]);
        duo_free(&d);
    }
    tacit_identity_free(ids[0]);
}

static int setup(void **state)
{
    int status = duo_setup(state);
    leaf = duo_leaf(MADE_P256);
    id = duo_identity(&leaf);
    return status;
}

static int teardown(void **state)
{
    tacit_identity_free(id);
    return duo_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_refuse_certificates),
        cmocka_unit_test(client_certificates),
        cmocka_unit_test(nothing_in_common_as_server),
        cmocka_unit_test(nothing_in_common_as_client),
        cmocka_unit_test(they_refuse_our_certificate),
        cmocka_unit_test(they_require_our_certificate),
        cmocka_unit_test(no_scheme_that_fits),
        cmocka_unit_test(authorities_guide),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
