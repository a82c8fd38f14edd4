/* tacit/trust.h: whom to believe, and what came of it. */
#ifndef TACIT_TRUST_H
#define TACIT_TRUST_H

#include <tacit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_trust is a set of trust anchors. Fill it, then hand it to configurations: from then on it
 * is immutable, and adding to it is refused. Counted; any number of threads may use it once it is
 * filled. */
typedef struct tacit_trust tacit_trust;

/* tacit_trust_new makes an empty set, which trusts nobody. */
TACIT_API tacit_trust *tacit_trust_new(tacit_env *env, tacit_error *error);

/* tacit_trust_system makes a set from the distribution's bundle of public authorities. */
TACIT_API tacit_trust *tacit_trust_system(tacit_env *env, tacit_error *error);

/* tacit_trust_add_pem adds every certificate of a PEM text as an anchor. One that cannot be read
 * refuses the whole text. */
TACIT_API bool tacit_trust_add_pem(tacit_trust *trust, tacit_span pem, tacit_error *error);

/* tacit_trust_add_file is tacit_trust_add_pem over a file. */
TACIT_API bool tacit_trust_add_file(tacit_trust *trust, const char *path, tacit_error *error);

/* tacit_trust_add_folder adds every certificate of the PEM files of a folder, which are read once,
 * here. What may lie there besides is left out: files without a certificate, hidden ones, folders,
 * links to nothing, what may not or cannot be read. `added` (may be NULL) is by how many anchors
 * the set has grown. False, with the set as it was, if the folder cannot be read or no certificate
 * is found in it. */
TACIT_API bool tacit_trust_add_folder(tacit_trust *trust, size_t *added, const char *path,
                                      tacit_error *error);

/* tacit_trust_add_crl_pem adds every revocation list ("X509 CRL") of a PEM text, or the one that is
 * given as DER: complete lists and those that an authority partitions. One that cannot be read, or
 * that is indirect or a delta, refuses the whole text. They are asked where a configuration's
 * `revocation` says so (RFC 5280 5). */
TACIT_API bool tacit_trust_add_crl_pem(tacit_trust *trust, tacit_span crls, tacit_error *error);

/* tacit_trust_add_crl_file is tacit_trust_add_crl_pem over a file. */
TACIT_API bool tacit_trust_add_crl_file(tacit_trust *trust, const char *path, tacit_error *error);

/* tacit_trust_add_crl_folder adds the revocation lists of the files of a folder, which are read
 * once, here, each as by tacit_trust_add_crl_file. Left out are files that are surely no list (text
 * without one, a certificate in DER), hidden ones, folders, and links to nothing. Any other file
 * that cannot be taken refuses the folder, with the set as it was, for it may be a list that was
 * meant to be obeyed: one that is damaged, not whole, empty, unreadable or too large. So does a
 * folder without a list. */
TACIT_API bool tacit_trust_add_crl_folder(tacit_trust *trust, const char *path, tacit_error *error);

/* tacit_trust_add_key trusts a key by itself, by the SHA-256 of its SubjectPublicKeyInfo: a leaf
 * with this key needs no issuer. Its dates, purpose and the name asked for are still checked, but
 * they are its holder's own word: use one set for each such peer. Lists of who is allowed take it
 * by TACIT_ALLOW_SPKI alone. It is asked for no revocation. */
TACIT_API bool tacit_trust_add_key(tacit_trust *trust, const uint8_t sha256[32],
                                   tacit_error *error);

/* tacit_trust_count is the number of anchors and of keys that are trusted by themselves. */
TACIT_API size_t tacit_trust_count(const tacit_trust *trust);

/* tacit_trust_ref takes a reference and returns its argument. */
TACIT_API tacit_trust *tacit_trust_ref(tacit_trust *trust);

/* tacit_trust_free drops a reference. NULL is fine. */
TACIT_API void tacit_trust_free(tacit_trust *trust);

/* tacit_name_kind is what a name in a certificate's subjectAltName names. */
typedef enum tacit_name_kind {
    TACIT_NAME_DNS = 1,  /* a host, or with "*." before it every one below a domain */
    TACIT_NAME_IP = 2,   /* an address                                              */
    TACIT_NAME_URI = 3,  /* such as "spiffe://example.org/service"                  */
    TACIT_NAME_EMAIL = 4 /* a mailbox                                               */
} tacit_name_kind;

/* tacit_allow_kind is what an entry of a list of who is allowed is compared with: names of the
 * leaf's subjectAltName, each with those of its own kind alone, or its key. The kinds of names have
 * the numbers of tacit_name_kind. */
typedef enum tacit_allow_kind {
    TACIT_ALLOW_DNS = TACIT_NAME_DNS, /* "a.example.org", or "*.example.org" for one label of any
                                       * kind; a wildcard in a certificate matches the same wildcard
                                       * alone */
    TACIT_ALLOW_IP = TACIT_NAME_IP,   /* "192.0.2.1", "2001:db8::1", or a prefix such as
                                       * "192.0.2.0/24" */
    TACIT_ALLOW_URI = TACIT_NAME_URI, /* "spiffe://example.org/ns/x": scheme, host and path; a
                                       * segment of the path that is "*" stands for one of any
                                       * kind */
    TACIT_ALLOW_EMAIL = TACIT_NAME_EMAIL, /* "user@example.org", or "*@example.org" */
    TACIT_ALLOW_SPKI = 5 /* the SHA-256 of the SubjectPublicKeyInfo in hexadecimal */
} tacit_allow_kind;

/* tacit_allow is one entry of such a list. */
typedef struct tacit_allow {
    uint8_t kind; /* a tacit_allow_kind */
    const char *pattern;
} tacit_allow;

/* tacit_cert_info describes one certificate for a person: text is escaped (no control bytes) and
 * cut to size. To decide by it there are `common_name`, the names one by one, and the DER. */
typedef struct tacit_cert_info {
    size_t size;
    char subject[256], issuer[256]; /* RFC 4514-like text; for a leaf without a subject, its first
                                     * name */
    char common_name[256];          /* the subject's, exactly, as UTF-8. Empty where it would be
                                     * somebody else's for some reader: if there is none or more
                                     * than one, if it is too long, no string, or holds a NUL or
                                     * another character that is not seen */
    char key[48];                   /* such as "ECDSA P-256" or "RSA 2048" */
    char serial[64];                /* hexadecimal */
    int64_t not_before, not_after;  /* seconds since 1970 */
    char name[256];                 /* the DNS name or IP address that matched, or the first one */
    uint32_t n_names;               /* names of all kinds of tacit_name_kind in subjectAltName */
    uint8_t key_sha256[32];         /* of the SubjectPublicKeyInfo: what is pinned */
} tacit_cert_info;

#ifdef __cplusplus
}
#endif
#endif
