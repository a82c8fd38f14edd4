/* A connection whose host does anything in any order: a random walk over all public functions, from
 * fixed seeds, with too much said to be done, garbage, ends, calls from callbacks. It never crashes
 * or spins: it always wants something, what it wants can be done, the first error stays, and it can
 * be closed (bug classes 19, 68, 70). */
#include "crypto/env.h"
#include "fake_pki.h"
#include "pair.h"
#include "sized.h"
#include "soak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CONFIGS = 8, CLIENTS_TASKS = 0x3c, SERVERS_TASKS = 0x1e };

static tacit_env *env;
static struct fake_pki pki;
static tacit_config *client_configs[CONFIGS], *server_configs[CONFIGS];

static uint64_t seed;

static size_t draw(size_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed >> 11) % below;
}

/* struct end is a connection, its task if the host has one, and what must not change back. */
struct end {
    tacit_conn *conn;
    struct end *peer;
    tacit_task *task;
    const tacit_error *error;
    tacit_error first;
    tacit_phase phase;
    tacit_read_end read_end;
    bool closed;
    bool lost; /* a task was freed: the connection waits for it until its deadline */
    uint64_t now;
};

/* What is called from a callback is refused, or harmless. */
static struct end *current;

/* ---- what always holds ----------------------------------------------------------------------- */

static void assert_sound(struct end *e)
{
    const tacit_error *error = tacit_conn_error(e->conn);
    tacit_phase phase = tacit_conn_phase(e->conn);
    tacit_read_end read_end = tacit_conn_read_end(e->conn);
    unsigned wants = tacit_conn_wants(e->conn);
    assert_int_not_equal(wants, 0);
    if (e->error) {
        assert_ptr_equal(error, e->error);
        assert_memory_equal(error, &e->first, sizeof *error);
    }
    assert_true(phase >= e->phase);
    assert_true(e->read_end == TACIT_READ_OPEN || read_end == e->read_end
                || read_end == TACIT_READ_FAILED);
    assert_true(!error || (phase == TACIT_PHASE_CLOSED && read_end == TACIT_READ_FAILED));
    assert_true(!(wants & TACIT_WANT_CLOSED) || wants == TACIT_WANT_CLOSED);
    assert_true(!e->closed || wants == TACIT_WANT_CLOSED);
    if (error && !e->error)
        e->first = *error;
    e->error = error;
    e->phase = phase;
    e->read_end = read_end;
    e->closed = wants == TACIT_WANT_CLOSED;
}

/* Each bit of wants can be done now; otherwise a host would spin. */
static void assert_possible(struct end *e)
{
    unsigned wants = tacit_conn_wants(e->conn);
    if (wants & TACIT_WANT_WIRE_OUT)
        assert_true(tacit_conn_wire_out_buf(e->conn).n > 0);
    if (wants & TACIT_WANT_WIRE_IN)
        assert_true(tacit_conn_wire_in_buf(e->conn).n > 0);
    assert_int_equal((wants & TACIT_WANT_APP_IN) != 0, tacit_conn_app_in_buf(e->conn).n > 0);
    if (wants & TACIT_WANT_APP_OUT)
        assert_int_equal(tacit_conn_write(e->conn, "?", 1), 1);
    if (wants & TACIT_WANT_TASK && !e->task && !e->lost)
        assert_non_null(e->task = tacit_conn_take_task(e->conn));
}

/* ---- what a host does ------------------------------------------------------------------------ */

static void carry(struct end *e)
{
    tacit_span out = tacit_conn_wire_out_buf(e->conn);
    tacit_buf in = tacit_conn_wire_in_buf(e->peer->conn);
    size_t n = out.n < in.n ? out.n : in.n;
    if (n && draw(3) == 0)
        n = 1 + draw(n);
    if (n)
        memcpy(in.p, out.p, n);
    tacit_conn_wire_in_done(e->peer->conn, n);
    tacit_conn_wire_out_done(e->conn, n);
}

static void take(struct end *e)
{
    tacit_span in = tacit_conn_app_in_buf(e->conn);
    tacit_conn_app_in_done(e->conn, in.n ? draw(in.n + 1) : 0);
}

