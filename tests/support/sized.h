/* sized.h: memory hooks for tests that hold the library to the sizes it names. A host's allocator
 * may go by them, and what is wiped on release is as long as they say: a block that is given back
 * with another size than it was asked for aborts the program. */
#ifndef SUPPORT_SIZED_H
#define SUPPORT_SIZED_H

#include <tacit/base.h>

/* sized_alloc and sized_release are the hooks `alloc` and `release` of tacit_env_options. */
void *sized_alloc(void *user, size_t n);
void sized_release(void *user, void *p, size_t n);

/* sized_hooks are the options that have them, and nothing else. */
tacit_env_options sized_hooks(void);

#endif
