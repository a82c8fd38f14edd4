/* soak.h: some tests have a long form, which `./dev soak` runs. */
#ifndef SUPPORT_SOAK_H
#define SUPPORT_SOAK_H

#include <stdbool.h>
#include <stdlib.h>

/* soaking: is this the long form? */
static inline bool soaking(void)
{
    return getenv("TACIT_SOAK") != NULL;
}

#endif
