/* ocsp.h: OCSP responses (RFC 6960): read strictly, and asked about a certificate.
 *
 * Taken are basic responses, whoever of those that the issuer entitles has signed them. A nonce is
 * let pass: a staple answers nobody's request. */
#ifndef X509_OCSP_H
#define X509_OCSP_H

#include "wire/der.h"
#include "x509/x509.h"

/* OCSP_SUCCESSFUL is the one OCSPResponseStatus that has an answer in it. */
enum { OCSP_SUCCESSFUL = 0 };

struct ocsp {
    uint8_t status; /* OCSPResponseStatus; all below is for OCSP_SUCCESSFUL alone */
    span tbs, sig;
    enum sig_alg sig_alg; /* SIG_NONE: not verified here */
    enum hash_id sig_hash;
    bool broken_hash;
    span by_name; /* of the responder: its Name, with the header; p NULL: by key */
    span by_key;  /* the SHA-1 of its key */
    int64_t produced_at;
    span singles; /* contents of responses, each of them checked     */
    size_t n_singles;
    span certs; /* contents of certs: a few, not looked into yet   */
};

/* ocsp_parse reads one response to its end. `der` must outlive `out`. */
bool ocsp_parse(struct ocsp *out, span der, struct err *err) __attribute__((warn_unused_result));

/* ocsp_parse_ours reads one that our side gave: if it cannot be read, a file is at fault. */
bool ocsp_parse_ours(struct ocsp *out, span der, struct err *err)
    __attribute__((warn_unused_result));

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

/* struct cert_id names a certificate (RFC 6960 4.1.1). */
struct cert_id {
    bool sha1;
    enum hash_id hash; /* if not SHA-1; HASH_NONE: one that is not used here */
    span name_hash, key_hash, serial;
};

struct ocsp_single {
    struct cert_id id;
    enum ocsp_status status;
    int64_t this_update, next_update; /* without nextUpdate, next_update is our bound */
};

/* ocsp_single_next reads the next SingleResponse. */
bool ocsp_single_next(rd *singles, struct ocsp_single *out, struct err *err);

/* cert_id_is: does the CertID name this certificate, issued by the bearer of this key
 * (SubjectPublicKeyInfo)? An empty `issuer_spki` is not compared. */
bool cert_id_is(const struct cert_id *id, const struct cert *cert, span issuer_spki);

/* cert_id_names: does the CertID name an issuer of this Name? cert_id_issued_by: does it name this
 * very authority, by its subject and its key? */
bool cert_id_names(const struct cert_id *id, span name);
bool cert_id_issued_by(const struct cert_id *id, const struct cert *issuer);

/* ocsp_by: does the response say that the certificate's subject and key made it? */
bool ocsp_by(const struct ocsp *ocsp, const struct cert *cert);

/* struct ocsp_window is how long a response may be shown: both ends are inside. */
struct ocsp_window {
    int64_t from, until;
};

/* ocsp_window_narrow cuts a window to where an entry is current. */
void ocsp_window_narrow(struct ocsp_window *window, const struct ocsp_single *single);

/* ocsp_for_chain asks of a response that shall be stapled to the chain's leaf: is it readable,
 * current, about the leaf, and good? Its signature is checked if the chain holds the issuer. */
bool ocsp_for_chain(struct crypto *crypto, const struct chain *chain, span der, int64_t now,
                    struct ocsp_window *out, struct err *err);

#endif
