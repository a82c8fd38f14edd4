/* x509.h: certificates, and whether to believe them. Usable without TLS.
 *
 * A certificate is parsed into a struct of spans over its DER, without an allocation per field. A
 * chain owns the bytes of what a peer sent; anchors belong to a tacit_trust. x509_verify searches a
 * path, checks it, and says of a refusal which certificate broke which rule. (RFC 5280, RFC
 * 9525) */
#ifndef X509_X509_H
#define X509_X509_H

#include "base/fail.h"
#include "crypto/crypto.h"
#include "crypto/sig_cache.h"
#include "registry/registry.h"

#include <tacit/trust.h>

/* Bits of cert.key_usage, by their names in RFC 5280 4.2.1.3. */
enum {
    KU_DIGITAL_SIGNATURE = 1 << 0,
    KU_KEY_ENCIPHERMENT = 1 << 2,
    KU_KEY_CERT_SIGN = 1 << 5,
    KU_CRL_SIGN = 1 << 6,
};

/* Bits of cert.eku (RFC 5280 4.2.1.12). */
enum {
    EKU_SERVER = 1 << 0,
    EKU_CLIENT = 1 << 1,
    EKU_ANY = 1 << 2,
    EKU_OCSP_SIGNING = 1 << 3,
    EKU_OTHER = 1 << 4,
};

/* POLICY_NEVER: a rule about policies that does not begin to bind. */
enum { POLICY_NEVER = 255 };

struct cert {
    span der;             /* the whole certificate                           */
    span tbs;             /* what is signed, with its header                 */
    span serial;          /* magnitude, big-endian, as encoded               */
    span issuer, subject; /* Names, with their headers                       */
    span spki;            /* SubjectPublicKeyInfo, with its header           */
    span sig;             /* signature value                                 */
    enum sig_alg sig_alg; /* SIG_NONE: an algorithm that we do not verify    */
    enum hash_id sig_hash;
    int64_t not_before, not_after;
    struct pubkey key; /* type KEY_NONE: a key that we do not use         */
    uint8_t version;   /* 1, 2, 3                                         */
    bool self_issued;  /* issuer equals subject                           */
    bool has_key_usage, has_eku, has_basic, is_ca;
    bool unknown_critical; /* a critical extension that is not processed here */
    bool broken_hash;      /* the signature is over MD5 or SHA-1              */
    bool san_critical;
    bool must_staple;  /* TLS feature status_request (RFC 7633)           */
    bool ocsp_nocheck; /* an OCSP responder whose revocation is not asked */
    uint16_t key_usage;
    uint16_t eku;
    int32_t path_len;      /* -1: no limit                                    */
    span san;              /* contents of GeneralNames; p NULL: none          */
    span name_constraints; /* contents of NameConstraints; p NULL: none       */
    span aki, ski;         /* key identifiers; p NULL: none                   */
    span policies;         /* contents of certificatePolicies; p NULL: none   */
    span mappings;         /* contents of policyMappings; p NULL: none        */
    span crl_points;       /* contents of CRLDistributionPoints; p NULL: none */
    span staple;           /* OCSP response that came with it; p NULL: none   */
    /* After how many certificates policies are needed, and mappings and anyPolicy inhibited. */
    uint8_t need_policy, inhibit_mapping, inhibit_any;
};

/* cert_parse reads one certificate strictly (DER, known versions, no trailing bytes). `der` must
 * outlive `out`. */
bool cert_parse(struct cert *out, span der, struct err *err) __attribute__((warn_unused_result));

/* struct chain is what a peer sent: leaf first, then anything in any order; it owns a copy of the
 * bytes, and what was found out about them (report.h), so that the two go together. */
struct chain {
    const struct hooks *hooks;
    size_t size;
    size_t n;
    struct tacit_report *report; /* NULL: there is none */
    struct cert certs[];
};

enum { CHAIN_MAX = 64 };

/* chain_new copies and parses n certificates (1..CHAIN_MAX). Free with chain_free. */
struct chain *chain_new(const struct hooks *hooks, const span *ders, size_t n, struct err *err);
void chain_free(struct chain *chain);

/* chain_new_stapled is chain_new with the OCSP response that came with each certificate; p NULL:
 * none. */
struct chain *chain_new_stapled(const struct hooks *hooks, const span *ders, const span *staples,
                                size_t n, struct err *err);

/* chain_with_staple is a copy of a chain whose leaf has this OCSP response. */
struct chain *chain_with_staple(const struct chain *chain, span staple, struct err *err);

/* chain_from_pem is chain_new over all CERTIFICATE blocks of a PEM text; other blocks are
 * skipped. */
struct chain *chain_from_pem(const struct hooks *hooks, span pem, struct err *err);

/* struct host is a name that a peer must prove: a DNS name (lower case, without the trailing dot)
 * or an IP address. */
struct host {
    uint8_t ip_len; /* 0: a DNS name; 4 or 16 */
    uint8_t ip[16];
    uint8_t dns_len;
    char dns[254];
};

