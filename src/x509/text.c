/* text.c: names of certificates for people, on terminals and in logs (RFC 4514).
 *
 * What comes out is UTF-8 without control characters and without the marks that change the
 * direction of text, whatever the certificate holds: those, and what RFC 4514 2.4 asks to, are
 * escaped. Invariant: an escape or a character is written whole or not at all, and after one that
 * did not fit nothing is. */
#include "x509/parse.h"

#include "wire/utf8.h"
#include "wire/wr.h"

/* struct text is a writer that keeps room for the terminator. */
struct text {
    wr out;
    bool full;
};

static struct text text_of(char *out, size_t cap)
{
    return (struct text){wr_of((uint8_t *)out, cap ? cap - 1 : 0), cap == 0};
}

static size_t text_end(const struct text *t, char *out, size_t cap)
{
    if (cap)
        out[t->out.n] = 0;
    return t->out.n;
}

static void put(struct text *t, span piece)
{
    if (t->full || piece.n > t->out.cap - t->out.n)
        t->full = true;
    else
        wr_span_bytes(&t->out, piece);
}

static void put_str(struct text *t, const char *s)
{
    put(t, span_str(s));
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(struct text *t, uint8_t b)
{
    uint8_t pair[] = {(uint8_t)hex_digits[b >> 4], (uint8_t)hex_digits[b & 15]};
    put(t, (span){pair, 2});
}

/* put_escaped writes bytes in the manner of RFC 4514 2.4: a backslash and two digits each. */
static void put_escaped(struct text *t, span bytes)
{
    uint8_t out[4 * 3];
    wr w = wr_of(out, sizeof out);
    for (size_t i = 0; i < bytes.n; i++) {
        wr_u8(&w, '\\');
        wr_u8(&w, (uint8_t)hex_digits[bytes.p[i] >> 4]);
        wr_u8(&w, (uint8_t)hex_digits[bytes.p[i] & 15]);
    }
    put(t, wr_span(&w));
}

static void put_number(struct text *t, uint32_t v)
{
    uint8_t digits[10];
    size_t n = sizeof digits;
    do
        digits[--n] = (uint8_t)('0' + v % 10);
    while (v /= 10);
    rd r = rd_of((span){digits, sizeof digits});
    if (rd_skip(&r, n))
        put(t, rd_rest(&r));
}

/* is_hidden: a control character, or one that is not seen but moves or hides others: separators,
 * marks and isolates of direction, the byte order mark, tags, and what is for private use. */
static bool is_hidden(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x061c, 0x061c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xe000, 0xf8ff}, {0xfeff, 0xfeff}, {0xfff0, 0xffff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

/* put_char writes one character of an attribute's value. `edge`: the first or the last one. */
static void put_char(struct text *t, uint32_t c, bool first, bool last)
{
    uint8_t utf8[4];
    span bytes = {utf8, utf8_put(c, utf8)};
    if (is_hidden(c)) {
        put_escaped(t, bytes);
        return;
    }
    bool special = c < 0x80 && strchr("\"+,;<>\\", (int)c);
    uint8_t quoted[2] = {'\\', (uint8_t)c};
    if (special || (c == ' ' && (first || last)) || (c == '#' && first))
        put(t, (span){quoted, 2});
    else
        put(t, bytes);
}

/* next_char reads a character of a string of any of the directory's kinds. Teletex is taken for
 * Latin-1, which is what certificates have in it. */
static bool next_char(rd *in, uint8_t tag, uint32_t *c)
{
    if (tag == DER_UTF8_STRING)
        return utf8_next(in, c);
    size_t width = tag == DER_BMP_STRING ? 2 : tag == DER_UNIVERSAL_STRING ? 4 : 1;
    return rd_uint(in, width, c);
}

static bool is_string(uint8_t tag)
{
    return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_IA5_STRING
           || tag == DER_T61_STRING || tag == DER_VISIBLE_STRING || tag == DER_BMP_STRING
           || tag == DER_UNIVERSAL_STRING;
}

/* put_value: RFC 4514 2.4; what is no string is written as the hexadecimal of its encoding. */
static void put_value(struct text *t, const struct der *value)
{
    uint32_t c;
    if (!is_string(value->tag)) {
        put_str(t, "#");
        for (size_t i = 0; i < value->whole.n && !t->full; i++)
            put_hex(t, value->whole.p[i]);
        return;
    }
    rd in = rd_of(value->body);
    bool first = true;
    while (!t->full && next_char(&in, value->tag, &c)) {
        bool surrogate = c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff);
        put_char(t, surrogate ? 0xfffd : c, first, rd_end(&in));
        first = false;
    }
}

/* RFC 4514 3, RFC 4519 2, and the ones that stand in certificates besides. */
static const struct {
    span oid;
    const char *name;
} types[] = {
    {OID("\x55\x04\x03"), "CN"},
    {OID("\x55\x04\x0a"), "O"},
    {OID("\x55\x04\x0b"), "OU"},
    {OID("\x55\x04\x06"), "C"},
    {OID("\x55\x04\x07"), "L"},
    {OID("\x55\x04\x08"), "ST"},
    {OID("\x55\x04\x09"), "STREET"},
    {OID("\x55\x04\x04"), "SN"},
    {OID("\x55\x04\x05"), "serialNumber"},
    {OID("\x55\x04\x0c"), "title"},
    {OID("\x55\x04\x2a"), "GN"},
    {OID("\x55\x04\x61"), "organizationIdentifier"},
    {OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "DC"},
    {OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"), "UID"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"), "emailAddress"},
};

