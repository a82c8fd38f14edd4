/* hkdf.h: HMAC (RFC 2104) and HKDF (RFC 5869), with TLS 1.3's labels (RFC 9846 7.1), over
 * crypto.h's hash. None of them can fail or allocate. */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include "crypto/crypto.h"

/* struct hmac_key keeps the two padded key blocks absorbed, so that a key that serves often is
 * hashed once. Wipe it. */
struct hmac_key {
    struct hash_ctx inner, outer;
};

void hmac_init(struct hmac_key *key, enum hash_id id, span secret);
void hmac_with(const struct hmac_key *key, span data, uint8_t *out);
/* hmac_parts is hmac_with over `first` and then n spans, as if they were one. */
void hmac_parts(const struct hmac_key *key, span first, const span *rest, size_t n, uint8_t *out);

void hmac_once(enum hash_id id, span secret, span data, uint8_t *out);

/* hkdf_extract: out has the digest's length. An empty salt means zeros (RFC 5869 2.2). */
void hkdf_extract(enum hash_id id, struct secret *out, span salt, span ikm);

/* hkdf_expand: n is at most 255 digests, which the caller has checked (RFC 5869 2.3). */
void hkdf_expand(enum hash_id id, uint8_t *out, size_t n, span prk, span info);

/* hkdf_expand_label is HKDF-Expand-Label without the "tls13 " in `label`; label.n <= 249 and
 * context.n <= 255. */
void hkdf_expand_label(enum hash_id id, uint8_t *out, size_t n, span prk, const char *label,
                       span context);

/* hkdf_label_with is hkdf_expand_label by a secret from which more than one label derives: `prk` is
 * hmac_init over it. */
void hkdf_label_with(const struct hmac_key *prk, uint8_t *out, size_t n, const char *label,
                     span context);

#endif
