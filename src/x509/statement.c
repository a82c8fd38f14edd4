/* statement.c: a revocation list or an OCSP response by itself, without a certificate that it is
 * about: did an authority at hand say this, and does it still count (RFC 5280 6.3.3, RFC 6960 3.2)?
 *
 * Invariant: true is said only of a signature that was checked, by the same functions that hear
 * lists and responses along a path; whether the authority itself is to be believed is not asked. */
#include "x509/crl.h"
#include "x509/ocsp.h"

#include "crypto/env.h"

#include <tacit/verify.h>

/* struct statement is the question: who of `trust` is the author. */
struct statement {
    struct verify v;
    uint16_t schemes[SCHEMES_ROOM];
    struct budget budget;
    struct cert signer; /* if the signature was right */
    bool authentic;
};

/* counts puts the question by one of the two functions below. */
static bool counts(bool (*ask)(struct statement *s, span text, struct err *err), span text,
                   const struct tacit_env *env, const struct tacit_trust *trust, int64_t time,
                   tacit_cert_info *signer, tacit_error *error)
{
    struct statement s = {.budget = {.signatures = SIGNATURES_MAX, .comparisons = COMPARISONS_MAX}};
    struct err err = {.depth = -1};
    if (!env || !trust)
        return err_missing(error);
    s.v = (struct verify){.hooks = &env->hooks,
                          .crypto = env->crypto,
                          .trust = trust,
                          .now = time ? time : env->hooks.now(env->hooks.user)};
    schemes_all(&s.v, s.schemes);
    bool ok = ask(&s, text, &err);
    if (s.authentic && signer && signer->size == sizeof *signer)
        cert_describe(&s.signer, NULL, signer);
    return ok || err_export(&err, error);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool list_signed(struct statement *s, const struct crl *crl, struct err *err)
{
    const struct anchor *a = trust_first(s->v.trust, crl->issuer);
    if (!a)
        return fail(err, SIGNER_ABSENT, 0);
    for (; a && !err->reason; a = trust_next(a, crl->issuer)) {
        const struct path path = {.n = 1, .certs = {&a->cert}};
        const struct inquiry q = {&s->v, NULL, &path, &s->budget, 0};
        s->signer = a->cert;
        if (crl_authentic(&q, crl, err))
            return true;
    }
    return fail(err, CRL_BAD_SIGNATURE, 0);
}

static bool list_counts(struct statement *s, const struct crl *crl, struct err *err)
{
    s->authentic = list_signed(s, crl, err);
    if (!s->authentic)
        return false;
    return (crl->this_update <= s->v.now && s->v.now <= crl->next_update)
           || fail(err, CRL_EXPIRED, 0);
}

static bool lists_count(struct statement *s, span text, struct err *err)
{
    struct crl_set set = {NULL};
    bool ok = crl_set_add(&set, s->v.hooks, text, err);
    for (const struct crl_node *n = set.first; ok && n; n = n->next)
        ok = list_counts(s, &n->crl, err);
    crl_set_clear(&set, s->v.hooks);
    return ok;
}

bool tacit_verify_crl(tacit_env *env, tacit_cert_info *signer, const tacit_trust *trust,
                      tacit_span crls, int64_t time, tacit_error *error)
{
    return counts(lists_count, crls, env, trust, time, signer, error);
}

/* ---- responses ------------------------------------------------------------------------------- */

/* authority_of finds whom a CertID names as the issuer; NULL: nobody who is at hand. */
static const struct cert *authority_of(const struct statement *s, const struct cert_id *id)
{
    span subject;
    for (size_t i = 0; trust_subject(s->v.trust, i, &subject); i++) {
        if (!cert_id_names(id, subject))
            continue;
        for (const struct anchor *a = trust_first(s->v.trust, subject); a;
             a = trust_next(a, subject))
            if (cert_id_issued_by(id, &a->cert))
                return &a->cert;
    }
    return NULL;
}

/* entry_signed: may who signed the response speak for the issuer of this entry? Entries of one
 * issuer are asked about once. */
static bool entry_signed(struct statement *s, const struct ocsp *ocsp, const struct cert_id *id,
                         const struct cert **last, struct err *err)
{
    if (*last && cert_id_issued_by(id, *last))
        return true;
    *last = authority_of(s, id);
    if (!*last)
        return fail(err, SIGNER_ABSENT, 0);
    const struct path path = {.n = 1, .certs = {*last}};
    const struct inquiry q = {&s->v, NULL, &path, &s->budget, 0};
    return ocsp_authentic(&q, ocsp, &s->signer, err) || fail(err, OCSP_NOT_AUTHENTIC, 0);
}

static bool response_counts(struct statement *s, span der, struct err *err)
{
    struct ocsp ocsp;
    struct ocsp_single single;
    const struct cert *last = NULL;
    if (!ocsp_parse_ours(&ocsp, der, err))
        return false;
    if (ocsp.status != OCSP_SUCCESSFUL)
        return fail(err, OCSP_NOT_SUCCESSFUL, ocsp.status);
    struct ocsp_window window = {ocsp.produced_at, INT64_MAX};
    for (rd in = rd_of(ocsp.singles); !rd_end(&in);) {
        if (!ocsp_single_next(&in, &single, err) || !entry_signed(s, &ocsp, &single.id, &last, err))
            return false;
        ocsp_window_narrow(&window, &single);
    }
    if (!last)
        return fail(err, SIGNER_ABSENT, 0);
    s->authentic = true;
    return (window.from <= s->v.now && s->v.now <= window.until) || fail(err, OCSP_NOT_CURRENT, 0);
}

bool tacit_verify_ocsp(tacit_env *env, tacit_cert_info *signer, const tacit_trust *trust,
                       tacit_span response, int64_t time, tacit_error *error)
{
    return counts(response_counts, response, env, trust, time, signer, error);
}
