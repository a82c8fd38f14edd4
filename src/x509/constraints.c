/* constraints.c: name constraints (RFC 5280 4.2.1.10, and 6.1.3 (b) and (c)) on DNS names and
 * addresses.
 *
 * A form of name that is constrained but not processed here refuses every certificate below that
 * has a name of that form: nothing is let through because we do not understand it. Invariant: a
 * wildcard is permitted only if everything that it could match is, and excluded as soon as anything
 * is. Each comparison is paid for from the budget, so that ten thousand names against ten thousand
 * constraints end early. */
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

static bool base_check(const struct gname *base)
{
    span address, mask;
    rd in = rd_of(base->value);
    switch (base->kind) {
    case GN_IP:
        return halves(base->value, &address, &mask) && is_prefix_mask(mask);
    case GN_DNS:
        /* The empty one covers all names. A leading dot is no form of the RFC's, but it is in
         * use. */
        return rd_end(&in) || dns_check(base->value)
               || (in.p[0] == '.' && rd_skip(&in, 1) && dns_check(rd_rest(&in)));
    default:
        return true;
    }
}

/* subtree_next reads one GeneralSubtree: its minimum is 0, which DER leaves out, and it has no
 * maximum. */
static bool subtree_next(rd *list, struct gname *base)
{
    rd body;
    return der_enter(list, DER_SEQUENCE, &body) && gname_next(&body, base) && rd_end(&body);
}

static bool subtrees_check(span list)
{
    rd in = rd_of(list);
    struct gname base;
    if (!list.p)
        return true;
    if (rd_end(&in))
        return false;
    while (!rd_end(&in))
        if (!subtree_next(&in, &base) || !base_check(&base))
            return false;
    return true;
}

static bool split(span constraints, span *permitted, span *excluded)
{
    rd in = rd_of(constraints);
    return der_optional(&in, DER_CONTEXT_BODY + 0, permitted)
           && der_optional(&in, DER_CONTEXT_BODY + 1, excluded) && rd_end(&in);
}

bool constraints_check(span constraints)
{
    span permitted, excluded;
    return constraints.n && split(constraints, &permitted, &excluded) && subtrees_check(permitted)
           && subtrees_check(excluded);
}

/* dns_within: is the name the base, or below it? The star of a wildcard counts as a label. */
static bool dns_within(span name, span base)
{
    rd in = rd_of(name);
    bool below_only = base.n && base.p[0] == '.';
    if (base.n == 0 || (!below_only && dns_eq(name, base)))
        return true;
    size_t tail = base.n + (below_only ? 0 : 1);
    if (name.n <= tail || !rd_skip(&in, name.n - tail) || in.p[0] != '.')
        return false;
    return (below_only || rd_skip(&in, 1)) && dns_eq(rd_rest(&in), base);
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

enum side { PERMITTED, EXCLUDED };

static bool covers(const struct gname *base, const struct gname *name, enum side side)
{
    if (name->kind == GN_IP)
        return ip_within(name->value, base->value);
    return dns_within(name->value, base->value)
           || (side == EXCLUDED && wildcard_reaches(name->value, base->value));
}

/* struct trial is one name held against the constraints of one issuer. */
struct trial {
    const struct gname *name;
    struct budget *budget;
    struct err *err;
    int32_t depth;
};

/* side_allows goes through the constraints of one side that are of the name's form. */
static bool side_allows(const struct trial *t, span list, enum side side)
{
    span under;
    bool any = false, covered = false;
    struct gname base;
    for (rd in = rd_of(list); !rd_end(&in) && subtree_next(&in, &base);) {
        if (t->budget->comparisons == 0)
            return fail_depth(t->err, CERT_BUDGET, 0, t->depth);
        t->budget->comparisons--;
        if (base.kind != t->name->kind)
            continue;
        if (base.kind != GN_DNS && base.kind != GN_IP)
            return fail_depth(t->err, CERT_CONSTRAINT_UNSUPPORTED, base.kind, t->depth);
        any = true;
        covered |= covers(&base, t->name, side);
    }
    if (!any)
        return true;
    /* What is no DNS name is in no name space: neither inside the permitted nor outside the
     * excluded. */
    bool odd = t->name->kind == GN_DNS && !dns_check(t->name->value)
               && !dns_wildcard(t->name->value, &under);
    if (odd || covered != (side == PERMITTED))
        return fail_depth(t->err, CERT_NAME_CONSTRAINED, 0, t->depth);
    return true;
}

static bool name_allowed(const struct trial *t, span constraints)
{
    span permitted, excluded;
    return split(constraints, &permitted, &excluded) && side_allows(t, permitted, PERMITTED)
           && side_allows(t, excluded, EXCLUDED);
}

/* cert_allowed: the subject is a name of the directory form, and an e-mail address in it one of
 * that form (RFC 5280 4.2.1.10). */
static bool cert_allowed(const struct cert *cert, span constraints, struct trial *t)
{
    struct gname name = {GN_DIRECTORY, cert->subject};
    t->name = &name;
    if (!name_is_empty(cert->subject) && !name_allowed(t, constraints))
        return false;
    name = (struct gname){GN_EMAIL, {0}};
    if (name_has_email(cert->subject) && !name_allowed(t, constraints))
        return false;
    for (rd in = rd_of(cert->san); !rd_end(&in) && gname_next(&in, &name);)
        if (!name_allowed(t, constraints))
            return false;
    return true;
}

bool constraints_apply(const struct path *path, struct budget *budget, struct err *err)
{
    span constraints = path->certs[path->n - 1]->name_constraints;
    if (!constraints.p)
        return true;
    for (size_t i = 0; i + 1 < path->n; i++) {
        const struct cert *cert = path->certs[i];
        struct trial t = {.budget = budget, .err = err, .depth = (int32_t)i};
        /* RFC 5280 6.1.3 (b): not to self-issued certificates, unless it is the last one. */
        if (i > 0 && cert->self_issued)
            continue;
        if (!cert_allowed(cert, constraints, &t))
            return false;
    }
    return true;
}
