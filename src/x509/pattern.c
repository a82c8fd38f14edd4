/* pattern.c: an entry of an allow-list, and whether a name of a certificate is the one it means
 * (RFC 9525, RFC 3986, SPIFFE ID).
 *
 * A name is compared with patterns of its own kind alone. A star stands for one whole label, path
 * segment or local part, never for a piece of one. Invariant: what is not of the plain form below
 * is refused as a pattern, and matches nothing as a name: names are never unescaped, resolved or
 * repaired, so that two readers cannot take them for two things. */
#include "x509/admit.h"

#include "x509/parse.h"

enum { URI_MAX = 2048, LOCAL_MAX = 64 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_alpha(uint8_t c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_alnum(uint8_t c)
{
    return is_alpha(c) || (c >= '0' && c <= '9');
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

static bool is_scheme_byte(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "+-.");
}

static bool is_host_byte(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "-._");
}

/* RFC 3986's unreserved bytes: no percent, query, fragment or parameter is among them. */
static bool is_segment_byte(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "-._~");
}

/* RFC 5321's atext, without the star, which is ours in patterns and nobody's in names. */
static bool is_local_byte(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "!#$%&'+-/=?^_`{|}~.");
}

/* run takes bytes as long as they are of a class: at least one. */
static bool run(rd *in, bool (*is)(uint8_t), span *out)
{
    size_t n = 0;
    while (n < in->n && is(in->p[n]))
        n++;
    return n > 0 && rd_take(in, n, out);
}

static bool skip_str(rd *in, const char *text)
{
    span head;
    size_t n = strlen(text);
    rd at = *in;
    if (!rd_take(&at, n, &head) || !span_eq(head, span_str(text)))
        return false;
    *in = at;
    return true;
}

static bool equals(span s, const char *text)
{
    return span_eq(s, span_str(text));
}

/* ---- DNS names ------------------------------------------------------------------------------- */

static bool dns_read(struct pattern *out, span text)
{
    struct host host;
    rd parent;
    span under, label;
    out->wild = dns_wildcard(text, &under);
    out->text = out->wild ? under : text;
    parent = rd_of(out->text);
    /* A whole top-level domain is nobody's. What reads as an address is no DNS name. */
    return dns_check(out->text) && host_parse(&host, out->text, NULL) && !host.ip_len
           && (!out->wild || (dns_label(&parent, &label) && !rd_end(&parent)));
}

/* A wildcard in a certificate says less than a name: it is matched by the same wildcard alone. */
static bool dns_is(const struct pattern *p, span name)
{
    span under, label;
    rd in = rd_of(name);
    if (dns_wildcard(name, &under))
        return p->wild && dns_eq(under, p->text);
    if (!dns_check(name))
        return false;
    return p->wild ? dns_label(&in, &label) && dns_eq(rd_rest(&in), p->text)
                   : dns_eq(name, p->text);
}

/* ---- URIs ------------------------------------------------------------------------------------ */

/* struct uri is scheme "://" host path; there is no user, port, query or fragment. */
struct uri {
    span scheme, host;
    rd path;
};

static bool uri_split(span text, struct uri *out)
{
    rd in = rd_of(text);
    if (text.n > URI_MAX || !run(&in, is_scheme_byte, &out->scheme) || !is_alpha(out->scheme.p[0])
        || !skip_str(&in, "://") || !run(&in, is_host_byte, &out->host) || !dns_check(out->host))
        return false;
    out->path = in;
    return true;
}

/* segment_next takes a slash and the segment after it, which is not empty, "." or "..". */
static bool segment_next(rd *path, bool stars, span *out)
{
    if (!skip_str(path, "/"))
        return false;
    if (stars && skip_str(path, "*")) {
        *out = (span){NULL, 0};
        return true;
    }
    return run(path, is_segment_byte, out) && !equals(*out, ".") && !equals(*out, "..");
}

static bool uri_read(struct pattern *out, span text)
{
    struct uri uri;
    span segment;
    if (!uri_split(text, &uri))
        return false;
    while (!rd_end(&uri.path))
        if (!segment_next(&uri.path, true, &segment))
            return false;
    out->text = text;
    out->spiffe = dns_eq(uri.scheme, span_str("spiffe"));
    return true;
}

static bool uri_is(const struct pattern *p, span name)
{
    struct uri want, found;
    span a, b;
    if (!uri_split(p->text, &want) || !uri_split(name, &found))
        return false;
    /* RFC 3986 6.2.2.1: scheme and host have no case, the path has. */
    if (!dns_eq(want.scheme, found.scheme) || !dns_eq(want.host, found.host))
        return false;
    while (!rd_end(&want.path)) {
        if (!segment_next(&want.path, true, &a) || !segment_next(&found.path, false, &b))
            return false;
        if (a.p && !span_eq(a, b))
            return false;
    }
    return rd_end(&found.path);
}

