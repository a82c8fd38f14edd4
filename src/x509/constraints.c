/* constraints.c: name constraints (RFC 5280 4.2.1.10, and 6.1.3 (b) and (c)): which names of which
 * certificates are held against which constraints. What one constraint covers is for subtree.c.
 *
 * A form of name that is constrained but not processed here refuses every certificate below that
 * has a name of that form: nothing is let through because we do not understand it. Invariant: each
 * comparison is paid for from the budget, so that ten thousand names against ten thousand
 * constraints end early. */
#include "x509/check.h"
#include "x509/parse.h"

/* A GeneralSubtree's minimum is 0, which DER leaves out, and it has no maximum. */
bool constraints_next(rd *list, struct gname *base)
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
        if (!constraints_next(&in, &base) || !subtree_check(&base))
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

/* In a set of sixteen attributes each is compared with each: nine times what comparing bytes takes,
 * measured. */
enum { EACH_WITH_EACH = 8 };

/* struct trial is one name held against the constraints of one issuer. */
struct trial {
    struct gname name;
    struct budget *budget;
    struct err *err;
    int32_t depth;
    struct culprit *culprit; /* NULL: nobody asks */
};

static bool refuse(const struct trial *t, span list, enum side side, const struct gname *base)
{
    if (t->culprit)
        *t->culprit = (struct culprit){t->name, side, *base, list};
    return fail_depth(t->err, CERT_NAME_CONSTRAINED, 0, t->depth);
}

/* side_allows goes through the constraints of one side that are of the name's form. */
static bool side_allows(const struct trial *t, span list, enum side side)
{
    bool any = false, covered = false;
    struct gname base, covering = {0};
    for (rd in = rd_of(list); !rd_end(&in) && constraints_next(&in, &base);) {
        if (!budget_pay(t->budget, t->name.value.n + base.value.n, 1))
            return fail_depth(t->err, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX, t->depth);
        if (base.kind != t->name.kind)
            continue;
        if (base.kind == GN_DIRECTORY
            && !budget_pay(t->budget, t->name.value.n + base.value.n, EACH_WITH_EACH))
            return fail_depth(t->err, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX, t->depth);
        if (!subtree_processes(base.kind))
            return fail_depth(t->err, CERT_CONSTRAINT_UNSUPPORTED, base.kind, t->depth);
        any = true;
        if (!subtree_covers(&base, &t->name, side))
            continue;
        covered = true;
        covering = base;
    }
    if (!any)
        return true;
    /* What is no name of its form is in no name space: neither inside the permitted nor outside the
     * excluded. */
    if (!subtree_can_hold(&t->name) || covered != (side == PERMITTED))
        return refuse(t, list, side, &covering);
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
    t->name = (struct gname){GN_DIRECTORY, cert->subject};
    if (!name_is_empty(cert->subject) && !name_allowed(t, constraints))
        return false;
    t->name.kind = GN_EMAIL;
    for (struct name_walk w = name_walk_of(cert->subject); name_email_next(&w, &t->name.value);)
        if (!name_allowed(t, constraints))
            return false;
    for (rd in = rd_of(cert->san); !rd_end(&in) && gname_next(&in, &t->name);)
        if (!name_allowed(t, constraints))
            return false;
    return true;
}

static bool path_allowed(const struct path *path, struct budget *budget, struct err *err,
                         struct culprit *culprit)
{
    span constraints = path->certs[path->n - 1]->name_constraints;
    if (!constraints.p)
        return true;
    for (size_t i = 0; i + 1 < path->n; i++) {
        const struct cert *cert = path->certs[i];
        struct trial t = {.budget = budget, .err = err, .depth = (int32_t)i, .culprit = culprit};
        /* RFC 5280 6.1.3 (b): not to self-issued certificates, unless it is the last one. */
        if (i > 0 && cert->self_issued)
            continue;
        if (!cert_allowed(cert, constraints, &t))
            return false;
    }
    return true;
}

bool constraints_apply(const struct path *path, struct budget *budget, struct err *err)
{
    return path_allowed(path, budget, err, NULL);
}

bool constraints_culprit(const struct path *path, struct culprit *out)
{
    struct budget budget = {.comparisons = COMPARISONS_MAX};
    struct err err = {0};
    return !path_allowed(path, &budget, &err, out) && err.reason == R_CERT_NAME_CONSTRAINED;
}
