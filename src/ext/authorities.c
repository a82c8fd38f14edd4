/* authorities.c: certificate_authorities (RFC 9846 4.3.4). */
#include "ext/handlers.h"

bool server_write_authorities(wr *w, enum where where, const struct offers *o,
                              const struct answers *a)
{
    (void)where, (void)o;
    if (!a->authorities.n)
        return false;
    wr_vec(w, 2, a->authorities);
    return true;
}

bool read_authorities(span data, enum where where, struct offers *o, struct answers *a,
                      struct err *err)
{
    rd in = rd_of(data), each;
    span *out = where == IN_CH ? &o->authorities : &a->authorities, name;
    if (!rd_vec16(&in, 3, 65535, out) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 47);
    for (each = rd_of(*out); !rd_end(&each);)
        if (!rd_vec16(&each, 1, 65535, &name))
            return fail(err, EXT_MALFORMED, 47);
    return true;
}
