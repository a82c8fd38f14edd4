/* ca.h: a private certificate authority in a folder.
 *
 *   DIR/ca.pem, DIR/ca.key      the authority's certificate and its key
 *   DIR/root.pem                the root's certificate, if the authority is under another one
 *   DIR/issued/SERIAL.pem       every certificate that was issued, by its serial in hexadecimal
 *   DIR/ca.crl                  the revocation list: what is revoked is written nowhere else
 *
 * Functions that return int return 0, or an exit status after having said why. */
#ifndef TOOL_CA_H
#define TOOL_CA_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct target;

/* struct ca_name is a name that a certificate may carry, or the root of the names that an
 * authority may issue. */
struct ca_name {
    bool is_ip;
    char text[256];   /* a DNS name in lower case, or the address as it is usually written */
    uint8_t addr[16]; /* of an address                                                     */
    size_t addr_len;  /* 4 or 16                                                           */
    unsigned prefix;  /* of a constraint: how many bits of the address count               */
};

/* ca_name_leaf reads a name for a certificate: a DNS name, perhaps with a leading wildcard
 * label, or an IP address. Returns NULL, or what is wrong with it (a clause: "a label is longer
 * than 63 bytes"). */
const char *ca_name_leaf(struct ca_name *name, const char *text);

/* ca_name_constraint reads the root of what an authority may issue: a DNS name (it and all names
 * below it), an address, or an address and prefix length (10.0.0.0/8). */
const char *ca_name_constraint(struct ca_name *name, const char *text);

/* ca_name_within: is a certificate's name covered by a constraint? (RFC 5280 4.2.1.10) */
bool ca_name_within(const struct ca_name *name, const struct ca_name *constraint);

/* ca_uri_check says what is wrong with a URI for subjectAltName, or NULL. (RFC 5280 4.2.1.6) */
const char *ca_uri_check(const char *uri);

/* struct ca is an authority that has been opened. */
struct ca {
    const char *dir;
    X509 *cert;
    EVP_PKEY *key; /* NULL if it was opened for looking only */
};

/* ca_open loads an authority from its folder, with its key if asked for. End it with ca_close,
 * also after a failure. */
int ca_open(struct ca *ca, const char *dir, bool with_key);
void ca_close(struct ca *ca);

/* ca_check_current refuses an authority that has expired: what it issued now would have expired
 * too. */
int ca_check_current(const struct ca *ca);

/* ca_is_under: is it under another authority, rather than a root? */
bool ca_is_under(const struct ca *ca);

/* ca_root_file names the file with what is to be trusted: "ca.pem" or "root.pem". */
const char *ca_root_file(const struct ca *ca);

/* ca_permits finds out whether the root's own name constraints allow a name. */
bool ca_permits(const struct ca *ca, const struct ca_name *name);

/* enum ca_role says what an issued certificate is for: bits. A responder answers for the authority
 * by OCSP, and is nothing else. */
enum ca_role { CA_SERVER = 1, CA_CLIENT = 2, CA_RESPONDER = 4 };

/* struct ca_request is what a leaf certificate shall say. */
struct ca_request {
    const struct ca_name *names;
    size_t n_names;
    const char *uri; /* or NULL */
    unsigned roles;
    EVP_PKEY *key;
};

/* ca_make_root makes a self-signed root for `key`, limited to `names` unless there are none.
 * NULL: libcrypto failed. */
X509 *ca_make_root(EVP_PKEY *key, const struct ca_name *names, size_t n_names);

/* ca_make_under makes an authority for `key` that the authority vouches for, limited to `names`, of
 * which there is at least one. */
X509 *ca_make_under(const struct ca *ca, EVP_PKEY *key, const struct ca_name *names,
                    size_t n_names);

/* ca_make_leaf makes a certificate signed by the authority. NULL: libcrypto failed. */
X509 *ca_make_leaf(const struct ca *ca, const struct ca_request *request);

/* ca_make_again makes a certificate that says what the old one says, with a serial number and dates
 * of its own, for `key`. */
X509 *ca_make_again(const struct ca *ca, X509 *old, EVP_PKEY *key);

/* ca_make_key generates a private key: "p256", "rsa2048" or "ed25519". NULL: unknown kind, or
 * libcrypto failed. */
EVP_PKEY *ca_make_key(const char *kind);
bool ca_key_kind_known(const char *kind);

/* What a person wants to know of a certificate. */
const char *ca_serial(const X509 *cert, char out[64]);
const char *ca_fingerprint(const X509 *cert, char out[96]);
const char *ca_subject(const X509 *cert, char out[256]);
const char *ca_issuer(const X509 *cert, char out[256]);
int64_t ca_not_after(const X509 *cert);

/* ca_names calls `each` with every DNS name, address and URI in subjectAltName ("DNS", "IP" or
 * "URI"), and with every constraint of a root ("permitted DNS", "excluded IP", ...). */
typedef void ca_name_fn(void *user, const char *kind, const char *text);
void ca_names(const X509 *cert, ca_name_fn *each, void *user);
void ca_constraints(const X509 *cert, ca_name_fn *each, void *user);

/* ca_address_text prints an address of 4 or 16 bytes, or one with its mask (8 or 32 bytes) as
 * address and prefix length; "" for any other length. */
void ca_address_text(char *out, size_t cap, const uint8_t *p, int n);

/* ca_record puts a certificate on record, before it is handed out; `replaced` is the one whose
 * place it takes, or NULL. */
