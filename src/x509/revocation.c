/* revocation.c: is a certificate of the path revoked (RFC 5280 6.3, RFC 6960), and has the leaf the
 * staple that it needs (RFC 7633)?
 *
 * Asked of every certificate below the anchor: lists, the response that came with it, responses
 * that were loaded. Invariant: one of them that says "revoked" is enough, and one that says "not
 * revoked" is enough if none says "revoked"; what cannot be believed says nothing. */
#include "x509/revocation.h"

#include "x509/parse.h"

bool inquiry_signed(const struct inquiry *q, enum sig_alg alg, enum hash_id hash,
                    const struct pubkey *key, span tbs, const uint8_t *digest, span sig,
                    struct err *err)
{
    if (!budget_sign(q->budget, key, err))
        return false;
    enum sig_result verdict = sig_verify_digested(q->v->crypto, alg, hash, key, tbs, digest, sig);
    if (verdict == SIG_FAILED)
        return fail(err, CRYPTO_FAILED, 0);
    return verdict == SIG_GOOD;
}

bool inquiry_certified(const struct inquiry *q, const struct cert *cert, const struct cert *ca,
                       struct err *err)
{
    struct path pair = {.n = 2, .certs = {cert, ca}};
    struct err found = {0};
    if (!name_eq(cert->issuer, ca->subject) || !budget_sign(q->budget, &ca->key, err))
        return false;
    if (check_signature(q->v, &pair, &found))
        return true;
    return found.reason == R_CRYPTO_FAILED && fail(err, CRYPTO_FAILED, 0);
}

bool inquiry_in_office(const struct inquiry *q, const struct cert *speaker, size_t depth,
                       struct err *err)
{
    const struct inquiry of_speaker = {q->v, NULL, q->path, q->budget, depth};
    struct gap gap = {R_CRL_MISSING};
    enum answer answer = crl_status(&of_speaker, speaker, &gap, err);
    return answer == NOT_REVOKED || (answer == UNKNOWN && q->v->revocation == REVOCATION_SOFT);
}

/* struct heard is what came of asking about one certificate. */
struct heard {
    bool stapled;           /* its staple says that it is not revoked */
    struct gap gap, staple; /* for all sources, and for the staple    */
};

/* status asks the three sources. A staple is heard in every mode: we asked for it, and what it
 * revokes is not to be believed. */
static enum answer status(const struct inquiry *q, const struct cert *cert, struct heard *heard,
                          struct err *err)
{
    bool off = q->v->revocation == REVOCATION_OFF;
    struct gap *gap = &heard->gap;
    *heard = (struct heard){.gap = {R_CRL_MISSING}, .staple = {R_CRL_MISSING}};
    const enum answer by_list = off ? UNKNOWN : crl_status(q, cert, gap, err);
    if (by_list == REVOKED || by_list == STOPPED)
        return by_list;
    const enum answer by_staple = staple_status(q, cert, &heard->staple, err);
    if (by_staple == REVOKED || by_staple == STOPPED)
        return by_staple;
    heard->stapled = by_staple == NOT_REVOKED;
    gap_tell(gap, heard->staple.reason);
    const enum answer by_response = off ? UNKNOWN : responses_status(q, cert, gap, err);
    if (by_response == REVOKED || by_response == STOPPED)
        return by_response;
    return by_list == UNKNOWN && by_staple == UNKNOWN ? by_response : NOT_REVOKED;
}

/* promised: RFC 7633 4.2.2: what an issuer promises holds for all below it. */
static bool promised(const struct path *path)
{
    for (size_t i = 0; i < path->n; i++)
        if (path->certs[i]->must_staple)
            return true;
    return false;
}

/* staple_needed asks for the leaf's; `gap` is why one that came does not do. */
static bool staple_needed(const struct verify *v, const struct path *path, const struct gap *gap,
                          struct err *err)
{
    bool needed = v->stapling == STAPLE_REQUIRED || (v->stapling == STAPLE_ASKED && promised(path));
    if (!needed || path->stapled)
        return true;
    bool came = gap->reason != R_CRL_MISSING;
    return fail_depth_at(err, came ? gap->reason : R_STAPLE_MISSING, 0, 0, __FILE__, __LINE__);
}

bool revocation_apply(const struct verify *v, const struct chain *chain, struct path *path,
                      struct budget *budget, struct err *err)
{
    struct heard heard = {.staple = {R_CRL_MISSING}};
    path->unchecked = R_NONE;
    /* From the anchor down: who is revoked has no say about those below. */
    for (size_t i = path->n - 1; i-- > 0;) {
        const struct inquiry q = {v, chain, path, budget, i + 1};
        switch (status(&q, path->certs[i], &heard, err)) {
        case STOPPED:
            return false;
        case REVOKED:
            return fail_depth(err, CERT_REVOKED, 0, (int32_t)i);
        case UNKNOWN:
            if (v->revocation == REVOCATION_HARD)
                return fail_depth_at(err, heard.gap.reason, 0, (int32_t)i, __FILE__, __LINE__);
            if (!path->unchecked && v->revocation == REVOCATION_SOFT)
                path->unchecked = heard.gap.reason;
            break;
        case NOT_REVOKED:
            break;
        }
    }
    path->stapled = heard.stapled; /* the leaf's: it was asked last */
    return staple_needed(v, path, &heard.staple, err);
}
