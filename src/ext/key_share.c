/* key_share.c: supported_groups (RFC 9846 4.3.7) and key_share (4.3.8). */
#include "ext/handlers.h"

bool client_write_groups(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    size_t list = wr_open(w, 2);
    if (o->grease.on)
        wr_u16(w, o->grease.group);
    wr_span_bytes(w, o->groups);
    wr_close(w, list, 2);
    return true;
}

bool server_read_groups(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)where, (void)a;
    return list16(data, 2, &o->groups) || fail(err, EXT_MALFORMED, 10);
}

/* A server may tell its groups in EncryptedExtensions, for the next time; they decide nothing. RFC
 * 9846 4.3.7 */
bool client_read_groups(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)where, (void)o, (void)a;
    span ignored;
    return list16(data, 2, &ignored) || fail(err, EXT_MALFORMED, 10);
}

bool client_write_shares(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)where, (void)a;
    if (!o->tls13)
        return false;
    size_t list = wr_open(w, 2);
    if (o->grease.on && !o->retry) {
        wr_u16(w, o->grease.group);
        wr_vec(w, 2, (span){(const uint8_t[]){0}, 1});
    }
    wr_span_bytes(w, o->shares);
    wr_close(w, list, 2);
    return true;
}

bool share_next(rd *shares, uint16_t *group, span *share)
{
    return rd_u16(shares, group) && rd_vec16(shares, 1, 65535, share);
}

/* The shares must be of groups that are listed, in their order, and none twice (RFC 9846 4.3.8).
 * Walking the list of groups once finds all three at a cost that grows with the lengths, not with
 * their product. */
static bool shares_follow_groups(span shares, span groups)
{
    rd in = rd_of(shares), listed = rd_of(groups);
    uint16_t group, candidate;
    span share;
    while (!rd_end(&in)) {
        if (!share_next(&in, &group, &share))
            return false;
        do {
            if (!rd_u16(&listed, &candidate))
                return false;
        } while (candidate != group);
    }
    return true;
}

bool server_read_shares(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err)
{
    (void)where, (void)a;
    rd in = rd_of(data), each;
    uint16_t group;
    span share;
    if (!rd_vec16(&in, 0, 65535, &o->shares) || !rd_end(&in))
        return fail(err, EXT_MALFORMED, 51);
    for (each = rd_of(o->shares); !rd_end(&each);)
        if (!share_next(&each, &group, &share))
            return fail(err, EXT_MALFORMED, 51);
    return true;
}

bool server_write_share(wr *w, enum where where, const struct offers *o, const struct answers *a)
{
    (void)o;
    if (!a->group)
        return false;
    wr_u16(w, a->group);
    if (where == IN_SH)
        wr_vec(w, 2, a->share);
    return true;
}

bool client_read_share(span data, enum where where, struct offers *o, struct answers *a,
                       struct err *err)
{
    (void)o;
    rd in = rd_of(data);
    bool ok = rd_u16(&in, &a->group) && (where == IN_HRR || rd_vec16(&in, 1, 65535, &a->share))
              && rd_end(&in);
    return ok || fail(err, EXT_MALFORMED, 51);
}

bool offers_shares_ok(const struct offers *o)
{
    return shares_follow_groups(o->shares, o->groups);
}
