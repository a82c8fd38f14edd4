/* certs.h: certificates for tests, made by libcrypto (another implementation than our reader) while
 * the test runs, and one call that verifies a chain. */
#ifndef SUPPORT_CERTS_H
#define SUPPORT_CERTS_H

#include "pem_keys.h"
#include "x509/x509.h"

/* struct test_cert_spec describes a certificate; what is left zero is usual and valid. An
 * extension's field takes the syntax of openssl.cnf (x509v3_config), such as
 * "critical,DNS:a.test,IP:10.0.0.1", or "DER:" and hexadecimal; the empty string leaves the
 * extension out. */
struct test_cert_spec {
    const char *cn;         /* of the subject; NULL: an empty subject                     */
    bool ca;                /* chooses the defaults of bc and ku                          */
    enum made_key key;      /* the kind of the subject's key                              */
    unsigned key_no;        /* one kind and number is one key throughout a program        */
    int64_t not_before;     /* default: TEST_NOT_BEFORE                                   */
    int64_t not_after;      /* default: TEST_NOT_AFTER                                    */
    const char *bc;         /* basicConstraints: "critical,CA:TRUE" for a CA, else none   */
    const char *ku;         /* keyUsage: of a CA or a signing leaf                        */
    const char *eku;        /* extendedKeyUsage: none                                     */
    const char *san;        /* subjectAltName: none                                       */
    const char *nc;         /* nameConstraints: none                                      */
    const char *ski;        /* subjectKeyIdentifier: hash                                 */
    const char *aki;        /* authorityKeyIdentifier: keyid                              */
    const char *more[3][2]; /* further extensions: name or OID, and value              */
    const char *digest;     /* of the signature: SHA256; Ed25519 has none                 */
    bool pss;               /* an RSA issuer signs by RSASSA-PSS                          */
    bool forged;            /* the signature's last byte is changed                       */
    int version;            /* 3; below it, no extension is written                       */
    const char *serial;     /* hexadecimal; default: a number of its own                  */
};

enum { TEST_NOT_BEFORE = 1577836800, TEST_NOW = 1700000000 }; /* 2020-01-01, 2023-11-14 */
#define TEST_NOT_AFTER ((int64_t)2524608000)                  /* 2050-01-01 */

/* struct test_cert is a certificate with its private key. It lives until test_certs_end. */
struct test_cert;

/* test_cert makes a certificate that `issuer` signs; NULL: it signs itself. */
const struct test_cert *test_cert(struct test_cert_spec spec, const struct test_cert *issuer);

/* test_cert_der lends its DER. */
span test_cert_der(const struct test_cert *cert);

/* test_chain_pem lends the PEM of n certificates, test_key_pem that of the private key: until
 * test_certs_end. */
const char *test_chain_pem(const struct test_cert *const *certs, size_t n);
const char *test_key_pem(const struct test_cert *cert);

/* test_pem_wrap lends PEM over bytes that need not be a certificate. */
const char *test_pem_wrap(span der);

/* test_text lends a text made like printf's. */
const char *test_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* test_bytes copies bytes to memory of exactly their size, so that reading past them is seen. */
span test_bytes(span bytes);

/* test_certs_end frees all that was made: call it at the end of a program, as cmocka's group
 * teardown. */
int test_certs_end(void **state);

/* ---- verifying ------------------------------------------------------------------------------- */

/* test_env lends an environment with the real provider. */
tacit_env *test_env(void);

/* struct test_verify is what is verified: PEM of anchors and of the peer's chain. Zero: a server's
 * certificate, no name, at TEST_NOW, every scheme that certificates may have. */
struct test_verify {
    const char *anchors, *chain;
    enum purpose purpose;
    const char *host;
    int64_t now;
    const uint16_t *schemes;
    size_t n_schemes;
    const span *policies;
    size_t n_policies;
    bool explicit_policy, inhibit_mapping, inhibit_any;
    enum revocation revocation;
    const span *crls; /* PEM texts, or DER */
    size_t n_crls;
    span staple; /* of the leaf */
    enum stapling stapling;
    const span *responses;
    size_t n_responses;
};

/* struct test_verdict is what came of it; the reason is R_NONE for success. */
struct test_verdict {
    enum reason reason;
    int32_t depth;
    size_t path_n;
    bool anchored;
    enum reason unchecked;
    bool stapled;
};

struct test_verdict test_verify(struct test_verify t);

/* assert_verdict fails the running test, naming the reasons, unless they are the same. */
#define assert_verdict(verdict, reason, at)                                                        \
    assert_verdict_at((verdict), (reason), (at), __FILE__, __LINE__)

void assert_verdict_at(struct test_verdict verdict, enum reason reason, int32_t depth,
                       const char *file, int line);

#endif