int ca_record(const struct ca *ca, const X509 *cert, const X509 *replaced);

/* ca_replaced writes the serial number of the certificate whose place this one took; false: it took
 * none's. */
bool ca_replaced(const struct ca *ca, const X509 *cert, char out[64]);

/* ca_load_issued reads every certificate that was issued, those first that expire first. End it
 * with ca_free_issued, also after a failure. */
int ca_load_issued(const char *dir, X509 ***issued, size_t *n);
void ca_free_issued(X509 **issued, size_t n);

/* ca_get_crl reads the revocation list, and makes an empty one if there is none; the authority must
 * have signed it. */
int ca_get_crl(const struct ca *ca, X509_CRL **crl);

/* ca_is_revoked: does the certificate stand in the list? */
bool ca_is_revoked(X509_CRL *crl, X509 *cert);

/* ca_state is what has become of it: "valid", "expired" or "revoked". */
const char *ca_state(X509_CRL *crl, X509 *cert);

/* struct ca_responder answers questions by OCSP for the authority in a folder (RFC 6960), from what
 * stands there when it is asked. */
struct ca_responder {
    struct ca ca;
    X509 *cert; /* who signs: the authority itself, or one that it certified for this */
    EVP_PKEY *key;
};

enum { CA_OCSP_HOURS = 24 }; /* for which an answer is current */

/* ca_responder_open loads the authority and who signs for it: the authority itself (`cert` NULL),
 * or who has these files. End it with ca_responder_close, also after a failure. */
int ca_responder_open(struct ca_responder *r, const char *dir, const char *cert, const char *key);
void ca_responder_close(struct ca_responder *r);

/* ca_respond answers a request in DER; `*answer` is to be freed with OPENSSL_free. `*cacheable`
 * says whether the answer is the same for everybody who asks. A request that is none has an answer
 * too; 0 is for want of memory. */
size_t ca_respond(const struct ca_responder *r, const uint8_t *request, size_t n, uint8_t **answer,
                  bool *cacheable);

/* ca_respond_about makes the answer about one certificate, unasked. */
size_t ca_respond_about(const struct ca_responder *r, const X509 *cert, uint8_t **answer);

/* ca_find_issued reads the certificate of a serial number. */
int ca_find_issued(const char *dir, const char *serial, X509 **cert);

/* ca_put_cert and ca_put_key write a PEM file, which must not exist yet, atomically: 0644 and
 * 0600 (PKCS#8). */
int ca_put_cert(const char *dir, const char *file, const X509 *cert);
int ca_put_key(const char *dir, const char *file, const EVP_PKEY *key);

/* ca_put_chain is ca_put_cert for one that the authority issued: if the authority is no root, its
 * own certificate stands behind it. */
int ca_put_chain(const struct ca *ca, const char *dir, const char *file, const X509 *cert);

/* ca_check_replace finds out before anything is issued that the file is free or holds `old`, and
 * makes the folder; ca_replace_chain then is ca_put_chain over what is there. */
int ca_check_replace(const char *dir, const char *file, const X509 *old);
int ca_replace_chain(const struct ca *ca, const char *dir, const char *file, const X509 *cert);

/* ca_no_password is for libcrypto, which would ask at the terminal. */
int ca_no_password(char *out, int cap, int writing, void *user);

/* ca_base_name makes the files' name from the first name: no byte in it but letters, digits,
 * hyphen, dot and underscore. */
void ca_base_name(char out[300], const char *name);

/* ca_check_free finds out before anything is issued that the files can be made, and makes the
 * folder. */
int ca_check_free(const char *dir, const char *pem, const char *key);

/* ca_get_cert reads the first certificate of a PEM file. */
int ca_get_cert(const char *path, X509 **cert);
int ca_get_key(const char *path, EVP_PKEY **key);

/* file_make_dir makes a folder for secrets (0700); one that is there is taken over if it is empty,
 * or holds no more than what an interrupted `init` leaves: a key, the root's certificate, and files
 * that never got their name. */
int file_make_dir(const char *dir);

/* file_have_dir makes a folder (0700) unless it is there. */
int file_have_dir(const char *dir);

/* file_put writes a new file under a temporary name, syncs it, and gives it its name only then,
 * so that a crash leaves the whole file or none. An existing file is not replaced. */
int file_put(const char *dir, const char *file, mode_t mode, const void *bytes, size_t n);

/* file_replace is file_put over a file that may be there: readers see the old one or the new. */
int file_replace(const char *dir, const char *file, mode_t mode, const void *bytes, size_t n);

/* file_lock lets one process at a time change a folder: until `*lock`, a descriptor, is closed
 * (-1: there is none). */
int file_lock(const char *dir, int *lock);

/* file_join writes "DIR/FILE" (out of the two) to `out`; fails if it does not fit. */
int file_join(char out[4096], const char *dir, const char *file);

/* The verbs. */
int ca_init(int argc, const char **argv);
int ca_issue(int argc, const char **argv);
int ca_renew(int argc, const char **argv);
int ca_show(int argc, const char **argv);
int ca_list(int argc, const char **argv);
int ca_revoke(int argc, const char **argv);
int ca_crl(int argc, const char **argv);
int ca_ocsp(int argc, const char **argv);

/* ca_ocsp_serve answers over HTTP until it is told to end. */
int ca_ocsp_serve(const struct ca_responder *r, const struct target *at);

#endif
