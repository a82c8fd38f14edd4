/* new_session_ticket.c: NewSessionTicket (RFC 9846 4.7.1). */
#include "msg/msg.h"

bool new_session_ticket_parse(struct new_session_ticket *out, span body)
{
    rd in = rd_of(body);
    return rd_u32(&in, &out->lifetime)
           && rd_u32(&in, &out->age_add)
           && rd_vec8(&in, 0, 255, &out->nonce)
           && rd_vec16(&in, 1, 65535, &out->ticket)
           && rd_vec16(&in, 0, 65535, &out->extensions)
           && rd_end(&in);
}

void new_session_ticket_write(wr *w, const struct new_session_ticket *m)
{
    wr_u32(w, m->lifetime);
    wr_u32(w, m->age_add);
    wr_vec(w, 1, m->nonce);
    wr_vec(w, 2, m->ticket);
}
