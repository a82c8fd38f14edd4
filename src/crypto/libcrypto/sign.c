/* sign.c: private keys at work.
 *
 * ECDSA goes through ECDSA_sign over a kept EC_KEY: P-256 takes 23.5 us that way and 28 through
 * EVP_DigestSign. (OpenSSL 3.0.22, one core.) Its nonces are libcrypto's (bug class 101).
 *
 * Invariant: nothing here writes to struct sign_key, so that threads share it; an RSA signature
 * leaves this file only if the public key says that it is right (bug class 102). */
#include "crypto/libcrypto/key.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

static bool sign_ecdsa(EC_KEY *ec, span digest, uint8_t *out, size_t *n)
{
    unsigned len = 0;
    bool ok = ECDSA_sign(0, digest.p, (int)digest.n, out, &len, ec) == 1;
    *n = len;
    return ok && len <= SIG_MAX; /* without memory to encode, it says 1 and a length of -1 */
}

static bool sign_ed25519(const struct sign_key *key, span msg, uint8_t *out, size_t *n)
{
    const uint8_t *p = msg.n ? msg.p : (const uint8_t *)"";
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    *n = ED25519_SIG_LEN;
    bool ok =
        ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, key->crypto->lib, NULL, key->pkey, NULL) == 1
        && EVP_DigestSign(ctx, out, n, p, msg.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool rsa_padding(EVP_PKEY_CTX *ctx, enum sig_alg alg, const EVP_MD *md)
{
    if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
        return false;
    if (alg == SIG_RSA_PKCS1)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1
           && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
}

static bool sign_rsa(const struct sign_key *key, enum sig_alg alg, enum hash_id hash, span digest,
                     uint8_t *out, size_t *n)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(key->crypto->lib, key->pkey, NULL);
    *n = SIG_MAX;
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1
              && rsa_padding(ctx, alg, key->crypto->digests[hash])
              && EVP_PKEY_sign(ctx, out, n, digest.p, digest.n) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
          size_t *n)
{
    if (!sig_fits(alg, hash, &key->pub))
        return false;
    uint8_t digest[HASH_MAX] = {0};
    span hashed = {digest, hash_len(hash)};
    hash_once(hash, msg, digest);
    bool ok;
    ERR_set_mark();
    if (alg == SIG_ECDSA)
        ok = sign_ecdsa(key->ec, hashed, out, n);
    else if (alg == SIG_ED25519)
        ok = sign_ed25519(key, msg, out, n);
    else
        ok = sign_rsa(key, alg, hash, hashed, out, n)
             && sig_verify(key->crypto, alg, hash, &key->pub, msg, (span){out, *n}) == SIG_GOOD;
    ERR_pop_to_mark();
    if (!ok) {
        wipe(out, SIG_MAX); /* what a fault made of it may tell the key */
        *n = 0;
    }
    return ok;
}

const struct pubkey *sign_key_public(const struct sign_key *key)
{
    return &key->pub;
}

void sign_key_free(struct sign_key *key)
{
    if (!key)
        return;
    const struct hooks *hooks = key->crypto->hooks;
    EVP_PKEY_free(key->pkey);
    EC_KEY_free(key->ec);
    mem_free(hooks, key->pub_bytes, key->pub_size);
    mem_free(hooks, key, sizeof *key);
}
