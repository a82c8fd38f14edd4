/* check.h: the rules of a path (RFC 5280 6.1), apart from the search for one.
 *
 * The RFC walks down from the anchor with state. What is processed here is, at each issuer, a
 * condition on that issuer and on what stands below it, so it is asked as the path grows up from
 * the leaf: the verdict is the same, and a branch that cannot succeed is left at once. Every
 * function fails with the reason and the depth of the certificate that broke the rule. */
#ifndef X509_CHECK_H
#define X509_CHECK_H

#include "x509/x509.h"

enum { SIGNATURES_MAX = 100, COMPARISONS_MAX = 1 << 20 };

/* struct budget is what one verification may still spend, whatever a peer sends. */
struct budget {
    size_t signatures;  /* that are verified, each by its price      */
    size_t steps;       /* candidates that are looked at             */
    size_t wholes;      /* paths that met an anchor, and are asked about policies and revocation */
    size_t comparisons; /* of names with each other and with constraints, of policies, of digests */
};

/* budget_pay spends what it costs to compare, or to digest, texts of so many bytes together,
 * `times` over; false when that is more than is left. */
static inline bool budget_pay(struct budget *budget, size_t bytes, size_t times)
{
    size_t cost = (1 + bytes / 16) * times;
    if (budget->comparisons < cost)
        return false;
    budget->comparisons -= cost;
    return true;
}

/* is_spent: does this reason say that there is nothing left to spend? */
static inline bool is_spent(unsigned reason)
{
    return reason == R_CERT_BUDGET_SIGNATURES || reason == R_CERT_BUDGET_CANDIDATES
           || reason == R_CERT_BUDGET_PATHS || reason == R_CERT_BUDGET_COMPARISONS
           || reason == R_CERT_BUDGET_POLICIES;
}

/* budget_sign spends a signature check by this key; false when it costs more than is left. */
bool budget_sign(struct budget *budget, const struct pubkey *key, struct err *err);

/* check_leaf asks all that concerns the leaf alone but its name. `anchored`: it is itself an
 * anchor. */
bool check_leaf(const struct verify *v, const struct cert *leaf, bool anchored, struct err *err);

/* check_issuer asks whether the last certificate of the path may issue those below it, signatures
 * apart. */
bool check_issuer(const struct verify *v, const struct path *path, struct budget *budget,
                  struct err *err);

/* check_signature: did the last certificate of the path sign the one below it, in a way that is
 * accepted? Whether that was found out now or before is noted in path->fresh. */
bool check_signature(const struct verify *v, struct path *path, struct err *err);

/* signature_key is the digest by which a certificate's signature is remembered: of the whole
 * certificate and of its issuer's key. */
void signature_key(const struct cert *cert, const struct cert *issuer, uint8_t out[SIG_CACHE_KEY]);

/* remember_signatures adds the fresh ones of a path that was accepted to v's cache. */
void remember_signatures(const struct verify *v, const struct path *path);

/* constraints_apply holds the names of the certificates below the last one of the path against its
 * name constraints (constraints.c). */
bool constraints_apply(const struct path *path, struct budget *budget, struct err *err);

/* policies_apply asks of a path that has met its anchor whether the policies that it needs are
 * valid along all of it (policies.c). */
bool policies_apply(const struct verify *v, const struct path *path, struct budget *budget,
                    struct err *err);

/* revocation_apply asks of a path that has met its anchor whether a certificate below the anchor is
 * revoked (revocation.c), and whether the leaf has the staple that it needs; `chain` is searched
 * for other keys of the path's authorities. What v's mode lets pass is noted in path->unchecked. */
bool revocation_apply(const struct verify *v, const struct chain *chain, struct path *path,
                      struct budget *budget, struct err *err);

/* may_sign_crls: does the key usage of an issuer in a path allow it? */
bool may_sign_crls(const struct cert *cert);

/* check_ocsp_signer: may a certificate that is in no path sign OCSP responses, for the issuer that
 * issued it? It has to say so (RFC 6960 4.2.2.2). */
bool check_ocsp_signer(const struct verify *v, const struct cert *cert);

/* check_crl_signer: may a certificate that is in no path sign lists? It has to say so. */
bool check_crl_signer(const struct verify *v, const struct cert *cert);

/* schemes_all has v accept every scheme that we know; the numbers are kept in `room`. */
enum { SCHEMES_ROOM = 32 };
void schemes_all(struct verify *v, uint16_t room[SCHEMES_ROOM]);

/* signature_accepted: is this way to sign among v's schemes? */
bool signature_accepted(const struct verify *v, enum sig_alg alg, enum hash_id hash);

/* ---- trust.c --------------------------------------------------------------------------------- */

/* struct anchor is one certificate of a tacit_trust; it does not move while the set lives. */
struct anchor {
    struct cert cert;
    size_t size;
    uint32_t hash;       /* of the subject                               */
    struct anchor *next; /* with the same hash, or another in its bucket */
    uint8_t der[];
};

/* trust_first and trust_next go through the anchors of this subject. */
const struct anchor *trust_first(const struct tacit_trust *trust, span subject);
const struct anchor *trust_next(const struct anchor *anchor, span subject);

/* trust_has: is this very certificate an anchor? */
bool trust_has(const struct tacit_trust *trust, const struct cert *cert);

/* trust_has_key_of: is the key of this certificate trusted by itself? */
bool trust_has_key_of(const struct tacit_trust *trust, const struct cert *cert);

#endif
