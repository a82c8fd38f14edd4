/* provider.h: what the files of this provider share. Nothing outside src/crypto/libcrypto includes
 * it.
 *
 * Low-level calls that libcrypto 3.0 marks deprecated are used where they pay; each file that
 * does so says what the measurement was. */
#ifndef LIBCRYPTO_PROVIDER_H
#define LIBCRYPTO_PROVIDER_H

#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/crypto.h"

#include <openssl/core_dispatch.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

enum curve_id { CURVE_P256, CURVE_P384, CURVE_P521, CURVES };

enum { FIELD_MAX = 66, POINT_MAX = 1 + 2 * FIELD_MAX };

/* struct curve is a group that all keys of that curve share: it is only read once made. */
struct curve {
    EC_GROUP *group;
    size_t field; /* bytes of a coordinate, and of a scalar */
    uint8_t order[FIELD_MAX];
};

/* struct cipher is an AEAD by the provider's own functions. */
struct cipher {
    OSSL_FUNC_cipher_newctx_fn *newctx;
    OSSL_FUNC_cipher_freectx_fn *freectx;
    OSSL_FUNC_cipher_encrypt_init_fn *encrypt;
    OSSL_FUNC_cipher_decrypt_init_fn *decrypt;
    OSSL_FUNC_cipher_update_fn *update;
    OSSL_FUNC_cipher_final_fn *final;
    OSSL_FUNC_cipher_get_ctx_params_fn *get;
    OSSL_FUNC_cipher_set_ctx_params_fn *set;
};

struct crypto {
    const struct hooks *hooks;
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *provider;
    struct cipher ciphers[AEAD_CHACHA20_POLY1305 + 1];
    EVP_CIPHER *aes_cbc;
    EVP_MD *digests[HASH_SHA512 + 1];
    struct curve curves[CURVES];
};

/* cipher_find looks `name` up in the loaded provider. False: it has no such cipher, or not all of
 * its functions. */
bool cipher_find(const struct crypto *crypto, struct cipher *c, const char *name);

/* memory_left: is there memory for libcrypto now? It often says the same of a wrong input and of no
 * memory; with this, and by asking twice, its "no" can be believed. */
bool memory_left(void);

/* curve_of_key is the curve of an EC key type, or NULL. */
const struct curve *curve_of_key(const struct crypto *crypto, enum key_type type);

/* scalar_valid is 1 if 1 <= x < order, else 0, in time that depends on the length alone. */
uint32_t scalar_valid(const struct curve *curve, const uint8_t *x);

/* scalar_bignum makes a private scalar of `curve` from its bytes: secret memory, constant-time
 * flag. NULL: no memory. */
BIGNUM *scalar_bignum(const struct curve *curve, const uint8_t *x);

/* scalar_base writes the uncompressed point scalar * G. */
bool scalar_base(const struct crypto *crypto, const struct curve *curve, const BIGNUM *scalar,
                 uint8_t *point);

/* point_shape: is it as long as an uncompressed point of this curve, and does it say that it is
 * one? */
bool point_shape(const struct curve *curve, span point);

/* point_load reads bytes of that shape into `point`. POINT_BAD: they alone decide that it is none
 * of the curve. */
enum point_result { POINT_GOOD, POINT_BAD, POINT_FAILED };
enum point_result point_load(const struct curve *curve, EC_POINT *point, span bytes, BN_CTX *bn);

#endif
