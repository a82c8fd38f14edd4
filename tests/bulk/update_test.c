/* Changes of keys under load: by themselves before a key is worn out, asked for by either end, and
 * while both ends are blocked on full queues (bug classes 53, 84, 85). */
#include "conn/conn.h"
#include "meet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static tacit_info info_of(const tacit_conn *conn)
{
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(conn, &info);
    return info;
}

/* ---- before the limit ------------------------------------------------------------------------ */

enum { MAX_RECORDS = 16, RECORDS = 200 };

static void send_record(struct pair *p, bool to_server, size_t i)
{
    uint8_t data[40];
    memset(data, (int)i, sizeof data);
    assert_true(pair_send(p, to_server, data, sizeof data));
    assert_true(info_of(p->client).records_out <= MAX_RECORDS);
    assert_true(info_of(p->server).records_out <= MAX_RECORDS);
}

/* RFC 9846 5.5: each end sees to its own limit, and the peer follows. */
static void keys_change_before_they_are_worn_out(void **state)
{
    (void)state;
    static const uint16_t all[] = {0x1301, 0x1302, 0x1303};
    for (size_t s = 0; s < 3; s++) {
        struct pair p = meet_connected((struct meeting){
            .client = {.suites = &all[s], .n_suites = 1}, .max_records = MAX_RECORDS});
        for (size_t i = 0; i < RECORDS; i++) {
            send_record(&p, true, i);
            send_record(&p, false, i);
        }
        tacit_info c = info_of(p.client), s13 = info_of(p.server);
        assert_true(c.key_updates_out >= RECORDS / MAX_RECORDS);
        assert_true(s13.key_updates_out >= RECORDS / MAX_RECORDS);
        assert_int_equal(c.key_updates_out, s13.key_updates_in);
        assert_int_equal(s13.key_updates_out, c.key_updates_in);
        pair_free(&p);
    }
}

/* One write of many records changes keys in its middle. */
static void keys_change_within_a_write(void **state)
{
    (void)state;
    static uint8_t data[60000];
    struct pair p = meet_connected((struct meeting){.max_records = 2});
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i >> 5);
    assert_true(pair_send(&p, true, data, sizeof data));
    assert_true(pair_send(&p, false, data, sizeof data));
    assert_int_equal(info_of(p.client).key_updates_out, 3); /* four records, two under one key */
    assert_int_equal(info_of(p.server).key_updates_in, 3);
    pair_free(&p);
}

/* An end that only reads never writes data, and yet answers each request. */
static void a_reader_answers_requests(void **state)
{
    (void)state;
    struct pair p = meet_connected((struct meeting){.max_records = MAX_RECORDS});
    for (uint32_t i = 1; i <= RECORDS; i++) {
        assert_true(tacit_conn_key_update(p.server, true));
        send_record(&p, false, i);
        pair_run(&p);
        assert_int_equal(info_of(p.client).key_updates_out, i);
    }
    assert_int_equal(info_of(p.client).key_updates_in, info_of(p.server).key_updates_out);
    assert_connected(&p);
    pair_free(&p);
}

/* ---- both ends blocked ----------------------------------------------------------------------- */

/* fill writes until nothing more is taken, and says how much that was. */
static size_t fill(tacit_conn *conn)
{
    static const uint8_t data[1 << 14];
    size_t sum = 0, took;
    while ((took = tacit_conn_write(conn, data, sizeof data)) > 0)
        sum += took;
    assert_false(tacit_conn_wants(conn) & TACIT_WANT_APP_OUT);
    assert_true(conn->t.out.queued <= OUT_QUEUE_MAX + REC_WIRE_MAX);
    return sum;
}

static size_t take_all(tacit_conn *conn)
{
    size_t sum = 0;
    for (tacit_span in; (in = tacit_conn_app_in_buf(conn)).n; sum += in.n)
        tacit_conn_app_in_done(conn, in.n);
    return sum;
}

/* drain lets the two read in turn until nothing moves, and says what arrived where. */
static void drain(struct pair *p, size_t *up, size_t *down)
{
    size_t moved;
    do {
        moved = pair_move(p, true);
        *up += take_all(p->server);
        moved += pair_move(p, false);
        *down += take_all(p->client);
    } while (moved);
}

static void full_queues_do_not_block(void **state)
{
    (void)state;
    for (int updates = 0; updates <= 1; updates++) {
        struct pair p = meet_connected((struct meeting){0});
        for (int round = 0; round < 20; round++) {
            size_t up = 0, down = 0;
            if (updates) {
                assert_true(tacit_conn_key_update(p.client, true));
                assert_true(tacit_conn_key_update(p.server, true));
            }
            size_t sent = fill(p.client), back = fill(p.server);
            assert_true(sent >= OUT_QUEUE_MAX - REC_WIRE_MAX);
            if (updates) { /* what is asked for while blocked goes behind the data */
                assert_true(tacit_conn_key_update(p.client, true));
                assert_true(tacit_conn_key_update(p.server, true));
            }
            drain(&p, &up, &down);
            assert_int_equal(up, sent);
            assert_int_equal(down, back);
            assert_connected(&p);
        }
        assert_int_equal(info_of(p.client).key_updates_out, info_of(p.server).key_updates_in);
        pair_free(&p);
    }
}

/* Many requests at once, while nothing of ours goes out: one answer, and the queue does not
 * grow. */
static void many_requests_get_one_answer(void **state)
{
    (void)state;
    for (int from_server = 0; from_server <= 1; from_server++) {
        struct pair p = meet_connected((struct meeting){0});
        tacit_conn *asking = from_server ? p.server : p.client;
        tacit_conn *asked = from_server ? p.client : p.server;
        size_t up = 0, down = 0, sent = fill(asked);
        size_t queued = asked->t.out.queued;
        for (int i = 0; i < KEY_UPDATES_MAX; i++)
            assert_true(key_update_send(&asking->t, true)); /* the public call would ask once */
        while (pair_move(&p, !from_server))
            ;
        assert_int_equal(asked->t.out.queued, queued);
        assert_int_equal(info_of(asked).key_updates_in, KEY_UPDATES_MAX);
        drain(&p, &up, &down);
        assert_int_equal(from_server ? up : down, sent);
        assert_int_equal(info_of(asked).key_updates_out, 1);
        assert_connected(&p);
        pair_free(&p);
    }
}

static int setup(void **state)
{
    (void)state;
    meet_begin(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_change_before_they_are_worn_out),
        cmocka_unit_test(keys_change_within_a_write),
        cmocka_unit_test(a_reader_answers_requests),
        cmocka_unit_test(full_queues_do_not_block),
        cmocka_unit_test(many_requests_get_one_answer),
    };
    return cmocka_run_group_tests(tests, setup, meet_end);
}
