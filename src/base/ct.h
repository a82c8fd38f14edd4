/* ct.h: what must not depend on secrets: comparing, choosing, wiping; and marks for the tools that
 * check it. */
#ifndef BASE_CT_H
#define BASE_CT_H

#include "base/hooks.h"

#include <string.h>

#ifdef TACIT_CT_CHECK
#include <valgrind/memcheck.h>
#define CT_SECRET(p, n) VALGRIND_MAKE_MEM_UNDEFINED(p, n)
#define CT_PUBLIC(p, n) VALGRIND_MAKE_MEM_DEFINED(p, n)
#else
#define CT_SECRET(p, n) ((void)(p), (void)(n))
#define CT_PUBLIC(p, n) ((void)(p), (void)(n))
#endif

/* wipe overwrites n bytes in a way that the compiler keeps. */
static inline void wipe(void *p, size_t n)
{
    if (!n)
        return;
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

/* ct_mask is all ones if bit is 1, zero if it is 0; the barrier keeps the compiler from seeing a
 * branch in it. */
static inline uint32_t ct_mask(uint32_t bit)
{
    uint32_t m = 0u - bit;
    __asm__("" : "+r"(m));
    return m;
}

/* ct_eq compares n bytes in time that depends on n alone. The verdict is public. */
static inline bool ct_eq(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t differ = 0;
    for (size_t i = 0; i < n; i++)
        differ |= (uint32_t)(a[i] ^ b[i]);
    uint32_t equal = (differ - 1) >> 31;
    CT_PUBLIC(&equal, sizeof equal);
    return equal != 0;
}

#endif
