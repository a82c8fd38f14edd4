/* subtree.c: what one base of a name constraint covers, form by form (RFC 5280 4.2.1.10 and 7).
 *
 * Hosts compare without regard to case, the part of a mailbox before its at sign exactly (7.5),
 * directory names attribute by attribute. Invariant: what cannot be told for certain counts against
 * the name: a wildcard is permitted only if everything that it could match is, and excluded as soon
 * as anything is; a directory name whose writing cannot be compared is never permitted and always
 * excluded. */
#include "x509/check.h"
#include "x509/parse.h"

/* RFC 5280 4.2.1.10: an address and a mask, in the style of RFC 4632: ones, then zeros. */
static bool is_prefix_mask(span mask)
{
    bool ended = false;
    for (size_t i = 0; i < mask.n * 8; i++) {
        bool one = mask.p[i / 8] & 0x80u >> i % 8;
        if (one && ended)
            return false;
        ended |= !one;
    }
    return true;
}

static bool halves(span both, span *address, span *mask)
{
    rd in = rd_of(both);
    return (both.n == 8 || both.n == 32) && rd_take(&in, both.n / 2, address)
           && rd_take(&in, both.n / 2, mask);
}

/* domain_check: the empty base covers all names. A leading dot, which means what is below, is no
 * form of the RFC's for DNS names, but it is in use. */
static bool domain_check(span base)
{
    rd in = rd_of(base);
    return rd_end(&in) || dns_check(base)
           || (in.p[0] == '.' && rd_skip(&in, 1) && dns_check(rd_rest(&in)));
}

/* before_last cuts a text at the last `mark`; false if there is none. */
static bool before_last(span text, uint8_t mark, span *before, span *after)
{
    for (size_t i = text.n; i-- > 0;)
        if (text.p[i] == mark) {
            rd in = rd_of(text);
            return rd_take(&in, i, before) && rd_skip(&in, 1)
                   && rd_take(&in, text.n - i - 1, after);
        }
    return false;
}

/* mailbox_split takes a mailbox apart. A quoted local part, which can be written in more than one
 * way, and an address instead of a host are in no name space. */
static bool mailbox_split(span mailbox, span *local, span *host)
{
    if (!before_last(mailbox, '@', local, host) || local->n == 0 || !dns_check(*host))
        return false;
    for (size_t i = 0; i < local->n; i++)
        if (local->p[i] <= ' ' || local->p[i] >= 0x7f || strchr("\"(),:;<>@[\\]", local->p[i]))
            return false;
    return true;
}

static bool is_digits(span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return true;
}

/* scheme_skip takes the scheme and the two slashes behind which an authority stands (RFC 3986
 * 3). */
static bool scheme_skip(rd *in)
{
    span begin = rd_rest(in), slashes;
    uint8_t c = 0;
    while (rd_u8(in, &c) && c != ':')
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9')
            && !strchr("+-.", c))
            return false;
    return c == ':' && begin.p[0] != ':' && rd_take(in, 2, &slashes)
           && memcmp(slashes.p, "//", 2) == 0;
}

/* is_uri_text: is each character one that a URI may have (RFC 3986 2)? A backslash is what browsers
 * take for a slash. */
static bool is_uri_text(span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] >= 0x7f || strchr("\"<>\\^`{|}", text.p[i]))
            return false;
    return true;
}

/* uri_host finds the host of a URI. One without an authority, or with an address there, must be
 * refused where URIs are constrained (RFC 5280 4.2.1.10); so is what is read in more than one
 * way. */
static bool uri_host(span uri, span *host)
{
    rd in = rd_of(uri), left;
    span authority, user, port, label;
    if (!is_uri_text(uri) || !scheme_skip(&in))
        return false;
    authority = rd_rest(&in);
    for (size_t i = 0; i < authority.n; i++)
        if (strchr("/?#", authority.p[i])) {
            authority.n = i;
            break;
        }
    *host = authority;
    if (before_last(authority, '@', &user, host) && memchr(user.p, '@', user.n))
        return false;
    if (before_last(*host, ':', host, &port) && !is_digits(port))
        return false;
    if (!dns_check(*host))
        return false;
    for (left = rd_of(*host); dns_label(&left, &label);)
        ;
    return !is_digits(rd_end(&left) ? label : rd_rest(&left));
}

