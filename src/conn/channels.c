/* channels.c: the four channels, and where a record goes (RFC 9846 5, 6).
 *
 * Invariant: application data is lent only if the table of proofs allows it, from a record whose
 * tag has matched, where it lies; no record is opened while that data has not been taken. */
#include "base/alerts.h"
#include "conn/conn.h"

/* ---- bytes received -------------------------------------------------------------------------- */

/* The buffer holds ciphertext, then plaintext in its place: what was used of it is wiped when it
 * goes. */
void conn_drop_input(struct tacit_conn *c)
{
    const struct hooks *hooks = &c->t.env->hooks;
    if (c->in) {
        wipe(c->in, c->n);
        hooks->release(hooks->user, c->in, c->cap);
    }
    c->in = NULL;
    c->at = c->n = c->cap = c->lent = 0;
}

/* An empty buffer goes, unless a suspended step has spans in it. */
static void drop_used_input(struct tacit_conn *c)
{
    if (c->at == c->n && c->app.n == 0 && !c->t.waiting)
        conn_drop_input(c);
}

static bool room_for(struct tacit_conn *c, size_t cap)
{
    const struct hooks *hooks = &c->t.env->hooks;
    size_t held = c->n - c->at;
    if (c->in && c->cap >= cap) {
        if (c->at) {
            memmove(c->in, c->in + c->at, held);
            wipe(c->in + held, c->n - held);
        }
    } else {
        uint8_t *p = hooks->alloc(hooks->user, cap);
        if (!p)
            return fail(&c->t.err, NO_MEMORY, cap);
        if (c->in)
            memcpy(p, c->in + c->at, held);
        conn_drop_input(c);
        c->in = p;
        c->cap = cap;
    }
    c->at = 0;
    c->n = held;
    return true;
}

tacit_buf tacit_conn_wire_in_buf(tacit_conn *c)
{
    enum { HANDSHAKE_ROOM = 2048 };
    if (!c || c->busy)
        return (tacit_buf){0};
    c->lent = 0;
    if (!(tacit_conn_wants(c) & TACIT_WANT_WIRE_IN))
        return (tacit_buf){0};
    size_t cap = conn_connected(c) ? REC_WIRE_MAX : HANDSHAKE_ROOM;
    cap = cap > c->need ? cap : c->need;
    if (!room_for(c, cap)) {
        conn_failed(c);
        return (tacit_buf){0};
    }
    c->lent = c->cap - c->n;
    return (tacit_buf){c->in + c->n, c->lent};
}

void tacit_conn_wire_in_done(tacit_conn *c, size_t filled)
{
    if (!c || c->busy || c->failed)
        return;
    if (filled > c->lent) {
        fail(&c->t.err, TOO_MUCH_DONE, filled);
        conn_failed(c);
        return;
    }
    c->n += filled;
    c->lent = 0;
    if (filled)
        conn_process(c);
    drop_used_input(c);
}

void tacit_conn_wire_in_eof(tacit_conn *c)
{
    if (!c || c->busy || c->failed || c->ended || c->read_end != TACIT_READ_OPEN)
        return;
    c->eof = true;
    if (conn_connected(c)) {
        conn_process(c);
        return;
    }
    fail(&c->t.err, CLOSED_EARLY, 0);
    conn_failed(c);
}

/* ---- records in ------------------------------------------------------------------------------ */

static bool route(struct tacit_conn *c, const struct rec *rec);

void conn_process(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    bool ok = true;
    c->busy = true;
    while (ok && !t->waiting && c->app.n == 0 && c->read_end == TACIT_READ_OPEN && !c->ended
           && c->at < c->n) {
        struct rec rec = {0};
        size_t used = 0;
        enum rec_status s =
            rec_next(&t->in, &rec, &used, &c->need, c->in + c->at, c->n - c->at, &t->err);
        if (s == REC_MORE)
            break;
        c->at += used;
        c->need = 0;
        ok = s == REC_DROPPED || (s == REC_OPENED && route(c, &rec));
    }
    c->busy = false;
    if (!ok)
        conn_failed(c);
    if (c->failed || c->app.n)
        return;
    if (c->eof && c->read_end == TACIT_READ_OPEN)
        c->read_end = TACIT_READ_TRUNCATED; /* there was no close_notify in all that came */
    if (c->read_end != TACIT_READ_OPEN)
        conn_drop_input(c); /* after close_notify nothing counts; RFC 9846 6.1 */
}

