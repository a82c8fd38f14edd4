/* crl.h: certificate revocation lists (RFC 5280 5): read strictly, kept with the anchors, and asked
 * about each certificate of a path below its anchor.
 *
 * Taken are complete lists of an authority's, and those that it partitions by distribution point,
 * by kind of certificate or by reason. Indirect and delta lists, and those with a critical
 * extension that is not processed, are refused when they are loaded: whoever relies on one hears of
 * it at once. */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "wire/der.h"
#include "x509/revocation.h"

/* Bits 1 to 8 of ReasonFlags (RFC 5280 4.2.1.13). */
enum { ALL_REASONS = 0x1fe };

/* struct dist_name is a DistributionPointName: one of the two, or neither. */
struct dist_name {
    span full;     /* contents of GeneralNames                                     */
    span relative; /* contents of a RelativeDistinguishedName, after the issuer's  */
};

struct crl {
    span tbs, issuer, sig;
    span entries; /* contents of revokedCertificates, each of them checked */
    size_t n_entries, n_rows;
    uint64_t *rows; /* the index over them; NULL: they are walked */
    enum sig_alg sig_alg;
    enum hash_id sig_hash;
    uint8_t digest[HASH_MAX]; /* of tbs, by sig_hash: each verification asks for its signature */
    bool broken_hash;
    bool user_only, ca_only, attribute_only;
    uint16_t reasons; /* for which the list is complete */
    int64_t this_update, next_update;
    struct dist_name point;
};

/* crl_parse reads one list. `der` must outlive `out`. */
bool crl_parse(struct crl *out, span der, struct err *err) __attribute__((warn_unused_result));

/* crl_entry_next reads the number of an entry; what follows it is lent. A number below zero is no
 * certificate's that is accepted here, but stands in lists. */
bool crl_entry_next(rd *entries, span *number, rd *more);

/* crl_covers is the set of reasons for which the list, going by its scope, would name the
 * certificate (RFC 5280 6.3.3 (b), (d)). */
uint16_t crl_covers(const struct crl *crl, const struct cert *cert);

/* ---- crl_lookup.c ---------------------------------------------------------------------------- */

/* crl_index makes the index of a list that was read, if it is long: eight bytes for each entry.
 * crl_index_free frees it, also after a failure. */
bool crl_index(struct crl *crl, const struct hooks *hooks, struct err *err);
void crl_index_free(struct crl *crl, const struct hooks *hooks);

/* crl_lists: does the certificate's number stand in the list, for whatever reason? */
bool crl_lists(const struct crl *crl, span serial);

/* ---- dist.c: distribution points ------------------------------------------------------------- */

/* dist_name_read reads a DistributionPointName, which its caller has entered. */
bool dist_name_read(rd in, struct dist_name *out);

/* dist_reasons reads the contents of a ReasonFlags into bits. */
bool dist_reasons(span bits, uint16_t *out);

/* dist_points_check: are these the contents of CRLDistributionPoints (RFC 5280 4.2.1.13)? */
bool dist_points_check(span points);

/* dist_points_reasons is the set of reasons that a certificate's distribution points give to the
 * list of this name. */
uint16_t dist_points_reasons(const struct cert *cert, const struct dist_name *name);

/* ---- crl_entry.c ---------------------------------------------------------------------------- */

/* crl_entry reads when and why (a CRLReason of RFC 5280 5.3.1; 0: it does not say) the certificate
 * of this number was revoked; false if it is not in the list. */
bool crl_entry(const struct crl *crl, span serial, int64_t *when, uint8_t *reason);

/* ---- crl_set.c ------------------------------------------------------------------------------- */

/* struct crl_node is one list of a set; it does not move while the set lives. */
struct crl_node {
    struct crl crl;
    size_t size;
    struct crl_node *next;
    uint8_t der[];
};

/* struct crl_set grows until the tacit_trust that it is part of is sealed. */
struct crl_set {
    struct crl_node *first;
};

/* crl_set_add adds the lists of a PEM text, or one in DER: all of them or none. */
bool crl_set_add(struct crl_set *set, const struct hooks *hooks, span text, struct err *err);
void crl_set_clear(struct crl_set *set, const struct hooks *hooks);

/* crl_set_shrink takes away what was added since `first` was the first one. */
void crl_set_shrink(struct crl_set *set, const struct hooks *hooks, const struct crl_node *first);

/* crl_is_other: was the text refused (with `err`) because it is something else than revocation
 * lists? Text without one, or a certificate in DER; but not what may be the beginning of a list,
 * and so not nothing. */
bool crl_is_other(span text, const struct err *err);

/* trust_crls lends the lists of a trust. */
const struct crl_set *trust_crls(const struct tacit_trust *trust);

#endif
