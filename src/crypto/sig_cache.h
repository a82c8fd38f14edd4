/* sig_cache.h: which signatures were found good before, by a digest of all that went into them.
 *
 * It holds no verdict but "good": what it does not say has to be verified. Any number of threads
 * may use one; none ever waits for another: who finds its part of the cache in use does without. */
#ifndef CRYPTO_SIG_CACHE_H
#define CRYPTO_SIG_CACHE_H

#include "base/hooks.h"

enum { SIG_CACHE_KEY = 32, SIG_CACHE_MAX = 1 << 20 };

struct sig_cache;

/* sig_cache_new makes room for at least `entries` (1..SIG_CACHE_MAX), some 33 bytes each. NULL when
 * there is no memory. `hooks` must outlive it. */
struct sig_cache *sig_cache_new(const struct hooks *hooks, size_t entries);
void sig_cache_free(struct sig_cache *cache); /* NULL is fine */

/* sig_cache_has: was this added, and not pushed out since? No cache (NULL) has anything. */
bool sig_cache_has(struct sig_cache *cache, const uint8_t key[SIG_CACHE_KEY]);

/* sig_cache_add adds a digest, in place of the one that was not asked for longest, or does
 * nothing. */
void sig_cache_add(struct sig_cache *cache, const uint8_t key[SIG_CACHE_KEY]);

#endif
