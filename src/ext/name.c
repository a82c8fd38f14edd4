/* name.c: server_name (RFC 6066 3) and application_layer_protocol_negotiation (RFC 7301). */
#include "ext/handlers.h"

enum { NAME_TYPE_HOST = 0 };

bool client_write_name(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    if (!o->server_name.n)
        return false;
    size_t list = wr_open(w, 2);
    wr_u8(w, NAME_TYPE_HOST);
    wr_vec(w, 2, o->server_name);
    wr_close(w, list, 2);
    return true;
}

/* One name, of the one type that there is: RFC 6066 3 forbids two of a type, and no second type was
 * ever defined. */
bool server_read_name(span data, enum where where, struct offers *o, struct answers *a,
                      struct err *err)
{
    (void)where, (void)a;
    rd in = rd_of(data), entry;
    span list;
    uint8_t type;
    if (!rd_vec16(&in, 1, 65535, &list) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 0);
    entry = rd_of(list);
    bool ok = rd_u8(&entry, &type) && type == NAME_TYPE_HOST
              && rd_vec16(&entry, 1, 65535, &o->server_name) && rd_end(&entry);
    return ok || fail(err, EXT_MALFORMED, 0);
}

bool server_write_name(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)w, (void)o;
    return where != IN_CR && a->server_name; /* there it would be RFC 9261's */
}

bool client_read_name(span data, enum where where, struct offers *o, struct answers *a,
                      struct err *err)
{
    (void)o;
    if (where == IN_CR) /* legal there for RFC 9261, without a meaning in a handshake */
        return true;
    a->server_name = true;
    return data.n == 0 || fail(err, EXT_MALFORMED, 0);
}

bool client_write_alpn(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    if (!o->alpn.n)
        return false;
    wr_vec(w, 2, o->alpn);
    return true;
}

bool server_read_alpn(span data, enum where where, struct offers *o, struct answers *a,
                      struct err *err)
{
    (void)where, (void)a;
    rd in = rd_of(data), each;
    span name;
    if (!rd_vec16(&in, 2, 65535, &o->alpn) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 16);
    for (each = rd_of(o->alpn); !rd_end(&each);)
        if (!rd_vec8(&each, 1, 255, &name))
            return fail(err, EXT_MALFORMED, 16);
    return true;
}

bool server_write_alpn(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    if (!a->alpn.n)
        return false;
    size_t list = wr_open(w, 2);
    wr_vec(w, 1, a->alpn);
    wr_close(w, list, 2);
    return true;
}

bool client_read_alpn(span data, enum where where, struct offers *o, struct answers *a,
                      struct err *err)
{
    (void)where;
    rd in = rd_of(data), list, offered;
    span names, name;
    if (!rd_vec16(&in, 2, 65535, &names) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 16);
    list = rd_of(names);
    if (!rd_vec8(&list, 1, 255, &a->alpn) || !rd_end(&list)) /* RFC 7301 3.1: exactly one */
        return fail(err, EXT_MALFORMED, 16);
    for (offered = rd_of(o->alpn); rd_vec8(&offered, 1, 255, &name);)
        if (span_eq(name, a->alpn))
            return true;
    return fail(err, ALPN_NOT_OFFERED, a->alpn.n);
}
