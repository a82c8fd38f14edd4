/* Much data: 64 MiB each way (1 GiB with `./dev soak`) in writes and pieces of random sizes with
 * the same digest at both ends, records of every length, single bytes, the smallest
 * record_size_limit (bug class 78). */
#include "crypto/crypto.h"
#include "meet.h"
#include "registry/registry.h"
#include "soak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- one direction at a time under full load, both in turn ----------------------------------- */

static uint64_t seed;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

enum { PIECE_MAX = 1 << 15 };

/* struct stream is one direction: both ends hash what they have of it. */
struct stream {
    tacit_conn *from, *to;
    uint64_t left, arrived;
    struct hash_ctx sent, received;
};

static void write_piece(struct stream *s)
{
    static uint8_t noise[2 * PIECE_MAX];
    size_t at = draw() % PIECE_MAX, n = 1 + draw() % (draw() % 4 ? PIECE_MAX : 64);
    if (!noise[0])
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)(draw() | 1);
    n = n < s->left ? n : (size_t)s->left;
    size_t took = tacit_conn_write(s->from, noise + at, n);
    hash_update(&s->sent, (span){noise + at, took});
    s->left -= took;
}

static size_t take_some(struct stream *s)
{
    tacit_span in = tacit_conn_app_in_buf(s->to);
    size_t n = in.n && draw() % 8 == 0 ? 1 + draw() % in.n : in.n;
    hash_update(&s->received, (span){in.p, n});
    s->arrived += n;
    tacit_conn_app_in_done(s->to, n);
    return n;
}

static void begin(struct stream *s, tacit_conn *from, tacit_conn *to, uint64_t n)
{
    *s = (struct stream){.from = from, .to = to, .left = n};
    hash_init(&s->sent, HASH_SHA256);
    hash_init(&s->received, HASH_SHA256);
}

static void assert_same(const struct stream *s, uint64_t n)
{
    uint8_t sent[HASH_MAX], received[HASH_MAX];
    hash_final(&s->sent, sent);
    hash_final(&s->received, received);
    assert_int_equal(s->arrived, n);
    assert_memory_equal(sent, received, hash_len(HASH_SHA256));
}

static void both_ways_at_once(struct pair *p, uint64_t n)
{
    struct stream up, down;
    begin(&up, p->client, p->server, n);
    begin(&down, p->server, p->client, n);
    for (uint64_t idle = 0; up.arrived < n || down.arrived < n;) {
        size_t moved = 0;
        write_piece(&up);
        write_piece(&down);
        p->chunk = draw() % 4 ? 0 : 1 + draw() % PIECE_MAX;
        moved += pair_move(p, draw() & 1);
        moved += pair_move(p, draw() & 1);
        moved += take_some(&up) + take_some(&down);
        idle = moved ? 0 : idle + 1;
        assert_true(idle < 100);
    }
    assert_connected(p);
    assert_same(&up, n);
    assert_same(&down, n);
}

/* A meeting in which one suite is spoken, of TLS 1.2 or 1.3. */
static struct meeting by_suite(const uint16_t *id)
{
    const struct suite *suite = suite_by_id(*id);
    const tacit_config_options o = {.min_version = suite->version,
                                    .max_version = suite->version,
                                    .legacy = suite->legacy,
                                    .suites = id,
                                    .n_suites = 1};
    return (struct meeting){.client = o, .server = o};
}

static void every_byte_arrives(void **state)
{
    (void)state;
    static const uint16_t all[] = {0x1301, 0xc02b, 0xcca9, 0xc023, 0x1302, 0x1303};
    for (size_t i = 0; i < (soaking() ? 6 : 4); i++) {
        uint64_t n = soaking() ? (uint64_t)1 << 30 : (uint64_t)1 << (i ? 23 : 26);
        seed = 0x5eed + i;
        struct pair p = meet_connected(by_suite(&all[i]));
        both_ways_at_once(&p, n);
        pair_free(&p);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

/* send_one writes n bytes, which must arrive whole in one record. */
static void send_one(struct pair *p, bool to_server, size_t n)
{
    static uint8_t data[1 << 14];
    tacit_conn *from = to_server ? p->client : p->server;
    tacit_conn *to = to_server ? p->server : p->client;
    for (size_t i = 0; i < n; i += 97)
        data[i] = (uint8_t)(n + i);
    assert_int_equal(tacit_conn_write(from, data, n), n);
    while (pair_move(p, to_server))
        ;
    tacit_span in = tacit_conn_app_in_buf(to);
    assert_int_equal(in.n, n);
    if (n)
        assert_memory_equal(in.p, data, n);
    tacit_conn_app_in_done(to, n);
    assert_int_equal(tacit_conn_app_in_buf(to).n, 0);
}

static void records_of_every_length(void **state)
{
    (void)state;
    static const uint16_t all[] = {0x1301, 0xc02b, 0xcca9, 0xc023};
    for (size_t i = 0; i < 4; i++) {
        struct pair p = meet_connected(by_suite(&all[i]));
        for (size_t n = 0; n <= 1 << 14; n += i && n > 512 && !soaking() ? 97 : 1) {
            send_one(&p, true, n);
            send_one(&p, false, n);
        }
        pair_free(&p);
    }
}

static void single_bytes(void **state)
{
    (void)state;
    struct pair p = meet_connected((struct meeting){0});
    for (size_t i = 0; i < 20000; i++)
        send_one(&p, i % 2, 1);
    pair_free(&p);
}

/* ---- record_size_limit ----------------------------------------------------------------------- */

enum { LIMIT = 64 };

/* The limit binds what is protected: the content, in TLS 1.3 with its type; no padding of CBC (RFC
 * 8449 4). Either end takes what the other sends: records that are as long as may be. */
static void measure_records(void *user, bool to_server, uint8_t *p, size_t n)
{
    (void)to_server;
    size_t *most = user;
    for (size_t body; n >= 5; p += 5 + body, n -= 5 + body) {
        body = (size_t)p[3] << 8 | p[4];
        assert_true(n >= 5 + body);
        if (p[0] == 23 && body > *most)
            *most = body;
    }
}

static void the_smallest_record_size_limit(void **state)
{
    (void)state;
    static uint8_t data[1 << 16];
    static const struct {
        uint16_t suite;
        size_t most;
    } rows[] = {
        {0x1301, LIMIT + 16},
        {0xc02b, 8 + LIMIT + 16},
        {0xcca9, LIMIT + 16},
        {0xc023, 16 + LIMIT + 16 + 32},
    };
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 >> 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t most = 0;
        struct meeting m = by_suite(&rows[i].suite);
        m.client.record_size_limit = m.server.record_size_limit = LIMIT;
        m.server.client_auth = TACIT_CLIENT_AUTH_OPTIONAL;
        struct pair p = meet(m);
        p.tap = measure_records;
        p.user = &most;
        pair_run(&p);
        assert_connected(&p);
        assert_true(pair_send(&p, true, data, sizeof data));
        assert_true(pair_send(&p, false, data, sizeof data));
        assert_int_equal(most, rows[i].most);
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
        cmocka_unit_test(every_byte_arrives),
        cmocka_unit_test(records_of_every_length),
        cmocka_unit_test(single_bytes),
        cmocka_unit_test(the_smallest_record_size_limit),
    };
    return cmocka_run_group_tests(tests, setup, meet_end);
}
