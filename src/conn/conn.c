/* conn.c: the life of a connection: made, wanting, failing, closing, wiped (RFC 9846 6).
 *
 * Invariant: the first failure ends it: one alert at most, nothing lent or taken any more, secrets
 * wiped. */
#include "conn/conn.h"

#include "base/alerts.h"

/* nameless: may a connection be begun without a name? Who is on the list, or nobody, is meant. */
static bool nameless(const struct tacit_config *config)
{
    return config->insecure || config->insecure_name || config->name_by_allow;
}

static struct tacit_conn *conn_new(tacit_config *config, bool is_client, struct err *err)
{
    if (config->is_client != is_client) {
        fail(err, WRONG_ROLE, config->is_client);
        return NULL;
    }
    struct tacit_env *env = config->env;
    struct tacit_conn *c = mem_alloc(&env->hooks, sizeof *c);
    if (!c) {
        fail(err, NO_MEMORY, sizeof *c);
        return NULL;
    }
    c->deadline = UINT64_MAX;
    c->t.env = env;
    c->t.config = tacit_config_ref(config->bare ? config->bare : config);
    c->t.user = config->user;
    c->t.has_user = config->bare;
    c->t.is_client = is_client;
    c->t.in.inner_max = REC_INNER_MAX;
    c->t.out.hooks = &env->hooks;
    c->t.out.plain_max = REC_PLAIN_MAX;
    c->t.out.clear_version = TLS12;
    c->t.join.hooks = &env->hooks;
    return c;
}

/* A connection that cannot begin has an error of its own; the caller gets that and no
 * connection. */
static tacit_conn *begun(struct tacit_conn *c, const struct host *host, struct err *err,
                         tacit_error *error)
{
    if (c && !err->reason && !hs_begin(&c->t, host))
        *err = c->t.err;
    if (!err->reason)
        return c;
    err_export(err, error);
    tacit_conn_free(c);
    return NULL;
}

tacit_conn *tacit_client_new(tacit_config *config, const char *server_name, tacit_error *error)
{
    struct err err = {0};
    struct host host;
    bool named = false;
    if (!config)
        return err_missing(error), NULL;
    struct tacit_conn *c = conn_new(config, true, &err);
    if (c && server_name)
        named = host_parse(&host, span_str(server_name), &err);
    else if (c && !nameless(c->t.config))
        fail(&err, NO_SERVER_NAME, 0); /* RFC 9525 6.1 */
    return begun(c, named ? &host : NULL, &err, error);
}

tacit_conn *tacit_server_new(tacit_config *config, tacit_error *error)
{
    struct err err = {0};
    if (!config)
        return err_missing(error), NULL;
    return begun(conn_new(config, false, &err), NULL, &err, error);
}

static void wipe_secrets(struct tls *t)
{
    hs_end(t);
    secret_wipe(&t->traffic_in);
    secret_wipe(&t->traffic_out);
    secret_wipe(&t->exporter);
    rec_dir_wipe(&t->in.dir);
}

void tacit_conn_free(tacit_conn *c)
{
    if (!c)
        return;
    struct tls *t = &c->t;
    struct tacit_env *env = env_ref(t->env);
    wipe_secrets(t);
    conn_drop_input(c);
    join_wipe(&t->join);
    out_wipe(&t->out);
    chain_free(t->peer_chain);
    tacit_identity_free(t->facts.identity);
    mem_free(&env->hooks, t->facts.server_name, t->facts.server_name_n);
    tacit_config_free(t->config);
    mem_free(&env->hooks, c, sizeof *c);
    tacit_env_free(env);
}

void conn_failed(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    struct err ignored = {0};
    uint8_t alert = reason_row(t->err.reason)->alert;
    if (c->failed)
        return;
    c->failed = true;
    c->read_end = TACIT_READ_FAILED;
    c->app = (tacit_buf){0};
    t->out.flight_n = 0; /* half a flight helps nobody */
    if (alert != TACIT_NO_ALERT && !c->write_ended)
        (void)!alert_send(&t->out, alert, &ignored);
    c->write_ended = true;
    t->err.state = t->err.state ? t->err.state : state_name(t);
    err_export(&t->err, &c->error);
    join_wipe(&t->join);
    wipe_secrets(t);
    conn_drop_input(c);
}

