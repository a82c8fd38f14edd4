/* sig_cache.c: see sig_cache.h. A key can stand in one set of eight, which its own bytes choose;
 * the set keeps those that were asked for last in front. Keys are digests of public data.
 *
 * Invariant: a set is read and written only by the thread that has taken its flag. */
#include "crypto/sig_cache.h"

#include <stdatomic.h>
#include <string.h>

enum { WAYS = 8 };

struct set {
    atomic_flag busy;
    uint8_t n;
    uint8_t keys[WAYS][SIG_CACHE_KEY];
};

struct sig_cache {
    const struct hooks *hooks;
    size_t size, n_sets; /* a power of two */
    struct set sets[];
};

struct sig_cache *sig_cache_new(const struct hooks *hooks, size_t entries)
{
    size_t n = 1;
    while (n * WAYS < entries)
        n *= 2;
    size_t size = sizeof(struct sig_cache) + n * sizeof(struct set);
    struct sig_cache *cache = mem_alloc(hooks, size);
    if (!cache)
        return NULL;
    cache->hooks = hooks;
    cache->size = size;
    cache->n_sets = n;
    for (size_t i = 0; i < n; i++)
        atomic_flag_clear(&cache->sets[i].busy);
    return cache;
}

void sig_cache_free(struct sig_cache *cache)
{
    if (cache)
        mem_free(cache->hooks, cache, cache->size);
}

/* take lends the key's set; NULL if another thread has it. */
static struct set *take(struct sig_cache *cache, const uint8_t key[SIG_CACHE_KEY])
{
    uint32_t head = (uint32_t)key[0] << 16 | (uint32_t)key[1] << 8 | key[2];
    struct set *set = &cache->sets[head & (cache->n_sets - 1)];
    return atomic_flag_test_and_set_explicit(&set->busy, memory_order_acquire) ? NULL : set;
}

static void give_back(struct set *set)
{
    atomic_flag_clear_explicit(&set->busy, memory_order_release);
}

/* to_front puts the key first, and what stood before the i-th place one further. */
static void to_front(struct set *set, size_t i, const uint8_t key[SIG_CACHE_KEY])
{
    memmove(set->keys[1], set->keys[0], i * SIG_CACHE_KEY);
    memcpy(set->keys[0], key, SIG_CACHE_KEY);
}

/* place_of is where the key stands, set->n if nowhere. */
static size_t place_of(const struct set *set, const uint8_t key[SIG_CACHE_KEY])
{
    size_t i = 0;
    while (i < set->n && memcmp(set->keys[i], key, SIG_CACHE_KEY) != 0)
        i++;
    return i;
}

bool sig_cache_has(struct sig_cache *cache, const uint8_t key[SIG_CACHE_KEY])
{
    struct set *set = cache ? take(cache, key) : NULL;
    if (!set)
        return false;
    size_t i = place_of(set, key);
    bool has = i < set->n;
    if (has)
        to_front(set, i, key);
    give_back(set);
    return has;
}

void sig_cache_add(struct sig_cache *cache, const uint8_t key[SIG_CACHE_KEY])
{
    struct set *set = cache ? take(cache, key) : NULL;
    if (!set)
        return;
    size_t i = place_of(set, key);
    if (i == set->n && set->n < WAYS)
        set->n++;
    to_front(set, i < WAYS ? i : WAYS - 1, key);
    give_back(set);
}
