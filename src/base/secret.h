/* secret.h: a secret has a fixed capacity and a type of its own, so that it can be neither printed
 * nor passed to memcmp by accident. Whoever holds one wipes it. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/ct.h"

enum { SECRET_MAX = 64 };

struct secret {
    uint8_t b[SECRET_MAX];
    uint8_t n;
};

static inline void secret_wipe(struct secret *s)
{
    wipe(s, sizeof *s);
}

static inline span secret_span(const struct secret *s)
{
    return (span){s->b, s->n};
}

#endif
