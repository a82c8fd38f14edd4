/* Bytes and records in and out of a connection, and what a peer may not put into them. */
#include "base/alerts.h"
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct people people;

static int set_up(void **state)
{
    (void)state;
    people_begin(&people, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    people_end(&people);
    return 0;
}

#define BYTES(...) ((span){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

static const span nothing = {NULL, 0};

/* inject makes a connected pair, has one end send this, and gives the other. */
static tacit_conn *inject(struct pair *p, bool to_server, enum content_type type, span content)
{
    *p = people_connected(&people);
    pair_inject(p, to_server, type, content);
    return to_server ? p->server : p->client;
}

static void assert_injected(enum content_type type, span content, enum reason reason)
{
    for (int to_server = 0; to_server < 2; to_server++) {
        struct pair p;
        assert_failed(inject(&p, to_server, type, content), reason);
        pair_free(&p);
    }
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* Bug classes 61, 68: one byte at a time leads to the same. */
static void a_byte_at_a_time_is_enough(void **state)
{
    (void)state;
    static const size_t chunks[] = {1, 2, 3, 5, 100};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct pair p = people_pair(
            &people, (tacit_config_options){.identities = &people.client, .n_identities = 1},
            (tacit_config_options){.client_auth = TACIT_CLIENT_AUTH_REQUIRED});
        p.chunk = chunks[i];
        pair_run(&p);
        assert_true(pair_connected(&p));
        assert_true(pair_send(&p, true, (const uint8_t *)"hello", 5));
        assert_true(pair_send(&p, false, (const uint8_t *)"world", 5));
        pair_free(&p);
    }
}

/* What is lent to a receive that is under way stays, whatever is sent or not taken besides. */
static void room_that_is_lent_stays(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    tacit_buf room = tacit_conn_wire_in_buf(p.client);
    memset(room.p, 1, room.n);
    tacit_conn_app_in_done(p.client, 0);
    assert_int_equal(tacit_conn_write(p.client, "x", 1), 1);
    tacit_conn_wire_out_done(p.client, tacit_conn_wire_out_buf(p.client).n);
    tacit_conn_tick(p.client, 1);
    memset(room.p, 2, room.n);
    tacit_conn_wire_in_done(p.client, 0);
    assert_null(tacit_conn_error(p.client));
    pair_free(&p);
}

static void more_done_than_lent_is_misuse(void **state)
{
    (void)state;
    for (int channel = 0; channel < 3; channel++) {
        struct pair p = people_connected(&people);
        if (channel == 0)
            tacit_conn_wire_in_done(p.client, tacit_conn_wire_in_buf(p.client).n + 1);
        else if (channel == 1)
            tacit_conn_wire_out_done(p.client, tacit_conn_wire_out_buf(p.client).n + 1);
        else
            tacit_conn_app_in_done(p.client, tacit_conn_app_in_buf(p.client).n + 1);
        assert_failed(p.client, R_TOO_MUCH_DONE);
        pair_free(&p);
    }
    struct pair p = people_connected(&people);
    tacit_conn_wire_in_buf(p.client);
    tacit_conn_wire_in_done(p.client, 0);
    tacit_conn_wire_in_done(p.client, 1); /* nothing is lent any more */
    assert_failed(p.client, R_TOO_MUCH_DONE);
    pair_free(&p);
}

/* Until data has been taken, no more is read; it may be taken in parts. */
static void data_waits_until_it_is_taken(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    assert_int_equal(tacit_conn_write(p.client, "first", 5), 5);
    assert_int_equal(tacit_conn_write(p.client, "second", 6), 6);
    tacit_span out = tacit_conn_wire_out_buf(p.client);
    tacit_buf in = tacit_conn_wire_in_buf(p.server);
    assert_true(in.n >= out.n);
    memcpy(in.p, out.p, out.n);
    tacit_conn_wire_in_done(p.server, out.n);
    assert_true(tacit_conn_wants(p.server) & TACIT_WANT_APP_IN);
    assert_false(tacit_conn_wants(p.server) & TACIT_WANT_WIRE_IN);
    assert_int_equal(tacit_conn_wire_in_buf(p.server).n, 0);
    tacit_span data = tacit_conn_app_in_buf(p.server);
    assert_memory_equal(data.p, "first", data.n);
    tacit_conn_app_in_done(p.server, 2);
    data = tacit_conn_app_in_buf(p.server);
    assert_memory_equal(data.p, "rst", data.n);
    tacit_conn_app_in_done(p.server, 3);
    data = tacit_conn_app_in_buf(p.server);
    assert_int_equal(data.n, 6);
    assert_memory_equal(data.p, "second", 6);
    tacit_conn_app_in_done(p.server, 6);
    assert_true(tacit_conn_wants(p.server) & TACIT_WANT_WIRE_IN);
    pair_free(&p);
}

static void writing_stops_when_enough_is_queued(void **state)
{
    (void)state;
    static uint8_t data[1 << 20];
    struct pair p = people_connected(&people);
    size_t took = tacit_conn_write(p.client, data, sizeof data);
    assert_in_range(took, OUT_QUEUE_MAX - REC_WIRE_MAX, OUT_QUEUE_MAX + REC_WIRE_MAX);
    assert_false(tacit_conn_wants(p.client) & TACIT_WANT_APP_OUT);
    assert_int_equal(tacit_conn_write(p.client, data, 1), 0);
    tacit_conn_wire_out_done(p.client, tacit_conn_wire_out_buf(p.client).n);
    assert_true(tacit_conn_wants(p.client) & TACIT_WANT_APP_OUT);
    pair_free(&p);
}

/* Bug class 88: nothing is held for a connection that is idle. */
static void an_idle_connection_holds_no_buffer(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    assert_true(pair_send(&p, true, (const uint8_t *)"hello", 5));
    assert_true(pair_send(&p, false, (const uint8_t *)"world", 5));
    for (int i = 0; i < 2; i++) {
        const tacit_conn *c = i ? p.client : p.server;
        assert_null(c->in);
        assert_null(c->t.out.head);
        assert_null(c->t.out.flight);
        assert_null(c->t.join.part);
        assert_null(c->t.hs);
    }
    pair_free(&p);
}

/* Bug class 60: whoever does not speak TLS gets no alert, which it could not read. */
static void who_speaks_no_tls_is_not_answered(void **state)
{
    (void)state;
    struct pair p = people_pair(&people, (tacit_config_options){0}, (tacit_config_options){0});
    tacit_buf in = tacit_conn_wire_in_buf(p.server);
    memcpy(in.p, "GET / HTTP/1.1\r\n\r\n", 18);
    tacit_conn_wire_in_done(p.server, 18);
    assert_int_equal(tacit_conn_wire_out_buf(p.server).n, 0);
    assert_failed(p.server, R_NOT_TLS);
    pair_free(&p);
}

/* ---- records --------------------------------------------------------------------------------- */

/* Bug class 48 */
static void nothing_comes_between_the_parts_of_a_message(void **state)
{
    (void)state;
    static const struct {
        enum content_type type;
        span content;
    } others[] = {
        {CT_APPLICATION_DATA, {(const uint8_t *)"data", 4}},
        {CT_APPLICATION_DATA, {NULL, 0}},
        {CT_ALERT, {(const uint8_t *)"\1", 2}}, /* even a close_notify */
    };
    for (size_t i = 0; i < 2 * sizeof others / sizeof others[0]; i++) {
        struct pair p = people_connected(&people);
        pair_inject(&p, i % 2, CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0));
        assert_true(pair_connected(&p));
        pair_inject(&p, i % 2, others[i / 2].type, others[i / 2].content);
        assert_failed(i % 2 ? p.server : p.client, R_INTERLEAVED);
        pair_free(&p);
    }
}

