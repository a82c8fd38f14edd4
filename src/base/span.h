/* span.h: comparing and making spans of public data. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/hooks.h"

#include <string.h>

/* span_eq compares public data; secrets take ct_eq. */
static inline bool span_eq(span a, span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline span span_str(const char *s)
{
    return (span){(const uint8_t *)s, strlen(s)};
}

#endif
