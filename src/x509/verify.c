/* verify.c: the public question, <tacit/verify.h>, put to x509_verify.
 *
 * Invariant: true comes from x509_verify alone, after every option was understood. */
#include "x509/admit.h"
#include "x509/check.h"

#include "crypto/env.h"
#include "wire/wr.h"
#include "x509/ocsp.h"

#include <tacit/verify.h>

enum { POLICIES_MAX = 32, OID_MAX = 64 };

struct tacit_verdict {
    struct tacit_env *env;
    tacit_trust *trust;
    struct chain *chain;
    struct path path;
    struct host host;
    bool has_host;
    struct admit *admit;
};

/* struct question is what the options come to. */
struct question {
    struct verify verify;
    span policies[POLICIES_MAX];
    uint8_t oids[POLICIES_MAX][OID_MAX];
    uint16_t schemes[SCHEMES_ROOM];
};

static bool arc_read(const char **text, uint32_t *out)
{
    enum { ARC_MAX = (1 << 28) - 80 }; /* four groups of seven bits, with the first arc */
    uint32_t v = 0;
    const char *p = *text;
    if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        v = v * 10 + (uint32_t)(*p - '0');
        if (v >= ARC_MAX)
            return false;
    }
    *out = v;
    *text = p;
    return true;
}

static void arc_write(wr *out, uint32_t arc)
{
    enum { MORE = 0x80, GROUP = 7 };
    for (int shift = 3 * GROUP; shift > 0; shift -= GROUP)
        if (arc >> shift)
            wr_u8(out, (uint8_t)(MORE | (arc >> shift & (MORE - 1))));
    wr_u8(out, (uint8_t)(arc & (MORE - 1)));
}

/* oid_read turns "2.5.29.32.0" into the contents of an OBJECT IDENTIFIER (X.690 8.19). */
static bool oid_read(const char *text, uint8_t room[OID_MAX], span *out)
{
    wr w = wr_of(room, OID_MAX);
    uint32_t first, arc;
    if (!arc_read(&text, &first) || first > 2 || *text++ != '.' || !arc_read(&text, &arc)
        || (first < 2 && arc >= 40))
        return false;
    arc_write(&w, first * 40 + arc);
    while (*text) {
        if (*text++ != '.' || !arc_read(&text, &arc))
            return false;
        arc_write(&w, arc);
    }
    *out = (span){room, w.n};
    return wr_ok(&w);
}

static bool policies_read(struct question *q, const tacit_verify_options *o, struct err *err)
{
    if (!o->policies != !o->n_policies) /* none of an empty list would be asked for */
        return fail(err, BAD_LIST_OPTION, o->n_policies);
    if (o->n_policies > POLICIES_MAX)
        return fail(err, BAD_POLICY_OPTION, o->n_policies);
    for (size_t i = 0; i < o->n_policies; i++)
        if (!o->policies[i] || !oid_read(o->policies[i], q->oids[i], &q->policies[i]))
            return fail(err, BAD_POLICY_OPTION, i);
    return true;
}

static bool responses_read(const tacit_verify_options *o, struct err *err)
{
    struct ocsp ocsp;
    if (o->n_ocsp && !o->ocsp)
        return fail(err, BAD_LIST_OPTION, o->n_ocsp);
    for (size_t i = 0; i < o->n_ocsp; i++)
        if (!ocsp_parse_ours(&ocsp, o->ocsp[i], err))
            return false;
    return true;
}

