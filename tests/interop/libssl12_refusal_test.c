/* What TLS 1.2 demands of OpenSSL's libssl, in both roles: extended master secret,
 * encrypt-then-MAC, no other handshake on the same connection, no fallback, and nobody in between
 * who asks for less. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct shown leaf, transport;
static tacit_identity *id, *transport_id;

enum { ALERT_NO_RENEGOTIATION = 100 };

static SSL_CTX *peer_of(bool we_serve)
{
    return we_serve ? peer12_client(&leaf) : peer12_server(&leaf);
}

static void run_with(struct duo *d, bool we_serve, tacit_config_options ours, SSL_CTX *peer)
{
    if (!ours.max_version)
        ours.max_version = 0x0303;
    if (we_serve && !ours.n_identities) {
        ours.identities = &id;
        ours.n_identities = 1;
    }
    (we_serve ? duo_server : duo_client)(d, ours, peer);
    duo_run(d);
}

/* ---- what is demanded ------------------------------------------------------------------------ */

/* Bug class 52: a peer without extended master secret is refused, or by a word is served, but then
 * has no exporters. */
static void extended_master_secret(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++)
        for (int word = 0; word < 2; word++) {
            struct duo d = {0};
            SSL_CTX *peer = peer_of(we_serve);
            SSL_CTX_set_options(peer, SSL_OP_NO_EXTENDED_MASTER_SECRET);
            tacit_config_options o = {.legacy = word ? TACIT_LEGACY_NO_EMS : 0};
            run_with(&d, we_serve, o, peer);
            if (word) {
                uint8_t out[16];
                assert_connected(&d);
                assert_int_equal(SSL_get_extms_support(d.peer), 0);
                assert_int_equal(duo_info(&d).legacy, TACIT_LEGACY_NO_EMS);
                we_say(&d, "a question", 10);
                peer_says(&d, "an answer", 9);
                assert_false(tacit_conn_export(d.us, out, 16, "EXPORTER-x", (span){0}));
            } else {
                assert_we_failed(&d, NO_EXTENDED_MASTER);
                assert_int_equal(d.alert_heard, SSL_AD_HANDSHAKE_FAILURE);
            }
            duo_free(&d);
        }
}

/* Bug class 95: the MAC suite without encrypt-then-MAC is Lucky 13. */
static void encrypt_then_mac(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++)
        for (int etm = 0; etm < 2; etm++) {
            struct duo d = {0};
            SSL_CTX *peer = peer_of(we_serve);
            assert_int_equal(SSL_CTX_set_cipher_list(peer, "ECDHE-ECDSA-AES128-SHA256"), 1);
            if (!etm)
                SSL_CTX_set_options(peer, SSL_OP_NO_ENCRYPT_THEN_MAC);
            run_with(&d, we_serve, (tacit_config_options){.legacy = TACIT_LEGACY_CBC_HMAC}, peer);
            if (etm) {
                assert_connected(&d);
                assert_speaking(&d);
            } else if (we_serve) {
                assert_we_failed(&d, NO_COMMON_SUITE);
            } else {
                assert_we_failed(&d, NO_ENCRYPT_THEN_MAC);
            }
            duo_free(&d);
        }
}

/* Without their words, the suites are not there (bug class 93). */
static void words_are_needed(void **state)
{
    (void)state;
    static const char *const names[] = {"ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256",
                                        "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA",
                                        "AES128-SHA"};
    for (size_t i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
        struct duo d = {0};
        bool we_serve = i % 2;
        SSL_CTX *peer = we_serve ? peer12_client(&leaf) : peer12_server(&transport);
        assert_int_equal(SSL_CTX_set_cipher_list(peer, names[i / 2]), 1);
        run_with(&d, we_serve, (tacit_config_options){0}, peer);
        if (we_serve)
            assert_we_failed(&d, NO_COMMON_SUITE);
        else
            assert_we_failed(&d, PEER_ALERT_NO_COMMON);
        duo_free(&d);
    }
}

/* A key for encipherment signs nothing, and a key for signatures deciphers nothing. */
static void keys_for_transport(void **state)
{
    (void)state;
    tacit_identity *both[] = {id, transport_id};
    const tacit_config_options o = {
        .legacy = TACIT_LEGACY_RSA_TRANSPORT, .identities = both, .n_identities = 2};
    static const char *const names[] = {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
                                        "ECDHE-RSA-AES128-GCM-SHA256"};
    for (size_t i = 0; i < 3; i++) {
        struct duo d = {0};
        SSL_CTX *peer = peer12_client(&leaf);
        assert_int_equal(SSL_CTX_set_cipher_list(peer, names[i]), 1);
        run_with(&d, true, o, peer);
        if (i < 2)
            assert_connected(&d);
        else
            assert_we_failed(&d, NO_COMMON_SCHEME);
        duo_free(&d);
    }
}

/* ---- no second handshake --------------------------------------------------------------------- */

/* Bug class 51: renegotiation is refused from either side, whether it says that it is secure
 * or not. */
static void renegotiation(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_of(we_serve);
        SSL_CTX_clear_options(peer, SSL_OP_NO_RENEGOTIATION);
        run_with(&d, we_serve, (tacit_config_options){0}, peer);
        assert_connected(&d);
        assert_int_equal(SSL_renegotiate(d.peer), 1);
        duo_run(&d);
        assert_we_failed(&d, RENEGOTIATION);
        assert_int_equal(d.alert_heard, ALERT_NO_RENEGOTIATION);
        duo_free(&d);
    }
}

/* ---- versions -------------------------------------------------------------------------------- */

static SSL_CTX *up_to(SSL_CTX *peer, int max)
{
    assert_int_equal(SSL_CTX_set_max_proto_version(peer, max), 1);
    return peer;
}

