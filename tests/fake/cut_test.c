/* Every flow cut at every byte, split at every byte, and fed in pieces of every small size: what is
 * cut is a truncation, never a success; what is whole arrives (bug classes 61, 67, 68, 78). */
#include "crypto/env.h"
#include "fake_pki.h"
#include "sized.h"
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static tacit_env *env;
static struct fake_pki pki;

/* struct scene is a pair of configurations. */
struct scene {
    bool mutual, retry;
    uint16_t size_limit;
};

static const struct scene scenes[] = {
    {false, false, 0}, {true, false, 0}, {false, true, 0}, {true, true, 0}, {true, false, 64}};

enum { SCENES = sizeof scenes / sizeof scenes[0] };

static tacit_config *client_configs[SCENES], *server_configs[SCENES];

static struct pair start(size_t scene)
{
    struct pair p = {.client = tacit_client_new(client_configs[scene], "a.test", NULL),
                     .server = tacit_server_new(server_configs[scene], NULL)};
    assert_true(p.client && p.server);
    return p;
}

/* ---- two ends that follow a script, whatever of the other one they see ----------------------- */

enum { FIRST = 100, SECOND = 50 };

struct end {
    tacit_conn *conn;
    bool is_client;
    size_t written, received;
    bool updated;
};

/* A client writes, asks for new keys when it has the first answer, and writes again; the server
 * answers each. Who has received everything closes. */
static void act(struct end *e)
{
    static const uint8_t data[FIRST];
    tacit_span in = tacit_conn_app_in_buf(e->conn);
    e->received += in.n;
    tacit_conn_app_in_done(e->conn, in.n);
    size_t may = e->is_client ? FIRST + (e->received >= FIRST ? SECOND : 0) : e->received;
    if (e->is_client && e->received >= FIRST && !e->updated)
        e->updated = tacit_conn_key_update(e->conn, true);
    if (e->written < may)
        e->written += tacit_conn_write(e->conn, data, may - e->written);
    if (e->written == FIRST + SECOND && e->received == FIRST + SECOND)
        tacit_conn_close(e->conn);
}

/* struct wire is one direction: no delivery is over `most` or crosses `split`, and none goes past
 * `cut`. */
