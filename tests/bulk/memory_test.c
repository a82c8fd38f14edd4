/* What a connection holds: little when idle, bounded when it is busy, nothing that the peer only
 * announces (bug classes 69, 76, 88). Counted by the environment's hooks: libcrypto's contexts of
 * the keys come on top. */
#include "conn/conn.h"
#include "faults.h"
#include "meet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { IDLE_MAX = 2048, BUSY_MAX = IDLE_MAX + OUT_QUEUE_MAX + 2 * REC_WIRE_MAX };

/* weigh is what the connections of a pair hold together. */
static size_t weigh(struct usage before)
{
    return faults_usage().bytes - before.bytes;
}

/* weigh_each frees a pair, one end after the other, and asserts that neither held more. */
static void assert_each(struct pair *p, struct usage before, size_t most)
{
    size_t both = weigh(before);
    tacit_conn_free(p->client);
    p->client = NULL;
    size_t server = weigh(before);
    print_message("client %zu bytes, server %zu bytes\n", both - server, server);
    assert_true(server <= most);
    assert_true(both - server <= most);
    pair_free(p);
    assert_int_equal(weigh(before), 0);
}

/* warm has made whatever the environment and the identities make once. */
static struct usage warm(struct meeting m)
{
    struct pair p = meet_connected(m);
    pair_free(&p);
    return faults_usage();
}

static void an_idle_connection_is_small(void **state)
{
    (void)state;
    const struct meeting meetings[] = {
        {.max_records = 0},
        {.server = {.client_auth = TACIT_CLIENT_AUTH_OPTIONAL}},
        {.client = {.record_size_limit = 64}},
    };
    for (size_t i = 0; i < sizeof meetings / sizeof meetings[0]; i++) {
        struct usage before = warm(meetings[i]);
        struct pair p = meet_connected(meetings[i]);
        assert_each(&p, before, IDLE_MAX);
    }
}

/* Data both ways, records cut in half, new keys: afterwards it holds what it held. */
static void buffers_go_when_they_are_empty(void **state)
{
    (void)state;
    static uint8_t data[100000];
    struct usage before = warm((struct meeting){0});
    struct pair p = meet_connected((struct meeting){0});
    size_t idle = weigh(before);
    for (p.chunk = 0; p.chunk < 3000; p.chunk += 999) {
        assert_true(pair_send(&p, true, data, sizeof data));
        assert_true(pair_send(&p, false, data, sizeof data));
        assert_true(tacit_conn_key_update(p.client, true));
        pair_run(&p);
        assert_int_equal(weigh(before), idle);
    }
    assert_true(tacit_conn_wire_in_buf(p.client).n > 0);
    assert_true(weigh(before) > idle);
    tacit_conn_wire_in_done(p.client, 0);
    assert_int_equal(weigh(before), idle);
    pair_free(&p);
}

/* Both write as much as is taken and read nothing: the queue is bounded, and so is what waits to be
 * read. */
static void a_busy_connection_is_bounded(void **state)
{
    (void)state;
    static const uint8_t data[1 << 14];
    struct usage before = warm((struct meeting){0});
    struct pair p = meet_connected((struct meeting){0});
    for (int i = 0; i < 100; i++) {
        while (tacit_conn_write(p.client, data, sizeof data))
            ;
        while (tacit_conn_write(p.server, data, 100))
            ;
        (void)(pair_move(&p, true) + pair_move(&p, false));
        assert_true(weigh(before) <= 2 * BUSY_MAX);
    }
    assert_each(&p, before, BUSY_MAX);
}

/* A handshake message announces what its type may have at most, and then nothing comes: memory
 * grows with what is received. */
static void announcing_costs_nothing(void **state)
{
    (void)state;
    static const uint8_t hello[] = {22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff};
    struct usage before = warm((struct meeting){0});
    struct pair p = meet((struct meeting){0});
    size_t fresh = weigh(before);
    tacit_buf in = tacit_conn_wire_in_buf(p.server);
    memcpy(in.p, hello, sizeof hello);
    tacit_conn_wire_in_done(p.server, sizeof hello);
    assert_null(tacit_conn_error(p.server));
    assert_true(weigh(before) - fresh <= 2048);
    (void)tacit_conn_wire_in_buf(p.server); /* lends the rest of the record: that may come next */
    assert_true(weigh(before) - fresh <= REC_WIRE_MAX);
    pair_free(&p);
}

/* Buffers that are freed while a record or a message is half there (bug class 69). */
static void half_a_record_is_dropped(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk < 1000; chunk += 61)
        for (size_t steps = 1; steps < 12; steps++) {
            struct usage before = faults_usage();
            struct pair p = meet((struct meeting){0});
            p.chunk = chunk;
            for (size_t i = 0; i < steps; i++)
                (void)(pair_move(&p, true) + pair_move(&p, false));
            pair_free(&p);
            assert_int_equal(weigh(before), 0);
        }
}

static int setup(void **state)
{
    (void)state;
    tacit_env_options hooks = faults_hooks();
    meet_begin(&hooks);
    (void)meet_identity(MADE_P256);
    return 0;
}

static int teardown(void **state)
{
    int failed = meet_end(state);
    return failed || faults_usage().blocks;
}

int main(void)
{
    faults_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_is_small),
        cmocka_unit_test(buffers_go_when_they_are_empty),
        cmocka_unit_test(a_busy_connection_is_bounded),
        cmocka_unit_test(announcing_costs_nothing),
        cmocka_unit_test(half_a_record_is_dropped),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
