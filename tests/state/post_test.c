/* After the handshake (RFC 9846 4.7; bug classes 9, 53, 58, 59): tickets and changes of keys, in
 * numbers, with wrong contents, and at inconvenient moments. */
#include "subject.h"

#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- KeyUpdate ------------------------------------------------------------------------------- */

static void set_request(void *user, struct draft *d)
{
    d->p[MSG_HEADER] = *(const uint8_t *)user;
}

static void every_request(void **state)
{
    (void)state;
    struct tally t = {0};
    for (unsigned v = 0; v < 256; v++) {
        uint8_t request = (uint8_t)v;
        int want = v < 2 ? OK : KEY_UPDATE_VALUE;
        tally(&t, want, subject_try(CLIENT_KU, set_request, &request), "client's %u", v);
        tally(&t, want, subject_try(SERVER_KU, set_request, &request), "server's %u", v);
    }
    assert_tally(t, 512);
}

/* Both ends may change their keys often, as long as there is data between. */
static size_t updates;

static tacit_conn *liars_end(struct pair *p)
{
    return liar.is_client ? p->client : p->server;
}

static void update_often(struct pair *p)
{
    for (size_t i = 0; i < updates; i++)
        assert_true(tacit_conn_key_update(liars_end(p), false));
}

static void update_often_with_data(struct pair *p)
{
    for (size_t i = 0; i < updates; i++) {
        assert_true(tacit_conn_key_update(liars_end(p), i % 2));
        assert_true(pair_send(p, liar.is_client, (const uint8_t *)"data", 4));
    }
}

static void floods_of_updates(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++) {
        liar_reset();
        liar.is_client = by_client;
        updates = KEY_UPDATES_MAX;
        assert_int_equal(scene_run(PLAIN, update_often), OK);
        updates = KEY_UPDATES_MAX + 1;
        assert_int_equal(scene_run(PLAIN, update_often), KEY_UPDATE_FLOOD);
        liar_reset();
        liar.is_client = by_client;
        updates = 200;
        assert_int_equal(scene_run(PLAIN, update_often_with_data), OK);
    }
}

/* An end that cannot write, because nobody takes what it has written, owes one reply however many
 * it is asked for. */
static void requests_while_writing_is_blocked(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++) {
        liar_reset();
        struct pair p = scene_start(PLAIN);
        pair_run(&p);
        tacit_conn *asks = by_client ? p.client : p.server;
        tacit_conn *other = by_client ? p.server : p.client;
        static const uint8_t data[REC_PLAIN_MAX];
        while (tacit_conn_write(other, data, sizeof data)) {
        }
        size_t queued = other->t.out.queued;
        for (size_t i = 0; i < KEY_UPDATES_MAX; i++) {
            asks->t.update_request = false; /* it has forgotten that it asked */
            assert_true(tacit_conn_key_update(asks, true));
            while (pair_move(&p, by_client)) {
            }
        }
        assert_null(tacit_conn_error(other));
        assert_int_equal(other->t.out.queued, queued);
        tacit_info info = {.size = sizeof info};
        while (pair_move(&p, !by_client)) {
            tacit_span in = tacit_conn_app_in_buf(asks);
            tacit_conn_app_in_done(asks, in.n);
        }
        tacit_conn_info(asks, &info);
        assert_int_equal(info.key_updates_in, 1);
        assert_null(tacit_conn_error(asks));
        while (tacit_conn_app_in_buf(asks).n)
            tacit_conn_app_in_done(asks, tacit_conn_app_in_buf(asks).n);
        assert_true(pair_send(&p, by_client, (const uint8_t *)"and on", 6));
        scene_end(&p);
    }
}

/* ---- NewSessionTicket ------------------------------------------------------------------------ */

/* A ticket of 64 KiB with an extension of as much. */
static void large_ticket(struct tls *t)
{
    enum { N = 65000 };
    uint8_t *bytes = calloc(1, N);
    assert_non_null(bytes);
    wr w = flight_begin(t, MSG_NEW_SESSION_TICKET, 2 * N + 512);
    new_session_ticket_write(&w, &(struct new_session_ticket){.lifetime = 604801,
                                                              .nonce = {bytes, 255},
                                                              .ticket = {bytes, N}});
    size_t block = wr_open(&w, 2);
    wr_u16(&w, 0x1234);
    wr_vec(&w, 2, (span){bytes, N});
    wr_close(&w, block, 2);
    assert_true(flight_end(t, &w));
    free(bytes);
}

static void ten_thousand_tickets(void **state)
{
    (void)state;
    enum { TICKETS = 10000 };
    liar_reset();
    struct pair p = scene_start(PLAIN);
    pair_run(&p);
    for (size_t i = 0; i < TICKETS; i++) {
        if (i % 100)
            scene_ticket(&p);
        else
            large_ticket(&p.server->t);
        pair_run(&p);
    }
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(p.client, &info);
    assert_int_equal(info.tickets, TICKETS);
    assert_true(scene_peak() < 600000); /* of both ends: a few times one ticket */
    assert_int_equal(scene_verdict(&p, true), OK);
    scene_end(&p);
}

/* ---- what does not come after a handshake ---------------------------------------------------- */

/* A whole message, made by hand: a second handshake, a request for a certificate. */
static span message;

static void send_message(struct pair *p)
{
    assert_true(liar_put(&liars_end(p)->t, message));
}

static void no_second_handshake(void **state)
{
    (void)state;
    static const uint8_t request[] = {
        MSG_CERTIFICATE_REQUEST, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 8, 7};
    struct tally t = {0};
    liar_reset();
    message = (span){request, sizeof request};
    tally(&t, MESSAGE_UNEXPECTED, scene_run(PLAIN, send_message), "a request after the handshake");
    liar_reset();
    tally(&t, MESSAGE_UNEXPECTED, scene_run(MUTUAL, send_message), "another request");
    for (size_t i = 0; i < 4; i++) {
        struct anatomy a;
        uint8_t again[1024];
        static const enum subject_id ids[] = {CH, CLIENT_CT, CLIENT_CV, CLIENT_FIN};
        span raw = subject_raw(ids[i], &a);
        assert_true(raw.n <= sizeof again);
        message = (span){memcpy(again, raw.p, raw.n), raw.n};
        liar_reset();
        liar.is_client = true;
        tally(&t, MESSAGE_UNEXPECTED, scene_run(MUTUAL, send_message), "%s again",
              subjects[ids[i]].name);
    }
    assert_tally(t, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request),
        cmocka_unit_test(floods_of_updates),
        cmocka_unit_test(requests_while_writing_is_blocked),
        cmocka_unit_test(ten_thousand_tickets),
        cmocka_unit_test(no_second_handshake),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
