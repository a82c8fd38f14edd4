/* prf12.h: the pseudo-random function of TLS 1.2 (RFC 5246 5), over HMAC. It cannot fail. */
#ifndef CRYPTO_PRF12_H
#define CRYPTO_PRF12_H

#include "crypto/crypto.h"

/* prf12 expands `secret` to n bytes by label and seed, which is `seed` followed by `more`. */
void prf12(enum hash_id id, uint8_t *out, size_t n, span secret, const char *label, span seed,
           span more);

#endif
