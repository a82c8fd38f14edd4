/* inspect.h: `tacit inspect`: what lies in a file, or what a server shows.
 *
 *   inspect.c        the command line, and the order of things
 *   inspect_host.c   certificates from a server
 *   inspect_judge.c  what the library says of one object     inspect_verify.c  and of a chain
 *   inspect_author.c  who signed lists and responses
 *   inspect_read.c   bytes become items                      inspect_kind.c   what bytes are
 *   inspect_store.c  what a password locks
 *   inspect_cert.c, inspect_crl.c, inspect_key.c, inspect_ocsp.c   an item becomes facts
 *   inspect_name.c   the small change of facts: names, times, bytes
 *   inspect_chain.c  who issued whom, and which key is whose
 *   inspect_text.c   facts become rows                       inspect_tree.c   the chain, drawn
 *   inspect_lint.c, inspect_lint_cert.c, inspect_lint_chain.c   what is wrong with them
 *
 * Facts are JSON values from the beginning: both outputs are made from them, so that neither can
 * say what the other does not know. They are read by libcrypto, which is lenient and has something
 * to show also of what is to be refused; whether it is refused is asked of the library itself
 * (inspect_judge.c). All text in facts is printable ASCII: what is not has been escaped.
 *
 * Functions that return int return 0, or an exit status after having said why. */
#ifndef TOOL_INSPECT_H
#define TOOL_INSPECT_H

#include "args.h"
#include "failure.h"
#include "out.h"
#include "paths.h"

#include <tacit/trust.h>

#include <openssl/types.h>
#include <openssl/x509v3.h>

enum item_kind {
    ITEM_CERT,
    ITEM_CRL,
    ITEM_REQUEST,
    ITEM_KEY,    /* a private key */
    ITEM_PUBLIC, /* a public key  */
    ITEM_OCSP,
    ITEM_NONE /* it could not be read: `what` says what it is, as far as can be told */
};

/* enum link is how a certificate hangs together with the one that bears its issuer's name. */
enum link {
    LINK_NONE,      /* there is none here                                       */
    LINK_SIGNED,    /* it signed it: checked                                    */
    LINK_SELF,      /* it signed itself: checked                                */
    LINK_NOT_BY,    /* it did not sign it, whatever the names say               */
    LINK_UNCHECKED, /* too many signatures to check                             */
};

/* struct item is one object that was found. Of the pointers to objects, the one of its kind is set;
 * of a certificate that cannot be read, none. */
struct item {
    enum item_kind kind;
    X509 *cert;
    X509_CRL *crl;
    X509_REQ *request;
    EVP_PKEY *key; /* also the public one of a certificate or a request; may be NULL */
    struct ocsp_response_st *ocsp;
    uint8_t *der; /* of a list or a response, as it was found: for the library to judge */
    size_t der_n;
    char what[256];       /* of what could not be read; else ""                             */
    char label[64];       /* of its PEM block, escaped; else ""                             */
    struct failure doubt; /* why the library refuses it; no status: it does not             */
    json_t *facts;
    enum link link; /* of a certificate */
    size_t issuer;  /* unless LINK_NONE */
};

/* struct inspection is all that was found, and what there is to say about it. */
struct inspection {
    char source[300]; /* as it was named, escaped */
    struct item *items;
    size_t n, cap;
    json_t *verification; /* of the first certificate; NULL: none was done   */
    struct paths paths;   /* of the verification */
    struct failure verdict;
    json_t *warnings; /* of --lint; NULL: nobody asked                   */
    bool passwords;   /* a password file was given                       */
    char password[1024];
    int64_t now;
    char name[256];         /* of a server, to be proven; else ""              */
    char handshake[512];    /* with it: "done", or how it failed; else ""      */
    struct failure failure; /* the first thing that decides the exit status */
};

/* inspection_add appends an empty item and returns it, NULL if there is no memory or there are
 * absurdly many. It may move those before it. */
struct item *inspection_add(struct inspection *all, enum item_kind kind);
void inspection_free(struct inspection *all);

/* ---- where it comes from --------------------------------------------------------------------- */

/* inspection_add_unreadable appends an item of which nothing but a clause is known, and returns it
 * (or NULL); inspection_add_key takes over a key, and is false if there is none. */
struct item *inspection_add_unreadable(struct inspection *all, const char *what);
bool inspection_add_key(struct inspection *all, EVP_PKEY *key, enum item_kind kind);

/* inspect_file reads the file (NULL: standard input) and everything in it. */
int inspect_file(struct inspection *all, const char *path);

/* inspect_bytes takes apart PEM, DER or PKCS#12. */
void inspect_bytes(struct inspection *all, const uint8_t *bytes, size_t n);

/* inspect_der makes an item of a certificate in DER. */
void inspect_der(struct inspection *all, const uint8_t *der, size_t n);

/* inspect_host connects, collects the certificates and verifies them without demanding that they
 * verify. What failed is in all->failure; what was mistyped is told. */
int inspect_host(struct inspection *all, const char *host, const struct args *args);

/* read_cert, read_store and read_locked_key take bytes that are a certificate, a PKCS#12 store or
 * an encrypted PKCS#8 key, all of them; false, and nothing is added, if they are none. */
bool read_cert(struct inspection *all, const uint8_t *der, size_t n);
bool read_store(struct inspection *all, const uint8_t *der, size_t n);
bool read_locked_key(struct inspection *all, const uint8_t *der, size_t n);

