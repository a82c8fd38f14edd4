/* Sealing and opening: every AEAD, tags, padding, the inner type, our record_size_limit, sequence
 * numbers. */
#include "lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;
static struct crypto *crypto;

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static bool is_all(const uint8_t *p, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != value)
            return false;
    return true;
}

/* with_each_suite runs a test over a fresh lane of each. */
static void with_each_suite(void (*test)(struct lane *l))
{
    for (size_t i = 0; i < n_suites && suites[i].version == TLS13; i++) {
        struct lane l;
        lane_begin(&l, crypto, &suites[i]);
        test(&l);
        lane_end(&l);
    }
}

/* ---- tags ------------------------------------------------------------------------------------ */

static void short_records(struct lane *l)
{
    static const uint8_t body[32] = {0};
    for (size_t n = 0; n < sizeof body; n++) {
        lane_raw(l, CT_APPLICATION_DATA, (span){body, n});
        assert_refused(l, R_BAD_RECORD_MAC);
        assert_int_equal(l->in.dir.seq, 0);
    }
}

/* Bug class 74 */
static void a_record_shorter_than_a_tag_is_refused(void **state)
{
    (void)state;
    with_each_suite(short_records);
}

static void changed_records(struct lane *l)
{
    static const size_t at[] = {0, 1, 15, 16, REC_PLAIN_MAX, REC_PLAIN_MAX + 16};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        l->seal.seq = 0;
        lane_content(l, REC_PLAIN_MAX, CT_APPLICATION_DATA, 0);
        l->wire[REC_HEADER + at[i]] ^= 0x80;
        assert_refused(l, R_BAD_RECORD_MAC);
        /* Nothing of the plaintext is left lying about. */
        assert_true(is_all(l->wire + REC_HEADER, REC_PLAIN_MAX + 1, 0));
    }
    l->seal.seq = 0;
    lane_content(l, REC_PLAIN_MAX, CT_APPLICATION_DATA, 0);
    assert_int_equal(lane_next(l), REC_OPENED);
}

/* Bug class 75 */
static void a_large_record_with_a_bad_tag_is_refused_and_wiped(void **state)
{
    (void)state;
    with_each_suite(changed_records);
}

static void changed_headers(struct lane *l)
{
    lane_content(l, 20, CT_APPLICATION_DATA, 0);
    l->wire[2] = 1;
    assert_refused(l, R_BAD_RECORD_MAC);
    l->seal.seq = 0;
    lane_content(l, 20, CT_APPLICATION_DATA, 0);
    l->wire[4]--;
    assert_refused(l, R_BAD_RECORD_MAC);
}

/* RFC 9846 5.2: the header is the additional data. */
static void the_header_is_authenticated(void **state)
{
    (void)state;
    with_each_suite(changed_headers);
}

/* ---- what is inside -------------------------------------------------------------------------- */

static void padded_records(struct lane *l)
{
    static const size_t content[] = {0, 1, 15, 16, 17, 1000, REC_PLAIN_MAX};
    for (size_t i = 0; i < sizeof content / sizeof content[0]; i++) {
        size_t most = REC_PLAIN_MAX - content[i];
        for (size_t padding = 0; padding <= most; padding = padding * 3 + 1) {
            lane_content(l, content[i], CT_APPLICATION_DATA, padding);
            assert_int_equal(lane_next(l), REC_OPENED);
            assert_int_equal(l->rec.n, content[i]);
            assert_true(l->rec.was_protected);
            assert_ptr_equal(l->rec.p, l->wire + REC_HEADER); /* opened where it lies */
            assert_true(is_all(l->rec.p, l->rec.n, 0x5a));
        }
        lane_content(l, content[i], CT_APPLICATION_DATA, most);
        assert_int_equal(lane_next(l), REC_OPENED);
        lane_content(l, content[i], CT_APPLICATION_DATA, most + 1);
        assert_refused(l, R_RECORD_OVERFLOW);
    }
}

/* RFC 9846 5.4 */
static void padding_is_taken_off(void **state)
{
    (void)state;
    with_each_suite(padded_records);
}

/* Zeros at the end of a content are not padding. */
static void zeros_of_the_content_stay(void **state)
{
    (void)state;
    static const uint8_t inner[] = {'x', 0, 0, CT_APPLICATION_DATA, 0, 0};
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    lane_seal(&l, (span){inner, sizeof inner});
    assert_int_equal(lane_next(&l), REC_OPENED);
    assert_int_equal(l.rec.n, 3);
    assert_memory_equal(l.rec.p, inner, 3);
    lane_end(&l);
}

