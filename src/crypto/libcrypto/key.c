/* key.c: public keys as plain spans, and whether a signature is theirs.
 *
 * Every bound on a key is checked on its bytes, before libcrypto does arithmetic with them (bug
 * classes 107, 119): sizes of RSA numbers, the shape of a point, the length of a signature. Curves
 * are known by name alone.
 *
 * ECDSA and RSA go through the low-level calls: ECDSA P-256 verifies in 74 us by ECDSA_do_verify,
 * 78 by EVP_DigestVerify, and neither needs an EVP_PKEY made by a decoder first. (OpenSSL 3.0.22,
 * one core.)
 *
 * Invariant: SIG_GOOD is said only where libcrypto's verification said 1, and SIG_BAD only of
 * what key, message and signature decide. */
#include "crypto/libcrypto/key.h"
#include "wire/der.h"

#include <openssl/ecdsa.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

static size_t bits_of(span magnitude)
{
    if (!magnitude.n)
        return 0;
    size_t top = 0;
    for (unsigned v = magnitude.p[0]; v; v >>= 1)
        top++;
    return (magnitude.n - 1) * 8 + top;
}

size_t key_bits(const struct pubkey *key)
{
    switch (key->type) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        return bits_of(key->rsa_n);
    case KEY_EC_P256:
    case KEY_ED25519:
        return 256;
    case KEY_EC_P384:
        return 384;
    case KEY_EC_P521:
        return 521;
    case KEY_NONE:
        break;
    }
    return 0;
}

/* strict_magnitude: not zero, and no leading zeros, so that its length is its size. */
static bool strict_magnitude(span s)
{
    return s.n && s.p[0];
}

bool rsa_acceptable(span n, span e)
{
    if (!strict_magnitude(n) || !strict_magnitude(e))
        return false;
    size_t bits = bits_of(n);
    bool odd = (n.p[n.n - 1] & 1) && (e.p[e.n - 1] & 1);
    bool one = e.n == 1 && e.p[0] == 1;
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && e.n <= RSA_E_BYTES_MAX && odd && !one;
}

RSA *rsa_public(span n, span e)
{
    RSA *rsa = RSA_new();
    BIGNUM *bn_n = BN_bin2bn(n.p, (int)n.n, NULL);
    BIGNUM *bn_e = BN_bin2bn(e.p, (int)e.n, NULL);
    if (rsa && bn_n && bn_e && RSA_set0_key(rsa, bn_n, bn_e, NULL) == 1)
        return rsa;
    BN_free(bn_n);
    BN_free(bn_e);
    RSA_free(rsa);
    return NULL;
}

/* rsa_verdict: what a call that did not say 1 means. libcrypto names what it finds wrong with a
 * signature by a reason of its RSA part; everything else that it may say is its own trouble. */
static enum sig_result rsa_verdict(bool ok)
{
    unsigned long e = ERR_peek_last_error();
    if (ok)
        return SIG_GOOD;
    return ERR_GET_LIB(e) == ERR_LIB_RSA && !ERR_COMMON_ERROR(e) ? SIG_BAD : SIG_FAILED;
}

/* RSA_verify compares the whole padded DigestInfo with the one it makes itself: nothing of the
 * signature is parsed, so there is nothing to forge in (bug class 17). */
static bool pkcs1_matches(RSA *rsa, enum hash_id hash, const uint8_t *digest, span sig)
{
    static const int nids[] = {
        [HASH_SHA256] = NID_sha256, [HASH_SHA384] = NID_sha384, [HASH_SHA512] = NID_sha512};
    return RSA_verify(nids[hash], digest, (unsigned)hash_len(hash), sig.p, (unsigned)sig.n, rsa)
           == 1;
}

