/* Private keys in every form that we load, what they sign, and what refuses to load. */
#include "crypto/crypto.h"
#include "pem_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;
static struct crypto *crypto;

static const struct {
    enum sig_alg alg;
    enum hash_id hash;
} algs[] = {
    {SIG_ECDSA, HASH_SHA256},     {SIG_ECDSA, HASH_SHA384},     {SIG_ECDSA, HASH_SHA512},
    {SIG_RSA_PKCS1, HASH_SHA256}, {SIG_RSA_PKCS1, HASH_SHA384}, {SIG_RSA_PKCS1, HASH_SHA512},
    {SIG_RSA_PSS, HASH_SHA256},   {SIG_RSA_PSS, HASH_SHA384},   {SIG_RSA_PSS, HASH_SHA512},
    {SIG_ED25519, HASH_NONE},     {SIG_ED25519, HASH_SHA512},   {SIG_ECDSA, HASH_NONE},
    {SIG_RSA_PSS, HASH_NONE},     {SIG_NONE, HASH_SHA256},
};

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

static enum key_load load(struct sign_key **key, const char *pem)
{
    return sign_key_pem(crypto, key, span_str(pem), NULL, NULL);
}

/* signs_with counts the rows of algs that this key signs, and checks each of them. */
static size_t signs_with(struct sign_key *key)
{
    size_t count = 0;
    span msg = span_str("message");
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        uint8_t sig[SIG_MAX];
        size_t n;
        const struct pubkey *pub = sign_key_public(key);
        if (!sign(key, algs[i].alg, algs[i].hash, msg, sig, &n))
            continue;
        count++;
        assert_true(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}));
        assert_false(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, span_str("massage"),
                                (span){sig, n}));
        sig[n / 2] ^= 1;
        assert_false(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}));
    }
    return count;
}

static void each_kind_signs_what_fits_it(void **state)
{
    (void)state;
    static const struct {
        enum made_key made;
        enum key_type type;
        size_t bits, algs;
    } kinds[] = {
        {MADE_P256, KEY_EC_P256, 256, 3},
        {MADE_P384, KEY_EC_P384, 384, 3},
        {MADE_P521, KEY_EC_P521, 521, 3},
        {MADE_ED25519, KEY_ED25519, 256, 1},
        {MADE_RSA, KEY_RSA, 2048, 6},
        {MADE_PSS, KEY_RSA_PSS, 2048, 3},
        {MADE_PSS_SHA256, KEY_RSA_PSS, 2048, 1},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct sign_key *key;
        char *pem = pem_key(kinds[i].made, FORM_PKCS8, NULL, NULL);
        assert_int_equal(load(&key, pem), KEY_LOADED);
        assert_int_equal(sign_key_public(key)->type, kinds[i].type);
        assert_int_equal(key_bits(sign_key_public(key)), kinds[i].bits);
        assert_int_equal(signs_with(key), kinds[i].algs);
        sign_key_free(key);
        free(pem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_signs_what_fits_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
