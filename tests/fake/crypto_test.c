/* The deterministic provider keeps crypto.h's promises: agreement, detection, determinism,
 * refusals. */
#include "crypto/hkdf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

static void hashes_are_incremental_and_copyable(void **state)
{
    (void)state;
    for (enum hash_id id = HASH_SHA256; id <= HASH_SHA512; id++) {
        uint8_t whole[HASH_MAX], parts[HASH_MAX], other[HASH_MAX];
        struct hash_ctx ctx, copy;
        hash_once(id, span_str("hello"), whole);
        hash_init(&ctx, id);
        hash_update(&ctx, span_str("he"));
        copy = ctx;
        hash_final(&ctx, other);
        assert_memory_not_equal(other, whole, hash_len(id));
        hash_update(&ctx, span_str("llo"));
        hash_update(&copy, span_str("llp"));
        hash_final(&ctx, parts);
        assert_memory_equal(parts, whole, hash_len(id));
        hash_final(&copy, other);
        assert_memory_not_equal(other, whole, hash_len(id));
        hash_once(id == HASH_SHA256 ? HASH_SHA384 : HASH_SHA256, span_str("hello"), other);
        assert_memory_not_equal(other, whole, 32);
    }
    assert_int_equal(hash_len(HASH_SHA384), 48);
    assert_int_equal(hash_block(HASH_SHA256), 64);
}

static void labels_give_different_keys(void **state)
{
    (void)state;
    uint8_t a[32], b[32], c[32];
    struct secret prk;
    hkdf_extract(HASH_SHA256, &prk, (span){0}, span_str("ikm"));
    hkdf_expand_label(HASH_SHA256, a, 32, secret_span(&prk), "key", (span){0});
    hkdf_expand_label(HASH_SHA256, b, 32, secret_span(&prk), "iv", (span){0});
    hkdf_expand_label(HASH_SHA256, c, 32, secret_span(&prk), "key", span_str("x"));
    assert_memory_not_equal(a, b, 32);
    assert_memory_not_equal(a, c, 32);
}

static void records_round_trip_and_tampering_is_found(void **state)
{
    (void)state;
    static const uint8_t key[32] = {7}, nonce[AEAD_NONCE] = {1}, other[AEAD_NONCE] = {2};
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        span k = {key, aead_key_len(id)}, ad = span_str("ad");
        struct aead *seal = aead_new(crypto, id, k, true), *open = aead_new(crypto, id, k, false);
        uint8_t sealed[10 + AEAD_TAG], b[10 + AEAD_TAG];
        assert_true(seal && open);
        assert_true(aead_seal(seal, sealed, nonce, ad, span_str("plain"), span_str("text!")));
        assert_memory_not_equal(sealed, "plaintext!", 10);
        memcpy(b, sealed, sizeof b);
        assert_true(aead_open(open, b, sizeof b, nonce, ad));
        assert_memory_equal(b, "plaintext!", 10);
        for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
            static const uint8_t zeros[sizeof b];
            memcpy(b, sealed, sizeof b);
            b[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(aead_open(open, b, sizeof b, nonce, ad));
            assert_memory_equal(b, zeros, sizeof b);
        }
        memcpy(b, sealed, sizeof b);
        assert_false(aead_open(open, b, sizeof b, other, ad));
        memcpy(b, sealed, sizeof b);
        assert_false(aead_open(open, b, sizeof b, nonce, span_str("aD")));
        memcpy(b, sealed, sizeof b);
        assert_false(aead_open(open, b, AEAD_TAG - 1, nonce, ad));
        assert_false(aead_seal(open, b, nonce, ad, (span){0}, (span){0}));
        memcpy(b, "plain", 5); /* in place */
        assert_true(aead_seal(seal, b, nonce, ad, (span){b, 5}, span_str("text!")));
        assert_memory_equal(b, sealed, sizeof b);
        assert_null(aead_new(crypto, id, (span){key, 15}, true));
        aead_free(seal);
        aead_free(open);
    }
}

static void both_sides_agree(void **state)
{
    (void)state;
    static const uint8_t a[KEM_SEED_MAX] = {1}, b[KEM_SEED_MAX] = {2};
    for (enum kem_id id = KEM_X25519; id <= KEM_P384; id++) {
        uint8_t share[KEM_SHARE_MAX], cipher[KEM_SHARE_MAX];
        struct secret mine, theirs;
        struct kem_key *key = kem_generate(crypto, id, a, share);
        assert_non_null(key);
        span s = {share, kem_share_len(id)}, c = {cipher, kem_cipher_len(id)};
        assert_int_equal(kem_encap(crypto, id, b, s, cipher, &theirs), KEM_OK);
        assert_int_equal(kem_decap(key, &mine, c), KEM_OK);
        assert_true(mine.n >= 32 && span_eq(secret_span(&mine), secret_span(&theirs)));
        assert_int_equal(kem_encap(crypto, id, a, s, cipher, &theirs), KEM_OK);
        assert_false(span_eq(secret_span(&mine), secret_span(&theirs)));
        assert_int_equal(kem_decap(key, &mine, (span){cipher, c.n - 1}), KEM_BAD_SHARE);
        assert_int_equal(kem_decap(key, &mine, (span){0}), KEM_BAD_SHARE);
        memset(cipher + 1, 0, c.n - 1);
        assert_int_equal(kem_decap(key, &mine, c), KEM_BAD_SHARE);
        assert_int_equal(mine.n, 0);
        share[0] = 2;
        enum kem_result compressed = id == KEM_X25519 ? KEM_OK : KEM_BAD_SHARE;
        assert_int_equal(kem_decap(key, &mine, s), compressed);
        kem_free(key);
    }
}

