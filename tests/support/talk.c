/* talk.c: see talk.h. */
#include "talk.h"

#include <string.h>

enum { STEPS_MAX = 100000, ROUNDS = 3 };

/* struct side is one direction of data: what was written, and what of it has arrived. */
struct side {
    tacit_conn *from, *to;
    size_t sent, arrived;
    bool broken; /* a byte was not what was sent, or it never ends */
};

/* What is sent is known by its place, so that no byte can be lost, doubled or swapped. */
static uint8_t byte_at(const struct side *s, size_t i, const struct pair *p)
{
    return (uint8_t)(i * 7 + (s->from == p->client));
}

static bool any_error(const struct pair *p)
{
    return tacit_conn_error(p->client) || tacit_conn_error(p->server);
}

static size_t take(struct side *s, const struct pair *p)
{
    tacit_span in = tacit_conn_app_in_buf(s->to);
    for (size_t i = 0; i < in.n; i++)
        s->broken |= in.p[i] != byte_at(s, s->arrived + i, p);
    s->arrived += in.n;
    if (in.n)
        tacit_conn_app_in_done(s->to, in.n);
    return in.n;
}

/* A task that the host took is run, and handed back. */
static size_t do_task(tacit_conn *conn)
{
    if (!(tacit_conn_wants(conn) & TACIT_WANT_TASK))
        return 0;
    tacit_task *task = tacit_conn_take_task(conn);
    if (!task)
        return 0;
    (void)tacit_task_run(task);
    if (!tacit_conn_answer(conn, task))
        tacit_task_free(task);
    return 1;
}

/* run moves bytes until nothing moves any more. */
static bool run(struct pair *p, struct side *up, struct side *down)
{
    for (size_t steps = 0; steps < STEPS_MAX; steps++) {
        size_t moved = pair_move(p, true);
        moved += take(up, p);
        moved += pair_move(p, false);
        moved += take(down, p);
        moved += do_task(p->client) + do_task(p->server);
        if (!moved)
            return !up->broken && !down->broken;
    }
    up->broken = true;
    return false;
}

static void write_some(struct side *s, const struct pair *p, size_t n)
{
    uint8_t data[700];
    for (size_t i = 0; i < n; i++)
        data[i] = byte_at(s, s->sent + i, p);
    s->sent += tacit_conn_write(s->from, data, n);
}

static tacit_info info_of(const tacit_conn *conn)
{
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(conn, &info);
    return info;
}

static bool converse(struct pair *p, struct side *up, struct side *down, bool client_proven)
{
    size_t expected = 0;
    if (!info_of(p->client).peer_verified || info_of(p->server).peer_verified != client_proven)
        return false;
    bool updates = info_of(p->client).version == 0x0304; /* TLS 1.2 has no KeyUpdate */
    for (int round = 0; round < ROUNDS; round++) {
        enum { UP = 700, DOWN = 300 };
        expected++;
        write_some(up, p, UP);
        write_some(down, p, DOWN);
        if (round == 1 && updates && !tacit_conn_key_update(p->client, true))
            return false;
        if (!run(p, up, down))
            return false;
        if (up->arrived != UP * expected || down->arrived != DOWN * expected)
            return false;
    }
    tacit_conn_close(p->client);
    tacit_conn_close(p->server);
    return run(p, up, down) && tacit_conn_read_end(p->client) == TACIT_READ_CLEAN
           && tacit_conn_read_end(p->server) == TACIT_READ_CLEAN
           && tacit_conn_wants(p->client) == TACIT_WANT_CLOSED
           && tacit_conn_wants(p->server) == TACIT_WANT_CLOSED;
}

enum talk_end talk(struct pair *p, bool client_proven)
{
    struct side up = {.from = p->client, .to = p->server};
    struct side down = {.from = p->server, .to = p->client};
    bool done = run(p, &up, &down) && tacit_conn_phase(p->client) == TACIT_PHASE_CONNECTED
                && tacit_conn_phase(p->server) == TACIT_PHASE_CONNECTED
                && converse(p, &up, &down, client_proven);
    if (up.broken || down.broken)
        return TALK_WRONG;
    if (any_error(p))
        return TALK_FAILED;
    return done ? TALK_DONE : TALK_WRONG;
}
