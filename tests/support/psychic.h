/* psychic.h: ECDSA signatures of numbers that no signature has: a verifier that skips the range of
 * r and s takes some of them for anybody's signature of anything. */
#ifndef SUPPORT_PSYCHIC_H
#define SUPPORT_PSYCHIC_H

#include "base/span.h"
#include "pem_keys.h"

enum { PSYCHICS = 18, PSYCHIC_MAX = 160 };

/* psychic writes signature number `index` for a key of MADE_P256, MADE_P384 or MADE_P521, and gives
 * its length: each pair of 0, 1, the curve's order and one more, then two that are no numbers of
 * DER. (1, 1) is in range, and of nothing that anybody has signed. */
size_t psychic(enum made_key key, size_t index, uint8_t out[PSYCHIC_MAX]);

#endif
