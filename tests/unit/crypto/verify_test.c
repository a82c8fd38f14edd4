/* Verification: Wycheproof; keys and signatures that must be refused before arithmetic. */
#include "crypto/crypto.h"
#include "hex.h"
#include "wycheproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;
static struct crypto *crypto;

struct expected {
    enum sig_alg alg;
    enum hash_id hash;
    struct pubkey key;
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

static bool verify_case(const struct wy_case *wy, const void *user)
{
    const struct expected *e = user;
    const json_t *public = json_object_get(wy->group, "publicKey");
    struct pubkey key = e->key;
    if (e->alg == SIG_ECDSA)
        key.point = wy_hex(public, "uncompressed");
    else if (e->alg == SIG_ED25519)
        key.point = wy_hex(public, "pk");
    else {
        key.rsa_n = wy_number(public, "modulus");
        key.rsa_e = wy_number(public, "publicExponent");
    }
    span msg = wy_hex(wy->test, "msg"), sig = wy_hex(wy->test, "sig");
    bool ok = sig_verify(crypto, e->alg, e->hash, &key, msg, sig) == SIG_GOOD;
    wy_check(wy, ok == wy->valid); /* what is merely acceptable is refused: a missing NULL */
    return true;
}

/* Bug class 16 */
static void wycheproof_ecdsa(void **state)
{
    (void)state;
    static const struct expected p256 = {SIG_ECDSA, HASH_SHA256, {.type = KEY_EC_P256}};
    static const struct expected p384 = {SIG_ECDSA, HASH_SHA384, {.type = KEY_EC_P384}};
    static const struct expected p521 = {SIG_ECDSA, HASH_SHA512, {.type = KEY_EC_P521}};
    assert_int_equal(wy_run("ecdsa_secp256r1_sha256_test.json", verify_case, &p256), 484);
    assert_int_equal(wy_run("ecdsa_secp384r1_sha384_test.json", verify_case, &p384), 504);
    assert_int_equal(wy_run("ecdsa_secp521r1_sha512_test.json", verify_case, &p521), 542);
}

static void wycheproof_ed25519(void **state)
{
    (void)state;
    static const struct expected e = {SIG_ED25519, HASH_NONE, {.type = KEY_ED25519}};
    assert_int_equal(wy_run("ed25519_test.json", verify_case, &e), 151);
}

/* Bug class 17 */
static void wycheproof_rsa_pkcs1(void **state)
{
    (void)state;
    static const struct expected sha256 = {SIG_RSA_PKCS1, HASH_SHA256, {.type = KEY_RSA}};
    static const struct expected sha384 = {SIG_RSA_PKCS1, HASH_SHA384, {.type = KEY_RSA}};
    static const struct expected sha512 = {SIG_RSA_PKCS1, HASH_SHA512, {.type = KEY_RSA}};
    assert_int_equal(wy_run("rsa_signature_2048_sha256_test.json", verify_case, &sha256), 259);
    assert_int_equal(wy_run("rsa_signature_3072_sha384_test.json", verify_case, &sha384), 259);
    assert_int_equal(wy_run("rsa_signature_4096_sha512_test.json", verify_case, &sha512), 259);
}

static void wycheproof_rsa_pss(void **state)
{
    (void)state;
    static const struct expected sha256 = {SIG_RSA_PSS, HASH_SHA256, {.type = KEY_RSA}};
    static const struct expected sha512 = {SIG_RSA_PSS, HASH_SHA512, {.type = KEY_RSA}};
    static const struct expected bound = {
        SIG_RSA_PSS,
        HASH_SHA256,
        {.type = KEY_RSA_PSS, .pss_hash = HASH_SHA256, .pss_salt = 32},
    };
    assert_int_equal(wy_run("rsa_pss_2048_sha256_mgf1_32_test.json", verify_case, &sha256), 108);
    assert_int_equal(wy_run("rsa_pss_3072_sha256_mgf1_32_test.json", verify_case, &sha256), 108);
    assert_int_equal(wy_run("rsa_pss_4096_sha512_mgf1_64_test.json", verify_case, &sha512), 179);
    assert_int_equal(wy_run("rsa_pss_2048_sha256_mgf1_32_params_test.json", verify_case, &bound),
                     108);
}

/* first_valid hands the first valid test of a file to a check that varies the key. */
typedef void (*variation)(const struct expected *e, struct pubkey key, span msg, span sig);

struct varied {
    const struct expected *e;
    variation vary;
};

static bool first_valid(const struct wy_case *wy, const void *user)
{
    const struct varied *varied = user;
    if (!wy->valid || wy->id > 20)
        return false;
    const json_t *public = json_object_get(wy->group, "publicKey");
    struct pubkey key = varied->e->key;
    if (varied->e->alg == SIG_ECDSA)
        key.point = wy_hex(public, "uncompressed");
    else {
        key.rsa_n = wy_number(public, "modulus");
        key.rsa_e = wy_number(public, "publicExponent");
    }
    span msg = wy_hex(wy->test, "msg"), sig = wy_hex(wy->test, "sig");
    assert_int_equal(sig_verify(crypto, varied->e->alg, varied->e->hash, &key, msg, sig), SIG_GOOD);
    varied->vary(varied->e, key, msg, sig);
    return true;
}

static bool passes(const struct expected *e, const struct pubkey *key, span msg, span sig)
{
    return sig_verify(crypto, e->alg, e->hash, key, msg, sig) == SIG_GOOD;
}

/* Bug classes 11, 13: the key, the algorithm and the hash belong together. */
static void vary_rsa(const struct expected *e, struct pubkey key, span msg, span sig)
{
    for (enum key_type type = KEY_NONE; type <= KEY_ED25519; type++)
        for (enum sig_alg alg = SIG_NONE; alg <= SIG_ED25519; alg++)
            for (enum hash_id hash = HASH_NONE; hash <= HASH_SHA512; hash++) {
                key.type = type;
                bool same = alg == e->alg && hash == e->hash
                            && (type == KEY_RSA || (type == KEY_RSA_PSS && alg == SIG_RSA_PSS));
                assert_int_equal(sig_verify(crypto, alg, hash, &key, msg, sig),
                                 same ? SIG_GOOD : SIG_BAD);
            }
    key.type = KEY_RSA;
    uint8_t e2[9] = {0};
    memcpy(e2 + 1, key.rsa_e.p, key.rsa_e.n);
    struct pubkey k = key;
    k.rsa_e = (span){e2, key.rsa_e.n + 1}; /* a leading zero */
    assert_false(passes(e, &k, msg, sig));
    k.rsa_e = (span){NULL, 0};
    assert_false(passes(e, &k, msg, sig));
    k.rsa_e = key.rsa_e;
    k.rsa_n = (span){NULL, 0};
    assert_false(passes(e, &k, msg, sig));
    for (size_t n = 0; n < sig.n; n++) /* no length but the modulus's */
        assert_false(passes(e, &key, msg, (span){sig.p, n}));
    uint8_t longer[SIG_MAX + 1] = {0};
    memcpy(longer + 1, sig.p, sig.n);
    assert_false(passes(e, &key, msg, (span){longer, sig.n + 1}));
    memcpy(longer, sig.p, sig.n);
    assert_false(passes(e, &key, msg, (span){longer, sig.n + 1}));
}

static void vary_pss_parameters(const struct expected *e, struct pubkey key, span msg, span sig)
{
    key.type = KEY_RSA_PSS;
    assert_true(passes(e, &key, msg, sig));
    key.pss_hash = HASH_SHA256;
    key.pss_salt = 20;
    assert_true(passes(e, &key, msg, sig));
    key.pss_salt = 33; /* more than the salts that we accept */
    assert_false(passes(e, &key, msg, sig));
    key.pss_salt = 0;
    key.pss_hash = HASH_SHA384;
    assert_false(passes(e, &key, msg, sig));
}

static void vary_point(const struct expected *e, struct pubkey key, span msg, span sig)
{
    uint8_t point[65];
    assert_int_equal(key.point.n, sizeof point);
    memcpy(point, key.point.p, sizeof point);
    key.point.p = point;
    point[64] ^= 1; /* off the curve: bug class 100 */
    assert_false(passes(e, &key, msg, sig));
    point[64] ^= 1;
    assert_true(passes(e, &key, msg, sig));
    for (size_t n = 0; n < sizeof point; n++)
        assert_false(
            passes(e, &(struct pubkey){.type = KEY_EC_P256, .point = {point, n}}, msg, sig));
    uint8_t even = (uint8_t)(point[64] & 1);
    point[0] = (uint8_t)(2 | even); /* compressed, hybrid */
    assert_false(passes(e, &(struct pubkey){.type = KEY_EC_P256, .point = {point, 33}}, msg, sig));
    point[0] = (uint8_t)(6 | even);
    assert_false(passes(e, &key, msg, sig));
    point[0] = 4;
    for (enum key_type type = KEY_NONE; type <= KEY_ED25519; type++)
        for (enum sig_alg alg = SIG_NONE; alg <= SIG_ED25519; alg++)
            for (enum hash_id hash = HASH_NONE; hash <= HASH_SHA512; hash++) {
                key.type = type;
                bool same = alg == e->alg && hash == e->hash && type == KEY_EC_P256;
                assert_int_equal(sig_verify(crypto, alg, hash, &key, msg, sig),
                                 same ? SIG_GOOD : SIG_BAD);
            }
}

static void keys_and_algorithms_belong_together(void **state)
{
    (void)state;
    static const struct expected pkcs1 = {SIG_RSA_PKCS1, HASH_SHA256, {.type = KEY_RSA}};
    static const struct expected pss = {SIG_RSA_PSS, HASH_SHA256, {.type = KEY_RSA}};
    static const struct expected ecdsa = {SIG_ECDSA, HASH_SHA256, {.type = KEY_EC_P256}};
    wy_run("rsa_signature_2048_sha256_test.json", first_valid, &(struct varied){&pkcs1, vary_rsa});
    wy_run("rsa_pss_2048_sha256_mgf1_32_test.json", first_valid, &(struct varied){&pss, vary_rsa});
    wy_run("rsa_pss_2048_sha256_mgf1_32_test.json", first_valid,
           &(struct varied){&pss, vary_pss_parameters});
    wy_run("ecdsa_secp256r1_sha256_test.json", first_valid, &(struct varied){&ecdsa, vary_point});
}

static void key_bits_are_counted(void **state)
{
    (void)state;
    static const uint8_t n[] = {0x01, 0, 0};
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_RSA, .rsa_n = {n, 3}}), 17);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_RSA_PSS, .rsa_n = {n, 1}}), 1);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_RSA}), 0);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_EC_P256}), 256);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_EC_P384}), 384);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_EC_P521}), 521);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_ED25519}), 256);
    assert_int_equal(key_bits(&(struct pubkey){.type = KEY_NONE}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof_ecdsa),
        cmocka_unit_test(wycheproof_ed25519),
        cmocka_unit_test(wycheproof_rsa_pkcs1),
        cmocka_unit_test(wycheproof_rsa_pss),
        cmocka_unit_test(keys_and_algorithms_belong_together),
        cmocka_unit_test(key_bits_are_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