bool subtree_check(const struct gname *base)
{
    span address, mask, local, host;
    switch (base->kind) {
    case GN_IP:
        return halves(base->value, &address, &mask) && is_prefix_mask(mask);
    case GN_EMAIL:
        return domain_check(base->value) || mailbox_split(base->value, &local, &host);
    case GN_DNS:
    case GN_URI:
        return domain_check(base->value);
    default:
        return true;
    }
}

bool subtree_processes(enum gname_kind kind)
{
    return kind == GN_DNS || kind == GN_IP || kind == GN_EMAIL || kind == GN_URI
           || kind == GN_DIRECTORY;
}

bool subtree_can_hold(const struct gname *name)
{
    span ignored, host;
    switch (name->kind) {
    case GN_DNS:
        return dns_check(name->value) || dns_wildcard(name->value, &ignored);
    case GN_EMAIL:
        return mailbox_split(name->value, &ignored, &host);
    case GN_URI:
        return uri_host(name->value, &host);
    default:
        return true;
    }
}

/* below: is the name under the base, which may begin with a dot? */
static bool below(span name, span base)
{
    rd in = rd_of(name);
    bool dotted = base.p[0] == '.';
    size_t tail = base.n + (dotted ? 0 : 1);
    if (name.n <= tail || !rd_skip(&in, name.n - tail) || in.p[0] != '.')
        return false;
    return (dotted || rd_skip(&in, 1)) && dns_eq(rd_rest(&in), base);
}

/* dns_within: is the name the base, or below it? The star of a wildcard counts as a label. */
static bool dns_within(span name, span base)
{
    return base.n == 0 || dns_eq(name, base) || below(name, base);
}

/* host_within: a host is itself alone; what is below it is meant by a leading dot (RFC 5280
 * 4.2.1.10). */
static bool host_within(span host, span base)
{
    return base.n == 0 || (base.p[0] == '.' ? below(host, base) : dns_eq(host, base));
}

static bool mailbox_within(span mailbox, span base)
{
    span local, host, base_local, base_host;
    if (!mailbox_split(mailbox, &local, &host))
        return false;
    if (!mailbox_split(base, &base_local, &base_host))
        return host_within(host, base);
    return span_eq(local, base_local) && dns_eq(host, base_host);
}

/* wildcard_reaches: is there a name that the wildcard matches and that the base covers? */
static bool wildcard_reaches(span name, span base)
{
    span under, label;
    rd in = rd_of(base);
    if (base.n && base.p[0] == '.')
        rd_skip(&in, 1);
    return dns_wildcard(name, &under) && dns_label(&in, &label) && dns_eq(rd_rest(&in), under);
}

static bool ip_within(span address, span base)
{
    span net, mask;
    if (base.n != 2 * address.n || !halves(base, &net, &mask))
        return false;
    for (size_t i = 0; i < address.n; i++)
        if ((address.p[i] ^ net.p[i]) & mask.p[i])
            return false;
    return true;
}

bool subtree_covers(const struct gname *base, const struct gname *name, enum side side)
{
    span host;
    switch (name->kind) {
    case GN_IP:
        return ip_within(name->value, base->value);
    case GN_EMAIL:
        return mailbox_within(name->value, base->value);
    case GN_URI:
        return uri_host(name->value, &host) && host_within(host, base->value);
    case GN_DIRECTORY:
        return name_within(name->value, base->value, side == EXCLUDED);
    default:
        return dns_within(name->value, base->value)
               || (side == EXCLUDED && wildcard_reaches(name->value, base->value));
    }
}
