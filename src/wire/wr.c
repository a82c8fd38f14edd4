/* wr.c: the writer. Invariant: n <= cap, and after a failure nothing is written any more. */
#include "wire/wr.h"

uint8_t *wr_room(wr *w, size_t n)
{
    if (w->bad || n > w->cap - w->n) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->p + w->n;
    w->n += n;
    return at;
}

void wr_bytes(wr *w, const void *p, size_t n)
{
    uint8_t *at = wr_room(w, n);
    if (at && n)
        memcpy(at, p, n);
}

static void put_uint(uint8_t *at, size_t bytes, uint64_t v)
{
    for (size_t i = bytes; i-- > 0; v >>= 8)
        at[i] = (uint8_t)v;
}

static bool fits(size_t bytes, uint64_t v)
{
    return bytes >= 8 || v >> (8 * bytes) == 0;
}

void wr_uint(wr *w, size_t bytes, uint64_t v)
{
    uint8_t *at = wr_room(w, bytes);
    if (at && fits(bytes, v))
        put_uint(at, bytes, v);
    else
        w->bad = true;
}

size_t wr_open(wr *w, size_t bytes)
{
    size_t mark = w->n;
    wr_uint(w, bytes, 0);
    return mark;
}

void wr_close(wr *w, size_t mark, size_t bytes)
{
    if (w->bad)
        return;
    uint64_t n = w->n - mark - bytes;
    if (fits(bytes, n))
        put_uint(w->p + mark, bytes, n);
    else
        w->bad = true;
}

void wr_vec(wr *w, size_t bytes, span s)
{
    wr_uint(w, bytes, s.n);
    wr_bytes(w, s.p, s.n);
}
