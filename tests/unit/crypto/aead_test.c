/* AEAD: Wycheproof, and what a record layer may do wrong with it. */
#include "crypto/crypto.h"
#include "wycheproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BIG = 16384 };

static struct hooks hooks;
static struct crypto *crypto;
static const uint8_t key[32] = {1}, nonce[AEAD_NONCE] = {2};

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

static struct aead *make(enum aead_id id, bool seal)
{
    struct aead *aead = aead_new(crypto, id, (span){key, aead_key_len(id)}, seal);
    assert_non_null(aead);
    return aead;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return !any;
}

/* seals_as: sealing `msg`, cut in two at `cut`, gives these bytes? */
static bool seals_as(struct aead *aead, span iv, span ad, span msg, size_t cut,
                     const uint8_t *sealed)
{
    uint8_t *out = malloc(msg.n + AEAD_TAG);
    assert_non_null(out);
    span head = {msg.p, cut}, tail = {msg.p + cut, msg.n - cut};
    bool same =
        aead_seal(aead, out, iv.p, ad, head, tail) && memcmp(out, sealed, msg.n + AEAD_TAG) == 0;
    free(out);
    return same;
}

static void check_case(const struct wy_case *wy, enum aead_id id, span k, span iv)
{
    span ad = wy_hex(wy->test, "aad"), msg = wy_hex(wy->test, "msg");
    span ct = wy_hex(wy->test, "ct"), tag = wy_hex(wy->test, "tag");
    struct aead *seal = aead_new(crypto, id, k, true), *open = aead_new(crypto, id, k, false);
    size_t n = ct.n + tag.n;
    uint8_t *b = malloc(n);
    assert_true(seal && open && b);
    memcpy(b, ct.p, ct.n);
    memcpy(b + ct.n, tag.p, tag.n);
    if (wy->valid)
        for (size_t cut = 0; cut <= msg.n; cut += msg.n / 3 + 1)
            wy_check(wy, seals_as(seal, iv, ad, msg, cut, b));
    bool opened = aead_open(open, b, n, iv.p, ad);
    wy_check(wy, opened == wy->valid);
    wy_check(wy, opened ? memcmp(b, msg.p, msg.n) == 0 : is_zero(b, n));
    free(b);
    aead_free(seal);
    aead_free(open);
}

static bool gcm_case(const struct wy_case *wy, const void *user)
{
    (void)user;
    span k = wy_hex(wy->test, "key"), iv = wy_hex(wy->test, "iv");
    if (k.n == 24) {
        assert_null(aead_new(crypto, AEAD_AES_256_GCM, k, true));
        return false;
    }
    if (iv.n != AEAD_NONCE)
        return false;
    check_case(wy, k.n == 16 ? AEAD_AES_128_GCM : AEAD_AES_256_GCM, k, iv);
    return true;
}

static bool chacha_case(const struct wy_case *wy, const void *user)
{
    (void)user;
    span k = wy_hex(wy->test, "key"), iv = wy_hex(wy->test, "iv");
    if (iv.n != AEAD_NONCE)
        return false;
    check_case(wy, AEAD_CHACHA20_POLY1305, k, iv);
    return true;
}

static void wycheproof_aes_gcm(void **state)
{
    (void)state;
    assert_int_equal(wy_run("aes_gcm_test.json", gcm_case, NULL), 133);
}

static void wycheproof_chacha20_poly1305(void **state)
{
    (void)state;
    assert_in_range(wy_run("chacha20_poly1305_test.json", chacha_case, NULL), 300, 325);
}

/* The context is kept: what one record did must not show in the next, not even after a bad one. */
static void one_key_serves_many_records(void **state)
{
    (void)state;
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        struct aead *seal = make(id, true), *open = make(id, false);
        for (uint8_t i = 0; i < 50; i++) {
            uint8_t b[64 + AEAD_TAG], plain[64], iv[AEAD_NONCE] = {i};
            size_t n = i;
            memset(plain, i, sizeof plain);
            assert_true(aead_seal(seal, b, iv, (span){iv, i % 5}, (span){plain, n}, (span){0}));
            if (i % 3 == 0)
                b[n + AEAD_TAG - 1] ^= 1;
            assert_int_equal(aead_open(open, b, n + AEAD_TAG, iv, (span){iv, i % 5}), i % 3 != 0);
            assert_true(i % 3 == 0 ? is_zero(b, n + AEAD_TAG) : memcmp(b, plain, n) == 0);
        }
        aead_free(seal);
        aead_free(open);
    }
}

