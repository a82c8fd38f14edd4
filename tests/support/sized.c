/* sized.c: see sized.h. A block has its size before it, in a place that keeps its alignment. */
#include "sized.h"

#include <stdio.h>
#include <stdlib.h>

union head {
    size_t n;
    max_align_t align;
};

void *sized_alloc(void *user, size_t n)
{
    (void)user;
    union head *head = malloc(sizeof *head + n);
    if (!head)
        return NULL;
    head->n = n;
    return head + 1;
}

void sized_release(void *user, void *p, size_t n)
{
    (void)user;
    if (!p)
        return;
    union head *head = (union head *)p - 1;
    if (head->n != n) {
        fprintf(stderr, "a block of %zu bytes is given back as one of %zu\n", head->n, n);
        abort();
    }
    free(head);
}

tacit_env_options sized_hooks(void)
{
    return (tacit_env_options){
        .size = sizeof(tacit_env_options), .alloc = sized_alloc, .release = sized_release};
}
