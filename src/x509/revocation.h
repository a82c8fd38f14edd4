/* revocation.h: what is known of a certificate's revocation, from wherever it comes.
 *
 * Two sources answer: revocation lists that were loaded (crl_check.c) and OCSP responses, stapled
 * or loaded (ocsp_check.c). revocation.c puts them together: either may revoke, either may say that
 * a certificate is not revoked. */
#ifndef X509_REVOCATION_H
#define X509_REVOCATION_H

#include "x509/check.h"

/* struct inquiry is one certificate whose status is asked. */
struct inquiry {
    const struct verify *v;
    const struct chain *chain; /* NULL: no other signer of lists is looked for */
    const struct path *path;
    struct budget *budget;
    size_t depth; /* of its issuer in the path */
};

/* struct gap is why a status is not known; what is found later tells more. */
struct gap {
    enum reason reason; /* at first R_CRL_MISSING: nothing is at hand */
};

static inline void gap_tell(struct gap *gap, enum reason reason)
{
    if (gap->reason == R_CRL_MISSING)
        gap->reason = reason;
}

/* enum answer: UNKNOWN is explained by the gap, STOPPED by the error. */
enum answer { NOT_REVOKED, REVOKED, UNKNOWN, STOPPED };

/* inquiry_signed spends a signature check on one over `tbs`, of which the digest may be known
 * (sig_verify_digested). */
bool inquiry_signed(const struct inquiry *q, enum sig_alg alg, enum hash_id hash,
                    const struct pubkey *key, span tbs, const uint8_t *digest, span sig,
                    struct err *err);

/* inquiry_certified: did this certificate of the path sign that one, which is in no path? */
bool inquiry_certified(const struct inquiry *q, const struct cert *cert, const struct cert *ca,
                       struct err *err);

/* inquiry_in_office: may one who speaks for the authority at this depth of the path still do so?
 * Lists alone are asked, of the path's own keys: who answers for another is not answered for by a
 * third. */
bool inquiry_in_office(const struct inquiry *q, const struct cert *speaker, size_t depth,
                       struct err *err);

struct crl;
struct ocsp;

/* crl_authentic: has the issuer, one above it in the path, or one that they vouch for signed the
 * list? ocsp_authentic: has the issuer signed the response, or one that it has certified for this?
 * `signer` is who did. */
bool crl_authentic(const struct inquiry *q, const struct crl *crl, struct err *err);
bool ocsp_authentic(const struct inquiry *q, const struct ocsp *ocsp, struct cert *signer,
                    struct err *err);

/* crl_status asks all lists of the certificate's issuer (RFC 5280 6.3). */
enum answer crl_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                       struct err *err);

/* staple_status asks the response that came with the certificate; UNKNOWN without one. One that
 * does not satisfy stops the verification (RFC 6066 8), unless it is merely old, or says that the
 * responder could not answer. */
enum answer staple_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                          struct err *err);

/* responses_status asks the responses that were loaded. */
enum answer responses_status(const struct inquiry *q, const struct cert *cert, struct gap *gap,
                             struct err *err);

#endif