static tacit_config_options both_versions(void)
{
    return (tacit_config_options){.min_version = 0x0303, .max_version = 0x0304};
}

static void the_best_version_of_both(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++)
        for (int ours = 0x0303; ours <= 0x0304; ours++)
            for (int theirs = TLS1_2_VERSION; theirs <= TLS1_3_VERSION; theirs++) {
                struct duo d = {0};
                tacit_config_options o = both_versions();
                o.max_version = (uint16_t)ours;
                run_with(&d, we_serve, o, up_to(peer_of(we_serve), theirs));
                assert_connected(&d);
                assert_speaking(&d);
                assert_int_equal(duo_info(&d).version, ours < theirs ? ours : theirs);
                assert_int_equal(SSL_version(d.peer), ours < theirs ? ours : theirs);
                duo_free(&d);
            }
}

/* The same with a client of ours. */
static void our_fallback(void)
{
    for (int more = 0; more < 2; more++) {
        struct duo d = {0};
        tacit_config_options o = {.max_version = 0x0303, .fallback = true};
        run_with(&d, false, o, up_to(peer_of(false), more ? TLS1_3_VERSION : TLS1_2_VERSION));
        if (more) {
            assert_we_failed(&d, PEER_ALERT);
            assert_int_equal(tacit_conn_error(d.us)->detail, SSL_AD_INAPPROPRIATE_FALLBACK);
        } else {
            assert_connected(&d);
        }
        duo_free(&d);
    }
}

/* RFC 7507, bug class 40: a client that comes back with less says so, and is refused by who speaks
 * more. */
static void fallback(void **state)
{
    (void)state;
    our_fallback();
    for (int more = 0; more < 2; more++) {
        struct duo d = {0};
        tacit_config_options o = both_versions();
        o.max_version = more ? 0x0304 : 0x0303;
        SSL_CTX *peer = peer_of(true);
        SSL_CTX_set_mode(peer, SSL_MODE_SEND_FALLBACK_SCSV);
        run_with(&d, true, o, peer);
        if (more) {
            assert_we_failed(&d, INAPPROPRIATE_FALLBACK);
            assert_int_equal(d.alert_heard, SSL_AD_INAPPROPRIATE_FALLBACK);
        } else {
            assert_connected(&d);
        }
        duo_free(&d);
    }
}

static void hide_versions(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 5 < n; i++)
        if (!memcmp(p + i, "\0\x2b\0", 3) && p[i + 4] + 1 == p[i + 3]) {
            p[i] = 0x5a; /* an extension of nobody */
            return;
        }
    fail_msg("there are no supported_versions");
}

/* Somebody on the way takes TLS 1.3 out of the hello: the server's random says what it could have
 * spoken, and the client finds it there (RFC 9846 4.2.3; bug class 40). */
static void our_hello_is_changed(void **state)
{
    (void)state;
    struct duo d = {0};
    tacit_config_options o = both_versions();
    duo_client(&d, o, up_to(peer_of(false), TLS1_3_VERSION));
    tacit_span out = tacit_conn_wire_out_buf(d.us);
    uint8_t hello[2048];
    assert_true(out.n < sizeof hello);
    memcpy(hello, out.p, out.n);
    hide_versions(hello, out.n);
    assert_int_equal(BIO_write(SSL_get_rbio(d.peer), hello, (int)out.n), out.n);
    tacit_conn_wire_out_done(d.us, out.n);
    duo_run(&d);
    assert_we_failed(&d, DOWNGRADE);
    assert_int_equal(d.alert_heard, SSL_AD_ILLEGAL_PARAMETER);
    duo_free(&d);
}

static void their_hello_is_changed(void **state)
{
    (void)state;
    struct duo d = {0};
    tacit_config_options o = both_versions();
    o.identities = &id;
    o.n_identities = 1;
    duo_server(&d, o, up_to(peer_of(true), TLS1_3_VERSION));
    SSL_do_handshake(d.peer);
    uint8_t hello[2048];
    int n = BIO_read(SSL_get_wbio(d.peer), hello, sizeof hello);
    assert_true(n > 0);
    hide_versions(hello, (size_t)n);
    tacit_buf in = tacit_conn_wire_in_buf(d.us);
    assert_true(in.n >= (size_t)n);
    memcpy(in.p, hello, (size_t)n);
    tacit_conn_wire_in_done(d.us, (size_t)n);
    duo_run(&d);
    assert_int_equal(d.alert_said, SSL_AD_ILLEGAL_PARAMETER);
    assert_we_failed(&d, PEER_ALERT);
    duo_free(&d);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int setup(void **state)
{
    int status = duo_setup(state);
    leaf = duo_leaf(MADE_P256);
    transport = (struct shown){{test_cert((struct test_cert_spec){.cn = "transport",
                                                                  .key = MADE_RSA,
                                                                  .san = "DNS:a.test",
                                                                  .ku = "keyEncipherment"},
                                          duo_root())},
                               1};
    id = duo_identity(&leaf);
    transport_id = duo_identity(&transport);
    return status;
}

static int teardown(void **state)
{
    tacit_identity_free(id);
    tacit_identity_free(transport_id);
    return duo_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extended_master_secret),
        cmocka_unit_test(encrypt_then_mac),
        cmocka_unit_test(words_are_needed),
        cmocka_unit_test(keys_for_transport),
        cmocka_unit_test(renegotiation),
        cmocka_unit_test(the_best_version_of_both),
        cmocka_unit_test(fallback),
        cmocka_unit_test(our_hello_is_changed),
        cmocka_unit_test(their_hello_is_changed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
