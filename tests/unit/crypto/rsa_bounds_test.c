/* RSA keys of every size, with signatures that are right, so that only our bounds can refuse them
 * (bug class 107); and signatures that are e-th roots of something like the right thing (bug
 * class 17).
 *
 * Nobody can make a key of 16384 bits while a test waits, but a modulus need not be hard to
 * factor to be a modulus: modulo p^k * q^j a number that is 1 modulo pq has an order that
 * divides p^(k-1) * q^(j-1), so an e-th root is one inverse away for every e that pq does not
 * share a factor with, even ones included. p and q are 5 and 7, so that e may be 3. */
#include "crypto/crypto.h"
#include "hex.h"

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

enum { P = 5, Q = 7 };

/* modulus makes n of exactly so many bits, and the order that the roots are taken in. */
static void modulus(BIGNUM *n, BIGNUM *order, int bits)
{
    for (int j = 1; j < 20; j++) {
        int k = 1;
        BN_one(n);
        power(n, P, k);
        power(n, Q, j);
        for (; BN_num_bits(n) < bits; k++)
            BN_mul_word(n, P);
        if (BN_num_bits(n) != bits)
            continue;
        BN_one(order);
        power(order, P, k - 1);
        power(order, Q, j - 1);
        return;
    }
    fail_msg("no modulus of %d bits", bits);
}

/* struct encoding is what is made of a message before the root is taken: 0, the block type,
 * padding, 0, what stands before the digest, some of the digest, what stands behind. */
struct encoding {
    const char *what;
    uint8_t type, pad;
    size_t padding; /* bytes; 0: as many as fill it */
    const char *before;
    size_t digest;
    const char *behind;
    size_t garbage; /* bytes at the end */
};

#define SHA256 "0609608648016503040201"
#define INFO "3031300d" SHA256 "05000420"

/* EMSA-PKCS1-v1_5 (RFC 8017 9.2) */
static const struct encoding usual = {"as it should be", 1, 0xff, 0, INFO, 32, "", 0};

/* encode writes an encoding of a message of one number. */
static void encode(const struct encoding *e, uint8_t *em, size_t n, uint32_t message)
{
    uint8_t digest[32], before[64], behind[64];
    size_t n_before = hex_bytes(e->before, before, sizeof before);
    size_t n_behind = hex_bytes(e->behind, behind, sizeof behind);
    size_t rest = n_before + e->digest + n_behind + e->garbage;
    size_t padding = e->padding ? e->padding : n - 3 - rest;
    hash_once(HASH_SHA256, (span){(const uint8_t *)&message, sizeof message}, digest);
    assert_true(3 + padding + rest == n);
    memset(em, 0, n);
    em[1] = e->type;
    memset(em + 2, e->pad, padding);
    uint8_t *p = em + 3 + padding;
    memcpy(p, before, n_before);
    memcpy(p + n_before, digest, e->digest);
    memcpy(p + n_before + e->digest, behind, n_behind);
    memset(em + n - e->garbage, 0xa5, e->garbage);
}

/* root_verifies: does the e-th root of this encoding verify, with a key of this size? */
static bool root_verifies(const struct encoding *encoding, int bits, const char *exponent)
{
    static uint8_t mod[BYTES_MAX], em[BYTES_MAX], sig[BYTES_MAX], exp[BYTES_MAX];
    BIGNUM *n = BN_new(), *order = BN_new(), *e = NULL, *d = BN_new(), *m = BN_new();
    size_t len = (size_t)(bits + 7) / 8;
    uint32_t message = 0;
    assert_true(n && order && d && m && BN_hex2bn(&e, exponent));
    modulus(n, order, bits);
    do {
        encode(encoding, em, len, ++message);
        BN_bin2bn(em, (int)len, m);
    } while (BN_mod_word(m, P * Q) != 1);
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

static bool verifies(int bits, const char *exponent)
{
    return root_verifies(&usual, bits, exponent);
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
    assert_true(verifies(2048, "03"));
    assert_true(verifies(2048, "FFFFFFFD"));
    assert_false(verifies(2048, "01"));
    assert_false(verifies(2048, "02"));
    assert_false(verifies(2048, "010006"));
    assert_false(verifies(2048, "0100000005"));
    char huge[512 + 1];
    memset(huge, 'F', sizeof huge - 1);
    huge[511] = 'D';
    huge[512] = 0;
    assert_false(verifies(2048, huge));
}

/* Each of them once passed for a signature somewhere, because the decrypted block was parsed. With
 * e = 3 and room for garbage, whoever can count takes the root without a key. */
static const struct encoding forgeries[] = {
    {"garbage behind a short padding", 1, 0xff, 8, INFO, 32, "", 256 - 3 - 8 - 51},
    {"garbage behind the digest", 1, 0xff, 0, INFO, 32, "", 1},
    {"garbage in the parameters", 1, 0xff, 0,
     "3041301d" SHA256 "0410a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a50420", 32, "", 0},
    {"no parameters", 1, 0xff, 0, "302f300b" SHA256 "0420", 32, "", 0},
    {"a length of two bytes", 1, 0xff, 0, "308131300d" SHA256 "05000420", 32, "", 0},
    {"a length of five bytes", 1, 0xff, 0, "308400000031300d" SHA256 "05000420", 32, "", 0},
    {"a digest's length of two bytes", 1, 0xff, 0, "3032300d" SHA256 "0500048120", 32, "", 0},
    {"an indefinite length", 1, 0xff, 0, "3080300d" SHA256 "05000420", 32, "0000", 0},
    {"half a digest", 1, 0xff, 0, "3021300d" SHA256 "05000410", 16, "", 0},
    {"one byte of a digest", 1, 0xff, 0, "3012300d" SHA256 "05000401", 1, "", 0},
    {"the digest alone", 1, 0xff, 0, "", 32, "", 0},
    {"another hash's name", 1, 0xff, 0, "3031300d060960864801650304020205000420", 32, "", 0},
    {"SHA-1's name", 1, 0xff, 0, "3029300906052b0e03021a05000420", 32, "", 0},
    {"no padding", 1, 0xff, 0, INFO, 32, "", 256 - 3 - 51},
    {"zeros as padding", 1, 0x00, 0, INFO, 32, "", 0},
    {"padding that is not ff", 1, 0xfe, 0, INFO, 32, "", 0},
    {"block type 0", 0, 0xff, 0, INFO, 32, "", 0},
    {"block type 2", 2, 0xff, 0, INFO, 32, "", 0},
};

static void what_only_looks_right_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++)
        if (root_verifies(&forgeries[i], 2048, "03"))
            fail_msg("%s was accepted", forgeries[i].what);
    assert_true(root_verifies(&usual, 2048, "03"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moduli_have_2048_to_8192_bits),
        cmocka_unit_test(what_only_looks_right_is_refused),
        cmocka_unit_test(exponents_are_odd_and_between_3_and_2_to_the_32),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