/* Bug class 73 */
static void nothing_but_zeros_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[REC_INNER_MAX];
    static const size_t lengths[] = {0, 1, 2, 100, REC_INNER_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct lane l;
        lane_begin(&l, crypto, &suites[0]);
        lane_seal(&l, (span){zeros, lengths[i]});
        assert_refused(&l, R_NO_CONTENT_TYPE);
        lane_end(&l);
    }
}

/* A change_cipher_spec is never protected (bug class 54), and no other type exists. */
static void inner_types_are_three(void **state)
{
    (void)state;
    for (unsigned type = 1; type < 256; type++) {
        struct lane l;
        lane_begin(&l, crypto, &suites[0]);
        lane_content(&l, 1, (uint8_t)type, 0);
        if (type == CT_ALERT || type == CT_HANDSHAKE || type == CT_APPLICATION_DATA) {
            assert_int_equal(lane_next(&l), REC_OPENED);
            assert_int_equal(l.rec.type, type);
        } else {
            assert_refused(&l, R_RECORD_TYPE);
            assert_int_equal(l.err.detail, type);
        }
        lane_end(&l);
    }
}

/* Bug class 48: only application data may be empty. */
static void empty_messages_and_alerts_are_refused(void **state)
{
    (void)state;
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    lane_content(&l, 0, CT_HANDSHAKE, 0);
    assert_refused(&l, R_EMPTY_RECORD);
    lane_content(&l, 0, CT_ALERT, 100);
    assert_refused(&l, R_EMPTY_RECORD);
    lane_content(&l, 0, CT_APPLICATION_DATA, 0);
    assert_int_equal(lane_next(&l), REC_OPENED);
    assert_int_equal(l.rec.n, 0);
    lane_end(&l);
}

/* RFC 8449 4: our limit counts content, type and padding. */
static void our_record_size_limit_holds(void **state)
{
    (void)state;
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    l.in.inner_max = REC_SIZE_LIMIT_MIN;
    lane_content(&l, 63, CT_APPLICATION_DATA, 0);
    assert_int_equal(lane_next(&l), REC_OPENED);
    lane_content(&l, 1, CT_APPLICATION_DATA, 62);
    assert_int_equal(lane_next(&l), REC_OPENED);
    lane_content(&l, 64, CT_APPLICATION_DATA, 0);
    assert_refused(&l, R_RECORD_OVERFLOW);
    lane_content(&l, 1, CT_APPLICATION_DATA, 63);
    assert_refused(&l, R_RECORD_OVERFLOW);
    lane_end(&l);
}

/* ---- sequence numbers (RFC 9846 5.3) --------------------------------------------------------- */

static void a_record_opens_once_and_in_its_place(void **state)
{
    (void)state;
    uint8_t first[64], second[64];
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    lane_content(&l, 10, CT_APPLICATION_DATA, 0);
    size_t n = l.n;
    memcpy(first, l.wire, n);
    lane_content(&l, 10, CT_APPLICATION_DATA, 0);
    memcpy(second, l.wire, n);
    assert_memory_not_equal(first, second, n); /* bug class 84 */
    assert_refused(&l, R_BAD_RECORD_MAC);      /* the second before the first */
    memcpy(l.wire, first, n);
    assert_int_equal(lane_next(&l), REC_OPENED);
    memcpy(l.wire, first, n);
    assert_refused(&l, R_BAD_RECORD_MAC);
    memcpy(l.wire, second, n);
    assert_int_equal(lane_next(&l), REC_OPENED);
    assert_int_equal(l.in.dir.seq, 2);
    lane_end(&l);
}

/* All 64 bits go into the nonce, in network order. */
static void every_bit_of_the_sequence_number_counts(void **state)
{
    (void)state;
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    for (unsigned bit = 0; bit < 64; bit++) {
        l.seal.seq = (uint64_t)1 << bit;
        l.in.dir.seq = 0;
        lane_content(&l, 10, CT_APPLICATION_DATA, 0);
        assert_refused(&l, R_BAD_RECORD_MAC);
        l.seal.seq = l.in.dir.seq = (uint64_t)1 << bit;
        lane_content(&l, 10, CT_APPLICATION_DATA, 0);
        assert_int_equal(lane_next(&l), REC_OPENED);
    }
    lane_end(&l);
}