static void send(struct end *e)
{
    static const uint8_t data[40000];
    (void)tacit_conn_write(e->conn, data, draw(draw(4) ? 100 : sizeof data));
}

static void work(struct end *e)
{
    if (!e->task)
        e->task = tacit_conn_take_task(e->conn);
    if (e->task && draw(2))
        (void)tacit_task_run(e->task);
    if (e->task && draw(2))
        (void)tacit_task_choose(e->task, draw(2) ? pki.client : pki.server);
    if (e->task && tacit_conn_answer(e->conn, e->task))
        e->task = NULL;
}

/* ---- what it should not do ------------------------------------------------------------------- */

static void garbage(struct end *e)
{
    tacit_buf in = tacit_conn_wire_in_buf(e->conn);
    size_t n = in.n ? draw(in.n < 64 ? in.n : 64) : 0;
    for (size_t i = 0; i < n; i++)
        in.p[i] = (uint8_t)draw(256);
    tacit_conn_wire_in_done(e->conn, n);
}

static void assert_misused(struct end *e)
{
    assert_true(e->error || strcmp(tacit_conn_error(e->conn)->name, "TOO_MUCH_DONE") == 0);
}

static void too_much_in(struct end *e)
{
    tacit_buf in = tacit_conn_wire_in_buf(e->conn);
    tacit_conn_wire_in_done(e->conn, in.n + 1 + draw(2) * 100000);
    assert_misused(e);
}

static void too_much_out(struct end *e)
{
    tacit_span out = tacit_conn_wire_out_buf(e->conn);
    tacit_conn_wire_out_done(e->conn, out.n + 1 + draw(2) * 100000);
    assert_misused(e);
}

static void too_much_app(struct end *e)
{
    tacit_span in = tacit_conn_app_in_buf(e->conn);
    tacit_conn_app_in_done(e->conn, in.n + 1 + draw(2) * 100000);
    assert_misused(e);
}

static void done_without_buf(struct end *e)
{
    tacit_conn_wire_in_done(e->conn, draw(3));
}

static void nothing_done(struct end *e)
{
    tacit_conn_wire_in_done(e->conn, 0);
    tacit_conn_wire_out_done(e->conn, 0);
    tacit_conn_app_in_done(e->conn, 0);
    assert_int_equal(tacit_conn_write(e->conn, NULL, 0), 0);
}

static void ask_twice(struct end *e)
{
    tacit_buf a = tacit_conn_wire_in_buf(e->conn), b = tacit_conn_wire_in_buf(e->conn);
    assert_true(a.p == b.p && a.n == b.n);
    tacit_span c = tacit_conn_wire_out_buf(e->conn), d = tacit_conn_wire_out_buf(e->conn);
    assert_true(c.p == d.p && c.n == d.n);
}

static void eof(struct end *e)
{
    tacit_conn_wire_in_eof(e->conn);
}

static void close_it(struct end *e)
{
    tacit_conn_close(e->conn);
}

static void update(struct end *e)
{
    bool connected = tacit_conn_phase(e->conn) >= TACIT_PHASE_CONNECTED;
    assert_true(connected || !tacit_conn_key_update(e->conn, true));
    (void)tacit_conn_key_update(e->conn, draw(2));
}

static void tick(struct end *e)
{
    e->now += draw(4) ? draw(10) : draw(2000);
    tacit_conn_tick(e->conn, e->now);
    assert_true(tacit_conn_deadline(e->conn) > e->now || tacit_conn_error(e->conn));
}

static void refuse(struct end *e)
{
    if (e->task)
        tacit_task_refuse(e->task);
    work(e);
}

/* An answer to another connection changes nothing, and the task stays ours. */
static void answer_the_wrong_one(struct end *e)
{
    if (e->task)
        assert_false(tacit_conn_answer(e->peer->conn, e->task));
}

static void drop_task(struct end *e)
{
    e->lost |= e->task != NULL;
    tacit_task_free(e->task);
    e->task = NULL;
}

