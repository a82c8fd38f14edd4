/* tacit.c: this library, by its public API. The host moves bytes between the wire and the
 * connection's channels; other stacks do that in callbacks. */
#include "bench.h"

#include <tacit/tacit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tacit_config *configs[2];

static const char *stack_name(void)
{
    return "tacit";
}

static void *own_alloc(void *user, size_t n)
{
    (void)user;
    own_allocs++;
    return malloc(n);
}

static void own_release(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    free(p);
}

static void stack_setup(const struct setup *s)
{
    /* TLS 1.2 wants the certificate's curve in the list, too; the first is agreed on. */
    static const uint16_t groups[] = {0x001d, 0x0017};
    size_t n_groups = s->version == TLS12 && s->group == X25519 ? 2 : 1;
    /* For TLS 1.2, those of ECDSA and of RSA: the server's key tells which. */
    static const uint16_t suites[][3][2] = {
        [TLS13] = {{0x1301}, {0x1302}, {0x1303}},
        [TLS12] = {{0xc02b, 0xc02f}, {0xc02c, 0xc030}, {0xcca9, 0xcca8}},
    };
    uint16_t version = s->version == TLS12 ? 0x0303 : 0x0304;
    tacit_error error = {0};
    tacit_env_options hooks = {.size = sizeof hooks, .alloc = own_alloc, .release = own_release};
    tacit_env *env = tacit_env_new(s->count_own ? &hooks : NULL, &error);
    tacit_trust *trust = tacit_trust_new(env, &error);
    tacit_identity *id = tacit_identity_files(env, s->chain, s->key, NULL, NULL, &error);
    if (!trust || !id || !tacit_trust_add_file(trust, s->root, &error))
        die("tacit: reason %u", error.reason);
    tacit_config_options o = {.size = sizeof o,
                              .min_version = version,
                              .max_version = version,
                              .suites = suites[s->version][s->suite],
                              .n_suites = s->version == TLS12 ? 2 : 1,
                              .groups = &groups[s->group == P256],
                              .n_groups = n_groups};
    o.trust = trust;
    configs[CLIENT] = tacit_client_config(env, &o, &error);
    o.trust = NULL;
    o.identities = &id;
    o.n_identities = 1;
    configs[SERVER] = tacit_server_config(env, &o, &error);
    if (!configs[CLIENT] || !configs[SERVER])
        die("tacit: reason %u", error.reason);
}

static void *conn_open(enum side side)
{
    return side == CLIENT ? tacit_client_new(configs[side], BENCH_HOST, NULL)
                          : tacit_server_new(configs[side], NULL);
}

static void send_out(enum side side, tacit_conn *conn)
{
    tacit_span out;
    while ((out = tacit_conn_wire_out_buf(conn)).n > 0) {
        wire_write(side, out.p, out.n);
        tacit_conn_wire_out_done(conn, out.n);
    }
}

/* take_in moves what fits from the wire; false when there is nothing, or no room. */
static bool take_in(enum side side, tacit_conn *conn)
{
    if (!(tacit_conn_wants(conn) & TACIT_WANT_WIRE_IN))
        return false;
    tacit_buf in = tacit_conn_wire_in_buf(conn);
    size_t n = wire_read(side, in.p, in.n);
    tacit_conn_wire_in_done(conn, n);
    return n > 0;
}

static bool conn_handshake(enum side side, void *conn)
{
    do
        send_out(side, conn);
    while (tacit_conn_phase(conn) < TACIT_PHASE_CONNECTED && take_in(side, conn));
    send_out(side, conn);
    const tacit_error *error = tacit_conn_error(conn);
    if (error)
        die("tacit: %s: reason %u", side == CLIENT ? "client" : "server", error->reason);
    return tacit_conn_phase(conn) == TACIT_PHASE_CONNECTED;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t took = tacit_conn_write(conn, p, n);
        if (!took)
            die("tacit: nothing is taken");
        p += took;
        n -= took;
        send_out(side, conn);
    }
}

static size_t conn_read(enum side side, void *conn)
{
    tacit_span app;
    while ((app = tacit_conn_app_in_buf(conn)).n == 0)
        if (!take_in(side, conn))
            return 0;
    tacit_conn_app_in_done(conn, app.n);
    return app.n;
}

static void conn_idle(enum side side, void *conn)
{
    (void)side;
    tacit_conn_wire_in_done(conn, 0);
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    tacit_conn_free(conn);
}

const struct stack stack = {
    stack_name, false,     stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, conn_idle,   conn_close,
};
