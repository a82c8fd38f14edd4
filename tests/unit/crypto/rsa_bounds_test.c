/* RSA keys of every size, with signatures that are right, so that only our bounds can refuse them
 * (bug class 107).
 *
 * Nobody can make a key of 16384 bits while a test waits, but a modulus need not be hard to
 * factor to be a modulus: modulo 3^k * 5^j a number that is 1 modulo 15 has an order that
 * divides 3^(k-1) * 5^(j-1), so an e-th root is one inverse away for every e that 15 does not
 * share a factor with, even ones included. */
#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bn.h>

enum { BYTES_MAX = 2048 };

static struct hooks hooks;
static struct crypto *crypto;
static BN_CTX *bn;

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    bn = BN_CTX_new();
    return crypto && bn ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    BN_CTX_free(bn);
    return 0;
}

/* power multiplies out by base^n. */
static void power(BIGNUM *out, BN_ULONG base, int n)
{
    while (n-- > 0)
        assert_int_equal(BN_mul_word(out, base), 1);
}

/* modulus makes n of exactly so many bits, and the order that the roots are taken in. */
static void modulus(BIGNUM *n, BIGNUM *order, int bits)
{
    for (int j = 1; j < 20; j++) {
        int k = 1;
        BN_one(n);
        power(n, 3, k);
        power(n, 5, j);
        for (; BN_num_bits(n) < bits; k++)
            BN_mul_word(n, 3);
        if (BN_num_bits(n) != bits)
            continue;
        BN_one(order);
        power(order, 3, k - 1);
        power(order, 5, j - 1);
        return;
    }
    fail_msg("no modulus of %d bits", bits);
}

/* encode writes EMSA-PKCS1-v1_5 (RFC 8017 9.2) of a message of one number. */
static void encode(uint8_t *em, size_t n, uint32_t message)
{
    static const uint8_t info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    memset(em, 0xff, n);
    em[0] = 0;
    em[1] = 1;
    em[n - 32 - sizeof info - 1] = 0;
    memcpy(em + n - 32 - sizeof info, info, sizeof info);
    hash_once(HASH_SHA256, (span){(const uint8_t *)&message, sizeof message}, em + n - 32);
}

/* verifies: does a right signature of a key of this size with this exponent verify? */
static bool verifies(int bits, const char *exponent)
{
    static uint8_t mod[BYTES_MAX], em[BYTES_MAX], sig[BYTES_MAX], exp[BYTES_MAX];
    BIGNUM *n = BN_new(), *order = BN_new(), *e = NULL, *d = BN_new(), *m = BN_new();
    size_t len = (size_t)(bits + 7) / 8;
    uint32_t message = 0;
    assert_true(n && order && d && m && BN_hex2bn(&e, exponent));
    modulus(n, order, bits);
    do {
        encode(em, len, ++message);
        BN_bin2bn(em, (int)len, m);
    } while (BN_mod_word(m, 15) != 1);
    assert_non_null(BN_mod_inverse(d, e, order, bn));
    assert_int_equal(BN_mod_exp(m, m, d, n, bn), 1);
    assert_int_equal(BN_bn2binpad(m, sig, (int)len), len);
    assert_int_equal(BN_bn2bin(n, mod), len);
    struct pubkey key = {
        .type = KEY_RSA, .rsa_n = {mod, len}, .rsa_e = {exp, (size_t)BN_bn2bin(e, exp)}};
    assert_int_equal(key_bits(&key), bits);
    span msg = {(const uint8_t *)&message, sizeof message};
    bool ok =
        sig_verify(crypto, SIG_RSA_PKCS1, HASH_SHA256, &key, msg, (span){sig, len}) == SIG_GOOD;
    BN_free(n);
    BN_free(order);
    BN_free(e);
    BN_free(d);
    BN_free(m);
    return ok;
}

static void moduli_have_2048_to_8192_bits(void **state)
{
    (void)state;
    static const int right[] = {2048, 2049, 2055, 2056, 3072, 4096, 8191, 8192};
    static const int wrong[] = {512, 1024, 2040, 2047, 8193, 8200, 16384};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        if (!verifies(right[i], "010001"))
            fail_msg("%d bits were refused", right[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (verifies(wrong[i], "010001"))
            fail_msg("%d bits were accepted", wrong[i]);
}

static void exponents_are_odd_and_between_3_and_2_to_the_32(void **state)
{
    (void)state;
    assert_true(verifies(2048, "07"));
    assert_true(verifies(2048, "FFFFFFFD"));
    assert_false(verifies(2048, "01"));
    assert_false(verifies(2048, "02"));
    assert_false(verifies(2048, "010006"));
    assert_false(verifies(2048, "0100000003"));
    char huge[512 + 1];
    memset(huge, 'F', sizeof huge - 1);
    huge[511] = 'D';
    huge[512] = 0;
    assert_false(verifies(2048, huge));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moduli_have_2048_to_8192_bits),
        cmocka_unit_test(exponents_are_odd_and_between_3_and_2_to_the_32),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
