/* env.c: the life of an environment. It is allocated by its own hooks, so a failing allocator fails
 * it cleanly. */
#include "crypto/env.h"

#include "base/fail.h"

const char *tacit_version(void)
{
    return TACIT_VERSION;
}

tacit_env *tacit_env_new(const tacit_env_options *options, tacit_error *error)
{
    struct err err = {0};
    struct hooks hooks;
    if (options && options->size != sizeof *options) {
        fail(&err, OPTIONS_SIZE, options->size);
        err_export(&err, error);
        return NULL;
    }
    hooks_init(&hooks, options);
    struct tacit_env *env = mem_alloc(&hooks, sizeof *env);
    if (env) {
        ref_init(&env->ref);
        env->hooks = hooks;
        env->crypto = crypto_new(&env->hooks);
    }
    if (!env || !env->crypto) {
        fail(&err, NO_MEMORY, 0);
        err_export(&err, error);
        tacit_env_free(env);
        return NULL;
    }
    return env;
}

struct tacit_env *env_ref(struct tacit_env *env)
{
    ref_take(&env->ref);
    return env;
}

bool tacit_env_random(tacit_env *env, uint8_t *out, size_t n)
{
    return crypto_random(env->crypto, out, n);
}

uint64_t env_token(struct tacit_env *env)
{
    return atomic_fetch_add_explicit(&env->tokens, 1, memory_order_relaxed) + 1;
}

void tacit_env_free(tacit_env *env)
{
    if (!env || !ref_drop(&env->ref))
        return;
    crypto_free(env->crypto);
    struct hooks hooks = env->hooks;
    mem_free(&hooks, env, sizeof *env);
}
