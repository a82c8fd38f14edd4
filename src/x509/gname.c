/* gname.c: GeneralName, the choice that subjectAltName and nameConstraints are made of (RFC 5280
 * 4.2.1.6). Each choice is told from the others by its tag alone, and its contents are checked as
 * far as telling them apart needs: a value is never read as another choice's. */
#include "x509/parse.h"

/* Which choices are constructed; the others are strings of bytes. */
static bool is_constructed(unsigned kind)
{
    return kind == GN_OTHER || kind == GN_X400 || kind == GN_DIRECTORY || kind == GN_EDI;
}

static bool is_ascii(span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80)
            return false;
    return true;
}

static bool other_name_check(span value)
{
    rd in = rd_of(value), inner;
    span oid;
    struct der any;
    return der_oid(&in, &oid) && der_enter(&in, DER_CONTEXT_BODY + 0, &inner) && rd_end(&in)
           && der_next(&inner, &any) && rd_end(&inner);
}

static bool value_check(const struct gname *name)
{
    switch (name->kind) {
    case GN_EMAIL:
    case GN_DNS:
    case GN_URI:
        return is_ascii(name->value);
    case GN_DIRECTORY:
        return name_check(name->value);
    case GN_REGISTERED_ID:
        return der_is_oid(name->value);
    case GN_OTHER:
        return other_name_check(name->value);
    case GN_IP:
    case GN_X400:
    case GN_EDI:
    case GN_KINDS:
        break;
    }
    return true;
}

bool gname_next(rd *in, struct gname *out)
{
    enum { NUMBER = 0x1f };
    struct der e;
    rd at = *in;
    if (!der_next(&at, &e))
        return false;
    unsigned kind = e.tag & NUMBER;
    if (kind >= GN_KINDS)
        return false;
    unsigned form = is_constructed(kind) ? DER_CONTEXT_BODY : DER_CONTEXT;
    struct gname name = {(enum gname_kind)kind, e.body};
    if (e.tag != form + kind || !value_check(&name))
        return false;
    *out = name;
    *in = at;
    return true;
}

bool gname_list_check(span names)
{
    rd in = rd_of(names);
    struct gname name;
    if (rd_end(&in))
        return false;
    while (!rd_end(&in)) {
        if (!gname_next(&in, &name))
            return false;
        if (name.kind == GN_IP && name.value.n != 4 && name.value.n != 16)
            return false;
    }
    return true;
}
