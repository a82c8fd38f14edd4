/* der.h: the two DER elements that signatures and private keys are made of, read through rd. */
#ifndef LIBCRYPTO_DER_H
#define LIBCRYPTO_DER_H

#include "wire/rd.h"

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT_0 = 0xa0,
    DER_CONTEXT_1 = 0xa1,
    DER_CONTEXT_2 = 0xa2,
    DER_CONTEXT_1_BITS = 0x81, /* [1] IMPLICIT BIT STRING */
};

/* der_take reads one element with this tag; lengths are definite, minimal and below 64 KiB
 * (X.690 10.1). */
static inline bool der_take(rd *in, uint8_t tag, span *body)
{
    rd at = *in;
    uint8_t t, n8;
    uint16_t n = 0;
    if (!rd_u8(&at, &t) || t != tag || !rd_u8(&at, &n8))
        return false;
    if (n8 < 0x80)
        n = n8;
    else if (n8 == 0x81 ? !rd_u8(&at, &n8) || n8 < 0x80
                        : n8 != 0x82 || !rd_u16(&at, &n) || n < 0x100)
        return false;
    else if (!n)
        n = n8;
    if (!rd_take(&at, n, body))
        return false;
    *in = at;
    return true;
}

/* der_number reads a minimal INTEGER that is not negative, and lends its magnitude: no leading
 * zeros, empty for zero. */
static inline bool der_number(rd *in, span *magnitude)
{
    rd at = *in;
    span b;
    if (!der_take(&at, DER_INTEGER, &b) || b.n == 0 || b.p[0] >= 0x80)
        return false;
    if (b.p[0] == 0) {
        if (b.n > 1 && b.p[1] < 0x80)
            return false;
        b = (span){b.p + 1, b.n - 1};
    }
    *magnitude = b;
    *in = at;
    return true;
}

#endif
