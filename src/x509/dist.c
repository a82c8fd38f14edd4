/* dist.c: distribution points: which of an authority's partitioned lists is a certificate's (RFC
 * 5280 4.2.1.13, 5.2.5).
 *
 * Nothing is fetched from one: a point is a name that must stand in the certificate and in the
 * list. Invariant: every name of every point is compared, not only the first. */
#include "x509/crl.h"
#include "x509/parse.h"

struct point {
    struct dist_name name;
    uint16_t reasons;
    bool of_other; /* its list is issued by somebody else: an indirect one */
};

bool dist_name_read(rd in, struct dist_name *out)
{
    *out = (struct dist_name){{0}, {0}};
    if (!der_optional(&in, DER_CONTEXT_BODY + 0, &out->full)
        || !der_optional(&in, DER_CONTEXT_BODY + 1, &out->relative) || !rd_end(&in))
        return false;
    /* One or the other. */
    if (out->full.p)
        return !out->relative.p && gname_list_check(out->full);
    return out->relative.n && rdn_check(out->relative);
}

bool dist_reasons(span bits, uint16_t *out)
{
    uint16_t found = 0;
    if (bits.n < 1 || bits.n > 3 || bits.p[0] > 7)
        return false;
    for (unsigned i = 0; i < (bits.n - 1) * 8; i++)
        if (bits.p[1 + i / 8] & 0x80u >> i % 8)
            found = (uint16_t)(found | 1u << i);
    *out = found & ALL_REASONS;
    return true;
}

static bool point_next(rd *points, struct point *out)
{
    rd body, name;
    span reasons, issuer;
    *out = (struct point){.reasons = ALL_REASONS};
    if (!der_enter(points, DER_SEQUENCE, &body))
        return false;
    if (der_peek(&body, DER_CONTEXT_BODY + 0)
        && !(der_enter(&body, DER_CONTEXT_BODY + 0, &name) && dist_name_read(name, &out->name)))
        return false;
    if (!der_optional(&body, DER_CONTEXT + 1, &reasons)
        || !der_optional(&body, DER_CONTEXT_BODY + 2, &issuer) || !rd_end(&body))
        return false;
    out->of_other = issuer.p;
    return (!reasons.p || dist_reasons(reasons, &out->reasons))
           && (!issuer.p || gname_list_check(issuer));
}

bool dist_points_check(span points)
{
    rd in = rd_of(points);
    struct point point;
    if (rd_end(&in))
        return false;
    while (!rd_end(&in))
        if (!point_next(&in, &point))
            return false;
    return true;
}

static bool full_has(span full, const struct gname *name)
{
    struct gname other;
    for (rd in = rd_of(full); !rd_end(&in) && gname_next(&in, &other);)
        if (other.kind == name->kind
            && (name->kind == GN_DIRECTORY ? name_eq(other.value, name->value)
                                           : span_eq(other.value, name->value)))
            return true;
    return false;
}

/* full_has_relative: is a directory name the issuer's, and the relative one after it? */
static bool full_has_relative(span full, span issuer, span relative)
{
    struct gname name;
    for (rd in = rd_of(full); !rd_end(&in) && gname_next(&in, &name);)
        if (name.kind == GN_DIRECTORY && name_extends(name.value, issuer, relative))
            return true;
    return false;
}

/* shares: do the two have a name in common? Both stand under the same issuer. */
static bool shares(const struct dist_name *a, const struct dist_name *b, span issuer)
{
    struct gname name;
    if (a->relative.p && b->relative.p)
        return rdn_eq(a->relative, b->relative);
    if (a->relative.p)
        return full_has_relative(b->full, issuer, a->relative);
    if (b->relative.p)
        return full_has_relative(a->full, issuer, b->relative);
    for (rd in = rd_of(a->full); !rd_end(&in) && gname_next(&in, &name);)
        if (full_has(b->full, &name))
            return true;
    return false;
}

uint16_t dist_points_reasons(const struct cert *cert, const struct dist_name *name)
{
    uint16_t reasons = 0;
    struct point point;
    /* RFC 5280 6.3.3: without a point, the issuer's own name is the point's. */
    struct gname issuer = {GN_DIRECTORY, cert->issuer};
    if (full_has(name->full, &issuer))
        return ALL_REASONS;
    for (rd in = rd_of(cert->crl_points); !rd_end(&in) && point_next(&in, &point);)
        if (!point.of_other && shares(&point.name, name, cert->issuer))
            reasons |= point.reasons;
    return reasons;
}
