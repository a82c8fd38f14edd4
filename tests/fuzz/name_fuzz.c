/* name_fuzz.c: names of certificates against patterns and hosts: a byte for the kind, one for the
 * length of a pattern, the pattern, and the name. What matches is plain text of the same shape, and
 * a pattern without a star is as good a name of its own. */
#include "x509/admit.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const struct {
    enum tacit_allow_kind kind;
    enum gname_kind own;
    char piece; /* what stands between the pieces of which a star stands for one */
} kinds[] = {
    {TACIT_ALLOW_DNS, GN_DNS, '.'},
    {TACIT_ALLOW_URI, GN_URI, '/'},
    {TACIT_ALLOW_EMAIL, GN_EMAIL, '@'},
};

static size_t count(span s, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == (uint8_t)c;
    return n;
}

static bool is_plain(span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
            return false;
    return s.n > 0;
}

static void match_text(size_t row, span text, span name)
{
    struct pattern p, back;
    struct gname as = {kinds[row].own, name}, self = {kinds[row].own, text};
    bool starred = count(text, '*') > 0;
    if (!pattern_read(&p, kinds[row].kind, text))
        return;
    check(is_plain(text));
    /* A wildcard of DNS stands in certificates too; no other star does. */
    check(pattern_is(&p, &self) == (!starred || kinds[row].own == GN_DNS));
    bool is = pattern_is(&p, &as);
    if (is) {
        check(is_plain(name));
        check(count(name, kinds[row].piece) == count(text, kinds[row].piece));
        check(starred || (pattern_read(&back, kinds[row].kind, name) && pattern_is(&back, &self)));
    }
    for (int kind = GN_OTHER; kind < GN_KINDS; kind++) {
        as.kind = (enum gname_kind)kind;
        check(pattern_is(&p, &as) == (is && as.kind == kinds[row].own));
    }
}

static void match_other(enum tacit_allow_kind kind, span text, span name)
{
    struct pattern p;
    struct gname as = {GN_IP, name};
    if (!pattern_read(&p, kind, text))
        return;
    bool is = pattern_is(&p, &as);
    check(!is || (kind == TACIT_ALLOW_IP && name.n == p.n && (name.n == 4 || name.n == 16)));
    as = (struct gname){GN_IP, {p.bytes, p.n}};
    check(pattern_is(&p, &as) == (kind == TACIT_ALLOW_IP));
}

/* match_host asks for the pattern's text as a server's name; the name is the alternative names of a
 * certificate. */
static void match_host(span text, span names)
{
    struct cert cert = {.san = names};
    struct host host, again;
    if (!host_parse(&host, text, NULL))
        return;
    check(host_matches(&cert, &host) == host_matches(&cert, &host));
    if (host.ip_len)
        return;
    check(host_parse(&again, (span){(const uint8_t *)host.dns, host.dns_len}, NULL));
    check(again.dns_len == host.dns_len && memcmp(again.dns, host.dns, host.dns_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    rd in = rd_of((span){data, n});
    uint8_t kind;
    span text;
    if (!rd_u8(&in, &kind) || !rd_vec8(&in, 0, 255, &text))
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == (enum tacit_allow_kind)kind)
            match_text(i, text, rd_rest(&in));
    if (kind == TACIT_ALLOW_IP || kind == TACIT_ALLOW_SPKI)
        match_other((enum tacit_allow_kind)kind, text, rd_rest(&in));
    match_host(text, rd_rest(&in));
    return 0;
}
