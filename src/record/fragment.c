/* fragment.c: what waits to be sent: handshake messages that are coalesced into records, and the
 * queue of sealed records (RFC 9846 5.1).
 *
 * Invariant: keys change only after every handshake byte written before has been sealed under the
 * old ones, so a message never straddles a key change. A block that was lent does not move. */
#include "record/record.h"

uint8_t *out_flight_room(struct rec_out *out, size_t n, struct err *err)
{
    if (n > out->flight_cap - out->flight_n) {
        enum { FLIGHT_MIN = 1024 };
        size_t need = out->flight_n + n;
        size_t cap = need > 2 * out->flight_cap ? need : 2 * out->flight_cap;
        cap = cap > FLIGHT_MIN ? cap : FLIGHT_MIN;
        uint8_t *p = mem_alloc(out->hooks, cap);
        if (!p) {
            fail(err, NO_MEMORY, cap);
            return NULL;
        }
        if (out->flight_n)
            memcpy(p, out->flight, out->flight_n);
        mem_free(out->hooks, out->flight, out->flight_cap);
        out->flight = p;
        out->flight_cap = cap;
    }
    return out->flight + out->flight_n;
}

bool out_flight(struct rec_out *out, struct err *err)
{
    size_t at = 0;
    bool ok = true;
    while (ok && at < out->flight_n) {
        size_t n = out->flight_n - at;
        n = n < out->plain_max ? n : out->plain_max;
        ok = out_seal(out, CT_HANDSHAKE, (span){out->flight + at, n}, err);
        at += n;
    }
    mem_free(out->hooks, out->flight, out->flight_cap);
    out->flight = NULL;
    out->flight_n = out->flight_cap = 0;
    return ok;
}

bool out_key(struct rec_out *out, struct crypto *crypto, const struct suite *suite,
             const struct secret *traffic, struct err *err)
{
    out->max_records = suite->max_records;
    bool in_the_clear = out->dir.way == WAY_CLEAR;
    bool ok = out_flight(out, err) && rec_dir_key(&out->dir, crypto, suite, traffic, true, err);
    out->mute = !in_the_clear && out->dir.way == WAY_CLEAR;
    return ok;
}

void out_sent(struct rec_out *out, size_t n)
{
    struct block *b = out->head;
    b->begin += n;
    out->queued -= n;
    if (b->begin < b->end)
        return;
    out->head = b->next;
    if (!out->head)
        out->tail = NULL;
    out->hooks->release(out->hooks->user, b, sizeof *b + b->cap);
}

void out_wipe(struct rec_out *out)
{
    while (out->head)
        out_sent(out, out->head->end - out->head->begin);
    mem_free(out->hooks, out->flight, out->flight_cap);
    out->flight = NULL;
    out->flight_n = out->flight_cap = 0;
    rec_dir_wipe(&out->dir);
}
