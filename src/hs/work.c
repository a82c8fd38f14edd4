/* work.c: the public-key work of a handshake (RFC 9846 4.5.2, 7.4; RFC 5280).
 *
 * Invariant: it depends on its own inputs alone and touches no connection, so that it may run on
 * any thread. A result that says yes is written by the function that has checked it. */
#include "hs/work.h"

#include "x509/admit.h"

void work_begin(struct work *w, struct tacit_env *env, enum task kind)
{
    work_end(w);
    w->env = env_ref(env);
    w->kind = kind;
}

static void run_sign(struct work *w)
{
    struct sign_work *s = &w->sign;
    span content = {s->content.p, s->content.n};
    if (!s->identity->key
        || !sign(s->identity->key, s->scheme->alg, s->scheme->hash, content, s->sig, &s->sig_n))
        fail(&w->err, SIGNING_FAILED, s->scheme->id);
}

static bool path_ok(struct work *w)
{
    struct verify_work *v = &w->verify;
    const struct verify question = {
        .hooks = &w->env->hooks,
        .crypto = w->env->crypto,
        .trust = v->config->trust,
        .purpose = v->of_server ? PURPOSE_SERVER : PURPOSE_CLIENT,
        .host = v->has_host ? &v->host : NULL,
        .now = v->now,
        .usage = v->usage,
        .schemes = v->config->cert_scheme_ids,
        .n_schemes = v->config->n_cert_scheme_ids,
        .revocation = v->config->revocation,
        .stapling = v->stapling,
        .report = v->config->keep_peer_chain,
        .admit = v->config->admit,
        .cache = w->env->signatures,
    };
    return x509_verify(&question, v->chain, &v->path, &w->err);
}

static void run_verify(struct work *w)
{
    struct verify_work *v = &w->verify;
    /* Pins and an allow-list hold whether or not there is a path. */
    if (v->insecure ? !admit_unproven(v->config->admit, &v->chain->certs[0], &w->err) : !path_ok(w))
        return;
    v->cert_ok = !v->insecure;
    v->name_ok = v->cert_ok && (v->has_host || v->by_allow); /* else no name was in the question */
    if (!v->scheme)
        return;
    enum sig_result verdict =
        sig_verify(w->env->crypto, v->scheme->alg, v->scheme->hash, &v->chain->certs[0].key,
                   (span){v->content.p, v->content.n}, (span){v->sig, v->sig_n});
    v->sig_ok = verdict == SIG_GOOD;
    if (verdict == SIG_BAD)
        fail(&w->err, BAD_SIGNATURE, v->scheme->id); /* RFC 9846 4.5.2 */
    else if (!v->sig_ok)
        fail(&w->err, CRYPTO_FAILED, v->scheme->id);
}

bool kex_wrap_for(struct kex_work *k, const struct chain *chain, struct err *err)
{
    const struct pubkey *key = &chain->certs[0].key;
    if (key->type != KEY_RSA || key->rsa_n.n > sizeof k->rsa_n || key->rsa_e.n > sizeof k->rsa_e)
        return fail(err, SCHEME_DOES_NOT_FIT, 0);
    memcpy(k->rsa_n, key->rsa_n.p, k->rsa_n_n = key->rsa_n.n);
    memcpy(k->rsa_e, key->rsa_e.p, k->rsa_e_n = key->rsa_e.n);
    return true;
}

bool kex_unwrap_with(struct kex_work *k, struct tacit_identity *identity, span wrapped,
                     struct err *err)
{
    if (wrapped.n > sizeof k->wrapped)
        return fail(err, MESSAGE_MALFORMED, MSG_CLIENT_KEY_EXCHANGE);
    memcpy(k->wrapped, wrapped.p, k->wrapped_n = wrapped.n);
    k->identity = tacit_identity_ref(identity);
    return true;
}

/* RFC 5246 7.4.7.1. A server learns nothing of whether the padding was right: it goes on with a
 * random secret if it was not, and the Finished fails (ROBOT, Marvin: bug class 93). */
static void run_transport(struct work *w)
{
    struct kex_work *k = &w->kex;
    const struct pubkey key = {
        .type = KEY_RSA, .rsa_n = {k->rsa_n, k->rsa_n_n}, .rsa_e = {k->rsa_e, k->rsa_e_n}};
    bool ok = k->transport == TRANSPORT_WRAP
                  ? premaster_wrap(w->env->crypto, &key, k->version, k->seed, k->wrapped,
                                   &k->wrapped_n, &k->secret)
                  : premaster_unwrap(k->identity->key, k->version, (span){k->wrapped, k->wrapped_n},
                                     &k->secret);
    if (!ok)
        fail(&w->err, CRYPTO_FAILED, k->transport);
}

static void run_kex(struct work *w)
{
    struct kex_work *k = &w->kex;
    if (k->transport != TRANSPORT_NONE) {
        run_transport(w);
        return;
    }
    span share = {k->share, k->share_n};
    enum kem_result result =
        k->key ? kem_decap(k->key, &k->secret, share)
               : kem_encap(w->env->crypto, k->group->kem, k->seed, share, k->own_share, &k->secret);
    if (result == KEM_BAD_SHARE)
        fail(&w->err, BAD_KEY_SHARE, k->group->id); /* RFC 9846 7.4.2 */
    else if (result != KEM_OK)
        fail(&w->err, CRYPTO_FAILED, k->group->id);
}

void work_run(struct work *w)
{
    if (w->done)
        return;
    w->done = true;
    switch (w->kind) {
    case TASK_SIGN:
        run_sign(w);
        break;
    case TASK_VERIFY:
        run_verify(w);
        break;
    case TASK_KEX:
        run_kex(w);
        break;
    case TASK_HELLO:
    case TASK_CHOOSE:
    case TASK_NONE:
        break;
    }
}

void work_end(struct work *w)
{
    struct tacit_env *env = w->env;
    switch (w->kind) {
    case TASK_HELLO:
        mem_free(&env->hooks, w->hello.hello.p, w->hello.hello.n);
        tacit_config_free(w->hello.answer);
        break;
    case TASK_SIGN:
        tacit_identity_free(w->sign.identity);
        mem_free(&env->hooks, w->sign.content.p, w->sign.content.n);
        break;
    case TASK_VERIFY:
        chain_free(w->verify.chain);
        mem_free(&env->hooks, w->verify.content.p, w->verify.content.n);
        tacit_config_free(w->verify.config);
        break;
    case TASK_KEX:
        kem_free(w->kex.key);
        tacit_identity_free(w->kex.identity);
        break;
    case TASK_CHOOSE:
        mem_free(&env->hooks, w->choose.request.p, w->choose.request.n);
        tacit_identity_free(w->choose.answer);
        tacit_config_free(w->choose.config);
        break;
    case TASK_NONE:
        break;
    }
    wipe(w, sizeof *w);
    tacit_env_free(env);
}
