/* Tickets of OpenSSL's server, which our client counts, and of another server of our name, with
 * which OpenSSL's client offers us early data: it is skipped, and a full handshake follows. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/err.h>

static struct shown leaf;
static tacit_identity *id;
static const uint8_t data[80000] = "early";

static void tickets_arrive(void **state)
{
    (void)state;
    for (int stateful = 0; stateful < 2; stateful++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_server(&leaf);
        SSL_CTX_set_num_tickets(peer, 5);
        SSL_CTX_set_max_early_data(peer, 1000); /* each carries the early_data extension */
        if (stateful)
            SSL_CTX_set_options(peer, SSL_OP_NO_TICKET);
        duo_client(&d, (tacit_config_options){0}, peer);
        duo_run(&d);
        assert_connected(&d);
        assert_int_equal(duo_info(&d).tickets, 5);
        assert_int_equal(SSL_new_session_ticket(d.peer), 1);
        assert_speaking(&d);
        assert_int_equal(duo_info(&d).tickets, 6);
        duo_free(&d);
    }
}

static void carry(SSL *from, SSL *to)
{
    char p[4096];
    for (int n; (n = BIO_read(SSL_get_wbio(from), p, sizeof p)) > 0;)
        assert_int_equal(BIO_write(SSL_get_rbio(to), p, n), n);
}

/* session_of_another makes OpenSSL speak with itself, as a.test, and keeps the client's session,
 * which allows early data. */
static SSL_SESSION *session_of_another(void)
{
    struct duo client_end = {0}, server_end = {0}; /* for the callbacks of duo.c */
    SSL_CTX *cc = peer_client(&leaf), *sc = peer_server(&leaf);
    SSL_CTX_set_max_early_data(sc, 1 << 20);
    SSL *client = SSL_new(cc), *server = SSL_new(sc);
    SSL_set_app_data(client, &client_end);
    SSL_set_app_data(server, &server_end);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    SSL_set_tlsext_host_name(client, "a.test");
    for (int i = 0; i < 4; i++) {
        char p[16];
        SSL_read(client, p, sizeof p);
        carry(client, server);
        SSL_read(server, p, sizeof p);
        carry(server, client);
    }
    SSL_SESSION *session = SSL_get1_session(client);
    assert_true(session && SSL_SESSION_get_max_early_data(session) == 1 << 20);
    SSL_shutdown(client); /* else the session would not be resumable */
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(cc);
    SSL_CTX_free(sc);
    ERR_clear_error();
    return session;
}

/* early offers the session with `n` bytes of early data, in records of up to `fragment`. */
static void early(struct duo *d, size_t n, size_t fragment, tacit_config_options ours)
{
    SSL_SESSION *session = session_of_another();
    SSL_CTX *peer = peer_client(&leaf);
    assert_int_equal(SSL_CTX_set_max_send_fragment(peer, (long)fragment), 1);
    ours.identities = &id;
    ours.n_identities = 1;
    duo_server(d, ours, peer);
    assert_int_equal(SSL_set_session(d->peer, session), 1);
    SSL_SESSION_free(session);
    for (size_t at = 0, wrote; at < n; at += wrote)
        assert_int_equal(SSL_write_early_data(d->peer, data + at, n - at, &wrote), 1);
    duo_run(d);
}

/* Our server resumes nothing: it skips what it cannot read, and nothing of it comes out
 * (RFC 9846 4.3.10). With HelloRetryRequest it has no key yet to try. */
static void early_data_is_skipped(void **state)
{
    (void)state;
    static const uint16_t p384 = 0x0018;
    static const size_t lengths[] = {1, 16384, 60000}, fragments[] = {512, 16384};
    for (size_t i = 0; i < 12; i++) {
        struct duo d = {.chunk = i % 4 ? 0 : 1000};
        size_t n = lengths[i / 4], fragment = fragments[i % 4 / 2];
        bool retry = i % 2;
        n = fragment == 512 && n > 32768 ? 32768 : n; /* the tags count, too */
        early(&d, n, fragment, (tacit_config_options){.groups = &p384, .n_groups = retry});
        assert_connected(&d);
        assert_int_equal(SSL_get_early_data_status(d.peer), SSL_EARLY_DATA_REJECTED);
        assert_false(SSL_session_reused(d.peer));
        assert_int_equal(duo_info(&d).hello_retry, retry);
        assert_false(duo_info(&d).resumed || duo_info(&d).early_data);
        assert_int_equal(d.our_inbox.n, 0);
        assert_speaking(&d);
        duo_free(&d);
    }
}

static void too_much_early_data(void **state)
{
    (void)state;
    static const uint16_t p384 = 0x0018;
    for (size_t retry = 0; retry < 2; retry++) {
        struct duo d = {0};
        early(&d, sizeof data, 16384, (tacit_config_options){.groups = &p384, .n_groups = retry});
        assert_we_failed(&d, EARLY_DATA_TOO_MUCH);
        assert_int_equal(d.alert_heard, SSL_AD_UNEXPECTED_MESSAGE);
        duo_free(&d);
    }
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
        cmocka_unit_test(tickets_arrive),
        cmocka_unit_test(early_data_is_skipped),
        cmocka_unit_test(too_much_early_data),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