/* Bug class 84: sequence numbers do not wrap. */
static void the_last_sequence_number_ends_it(void **state)
{
    (void)state;
    struct lane l;
    struct rec_out out = {.hooks = &hooks, .plain_max = REC_PLAIN_MAX};
    lane_begin(&l, crypto, &suites[0]);
    l.seal.seq = l.in.dir.seq = UINT64_MAX;
    lane_content(&l, 1, CT_APPLICATION_DATA, 0);
    assert_refused(&l, R_SEQUENCE_EXHAUSTED);

    out.dir = l.seal;
    out.dir.seq = UINT64_MAX - 1;
    l.err = (struct err){0};
    assert_true(out_seal(&out, CT_APPLICATION_DATA, span_str("x"), &l.err));
    size_t queued = out.queued;
    assert_false(out_seal(&out, CT_APPLICATION_DATA, span_str("x"), &l.err));
    assert_int_equal(l.err.reason, R_SEQUENCE_EXHAUSTED);
    assert_int_equal(out.queued, queued);
    l.seal = (struct rec_dir){0};
    out_wipe(&out);
    lane_end(&l);
}

static void new_keys_begin_at_zero(void **state)
{
    (void)state;
    struct secret traffic = {.b = {7}, .n = 32};
    struct err err = {0};
    struct rec_dir dir = {0};
    for (size_t i = 0; i < n_suites && suites[i].version == TLS13; i++) {
        dir.seq = 99;
        assert_true(rec_dir_key(&dir, crypto, &suites[i], &traffic, true, &err));
        assert_int_equal(dir.seq, 0);
    }
    rec_dir_wipe(&dir);
    assert_true(is_all((const uint8_t *)&dir, sizeof dir, 0));
}

/* ---- what we seal ---------------------------------------------------------------------------- */

static void what_out_seal_seals_rec_next_opens(void **state)
{
    (void)state;
    static const uint8_t types[] = {CT_ALERT, CT_HANDSHAKE, CT_APPLICATION_DATA};
    static uint8_t content[REC_PLAIN_MAX];
    for (size_t i = 0; i < n_suites * 3 && suites[i / 3].version == TLS13; i++) {
        struct lane l;
        struct rec_out out = {.hooks = &hooks, .plain_max = REC_PLAIN_MAX};
        lane_begin(&l, crypto, &suites[i / 3]);
        out.dir = l.seal;
        l.seal = (struct rec_dir){0};
        memset(content, 0x5a, sizeof content);
        for (size_t n = 1; n <= REC_PLAIN_MAX; n *= 4) {
            assert_true(out_seal(&out, types[i % 3], (span){content, n}, &l.err));
            const struct block *b = out.head;
            l.n = b->end - b->begin;
            assert_int_equal(l.n, REC_HEADER + n + 1 + AEAD_TAG);
            memcpy(l.wire, b->bytes + b->begin, l.n);
            assert_memory_equal(l.wire, "\x17\x03\x03", 3); /* RFC 9846 5.2 */
            assert_int_equal(lane_next(&l), REC_OPENED);
            assert_int_equal(l.rec.type, types[i % 3]);
            assert_int_equal(l.rec.n, n);
            assert_true(is_all(l.rec.p, n, 0x5a));
            out_sent(&out, l.n);
        }
        out_wipe(&out);
        lane_end(&l);
    }
}

/* RFC 9846 5: also when there are keys. */
static void a_change_cipher_spec_goes_in_the_clear(void **state)
{
    (void)state;
    struct lane l;
    struct rec_out out = {.hooks = &hooks, .plain_max = REC_PLAIN_MAX, .clear_version = TLS12};
    lane_begin(&l, crypto, &suites[0]);
    out.dir = l.seal;
    assert_true(out_seal(&out, CT_CHANGE_CIPHER_SPEC, (span){(const uint8_t[]){1}, 1}, &l.err));
    assert_int_equal(out.queued, 6);
    assert_memory_equal(out.head->bytes, "\x14\x03\x03\x00\x01\x01", 6);
    assert_int_equal(out.dir.seq, 0);
    l.seal = (struct rec_dir){0};
    out_wipe(&out);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_shorter_than_a_tag_is_refused),
        cmocka_unit_test(a_large_record_with_a_bad_tag_is_refused_and_wiped),
        cmocka_unit_test(the_header_is_authenticated),
        cmocka_unit_test(padding_is_taken_off),
        cmocka_unit_test(zeros_of_the_content_stay),
        cmocka_unit_test(nothing_but_zeros_is_refused),
        cmocka_unit_test(inner_types_are_three),
        cmocka_unit_test(empty_messages_and_alerts_are_refused),
        cmocka_unit_test(our_record_size_limit_holds),
        cmocka_unit_test(a_record_opens_once_and_in_its_place),
        cmocka_unit_test(every_bit_of_the_sequence_number_counts),
        cmocka_unit_test(the_last_sequence_number_ends_it),
        cmocka_unit_test(new_keys_begin_at_zero),
        cmocka_unit_test(what_out_seal_seals_rec_next_opens),
        cmocka_unit_test(a_change_cipher_spec_goes_in_the_clear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