static size_t right_password(void *user, char *out, size_t cap)
{
    (void)user;
    assert_true(cap >= 5);
    memcpy(out, "hello", 5);
    return 5;
}

static size_t wrong_password(void *user, char *out, size_t cap)
{
    (void)user;
    (void)cap;
    *out = 'x';
    return 1;
}

static enum key_load load(struct sign_key **key, const char *body, key_password password)
{
    char pem[512];
    snprintf(pem, sizeof pem,
             "text\n-----BEGIN FAKE PRIVATE KEY-----\n%s\n-----END FAKE PRIVATE KEY-----\n", body);
    return sign_key_pem(crypto, key, span_str(pem), password, NULL);
}

static void keys_load_or_say_why_not(void **state)
{
    (void)state;
    struct sign_key *key;
    assert_int_equal(sign_key_pem(crypto, &key, span_str("nothing"), NULL, NULL), KEY_NOT_FOUND);
    assert_int_equal(load(&key, "p224 00", NULL), KEY_UNSUPPORTED);
    assert_int_equal(load(&key, "p256\n0", NULL), KEY_MALFORMED);
    assert_int_equal(load(&key, "p256\n0g", NULL), KEY_MALFORMED);
    assert_int_equal(load(&key, "p256\n", NULL), KEY_MALFORMED);
    assert_int_equal(load(&key, "p256 hello\n04", NULL), KEY_NEEDS_PASSWORD);
    assert_int_equal(load(&key, "p256 hello\n04", wrong_password), KEY_WRONG_PASSWORD);
    assert_null(key);
    assert_int_equal(load(&key, "p256 hello\n04\nab", right_password), KEY_LOADED);
    assert_int_equal(sign_key_public(key)->type, KEY_EC_P256);
    assert_int_equal(sign_key_public(key)->point.n, 2);
    assert_memory_equal(sign_key_public(key)->point.p, "\x04\xab", 2);
    sign_key_free(key);
    assert_int_equal(load(&key, "rsa\n01ff", NULL), KEY_LOADED);
    assert_int_equal(key_bits(sign_key_public(key)), 9);
    sign_key_free(key);
}

static void signatures_are_of_one_message_key_and_algorithm(void **state)
{
    (void)state;
    struct sign_key *key, *other;
    uint8_t sig[SIG_MAX];
    size_t n;
    span msg = span_str("message");
    assert_int_equal(load(&key, "p256\n04aa", NULL), KEY_LOADED);
    assert_int_equal(load(&other, "p256\n04ab", NULL), KEY_LOADED);
    const struct pubkey *pub = sign_key_public(key);
    assert_true(sign(key, SIG_ECDSA, HASH_SHA256, msg, sig, &n));
    assert_memory_equal(sig, "fake 1 1 ", 9);
    assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA256, pub, msg, (span){sig, n}),
                     SIG_GOOD);
    assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA384, pub, msg, (span){sig, n}), SIG_BAD);
    assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA256, pub, span_str("x"), (span){sig, n}),
                     SIG_BAD);
    assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA256, pub, msg, (span){sig, n - 1}),
                     SIG_BAD);
    assert_int_equal(
        sig_verify(crypto, SIG_ECDSA, HASH_SHA256, sign_key_public(other), msg, (span){sig, n}),
        SIG_BAD);
    for (size_t i = 0; i < n; i++) {
        sig[i] ^= 1;
        assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA256, pub, msg, (span){sig, n}),
                         SIG_BAD);
        sig[i] ^= 1;
    }
    assert_false(sign(key, SIG_RSA_PSS, HASH_SHA256, msg, sig, &n));
    assert_false(sign(key, SIG_ECDSA, HASH_NONE, msg, sig, &n));
    sign_key_free(key);
    sign_key_free(other);
}

static bool sevens(void *user, uint8_t *out, size_t n)
{
    (void)user;
    memset(out, 7, n);
    return true;
}

static void randomness_repeats_from_one_start_to_the_next(void **state)
{
    (void)state;
    uint8_t a[40], b[40], c[40];
    struct crypto *one = crypto_new(&hooks), *two = crypto_new(&hooks);
    assert_true(one && two);
    assert_true(crypto_random(one, a, sizeof a) && crypto_random(two, b, sizeof b));
    assert_memory_equal(a, b, sizeof a);
    assert_true(crypto_random(one, c, sizeof c));
    assert_memory_not_equal(a, c, sizeof a);
    crypto_free(one);
    crypto_free(two);
    struct hooks mine = hooks;
    mine.random = sevens;
    one = crypto_new(&mine);
    assert_non_null(one);
    assert_true(crypto_random(one, a, 2));
    assert_memory_equal(a, "\7\7", 2);
    crypto_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_incremental_and_copyable),
        cmocka_unit_test(labels_give_different_keys),
        cmocka_unit_test(records_round_trip_and_tampering_is_found),
        cmocka_unit_test(both_sides_agree),
        cmocka_unit_test(keys_load_or_say_why_not),
        cmocka_unit_test(signatures_are_of_one_message_key_and_algorithm),
        cmocka_unit_test(randomness_repeats_from_one_start_to_the_next),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
