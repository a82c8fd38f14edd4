/* Key agreement: Wycheproof through kem_generate and kem_decap; bad shares (bug classes 99,
 * 100). */
#include "crypto/crypto.h"
#include "wire/der.h"
#include "wycheproof.h"

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

/* agree imports a private key as the (first candidate of the) seed and completes an agreement. */
static enum kem_result agree(enum kem_id id, span private, span share, struct secret *out)
{
    uint8_t seed[KEM_SEED_MAX] = {0}, mine[KEM_SHARE_MAX];
    size_t field = id == KEM_X25519 || id == KEM_P256 ? 32 : 48;
    while (private.n > field && private.p[0] == 0)
    private = (span){private.p + 1, private.n - 1};
    assert_true(private.n <= field);
    memcpy(seed + field - private.n, private.p, private.n);
    struct kem_key *key = kem_generate(crypto, id, seed, mine);
    assert_non_null(key);
    enum kem_result result = kem_decap(key, out, share);
    kem_free(key);
    return result;
}

static bool x25519_case(const struct wy_case *wy, const void *user)
{
    (void)user;
    struct secret out;
    span shared = wy_hex(wy->test, "shared");
    enum kem_result result =
        agree(KEM_X25519, wy_hex(wy->test, "private"), wy_hex(wy->test, "public"), &out);
    if (wy_flag(wy, "ZeroSharedSecret"))
        wy_check(wy, result == KEM_BAD_SHARE && out.n == 0);
    else
        wy_check(wy, result == KEM_OK && span_eq(secret_span(&out), shared));
    return true;
}

static void wycheproof_x25519(void **state)
{
    (void)state;
    assert_int_equal(wy_run("x25519_test.json", x25519_case, NULL), 518);
}

/* spki_point: the point of a SubjectPublicKeyInfo that is DER. The others do not concern a KEM. */
static bool spki_point(span spki, span *point)
{
    rd in = rd_of(spki), body;
    span algorithm;
    return der_enter(&in, DER_SEQUENCE, &body) && rd_end(&in)
           && der_get(&body, DER_SEQUENCE, &algorithm) && der_bit_bytes(&body, point)
           && rd_end(&body);
}

static bool ecdh_case(const struct wy_case *wy, const void *user)
{
    enum kem_id id = *(const enum kem_id *)user;
    span point, shared = wy_hex(wy->test, "shared");
    bool about_asn1 = wy_flag(wy, "InvalidAsn") || wy_flag(wy, "UnnamedCurve");
    if (about_asn1 || !spki_point(wy_hex(wy->test, "public"), &point))
        return false;
    struct secret out;
    enum kem_result result = agree(id, wy_hex(wy->test, "private"), point, &out);
    if (wy->valid)
        wy_check(wy, result == KEM_OK && span_eq(secret_span(&out), shared));
    else /* also those that are acceptable: compressed points */
        wy_check(wy, result == KEM_BAD_SHARE && out.n == 0);
    return true;
}

static void wycheproof_ecdh(void **state)
{
    (void)state;
    static const enum kem_id p256 = KEM_P256, p384 = KEM_P384;
    assert_in_range(wy_run("ecdh_secp256r1_test.json", ecdh_case, &p256), 360, 390);
    assert_in_range(wy_run("ecdh_secp384r1_test.json", ecdh_case, &p384), 790, 820);
}

static void both_sides_agree(void **state)
{
    (void)state;
    for (enum kem_id id = KEM_X25519; id <= KEM_P384; id++) {
        uint8_t mine[KEM_SEED_MAX], theirs[KEM_SEED_MAX];
        uint8_t share[KEM_SHARE_MAX], again[KEM_SHARE_MAX], cipher[KEM_SHARE_MAX];
        struct secret a, b;
        assert_true(kem_seed_len(id) <= KEM_SEED_MAX && kem_share_len(id) <= KEM_SHARE_MAX);
        assert_true(crypto_random(crypto, mine, sizeof mine));
        assert_true(crypto_random(crypto, theirs, sizeof theirs));
        struct kem_key *key = kem_generate(crypto, id, mine, share);
        struct kem_key *twin = kem_generate(crypto, id, mine, again);
        assert_true(key && twin);
        assert_memory_equal(share, again, kem_share_len(id));
        span s = {share, kem_share_len(id)};
        assert_int_equal(kem_encap(crypto, id, theirs, s, cipher, &b), KEM_OK);
        assert_int_equal(kem_decap(key, &a, (span){cipher, kem_cipher_len(id)}), KEM_OK);
        assert_true(span_eq(secret_span(&a), secret_span(&b)));
        kem_free(key);
        kem_free(twin);
    }
}

