/* limit.c: record_size_limit (RFC 8449). Values over what TLS 1.3 allows are no error: they were
 * made for something that does not exist yet. */
#include "ext/handlers.h"
#include "registry/limits.h"

static bool write_limit(wr *w, uint16_t limit)
{
    if (limit)
        wr_u16(w, limit);
    return limit != 0;
}

static bool read_limit(span data, uint16_t *out, struct err *err)
{
    rd in = rd_of(data);
    if (!rd_u16(&in, out) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 28);
    return *out >= REC_SIZE_LIMIT_MIN || fail(err, SIZE_LIMIT_TOO_SMALL, *out); /* RFC 8449 4 */
}

bool client_write_limit(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    return write_limit(w, o->record_size_limit);
}

bool server_write_limit(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)o;
    return write_limit(w, a->record_size_limit);
}

bool server_read_limit(span data, enum where where, struct offers *o, struct answers *a,
                       struct err *err)
{
    (void)where, (void)a;
    return read_limit(data, &o->record_size_limit, err);
}

bool client_read_limit(span data, enum where where, struct offers *o, struct answers *a,
                       struct err *err)
{
    (void)where, (void)o;
    return read_limit(data, &a->record_size_limit, err);
}
