/* status.c: status_request (RFC 6066 8; RFC 9846 4.5.1.1): asking for an OCSP response, and the
 * response itself. */
#include "ext/handlers.h"
#include "msg/msg.h"

enum { STATUS_REQUEST = 5 };

static bool write_staple(wr *w, const struct answers *a)
{
    if (!a->staple.p)
        return false;
    certificate_status_write(w, a->staple);
    return true;
}

/* Responders and extensions of ours are for requests that reach a responder: there are none. */
bool client_write_status(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    if (where == IN_CT)
        return write_staple(w, a);
    if (!o->status_request)
        return false;
    wr_u8(w, STATUS_OCSP);
    wr_vec(w, 2, (span){0});
    wr_vec(w, 2, (span){0});
    return true;
}

bool server_write_status(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)o;
    return where == IN_CT ? write_staple(w, a) : a->status_request;
}

/* An empty response is no response, which RFC 6066 8 has its own alert for. */
static bool read_staple(span data, struct answers *a, struct err *err)
{
    if (!certificate_status_parse(&a->staple, data))
        return fail(err, EXT_MALFORMED, STATUS_REQUEST);
    return a->staple.n || fail(err, OCSP_MALFORMED, 0);
}

bool server_read_status(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    rd in = rd_of(data), each;
    span ids, id, exts;
    uint8_t type;
    if (where == IN_CT)
        return read_staple(data, a, err);
    if (!rd_u8(&in, &type))
        return fail(err, EXT_MALFORMED, STATUS_REQUEST);
    if (type != STATUS_OCSP) /* its contents have a form that nobody has defined */
        return true;
    if (!rd_vec16(&in, 0, 65535, &ids) || !rd_vec16(&in, 0, 65535, &exts) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, STATUS_REQUEST);
    for (each = rd_of(ids); !rd_end(&each);)
        if (!rd_vec16(&each, 1, 65535, &id))
            return fail(err, EXT_MALFORMED, STATUS_REQUEST);
    o->status_request = true;
    return true;
}

/* It is empty where the server says that it will staple, or asks its client to. */
bool client_read_status(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)o;
    if (where == IN_CT)
        return read_staple(data, a, err);
    a->status_request = true;
    return data.n == 0 || fail(err, EXT_MALFORMED, STATUS_REQUEST);
}
