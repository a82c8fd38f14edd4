/* ocsp_fuzz.c: a response that was read lends its own bytes; its entries can be walked to the end,
 * and asked about the certificates that it holds itself. */
#include "x509/ocsp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_inside(span part, span whole)
{
    check(!part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void walk(const struct ocsp *ocsp, span whole, const struct cert *cert)
{
    struct ocsp_single s;
    struct err err = {0};
    for (rd in = rd_of(ocsp->singles); !rd_end(&in);) {
        check(ocsp_single_next(&in, &s, &err));
        check_inside(s.id.name_hash, whole);
        check_inside(s.id.key_hash, whole);
        check_inside(s.id.serial, whole);
        check(s.this_update <= s.next_update && s.status <= OCSP_UNKNOWN);
        /* What it says of a certificate it says of that number. */
        check(!cert || !cert_id_is(&s.id, cert, cert->spki) || span_eq(s.id.serial, cert->serial));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ocsp ocsp;
    struct err err = {0};
    span whole = {data, n}, der;
    bool ok = ocsp_parse(&ocsp, whole, &err);
    check(ok == (err.reason == R_NONE));
    if (!ok || ocsp.status != OCSP_SUCCESSFUL)
        return 0;
    const span parts[] = {ocsp.tbs, ocsp.sig, ocsp.by_name, ocsp.by_key, ocsp.singles, ocsp.certs};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        check_inside(parts[i], whole);
    check(!ocsp.by_name.p != !ocsp.by_key.p);
    walk(&ocsp, whole, NULL);
    for (rd in = rd_of(ocsp.certs); !rd_end(&in);) {
        struct cert cert;
        struct err no = {0};
        check(der_whole(&in, DER_SEQUENCE, &der));
        if (!cert_parse(&cert, der, &no))
            continue;
        ocsp_by(&ocsp, &cert);
        walk(&ocsp, whole, &cert);
    }
    return 0;
}
