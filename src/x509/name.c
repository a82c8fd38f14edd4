/* name.c: Names: whether they are well-formed, and whether two are equal (RFC 5280 4.1.2.4, 7.1).
 *
 * Equality of names only proposes an issuer; the signature decides. So the comparison may stop
 * short of RFC 4518's string preparation: ASCII case and spaces, which is what issuers get wrong,
 * and nothing of Unicode. Invariant: names that are equal have equal hashes. */
#include "x509/parse.h"

#include "wire/utf8.h"

static const span email_oid = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01");

struct name_walk name_walk_of(span name)
{
    rd in = rd_of(name);
    struct name_walk w = {0};
    w.bad = !der_enter(&in, DER_SEQUENCE, &w.rdns) || !rd_end(&in);
    return w;
}

static bool next_ava(struct name_walk *w, struct ava *out)
{
    rd body;
    out->joined = !rd_end(&w->avas);
    return (out->joined || der_enter(&w->rdns, DER_SET, &w->avas))
           && der_enter(&w->avas, DER_SEQUENCE, &body) && der_oid(&body, &out->type)
           && der_next(&body, &out->value) && rd_end(&body);
}

bool name_walk_next(struct name_walk *w, struct ava *out)
{
    if (w->bad || (rd_end(&w->avas) && rd_end(&w->rdns)))
        return false;
    w->bad = !next_ava(w, out);
    return !w->bad;
}

/* is_printable: PrintableString's characters, and the star that servers' common names have in
 * it. */
static bool is_printable(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || (c && strchr(" '()+,-./:=?*", c));
}

static bool string_check(const struct der *s)
{
    switch (s->tag) {
    case DER_PRINTABLE_STRING:
        for (size_t i = 0; i < s->body.n; i++)
            if (!is_printable(s->body.p[i]))
                return false;
        return true;
    case DER_IA5_STRING:
        for (size_t i = 0; i < s->body.n; i++)
            if (s->body.p[i] >= 0x80)
                return false;
        return true;
    case DER_UTF8_STRING:
        return utf8_check(s->body);
    case DER_BMP_STRING:
        return s->body.n % 2 == 0;
    case DER_UNIVERSAL_STRING:
        return s->body.n % 4 == 0;
    default:
        return true;
    }
}

bool name_check(span name)
{
    struct ava ava;
    struct name_walk w = name_walk_of(name);
    while (name_walk_next(&w, &ava))
        if (!string_check(&ava.value))
            return false;
    return !w.bad;
}

/* struct folded reads a string in lower case, without spaces at its ends and with one between
 * words. */
struct folded {
    rd in;
    bool begun;
    int held; /* read already: it comes after the space that was just given out */
};

enum { FOLDED_END = -1 };

static struct folded folded_of(span s)
{
    return (struct folded){rd_of(s), false, FOLDED_END};
}

static int folded_next(struct folded *f)
{
    int held = f->held;
    f->held = FOLDED_END;
    if (held != FOLDED_END)
        return held;
    bool space = false;
    uint8_t c;
    while (rd_u8(&f->in, &c)) {
        if (c == ' ') {
            space = f->begun;
            continue;
        }
        f->begun = true;
        int lower = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
        if (!space)
            return lower;
        f->held = lower;
        return ' ';
    }
    return FOLDED_END;
}

/* is_folding: IA5String is that of domainComponent (RFC 5280 7.3) and emailAddress (4.1.2.6), which
 * have no case. */
static bool is_folding(const struct der *s)
{
    return s->tag == DER_PRINTABLE_STRING || s->tag == DER_UTF8_STRING || s->tag == DER_IA5_STRING;
}

static bool value_eq(const struct der *a, const struct der *b)
{
    if (!is_folding(a) || !is_folding(b))
        return span_eq(a->whole, b->whole);
    struct folded x = folded_of(a->body), y = folded_of(b->body);
    int c;
    do {
        c = folded_next(&x);
        if (c != folded_next(&y))
            return false;
    } while (c != FOLDED_END);
    return true;
}

static bool is_ascii(span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80)
            return false;
    return true;
}

/* is_plain: could no other writing, in another alphabet or string type, mean the same? */
static bool is_plain(const struct der *s)
{
    return is_folding(s) && is_ascii(s->body);
}