static void put_dotted(struct text *t, span oid)
{
    uint64_t v = 0;
    bool first = true;
    for (size_t i = 0; i < oid.n; i++) {
        v = v << 7 | (oid.p[i] & 0x7f);
        if (v > UINT32_MAX) {
            put_str(t, ".?");
            return;
        }
        if (oid.p[i] & 0x80)
            continue;
        uint32_t top = v < 40 ? 0 : v < 80 ? 1 : 2;
        if (first)
            put_number(t, top);
        put_str(t, ".");
        put_number(t, (uint32_t)(first ? v - 40 * top : v));
        first = false;
        v = 0;
    }
}

static void put_type(struct text *t, span oid)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (span_eq(oid, types[i].oid)) {
            put_str(t, types[i].name);
            return;
        }
    put_dotted(t, oid);
}

/* put_rdn writes the RelativeDistinguishedName that the walk comes to. */
static void put_rdn(struct text *t, struct name_walk w)
{
    struct ava ava;
    for (bool first = true; name_walk_next(&w, &ava) && (first || ava.joined); first = false) {
        if (!first)
            put_str(t, "+");
        put_type(t, ava.type);
        put_str(t, "=");
        put_value(t, &ava.value);
    }
}

static void put_name(struct text *t, span name)
{
    enum { RDNS_SHOWN = 32 };
    struct name_walk w = name_walk_of(name), before = w, starts[RDNS_SHOWN];
    struct ava ava;
    size_t n = 0;
    for (; name_walk_next(&w, &ava); before = w)
        if (!ava.joined)
            starts[n++ % RDNS_SHOWN] = before;
    /* RFC 4514 2.1: the last one first. */
    for (size_t shown = 0; n > 0 && shown < RDNS_SHOWN; shown++) {
        if (shown)
            put_str(t, ",");
        put_rdn(t, starts[--n % RDNS_SHOWN]);
    }
}

size_t name_text(span name, char *out, size_t cap)
{
    struct text t = text_of(out, cap);
    put_name(&t, name);
    return text_end(&t, out, cap);
}

static void put_ipv4(struct text *t, span ip)
{
    for (size_t i = 0; i < ip.n; i++) {
        if (i)
            put_str(t, ".");
        put_number(t, ip.p[i]);
    }
}

static unsigned group(span ip, size_t i)
{
    return (unsigned)(ip.p[2 * i] << 8 | ip.p[2 * i + 1]);
}

static void put_group(struct text *t, unsigned v)
{
    for (unsigned shift = 16; shift > 0; shift -= 4)
        if (v >> (shift - 4) || shift == 4) {
            uint8_t digit = (uint8_t)hex_digits[v >> (shift - 4) & 15];
            put(t, (span){&digit, 1});
        }
}

/* put_ipv6: RFC 5952 4: the first of the longest runs of two or more zero groups becomes "::". */
static void put_ipv6(struct text *t, span ip)
{
    enum { GROUPS = 8 };
    size_t best = GROUPS, best_n = 1;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t n = 0;
        while (i + n < GROUPS && group(ip, i + n) == 0)
            n++;
        if (n > best_n) {
            best = i;
            best_n = n;
        }
    }
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == best) {
            put_str(t, "::");
            i += best_n - 1;
            continue;
        }
        if (i && i != best + best_n)
            put_str(t, ":");
        put_group(t, group(ip, i));
    }
}

/* put_plain writes a URI or a mailbox: what stands in these by right stays as it is. */
static void put_plain(struct text *t, span value)
{
    for (size_t i = 0; i < value.n && !t->full; i++) {
        span c = {value.p + i, 1};
        if (is_hidden(*c.p))
            put_escaped(t, c);
        else if (*c.p == '\\')
            put_str(t, "\\\\");
        else
            put(t, c);
    }
}

