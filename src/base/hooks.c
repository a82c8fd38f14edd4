/* hooks.c: the default hooks, which are the only malloc and the only clock of the library. */
#include "base/hooks.h"

#include "base/ct.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *default_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void default_release(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    free(p);
}

static int64_t default_now(void *user)
{
    (void)user;
    return (int64_t)time(NULL);
}

void hooks_init(struct hooks *hooks, const tacit_env_options *options)
{
    *hooks = (struct hooks){.alloc = default_alloc, .release = default_release, .now = default_now};
    if (!options)
        return;
    hooks->user = options->user;
    if (options->alloc && options->release) {
        hooks->alloc = options->alloc;
        hooks->release = options->release;
    }
    if (options->now)
        hooks->now = options->now;
    hooks->random = options->random;
}

void *mem_alloc(const struct hooks *hooks, size_t n)
{
    void *p = hooks->alloc(hooks->user, n);
    if (p)
        memset(p, 0, n);
    return p;
}

void mem_free(const struct hooks *hooks, void *p, size_t n)
{
    if (!p)
        return;
    wipe(p, n);
    hooks->release(hooks->user, p, n);
}

uint8_t *mem_dup(const struct hooks *hooks, span s)
{
    uint8_t *p = mem_alloc(hooks, mem_dup_size(s));
    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}