/* ava_within: are these equal, and if that cannot be told, what the caller would rather believe? */
static bool ava_within(const struct ava *a, const struct ava *b, bool doubt)
{
    if (!span_eq(a->type, b->type))
        return false;
    if (value_eq(&a->value, &b->value))
        return true;
    return doubt && !(is_plain(&a->value) && is_plain(&b->value));
}

/* rdn_next takes one RelativeDistinguishedName. */
static bool rdn_next(rd *rdns, rd *avas)
{
    return der_enter(rdns, DER_SET, avas);
}

static bool ava_next(rd *avas, struct ava *out)
{
    rd body;
    return der_enter(avas, DER_SEQUENCE, &body) && der_oid(&body, &out->type)
           && der_next(&body, &out->value);
}

static size_t ava_count(rd avas)
{
    struct ava ava;
    size_t n = 0;
    while (ava_next(&avas, &ava))
        n++;
    return n;
}

/* rdn_within compares sets: what differs in case may be sorted differently. */
static bool rdn_within(rd name, rd base, bool doubt)
{
    enum { AVAS_MAX = 16 }; /* the comparison is quadratic */
    struct ava x, y;
    size_t n = ava_count(name);
    if (n != ava_count(base))
        return false;
    if (n > AVAS_MAX)
        return doubt;
    while (ava_next(&base, &y)) {
        bool found = false;
        for (rd at = name; !found && ava_next(&at, &x);)
            found = ava_within(&x, &y, doubt);
        if (!found)
            return false;
    }
    return true;
}

bool name_within(span name, span base, bool doubt)
{
    rd in = rd_of(name), under = rd_of(base), rdns, base_rdns, x, y;
    if (!der_enter(&in, DER_SEQUENCE, &rdns) || !der_enter(&under, DER_SEQUENCE, &base_rdns))
        return doubt;
    while (rdn_next(&base_rdns, &y))
        if (!rdn_next(&rdns, &x) || !rdn_within(x, y, doubt))
            return false;
    return true;
}

bool name_extends(span name, span base, span rdn)
{
    rd in = rd_of(name), under = rd_of(base), rdns, base_rdns, x, y;
    if (!der_enter(&in, DER_SEQUENCE, &rdns) || !der_enter(&under, DER_SEQUENCE, &base_rdns))
        return false;
    while (rdn_next(&base_rdns, &y))
        if (!rdn_next(&rdns, &x) || !rdn_within(x, y, false))
            return false;
    return rdn_next(&rdns, &x) && rd_end(&rdns) && rdn_within(x, rd_of(rdn), false);
}

bool rdn_check(span rdn)
{
    struct name_walk w = {.avas = rd_of(rdn)};
    struct ava ava;
    while (name_walk_next(&w, &ava))
        if (!string_check(&ava.value))
            return false;
    return !w.bad;
}

bool rdn_eq(span a, span b)
{
    return rdn_within(rd_of(a), rd_of(b), false);
}

bool name_eq(span a, span b)
{
    if (span_eq(a, b))
        return true;
    struct name_walk v = name_walk_of(a), w = name_walk_of(b);
    for (;;) {
        struct ava x, y;
        bool more = name_walk_next(&v, &x);
        if (more != name_walk_next(&w, &y))
            return false;
        if (!more)
            return !v.bad && !w.bad;
        if (x.joined != y.joined || !span_eq(x.type, y.type) || !value_eq(&x.value, &y.value))
            return false;
    }
}

/* FNV-1a. The table of anchors is filled by its owner alone, so nobody else can aim at its
 * buckets. */
static uint32_t mix(uint32_t hash, int c)
{
    return (hash ^ (uint32_t)c) * 16777619u;
}

uint32_t name_hash(span name)
{
    uint32_t hash = 2166136261u;
    struct ava ava;
    for (struct name_walk w = name_walk_of(name); name_walk_next(&w, &ava);) {
        struct folded f = folded_of(ava.value.body);
        for (int c = folded_next(&f); c != FOLDED_END; c = folded_next(&f))
            hash = mix(hash, c);
        hash = mix(hash, 0);
    }
    return hash;
}

bool name_email_next(struct name_walk *w, span *out)
{
    struct ava ava;
    while (name_walk_next(w, &ava))
        if (span_eq(ava.type, email_oid)) {
            *out = ava.value.body;
            return true;
        }
    return false;
}