/* Bug class 57: empty records are counted until data comes; user_canceled with them. */
static void a_flood_of_empty_records_is_refused(void **state)
{
    (void)state;
    for (int alerts_too = 0; alerts_too < 2; alerts_too++) {
        struct pair p = people_connected(&people);
        for (size_t round = 0; round < 2; round++) {
            for (size_t i = 0; i < EMPTY_RECORDS_MAX; i++) {
                if (alerts_too && i % 2)
                    pair_inject(&p, true, CT_ALERT, BYTES(1, ALERT_user_canceled));
                else
                    pair_inject(&p, true, CT_APPLICATION_DATA, nothing);
            }
            assert_true(pair_connected(&p));
            assert_true(round || pair_send(&p, true, (const uint8_t *)"data", 4));
        }
        pair_inject(&p, true, CT_APPLICATION_DATA, nothing);
        assert_failed(p.server, R_EMPTY_RECORD_FLOOD);
        pair_free(&p);
    }
}

/* Bug class 49: under handshake keys, and before the client is proven. */
static void data_before_finished_is_refused(void **state)
{
    (void)state;
    struct pair p = people_pair(&people, (tacit_config_options){0}, (tacit_config_options){0});
    pair_move(&p, true);
    while (p.client->t.state != ST_WAIT_EE) {
        p.chunk = 1;
        assert_int_equal(pair_move(&p, false), 1);
    }
    p.chunk = 0;
    pair_inject(&p, true, CT_APPLICATION_DATA, BYTES('x'));
    assert_failed(p.server, R_DATA_TOO_EARLY);
    pair_free(&p);
}