static bool question_read(struct question *q, tacit_verdict *verdict, const tacit_verify_options *o,
                          struct err *err)
{
    const struct hooks *hooks = &verdict->env->hooks;
    if (o->purpose > TACIT_PURPOSE_CLIENT)
        return fail(err, BAD_PURPOSE_OPTION, o->purpose);
    if (o->revocation > TACIT_REVOCATION_HARD)
        return fail(err, BAD_REVOCATION_OPTION, o->revocation);
    verdict->has_host = o->name;
    if (o->name && !host_parse(&verdict->host, span_str(o->name), err))
        return false;
    if (!admit_new(&verdict->admit, hooks, o->pins, o->n_pins, o->allow, o->n_allow, err))
        return false;
    q->verify = (struct verify){
        .hooks = hooks,
        .crypto = verdict->env->crypto,
        .trust = verdict->trust,
        .purpose = (enum purpose)o->purpose,
        .host = o->name ? &verdict->host : NULL,
        .now = o->time ? o->time : hooks->now(hooks->user),
        .policies = q->policies,
        .n_policies = o->n_policies,
        /* A set alone would bind nothing (RFC 5280 6.1.5 (g)): who names one wants it obeyed. */
        .explicit_policy = o->explicit_policy || o->n_policies,
        .inhibit_mapping = o->inhibit_mapping,
        .inhibit_any = o->inhibit_any,
        .revocation = (enum revocation)o->revocation,
        .responses = o->ocsp,
        .n_responses = o->n_ocsp,
        .report = true,
        .admit = verdict->admit,
        .cache = verdict->env->signatures,
    };
    schemes_all(&q->verify, q->schemes);
    return responses_read(o, err) && policies_read(q, o, err);
}

static tacit_verdict *verdict_new(tacit_env *env, const tacit_verify_options *o, struct err *err)
{
    tacit_verdict *v = mem_alloc(&env->hooks, sizeof *v);
    if (!v) {
        fail(err, NO_MEMORY, sizeof *v);
        return NULL;
    }
    v->env = env_ref(env);
    v->trust = tacit_trust_ref(o->trust);
    v->chain = chain_from_pem(&env->hooks, o->chain, err);
    if (v->chain) {
        trust_seal(v->trust);
        return v;
    }
    tacit_verdict_free(v);
    return NULL;
}

bool tacit_verify(tacit_env *env, tacit_verdict **verdict, const tacit_verify_options *options,
                  tacit_error *error)
{
    struct err err = {.depth = -1};
    struct question question;
    if (verdict)
        *verdict = NULL;
    if (!env || !options)
        return err_missing(error);
    if (options->size != sizeof *options)
        fail(&err, OPTIONS_SIZE, options->size);
    else if (!options->trust)
        fail(&err, NO_TRUST, 0);
    tacit_verdict *v = err.reason ? NULL : verdict_new(env, options, &err);
    bool put = v && question_read(&question, v, options, &err);
    bool ok = put && x509_verify(&question.verify, v->chain, &v->path, &err);
    if (put && verdict)
        *verdict = v;
    else
        tacit_verdict_free(v);
    if (err.reason == R_NO_TRUST)
        err_export_missing(&err, error);
    else if (err.reason)
        err_export(&err, error);
    return ok;
}

bool tacit_verdict_cert(const tacit_verdict *v, size_t index, tacit_cert_info *info)
{
    if (!v || index >= v->path.n || !info || info->size != sizeof *info)
        return false;
    cert_describe(v->path.certs[index], v->has_host ? &v->host : NULL, info);
    return true;
}

bool tacit_verdict_der(const tacit_verdict *v, size_t index, tacit_span *der)
{
    if (!v || index >= v->path.n)
        return false;
    *der = v->path.certs[index]->der;
    return true;
}

bool tacit_verdict_name(const tacit_verdict *v, size_t index, size_t name, tacit_name_kind *kind,
                        char *out, size_t cap)
{
    return v && index < v->path.n && cert_name_at(v->path.certs[index], name, kind, out, cap);
}

const tacit_report *tacit_verdict_report(const tacit_verdict *v)
{
    return v ? v->chain->report : NULL;
}

bool tacit_verdict_revocation_unknown(const tacit_verdict *v)
{
    return v && v->path.unchecked;
}

void tacit_verdict_free(tacit_verdict *v)
{
    if (!v)
        return;
    struct tacit_env *env = v->env;
    chain_free(v->chain);
    admit_free(v->admit);
    tacit_trust_free(v->trust);
    mem_free(&env->hooks, v, sizeof *v);
    tacit_env_free(env);
}
