/* crl_check.c: what revocation lists say of a certificate of the path (RFC 5280 6.3).
 *
 * It is asked of the lists of its own issuer. A list counts
 * if the issuer's key signed it, or another key of the same authority: one of a certificate above
 * in the path, or one that such a certificate vouches for. Invariant: a list that is authentic and
 * names the certificate revokes it, however old the list is; only current ones, which together
 * cover all reasons, say that it is not revoked. */
#include "x509/crl.h"
#include "x509/parse.h"

/* signs: is the list signed by this certificate's key? */
static bool signs(const struct inquiry *q, const struct crl *crl, const struct cert *signer,
                  struct err *err)
{
    return inquiry_signed(q, crl->sig_alg, crl->sig_hash, &signer->key, crl->tbs, crl->digest,
                          crl->sig, err);
}

/* by_path: did a certificate of the path, the issuer or one above it, sign the list? */
static bool by_path(const struct inquiry *q, const struct crl *crl, struct err *err)
{
    for (size_t i = q->depth; i < q->path->n && !err->reason; i++) {
        const struct cert *c = q->path->certs[i];
        if (may_sign_crls(c) && name_eq(c->subject, crl->issuer) && signs(q, crl, c, err))
            return true;
    }
    return false;
}

/* vouched_by_path: did the issuer, or one above it, sign the certificate, and does it stand by
 * that? */
static bool vouched_by_path(const struct inquiry *q, const struct cert *signer, struct err *err)
{
    for (size_t i = q->depth; i < q->path->n && !err->reason; i++)
        if (inquiry_certified(q, signer, q->path->certs[i], err))
            return inquiry_in_office(q, signer, i, err);
    return false;
}

/* by_other: did a certificate that was sent along, made for this by the same authority, sign the
 * list? */
static bool by_other(const struct inquiry *q, const struct crl *crl, struct err *err)
{
    for (size_t i = 0; q->chain && i < q->chain->n && !err->reason; i++) {
        const struct cert *c = &q->chain->certs[i];
        /* Vouched for first: whoever likes sends certificates, and their keys may be dear. */
        if (name_eq(c->subject, crl->issuer) && check_crl_signer(q->v, c)
            && vouched_by_path(q, c, err) && signs(q, crl, c, err))
            return true;
    }
    return false;
}

bool crl_authentic(const struct inquiry *q, const struct crl *crl, struct err *err)
{
    return !crl->broken_hash && crl->sig_alg != SIG_NONE
           && signature_accepted(q->v, crl->sig_alg, crl->sig_hash)
           && (by_path(q, crl, err) || by_other(q, crl, err));
}

enum answer crl_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                       struct err *err)
{
    uint16_t covered = 0;
    for (const struct crl_node *n = trust_crls(q->v->trust)->first; n; n = n->next) {
        const struct crl *crl = &n->crl;
        if (!name_eq(crl->issuer, cert->issuer))
            continue;
        /* Each of its distribution points is held against the list's. */
        if (!budget_pay(q->budget, cert->crl_points.n, 1)) {
            fail(err, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX);
            return STOPPED;
        }
        uint16_t covers = crl_covers(crl, cert);
        if (!covers)
            continue;
        bool good = crl_authentic(q, crl, err);
        if (err->reason)
            return STOPPED;
        if (good && crl_lists(crl, cert->serial))
            return REVOKED;
        if (!good)
            gap_tell(gap, R_CRL_BAD_SIGNATURE);
        else if (q->v->now < crl->this_update || q->v->now > crl->next_update)
            gap_tell(gap, R_CRL_EXPIRED);
        else
            covered |= covers;
    }
    return covered == ALL_REASONS ? NOT_REVOKED : UNKNOWN;
}
