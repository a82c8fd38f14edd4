/* env.h: what an application shares: hooks and a provider. */
#ifndef CRYPTO_ENV_H
#define CRYPTO_ENV_H

#include "base/ref.h"
#include "crypto/crypto.h"

struct tacit_env {
    struct ref ref;
    struct hooks hooks;
    struct crypto *crypto;
};

struct tacit_env *env_ref(struct tacit_env *env);

#endif