static void look(struct end *e)
{
    tacit_info info = {.size = sizeof info};
    tacit_cert_info cert = {.size = sizeof cert};
    tacit_span der;
    char name[64], json[4096], sentence[256];
    uint8_t bytes[64];
    tacit_conn_info(e->conn, &info);
    (void)tacit_conn_peer_cert(e->conn, draw(3), &cert);
    (void)tacit_conn_peer_der(e->conn, draw(3), &der);
    (void)tacit_conn_peer_spki(e->conn, draw(3), &der);
    (void)tacit_conn_own_cert(e->conn, draw(3), &cert);
    (void)tacit_conn_own_der(e->conn, draw(3), &der);
    (void)tacit_conn_peer_name(e->conn, draw(3), draw(3), NULL, name, sizeof name);
    (void)tacit_conn_json(e->conn, json, draw(sizeof json));
    (void)tacit_conn_channel_binding(e->conn, (tacit_binding)draw(2), bytes);
    bool exported = tacit_conn_export(e->conn, bytes, sizeof bytes, "EXPORTER-x", (tacit_span){0});
    assert_true(!exported || tacit_conn_phase(e->conn) >= TACIT_PHASE_CONNECTED);
    if (e->error)
        (void)tacit_error_sentence(e->error, sentence, sizeof sentence);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static const struct {
    unsigned weight;
    void (*act)(struct end *e);
} acts[] = {
    {60, carry},       {20, take},
    {10, send},        {20, work},
    {4, look},         {4, tick},
    {4, update},       {4, nothing_done},
    {4, ask_twice},    {2, close_it},
    {2, drop_task},    {2, answer_the_wrong_one},
    {1, refuse},       {1, done_without_buf},
    {1, garbage},      {1, too_much_in},
    {1, too_much_out}, {1, too_much_app},
    {1, eof},
};

enum { ACTS = sizeof acts / sizeof acts[0], HONEST = 5 };

/* choose picks one of the first n. */
static size_t choose(size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += acts[i].weight;
    size_t at = draw(sum), i = 0;
    for (; at >= acts[i].weight; i++)
        at -= acts[i].weight;
    return i;
}

/* A callback calls into its own connection: that must change nothing. */
static void on_keylog(void *user, const char *line)
{
    static bool inside;
    (void)user;
    assert_non_null(line);
    if (inside || !current)
        return;
    inside = true;
    unsigned wants = tacit_conn_wants(current->conn);
    assert_int_not_equal(wants, 0);
    assert_int_equal(tacit_conn_wire_in_buf(current->conn).n, 0);
    assert_int_equal(tacit_conn_wire_out_buf(current->conn).n, 0);
    assert_int_equal(tacit_conn_write(current->conn, "x", 1), 0);
    assert_false(tacit_conn_key_update(current->conn, true));
    assert_null(tacit_conn_take_task(current->conn));
    tacit_conn_wire_in_done(current->conn, 100000);
    tacit_conn_wire_out_done(current->conn, 100000);
    tacit_conn_app_in_done(current->conn, 100000);
    tacit_conn_wire_in_eof(current->conn);
    tacit_conn_close(current->conn);
    tacit_conn_tick(current->conn, UINT64_MAX);
    assert_null(tacit_conn_error(current->conn));
    assert_int_equal(tacit_conn_wants(current->conn), wants);
    inside = false;
}

/* Whatever has happened: closed, and with the transport at its end, it is over soon. */
static void assert_ends(struct end *e)
{
    enum { STEPS_MAX = 1000 };
    tacit_conn_close(e->conn);
    tacit_conn_wire_in_eof(e->conn);
    for (size_t i = 0; tacit_conn_wants(e->conn) != TACIT_WANT_CLOSED; i++) {
        assert_true(i < STEPS_MAX);
        tacit_span out = tacit_conn_wire_out_buf(e->conn), in = tacit_conn_app_in_buf(e->conn);
        tacit_conn_wire_out_done(e->conn, out.n);
        tacit_conn_app_in_done(e->conn, in.n);
    }
    assert_sound(e);
    tacit_task_free(e->task);
    tacit_conn_free(e->conn);
}

/* walk says whether both were connected at some time. */
static bool walk(size_t config, size_t steps)
{
    struct end ends[2] = {
        {.conn = tacit_client_new(client_configs[config], "a.test", NULL), .peer = &ends[1]},
        {.conn = tacit_server_new(server_configs[config], NULL), .peer = &ends[0]},
    };
    assert_true(ends[0].conn && ends[1].conn);
    bool connected = false;
    size_t calm = draw(120); /* so that misuse meets every phase */
    for (size_t i = 0; i < steps; i++) {
        struct end *e = &ends[draw(2)];
        size_t act = choose(i < calm ? HONEST : ACTS);
        current = acts[act].act == carry ? e->peer : e; /* the one whose secrets may be derived */
        acts[act].act(e);
        assert_sound(&ends[0]);
        assert_sound(&ends[1]);
        connected |= ends[0].phase == TACIT_PHASE_CONNECTED && ends[1].phase == ends[0].phase;
        if (draw(50) == 0)
            assert_possible(e);
    }
    current = NULL;
    for (size_t i = 0; i < 2; i++)
        assert_ends(&ends[i]);
    return connected;
}

static void anything_in_any_order(void **state)
{
    (void)state;
    size_t walks = soaking() ? 200000 : 4000, connected = 0;
    for (size_t i = 0; i < walks; i++) {
        seed = 0x9e3779b97f4a7c15u * (i + 1);
        connected += walk(i % CONFIGS, 20 + draw(300));
    }
    print_message("%zu of %zu walks were connected\n", connected, walks);
    assert_true(connected > walks / 5);
}

/* Every act, alone, at every point of an undisturbed conversation. */
static void each_act_at_each_point(void **state)
{
    (void)state;
    for (size_t act = 0; act < ACTS; act++)
        for (size_t at = 0; at < 40; at++) {
            struct end ends[2] = {
                {.conn = tacit_client_new(client_configs[1], "a.test", NULL), .peer = &ends[1]},
                {.conn = tacit_server_new(server_configs[1], NULL), .peer = &ends[0]},
            };
            seed = 1 + at * ACTS + act;
            for (size_t i = 0; i < 60; i++) {
                struct end *e = &ends[i % 2];
                if (i == at)
                    acts[act].act(e);
                carry(e);
                take(e);
                if (i > 20)
                    send(e);
                assert_sound(&ends[0]);
                assert_sound(&ends[1]);
            }
            assert_ends(&ends[0]);
            assert_ends(&ends[1]);
        }
}

static void make_configs(size_t i)
{
    static const uint16_t both[] = {0x001d, 0x0017}, transport[] = {0x009c}, cbc[] = {0xc023};
    tacit_config_options o = {.size = sizeof o, .trust = pki.trust, .keylog = on_keylog};
    bool old = i >= 4, tasks = i % 4 >= 2; /* 4 and 5: ECDHE; 6 and 7: RSA transport, CBC */
    tacit_identity *servers[] = {pki.server, pki.transport};
    o.max_version = old ? 0x0303 : 0;
    o.legacy = i >= 6 ? TACIT_LEGACY_RSA_TRANSPORT | TACIT_LEGACY_CBC_HMAC : 0;
    o.suites = i == 6 ? transport : i == 7 ? cbc : NULL;
    o.n_suites = i >= 6;
    o.identities = &pki.client;
    o.n_identities = i % 2;
    o.groups = both;
    o.n_groups = 2;
    o.tasks = tasks ? CLIENTS_TASKS : 0;
    o.handshake_timeout = 10000;
    o.keep_peer_chain = i % 2;
    client_configs[i] = tacit_client_config(env, &o, NULL);
    o.tasks = tasks ? SERVERS_TASKS : 0;
    o.groups = old ? both : &both[i % 2];
    o.n_groups = old ? 2 : 1;
    o.identities = servers;
    o.n_identities = i == 6 ? 2 : 1;
    o.client_auth = i % 2 ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF;
    o.trust = i % 2 ? pki.trust : NULL;
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
    for (size_t i = 0; i < CONFIGS; i++)
        make_configs(i);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++) {
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
        cmocka_unit_test(anything_in_any_order),
        cmocka_unit_test(each_act_at_each_point),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
