/* env.c: the life of an environment. It is allocated by its own hooks, so a failing allocator fails
 * it cleanly. */
#include "crypto/env.h"

#include "base/fail.h"

const char *tacit_version(void)
{
    return TACIT_VERSION;
}

/* env_make makes what an environment consists of; what was made is there after a failure too. */
static bool env_make(struct tacit_env *env, uint32_t signatures, struct err *err)
{
    env->crypto = crypto_new(&env->hooks);
    if (env->crypto && signatures)
        env->signatures = sig_cache_new(&env->hooks, signatures);
    return (env->crypto && (!signatures || env->signatures)) || fail(err, NO_MEMORY, 0);
}

tacit_env *tacit_env_new(const tacit_env_options *options, tacit_error *error)
{
    struct err err = {0};
    struct hooks hooks;
    struct tacit_env *env = NULL;
    bool ok =
        !options || options->size == sizeof *options || fail(&err, OPTIONS_SIZE, options->size);
    /* Not before: of a struct of another size, only the size may be there. */
    uint32_t signatures = ok && options ? options->signature_cache : 0;
    ok = ok && (signatures <= SIG_CACHE_MAX || fail(&err, BAD_CACHE_OPTION, signatures));
    if (ok) {
        hooks_init(&hooks, options);
        env = mem_alloc(&hooks, sizeof *env);
        ok = env || fail(&err, NO_MEMORY, sizeof *env);
    }
    if (ok) {
        ref_init(&env->ref);
        env->hooks = hooks;
        ok = env_make(env, signatures, &err);
    }
    if (ok)
        return env;
    err_export(&err, error);
    tacit_env_free(env);
    return NULL;
}

struct tacit_env *env_ref(struct tacit_env *env)
{
    ref_take(&env->ref);
    return env;
}

bool tacit_env_random(tacit_env *env, uint8_t *out, size_t n)
{
    return env && crypto_random(env->crypto, out, n);
}

uint64_t env_token(struct tacit_env *env)
{
    return atomic_fetch_add_explicit(&env->tokens, 1, memory_order_relaxed) + 1;
}

void tacit_env_free(tacit_env *env)
{
    if (!env || !ref_drop(&env->ref))
        return;
    sig_cache_free(env->signatures);
    crypto_free(env->crypto);
    struct hooks hooks = env->hooks;
    mem_free(&hooks, env, sizeof *env);
}
