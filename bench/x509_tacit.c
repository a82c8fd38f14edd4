/* x509_tacit.c: tacit's validator, by the functions that a handshake calls. */
#include "x509.h"

#include "crypto/env.h"
#include "x509/check.h"

#include <tacit/base.h>

#include <time.h>

static struct material with;
static tacit_env *plain, *remembering;
static tacit_trust *trust;
static struct chain *parsed;
static struct cert root, many;
static struct host host;
static uint16_t ids[32];

static const char *name(void)
{
    return "tacit";
}

static span of(struct der der)
{
    return (span){der.p, der.n};
}

static struct chain *read_chain(tacit_env *env)
{
    const span ders[] = {of(with.leaf), of(with.middle)};
    struct chain *chain = chain_new(&env->hooks, ders, 2, NULL);
    if (!chain)
        die("the chain was not read");
    return chain;
}

static void prepare(const struct material *material)
{
    with = *material;
    plain = tacit_env_new(NULL, NULL);
    remembering = tacit_env_new(
        &(tacit_env_options){.size = sizeof(tacit_env_options), .signature_cache = 1024}, NULL);
    trust = tacit_trust_new(plain, NULL);
    if (!tacit_trust_add_file(trust, with.root_file, NULL)
        || !cert_parse(&many, of(with.many), NULL) || !cert_parse(&root, of(with.root), NULL)
        || !host_parse(&host, span_str(BENCH_HOST), NULL))
        die("nothing to judge");
    for (size_t i = 0; i < n_schemes; i++)
        ids[i] = schemes[i].id;
    parsed = read_chain(plain);
}

static void parse(void)
{
    chain_free(read_chain(plain));
}

static void judge(tacit_env *env)
{
    struct path path;
    struct chain *chain = read_chain(env);
    const struct verify question = {.hooks = &env->hooks,
                                    .crypto = env->crypto,
                                    .trust = trust,
                                    .purpose = PURPOSE_SERVER,
                                    .host = &host,
                                    .now = (int64_t)time(NULL),
                                    .schemes = ids,
                                    .n_schemes = n_schemes,
                                    .cache = env->signatures};
    if (!x509_verify(&question, chain, &path, NULL))
        die("the chain was refused");
    chain_free(chain);
}

static void verify(void)
{
    judge(plain);
}

static void remembered(void)
{
    judge(remembering);
}

static void signatures(void)
{
    const struct cert *path[] = {&parsed->certs[0], &parsed->certs[1], &root};
    for (size_t i = 0; i < 2; i++)
        if (sig_verify(plain->crypto, path[i]->sig_alg, path[i]->sig_hash, &path[i + 1]->key,
                       path[i]->tbs, path[i]->sig)
            != SIG_GOOD)
            die("a signature is bad");
}

static void match(void)
{
    if (!host_matches(&many, &host))
        die("the name was not found");
}

const struct validator validator = {name, prepare, parse, verify, signatures, remembered, match};