static bool kind_of(enum gname_kind kind, tacit_name_kind *out)
{
    static const struct {
        enum gname_kind from;
        tacit_name_kind to;
    } kinds[] = {
        {GN_DNS, TACIT_NAME_DNS},
        {GN_IP, TACIT_NAME_IP},
        {GN_URI, TACIT_NAME_URI},
        {GN_EMAIL, TACIT_NAME_EMAIL},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].from == kind) {
            *out = kinds[i].to;
            return true;
        }
    return false;
}

static void put_ip(struct text *t, span ip)
{
    if (ip.n == 4)
        put_ipv4(t, ip);
    else
        put_ipv6(t, ip);
}

/* put_gname writes the value of a name of a form that is read as text; others show their form
 * alone. */
static void put_gname(struct text *t, const struct gname *name)
{
    span half;
    rd both = rd_of(name->value);
    switch (name->kind) {
    case GN_EMAIL:
    case GN_URI:
        put_plain(t, name->value);
        return;
    case GN_DNS:
        put_value(t, &(struct der){DER_IA5_STRING, name->value, {0}});
        return;
    case GN_DIRECTORY:
        put_name(t, name->value);
        return;
    case GN_IP:
        if (name->value.n == 4 || name->value.n == 16) {
            put_ip(t, name->value);
        } else if ((name->value.n == 8 || name->value.n == 32)
                   && rd_take(&both, name->value.n / 2, &half)) { /* of a constraint */
            put_ip(t, half);
            put_str(t, "/");
            put_ip(t, rd_rest(&both));
        }
        return;
    default:
        return;
    }
}

/* told_next takes the next name that is of a kind to be told. */
static bool told_next(rd *names, struct gname *name, tacit_name_kind *kind)
{
    while (!rd_end(names) && gname_next(names, name))
        if (kind_of(name->kind, kind))
            return true;
    return false;
}

bool cert_name_next(rd *names, tacit_name_kind *kind, char *out, size_t cap)
{
    struct gname name;
    if (!told_next(names, &name, kind))
        return false;
    struct text t = text_of(out, cap);
    put_gname(&t, &name);
    if (t.full)
        t.out.n = 0;
    text_end(&t, out, cap);
    return true;
}

bool cert_name_at(const struct cert *cert, size_t index, tacit_name_kind *kind, char *out,
                  size_t cap)
{
    struct gname passed;
    tacit_name_kind found;
    rd names = rd_of(cert->san);
    while (index-- > 0)
        if (!told_next(&names, &passed, &found))
            return false;
    if (!cert_name_next(&names, &found, out, cap))
        return false;
    if (kind)
        *kind = found;
    return true;
}

/* put_exactly writes a string as it is, or fills the text up where that cannot be. Beyond ASCII,
 * nobody knows which alphabet a TeletexString is written in. */
static void put_exactly(struct text *t, const struct der *value)
{
    uint32_t c;
    rd in = rd_of(value->body);
    t->full |= !is_string(value->tag);
    while (!t->full && next_char(&in, value->tag, &c)) {
        uint8_t utf8[4];
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        if (is_hidden(c) || surrogate || c > 0x10ffff || (value->tag == DER_T61_STRING && c > 0x7f))
            t->full = true;
        else
            put(t, (span){utf8, utf8_put(c, utf8)});
    }
    t->full |= !rd_end(&in);
}

void name_common(span name, char *out, size_t cap)
{
    static const span common_name = OID("\x55\x04\x03");
    struct text t = text_of(out, cap);
    struct ava ava;
    size_t n = 0;
    for (struct name_walk w = name_walk_of(name); name_walk_next(&w, &ava);)
        if (span_eq(ava.type, common_name) && n++ == 0)
            put_exactly(&t, &ava.value);
    if (n != 1 || t.full)
        t.out.n = 0;
    text_end(&t, out, cap);
}

size_t gname_text(const struct gname *name, char *out, size_t cap)
{
    static const char *const forms[GN_KINDS] = {
        [GN_OTHER] = "otherName",
        [GN_EMAIL] = "email:",
        [GN_DNS] = "DNS:",
        [GN_X400] = "x400Address",
        [GN_DIRECTORY] = "directory:",
        [GN_EDI] = "ediPartyName",
        [GN_URI] = "URI:",
        [GN_IP] = "IP:",
        [GN_REGISTERED_ID] = "registeredID",
    };
    struct text t = text_of(out, cap);
    put_str(&t, forms[name->kind]);
    put_gname(&t, name);
    return text_end(&t, out, cap);
}

size_t oid_text(span oid, char *out, size_t cap)
{
    struct text t = text_of(out, cap);
    put_dotted(&t, oid);
    return text_end(&t, out, cap);
}
