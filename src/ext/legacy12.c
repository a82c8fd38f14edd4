/* legacy12.c: the extensions that only TLS 1.2 has: ec_point_formats (RFC 8422 5.1.2),
 * extended_master_secret (RFC 7627), encrypt_then_mac (RFC 7366), renegotiation_info (RFC 5746). */
#include "ext/handlers.h"

static bool write_uncompressed(wr *w)
{
    wr_vec(w, 1, (span){(const uint8_t[]){0}, 1});
    return true;
}

bool client_write_formats(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    return o->tls12 && write_uncompressed(w);
}

bool server_write_formats(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    return a->point_formats && write_uncompressed(w);
}

/* Whoever sends the list must know points as they are: all can (RFC 8422 5.1.2). */
bool read_formats(span data, enum where where, struct offers *o, struct answers *a, struct err *err)
{
    (void)where, (void)o, (void)a;
    rd in = rd_of(data);
    span formats;
    if (!rd_vec8(&in, 1, 255, &formats) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 11);
    return memchr(formats.p, 0, formats.n) || fail(err, NO_UNCOMPRESSED_POINTS, 0);
}

bool client_write_flag12(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)w, (void)where, (void)a;
    return o->tls12;
}

bool server_write_ems(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)w, (void)where, (void)o;
    return a->extended_master;
}

bool server_read_ems(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    (void)where, (void)o, (void)a;
    return data.n == 0 || fail(err, EXT_MALFORMED, 23);
}

bool client_read_ems(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    a->extended_master = true;
    return server_read_ems(data, where, o, a, err);
}

bool client_write_etm(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)w, (void)where, (void)a;
    return o->tls12 && o->cbc;
}

bool server_write_etm(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)w, (void)where, (void)o;
    return a->encrypt_then_mac;
}

bool server_read_etm(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    (void)where, (void)o, (void)a;
    return data.n == 0 || fail(err, EXT_MALFORMED, 22);
}

bool client_read_etm(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    a->encrypt_then_mac = true;
    return server_read_etm(data, where, o, a, err);
}

/* On a first handshake, and there is no other here, both sides send it empty (RFC 5746 3.4,
 * 3.6). */
static bool write_renegotiation(wr *w)
{
    wr_vec(w, 1, (span){0});
    return true;
}

bool client_write_renegotiation(wr *w, enum where where, const struct offers *o,
                                const struct answers *a)
{
    (void)where, (void)a;
    return o->tls12 && write_renegotiation(w);
}

bool server_write_renegotiation(wr *w, enum where where, const struct offers *o,
                                const struct answers *a)
{
    (void)where, (void)o;
    return a->renegotiation && write_renegotiation(w);
}

bool read_renegotiation(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)o;
    rd in = rd_of(data);
    span verify;
    if (where == IN_SH12)
        a->renegotiation = true;
    if (!rd_vec8(&in, 0, 255, &verify) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 65281);
    return verify.n == 0 || fail(err, RENEGOTIATION_INFO, verify.n);
}
