/* ref.h: counted references, safe between threads. */
#ifndef BASE_REF_H
#define BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

struct ref {
    atomic_uint n;
};

static inline void ref_init(struct ref *r)
{
    atomic_init(&r->n, 1);
}

static inline void ref_take(struct ref *r)
{
    atomic_fetch_add_explicit(&r->n, 1, memory_order_relaxed);
}

/* ref_drop returns true to the caller who held the last one, and who therefore must end the
 * object. */
static inline bool ref_drop(struct ref *r)
{
    return atomic_fetch_sub_explicit(&r->n, 1, memory_order_acq_rel) == 1;
}

#endif
