/* key.h: what the files about keys and signatures share. */
#ifndef LIBCRYPTO_KEY_H
#define LIBCRYPTO_KEY_H

#include "crypto/libcrypto/provider.h"

enum {
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    RSA_E_BYTES_MAX = 4, /* 2^32: far above 65537, far below where verifying gets slow */
    ED25519_LEN = 32,
    ED25519_SIG_LEN = 64,
};

_Static_assert(SIG_MAX >= RSA_BITS_MAX / 8, "the largest signature fits");

struct sign_key {
    struct crypto *crypto;
    struct pubkey pub;
    uint8_t *pub_bytes; /* what the spans of pub point into */
    size_t pub_size;
    EVP_PKEY *pkey; /* RSA, Ed25519 */
    EC_KEY *ec;     /* ECDSA        */
};

/* rsa_acceptable: is this an RSA key that we do arithmetic with? Magnitudes as in struct pubkey. */
bool rsa_acceptable(span n, span e);

/* rsa_public makes libcrypto's key of an acceptable one; RSA_free it. NULL: no memory. */
RSA *rsa_public(span n, span e);

/* sig_fits: may this kind of key make such a signature (bug classes 11, 13)? */
bool sig_fits(enum sig_alg alg, enum hash_id hash, const struct pubkey *key);

/* sign_key_der reads the DER of a private key, `type` being what the PEM block said that it is,
 * into `key`. */
enum key_der { DER_PKCS8, DER_PKCS1, DER_SEC1 };
enum key_load sign_key_der(struct sign_key *key, enum key_der type, span der);

#endif
