/* pair.c: see pair.h. */
#include "pair.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t pair_move(struct pair *p, bool to_server)
{
    tacit_conn *from = to_server ? p->client : p->server;
    tacit_conn *to = to_server ? p->server : p->client;
    tacit_span out = tacit_conn_wire_out_buf(from);
    size_t n = p->chunk ? least(out.n, p->chunk) : out.n;
    if (n == 0)
        return 0;
    tacit_buf in = tacit_conn_wire_in_buf(to);
    if (in.n == 0 && tacit_conn_wants(to) & (TACIT_WANT_APP_IN | TACIT_WANT_TASK))
        return 0;
    if (in.n > 0) {
        n = least(n, in.n);
        memcpy(in.p, out.p, n);
        if (p->tap)
            p->tap(p->user, to_server, in.p, n);
        tacit_conn_wire_in_done(to, n);
    }
    tacit_conn_wire_out_done(from, n);
    return n;
}

void pair_run(struct pair *p)
{
    size_t moved;
    do {
        moved = pair_move(p, true);
        moved += pair_move(p, false);
    } while (moved);
}

bool pair_send(struct pair *p, bool to_server, const uint8_t *data, size_t n)
{
    tacit_conn *from = to_server ? p->client : p->server;
    tacit_conn *to = to_server ? p->server : p->client;
    size_t sent = 0, arrived = 0;
    while (arrived < n) {
        size_t took = tacit_conn_write(from, data + sent, n - sent);
        sent += took;
        size_t moved = pair_move(p, to_server) + pair_move(p, !to_server);
        tacit_span in = tacit_conn_app_in_buf(to);
        if (in.n > n - arrived || (in.n && memcmp(in.p, data + arrived, in.n) != 0))
            return false;
        arrived += in.n;
        tacit_conn_app_in_done(to, in.n);
        if (took + moved + in.n == 0)
            return false;
    }
    return true;
}

void pair_flip(void *flipper, bool to_server, uint8_t *p, size_t n)
{
    struct flipper *f = flipper;
    if (to_server != f->to_server)
        return;
    if (f->at >= f->passed && f->at < f->passed + n)
        p[f->at - f->passed] ^= f->bits;
    f->passed += n;
}

void pair_free(struct pair *p)
{
    tacit_conn_free(p->client);
    tacit_conn_free(p->server);
    p->client = p->server = NULL;
}
