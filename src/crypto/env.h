/* env.h: what an application shares: hooks and a provider. */
#ifndef CRYPTO_ENV_H
#define CRYPTO_ENV_H

#include "base/ref.h"
#include "crypto/crypto.h"
#include "crypto/sig_cache.h"

struct tacit_env {
    struct ref ref;
    struct hooks hooks;
    struct crypto *crypto;
    struct sig_cache *signatures; /* of certificates; NULL: none are remembered */
    atomic_ullong tokens;         /* given out so far */
};

/* env_token is a number that this environment has not given out before; never 0. */
uint64_t env_token(struct tacit_env *env);

struct tacit_env *env_ref(struct tacit_env *env);

#endif
