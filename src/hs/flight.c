/* flight.c: handshake messages out (RFC 9846 4, 5.1). A message is written once, into the flight,
 * and its exact bytes go to the transcript once. */
#include "hs/hs.h"

wr flight_begin(struct tls *t, enum msg_type type, size_t room)
{
    uint8_t *p = out_flight_room(&t->out, MSG_HEADER + room, &t->err);
    wr w = wr_of(p, p ? MSG_HEADER + room : 0);
    w.bad = !p;
    wr_u8(&w, (uint8_t)type);
    wr_u24(&w, 0);
    return w;
}

void trace_message(const struct tls *t, bool sent, span raw)
{
    uint8_t type;
    rd in = rd_of(raw);
    if (!t->config->trace || !rd_u8(&in, &type) || !rd_skip(&in, MSG_HEADER - 1))
        return;
    const tacit_message m = {
        .sent = sent,
        .type = type,
        .name = msg_name(type),
        .body = rd_rest(&in),
    };
    t->config->trace(tls_user(t), &m);
}

bool flight_end(struct tls *t, wr *w)
{
    if (!wr_ok(w))
        return fail(&t->err, INTERNAL_FAULT, w->cap);
    wr_close(w, 1, 3);
    t->out.flight_n += w->n;
    trace_message(t, true, wr_span(w));
    return !t->hs || transcript_add(&t->hs->transcript, wr_span(w), &t->err);
}

bool flight_ccs(struct tls *t)
{
    static const uint8_t one[] = {1};
    if (t->hs->ccs_sent)
        return true;
    t->hs->ccs_sent = true;
    return out_flight(&t->out, &t->err)
           && out_seal(&t->out, CT_CHANGE_CIPHER_SPEC, (span){one, sizeof one}, &t->err);
}

uint16_t own_size_limit(const struct tacit_config *config, uint16_t version)
{
    uint16_t most = version == TLS13 ? REC_INNER_MAX : REC_PLAIN_MAX;
    return config->record_size_limit < most ? config->record_size_limit : most;
}

/* In TLS 1.3 the limit counts the content type, which TLS 1.2 does not have. RFC 8449 4 */
void limit_records(struct tls *t, uint16_t limit)
{
    uint16_t version = t->facts.version, type = version == TLS13;
    if (!limit)
        return;
    if (limit - type < t->out.plain_max)
        t->out.plain_max = (uint16_t)(limit - type);
    t->in.inner_max = (uint16_t)(own_size_limit(t->config, version) + 1 - type);
}

bool hear(struct tls *t, const struct msg *m)
{
    return transcript_add(&t->hs->transcript, m->raw, &t->err);
}
