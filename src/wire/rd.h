/* rd.h: the reader. A value of two words; every getter checks, advances and says whether it could,
 * so calls chain with && and end with rd_end. A getter that fails leaves its output alone.
 *
 *     rd in = rd_of(body);
 *     return rd_u16(&in, &v) && rd_vec8(&in, 0, 32, &id) && rd_end(&in);  */
#ifndef WIRE_RD_H
#define WIRE_RD_H

#include "base/span.h"

typedef struct rd {
    const uint8_t *p;
    size_t n;
} rd;

static inline rd rd_of(span s)
{
    return (rd){s.p, s.n};
}

static inline span rd_rest(const rd *r)
{
    return (span){r->p, r->n};
}

/* rd_end: nothing is left. */
static inline bool rd_end(const rd *r)
{
    return r->n == 0;
}

/* rd_take lends the next n bytes. */
static inline bool rd_take(rd *r, size_t n, span *out)
{
    if (r->n < n)
        return false;
    *out = (span){r->p, n};
    if (n) {
        r->p += n;
        r->n -= n;
    }
    return true;
}

static inline bool rd_skip(rd *r, size_t n)
{
    span ignored;
    return rd_take(r, n, &ignored);
}

/* rd_copy copies the next n bytes to `out`. */
static inline bool rd_copy(rd *r, size_t n, uint8_t *out)
{
    span s;
    if (!rd_take(r, n, &s))
        return false;
    if (n)
        memcpy(out, s.p, n);
    return true;
}

static inline bool rd_uint(rd *r, size_t bytes, uint32_t *out)
{
    span s;
    if (!rd_take(r, bytes, &s))
        return false;
    uint32_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | s.p[i];
    *out = v;
    return true;
}

static inline bool rd_u8(rd *r, uint8_t *out)
{
    uint32_t v;
    if (!rd_uint(r, 1, &v))
        return false;
    *out = (uint8_t)v;
    return true;
}

static inline bool rd_u16(rd *r, uint16_t *out)
{
    uint32_t v;
    if (!rd_uint(r, 2, &v))
        return false;
    *out = (uint16_t)v;
    return true;
}

static inline bool rd_u24(rd *r, uint32_t *out)
{
    return rd_uint(r, 3, out);
}

static inline bool rd_u32(rd *r, uint32_t *out)
{
    return rd_uint(r, 4, out);
}

/* rd_vec lends a vector <min..max> whose length stands before it in `bytes` bytes (RFC 9846
 * 3.4). */
static inline bool rd_vec(rd *r, size_t bytes, size_t min, size_t max, span *out)
{
    rd at = *r;
    uint32_t n;
    if (!rd_uint(&at, bytes, &n) || n < min || n > max || !rd_take(&at, n, out))
        return false;
    *r = at;
    return true;
}

static inline bool rd_vec8(rd *r, size_t min, size_t max, span *out)
{
    return rd_vec(r, 1, min, max, out);
}

static inline bool rd_vec16(rd *r, size_t min, size_t max, span *out)
{
    return rd_vec(r, 2, min, max, out);
}

static inline bool rd_vec24(rd *r, size_t min, size_t max, span *out)
{
    return rd_vec(r, 3, min, max, out);
}

#endif
