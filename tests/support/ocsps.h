/* ocsps.h: OCSP responses for tests, made by libcrypto while the test runs. */
#ifndef SUPPORT_OCSPS_H
#define SUPPORT_OCSPS_H

#include "certs.h"

enum test_ocsp_status { TEST_OCSP_GOOD, TEST_OCSP_REVOKED, TEST_OCSP_UNKNOWN };

/* struct test_ocsp_single is one entry; what is left zero is usual: good, current at TEST_NOW, with
 * SHA-1, about the certificate that the response is asked for. */
struct test_ocsp_single {
    enum test_ocsp_status status;
    int64_t this_update, next_update; /* next_update -1: none */
    const char *digest;               /* of the CertID: SHA1  */
    const struct test_cert *about, *issuer;
};

/* struct test_ocsp_spec describes a response. */
struct test_ocsp_spec {
    int unsuccessful; /* an OCSPResponseStatus and nothing else */
    struct test_ocsp_single singles[4];
    size_t n_singles; /* default: 1 */
    bool empty;       /* there is none, however */
    int64_t produced_at;
    const struct test_cert *signed_by; /* default: the issuer                          */
    const struct test_cert *certs[10]; /* embedded, in this order                       */
    bool by_key;                       /* names the responder by its key               */
    const char *digest;                /* of the signature: SHA256                     */
    bool forged;                       /* the last byte of the signature is changed    */
    const char *ext, *single_ext;      /* "critical," before an OID of the extension   */
    bool nonce;
};

/* test_ocsp makes a response about a certificate of the issuer's, in DER, until test_certs_end. */
span test_ocsp(struct test_ocsp_spec spec, const struct test_cert *cert,
               const struct test_cert *issuer);

#endif
