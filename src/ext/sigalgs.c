/* sigalgs.c: signature_algorithms and signature_algorithms_cert (RFC 9846 4.3.3), asked by the
 * client in its hello and by the server in its CertificateRequest. */
#include "ext/handlers.h"

static bool write_list(wr *w, span list)
{
    if (!list.n)
        return false;
    wr_vec(w, 2, list);
    return true;
}

bool client_write_schemes(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    return write_list(w, o->schemes);
}

bool server_write_schemes(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    return write_list(w, a->schemes);
}

bool client_write_cert_schemes(wr *w, enum where where, const struct offers *o,
                               const struct answers *a)
{
    (void)where, (void)a;
    return write_list(w, o->cert_schemes);
}

bool server_write_cert_schemes(wr *w, enum where where, const struct offers *o,
                               const struct answers *a)
{
    (void)where, (void)o;
    return write_list(w, a->cert_schemes);
}

bool server_read_schemes(span data, enum where where, struct offers *o, struct answers *a,
                         struct err *err)
{
    (void)where, (void)a;
    return list16(data, 2, &o->schemes) || fail(err, EXT_MALFORMED, 13);
}

bool client_read_schemes(span data, enum where where, struct offers *o, struct answers *a,
                         struct err *err)
{
    (void)where, (void)o;
    return list16(data, 2, &a->schemes) || fail(err, EXT_MALFORMED, 13);
}

bool server_read_cert_schemes(span data, enum where where, struct offers *o, struct answers *a,
                              struct err *err)
{
    (void)where, (void)a;
    return list16(data, 2, &o->cert_schemes) || fail(err, EXT_MALFORMED, 50);
}

bool client_read_cert_schemes(span data, enum where where, struct offers *o, struct answers *a,
                              struct err *err)
{
    (void)where, (void)o;
    return list16(data, 2, &a->cert_schemes) || fail(err, EXT_MALFORMED, 50);
}
