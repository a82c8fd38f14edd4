/* What waits to be sent: coalescing, cutting, keys that change, and blocks that stay where they
 * are. */
#include "lane.h"
#include "wire/rd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;
static struct crypto *crypto;
static bool out_of_memory;

static void *alloc(void *user, size_t n)
{
    (void)user;
    return out_of_memory ? NULL : malloc(n);
}

static void release(void *user, void *p, size_t n)
{
    (void)user, (void)n;
    free(p);
}

static int set_up(void **state)
{
    (void)state;
    const tacit_env_options options = {.size = sizeof options, .alloc = alloc, .release = release};
    hooks_init(&hooks, &options);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static struct rec_out fresh(void)
{
    return (struct rec_out){.hooks = &hooks, .plain_max = REC_PLAIN_MAX, .clear_version = TLS12};
}

static void say(struct rec_out *out, const uint8_t *p, size_t n)
{
    struct err err = {0};
    uint8_t *at = out_flight_room(out, n, &err);
    assert_non_null(at);
    memcpy(at, p, n);
    out->flight_n += n;
}

/* take moves all that is queued to `wire`, in the order in which it would be sent. */
static size_t take(struct rec_out *out, uint8_t *wire, size_t cap)
{
    size_t n = 0;
    while (out->head) {
        const struct block *b = out->head;
        size_t part = b->end - b->begin;
        assert_true(n + part <= cap);
        memcpy(wire + n, b->bytes + b->begin, part);
        n += part;
        out_sent(out, part);
    }
    assert_int_equal(out->queued, 0);
    assert_null(out->tail);
    return n;
}

static void messages_share_a_record(void **state)
{
    (void)state;
    uint8_t wire[64];
    struct err err = {0};
    struct rec_out out = fresh();
    say(&out, (const uint8_t *)"abc", 3);
    say(&out, (const uint8_t *)"defgh", 5);
    assert_null(out.head); /* nothing is cut before it is asked for */
    assert_true(out_flight(&out, &err));
    assert_null(out.flight);
    assert_int_equal(take(&out, wire, sizeof wire), REC_HEADER + 8);
    assert_memory_equal(wire,
                        "\x16\x03\x03\x00\x08"
                        "abcdefgh",
                        REC_HEADER + 8);
    assert_true(out_flight(&out, &err)); /* with nothing to say */
    assert_null(out.head);
    out_wipe(&out);
}

/* RFC 9846 5.1: 0x0301 stands in the first ClientHello only. */
static void the_version_in_the_clear_is_the_one_asked_for(void **state)
{
    (void)state;
    uint8_t wire[64];
    struct err err = {0};
    struct rec_out out = fresh();
    out.clear_version = 0x0301;
    assert_true(out_seal(&out, CT_HANDSHAKE, span_str("x"), &err));
    take(&out, wire, sizeof wire);
    assert_memory_equal(wire, "\x16\x03\x01\x00\x01x", REC_HEADER + 1);
    out_wipe(&out);
}

/* walk checks that `wire` holds handshake records of at most `most` bytes whose contents are those
 * of `whole`, and says how many. */
static size_t walk(const uint8_t *wire, size_t n, size_t most, const uint8_t *whole, size_t total)
{
    rd in = rd_of((span){wire, n});
    size_t records = 0, at = 0;
    while (!rd_end(&in)) {
        uint8_t type;
        uint16_t version;
        span content = {0};
        assert_true(rd_u8(&in, &type) && rd_u16(&in, &version) && rd_vec16(&in, 1, most, &content));
        assert_int_equal(type, CT_HANDSHAKE);
        assert_true(at + content.n <= total);
        assert_memory_equal(content.p, whole + at, content.n);
        at += content.n;
        records++;
    }
    assert_int_equal(at, total);
    return records;
}

static void a_flight_is_cut_at_what_the_peer_takes(void **state)
{
    (void)state;
    static uint8_t whole[3 * REC_PLAIN_MAX], wire[4 * REC_PLAIN_MAX];
    static const struct {
        uint16_t plain_max;
        size_t flight, records;
    } cases[] = {
        {63, 1, 1},
        {63, 63, 1},
        {63, 64, 2},
        {63, 126, 2},
        {63, 1000, 16},
        {REC_PLAIN_MAX, REC_PLAIN_MAX, 1},
        {REC_PLAIN_MAX, REC_PLAIN_MAX + 1, 2},
        {REC_PLAIN_MAX, 3 * REC_PLAIN_MAX, 3},
    };
    for (size_t i = 0; i < sizeof whole; i++)
        whole[i] = (uint8_t)(i * 7 >> 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct rec_out out = fresh();
        out.plain_max = cases[i].plain_max;
        for (size_t at = 0, n; at < cases[i].flight; at += n) { /* written in pieces */
            n = cases[i].flight - at < 700 ? cases[i].flight - at : 700;
            say(&out, whole + at, n);
        }
        assert_true(out_flight(&out, &err));
        size_t n = take(&out, wire, sizeof wire);
        assert_int_equal(walk(wire, n, cases[i].plain_max, whole, cases[i].flight),
                         cases[i].records);
        out_wipe(&out);
    }
}

/* Bug class 47: what was written before the keys changed goes out under the old ones. */
static void keys_change_after_what_waits(void **state)
{
    (void)state;
    struct lane l;
    struct rec_out out = fresh();
    struct secret traffic = {.b = "a traffic secret for tests", .n = 32};
    uint8_t wire[256];
    lane_begin(&l, crypto, &suites[0]);
    say(&out, (const uint8_t *)"clear", 5);
    assert_true(out_key(&out, crypto, &suites[0], &traffic, &l.err));
    assert_int_equal(out.max_records, suites[0].max_records);
    say(&out, (const uint8_t *)"sealed", 6);
    traffic.b[0]++;
    assert_true(out_key(&out, crypto, &suites[0], &traffic, &l.err));
    assert_int_equal(out.dir.seq, 0);
    size_t n = take(&out, wire, sizeof wire);
    assert_int_equal(n, REC_HEADER + 5 + REC_HEADER + 6 + 1 + AEAD_TAG);
    assert_memory_equal(wire,
                        "\x16\x03\x03\x00\x05"
                        "clear",
                        REC_HEADER + 5);
    l.n = n - (REC_HEADER + 5);
    memcpy(l.wire, wire + REC_HEADER + 5, l.n);
    assert_int_equal(lane_next(&l), REC_OPENED);
    assert_int_equal(l.rec.type, CT_HANDSHAKE);
    assert_memory_equal(l.rec.p, "sealed", 6);
    out_wipe(&out);
    lane_end(&l);
}

/* What a host handed to an asynchronous send is not touched by what is sealed meanwhile. */
static void a_block_that_was_lent_stays_put(void **state)
{
    (void)state;
    static uint8_t content[REC_PLAIN_MAX];
    uint8_t before[64];
    struct err err = {0};
    struct rec_out out = fresh();
    assert_true(out_seal(&out, CT_HANDSHAKE, span_str("first"), &err));
    const struct block *lent = out.head;
    const uint8_t *at = lent->bytes + lent->begin;
    size_t n = lent->end - lent->begin;
    memcpy(before, at, n);
    for (size_t i = 1; i <= sizeof content; i *= 2)
        assert_true(out_seal(&out, CT_HANDSHAKE, (span){content, i}, &err));
    assert_ptr_equal(out.head, lent);
    assert_ptr_equal(lent->bytes + lent->begin, at);
    assert_memory_equal(at, before, n);
    assert_true(out.head != out.tail);
    /* Sent in two parts, it gives way to what came after it. */
    size_t queued = out.queued;
    out_sent(&out, 2);
    assert_ptr_equal(out.head, lent);
    assert_ptr_equal(out.head->bytes + out.head->begin, at + 2);
    out_sent(&out, n - 2);
    assert_int_equal(out.queued, queued - n);
    out_wipe(&out);
    assert_null(out.head);
}

static void small_records_share_a_block(void **state)
{
    (void)state;
    struct err err = {0};
    struct rec_out out = fresh();
    for (size_t i = 0; i < 50; i++)
        assert_true(out_seal(&out, CT_ALERT, span_str("xy"), &err));
    assert_ptr_equal(out.head, out.tail);
    assert_int_equal(out.queued, 50 * (REC_HEADER + 2));
    out_wipe(&out);
}

static void without_memory_nothing_is_queued(void **state)
{
    (void)state;
    struct err err = {0}, full = {0};
    struct rec_out out = fresh();
    out_of_memory = true;
    assert_false(out_seal(&out, CT_HANDSHAKE, span_str("x"), &err));
    assert_int_equal(err.reason, R_NO_MEMORY);
    assert_null(out.head);
    assert_null(out_flight_room(&out, 1, &full));
    assert_int_equal(full.reason, R_NO_MEMORY);
    out_of_memory = false;

    say(&out, (const uint8_t *)"kept", 4);
    out_of_memory = true;
    full = (struct err){0};
    assert_null(out_flight_room(&out, 5000, &full));
    assert_memory_equal(out.flight, "kept", 4);
    assert_int_equal(out.flight_n, 4);
    assert_false(out_flight(&out, &full));
    assert_null(out.flight); /* a flight that failed is not sent in part later */
    out_of_memory = false;
    assert_int_equal(out.queued, 0);
    out_wipe(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_share_a_record),
        cmocka_unit_test(the_version_in_the_clear_is_the_one_asked_for),
        cmocka_unit_test(a_flight_is_cut_at_what_the_peer_takes),
        cmocka_unit_test(keys_change_after_what_waits),
        cmocka_unit_test(a_block_that_was_lent_stays_put),
        cmocka_unit_test(small_records_share_a_block),
        cmocka_unit_test(without_memory_nothing_is_queued),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
