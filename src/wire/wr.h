/* wr.h: the writer. Fixed capacity; the first thing that does not fit makes it bad, and it stays
 * bad, so a codec writes without checking and its caller asks wr_ok once. */
#ifndef WIRE_WR_H
#define WIRE_WR_H

#include "base/span.h"

typedef struct wr {
    uint8_t *p;
    size_t n, cap;
    bool bad;
} wr;

static inline wr wr_of(uint8_t *p, size_t cap)
{
    return (wr){.p = p, .cap = cap};
}

static inline bool wr_ok(const wr *w)
{
    return !w->bad;
}

static inline span wr_span(const wr *w)
{
    return (span){w->p, w->n};
}

void wr_bytes(wr *w, const void *p, size_t n);
void wr_uint(wr *w, size_t bytes, uint64_t v);

/* wr_room reserves n bytes to be filled by the caller; NULL if they do not fit. */
uint8_t *wr_room(wr *w, size_t n);

static inline void wr_span_bytes(wr *w, span s)
{
    wr_bytes(w, s.p, s.n);
}

static inline void wr_u8(wr *w, uint8_t v)
{
    wr_uint(w, 1, v);
}

static inline void wr_u16(wr *w, uint16_t v)
{
    wr_uint(w, 2, v);
}

static inline void wr_u24(wr *w, uint32_t v)
{
    wr_uint(w, 3, v);
}

static inline void wr_u32(wr *w, uint32_t v)
{
    wr_uint(w, 4, v);
}

/* wr_open begins a vector whose length stands before it in `bytes` bytes, and returns the mark that
 * wr_close wants.
 *     size_t at = wr_open(w, 2);  ...  wr_close(w, at, 2);  */
size_t wr_open(wr *w, size_t bytes);
void wr_close(wr *w, size_t mark, size_t bytes);

/* wr_vec writes a whole vector. */
void wr_vec(wr *w, size_t bytes, span s);

#endif
