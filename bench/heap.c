/* heap.c: malloc and its kin, counted.
 *
 * The program's own definitions win over the C library's for every library that it loads. A block
 * costs its usable size and the eight bytes of the allocator's header. One thread. */
#include "bench.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

bool heap_on;
struct heap heap;

/* glibc's own, by the names under which it keeps them for interposers. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);
extern void __libc_free(void *p);

static void *count(void *p)
{
    if (heap_on && p) {
        heap.bytes += (int64_t)malloc_usable_size(p) + 8;
        heap.allocs++;
        if (heap.bytes > heap.peak)
            heap.peak = heap.bytes;
    }
    return p;
}

static void discount(void *p)
{
    if (heap_on && p)
        heap.bytes -= (int64_t)malloc_usable_size(p) + 8;
}

void *malloc(size_t n)
{
    return count(__libc_malloc(n));
}

void *calloc(size_t count_of, size_t n)
{
    return count(__libc_calloc(count_of, n));
}

void *realloc(void *p, size_t n)
{
    discount(p);
    return count(__libc_realloc(p, n));
}

void free(void *p)
{
    discount(p);
    __libc_free(p);
}

void *memalign(size_t align, size_t n)
{
    return count(__libc_memalign(align, n));
}

void *aligned_alloc(size_t align, size_t n)
{
    return count(__libc_memalign(align, n));
}

int posix_memalign(void **out, size_t align, size_t n)
{
    *out = count(__libc_memalign(align, n));
    return *out ? 0 : ENOMEM;
}
