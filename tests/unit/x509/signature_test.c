/* Signatures of certificates: Wycheproof's, asked as a path asks them, and signatures of numbers
 * that none has, in a whole path (bug classes 16, 17). */
#include "x509/check.h"

#include "certs.h"
#include "crypto/env.h"
#include "psychic.h"
#include "wycheproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/x509.h>

/* ---- Wycheproof ------------------------------------------------------------------------------ */

struct expected {
    enum sig_alg alg;
    enum hash_id hash;
    enum key_type key;
};

static struct pubkey key_of(const struct wy_case *wy, enum key_type type)
{
    const json_t *public = json_object_get(wy->group, "publicKey");
    struct pubkey key = {.type = type};
    if (key_is_rsa(type)) {
        key.rsa_n = wy_number(public, "modulus");
        key.rsa_e = wy_number(public, "publicExponent");
    } else {
        key.point = wy_hex(public, type == KEY_ED25519 ? "pk" : "uncompressed");
    }
    return key;
}

static bool as_in_a_path(const struct wy_case *wy, const void *user)
{
    const struct expected *e = user;
    uint16_t ids[32];
    struct cert issuer = {.key = key_of(wy, e->key)};
    struct cert cert = {.tbs = wy_hex(wy->test, "msg"),
                        .sig = wy_hex(wy->test, "sig"),
                        .sig_alg = e->alg,
                        .sig_hash = e->hash};
    struct path path = {.n = 2, .certs = {&cert, &issuer}};
    struct verify v = {.crypto = test_env()->crypto, .schemes = ids};
    struct err err = {0};
    for (; v.n_schemes < n_schemes; v.n_schemes++)
        ids[v.n_schemes] = schemes[v.n_schemes].id;
    bool good = check_signature(&v, &path, &err);
    /* libcrypto cannot tell a sum at infinity, which a key's owner can make, from a failure. */
    wy_check(wy, good == wy->valid);
    wy_check(wy, good || err.reason == R_CERT_BAD_SIGNATURE || err.reason == R_CRYPTO_FAILED);
    return true;
}

static void wycheproof_in_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        struct expected e;
        size_t n;
    } rows[] = {
        {"ecdsa_secp256r1_sha256_test.json", {SIG_ECDSA, HASH_SHA256, KEY_EC_P256}, 484},
        {"ecdsa_secp384r1_sha384_test.json", {SIG_ECDSA, HASH_SHA384, KEY_EC_P384}, 504},
        {"ecdsa_secp521r1_sha512_test.json", {SIG_ECDSA, HASH_SHA512, KEY_EC_P521}, 542},
        {"ed25519_test.json", {SIG_ED25519, HASH_NONE, KEY_ED25519}, 151},
        {"rsa_signature_2048_sha256_test.json", {SIG_RSA_PKCS1, HASH_SHA256, KEY_RSA}, 259},
        {"rsa_pss_2048_sha256_mgf1_32_test.json", {SIG_RSA_PSS, HASH_SHA256, KEY_RSA}, 108},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(wy_run(rows[i].file, as_in_a_path, &rows[i].e), rows[i].n);
}

/* ---- numbers out of range -------------------------------------------------------------------- */

/* resigned is a certificate with another signature, as PEM. */
static const char *resigned(const struct test_cert *cert, span sig)
{
    const ASN1_BIT_STRING *bits;
    uint8_t *der = NULL;
    span from = test_cert_der(cert);
    X509 *x = d2i_X509(NULL, &from.p, (long)from.n);
    assert_non_null(x);
    X509_get0_signature(&bits, NULL, x);
    assert_true(ASN1_STRING_set((ASN1_BIT_STRING *)(uintptr_t)bits, sig.p, (int)sig.n));
    int n = i2d_X509(x, &der);
    assert_true(n > 0);
    const char *pem = test_pem_wrap((span){der, (size_t)n});
    OPENSSL_free(der);
    X509_free(x);
    return pem;
}

static void no_path_has_numbers_out_of_range(void **state)
{
    (void)state;
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512"};
    for (enum made_key key = MADE_P256; key <= MADE_P521; key++) {
        struct test_cert_spec spec = {.cn = "root", .key = key, .ca = true};
        const struct test_cert *root = test_cert(spec, NULL);
        spec = (struct test_cert_spec){
            .cn = "leaf", .san = "DNS:a.test", .digest = digests[key - MADE_P256]};
        const struct test_cert *leaf = test_cert(spec, root);
        struct test_verify v = {.anchors = test_chain_pem(&root, 1),
                                .chain = test_chain_pem(&leaf, 1)};
        assert_verdict(test_verify(v), R_NONE, 0);
        for (size_t i = 0; i < PSYCHICS; i++) {
            uint8_t sig[PSYCHIC_MAX];
            v.chain = resigned(leaf, (span){sig, psychic(key, i, sig)});
            assert_verdict(test_verify(v), R_CERT_BAD_SIGNATURE, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof_in_a_path),
        cmocka_unit_test(no_path_has_numbers_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
