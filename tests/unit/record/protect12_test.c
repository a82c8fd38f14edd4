/* Records of TLS 1.2 as bytes: explicit nonces, encrypt-then-MAC, lengths and padding
 * (RFC 5246 6.2.3, RFC 5288, RFC 7905, RFC 7366; bug classes 74, 75, 84, 95). */
#include "lane.h"
#include "record/protect.h"

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

static const struct keys12 keys = {
    .mac = "a MAC key for tests, 32 bytes...",
    .key = "a cipher key for tests",
    .iv = "twelve bytes",
};

/* struct pipe is what seals, what opens, and the last record between them. */
struct pipe {
    struct rec_out out;
    struct rec_in in;
    struct rec rec;
    struct err err;
    uint8_t wire[REC_WIRE_MAX + 16];
    size_t n;
};

static void pipe_begin(struct pipe *p, const struct suite *suite)
{
    memset(p, 0, sizeof *p);
    p->out = (struct rec_out){.hooks = &hooks, .plain_max = REC_PLAIN_MAX, .clear_version = TLS12};
    p->in = (struct rec_in){.inner_max = REC_INNER_MAX, .begun = true, .tls12 = true};
    assert_true(rec_dir_key12(&p->out.dir, crypto, &hooks, suite, &keys, true, &p->err));
    assert_true(rec_dir_key12(&p->in.dir, crypto, &hooks, suite, &keys, false, &p->err));
}

static void pipe_end(struct pipe *p)
{
    out_wipe(&p->out);
    rec_dir_wipe(&p->in.dir);
}

static void put(struct pipe *p, enum content_type type, span content)
{
    assert_true(out_seal(&p->out, type, content, &p->err));
    const struct block *b = p->out.head;
    p->n = b->end - b->begin;
    memcpy(p->wire, b->bytes + b->begin, p->n);
    out_sent(&p->out, p->n);
}

static enum rec_status next(struct pipe *p)
{
    size_t used, need;
    p->err = (struct err){0};
    return rec_next(&p->in, &p->rec, &used, &need, p->wire, p->n, &p->err);
}

static void assert_bad(struct pipe *p, enum reason reason)
{
    assert_int_equal(next(p), REC_FAILED);
    assert_string_equal(reason_row(p->err.reason)->name, reason_row((uint16_t)reason)->name);
}

/* fit writes the length of the wire's body into its header. */
static void fit(struct pipe *p, size_t body)
{
    p->wire[3] = (uint8_t)(body >> 8);
    p->wire[4] = (uint8_t)body;
    p->n = REC_HEADER + body;
}

static void with_each_suite(void (*test)(struct pipe *p, const struct suite *suite))
{
    static struct pipe p;
    size_t n = 0;
    for (size_t i = 0; i < n_suites; i++) {
        if (suites[i].version != TLS12)
            continue;
        pipe_begin(&p, &suites[i]);
        test(&p, &suites[i]);
        pipe_end(&p);
        n++;
    }
    assert_int_equal(n, 10);
}

/* ---- there and back -------------------------------------------------------------------------- */

static uint8_t content[REC_PLAIN_MAX];

/* What a record of n bytes measures: RFC 5288 3, RFC 7905 2, RFC 7366 3. */
static size_t body_of(const struct suite *suite, size_t n)
{
    if (suite->cbc)
        return 16 + (n / 16 + 1) * 16 + 32;
    return n + 16 + (suite->aead == AEAD_CHACHA20_POLY1305 ? 0 : 8);
}

static void there_and_back(struct pipe *p, const struct suite *suite)
{
    static const uint8_t types[] = {CT_ALERT, CT_HANDSHAKE, CT_APPLICATION_DATA};
    static const size_t sizes[] = {1, 15, 16, 17, 31, 32, 1000, REC_PLAIN_MAX - 1, REC_PLAIN_MAX};
    memset(content, 0x5a, sizeof content);
    for (size_t i = 0; i < 3 * 9; i++) {
        size_t n = sizes[i / 3];
        put(p, types[i % 3], (span){content, n});
        assert_int_equal(p->wire[0], types[i % 3]); /* the type is not hidden */
        assert_memory_equal(p->wire + 1, "\3\3", 2);
        assert_int_equal(p->n, REC_HEADER + body_of(suite, n));
        assert_int_equal(next(p), REC_OPENED);
        assert_int_equal(p->rec.type, types[i % 3]);
        assert_int_equal(p->rec.n, n);
        assert_true(p->rec.was_protected);
        assert_memory_equal(p->rec.p, content, n);
        assert_int_equal(p->in.dir.seq, i + 1);
    }
    put(p, CT_APPLICATION_DATA, (span){0});
    assert_int_equal(next(p), REC_OPENED);
    assert_int_equal(p->rec.n, 0);
}

static void what_is_sealed_opens(void **state)
{
    (void)state;
    with_each_suite(there_and_back);
}