bool conn_connected(const struct tacit_conn *c)
{
    return c->t.state == ST_CONNECTED;
}

unsigned tacit_conn_wants(const tacit_conn *c)
{
    if (!c)
        return TACIT_WANT_CLOSED;
    const struct tls *t = &c->t;
    bool reading = !c->failed && !c->ended && c->read_end == TACIT_READ_OPEN;
    bool unsent = t->out.queued > 0 || t->out.flight_n > 0 || (t->update_owed && !c->write_ended);
    unsigned wants = 0;
    if (reading && c->app.n == 0 && !t->waiting && !c->eof)
        wants |= TACIT_WANT_WIRE_IN;
    if (t->waiting && !c->failed && !c->ended)
        wants |= TACIT_WANT_TASK;
    if (unsent)
        wants |= TACIT_WANT_WIRE_OUT;
    if (c->app.n > 0)
        wants |= TACIT_WANT_APP_IN;
    if (!c->write_ended && !c->ended && may_seal_app(t) && t->out.queued < OUT_QUEUE_MAX)
        wants |= TACIT_WANT_APP_OUT;
    if (!reading && c->app.n == 0 && !unsent && (c->write_ended || c->ended || c->failed))
        wants |= TACIT_WANT_CLOSED;
    return wants;
}

tacit_phase tacit_conn_phase(const tacit_conn *c)
{
    if (!c)
        return TACIT_PHASE_CLOSED;
    bool read_ended = c->read_end != TACIT_READ_OPEN;
    if (c->failed || c->ended || (read_ended && c->write_ended))
        return TACIT_PHASE_CLOSED;
    if (read_ended || c->write_ended)
        return TACIT_PHASE_CLOSING;
    if (conn_connected(c))
        return TACIT_PHASE_CONNECTED;
    return c->t.facts.suite ? TACIT_PHASE_HANDSHAKE : TACIT_PHASE_HELLO;
}

tacit_read_end tacit_conn_read_end(const tacit_conn *c)
{
    return c ? (tacit_read_end)c->read_end : TACIT_READ_FAILED;
}

void tacit_conn_close(tacit_conn *c)
{
    if (c && !c->busy)
        conn_close(c);
}

void conn_close(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    if (c->failed || c->write_ended)
        return;
    bool ok = true;
    if (!conn_connected(c)) { /* RFC 9846 6.1: say so, and go */
        t->out.flight_n = 0;
        c->ended = true;
        ok = alert_send(&t->out, ALERT_user_canceled, &t->err);
    }
    if (!ok || !alert_send(&t->out, ALERT_close_notify, &t->err))
        conn_failed(c);
    c->write_ended = true;
}

bool conn_key_update(struct tacit_conn *c, bool request)
{
    c->busy = true; /* its message may be traced */
    bool ok = key_update_send(&c->t, request);
    c->busy = false;
    return ok;
}

bool tacit_conn_key_update(tacit_conn *c, bool request_peer)
{
    if (!c)
        return false;
    struct tls *t = &c->t;
    if (c->busy || c->failed || c->write_ended || !conn_connected(c) || t->in.tls12)
        return false;
    if (!conn_key_update(c, request_peer && !t->update_request)) {
        conn_failed(c);
        return false;
    }
    return true;
}

void tacit_conn_tick(tacit_conn *c, uint64_t now_ms)
{
    if (!c)
        return;
    struct tls *t = &c->t;
    uint32_t timeout = t->config->handshake_timeout;
    if (c->busy || c->failed || c->ended)
        return;
    if (conn_connected(c))
        c->deadline = UINT64_MAX;
    else if (timeout && !c->ticked)
        c->deadline = now_ms + timeout;
    c->ticked = true;
    if (now_ms >= c->deadline) {
        fail(&t->err, HANDSHAKE_TIMEOUT, timeout);
        conn_failed(c);
        c->deadline = UINT64_MAX;
    }
}

uint64_t tacit_conn_deadline(const tacit_conn *c)
{
    return !c || conn_connected(c) ? UINT64_MAX : c->deadline;
}
