/* After the handshake with OpenSSL's libssl, in both roles: data of every size and padding,
 * KeyUpdates, key logs, and the two ways to close. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct shown leaf;
static tacit_identity *id;

/* shake connects both ends, with us in the role named. */
static void shake_with(struct duo *d, bool we_serve, tacit_config_options ours, SSL_CTX *peer)
{
    if (we_serve) {
        ours.identities = &id;
        ours.n_identities = 1;
    }
    (we_serve ? duo_server : duo_client)(d, ours, peer);
    duo_run(d);
    assert_connected(d);
}

static SSL_CTX *peer_of(bool we_serve)
{
    return we_serve ? peer_client(&leaf) : peer_server(&leaf);
}

static void shake(struct duo *d, bool we_serve)
{
    shake_with(d, we_serve, (tacit_config_options){0}, peer_of(we_serve));
}

/* ---- records --------------------------------------------------------------------------------- */

enum { BULK = 200000 };

static uint8_t bulk[BULK];

static void assert_bulk_arrives(struct duo *d)
{
    for (size_t i = 0; i < BULK; i++)
        bulk[i] = (uint8_t)(i * 2654435761u >> 24);
    we_say(d, bulk, BULK);
    peer_says(d, bulk, BULK);
}

static void bulk_both_ways(void **state)
{
    (void)state;
    static const char *const ciphers[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                          "TLS_CHACHA20_POLY1305_SHA256"};
    for (size_t i = 0; i < 6; i++) {
        struct duo d = {.chunk = i % 2 ? 4096 : 0};
        SSL_CTX *peer = peer_of(i % 2);
        assert_int_equal(SSL_CTX_set_ciphersuites(peer, ciphers[i / 2]), 1);
        shake_with(&d, i % 2, (tacit_config_options){0}, peer);
        assert_bulk_arrives(&d);
        duo_free(&d);
    }
}

/* The peer's smallest records, also in its handshake, where messages then straddle them; carried
 * in pieces that end anywhere (bug class 78). */
static void small_records(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {.chunk = 333};
        SSL_CTX *peer = peer_of(we_serve);
        assert_int_equal(SSL_CTX_set_max_send_fragment(peer, 512), 1);
        shake_with(&d, we_serve, (tacit_config_options){0}, peer);
        size_t before = d.peer_wire;
        assert_bulk_arrives(&d);
        assert_true(d.peer_wire - before >= BULK + BULK / 512 * 22);
        duo_free(&d);
    }
}

static size_t pad_to_the_limit(SSL *ssl, int type, size_t n, void *arg)
{
    (void)ssl, (void)type;
    *(size_t *)arg += 1;
    return SSL3_RT_MAX_PLAIN_LENGTH - n;
}

/* RFC 9846 5.4: zeros after the content type, up to the largest record, handshake and alert
 * included. */
static void padded_records(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        size_t padded = 0;
        SSL_CTX *peer = peer_of(we_serve);
        SSL_CTX_set_record_padding_callback(peer, pad_to_the_limit);
        SSL_CTX_set_record_padding_callback_arg(peer, &padded);
        shake_with(&d, we_serve, (tacit_config_options){0}, peer);
        assert_true(padded > 0);
        size_t before = d.peer_wire;
        peer_says(&d, "x", 1);
        assert_true(d.peer_wire - before > SSL3_RT_MAX_PLAIN_LENGTH);
        assert_bulk_arrives(&d);
        SSL_shutdown(d.peer);
        duo_run(&d);
        assert_int_equal(tacit_conn_read_end(d.us), TACIT_READ_CLEAN);
        duo_free(&d);
    }
}

static void records_in_blocks(void **state)
{
    (void)state;
    struct duo d = {0};
    SSL_CTX *peer = peer_of(true);
    assert_int_equal(SSL_CTX_set_block_padding(peer, 512), 1);
    shake_with(&d, true, (tacit_config_options){0}, peer);
    for (size_t n = 1; n < 1400; n += 127)
        peer_says(&d, bulk, n);
    duo_free(&d);
}

/* A peer that leaves out what middleboxes like: no session id, no change_cipher_spec. */
static void without_middlebox_mode(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_of(we_serve);
        SSL_CTX_clear_options(peer, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
        shake_with(&d, we_serve, (tacit_config_options){0}, peer);
        assert_speaking(&d);
        duo_free(&d);
    }
}