static void alerts_are_two_bytes(void **state)
{
    (void)state;
    assert_injected(CT_ALERT, BYTES(2), R_ALERT_MALFORMED);
    assert_injected(CT_ALERT, BYTES(2, 40, 0), R_ALERT_MALFORMED);
    assert_injected(CT_ALERT, BYTES(1, 0, 1, 0), R_ALERT_MALFORMED);
}

/* ---- messages after the handshake (RFC 9846 4.7) --------------------------------------------- */

/* Bug class 53 */
static void a_flood_of_key_updates_is_refused(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < KEY_UPDATES_MAX; i++) {
            assert_true(tacit_conn_key_update(p.client, false));
            pair_run(&p);
        }
        assert_true(pair_connected(&p));
        assert_true(round || pair_send(&p, true, (const uint8_t *)"data", 4));
    }
    assert_true(tacit_conn_key_update(p.client, false));
    pair_run(&p);
    assert_failed(p.server, R_KEY_UPDATE_FLOOD);
    pair_free(&p);
}

/* Bug class 53: many requests, while our bytes are not fetched, are answered by one. */
static void many_requests_have_one_reply(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    for (size_t i = 0; i < 5; i++) {
        pair_inject(&p, true, CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 1, 1));
        keys13_update(HASH_SHA256, &p.client->t.traffic_out);
        assert_true(set_write_key(&p.client->t, &p.client->t.traffic_out));
    }
    pair_run(&p);
    assert_true(pair_connected(&p));
    assert_int_equal(p.server->t.facts.key_updates_in, 5);
    assert_int_equal(p.server->t.facts.key_updates_out, 1);
    assert_true(pair_send(&p, false, (const uint8_t *)"data", 4));
    pair_free(&p);
}

/* At most one request of ours is out at a time. */
static void a_second_request_is_merged(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    assert_true(tacit_conn_key_update(p.client, true));
    assert_true(tacit_conn_key_update(p.client, true));
    pair_run(&p);
    assert_int_equal(p.server->t.facts.key_updates_in, 2);
    assert_int_equal(p.server->t.facts.key_updates_out, 1);
    assert_false(p.client->t.update_request);
    pair_free(&p);
}

