/* crl_entry.c: when and why a list says that a certificate was revoked (RFC 5280 5.3), for people:
 * that it is in the list is decided without this. The list has been read, so each entry is there in
 * its form. */
#include "x509/crl.h"

#include "x509/parse.h"

/* is_number: an INTEGER of an entry, and the magnitude of a certificate's number. */
static bool is_number(span integer, span serial)
{
    rd magnitude = rd_of(integer);
    if (integer.n > 1 && integer.p[0] == 0)
        rd_skip(&magnitude, 1);
    return !(integer.p[0] & 0x80) && span_eq(rd_rest(&magnitude), serial);
}

/* reason_of reads the reasonCode of an entry's extensions (RFC 5280 5.3.1). */
static uint8_t reason_of(rd extensions)
{
    static const span reason_code = OID("\x55\x1d\x15");
    enum { ENUMERATED = 0x0a };
    struct extension ext;
    span body;
    while (extension_next(&extensions, &ext)) {
        rd value = rd_of(ext.value);
        if (span_eq(ext.oid, reason_code) && der_get(&value, ENUMERATED, &body) && body.n == 1)
            return body.p[0];
    }
    return 0;
}

bool crl_entry(const struct crl *crl, span serial, int64_t *when, uint8_t *reason)
{
    span number;
    rd entry, extensions;
    for (rd in = rd_of(crl->entries); der_enter(&in, DER_SEQUENCE, &entry);) {
        if (!der_integer(&entry, &number) || !is_number(number, serial) || !time_read(&entry, when))
            continue;
        *reason = der_enter(&entry, DER_SEQUENCE, &extensions) ? reason_of(extensions) : 0;
        return true;
    }
    return false;
}