/* deliver hands over the messages of the open record, until a task is the host's to do. */
static bool deliver(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    struct msg m;
    while (!t->waiting) {
        switch (join_next(&t->join, &m, &t->err)) {
        case JOIN_FAILED:
            return false;
        case JOIN_MORE:
            return true;
        case JOIN_MESSAGE:
            break;
        }
        if (!hs_deliver(t, &m))
            return false;
        if (t->hs && t->state == ST_CONNECTED)
            tls_forget(t);
    }
    return true;
}

static bool data_in(struct tacit_conn *c, const struct rec *rec)
{
    struct tls *t = &c->t;
    if (!may_open_app(t))
        return fail(&t->err, DATA_TOO_EARLY, rec->n);
    if (rec->n == 0) {
        return ++c->empty_in_row <= EMPTY_RECORDS_MAX
               || fail(&t->err, EMPTY_RECORD_FLOOD, EMPTY_RECORDS_MAX);
    }
    c->empty_in_row = 0;
    t->updates_in_row = 0;
    c->app = (tacit_buf){rec->p, rec->n};
    return true;
}

void conn_resume(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    c->busy = true;
    bool ok = hs_resume(t);
    if (ok && t->state == ST_CONNECTED)
        tls_forget(t);
    ok = ok && deliver(c);
    c->busy = false;
    if (!ok)
        conn_failed(c);
    else
        conn_process(c);
    drop_used_input(c);
}

/* Which reason an alert is, so that a person is told what it means here. */
static enum reason alert_reason(const struct tls *t, uint8_t alert)
{
    bool before_hello = t->is_client && t->state == ST_WAIT_SH;
    switch (alert) {
    case ALERT_protocol_version:
    case ALERT_handshake_failure:
    case ALERT_insufficient_security:
    case ALERT_no_application_protocol:
        return before_hello ? R_PEER_ALERT_NO_COMMON : R_PEER_ALERT;
    case ALERT_certificate_required:
        return t->is_client ? R_PEER_ALERT_CERT_REQUIRED : R_PEER_ALERT;
    case ALERT_bad_certificate:
    case ALERT_unsupported_certificate:
    case ALERT_certificate_revoked:
    case ALERT_certificate_expired:
    case ALERT_certificate_unknown:
    case ALERT_unknown_ca:
    case ALERT_access_denied:
        return t->facts.own_cert_sent ? R_PEER_ALERT_CERT_REJECTED : R_PEER_ALERT;
    default:
        return R_PEER_ALERT;
    }
}

/* Only TLS 1.2 brings it this far: there it is a message of its own kind (RFC 5246 7.1). */
static bool change_cipher_spec_in(struct tacit_conn *c, const struct rec *rec)
{
    struct tls *t = &c->t;
    span content = {rec->p, rec->n};
    if (rec->n != 1 || rec->p[0] != 1)
        return fail(&t->err, CHANGE_CIPHER_SPEC, rec->n);
    return hs_deliver(t, &(struct msg){MSG_CHANGE_CIPHER_SPEC, content, content});
}

/* Servers of TLS 1.2 that do not know the name that was asked for may warn of it before their
 * hello, when no version is agreed, and go on (RFC 6066 3). What they show is verified all the
 * same. */
static bool is_doubt_of_name(const struct tls *t, const struct rec *rec, uint8_t alert)
{
    return alert == ALERT_unrecognized_name && rec->p[0] == ALERT_LEVEL_WARNING && t->is_client
           && !t->facts.version && t->config->min_version <= TLS12;
}

static bool alert_in(struct tacit_conn *c, const struct rec *rec)
{
    struct tls *t = &c->t;
    uint8_t alert = 0;
    enum alert_kind kind = alert_read(rec, t->in.tls12, &alert);
    if (kind == ALERT_IN_FATAL && is_doubt_of_name(t, rec, alert))
        kind = ALERT_IN_IGNORE;
    switch (kind) {
    case ALERT_IN_MALFORMED:
        return fail(&t->err, ALERT_MALFORMED, rec->n);
    case ALERT_IN_IGNORE: /* counted with the empty records: neither carries anything */
        return ++c->empty_in_row <= EMPTY_RECORDS_MAX
               || fail(&t->err, EMPTY_RECORD_FLOOD, EMPTY_RECORDS_MAX);
    case ALERT_IN_CLOSE:
        if (!conn_connected(c))
            break;
        c->read_end = TACIT_READ_CLEAN;
        if (t->in.tls12)
            conn_close(c); /* RFC 5246 7.2.1: answered at once */
        return true;
    case ALERT_IN_FATAL:
        break;
    }
    enum reason reason =
        alert == ALERT_close_notify ? R_CLOSE_DURING_HANDSHAKE : alert_reason(t, alert);
    fail_at(&t->err, reason, alert, __FILE__, __LINE__);
    t->err.alert = alert;
    return false;
}

