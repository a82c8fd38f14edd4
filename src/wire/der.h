/* der.h: reading DER (X.690) from an rd, in the same style: every getter checks, advances and says
 * whether it could, so calls chain with &&, and one that fails leaves its output alone.
 *
 *     rd outer, body;
 *     return der_enter(&in, DER_SEQUENCE, &body) && der_oid(&body, &oid) && rd_end(&body);
 *
 * Lengths are definite, minimal and below 2^24; tags are of one byte. Nothing here recurses: depth
 * is what the caller's grammar makes it. */
#ifndef WIRE_DER_H
#define WIRE_DER_H

#include "wire/rd.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_VISIBLE_STRING = 0x1a,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,      /* plus the number: a primitive context tag    */
    DER_CONTEXT_BODY = 0xa0, /* plus the number: a constructed context tag  */
};

enum { DER_OID_MAX = 128 };

/* struct der is one element: its tag, its contents, and both with the header. */
struct der {
    uint8_t tag;
    span body, whole;
};

/* der_next reads any element. */
bool der_next(rd *in, struct der *out);

/* der_peek: is the next element's tag this one? */
static inline bool der_peek(const rd *in, uint8_t tag)
{
    return in->n && in->p[0] == tag;
}

/* der_get lends the contents of an element that must have this tag; der_whole the element with its
 * header; der_enter makes a reader of the contents. */
bool der_get(rd *in, uint8_t tag, span *body);
bool der_whole(rd *in, uint8_t tag, span *whole);
bool der_enter(rd *in, uint8_t tag, rd *body);

/* der_optional is der_get for an element that may be absent: then body->p is NULL. */
bool der_optional(rd *in, uint8_t tag, span *body);

/* der_boolean: FF is true, 00 false, and nothing else is DER. */
bool der_boolean(rd *in, bool *out);

/* der_flag reads a BOOLEAN DEFAULT FALSE: absent is false, and false must be absent (X.690
 * 11.5). */
bool der_flag(rd *in, bool *out);

/* der_integer lends the contents of a minimal INTEGER of any sign. */
bool der_integer(rd *in, span *body);

/* der_unsigned lends the magnitude of an INTEGER that is not negative, without a leading zero; zero
 * itself is one zero byte. */
bool der_unsigned(rd *in, span *magnitude);

/* der_small reads an INTEGER between 0 and 2^32 - 1. */
bool der_small(rd *in, uint32_t *out);

/* der_bits lends a BIT STRING and says how many bits of its last byte are unused; they are zero. */
bool der_bits(rd *in, span *bits, uint8_t *unused);

/* der_bit_bytes is der_bits for whole bytes. */
bool der_bit_bytes(rd *in, span *bytes);

bool der_oid(rd *in, span *out);
bool der_null(rd *in);

/* der_is_oid: are these the contents of a well-formed OBJECT IDENTIFIER of at most DER_OID_MAX
 * bytes? */
bool der_is_oid(span body);

/* der_is_integer: are these the contents of a minimal INTEGER? */
bool der_is_integer(span body);

#endif
