/* hooks.h: the only ways out of the core: memory, time of day, randomness.
 *
 * Memory that is released is wiped first, whatever it held: mem_free is the one place where a
 * buffer can stop being secret. */
#ifndef BASE_HOOKS_H
#define BASE_HOOKS_H

#include <tacit/base.h>

typedef tacit_span span;

struct hooks {
    void *user;
    void *(*alloc)(void *user, size_t n);
    void (*release)(void *user, void *p, size_t n);
    int64_t (*now)(void *user);
    bool (*random)(void *user, uint8_t *out, size_t n); /* NULL: the provider's own generator */
};

/* hooks_init fills in the defaults for what `options` (may be NULL) leaves out. */
void hooks_init(struct hooks *hooks, const tacit_env_options *options);

/* mem_alloc returns n zeroed bytes, or NULL. */
void *mem_alloc(const struct hooks *hooks, size_t n) __attribute__((warn_unused_result));

/* mem_free wipes the n bytes that mem_alloc gave and releases them. NULL is fine. */
void mem_free(const struct hooks *hooks, void *p, size_t n);

/* mem_dup copies a span into memory of its own; an empty span gives one byte of memory, so that
 * NULL means failure. Free it with mem_free(hooks, p, mem_dup_size(s)). */
uint8_t *mem_dup(const struct hooks *hooks, span s) __attribute__((warn_unused_result));

static inline size_t mem_dup_size(span s)
{
    return s.n ? s.n : 1;
}

#endif
