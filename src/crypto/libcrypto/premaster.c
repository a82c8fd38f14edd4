/* premaster.c: RSA key transport of TLS 1.2 (RFC 5246 7.4.7.1), an opt-in.
 *
 * Unwrapping is libcrypto's RSA_PKCS1_WITH_TLS_PADDING, which takes the block apart in constant
 * time and puts a random secret in the place of a wrong one. Invariant: nothing here looks at what
 * it gave, so that right and wrong cannot be told apart (bug class 93). */
#include "crypto/libcrypto/key.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

enum { PREMASTER_LEN = 48 };

bool premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                    const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster)
{
    (void)crypto;
    if (key->type != KEY_RSA || !rsa_acceptable(key->rsa_n, key->rsa_e) || key->rsa_n.n > SIG_MAX)
        return false;
    premaster->n = PREMASTER_LEN;
    premaster->b[0] = (uint8_t)(version >> 8);
    premaster->b[1] = (uint8_t)version;
    memcpy(premaster->b + 2, seed, PREMASTER_LEN - 2);
    ERR_set_mark();
    RSA *rsa = rsa_public(key->rsa_n, key->rsa_e);
    int len =
        rsa ? RSA_public_encrypt(PREMASTER_LEN, premaster->b, out, rsa, RSA_PKCS1_PADDING) : -1;
    RSA_free(rsa);
    ERR_pop_to_mark();
    *n = len > 0 ? (size_t)len : 0;
    return len > 0;
}

static bool unwrap(EVP_PKEY_CTX *ctx, uint16_t version, span wrapped, uint8_t *out)
{
    unsigned client_version = version;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &client_version),
        OSSL_PARAM_construct_end(),
    };
    size_t n = PREMASTER_LEN;
    return EVP_PKEY_decrypt_init(ctx) == 1
           && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_WITH_TLS_PADDING) == 1
           && EVP_PKEY_CTX_set_params(ctx, params) == 1
           && EVP_PKEY_decrypt(ctx, out, &n, wrapped.p, wrapped.n) == 1;
}

bool premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                      struct secret *premaster)
{
    size_t bytes = (key_bits(&key->pub) + 7) / 8;
    uint8_t block[SIG_MAX] = {0};
    if (key->pub.type != KEY_RSA || wrapped.n > bytes || bytes > sizeof block)
        return false; /* public facts: a length, the kind of our key */
    /* RFC 5246 7.4.7.1: a shorter block has leading zeros. */
    memcpy(block + bytes - wrapped.n, wrapped.p, wrapped.n);
    premaster->n = PREMASTER_LEN;
    ERR_set_mark();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(key->crypto->lib, key->pkey, NULL);
    bool ok = ctx && unwrap(ctx, version, (span){block, bytes}, premaster->b);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return ok;
}