/* host_parse refuses what is neither: empty, over 253 bytes, empty or long labels, characters
 * outside letters, digits, '-' and '_', a zone id. A last label of digits only is an IP address or
 * an error. */
bool host_parse(struct host *out, span text, struct err *err);

/* host_matches: is the name in the subjectAltName (RFC 9525)? No common names; one left-most,
 * whole-label wildcard. */
bool host_matches(const struct cert *cert, const struct host *host);

/* names_a_host: is there any name of a host in it, whichever? */
bool names_a_host(const struct cert *cert);

/* cert_name_at writes the `index`-th name of subjectAltName as printable text, and its kind (may be
 * NULL): empty if it does not fit, false past the last. Names of the kinds that tacit_name_kind
 * lacks are not counted. */
bool cert_name_at(const struct cert *cert, size_t index, tacit_name_kind *kind, char *out,
                  size_t cap);

/* cert_describe puts a certificate in words, for reports; of its names, the one that is `host`'s
 * (may be NULL), else the first. */
void cert_describe(const struct cert *cert, const struct host *host, tacit_cert_info *info);

/* name_text prints a Name in the manner of RFC 4514, escaped for terminals and logs: at most cap
 * bytes, terminated. */
size_t name_text(span name, char *out, size_t cap);

/* name_common writes the common name of a Name, exactly, as UTF-8; nothing if there is not just
 * one, or if it could be read as another: bytes after a NUL, what is not seen, what is cut. */
void name_common(span name, char *out, size_t cap);

struct admit; /* pins and an allow-list: admit.h */

enum purpose { PURPOSE_SERVER, PURPOSE_CLIENT };

/* What is asked of the revocation lists in the trust, and of OCSP responses: nothing; that none
 * revokes a certificate of the path; that they say of each one below the anchor that it is not
 * revoked. A staple that says "revoked" is heard in any case. */
enum revocation { REVOCATION_OFF, REVOCATION_SOFT, REVOCATION_HARD };

/* Could an OCSP response have come with the leaf? If so, a certificate that promises one needs it
 * (RFC 7633), or each does. */
enum stapling { STAPLE_NOT_ASKED, STAPLE_ASKED, STAPLE_REQUIRED };

enum { PATH_MAX_CERTS = 10 };

/* struct path is a chain of certificates from the leaf (0) to the anchor (n - 1), lent from a chain
 * and a tacit_trust. */
struct path {
    size_t n;
    bool anchored;         /* the last one is a trust anchor */
    uint16_t fresh;        /* bit i: the signature of certificate i was verified, not remembered */
    enum reason unchecked; /* why a certificate's revocation is not known; R_NONE: it is, or nobody
                            * asked */
    bool stapled; /* a current OCSP response came with the leaf, and says that it is good */
    const struct cert *certs[PATH_MAX_CERTS];
};

struct verify {
    const struct hooks *hooks;
    struct crypto *crypto;
    const struct tacit_trust *trust;
    enum purpose purpose;    /* of the leaf                                                  */
    const struct host *host; /* NULL: no name is checked (a server verifying its client)     */
    uint16_t usage;          /* KU_ bit that the leaf's key must be for; 0: KU_DIGITAL_SIGNATURE */
    int64_t now;             /* seconds since 1970                                           */
    const uint16_t *schemes; /* signature schemes accepted in the certificates of the path   */
    size_t n_schemes;
    /* The inputs of RFC 5280 6.1.1 (c), (e), (f) and (g); zero: any policy, and none is needed. */
    const span *policies; /* contents of OBJECT IDENTIFIERs, any of which will do         */
    size_t n_policies;
    bool explicit_policy, inhibit_mapping, inhibit_any;
    enum revocation revocation;
    enum stapling stapling;
    const span *responses; /* OCSP responses that were loaded, asked as lists are */
    size_t n_responses;
    bool report;               /* report a success too; a failure is always reported */
    const struct admit *admit; /* NULL: whoever is valid */
    struct sig_cache *cache;   /* NULL: every signature is verified */
};

/* x509_verify finds a path from chain->certs[0] to an anchor and checks it by RFC 5280 6.1. On
 * failure `err` has the reason and the depth in `out`, the candidate path that came furthest
 * (without an anchor if none was found), and chain->report tells of each that was tried; it is NULL
 * without memory. Signature checks and steps are bounded. */
bool x509_verify(const struct verify *v, struct chain *chain, struct path *out, struct err *err)
    __attribute__((warn_unused_result));

/* trust_new_member and friends are public: see <tacit/trust.h>. trust_subjects lends the subjects
 * of the anchors, as DER Names, for certificate_authorities: index from 0, false past the last. */
bool trust_subject(const struct tacit_trust *trust, size_t index, span *out);

/* trust_has_keys: are some keys trusted by themselves? */
bool trust_has_keys(const struct tacit_trust *trust);

/* trust_seal makes the set immutable: called when a configuration takes it. */
void trust_seal(struct tacit_trust *trust);

#endif