/* ---- extensions that we do not know, or decline ---------------------------------------------- */

static int add_long(SSL *ssl, unsigned int type, unsigned int context, const unsigned char **out,
                    size_t *n, X509 *x, size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)x, (void)index, (void)alert, (void)arg;
    *out = bulk;
    *n = 3000;
    return 1;
}

static void hello_with_everything(void **state)
{
    (void)state;
    struct duo d = {0};
    SSL_CTX *peer = peer_of(true);
    SSL_CTX_set_post_handshake_auth(peer, 1);
    SSL_CTX_set_tlsext_status_type(peer, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_max_fragment_length(peer, TLSEXT_max_fragment_length_512);
    assert_int_equal(SSL_CTX_set_tlsext_use_srtp(peer, "SRTP_AES128_CM_SHA1_80"), 0);
    assert_int_equal(
        SSL_CTX_add_custom_ext(peer, 60000, SSL_EXT_CLIENT_HELLO, add_long, NULL, NULL, NULL, NULL),
        1);
    SSL_CTX_set_min_proto_version(peer, TLS1_2_VERSION); /* its suites and extensions, too */
    shake_with(&d, true, (tacit_config_options){0}, peer);
    assert_int_equal(SSL_version(d.peer), TLS1_3_VERSION);
    assert_speaking(&d);
    duo_free(&d);
}

/* A server may say that it would have liked another group better, without asking for it. */
static void groups_in_encrypted_extensions(void **state)
{
    (void)state;
    struct duo d = {0};
    SSL_CTX *peer = peer_of(false);
    assert_int_equal(SSL_CTX_set1_groups_list(peer, "P-521:P-256:X25519"), 1);
    shake_with(&d, false, (tacit_config_options){0}, peer);
    assert_false(duo_info(&d).hello_retry);
    assert_speaking(&d);
    duo_free(&d);
}

/* We do not offer post-handshake authentication, so nobody may ask for it. Bug class 9. */
static void no_authentication_afterwards(void **state)
{
    (void)state;
    struct duo d = {0};
    shake(&d, false);
    SSL_set_verify(d.peer, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_verify_client_post_handshake(d.peer), 0);
    duo_free(&d);
}

/* ---- KeyUpdate ------------------------------------------------------------------------------- */

static void peer_updates(struct duo *d, int request)
{
    assert_int_equal(SSL_key_update(d->peer, request), 1);
    assert_int_equal(SSL_do_handshake(d->peer), 1);
}

static void assert_updates(const struct duo *d, uint32_t out, uint32_t in)
{
    assert_int_equal(duo_info(d).key_updates_out, out);
    assert_int_equal(duo_info(d).key_updates_in, in);
}

static void key_updates(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        shake(&d, we_serve);
        assert_true(tacit_conn_key_update(d.us, false));
        assert_speaking(&d);
        assert_updates(&d, 1, 0);
        assert_true(tacit_conn_key_update(d.us, true));
        assert_true(tacit_conn_key_update(d.us, true)); /* OpenSSL answers one request */
        assert_speaking(&d);
        assert_updates(&d, 3, 1);
        peer_updates(&d, SSL_KEY_UPDATE_NOT_REQUESTED);
        assert_speaking(&d);
        assert_updates(&d, 3, 2);
        peer_updates(&d, SSL_KEY_UPDATE_REQUESTED);
        duo_run(&d);
        assert_updates(&d, 4, 3);
        assert_speaking(&d);
        peer_updates(&d, SSL_KEY_UPDATE_REQUESTED); /* crosses ours */
        assert_true(tacit_conn_key_update(d.us, true));
        assert_speaking(&d);
        duo_free(&d);
    }
}

/* However many requests arrive at once, one answer is owed (bug class 53); too many without data
 * between them end the connection. */
static void key_updates_at_once(void **state)
{
    (void)state;
    struct duo d = {0};
    shake(&d, true);
    for (int i = 0; i < 32; i++)
        peer_updates(&d, SSL_KEY_UPDATE_REQUESTED);
    duo_run(&d);
    assert_updates(&d, 1, 32);
    assert_speaking(&d);
    for (int i = 0; i < 33; i++)
        peer_updates(&d, SSL_KEY_UPDATE_NOT_REQUESTED);
    duo_run(&d);
    assert_we_failed(&d, KEY_UPDATE_FLOOD);
    assert_int_equal(d.alert_heard, SSL_AD_UNEXPECTED_MESSAGE);
    duo_free(&d);
}