static void a_key_update_says_0_or_1(void **state)
{
    (void)state;
    for (unsigned value = 2; value < 256; value += 1 + value / 2)
        assert_injected(CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 1, (uint8_t)value),
                        R_KEY_UPDATE_VALUE);
    assert_injected(CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 0), R_MESSAGE_MALFORMED);
    assert_injected(CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 2, 0, 0), R_MESSAGE_TOO_LONG);
}

/* Bug class 47: what follows a KeyUpdate in its record was sealed under the old key. */
static void nothing_follows_a_key_update_in_its_record(void **state)
{
    (void)state;
    assert_injected(CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 1, 0, MSG_KEY_UPDATE),
                    R_MESSAGE_OVER_KEY_CHANGE);
    assert_injected(CT_HANDSHAKE, BYTES(MSG_KEY_UPDATE, 0, 0, 1, 0, MSG_KEY_UPDATE, 0, 0, 1, 0),
                    R_MESSAGE_OVER_KEY_CHANGE);
}

/* Bug class 58: tickets are counted and forgotten, however many; a server is sent none. */
static void tickets_are_read_and_forgotten(void **state)
{
    (void)state;
    static const uint8_t ticket[] = {
        MSG_NEW_SESSION_TICKET, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 't', 0, 0};
    span message = {ticket, sizeof ticket};
    struct pair p;
    tacit_conn *client = inject(&p, false, CT_HANDSHAKE, message);
    for (size_t i = 1; i < 100; i++)
        pair_inject(&p, false, CT_HANDSHAKE, message);
    assert_true(pair_connected(&p));
    assert_int_equal(client->t.facts.tickets, 100);
    assert_null(client->in);
    pair_free(&p);
    assert_failed(inject(&p, true, CT_HANDSHAKE, message), R_MESSAGE_UNEXPECTED);
    pair_free(&p);
    assert_failed(inject(&p, false, CT_HANDSHAKE, BYTES(MSG_NEW_SESSION_TICKET, 0, 0, 1, 0)),
                  R_MESSAGE_MALFORMED);
    pair_free(&p);
}

/* Bug class 84: keys are changed before they are worn out. */
static void worn_keys_are_replaced(void **state)
{
    (void)state;
    static uint8_t data[100 * 1000];
    struct pair p = people_pair(&people, (tacit_config_options){0}, (tacit_config_options){0});
    p.client->t.config->max_records = 4;
    pair_run(&p);
    assert_true(pair_connected(&p));
    for (size_t i = 0; i < 30; i++)
        assert_true(pair_send(&p, true, data, 10));
    assert_true(pair_send(&p, true, data, sizeof data));
    assert_in_range(p.client->t.facts.key_updates_out, 10, 20);
    assert_int_equal(p.server->t.facts.key_updates_in, p.client->t.facts.key_updates_out);
    assert_true(p.client->t.out.dir.seq < 4);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_at_a_time_is_enough),
        cmocka_unit_test(room_that_is_lent_stays),
        cmocka_unit_test(more_done_than_lent_is_misuse),
        cmocka_unit_test(data_waits_until_it_is_taken),
        cmocka_unit_test(writing_stops_when_enough_is_queued),
        cmocka_unit_test(an_idle_connection_holds_no_buffer),
        cmocka_unit_test(who_speaks_no_tls_is_not_answered),
        cmocka_unit_test(nothing_comes_between_the_parts_of_a_message),
        cmocka_unit_test(a_flood_of_empty_records_is_refused),
        cmocka_unit_test(data_before_finished_is_refused),
        cmocka_unit_test(alerts_are_two_bytes),
        cmocka_unit_test(a_flood_of_key_updates_is_refused),
        cmocka_unit_test(many_requests_have_one_reply),
        cmocka_unit_test(a_second_request_is_merged),
        cmocka_unit_test(a_key_update_says_0_or_1),
        cmocka_unit_test(nothing_follows_a_key_update_in_its_record),
        cmocka_unit_test(tickets_are_read_and_forgotten),
        cmocka_unit_test(worn_keys_are_replaced),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
