/* identity.c: a chain and its key become an identity, or one error (RFC 9846 4.5.1.2).
 *
 * Invariant: the key belongs to the first certificate, and may sign handshakes. */
#include "base/file.h"
#include "hs/config.h"
#include "x509/ocsp.h"

enum { IDENTITY_FILE_MAX = 1 << 20 };

static bool same_key(const struct pubkey *a, const struct pubkey *b)
{
    return a->type == b->type && span_eq(a->point, b->point) && span_eq(a->rsa_n, b->rsa_n)
           && span_eq(a->rsa_e, b->rsa_e);
}

static bool load_key(struct tacit_identity *id, span pem, tacit_password password, void *user,
                     struct err *err)
{
    switch (sign_key_pem(id->env->crypto, &id->key, pem, password, user)) {
    case KEY_LOADED:
        return true;
    case KEY_NOT_FOUND:
        return fail(err, KEY_NOT_FOUND, 0);
    case KEY_NEEDS_PASSWORD:
        return fail(err, KEY_NEEDS_PASSWORD, 0);
    case KEY_WRONG_PASSWORD:
        return fail(err, KEY_WRONG_PASSWORD, 0);
    case KEY_UNSUPPORTED:
        return fail(err, KEY_UNSUPPORTED, 0);
    case KEY_MALFORMED:
        return fail(err, KEY_MALFORMED, 0);
    case KEY_NO_MEMORY:
        return fail(err, NO_MEMORY, 0);
    }
    return fail(err, INTERNAL_FAULT, 0);
}

static bool load_chain(struct tacit_identity *id, span chain, struct err *err)
{
    id->chain = chain_from_pem(&id->env->hooks, chain, err);
    if (!id->chain)
        return false;
    const struct cert *leaf = &id->chain->certs[0];
    bool signs = !leaf->has_key_usage || leaf->key_usage & KU_DIGITAL_SIGNATURE;
    id->transport = !signs && leaf->key_usage & KU_KEY_ENCIPHERMENT && leaf->key.type == KEY_RSA;
    return signs || id->transport || fail(err, IDENTITY_UNUSABLE, 0);
}

static struct tacit_identity *identity_new(struct tacit_env *env, struct err *err)
{
    struct tacit_identity *id = mem_alloc(&env->hooks, sizeof *id);
    if (!id) {
        fail(err, NO_MEMORY, sizeof *id);
        return NULL;
    }
    ref_init(&id->ref);
    id->env = env_ref(env);
    return id;
}

static tacit_identity *loaded(struct tacit_identity *id, struct err *err, tacit_error *error)
{
    if (id && !err->reason)
        return id;
    err_export(err, error);
    tacit_identity_free(id);
    return NULL;
}

tacit_identity *tacit_identity_pem(tacit_env *env, tacit_span chain, tacit_span key,
                                   tacit_password password, void *user, tacit_error *error)
{
    struct err err = {0};
    if (!env)
        return err_missing(error), NULL;
    struct tacit_identity *id = identity_new(env, &err);
    if (id && load_chain(id, chain, &err) && load_key(id, key, password, user, &err)
        && !same_key(&id->chain->certs[0].key, sign_key_public(id->key)))
        fail(&err, KEY_MISMATCH, 0);
    return loaded(id, &err, error);
}

tacit_identity *tacit_identity_chain(tacit_env *env, tacit_span chain, tacit_error *error)
{
    struct err err = {0};
    if (!env)
        return err_missing(error), NULL;
    struct tacit_identity *id = identity_new(env, &err);
    if (id)
        load_chain(id, chain, &err);
    return loaded(id, &err, error);
}

tacit_identity *tacit_identity_files(tacit_env *env, const char *chain_path, const char *key_path,
                                     tacit_password password, void *user, tacit_error *error)
{
    struct err err = {0};
    tacit_buf chain = {0}, key = {0};
    tacit_identity *id = NULL;
    if (!env || !chain_path || !key_path)
        return err_missing(error), NULL;
    if (file_read(&env->hooks, chain_path, IDENTITY_FILE_MAX, &chain, &err)
        && file_read(&env->hooks, key_path, IDENTITY_FILE_MAX, &key, &err))
        id = tacit_identity_pem(env, (span){chain.p, chain.n}, (span){key.p, key.n}, password, user,
                                error);
    else
        err_export(&err, error);
    mem_free(&env->hooks, chain.p, chain.n + 1);
    mem_free(&env->hooks, key.p, key.n + 1);
    return id;
}

tacit_identity *tacit_identity_with_staple(tacit_identity *identity, tacit_span response,
                                           tacit_error *error)
{
    struct err err = {.depth = -1};
    struct ocsp_window window;
    if (!identity)
        return err_missing(error), NULL;
    struct tacit_identity *bare = identity->bare ? identity->bare : identity;
    const struct hooks *hooks = &bare->env->hooks;
    struct tacit_identity *id = identity_new(bare->env, &err);
    if (!id)
        return loaded(id, &err, error);
    id->bare = tacit_identity_ref(bare);
    id->chain = bare->chain;
    id->key = bare->key;
    id->transport = bare->transport;
    if (ocsp_for_chain(bare->env->crypto, bare->chain, response, hooks->now(hooks->user), &window,
                       &err)) {
        id->staple = (tacit_buf){mem_dup(hooks, response), mem_dup_size(response)};
        id->staple_from = window.from;
        id->staple_until = window.until;
        if (!id->staple.p)
            fail(&err, NO_MEMORY, response.n);
    }
    return loaded(id, &err, error);
}

size_t tacit_identity_sign(const tacit_identity *id, uint8_t signature[SIG_MAX], uint16_t scheme,
                           tacit_span content)
{
    const struct scheme *s = scheme_by_id(scheme);
    size_t n;
    bool fits = id && id->key && s && s->verify13 && s->key == id->chain->certs[0].key.type;
    return fits && sign(id->key, s->alg, s->hash, content, signature, &n) ? n : 0;
}

bool tacit_identity_describe(const tacit_identity *id, tacit_identity_info *info)
{
    if (!id || !info || info->size != sizeof *info)
        return false;
    const struct cert *leaf = &id->chain->certs[0];
    *info = (tacit_identity_info){.size = sizeof *info,
                                  .not_before = leaf->not_before,
                                  .not_after = leaf->not_after,
                                  .staple_until = id->staple_until,
                                  .must_staple = leaf->must_staple};
    return true;
}

tacit_identity *tacit_identity_ref(tacit_identity *identity)
{
    if (identity)
        ref_take(&identity->ref);
    return identity;
}

void tacit_identity_free(tacit_identity *id)
{
    if (!id || !ref_drop(&id->ref))
        return;
    struct tacit_env *env = id->env;
    if (!id->bare) {
        chain_free(id->chain);
        sign_key_free(id->key);
    }
    tacit_identity_free(id->bare);
    mem_free(&env->hooks, id->staple.p, id->staple.n);
    mem_free(&env->hooks, id, sizeof *id);
    tacit_env_free(env);
}
