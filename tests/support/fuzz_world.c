/* fuzz_world.c: see fuzz_world.h. */
#include "fuzz_world.h"

#include "fake_pki.h"

#include <stdlib.h>
#include <string.h>

static struct {
    tacit_env *env;
    struct fake_pki pki;
    tacit_config *clients[FUZZ_SCENES], *servers[FUZZ_SCENES];
} world; /* it lives as long as the program */

static uint64_t state;

void fuzz_rewind(void)
{
    state = 1;
}

void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static bool next_random(void *user, uint8_t *out, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(state >> 56);
    }
    return true;
}

static int64_t a_day(void *user)
{
    (void)user;
    return 1700000000;
}

/* What a scene of TLS 1.2 has besides. */
static void make_scene12(tacit_config_options *o, unsigned i)
{
    static const uint16_t transport[] = {0x009c}, cbc[] = {0xc023};
    o->max_version = 0x0303;
    o->legacy = i == 5   ? TACIT_LEGACY_RSA_TRANSPORT
                : i == 6 ? TACIT_LEGACY_CBC_HMAC
                : i == 7 ? TACIT_LEGACY_RSA_TRANSPORT | TACIT_LEGACY_CBC_HMAC | TACIT_LEGACY_NO_EMS
                         : 0;
    o->suites = i == 5 ? transport : i == 6 ? cbc : NULL;
    o->n_suites = i == 5 || i == 6;
}

static void make_scene(unsigned i)
{
    static const uint16_t both[] = {0x001d, 0x0017};
    bool tls12 = i >= 4;
    bool mutual = tls12 ? i > 4 : i & 1, retry = i == 2, small = i % 4 == 3;
    uint32_t tasks = TACIT_TASK_VERIFY | TACIT_TASK_SIGN | TACIT_TASK_KEX;
    tacit_identity *servers[] = {i == 5 ? world.pki.transport : world.pki.server,
                                 world.pki.transport};
    tacit_config_options o = {.size = sizeof o, .trust = world.pki.trust};
    if (tls12)
        make_scene12(&o, i);
    o.groups = both;
    o.n_groups = 2;
    o.identities = &world.pki.client;
    o.n_identities = mutual;
    o.record_size_limit = small ? 64 : 0;
    o.tasks = small ? tasks | TACIT_TASK_CHOOSE : 0;
    world.clients[i] = tacit_client_config(world.env, &o, NULL);
    o.groups = &both[retry];
    o.n_groups = 1;
    o.identities = servers;
    o.n_identities = i == 7 ? 2 : 1;
    o.client_auth = mutual ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF;
    o.trust = mutual ? world.pki.trust : NULL;
    o.tasks = small ? tasks | TACIT_TASK_HELLO : 0;
    world.servers[i] = tacit_server_config(world.env, &o, NULL);
    fuzz_require(world.clients[i] && world.servers[i]);
}

static void make_world(void)
{
    const tacit_env_options o = {.size = sizeof o, .now = a_day, .random = next_random};
    if (world.env)
        return;
    world.env = tacit_env_new(&o, NULL);
    fuzz_require(world.env && fake_pki_make(&world.pki, world.env));
    for (unsigned i = 0; i < FUZZ_SCENES; i++)
        make_scene(i);
}

tacit_conn *fuzz_client(unsigned scene)
{
    make_world();
    tacit_conn *conn = tacit_client_new(world.clients[scene % FUZZ_SCENES], "a.test", NULL);
    fuzz_require(conn);
    return conn;
}

tacit_conn *fuzz_server(unsigned scene)
{
    make_world();
    tacit_conn *conn = tacit_server_new(world.servers[scene % FUZZ_SCENES], NULL);
    fuzz_require(conn);
    return conn;
}

static void check(const tacit_conn *conn)
{
    const tacit_error *error = tacit_conn_error(conn);
    unsigned wants = tacit_conn_wants(conn);
    fuzz_require(wants != 0);
    fuzz_require(!error || tacit_conn_phase(conn) == TACIT_PHASE_CLOSED);
    if (!error)
        return;
    char sentence[512];
    fuzz_require(error->origin != TACIT_ORIGIN_INTERNAL
                 && error->origin != TACIT_ORIGIN_API_MISUSE);
    fuzz_require(tacit_error_sentence(error, sentence, sizeof sentence) > 0);
}

static void do_tasks(tacit_conn *conn)
{
    while (tacit_conn_wants(conn) & TACIT_WANT_TASK) {
        tacit_task *task = tacit_conn_take_task(conn);
        fuzz_require(task && tacit_conn_answer(conn, task));
    }
}

static void throw_away(tacit_conn *conn)
{
    tacit_span s;
    while ((s = tacit_conn_wire_out_buf(conn)).n)
        tacit_conn_wire_out_done(conn, s.n);
    while ((s = tacit_conn_app_in_buf(conn)).n)
        tacit_conn_app_in_done(conn, s.n);
}

static size_t give(tacit_conn *conn, span bytes, size_t most)
{
    tacit_buf in = tacit_conn_wire_in_buf(conn);
    size_t n = bytes.n < most ? bytes.n : most;
    n = n < in.n ? n : in.n;
    if (n)
        memcpy(in.p, bytes.p, n);
    tacit_conn_wire_in_done(conn, n);
    do_tasks(conn);
    check(conn);
    return n;
}

bool fuzz_feed(tacit_conn *conn, span bytes, size_t piece)
{
    do_tasks(conn);
    throw_away(conn);
    while (bytes.n) {
        size_t n = give(conn, bytes, piece);
        throw_away(conn);
        if (n == 0)
            return false;
        bytes = (span){bytes.p + n, bytes.n - n};
    }
    return true;
}

void fuzz_carry(tacit_conn *from, tacit_conn *to)
{
    for (tacit_span out; (out = tacit_conn_wire_out_buf(from)).n;) {
        size_t n = give(to, (span){out.p, out.n}, out.n);
        if (n == 0)
            return;
        tacit_conn_wire_out_done(from, n);
    }
}

void fuzz_finish(tacit_conn *conn)
{
    check(conn);
    tacit_conn_wire_in_eof(conn);
    tacit_conn_close(conn);
    throw_away(conn);
    check(conn);
    fuzz_require(tacit_conn_wants(conn) == TACIT_WANT_CLOSED);
    tacit_conn_free(conn);
}
