/* utf8.c: reading and writing UTF-8, one code point at a time (RFC 3629 3). */
#include "wire/utf8.h"

/* The least code point that needs each number of bytes: what is smaller was written too long. */
static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

static bool is_scalar(uint32_t c)
{
    return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

bool utf8_next(rd *in, uint32_t *out)
{
    rd at = *in;
    uint8_t first, more;
    if (!rd_u8(&at, &first))
        return false;
    unsigned n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (n == 0 || first >= 0xf8)
        return false;
    uint32_t c = n == 1 ? first : first & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if (!rd_u8(&at, &more) || (more & 0xc0) != 0x80)
            return false;
        c = c << 6 | (more & 0x3fu);
    }
    if (c < least[n] || !is_scalar(c))
        return false;
    *out = c;
    *in = at;
    return true;
}

bool utf8_check(span s)
{
    rd in = rd_of(s);
    uint32_t c;
    while (utf8_next(&in, &c))
        ;
    return rd_end(&in);
}

size_t utf8_put(uint32_t c, uint8_t out[4])
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < least[2] ? 1 : c < least[3] ? 2 : c < least[4] ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(lead[n] | c);
    return n;
}
