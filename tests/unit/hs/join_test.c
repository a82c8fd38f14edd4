/* Whole messages out of records, however they were cut: RFC 9846 5.1. */
#include "hs/join.h"
#include "registry/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* struct meter is an allocator that counts what was asked of it. */
static struct meter {
    size_t bytes, largest;
    bool empty;
} meter;

static void *alloc(void *user, size_t n)
{
    (void)user;
    meter.bytes += n;
    meter.largest = n > meter.largest ? n : meter.largest;
    return meter.empty ? NULL : malloc(n);
}

static void release(void *user, void *p, size_t n)
{
    (void)user, (void)n;
    free(p);
}

static struct hooks hooks;

static int set_up(void **state)
{
    (void)state;
    const tacit_env_options o = {.size = sizeof o, .alloc = alloc, .release = release};
    hooks_init(&hooks, &o);
    return 0;
}

static struct join fresh(void)
{
    meter = (struct meter){0};
    return (struct join){.hooks = &hooks};
}

static void put(wr *w, uint8_t type, size_t n)
{
    wr_u8(w, type);
    wr_u24(w, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        wr_u8(w, (uint8_t)(w->n * 7));
}

/* struct reader compares what comes out with the stream that went in. */
struct reader {
    struct join join;
    span stream;
    size_t at, messages;
};

/* push gives one record, in memory of its own, and takes the messages that it completes. */
static void push(struct reader *r, span record)
{
    struct msg m;
    struct err err = {0};
    uint8_t *copy = malloc(record.n ? record.n : 1);
    assert_non_null(copy);
    memcpy(copy, record.p, record.n);
    join_push(&r->join, (span){copy, record.n});
    while (join_next(&r->join, &m, &err) == JOIN_MESSAGE) {
        assert_true(span_eq(m.raw, (span){r->stream.p + r->at, m.raw.n}));
        assert_int_equal(m.type, m.raw.p[0]);
        assert_ptr_equal(m.body.p, m.raw.p + MSG_HEADER);
        assert_int_equal(m.body.n + MSG_HEADER, m.raw.n);
        r->at += m.raw.n;
        r->messages++;
    }
    assert_int_equal(err.reason, R_NONE);
    free(copy);
}

static span four_messages(uint8_t *out, size_t cap, const size_t n[4])
{
    static const uint8_t types[] = {MSG_ENCRYPTED_EXTENSIONS, MSG_END_OF_EARLY_DATA, MSG_KEY_UPDATE,
                                    MSG_FINISHED};
    wr w = wr_of(out, cap);
    for (size_t i = 0; i < 4; i++)
        put(&w, types[i], n[i]);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

/* 19 bytes have 2^18 ways to be cut; each leads to the same messages. */
static void every_way_to_cut_gives_the_same(void **state)
{
    (void)state;
    enum { BYTES = 19 };
    uint8_t bytes[64];
    span stream = four_messages(bytes, sizeof bytes, (const size_t[]){1, 0, 1, 1});
    assert_int_equal(stream.n, BYTES);
    for (uint32_t cuts = 0; cuts < 1u << (BYTES - 1); cuts += 1 + (cuts & 1) * 6) {
        struct reader r = {.join = fresh(), .stream = stream};
        size_t begin = 0;
        for (size_t i = 1; i <= stream.n; i++) {
            if (i < stream.n && !(cuts & 1u << (i - 1)))
                continue;
            push(&r, (span){stream.p + begin, i - begin});
            begin = i;
        }
        assert_int_equal(r.messages, 4);
        assert_int_equal(join_pending(&r.join), 0);
        assert_false(join_partial(&r.join));
        join_wipe(&r.join);
    }
}

static void records_of_every_size_give_the_same(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    span stream = four_messages(bytes, sizeof bytes, (const size_t[]){700, 0, 1, 48});
    for (size_t size = 1; size <= stream.n; size++) {
        struct reader r = {.join = fresh(), .stream = stream};
        for (size_t at = 0; at < stream.n; at += size)
            push(&r, (span){stream.p + at, stream.n - at < size ? stream.n - at : size});
        assert_int_equal(r.messages, 4);
        assert_int_equal(r.at, stream.n);
        join_wipe(&r.join);
    }
}

static void a_message_in_one_record_is_not_copied(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct msg m;
    struct err err = {0};
    struct join j = fresh();
    span stream = four_messages(bytes, sizeof bytes, (const size_t[]){3, 0, 1, 4});
    join_push(&j, stream);
    for (size_t at = 0; at < stream.n; at += m.raw.n) {
        assert_int_equal(join_next(&j, &m, &err), JOIN_MESSAGE);
        assert_ptr_equal(m.raw.p, stream.p + at);
        assert_int_equal(join_pending(&j), stream.n - at - m.raw.n);
    }
    assert_int_equal(join_next(&j, &m, &err), JOIN_MORE);
    assert_int_equal(meter.bytes, 0);
    join_wipe(&j);
}

/* Bug class 47 rests on this count: no key changes over a byte of it. */
static void what_waits_is_counted(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {MSG_FINISHED, 0, 0, 3, 1, 2, 3, MSG_KEY_UPDATE, 0};
    struct msg m;
    struct err err = {0};
    struct join j = fresh();
    join_push(&j, (span){bytes, 2});
    assert_int_equal(join_next(&j, &m, &err), JOIN_MORE);
    assert_true(join_partial(&j));
    assert_int_equal(join_pending(&j), 2);
    join_push(&j, (span){bytes + 2, 7});
    assert_int_equal(join_pending(&j), 9);
    assert_int_equal(join_next(&j, &m, &err), JOIN_MESSAGE);
    assert_false(join_partial(&j)); /* the message is the caller's; the next has not begun */
    assert_int_equal(join_pending(&j), 2);
    assert_int_equal(join_next(&j, &m, &err), JOIN_MORE);
    assert_true(join_partial(&j));
    assert_int_equal(join_pending(&j), 2);
    join_wipe(&j);
    assert_int_equal(join_pending(&j), 0);
    assert_false(join_partial(&j));
}

/* ---- limits ---------------------------------------------------------------------------------- */

static enum join_status announce(uint8_t type, size_t n, size_t first, struct err *err)
{
    const uint8_t header[] = {type, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    struct join j = fresh();
    struct msg m;
    enum join_status status = JOIN_MORE;
    join_push(&j, (span){header, first});
    if (first)
        status = join_next(&j, &m, err);
    join_push(&j, (span){header + first, sizeof header - first});
    if (status == JOIN_MORE && first < sizeof header)
        status = join_next(&j, &m, err);
    assert_true(meter.bytes <= 256); /* of what is announced, nothing is promised */
    join_wipe(&j);
    return status;
}

/* Bug class 76: refused by the header, whole or in pieces, before a byte of memory. */
static void a_length_over_the_limit_of_its_type_is_refused(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        for (size_t first = 0; first <= MSG_HEADER; first++) {
            struct err at = {0}, over = {0}, most = {0};
            size_t limit;
            if (!msg_limit((uint8_t)type, &limit)) {
                assert_int_equal(announce((uint8_t)type, 0, first, &over), JOIN_FAILED);
                assert_int_equal(over.reason, R_MESSAGE_UNKNOWN);
                assert_int_equal(over.detail, type);
                continue;
            }
            assert_int_equal(announce((uint8_t)type, limit, first, &at),
                             limit ? JOIN_MORE : JOIN_MESSAGE);
            assert_int_equal(at.reason, R_NONE);
            assert_int_equal(announce((uint8_t)type, limit + 1, first, &over), JOIN_FAILED);
            assert_int_equal(over.reason, R_MESSAGE_TOO_LONG);
            assert_int_equal(over.detail, limit + 1);
            assert_int_equal(announce((uint8_t)type, 0xffffff, first, &most), JOIN_FAILED);
            assert_int_equal(most.reason, R_MESSAGE_TOO_LONG);
        }
    }
}

static void a_message_of_the_limit_comes_through(void **state)
{
    (void)state;
    uint8_t *bytes = malloc(MSG_HEADER + MSG_CERTIFICATE_MAX);
    assert_non_null(bytes);
    wr w = wr_of(bytes, MSG_HEADER + MSG_CERTIFICATE_MAX);
    put(&w, MSG_CERTIFICATE, MSG_CERTIFICATE_MAX);
    struct reader r = {.join = fresh(), .stream = wr_span(&w)};
    for (size_t at = 0; at < w.n; at += REC_PLAIN_MAX)
        push(&r, (span){bytes + at, w.n - at < REC_PLAIN_MAX ? w.n - at : REC_PLAIN_MAX});
    assert_int_equal(r.messages, 1);
    join_wipe(&r.join);
    free(bytes);
}

/* Bug class 78: one-byte records cost a constant factor, in copies and in memory. */
static void one_byte_records_cost_linear_memory(void **state)
{
    (void)state;
    enum { N = MSG_CLIENT_HELLO_MAX };
    uint8_t *bytes = malloc(MSG_HEADER + N);
    assert_non_null(bytes);
    wr w = wr_of(bytes, MSG_HEADER + N);
    put(&w, MSG_CLIENT_HELLO, N);
    struct reader r = {.join = fresh(), .stream = wr_span(&w)};
    struct meter begin = meter;
    for (size_t at = 0; at < w.n; at++) {
        push(&r, (span){bytes + at, 1});
        assert_true(meter.largest <= 2 * (at + 1) + 256); /* grows with what was received */
    }
    assert_int_equal(r.messages, 1);
    assert_true(meter.bytes - begin.bytes <= 4 * w.n);
    join_wipe(&r.join);
    free(bytes);
}

static void without_memory_it_fails(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {MSG_FINISHED, 0, 0, 3, 1};
    struct msg m;
    struct err err = {0};
    struct join j = fresh();
    meter.empty = true;
    join_push(&j, (span){bytes, sizeof bytes});
    assert_int_equal(join_next(&j, &m, &err), JOIN_FAILED);
    assert_int_equal(err.reason, R_NO_MEMORY);
    join_wipe(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_cut_gives_the_same),
        cmocka_unit_test(records_of_every_size_give_the_same),
        cmocka_unit_test(a_message_in_one_record_is_not_copied),
        cmocka_unit_test(what_waits_is_counted),
        cmocka_unit_test(a_length_over_the_limit_of_its_type_is_refused),
        cmocka_unit_test(a_message_of_the_limit_comes_through),
        cmocka_unit_test(one_byte_records_cost_linear_memory),
        cmocka_unit_test(without_memory_it_fails),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