/* Bug class 74: shorter than a nonce, a tag, an IV, a block or a MAC. */
static void too_short(struct pipe *p, const struct suite *suite)
{
    size_t least = body_of(suite, 0);
    memset(p->wire, 0, sizeof p->wire);
    for (size_t n = 0; n < least + 17; n++) {
        memcpy(p->wire, "\x17\3\3", 3);
        memset(p->wire + REC_HEADER, 0, n);
        fit(p, n);
        assert_bad(p, R_BAD_RECORD_MAC);
        assert_int_equal(p->in.dir.seq, 0);
    }
}

static void a_short_record_is_refused(void **state)
{
    (void)state;
    with_each_suite(too_short);
}

/* Bug class 75: every byte of the body, the type and the version are under the tag, the order of
 * records as well. */
static void changed(struct pipe *p, const struct suite *suite)
{
    uint8_t whole[128];
    (void)suite;
    put(p, CT_APPLICATION_DATA, (span){content, 20});
    const size_t n = p->n;
    memcpy(whole, p->wire, n);
    for (size_t at = REC_HEADER; at < n; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(p->wire, whole, n);
            p->wire[at] ^= (uint8_t)(1u << bit);
            p->n = n;
            assert_bad(p, R_BAD_RECORD_MAC);
        }
    for (size_t at = 0; at < 3; at++) {
        memcpy(p->wire, whole, n);
        p->n = n;
        p->wire[at] ^= 1; /* a handshake record; versions 2.3 and 3.2 */
        assert_bad(p, at ? R_RECORD_VERSION : R_BAD_RECORD_MAC);
    }
    memcpy(p->wire, whole, n);
    fit(p, n - REC_HEADER - 1);
    assert_bad(p, R_BAD_RECORD_MAC);
    p->in.dir.seq = 1;
    memcpy(p->wire, whole, n);
    p->n = n;
    assert_bad(p, R_BAD_RECORD_MAC);
    p->in.dir.seq = 0;
    memcpy(p->wire, whole, n);
    assert_int_equal(next(p), REC_OPENED);
    memcpy(p->wire, whole, n);
    assert_bad(p, R_BAD_RECORD_MAC); /* again */
}

static void every_bit_counts(void **state)
{
    (void)state;
    with_each_suite(changed);
}

static void large_and_bad(struct pipe *p, const struct suite *suite)
{
    (void)suite;
    put(p, CT_APPLICATION_DATA, (span){content, REC_PLAIN_MAX});
    p->wire[p->n - 1] ^= 1;
    assert_bad(p, R_BAD_RECORD_MAC);
    for (size_t i = 0; i + 16 < REC_PLAIN_MAX; i++) /* nothing of the plaintext is left */
        if (!memcmp(p->wire + i, content, 16))
            fail_msg("plaintext at %zu", i);
}

static void a_large_record_with_a_bad_tag(void **state)
{
    (void)state;
    memset(content, 0x5a, sizeof content);
    with_each_suite(large_and_bad);
}

static void limits(struct pipe *p, const struct suite *suite)
{
    (void)suite;
    p->in.inner_max = REC_SIZE_LIMIT_MIN; /* it counts a type that TLS 1.2 does not have */
    put(p, CT_APPLICATION_DATA, (span){content, REC_SIZE_LIMIT_MIN - 1});
    assert_int_equal(next(p), REC_OPENED);
    put(p, CT_APPLICATION_DATA, (span){content, REC_SIZE_LIMIT_MIN});
    assert_bad(p, R_RECORD_OVERFLOW);
}

static void our_record_size_limit_holds(void **state)
{
    (void)state;
    with_each_suite(limits);
}

/* ---- nonces ---------------------------------------------------------------------------------- */

/* Bug class 84: the explicit nonce of AES-GCM is the sequence number. */
static void explicit_nonces_count(void **state)
{
    (void)state;
    static struct pipe p;
    pipe_begin(&p, suite_by_id(0xc02f));
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t nonce[8] = {0, 0, 0, 0, 0, 0, 0, i};
        put(&p, CT_APPLICATION_DATA, span_str("x"));
        assert_memory_equal(p.wire + REC_HEADER, nonce, 8);
    }
    p.out.dir.seq = UINT64_MAX - 1;
    put(&p, CT_APPLICATION_DATA, span_str("x"));
    assert_false(out_seal(&p.out, CT_APPLICATION_DATA, span_str("x"), &p.err));
    assert_int_equal(p.err.reason, R_SEQUENCE_EXHAUSTED);
    pipe_end(&p);
}

/* What a sender writes there is its own business: we read it, and do not compare. RFC 5288 3 */
static void any_explicit_nonce_opens(void **state)
{
    (void)state;
    static struct pipe p;
    pipe_begin(&p, suite_by_id(0xc02f));
    p.out.dir.seq = 0x0123456789abcdef;
    put(&p, CT_APPLICATION_DATA, span_str("x"));
    p.in.dir.seq = 0x0123456789abcdef;
    assert_int_equal(next(&p), REC_OPENED);
    pipe_end(&p);
}

