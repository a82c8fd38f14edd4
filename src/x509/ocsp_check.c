/* ocsp_check.c: what OCSP responses say of a certificate of the path (RFC 6960 3.2).
 *
 * A response counts if the issuer's key signed it, or that of a responder which the same key has
 * certified for this purpose. Invariant: nobody else is believed; every entry about the certificate
 * is heard, not only the first; an authentic "revoked" revokes, however old it is, and only a
 * current "good" says that it is not revoked. */
#include "x509/ocsp.h"
#include "x509/parse.h"
#include "x509/revocation.h"

/* struct word is what a response says of one certificate, all of its entries together. */
struct word {
    bool any, revoked, unknown;
    struct ocsp_window window; /* in which all of its entries are current */
};

static struct word word_about(const struct ocsp *ocsp, const struct cert *cert, span issuer_spki)
{
    struct word word = {.window = {ocsp->produced_at, INT64_MAX}};
    struct ocsp_single s;
    struct err no = {0};
    for (rd in = rd_of(ocsp->singles); !rd_end(&in) && ocsp_single_next(&in, &s, &no);) {
        if (!cert_id_is(&s.id, cert, issuer_spki))
            continue;
        word.any = true;
        word.revoked |= s.status == OCSP_REVOKED;
        word.unknown |= s.status == OCSP_UNKNOWN;
        ocsp_window_narrow(&word.window, &s);
    }
    return word;
}

/* ---- who may answer (RFC 6960 4.2.2.2) ------------------------------------------------------- */

static const struct cert *issuer_of(const struct inquiry *q)
{
    return q->path->certs[q->depth];
}

static bool signs(const struct inquiry *q, const struct ocsp *ocsp, const struct cert *signer,
                  struct err *err)
{
    return inquiry_signed(q, ocsp->sig_alg, ocsp->sig_hash, &signer->key, ocsp->tbs, NULL,
                          ocsp->sig, err);
}

/* in_office: a responder that does not say nocheck is asked about like any other certificate, but
 * by lists alone: a response about it would need a responder. */
static bool in_office(const struct inquiry *q, const struct cert *responder, struct err *err)
{
    return responder->ocsp_nocheck || q->v->revocation == REVOCATION_OFF
           || inquiry_in_office(q, responder, q->depth, err);
}

static bool by_delegate(const struct inquiry *q, const struct ocsp *ocsp, struct cert *signer,
                        struct err *err)
{
    span der;
    struct cert c;
    for (rd in = rd_of(ocsp->certs); !err->reason && der_whole(&in, DER_SEQUENCE, &der);) {
        struct err unreadable = {0};
        if (cert_parse(&c, der, &unreadable) && ocsp_by(ocsp, &c) && check_ocsp_signer(q->v, &c)
            && inquiry_certified(q, &c, issuer_of(q), err) && signs(q, ocsp, &c, err)
            && in_office(q, &c, err)) {
            *signer = c;
            return true;
        }
    }
    return false;
}

bool ocsp_authentic(const struct inquiry *q, const struct ocsp *ocsp, struct cert *signer,
                    struct err *err)
{
    if (ocsp->broken_hash || ocsp->sig_alg == SIG_NONE
        || !signature_accepted(q->v, ocsp->sig_alg, ocsp->sig_hash))
        return false;
    *signer = *issuer_of(q);
    bool by_issuer = ocsp_by(ocsp, signer) && signs(q, ocsp, signer, err);
    return by_issuer || (!err->reason && by_delegate(q, ocsp, signer, err));
}

/* ---- what it says ---------------------------------------------------------------------------- */

/* said hears an authentic word; `*why` is told of what is UNKNOWN. */
static enum answer said(const struct word *word, int64_t now, enum reason *why)
{
    if (word->revoked)
        return REVOKED;
    *why = word->unknown ? R_OCSP_UNKNOWN_CERT : R_OCSP_NOT_CURRENT;
    bool current = word->window.from <= now && now <= word->window.until;
    return current && !word->unknown ? NOT_REVOKED : UNKNOWN;
}

