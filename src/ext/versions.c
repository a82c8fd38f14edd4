/* versions.c: supported_versions (RFC 9846 4.3.1) and cookie (4.3.2). */
#include "ext/handlers.h"

bool client_write_versions(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    if (!o->tls13)
        return false; /* legacy_version says it all */
    size_t list = wr_open(w, 1);
    if (o->grease.on)
        wr_u16(w, o->grease.version);
    wr_span_bytes(w, o->versions);
    wr_close(w, list, 1);
    return true;
}

bool server_read_versions(span data, enum where where, struct offers *o, struct answers *a,
                          struct err *err)
{
    (void)where, (void)a;
    return list16(data, 1, &o->versions) || fail(err, EXT_MALFORMED, 43);
}

bool server_write_version(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    wr_u16(w, a->version);
    return true;
}

bool client_read_version(span data, enum where where, struct offers *o, struct answers *a,
                         struct err *err)
{
    (void)where, (void)o;
    rd in = rd_of(data);
    return (rd_u16(&in, &a->version) && rd_end(&in)) || fail(err, EXT_MALFORMED, 43);
}

bool client_write_cookie(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    if (!o->cookie.n)
        return false;
    wr_vec(w, 2, o->cookie);
    return true;
}

bool server_write_cookie(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    if (!a->cookie.n)
        return false;
    wr_vec(w, 2, a->cookie);
    return true;
}

static bool read_cookie(span data, span *out, struct err *err)
{
    rd in = rd_of(data);
    return (rd_vec16(&in, 1, 65535, out) && rd_end(&in)) || fail(err, EXT_MALFORMED, 44);
}

bool server_read_cookie(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)where, (void)a;
    return read_cookie(data, &o->cookie, err);
}

bool client_read_cookie(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)where, (void)o;
    return read_cookie(data, &a->cookie, err);
}
