/* crls.h: revocation lists for tests, made by libcrypto while the test runs. */
#ifndef SUPPORT_CRLS_H
#define SUPPORT_CRLS_H

#include "certs.h"

/* struct test_crl_ext is an extension: OID, criticality and its value, written as for asn1(). */
struct test_crl_ext {
    const char *oid;
    bool critical;
    const char *value;
};

/* struct test_crl_spec describes a list; what is left zero is usual: current at TEST_NOW, empty,
 * signed by the issuer. */
struct test_crl_spec {
    int64_t this_update, next_update;  /* next_update -1: none            */
    const char *revoked[4];            /* serial numbers, in hexadecimal  */
    struct test_crl_ext entry;         /* an extension of the first entry */
    struct test_crl_ext exts[3];       /* of the list                     */
    const struct test_cert *signed_by; /* another key than the issuer's   */
    const char *digest;                /* SHA256                          */
    bool forged;
};

/* test_crl makes a list of the issuer's, as PEM, until test_certs_end. */
span test_crl(struct test_crl_spec spec, const struct test_cert *issuer);

#endif