struct wire {
    struct end *from, *to;
    size_t most, split, cut;
    size_t carried;
    size_t connected_at; /* bytes with which the receiver came there */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t carry(struct wire *w)
{
    tacit_span out = tacit_conn_wire_out_buf(w->from->conn);
    size_t n = least(least(out.n, w->most), w->cut - w->carried);
    if (w->carried < w->split)
        n = least(n, w->split - w->carried);
    if (w->carried == w->cut)
        tacit_conn_wire_in_eof(w->to->conn); /* again and again: once counts */
    if (n == 0)
        return 0;
    tacit_buf in = tacit_conn_wire_in_buf(w->to->conn);
    if (in.n == 0)
        return 0;
    n = least(n, in.n);
    memcpy(in.p, out.p, n);
    tacit_conn_wire_in_done(w->to->conn, n);
    tacit_conn_wire_out_done(w->from->conn, n);
    w->carried += n;
    if (!w->connected_at && tacit_conn_phase(w->to->conn) >= TACIT_PHASE_CONNECTED)
        w->connected_at = w->carried;
    return n;
}

static void play(struct wire *up, struct wire *down)
{
    enum { STEPS_MAX = 5000 };
    size_t moved = 1;
    for (size_t step = 0; moved; step++) {
        assert_true(step < STEPS_MAX);
        size_t before = up->from->received + up->to->received;
        moved = carry(up) + carry(down);
        act(up->from);
        act(up->to);
        moved += up->from->received + up->to->received - before;
    }
}

struct flow {
    struct pair pair;
    struct end client, server;
    struct wire up, down;
};

static struct flow *flow_of(struct flow *f, size_t scene)
{
    *f = (struct flow){.pair = start(scene)};
    f->client = (struct end){.conn = f->pair.client, .is_client = true};
    f->server = (struct end){.conn = f->pair.server};
    f->up = (struct wire){.from = &f->client, .to = &f->server, .most = SIZE_MAX, .cut = SIZE_MAX};
    f->down =
        (struct wire){.from = &f->server, .to = &f->client, .most = SIZE_MAX, .cut = SIZE_MAX};
    return f;
}

static void assert_whole(const struct flow *f)
{
    assert_null(tacit_conn_error(f->pair.client));
    assert_null(tacit_conn_error(f->pair.server));
    assert_int_equal(f->client.received, FIRST + SECOND);
    assert_int_equal(f->server.received, FIRST + SECOND);
    assert_int_equal(tacit_conn_wants(f->pair.client), TACIT_WANT_CLOSED);
    assert_int_equal(tacit_conn_wants(f->pair.server), TACIT_WANT_CLOSED);
}

/* measure plays a flow to its end, byte by byte, and so finds with which its receivers came
 * where. */
static void measure(struct flow *f, size_t scene)
{
    flow_of(f, scene);
    f->up.most = f->down.most = 1;
    play(&f->up, &f->down);
    assert_whole(f);
    assert_true(f->up.connected_at && f->down.connected_at);
    pair_free(&f->pair);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void assert_cut(const struct wire *w, const struct wire *whole, size_t at)
{
    tacit_conn *conn = w->to->conn;
    const tacit_error *e = tacit_conn_error(conn);
    assert_int_equal(w->carried, at);
    if (at < whole->connected_at) {
        assert_non_null(e);
        assert_string_equal(e->name, "CLOSED_EARLY");
        assert_string_equal(e->code, "tls.truncated");
        assert_int_equal(tacit_conn_read_end(conn), TACIT_READ_FAILED);
        assert_int_equal(w->to->received, 0);
    } else {
        assert_null(e);
        assert_int_equal(tacit_conn_read_end(conn),
                         at < whole->carried ? TACIT_READ_TRUNCATED : TACIT_READ_CLEAN);
        assert_true(at < whole->carried || w->to->received == FIRST + SECOND);
    }
    tacit_conn_wire_in_eof(conn); /* a second end changes nothing */
    assert_ptr_equal(tacit_conn_error(conn), e);
    tacit_conn_close(conn);
    tacit_span out;
    while ((out = tacit_conn_wire_out_buf(conn)).n)
        tacit_conn_wire_out_done(conn, out.n);
    assert_int_equal(tacit_conn_wants(conn), TACIT_WANT_CLOSED);
    assert_int_equal(tacit_conn_phase(conn), TACIT_PHASE_CLOSED);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    struct flow whole, f;
    for (size_t scene = 0; scene < SCENES; scene++) {
        measure(&whole, scene);
        for (size_t at = 0; at <= whole.up.carried; at++) {
            flow_of(&f, scene)->up.cut = at;
            play(&f.up, &f.down);
            assert_cut(&f.up, &whole.up, at);
            pair_free(&f.pair);
        }
        for (size_t at = 0; at <= whole.down.carried; at++) {
            flow_of(&f, scene)->down.cut = at;
            play(&f.up, &f.down);
            assert_cut(&f.down, &whole.down, at);
            pair_free(&f.pair);
        }
    }
}

static void split_at_every_byte(void **state)
{
    (void)state;
    struct flow whole, f;
    for (size_t scene = 0; scene < SCENES; scene++) {
        measure(&whole, scene);
        size_t longest =
            whole.up.carried > whole.down.carried ? whole.up.carried : whole.down.carried;
        for (size_t at = 0; at <= longest; at++) {
            flow_of(&f, scene);
            f.up.split = f.down.split = at;
            play(&f.up, &f.down);
            assert_whole(&f);
            pair_free(&f.pair);
        }
    }
}

static void fed_in_small_pieces(void **state)
{
    (void)state;
    for (size_t scene = 0; scene < SCENES; scene++)
        for (size_t chunk = 1; chunk <= 100; chunk++) {
            struct pair p = start(scene);
            p.chunk = chunk;
            assert_int_equal(talk(&p, scenes[scene].mutual), TALK_DONE);
            pair_free(&p);
        }
}

/* Records and the end of the transport arrive at once: what came before the end still counts. */
static void the_end_waits_for_what_came_before(void **state)
{
    (void)state;
    for (int clean = 0; clean <= 1; clean++) {
        struct pair p = start(0);
        size_t received = 0;
        pair_run(&p);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(tacit_conn_write(p.server, "record", 6), 6);
        if (clean)
            tacit_conn_close(p.server);
        assert_true(pair_move(&p, false) > 0);
        tacit_conn_wire_in_eof(p.client);
        assert_int_equal(tacit_conn_read_end(p.client), TACIT_READ_OPEN);
        assert_false(tacit_conn_wants(p.client) & TACIT_WANT_WIRE_IN);
        for (tacit_span in; (in = tacit_conn_app_in_buf(p.client)).n; received += in.n)
            tacit_conn_app_in_done(p.client, in.n);
        assert_int_equal(received, 18);
        assert_int_equal(tacit_conn_read_end(p.client),
                         clean ? TACIT_READ_CLEAN : TACIT_READ_TRUNCATED);
        pair_free(&p);
    }
}

static void make_configs(size_t i)
{
    static const uint16_t both[] = {0x001d, 0x0017};
    tacit_config_options o = {.size = sizeof o, .trust = pki.trust, .groups = both, .n_groups = 2};
    o.identities = &pki.client;
    o.n_identities = scenes[i].mutual;
    o.record_size_limit = scenes[i].size_limit;
    client_configs[i] = tacit_client_config(env, &o, NULL);
    o.groups = &both[scenes[i].retry];
    o.n_groups = 1;
    o.identities = &pki.server;
    o.n_identities = 1;
    o.trust = scenes[i].mutual ? pki.trust : NULL;
    o.client_auth = scenes[i].mutual ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF;
    server_configs[i] = tacit_server_config(env, &o, NULL);
    assert_true(client_configs[i] && server_configs[i]);
}

static int setup(void **state)
{
    (void)state;
    const tacit_env_options o = sized_hooks();
    env = tacit_env_new(&o, NULL);
    if (!env || !fake_pki_make(&pki, env))
        return 1;
    for (size_t i = 0; i < SCENES; i++)
        make_configs(i);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENES; i++) {
        tacit_config_free(client_configs[i]);
        tacit_config_free(server_configs[i]);
    }
    fake_pki_free(&pki);
    tacit_env_free(env);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(split_at_every_byte),
        cmocka_unit_test(fed_in_small_pieces),
        cmocka_unit_test(the_end_waits_for_what_came_before),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