/* A good share of each kind, cut, extended, or said to be something else. */
static void malformed_shares_are_refused(void **state)
{
    (void)state;
    static const uint8_t forms[] = {0, 2, 3, 5, 6, 7};
    uint8_t seed[KEM_SEED_MAX] = {0, 1, 2, 3}, mine[KEM_SHARE_MAX], cipher[KEM_SHARE_MAX];
    struct secret out;
    for (enum kem_id id = KEM_X25519; id <= KEM_P384; id++) {
        struct kem_key *key = kem_generate(crypto, id, seed, mine);
        assert_non_null(key);
        for (size_t n = 0; n <= KEM_SHARE_MAX + 1; n++) {
            uint8_t *share = calloc(1, n ? n : 1);
            assert_non_null(share);
            memcpy(share, mine, n < kem_share_len(id) ? n : kem_share_len(id));
            enum kem_result expected = n == kem_share_len(id) ? KEM_OK : KEM_BAD_SHARE;
            assert_int_equal(kem_decap(key, &out, (span){share, n}), expected);
            assert_int_equal(kem_encap(crypto, id, seed, (span){share, n}, cipher, &out), expected);
            free(share);
        }
        for (size_t i = 0; id != KEM_X25519 && i < sizeof forms; i++) {
            mine[0] = forms[i];
            span share = {mine, kem_share_len(id)};
            assert_int_equal(kem_decap(key, &out, share), KEM_BAD_SHARE);
            assert_int_equal(kem_decap(key, &out, (span){mine, 1 + share.n / 2}), KEM_BAD_SHARE);
            assert_int_equal(out.n, 0);
        }
        kem_free(key);
    }
}

/* A coordinate that is not below p is no encoding of the point that it is congruent to. */
static void coordinates_are_reduced(void **state)
{
    (void)state;
    uint8_t share[65] = {4}, seed[64] = {0, 1};
    uint8_t mine[65];
    struct secret out;
    struct kem_key *key = kem_generate(crypto, KEM_P256, seed, mine);
    memset(share + 1, 0xff, 64);
    assert_int_equal(kem_decap(key, &out, (span){share, sizeof share}), KEM_BAD_SHARE);
    kem_free(key);
}

/* order - 1 and 1 are scalars, order and 0 are none; P-256 has a second candidate. */
static void scalars_are_taken_from_one_to_order(void **state)
{
    (void)state;
    static const uint8_t order256[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                         0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    uint8_t seed[64] = {0}, first[65], second[65], ones[48];
    assert_null(kem_generate(crypto, KEM_P256, seed, first));
    memcpy(seed, order256, 32);
    memcpy(seed + 32, order256, 32);
    assert_null(kem_generate(crypto, KEM_P256, seed, first));
    seed[31]--;
    struct kem_key *key = kem_generate(crypto, KEM_P256, seed, first);
    assert_non_null(key);
    kem_free(key);
    seed[31]++;
    seed[63]--;
    key = kem_generate(crypto, KEM_P256, seed, second); /* the same scalar, now the second */
    assert_non_null(key);
    assert_memory_equal(first, second, 65);
    kem_free(key);
    seed[0] = 0; /* both are valid: the first one counts */
    key = kem_generate(crypto, KEM_P256, seed, second);
    assert_non_null(key);
    assert_memory_not_equal(first, second, 65);
    kem_free(key);
    memset(ones, 0xff, sizeof ones);
    uint8_t share[97];
    assert_null(kem_generate(crypto, KEM_P384, ones, share));
    assert_null(kem_generate(crypto, KEM_P384, (const uint8_t[48]){0}, share));
    assert_null(kem_generate(crypto, KEM_NONE, ones, share));
    kem_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof_x25519),
        cmocka_unit_test(wycheproof_ecdh),
        cmocka_unit_test(both_sides_agree),
        cmocka_unit_test(malformed_shares_are_refused),
        cmocka_unit_test(coordinates_are_reduced),
        cmocka_unit_test(scalars_are_taken_from_one_to_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
