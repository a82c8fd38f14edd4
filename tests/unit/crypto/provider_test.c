/* The provider as a guest in its host: the host's error queue, its configuration of libcrypto,
 * its hooks. */
#include "crypto/crypto.h"

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

static void the_name_has_a_version(void **state)
{
    (void)state;
    assert_memory_equal(crypto_name(), "libcrypto 3.", 12);
}

static void records_round_trip(void **state)
{
    (void)state;
    static const uint8_t key[32] = {1}, nonce[AEAD_NONCE] = {2};
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        span k = {key, aead_key_len(id)}, ad = span_str("header");
        struct aead *seal = aead_new(crypto, id, k, true), *open = aead_new(crypto, id, k, false);
        uint8_t b[5 + AEAD_TAG];
        assert_non_null(seal);
        assert_non_null(open);
        assert_true(aead_seal(seal, b, nonce, ad, span_str("hell"), span_str("o")));
        assert_false(aead_seal(open, b, nonce, ad, span_str("x"), (span){0}));
        assert_true(aead_open(open, b, sizeof b, nonce, ad));
        assert_memory_equal(b, "hello", 5);
        aead_free(seal);
        aead_free(open);
    }
}

static void both_sides_agree(void **state)
{
    (void)state;
    for (enum kem_id id = KEM_X25519; id <= KEM_P384; id++) {
        uint8_t mine[KEM_SEED_MAX], theirs[KEM_SEED_MAX], share[KEM_SHARE_MAX],
            cipher[KEM_SHARE_MAX];
        struct secret a, b;
        assert_true(crypto_random(crypto, mine, sizeof mine));
        assert_true(crypto_random(crypto, theirs, sizeof theirs));
        struct kem_key *key = kem_generate(crypto, id, mine, share);
        assert_non_null(key);
        span s = {share, kem_share_len(id)};
        assert_int_equal(kem_encap(crypto, id, theirs, s, cipher, &b), KEM_OK);
        assert_int_equal(kem_decap(key, &a, (span){cipher, kem_cipher_len(id)}), KEM_OK);
        assert_int_equal(a.n, b.n);
        assert_true(ct_eq(a.b, b.b, a.n));
        kem_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_has_a_version),
        cmocka_unit_test(records_round_trip),
        cmocka_unit_test(both_sides_agree),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
