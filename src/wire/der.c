/* der.c: the distinguished encoding rules, and nothing of the basic ones that they exclude (X.690).
 *
 * Invariant: a value has one encoding. What is accepted here twice would let two readers of one
 * certificate disagree. */
#include "wire/der.h"

/* A certificate_list is below 2^24 bytes (RFC 9846 4.5.1), and so is everything inside. */
enum { LENGTH_BYTES_MAX = 3 };

static bool read_length(rd *in, size_t *out)
{
    uint8_t first;
    if (!rd_u8(in, &first))
        return false;
    if (first < 0x80) {
        *out = first;
        return true;
    }
    /* 0x80 alone would be the indefinite form, which is not DER. */
    size_t bytes = first & 0x7fu;
    uint32_t n;
    if (bytes == 0 || bytes > LENGTH_BYTES_MAX || !rd_uint(in, bytes, &n))
        return false;
    *out = n;
    return n >= 0x80 && n >> (8 * (bytes - 1)) != 0;
}

bool der_next(rd *in, struct der *out)
{
    enum { TAG_NUMBER = 0x1f };
    rd at = *in;
    uint8_t tag;
    size_t n;
    span body;
    if (!rd_u8(&at, &tag) || (tag & TAG_NUMBER) == TAG_NUMBER || !read_length(&at, &n)
        || !rd_take(&at, n, &body))
        return false;
    *out = (struct der){tag, body, {in->p, in->n - at.n}};
    *in = at;
    return true;
}

/* next_of reads an element that must have this tag. */
static bool next_of(rd *in, uint8_t tag, struct der *out)
{
    return der_peek(in, tag) && der_next(in, out);
}

bool der_get(rd *in, uint8_t tag, span *body)
{
    struct der e;
    if (!next_of(in, tag, &e))
        return false;
    *body = e.body;
    return true;
}

bool der_whole(rd *in, uint8_t tag, span *whole)
{
    struct der e;
    if (!next_of(in, tag, &e))
        return false;
    *whole = e.whole;
    return true;
}

bool der_enter(rd *in, uint8_t tag, rd *body)
{
    struct der e;
    if (!next_of(in, tag, &e))
        return false;
    *body = rd_of(e.body);
    return true;
}

bool der_optional(rd *in, uint8_t tag, span *body)
{
    if (der_peek(in, tag))
        return der_get(in, tag, body);
    *body = (span){0};
    return true;
}

bool der_boolean(rd *in, bool *out)
{
    struct der e;
    if (!next_of(in, DER_BOOLEAN, &e) || e.body.n != 1)
        return false;
    if (e.body.p[0] != 0x00 && e.body.p[0] != 0xff)
        return false;
    *out = e.body.p[0] != 0;
    return true;
}

bool der_flag(rd *in, bool *out)
{
    *out = false;
    return !der_peek(in, DER_BOOLEAN) || (der_boolean(in, out) && *out);
}

bool der_is_integer(span body)
{
    if (body.n < 2)
        return body.n == 1;
    bool padded_zero = body.p[0] == 0x00 && body.p[1] < 0x80;
    bool padded_ones = body.p[0] == 0xff && body.p[1] >= 0x80;
    return !padded_zero && !padded_ones;
}

bool der_integer(rd *in, span *body)
{
    struct der e;
    if (!next_of(in, DER_INTEGER, &e) || !der_is_integer(e.body))
        return false;
    *body = e.body;
    return true;
}

bool der_unsigned(rd *in, span *magnitude)
{
    span body;
    if (!der_integer(in, &body) || body.p[0] >= 0x80)
        return false;
    bool sign_byte = body.n > 1 && body.p[0] == 0;
    *magnitude = sign_byte ? (span){body.p + 1, body.n - 1} : body;
    return true;
}

bool der_small(rd *in, uint32_t *out)
{
    span magnitude;
    if (!der_unsigned(in, &magnitude) || magnitude.n > 4)
        return false;
    rd bytes = rd_of(magnitude);
    return rd_uint(&bytes, magnitude.n, out);
}

bool der_bits(rd *in, span *bits, uint8_t *unused)
{
    struct der e;
    uint8_t pad;
    if (!next_of(in, DER_BIT_STRING, &e))
        return false;
    rd body = rd_of(e.body);
    if (!rd_u8(&body, &pad) || pad > 7 || (rd_end(&body) && pad))
        return false;
    span all = rd_rest(&body);
    if (pad && all.p[all.n - 1] & ((1u << pad) - 1))
        return false;
    *bits = all;
    *unused = pad;
    return true;
}

bool der_bit_bytes(rd *in, span *bytes)
{
    span bits;
    uint8_t unused;
    if (!der_bits(in, &bits, &unused) || unused)
        return false;
    *bytes = bits;
    return true;
}

bool der_is_oid(span body)
{
    if (body.n == 0 || body.n > DER_OID_MAX || body.p[body.n - 1] & 0x80)
        return false;
    for (size_t i = 0; i < body.n; i++) {
        bool starts = i == 0 || !(body.p[i - 1] & 0x80);
        if (starts && body.p[i] == 0x80)
            return false;
    }
    return true;
}

bool der_oid(rd *in, span *out)
{
    struct der e;
    if (!next_of(in, DER_OID, &e) || !der_is_oid(e.body))
        return false;
    *out = e.body;
    return true;
}

bool der_null(rd *in)
{
    struct der e;
    return next_of(in, DER_NULL, &e) && e.body.n == 0;
}