static bool pss_matches(const struct crypto *crypto, RSA *rsa, enum hash_id hash,
                        const uint8_t *digest, span sig)
{
    const EVP_MD *md = crypto->digests[hash];
    uint8_t em[RSA_BITS_MAX / 8];
    return RSA_public_decrypt((int)sig.n, sig.p, em, rsa, RSA_NO_PADDING) == (int)sig.n
           && RSA_verify_PKCS1_PSS_mgf1(rsa, digest, md, md, em, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* pss_allowed: what a key of type RSASSA-PSS demands of its signatures (RFC 4055 3.1). */
static bool pss_allowed(const struct pubkey *key, enum hash_id hash)
{
    return (key->pss_hash == HASH_NONE || key->pss_hash == hash) && key->pss_salt <= hash_len(hash);
}

static enum sig_result verify_rsa(const struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                                  const struct pubkey *key, const uint8_t *digest, span sig)
{
    if (!rsa_acceptable(key->rsa_n, key->rsa_e) || sig.n != key->rsa_n.n)
        return SIG_BAD;
    RSA *rsa = rsa_public(key->rsa_n, key->rsa_e);
    if (!rsa)
        return SIG_FAILED;
    bool ok = alg == SIG_RSA_PSS ? pss_matches(crypto, rsa, hash, digest, sig)
                                 : pkcs1_matches(rsa, hash, digest, sig);
    enum sig_result result = rsa_verdict(ok);
    RSA_free(rsa);
    return result;
}

static enum point_result ec_public(const struct crypto *crypto, const struct curve *curve,
                                   EC_KEY **out, span point)
{
    BN_CTX *bn = BN_CTX_new_ex(crypto->lib);
    EC_POINT *q = EC_POINT_new(curve->group);
    EC_KEY *key = EC_KEY_new_ex(crypto->lib, NULL);
    enum point_result result = POINT_FAILED;
    if (bn && q && key && EC_KEY_set_group(key, curve->group) == 1)
        result = point_load(curve, q, point, bn);
    if (result == POINT_GOOD && EC_KEY_set_public_key(key, q) != 1)
        result = POINT_FAILED;
    EC_POINT_free(q);
    BN_CTX_free(bn);
    if (result == POINT_GOOD)
        *out = key;
    else
        EC_KEY_free(key);
    return result;
}

/* ec_numbers reads ECDSA-Sig-Value (RFC 3279 2.2.3) in the one encoding that DER allows. */
static bool ec_numbers(const struct curve *curve, span *r, span *s, span sig)
{
    rd in = rd_of(sig), body;
    return der_enter(&in, DER_SEQUENCE, &body) && rd_end(&in) && der_unsigned(&body, r)
           && der_unsigned(&body, s) && rd_end(&body) && r->n <= curve->field
           && s->n <= curve->field;
}

static ECDSA_SIG *ec_signature(span r, span s)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *bn_r = BN_bin2bn(r.p, (int)r.n, NULL);
    BIGNUM *bn_s = BN_bin2bn(s.p, (int)s.n, NULL);
    if (pair && bn_r && bn_s && ECDSA_SIG_set0(pair, bn_r, bn_s) == 1)
        return pair;
    BN_free(bn_r);
    BN_free(bn_s);
    ECDSA_SIG_free(pair);
    return NULL;
}

/* ECDSA_do_verify says 0 of a signature that is wrong, and -1 when something failed; of that there
 * is one case that the signer decides, a sum at infinity, which only the key's owner can make. */
static enum sig_result verify_ecdsa(const struct crypto *crypto, const struct curve *curve,
                                    const struct pubkey *key, span digest, span sig)
{
    span r, s;
    EC_KEY *ec = NULL;
    if (!point_shape(curve, key->point) || !ec_numbers(curve, &r, &s, sig))
        return SIG_BAD;
    enum point_result load = ec_public(crypto, curve, &ec, key->point);
    if (load != POINT_GOOD)
        return load == POINT_BAD ? SIG_BAD : SIG_FAILED;
    ECDSA_SIG *pair = ec_signature(r, s);
    int said = pair ? ECDSA_do_verify(digest.p, (int)digest.n, pair, ec) : -1; /* 1 <= r, s < n */
    EC_KEY_free(ec);
    ECDSA_SIG_free(pair);
    return said == 1 ? SIG_GOOD : said == 0 ? SIG_BAD : SIG_FAILED;
}

static bool ed25519_matches(const struct crypto *crypto, EVP_PKEY *pkey, span msg, span sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok =
        ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, crypto->lib, NULL, pkey, NULL) == 1
        && EVP_DigestVerify(ctx, sig.p, sig.n, msg.n ? msg.p : (const uint8_t *)"", msg.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* libcrypto says the same of a wrong signature and of no memory for its hash, so a "no" is asked
 * again, and believed if there is memory. */
static enum sig_result verify_ed25519(const struct crypto *crypto, const struct pubkey *key,
                                      span msg, span sig)
{
    if (key->point.n != ED25519_LEN || sig.n != ED25519_SIG_LEN)
        return SIG_BAD;
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key_ex(crypto->lib, "ED25519", NULL, key->point.p, key->point.n);
    if (!pkey)
        return SIG_FAILED;
    bool ok = ed25519_matches(crypto, pkey, msg, sig);
    if (!ok)
        ok = ed25519_matches(crypto, pkey, msg, sig);
    EVP_PKEY_free(pkey);
    return ok ? SIG_GOOD : memory_left() ? SIG_BAD : SIG_FAILED;
}

bool sig_fits(enum sig_alg alg, enum hash_id hash, const struct pubkey *key)
{
    switch (alg) {
    case SIG_ECDSA:
        return hash != HASH_NONE
               && (key->type == KEY_EC_P256 || key->type == KEY_EC_P384
                   || key->type == KEY_EC_P521);
    case SIG_RSA_PKCS1:
        return hash != HASH_NONE && key->type == KEY_RSA;
    case SIG_RSA_PSS:
        return hash != HASH_NONE
               && (key->type == KEY_RSA || (key->type == KEY_RSA_PSS && pss_allowed(key, hash)));
    case SIG_ED25519:
        return hash == HASH_NONE && key->type == KEY_ED25519;
    case SIG_NONE:
        break;
    }
    return false;
}

enum sig_result sig_verify(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                           const struct pubkey *key, span msg, span sig)
{
    return sig_verify_digested(crypto, alg, hash, key, msg, NULL, sig);
}

enum sig_result sig_verify_digested(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                                    const struct pubkey *key, span msg, const uint8_t *digest,
                                    span sig)
{
    if (!sig_fits(alg, hash, key)) /* bug classes 11, 13 */
        return SIG_BAD;
    uint8_t found[HASH_MAX] = {0};
    if (!digest) {
        hash_once(hash, msg, found);
        digest = found;
    }
    enum sig_result result;
    ERR_set_mark();
    if (alg == SIG_ED25519)
        result = verify_ed25519(crypto, key, msg, sig);
    else if (alg == SIG_ECDSA)
        result = verify_ecdsa(crypto, curve_of_key(crypto, key->type), key,
                              (span){digest, hash_len(hash)}, sig);
    else
        result = verify_rsa(crypto, alg, hash, key, digest, sig);
    ERR_pop_to_mark();
    return result;
}
