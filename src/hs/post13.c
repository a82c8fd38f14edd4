/* post13.c: after the handshake: NewSessionTicket and KeyUpdate (RFC 9846 4.7).
 *
 * Invariant: a KeyUpdate goes out under the old key, and everything after it under the new one. At
 * most one reply is owed, however many requests arrived. */
#include "hs/hs.h"

static bool on_new_session_ticket(struct tls *t, const struct msg *m);
static bool on_key_update(struct tls *t, const struct msg *m);

uint8_t on_post_handshake(struct tls *t, const struct msg *m)
{
    bool ok = m->type == MSG_KEY_UPDATE ? on_key_update(t, m) : on_new_session_ticket(t, m);
    return ok ? ST_CONNECTED : ST_FAILED;
}

/* This client does not resume, so it ignores tickets (RFC 9846 1.2, 4.7.1); a malformed one still
 * ends the connection. */
static bool on_new_session_ticket(struct tls *t, const struct msg *m)
{
    struct new_session_ticket nst;
    struct offers offers = {0};
    struct answers answers = {0};
    if (!new_session_ticket_parse(&nst, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!ext_scan(nst.extensions, IN_NST, false, &offers, &answers, &t->err))
        return false;
    t->facts.tickets++;
    return true;
}

static bool on_key_update(struct tls *t, const struct msg *m) /* RFC 9846 4.7.3 */
{
    uint8_t request;
    if (!key_update_parse(&request, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (request > 1)
        return fail(&t->err, KEY_UPDATE_VALUE, request);
    if (!t->update_request && ++t->updates_in_row > KEY_UPDATES_MAX) /* asked for: no flood */
        return fail(&t->err, KEY_UPDATE_FLOOD, KEY_UPDATES_MAX);
    keys13_update(t->facts.suite->hash, &t->traffic_in);
    if (!set_read_key(t, &t->traffic_in))
        return false;
    t->facts.key_updates_in++;
    t->update_request = false;
    if (request)
        t->update_owed = true;
    return true;
}

bool key_update_send(struct tls *t, bool request)
{
    wr w = flight_begin(t, MSG_KEY_UPDATE, 1);
    key_update_write(&w, request);
    if (!flight_end(t, &w))
        return false;
    keys13_update(t->facts.suite->hash, &t->traffic_out);
    if (!set_write_key(t, &t->traffic_out)) /* seals the message under the old key first */
        return false;
    t->facts.key_updates_out++;
    t->update_owed = false;
    t->update_request |= request;
    return true;
}
