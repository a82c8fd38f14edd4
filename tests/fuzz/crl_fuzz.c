/* crl_fuzz.c: a revocation list that was read lends its own bytes, and looking a number up in it
 * goes to its end; a list finds every number that stands in it. */
#include "x509/crl.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct crl crl;
    struct err err = {0};
    span whole = {data, n}, serial;
    bool ok = crl_parse(&crl, whole, &err);
    check(ok == (err.reason == R_NONE));
    if (!ok)
        return 0;
    const span parts[] = {crl.tbs,     crl.issuer,     crl.sig,
                          crl.entries, crl.point.full, crl.point.relative};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        check_inside(parts[i], whole);
    check((crl.reasons & ~ALL_REASONS) == 0);
    for (rd in = rd_of(crl.entries), entry; !rd_end(&in);) {
        check(der_enter(&in, DER_SEQUENCE, &entry));
        if (der_unsigned(&entry, &serial))
            check(crl_lists(&crl, serial));
    }
    return 0;
}