/* ---- key logs -------------------------------------------------------------------------------- */

struct log {
    char lines[16][256];
    size_t n;
};

static void log_line(void *user, const char *line)
{
    struct log *log = user;
    assert_true(log->n < 16);
    snprintf(log->lines[log->n++], sizeof log->lines[0], "%s", line);
}

static void key_logs_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct duo d = {0};
        struct log log = {0};
        SSL_CTX *peer = peer_of(i % 2);
        SSL_CTX_set_ciphersuites(peer, i < 2 ? "TLS_AES_128_GCM_SHA256" : "TLS_AES_256_GCM_SHA384");
        shake_with(&d, i % 2, (tacit_config_options){.user = &log, .keylog = log_line}, peer);
        assert_int_equal(log.n, 5); /* two secrets twice, and the exporter's */
        assert_int_equal(d.n_lines, log.n);
        for (size_t ours = 0; ours < log.n; ours++) {
            bool found = false;
            for (size_t theirs = 0; theirs < d.n_lines; theirs++)
                found |= strcmp(log.lines[ours], d.lines[theirs]) == 0;
            if (!found)
                fail_msg("the peer did not log %s", log.lines[ours]);
        }
        duo_free(&d);
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Each direction ends by itself (RFC 9846 6.1; bug class 67). */
static void peer_closes_first(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        shake(&d, we_serve);
        assert_int_equal(SSL_shutdown(d.peer), 0);
        duo_run(&d);
        assert_int_equal(tacit_conn_read_end(d.us), TACIT_READ_CLEAN);
        assert_int_equal(tacit_conn_phase(d.us), TACIT_PHASE_CLOSING);
        we_say(&d, "still here", 10);
        tacit_conn_close(d.us);
        duo_run(&d);
        assert_int_equal(SSL_shutdown(d.peer), 1);
        assert_int_equal(tacit_conn_wants(d.us), TACIT_WANT_CLOSED);
        assert_null(tacit_conn_error(d.us));
        duo_free(&d);
    }
}

static void we_close_first(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        shake(&d, we_serve);
        tacit_conn_close(d.us);
        duo_run(&d);
        assert_int_equal(SSL_get_shutdown(d.peer), SSL_RECEIVED_SHUTDOWN);
        peer_says(&d, "still here", 10);
        assert_int_equal(SSL_shutdown(d.peer), 1);
        duo_run(&d);
        assert_int_equal(tacit_conn_read_end(d.us), TACIT_READ_CLEAN);
        assert_int_equal(tacit_conn_wants(d.us), TACIT_WANT_CLOSED);
        assert_null(tacit_conn_error(d.us));
        duo_free(&d);
    }
}

/* A client that gives up says so in the clear, and then closes. */
static void we_give_up(void **state)
{
    (void)state;
    struct duo d = {0};
    duo_client(&d, (tacit_config_options){0}, peer_of(false));
    while (to_peer(&d) > 0)
        continue;
    tacit_conn_close(d.us);
    duo_run(&d);
    assert_int_equal(d.alert_heard, SSL_AD_USER_CANCELLED);
    assert_true(SSL_get_shutdown(d.peer) & SSL_RECEIVED_SHUTDOWN);
    assert_int_equal(tacit_conn_wants(d.us), TACIT_WANT_CLOSED);
    duo_free(&d);
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
        cmocka_unit_test(bulk_both_ways),
        cmocka_unit_test(small_records),
        cmocka_unit_test(padded_records),
        cmocka_unit_test(records_in_blocks),
        cmocka_unit_test(without_middlebox_mode),
        cmocka_unit_test(hello_with_everything),
        cmocka_unit_test(groups_in_encrypted_extensions),
        cmocka_unit_test(no_authentication_afterwards),
        cmocka_unit_test(key_updates),
        cmocka_unit_test(key_updates_at_once),
        cmocka_unit_test(key_logs_agree),
        cmocka_unit_test(peer_closes_first),
        cmocka_unit_test(we_close_first),
        cmocka_unit_test(we_give_up),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
