/* hostname.c: the names of servers: reading the one that is asked for, and finding it in a
 * certificate (RFC 9525).
 *
 * Only subjectAltName proves a name: a common name never does (RFC 9525 2), an address is compared
 * as bytes with iPAddress alone, a DNS name with dNSName alone. Invariant: names are compared with
 * their lengths; a NUL, a blank or any byte that a DNS name cannot have makes a certificate's name
 * match nothing. */
#include "x509/parse.h"

#include "wire/wr.h"

enum { DNS_MAX = 253, LABEL_MAX = 63, IPV4_LEN = 4, IPV6_LEN = 16 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(uint8_t c)
{
    uint8_t l = lower(c);
    return is_digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool is_label_byte(uint8_t c)
{
    uint8_t l = lower(c);
    return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool dns_label(rd *name, span *label)
{
    size_t n = 0;
    while (n < name->n && name->p[n] != '.')
        if (!is_label_byte(name->p[n++]))
            return false;
    return n >= 1 && n <= LABEL_MAX && rd_take(name, n, label)
           && (rd_end(name) || rd_skip(name, 1));
}

bool dns_check(span name)
{
    rd in = rd_of(name);
    span label;
    if (name.n == 0 || name.n > DNS_MAX || name.p[name.n - 1] == '.')
        return false;
    while (!rd_end(&in))
        if (!dns_label(&in, &label))
            return false;
    return true;
}

bool dns_wildcard(span name, span *under)
{
    rd in = rd_of(name);
    uint8_t star, dot;
    if (!rd_u8(&in, &star) || star != '*' || !rd_u8(&in, &dot) || dot != '.')
        return false;
    *under = rd_rest(&in);
    return dns_check(*under);
}

bool dns_eq(span a, span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

/* last_label is the last label of a name that dns_check accepted. */
static span last_label(span name)
{
    rd in = rd_of(name);
    span label = name;
    while (!rd_end(&in) && dns_label(&in, &label))
        ;
    return label;
}

/* is_number: would something else read this last label as a number, and so the name as an
 * address? */
static bool is_number(span label)
{
    bool hex = label.n >= 2 && label.p[0] == '0' && lower(label.p[1]) == 'x';
    for (size_t i = hex ? 2 : 0; i < label.n; i++)
        if (hex ? hex_value(label.p[i]) < 0 : !is_digit(label.p[i]))
            return false;
    return true;
}

/* read_decimal reads 0..255 without leading zeros, which others would take for octal. */
static bool read_decimal(rd *in, uint8_t *out)
{
    unsigned v = 0;
    size_t n = 0;
    while (n < in->n && n < 3 && is_digit(in->p[n]))
        v = v * 10 + (unsigned)(in->p[n++] - '0');
    if (n == 0 || v > 255 || (n > 1 && in->p[0] == '0') || !rd_skip(in, n))
        return false;
    *out = (uint8_t)v;
    return true;
}

static bool read_ipv4(rd *in, uint8_t out[IPV4_LEN])
{
    uint8_t dot;
    for (size_t i = 0; i < IPV4_LEN; i++) {
        if (i && !(rd_u8(in, &dot) && dot == '.'))
            return false;
        if (!read_decimal(in, &out[i]))
            return false;
    }
    return rd_end(in);
}

static bool read_group(rd *in, uint8_t out[2])
{
    unsigned v = 0;
    size_t n = 0;
    while (n < in->n && n < 4 && hex_value(in->p[n]) >= 0)
        v = v << 4 | (unsigned)hex_value(in->p[n++]);
    if (n == 0 || !rd_skip(in, n))
        return false;
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return true;
}

static bool skip_colons(rd *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (i >= in->n || in->p[i] != ':')
            return false;
    return rd_skip(in, n);
}

/* read_ipv6 reads the forms of RFC 4291 2.2; a zone id is none of them. */
static bool read_ipv6(rd *in, uint8_t out[IPV6_LEN])
{
    uint8_t head[IPV6_LEN + 2] = {0};
    size_t n = 0, gap = SIZE_MAX;
    bool after_group = false;
    while (!rd_end(in)) {
        rd at = *in;
        if (skip_colons(&at, 2)) {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            *in = at;
            after_group = false;
            continue;
        }
        if (after_group && !skip_colons(in, 1))
            return false;
        at = *in;
        if (n + IPV4_LEN <= IPV6_LEN && read_ipv4(&at, head + n)) {
            *in = at;
            n += IPV4_LEN;
            break;
        }
        if (n >= IPV6_LEN || !read_group(in, head + n))
            return false;
        n += 2;
        after_group = true;
    }
    if (gap == SIZE_MAX ? n != IPV6_LEN : n >= IPV6_LEN)
        return false;
    size_t front = gap == SIZE_MAX ? n : gap;
    memset(out, 0, IPV6_LEN);
    memcpy(out, head, front);
    memcpy(out + IPV6_LEN - (n - front), head + front, n - front);
    return true;
}

static bool parse(struct host *out, span text)
{
    rd in = rd_of(text);
    if (text.n && memchr(text.p, ':', text.n)) {
        out->ip_len = IPV6_LEN;
        return read_ipv6(&in, out->ip);
    }
    if (text.n && text.p[text.n - 1] == '.')
        text.n--;
    if (!dns_check(text))
        return false;
    if (is_number(last_label(text))) {
        out->ip_len = IPV4_LEN;
        return read_ipv4(&in, out->ip);
    }
    for (size_t i = 0; i < text.n; i++)
        out->dns[i] = (char)lower(text.p[i]);
    out->dns_len = (uint8_t)text.n;
    return true;
}

bool host_parse(struct host *out, span text, struct err *err)
{
    struct host host = {0};
    if (!parse(&host, text))
        return fail(err, BAD_SERVER_NAME, 0);
    *out = host;
    return true;
}

/* dns_matches: RFC 9525 6.3: a wildcard is the whole left-most label, and stands for one label. */
static bool dns_matches(span name, span host)
{
    span under, label;
    rd parent = rd_of(host);
    if (!dns_wildcard(name, &under))
        return dns_check(name) && dns_eq(name, host);
    /* A whole top-level domain is nobody's to prove. */
    return under.n > last_label(under).n && dns_label(&parent, &label)
           && dns_eq(under, rd_rest(&parent));
}

bool names_a_host(const struct cert *cert)
{
    struct gname name;
    for (rd in = rd_of(cert->san); !rd_end(&in) && gname_next(&in, &name);)
        if (name.kind == GN_DNS || name.kind == GN_IP)
            return true;
    return false;
}

bool host_matches(const struct cert *cert, const struct host *host)
{
    span wanted = host->ip_len ? (span){host->ip, host->ip_len}
                               : (span){(const uint8_t *)host->dns, host->dns_len};
    struct gname name;
    for (rd in = rd_of(cert->san); !rd_end(&in) && gname_next(&in, &name);) {
        if (host->ip_len && name.kind == GN_IP && span_eq(name.value, wanted))
            return true;
        if (!host->ip_len && name.kind == GN_DNS && dns_matches(name.value, wanted))
            return true;
    }
    return false;
}