/* read_old_locked_key is for a PEM block that says in its header how it is encrypted (RFC 1421). */
void read_old_locked_key(struct inspection *all, BIO *pem);

/* kind_of_bytes says what bytes are that could not be read: a clause such as "an OpenSSH private
 * key: ...". `out` is terminated. */
void kind_of_bytes(char out[256], const uint8_t *bytes, size_t n);

/* kind_of_label says so of a PEM label; false for an unknown one. */
bool kind_of_label(char out[256], const char *label);

/* ---- what the library thinks ----------------------------------------------------------------- */

/* judge_begin readies the library, which will trust these files (NULL: the system's). */
int judge_begin(char **anchors);
void judge_end(void);

/* judge_cert, judge_crl and judge_ocsp ask the library's own parser, which records its refusal in
 * `doubt`. */
void judge_cert(struct failure *doubt, const uint8_t *der, size_t n);
void judge_crl(struct failure *doubt, const uint8_t *der, size_t n);
void judge_ocsp(struct failure *doubt, const uint8_t *der, size_t n);

/* judge_path verifies the certificates, the leaf first; `name` may be NULL. The verdict is in
 * `verdict` (no status: believed), the path's last subject in `anchor`, the report in `paths`,
 * which the caller ends. */
void judge_path(struct failure *verdict, char anchor[256], struct paths *paths,
                const struct inspection *all, const char *name, bool for_clients);

/* judge_signatures finds out who signed each list and each response, among the authorities that are
 * named by --ca and the certificates that were found, and puts it into the facts. */
void judge_signatures(struct inspection *all);

/* verify_first verifies the first certificate, if it is no authority, and fills in
 * all->verification. `name` NULL: no name is checked. `handshake` says how that ended; NULL: there
 * was none. */
void verify_first(struct inspection *all, const char *name, const char *handshake);

/* judge_env is the environment. */
tacit_env *judge_env(void);

/* judge_given lends the authorities that --ca names, NULL if there is no --ca; judge_found makes a
 * set of the certificates that were found (to be freed; NULL without memory). */
tacit_trust *judge_given(void);
tacit_trust *judge_found(const struct inspection *all);

/* ---- facts ----------------------------------------------------------------------------------- */

/* facts_of fills in item->facts. */
void facts_of(struct item *item, int64_t now);

json_t *cert_facts(X509 *cert, int64_t now);
json_t *crl_facts(X509_CRL *crl, int64_t now);
json_t *request_facts(X509_REQ *request);
json_t *key_facts(EVP_PKEY *key, bool is_private);
json_t *ocsp_facts(struct ocsp_response_st *response);

/* key_json describes a public key: algorithm, curve, bits. */
json_t *key_json(const EVP_PKEY *key);

/* key_pin writes the SHA-256 of its SubjectPublicKeyInfo, in hexadecimal: what --pin takes. */
void key_pin(char out[72], EVP_PKEY *key);

/* signature_json names the algorithm of a signature. */
json_t *signature_json(int nid);

/* cert_extension reads an extension; NULL if it is absent, malformed or there twice. */
void *cert_extension(const X509 *cert, int nid);

/* Pieces of facts; each is NULL or null where there is nothing. */
enum { LIST_MAX = 1000 };
json_t *text_json(const void *bytes, size_t n);
json_t *string_json(const ASN1_STRING *string);
json_t *hex_json(const uint8_t *bytes, size_t n);
json_t *serial_json(const ASN1_INTEGER *serial);
json_t *name_json(const X509_NAME *name);
json_t *oid_json(const ASN1_OBJECT *oid);
json_t *time_json(const ASN1_TIME *time);
int64_t time_seconds(const ASN1_TIME *time);

/* facts_dates sets the two dates by their names, and how far from them `now` is: days_left, expired
 * and early. */
void facts_dates(json_t *facts, const char *from_name, const ASN1_TIME *from, const char *to_name,
                 const ASN1_TIME *to, int64_t now);

/* names_add appends {kind, name} for each of the names; `prefix` stands before the kind. */
void names_add(json_t *list, const char *prefix, const GENERAL_NAMES *names);
void name_add(json_t *list, const char *prefix, const GENERAL_NAME *name);

/* fact_put sets a member, unless the value is NULL or an empty array, which it drops. */
void fact_put(json_t *object, const char *key, json_t *value);

/* fact_text is a member that is a string, or "". */
const char *fact_text(const json_t *object, const char *key);

/* ---- what belongs together ------------------------------------------------------------------- */

/* chain_find finds the issuer of each certificate, and says in the facts which keys match which
 * certificates. */
void chain_find(struct inspection *all);

/* ---- lint ------------------------------------------------------------------------------------ */

/* lint_all fills in all->warnings. */
void lint_all(struct inspection *all);

/* lint_say appends a warning by its word, which is a row of the table in inspect_lint.c, about an
 * item (-1: about all of them). */
void lint_say(struct inspection *all, long item, const char *word, const char *format, ...)
    OUT_PRINTF(4, 5);

void lint_cert(struct inspection *all, size_t i);
void lint_chain(struct inspection *all);

/* lint_key and lint_signature are about what certificates, requests and lists have in common. */
void lint_key(struct inspection *all, size_t i, const EVP_PKEY *key);
void lint_signature(struct inspection *all, size_t i, const X509_ALGOR *algorithm);

/* ---- output ---------------------------------------------------------------------------------- */

void text_print(const struct inspection *all);
void tree_print(const struct inspection *all);
json_t *inspection_json(const struct inspection *all);

#endif