/* ---- addresses of mail ----------------------------------------------------------------------- */

/* local_check: atoms with single dots between them; nothing is quoted (RFC 5321 4.1.2). */
static bool local_check(span local)
{
    uint8_t before = '.';
    for (size_t i = 0; i < local.n; i++) {
        if (local.p[i] == '.' && before == '.')
            return false;
        before = local.p[i];
    }
    return before != '.' && local.n <= LOCAL_MAX;
}

static bool email_split(rd in, bool stars, span *local, span *domain)
{
    bool starred = stars && skip_str(&in, "*");
    if (starred)
        *local = (span){NULL, 0};
    else if (!run(&in, is_local_byte, local) || !local_check(*local))
        return false;
    if (!skip_str(&in, "@"))
        return false;
    *domain = rd_rest(&in);
    return dns_check(*domain);
}

static bool email_read(struct pattern *out, span text)
{
    span local, domain;
    out->text = text;
    return email_split(rd_of(text), true, &local, &domain);
}

/* The case of a local part is the host's own affair (RFC 5321 2.4): it is compared as it is. */
static bool email_is(const struct pattern *p, span name)
{
    span local, domain, found, found_domain;
    return email_split(rd_of(p->text), true, &local, &domain)
           && email_split(rd_of(name), false, &found, &found_domain)
           && (!local.p || span_eq(local, found)) && dns_eq(domain, found_domain);
}

/* ---- IP addresses ---------------------------------------------------------------------------- */

/* bits_read reads a prefix length: 1 to `max`, without leading zeros. */
static bool bits_read(rd in, unsigned max, uint8_t *out)
{
    unsigned v = 0;
    uint8_t c;
    if (in.n == 0 || in.n > 3 || in.p[0] == '0')
        return false;
    while (rd_u8(&in, &c)) {
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (unsigned)(c - '0');
    }
    *out = (uint8_t)v;
    return v <= max;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, size_t bits)
{
    size_t whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* A prefix with bits set behind it is somebody's mistake, and which one is not for us to guess. */
static bool ip_read(struct pattern *out, span text)
{
    const uint8_t *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
    size_t n = slash ? (size_t)(slash - text.p) : text.n;
    rd in = rd_of(text);
    span address;
    struct host host;
    if (!rd_take(&in, n, &address) || !host_parse(&host, address, NULL) || !host.ip_len)
        return false;
    out->n = host.ip_len;
    out->bits = (uint8_t)(8 * host.ip_len);
    memcpy(out->bytes, host.ip, host.ip_len);
    if (!slash)
        return true;
    if (!rd_skip(&in, 1) || !bits_read(in, out->bits, &out->bits))
        return false;
    uint8_t behind[sizeof host.ip] = {0};
    memcpy(behind, host.ip, out->bits / 8);
    if (out->bits % 8)
        behind[out->bits / 8] =
            (uint8_t)(host.ip[out->bits / 8] & (uint8_t)(0xff00u >> out->bits % 8));
    return memcmp(behind, host.ip, host.ip_len) == 0;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int hex_value(uint8_t c)
{
    uint8_t l = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool spki_hash_read(struct pattern *out, span text)
{
    if (text.n != 2 * SPKI_HASH)
        return false;
    for (size_t i = 0; i < SPKI_HASH; i++) {
        int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    out->n = SPKI_HASH;
    return true;
}

/* ---- all of them ----------------------------------------------------------------------------- */

bool pattern_read(struct pattern *out, unsigned kind, span text)
{
    *out = (struct pattern){.kind = (enum tacit_allow_kind)kind};
    switch (kind) {
    case TACIT_ALLOW_DNS:
        return dns_read(out, text);
    case TACIT_ALLOW_URI:
        return uri_read(out, text);
    case TACIT_ALLOW_IP:
        return ip_read(out, text);
    case TACIT_ALLOW_EMAIL:
        return email_read(out, text);
    case TACIT_ALLOW_SPKI:
        return spki_hash_read(out, text);
    }
    return false;
}

bool pattern_is(const struct pattern *p, const struct gname *name)
{
    switch (p->kind) {
    case TACIT_ALLOW_DNS:
        return name->kind == GN_DNS && dns_is(p, name->value);
    case TACIT_ALLOW_URI:
        return name->kind == GN_URI && uri_is(p, name->value);
    case TACIT_ALLOW_IP:
        return name->kind == GN_IP && name->value.n == p->n
               && same_prefix(p->bytes, name->value.p, p->bits);
    case TACIT_ALLOW_EMAIL:
        return name->kind == GN_EMAIL && email_is(p, name->value);
    case TACIT_ALLOW_SPKI:
        break;
    }
    return false;
}