/* BEAST (bug class 96): two records with the same content have nothing in common. */
static void each_iv_is_new(void **state)
{
    (void)state;
    static struct pipe p;
    uint8_t first[16];
    pipe_begin(&p, suite_by_id(0xc023));
    put(&p, CT_APPLICATION_DATA, span_str("x"));
    memcpy(first, p.wire + REC_HEADER, 16);
    put(&p, CT_APPLICATION_DATA, span_str("x"));
    assert_memory_not_equal(first, p.wire + REC_HEADER, 16);
    pipe_end(&p);
}

/* ---- padding under a right MAC --------------------------------------------------------------- */

/* put_blocks seals whole blocks as they are: an IV, what stands for content and padding, a MAC. */
static void put_blocks(struct pipe *p, const uint8_t *plain, size_t n)
{
    static const uint8_t iv[CBC_BLOCK] = "an IV for tests";
    uint8_t head[13] = {0}, *body = p->wire + REC_HEADER;
    struct hmac_key mac;
    struct cbc *cbc = cbc_new(crypto, (span){keys.key, CBC_KEY}, true);
    assert_non_null(cbc);
    memcpy(p->wire, "\x17\3\3", 3);
    memcpy(body, iv, CBC_BLOCK);
    memcpy(body + CBC_BLOCK, plain, n);
    assert_true(cbc_run(cbc, body + CBC_BLOCK, n, iv));
    cbc_free(cbc);
    head[6] = (uint8_t)(p->in.dir.seq >> 8);
    head[7] = (uint8_t)p->in.dir.seq;
    memcpy(head + 8, "\x17\3\3", 3);
    head[11] = (uint8_t)((CBC_BLOCK + n) >> 8);
    head[12] = (uint8_t)(CBC_BLOCK + n);
    hmac_init(&mac, HASH_SHA256, (span){keys.mac, 32});
    hmac_parts(&mac, (span){head, sizeof head}, &(span){body, CBC_BLOCK + n}, 1,
               body + CBC_BLOCK + n);
    fit(p, CBC_BLOCK + n + 32);
}

/* Every last byte, under a MAC that is right: as long as the padding is whole it is taken off, and
 * may be longer than it has to be; otherwise the record is as bad as any (POODLE, bug class 95). */
static void padding_is_checked_whole(void **state)
{
    (void)state;
    enum { BLOCKS = 272 };
    static struct pipe p;
    uint8_t plain[BLOCKS];
    pipe_begin(&p, suite_by_id(0xc027));
    for (unsigned pad = 0; pad < 256; pad++) {
        memset(plain, 0x5a, sizeof plain);
        memset(plain + BLOCKS - pad - 1, (int)pad, pad + 1);
        put_blocks(&p, plain, BLOCKS);
        assert_int_equal(next(&p), REC_OPENED);
        assert_int_equal(p.rec.n, BLOCKS - pad - 1);
        for (unsigned at = 1; at <= pad; at++) { /* any byte of it but the length */
            plain[BLOCKS - 1 - at] ^= 0x40;
            put_blocks(&p, plain, BLOCKS);
            assert_bad(&p, R_BAD_RECORD_MAC);
            plain[BLOCKS - 1 - at] ^= 0x40;
        }
    }
    for (unsigned pad = 16; pad < 256; pad++) { /* longer than the record */
        memset(plain, (int)pad, 16);
        put_blocks(&p, plain, 16);
        assert_bad(&p, R_BAD_RECORD_MAC);
    }
    memset(plain, 15, 16);
    put_blocks(&p, plain, 16);
    assert_int_equal(next(&p), REC_OPENED);
    assert_int_equal(p.rec.n, 0);
    pipe_end(&p);
}

/* Bug class 95: a wrong MAC over right padding, and a wrong padding under a right MAC, leave the
 * same behind: one reason, and nothing of what was there. */
static void no_two_ways_to_fail(void **state)
{
    (void)state;
    static struct pipe p;
    uint8_t plain[32];
    pipe_begin(&p, suite_by_id(0xc027));
    memset(plain, 0x41, sizeof plain); /* a padding of 0x41 + 1 bytes: too long */
    put_blocks(&p, plain, sizeof plain);
    assert_bad(&p, R_BAD_RECORD_MAC);
    uint32_t detail = p.err.detail;
    for (size_t i = REC_HEADER; i < p.n; i++)
        assert_int_equal(p.wire[i], 0);
    memset(plain, 31, sizeof plain);
    put_blocks(&p, plain, sizeof plain);
    p.wire[p.n - 1] ^= 1;
    assert_bad(&p, R_BAD_RECORD_MAC);
    assert_int_equal(p.err.detail, detail);
    for (size_t i = REC_HEADER; i < p.n; i++)
        assert_int_equal(p.wire[i], 0);
    pipe_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens),
        cmocka_unit_test(a_short_record_is_refused),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(a_large_record_with_a_bad_tag),
        cmocka_unit_test(our_record_size_limit_holds),
        cmocka_unit_test(explicit_nonces_count),
        cmocka_unit_test(any_explicit_nonce_opens),
        cmocka_unit_test(each_iv_is_new),
        cmocka_unit_test(padding_is_checked_whole),
        cmocka_unit_test(no_two_ways_to_fail),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
