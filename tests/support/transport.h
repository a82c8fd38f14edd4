/* transport.h: what a client can encrypt instead of a pre-master secret (RFC 5246 7.4.7.1), for
 * those who prove that the server tells none of it from another. */
#ifndef SUPPORT_TRANSPORT_H
#define SUPPORT_TRANSPORT_H

#include "crypto/crypto.h"

enum { BLOCK = 256, PREMASTER = 48, SEPARATOR = BLOCK - PREMASTER - 1 };

/* struct padded is what is encrypted: 00 02, padding, 00, the secret. */
struct padded {
    uint8_t b[BLOCK];
};

/* struct attack changes a block as a whole, or one byte of it, or the ciphertext: its length, or
 * all of it to one value. */
struct attack {
    const char *what;
    void (*change)(struct padded *block);
    size_t at;       /* byte of the block, */
    int value;       /* its value; or one of: */
    int more;        /* bytes of the ciphertext, more or less than there should be */
    bool is_right;   /* the control */
    bool is_visible; /* anyone can tell by the ciphertext alone that it is wrong */
};

enum { NONE = -1, EVERY = -2 }; /* no byte; every byte of the ciphertext has the value `at` */

enum { N_ATTACKS = 26, WRAPPED_MAX = 2 * BLOCK };

extern const struct attack attacks[N_ATTACKS];

/* attack_wrap writes the ciphertext of an attack under a key of 2048 bits, textbook RSA of the
 * changed block, and returns its length. */
size_t attack_wrap(const struct attack *attack, const struct pubkey *key,
                   const struct secret *premaster, uint8_t out[WRAPPED_MAX]);

#endif