/* hear reads a response and asks it about a certificate. */
static enum answer hear(const struct inquiry *q, const struct cert *cert, span der,
                        enum reason *why, struct err *err)
{
    struct ocsp ocsp;
    struct cert signer;
    if (!ocsp_parse(&ocsp, der, err))
        return STOPPED;
    *why = R_OCSP_NOT_SUCCESSFUL;
    if (ocsp.status != OCSP_SUCCESSFUL)
        return UNKNOWN;
    /* Each entry may want digests of the issuer's name and key. */
    span key = issuer_of(q)->spki;
    if (!budget_pay(q->budget, cert->issuer.n + key.n, ocsp.n_singles)) {
        fail(err, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX);
        return STOPPED;
    }
    struct word word = word_about(&ocsp, cert, key);
    *why = R_OCSP_OTHER_CERT;
    if (!word.any)
        return UNKNOWN;
    *why = R_OCSP_NOT_AUTHENTIC;
    bool believed = ocsp_authentic(q, &ocsp, &signer, err);
    if (err->reason)
        return STOPPED;
    return believed ? said(&word, q->v->now, why) : UNKNOWN;
}

enum answer staple_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                          struct err *err)
{
    enum reason why = R_NONE;
    struct err found = {0};
    if (!cert->staple.p)
        return UNKNOWN;
    enum answer answer = hear(q, cert, cert->staple, &why, &found);
    int32_t depth = (int32_t)q->depth - 1;
    if (answer == STOPPED)
        fail_depth_at(err, (enum reason)found.reason, found.detail,
                      is_spent(found.reason) ? -1 : depth, found.file, found.line);
    if (answer != UNKNOWN)
        return answer;
    gap_tell(gap, why);
    if (why == R_OCSP_NOT_CURRENT || why == R_OCSP_NOT_SUCCESSFUL)
        return UNKNOWN;
    fail_depth_at(err, why, 0, depth, __FILE__, __LINE__); /* RFC 6066 8 */
    return STOPPED;
}

enum answer responses_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                             struct err *err)
{
    bool good = false;
    for (size_t i = 0; i < q->v->n_responses; i++) {
        enum reason why = R_NONE;
        enum answer answer = hear(q, cert, q->v->responses[i], &why, err);
        if (answer == REVOKED || answer == STOPPED)
            return answer;
        good |= answer == NOT_REVOKED;
        if (answer == UNKNOWN && why != R_OCSP_OTHER_CERT)
            gap_tell(gap, why);
    }
    return good ? NOT_REVOKED : UNKNOWN;
}

/* ---- our own staple -------------------------------------------------------------------------- */

/* issuer_in finds the leaf's issuer among the certificates that are sent with it. */
static const struct cert *issuer_in(const struct verify *v, const struct chain *chain)
{
    const struct cert *leaf = &chain->certs[0];
    for (size_t i = 0; i < chain->n; i++) {
        struct path pair = {.n = 2, .certs = {leaf, &chain->certs[i]}};
        struct err no = {0};
        if (name_eq(chain->certs[i].subject, leaf->issuer) && check_signature(v, &pair, &no))
            return &chain->certs[i];
    }
    return NULL;
}

bool ocsp_for_chain(struct crypto *crypto, const struct chain *chain, span der, int64_t now,
                    struct ocsp_window *out, struct err *err)
{
    enum { SIGNATURES = 20 };
    uint16_t ids[SCHEMES_ROOM];
    const struct cert *leaf = &chain->certs[0];
    struct budget budget = {.signatures = SIGNATURES};
    struct verify v = {.crypto = crypto, .now = now};
    struct ocsp ocsp;
    struct cert signer;
    enum reason why = R_NONE;
    schemes_all(&v, ids);
    if (!ocsp_parse_ours(&ocsp, der, err))
        return false;
    if (ocsp.status != OCSP_SUCCESSFUL)
        return fail(err, OCSP_NOT_SUCCESSFUL, ocsp.status);
    const struct cert *issuer = issuer_in(&v, chain);
    struct word word = word_about(&ocsp, leaf, issuer ? issuer->spki : (span){0});
    if (!word.any)
        return fail(err, OCSP_OTHER_CERT, 0);
    const struct path path = {.n = 2, .certs = {leaf, issuer}};
    const struct inquiry q = {&v, NULL, &path, &budget, 1};
    if (issuer && !ocsp_authentic(&q, &ocsp, &signer, err))
        return fail(err, OCSP_NOT_AUTHENTIC, 0);
    enum answer answer = said(&word, now, &why);
    if (answer == REVOKED)
        return fail_depth(err, CERT_REVOKED, 0, 0);
    *out = word.window;
    return answer == NOT_REVOKED || fail_at(err, why, 0, __FILE__, __LINE__);
}
