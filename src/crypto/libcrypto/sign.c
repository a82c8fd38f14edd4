/* sign.c: private keys at work.
 *
 * ECDSA goes through ECDSA_do_sign over a kept EC_KEY: P-256 takes 23.5 us that way and 28 through
 * EVP_DigestSign. (OpenSSL 3.0.22, one core.) Its nonces are libcrypto's (bug class 101).
 *
 * Invariant: nothing here writes to struct sign_key, so that threads share it; an RSA signature
 * leaves this file only if the public key says that it is right (bug class 102). */
#include "crypto/libcrypto/key.h"
#include "wire/der.h"
#include "wire/wr.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

/* put_number writes a positive INTEGER in DER. */
static void put_number(wr *w, const BIGNUM *number)
{
    uint8_t b[1 + FIELD_MAX] = {0};
    size_t n = (size_t)BN_bn2bin(number, b + 1);
    size_t sign_bit = b[1] >> 7; /* would make it negative */
    wr_u8(w, DER_INTEGER);
    wr_vec(w, 1, (span){b + 1 - sign_bit, n + sign_bit});
}

/* encode writes ECDSA-Sig-Value (RFC 3279 2.2.3). ECDSA_sign would do so itself, but for want of
 * memory it says 1 and a length of 2^32 - 1 (3.0.22); here nothing is allocated. */
static bool encode(const ECDSA_SIG *pair, uint8_t *out, size_t *n)
{
    uint8_t numbers[2 * (2 + 1 + FIELD_MAX)];
    wr body = wr_of(numbers, sizeof numbers), w = wr_of(out, SIG_MAX);
    put_number(&body, ECDSA_SIG_get0_r(pair));
    put_number(&body, ECDSA_SIG_get0_s(pair));
    wr_u8(&w, DER_SEQUENCE);
    if (body.n >= 0x80)
        wr_u8(&w, 0x81);
    wr_vec(&w, 1, wr_span(&body));
    *n = w.n;
    return wr_ok(&body) && wr_ok(&w);
}

static bool sign_ecdsa(EC_KEY *ec, span digest, uint8_t *out, size_t *n)
{
    ECDSA_SIG *pair = ECDSA_do_sign(digest.p, (int)digest.n, ec);
    bool ok = pair && encode(pair, out, n);
    ECDSA_SIG_free(pair);
    return ok;
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
    *n = 0;
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