static bool route(struct tacit_conn *c, const struct rec *rec)
{
    struct tls *t = &c->t;
    if (rec->type != CT_HANDSHAKE && join_partial(&t->join))
        return fail(&t->err, INTERLEAVED, rec->type); /* RFC 9846 5.1 */
    switch (rec->type) {
    case CT_HANDSHAKE:
        join_push(&t->join, (span){rec->p, rec->n});
        return deliver(c);
    case CT_APPLICATION_DATA:
        return data_in(c, rec);
    case CT_ALERT:
        return alert_in(c, rec);
    case CT_CHANGE_CIPHER_SPEC:
        return change_cipher_spec_in(c, rec);
    default:
        return fail(&t->err, RECORD_TYPE, rec->type);
    }
}

/* ---- plaintext in ---------------------------------------------------------------------------- */

tacit_span tacit_conn_app_in_buf(tacit_conn *c)
{
    return c ? (tacit_span){c->app.p, c->app.n} : (tacit_span){0};
}

void tacit_conn_app_in_done(tacit_conn *c, size_t taken)
{
    if (!c || c->busy || c->failed || !taken)
        return; /* with nothing taken there may be room lent, which would go */
    if (taken > c->app.n) {
        fail(&c->t.err, TOO_MUCH_DONE, taken);
        conn_failed(c);
        return;
    }
    c->app.p += taken;
    c->app.n -= taken;
    if (c->app.n)
        return;
    c->app.p = NULL;
    conn_process(c);
    drop_used_input(c);
}

/* ---- out ------------------------------------------------------------------------------------- */

/* The reply that is owed, and the change of keys before they are worn out, go before the next data
 * (RFC 9846 4.7.3, 5.5). */
static bool keys_fresh(struct tacit_conn *c)
{
    struct tls *t = &c->t;
    bool worn = t->out.dir.seq + 1 >= t->out.max_records;
    if (worn && t->in.tls12)
        return fail(&t->err, KEY_WORN_OUT, 0); /* it has no KeyUpdate */
    return (!t->update_owed && !worn) || t->state != ST_CONNECTED || conn_key_update(c, false);
}

size_t tacit_conn_write(tacit_conn *c, const void *data, size_t n)
{
    if (!c)
        return 0;
    struct tls *t = &c->t;
    rd in = rd_of((span){data, n});
    while (!c->busy && !rd_end(&in) && tacit_conn_wants(c) & TACIT_WANT_APP_OUT) {
        span content;
        size_t most = t->out.plain_max;
        if (!keys_fresh(c) || !rd_take(&in, in.n < most ? in.n : most, &content)
            || !out_flight(&t->out, &t->err)
            || !out_seal(&t->out, CT_APPLICATION_DATA, content, &t->err)) {
            conn_failed(c);
            return 0;
        }
    }
    return n - in.n;
}

tacit_span tacit_conn_wire_out_buf(tacit_conn *c)
{
    if (!c || c->busy)
        return (tacit_span){0};
    struct tls *t = &c->t;
    bool owed = t->update_owed && !c->write_ended && !c->failed;
    if ((owed && !conn_key_update(c, false)) || !out_flight(&t->out, &t->err))
        conn_failed(c);
    const struct block *b = t->out.head;
    return b ? (tacit_span){b->bytes + b->begin, b->end - b->begin} : (tacit_span){0};
}

void tacit_conn_wire_out_done(tacit_conn *c, size_t sent)
{
    if (!c || c->busy || !sent)
        return;
    const struct block *b = c->t.out.head;
    if (!b || sent > b->end - b->begin) {
        fail(&c->t.err, TOO_MUCH_DONE, sent);
        conn_failed(c);
        return;
    }
    out_sent(&c->t.out, sent);
}
