/* psk.c: psk_key_exchange_modes, pre_shared_key and early_data (RFC 9846 4.3.9, 4.3.11, 4.3.10), as
 * far as a peer that does not resume must read them: their form is checked, and what they offer is
 * declined. */
#include "ext/handlers.h"

bool server_read_psk_modes(span data, enum where where, struct offers *o, struct answers *a,
                           struct err *err)
{
    (void)where, (void)o, (void)a;
    rd in = rd_of(data);
    span modes;
    return (rd_vec8(&in, 1, 255, &modes) && rd_end(&in)) || fail(err, EXT_MALFORMED, 45);
}

bool server_read_psk(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    (void)where, (void)a;
    rd in = rd_of(data), each;
    span identities, binders, item;
    uint32_t age;
    size_t n_identities = 0, n_binders = 0;
    o->psk = data;
    if (!rd_vec16(&in, 7, 65535, &identities) || !rd_vec16(&in, 33, 65535, &binders)
        || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 41);
    for (each = rd_of(identities); !rd_end(&each); n_identities++)
        if (!rd_vec16(&each, 1, 65535, &item) || !rd_u32(&each, &age))
            return fail(err, EXT_MALFORMED, 41);
    for (each = rd_of(binders); !rd_end(&each); n_binders++)
        if (!rd_vec8(&each, 32, 255, &item))
            return fail(err, EXT_MALFORMED, 41);
    return n_identities == n_binders || fail(err, PSK_BINDER_COUNT, n_binders);
}

bool client_read_psk(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    (void)where, (void)o, (void)a;
    rd in = rd_of(data);
    uint16_t selected;
    return (rd_u16(&in, &selected) && rd_end(&in)) || fail(err, EXT_MALFORMED, 41);
}

bool read_early_data(span data, enum where where, struct offers *o, struct answers *a,
                     struct err *err)
{
    (void)o, (void)a;
    size_t want = where == IN_NST ? 4 : 0; /* max_early_data_size; RFC 9846 4.3.10 */
    return data.n == want || fail(err, EXT_MALFORMED, 42);
}