static void sealing_in_place_with_a_tail(void **state)
{
    (void)state;
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        struct aead *seal = make(id, true), *open = make(id, false);
        uint8_t b[6 + AEAD_TAG] = "hello";
        assert_true(aead_seal(seal, b, nonce, (span){0}, (span){b, 5}, span_str("\x17")));
        assert_true(aead_open(open, b, sizeof b, nonce, (span){0}));
        assert_memory_equal(b, "hello\x17", 6);
        aead_free(seal);
        aead_free(open);
    }
}

/* Bug class 74: shorter than a tag. */
static void short_records_are_refused(void **state)
{
    (void)state;
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        struct aead *open = make(id, false);
        for (size_t n = 0; n <= 31; n++) {
            uint8_t *b = malloc(n ? n : 1);
            assert_non_null(b);
            memset(b, 0xaa, n);
            assert_false(aead_open(open, b, n, nonce, (span){0}));
            assert_true(is_zero(b, n));
            free(b);
        }
        aead_free(open);
    }
}

/* Bug class 75: a large record with a bad tag; and each part of the input counts. */
static void tampering_is_found(void **state)
{
    (void)state;
    uint8_t *plain = calloc(1, BIG), *sealed = malloc(BIG + AEAD_TAG), *b = malloc(BIG + AEAD_TAG);
    assert_true(plain && sealed && b);
    static const size_t places[] = {0, 1, BIG / 2, BIG - 1, BIG, BIG + AEAD_TAG - 1};
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        struct aead *seal = make(id, true), *open = make(id, false);
        span ad = span_str("ad");
        assert_true(aead_seal(seal, sealed, nonce, ad, (span){plain, BIG}, (span){0}));
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            memcpy(b, sealed, BIG + AEAD_TAG);
            b[places[i]] ^= 0x80;
            assert_false(aead_open(open, b, BIG + AEAD_TAG, nonce, ad));
            assert_true(is_zero(b, BIG + AEAD_TAG));
        }
        memcpy(b, sealed, BIG + AEAD_TAG);
        assert_false(aead_open(open, b, BIG + AEAD_TAG, nonce, span_str("aD")));
        memcpy(b, sealed, BIG + AEAD_TAG);
        assert_false(aead_open(open, b, BIG + AEAD_TAG, key, ad));
        memcpy(b, sealed, BIG + AEAD_TAG);
        assert_true(aead_open(open, b, BIG + AEAD_TAG, nonce, ad));
        aead_free(seal);
        aead_free(open);
    }
    free(plain);
    free(sealed);
    free(b);
}

static void a_key_has_one_length_and_one_direction(void **state)
{
    (void)state;
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        for (size_t n = 0; n <= sizeof key; n++)
            if (n != aead_key_len(id))
                assert_null(aead_new(crypto, id, (span){key, n}, true));
        struct aead *seal = make(id, true), *open = make(id, false);
        uint8_t b[1 + AEAD_TAG] = {0};
        assert_false(aead_seal(open, b, nonce, (span){0}, span_str("x"), (span){0}));
        assert_true(aead_seal(seal, b, nonce, (span){0}, span_str("x"), (span){0}));
        assert_false(aead_open(seal, b, sizeof b, nonce, (span){0}));
        aead_free(seal);
        aead_free(open);
    }
    assert_null(aead_new(crypto, AEAD_NONE, (span){key, 0}, true));
    aead_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof_aes_gcm),
        cmocka_unit_test(wycheproof_chacha20_poly1305),
        cmocka_unit_test(one_key_serves_many_records),
        cmocka_unit_test(sealing_in_place_with_a_tail),
        cmocka_unit_test(short_records_are_refused),
        cmocka_unit_test(tampering_is_found),
        cmocka_unit_test(a_key_has_one_length_and_one_direction),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
