/* stream.c: reading and writing, for hosts that do not want to move bytes themselves.
 *
 * Invariants: a write counts bytes only when their records have been handed to the transport, so
 * that a host which has written all may wait for an answer. A failure is reported at once: what is
 * left to send then, an alert, is tried once, and by tacit_stream_close. The two directions of the
 * transport fail apart: what arrived before the peer went away can be read after a write failed. */
#include "conn/conn.h"
#include "stream/descriptor.h"

#include <errno.h>
#include <limits.h>

struct tacit_stream {
    tacit_conn *conn;
    tacit_recv recv;
    tacit_send send;
    void *user;
    struct descriptors fds;
    int timeout;
    size_t owed;             /* plaintext sealed, and not yet counted as written */
    bool busy;               /* in an operation: callbacks may not begin another one */
    bool up;                 /* the handshake is over, and the peer has all of it */
    int in_errno, out_errno; /* why the transport failed in this direction        */
    struct err err;          /* the transport's first failure                     */
    tacit_error error;
};

/* struct op is one call of the host. */
struct op {
    struct tacit_stream *s;
    uint64_t until;    /* it may wait until then; 0: it has not waited yet */
    int saved, number; /* errno: before, and of an ERROR                   */
    bool refused;      /* there is no stream, or it is in an operation already */
};

tacit_stream *tacit_stream_new(tacit_conn *conn, tacit_error *error)
{
    if (!conn)
        return err_missing(error), NULL;
    struct tacit_stream *s = mem_alloc(&conn->t.env->hooks, sizeof *s);
    if (!s) {
        struct err err = {0};
        fail(&err, NO_MEMORY, sizeof *s);
        err_export(&err, error);
        tacit_conn_free(conn);
        return NULL;
    }
    s->conn = conn;
    s->timeout = -1;
    tacit_stream_attach(s, -1, -1);
    return s;
}

void tacit_stream_free(tacit_stream *s)
{
    if (!s)
        return;
    struct tacit_env *env = env_ref(s->conn->t.env);
    tacit_conn_free(s->conn);
    mem_free(&env->hooks, s, sizeof *s);
    tacit_env_free(env);
}

void tacit_stream_attach(tacit_stream *s, int in, int out)
{
    if (!s)
        return;
    s->fds = descriptors_of(in, out);
    tacit_stream_attach_callbacks(s, descriptor_recv, descriptor_send, &s->fds);
}

void tacit_stream_attach_callbacks(tacit_stream *s, tacit_recv recv, tacit_send send, void *user)
{
    if (!s)
        return;
    if (!recv || !send) {
        tacit_stream_attach(s, -1, -1);
        return;
    }
    s->recv = recv;
    s->send = send;
    s->user = user;
}

void tacit_stream_timeout(tacit_stream *s, int ms)
{
    if (s)
        s->timeout = ms;
}

/* ---- one call -------------------------------------------------------------------------------- */

static struct op begin(struct tacit_stream *s)
{
    struct op op = {.s = s, .saved = errno, .refused = !s || s->busy};
    if (!op.refused)
        s->busy = true;
    return op;
}

static ptrdiff_t end(const struct op *op, ptrdiff_t result)
{
    if (!op->refused)
        op->s->busy = false;
    if (result >= 0)
        errno = op->saved;
    else if (result == TACIT_STREAM_ERROR)
        errno = op->number;
    else if (result == TACIT_STREAM_TIMEOUT)
        errno = ETIMEDOUT;
    else
        errno = result == TACIT_STREAM_TRUNCATED ? ECONNRESET : EAGAIN;
    return result;
}

static ptrdiff_t over(struct op *op, int number)
{
    op->number = number;
    return TACIT_STREAM_ERROR;
}

static bool over_descriptors(const struct tacit_stream *s)
{
    return s->user == &s->fds;
}

/* waits: or does the host? */
static bool waits(const struct tacit_stream *s)
{
    return s->timeout != 0 && over_descriptors(s);
}

/* await waits until the transport can go on, if the stream does that: then 0, to look again. */
static ptrdiff_t await(struct op *op, ptrdiff_t blocked, bool in, bool out)
{
    struct tacit_stream *s = op->s;
    if (!waits(s))
        return blocked;
    uint64_t now = clock_ms();
    uint64_t deadline = s->conn->ended ? UINT64_MAX : tacit_conn_deadline(s->conn);
    if (!op->until)
        op->until = s->timeout < 0 ? UINT64_MAX : now + (uint64_t)s->timeout;
    if (now >= op->until)
        return TACIT_STREAM_TIMEOUT;
    uint64_t until = deadline < op->until ? deadline : op->until;
    uint64_t left = until > now ? until - now : 0;
    int ms = until == UINT64_MAX ? -1 : (int)(left < INT_MAX ? left : INT_MAX);
    return descriptors_wait(&s->fds, in, out, ms) ? 0 : over(op, errno);
}

/* ---- the transport --------------------------------------------------------------------------- */

/* flush hands over what is queued: 0, or why not all of it. Where nobody takes it any more it is
 * thrown away. */
static ptrdiff_t flush(struct tacit_stream *s)
{
    while (tacit_conn_wants(s->conn) & TACIT_WANT_WIRE_OUT) {
        tacit_span out = tacit_conn_wire_out_buf(s->conn);
        ptrdiff_t n = (ptrdiff_t)out.n;
        errno = 0;
        if (out.n && !s->out_errno)
            n = s->send(s->user, out.p, out.n);
        if (n == TACIT_STREAM_ERROR || (n == 0 && out.n)) {
            s->out_errno = errno ? errno : EIO;
            continue;
        }
        if (n < 0)
            return n;
        tacit_conn_wire_out_done(s->conn, (size_t)n);
        if ((size_t)n > out.n)
            s->out_errno = EIO; /* a callback that lies: the connection has failed */
    }
    return 0;
}

/* fill takes in what has come, or the news that no more will: positive; or says why not. */
static ptrdiff_t fill(struct tacit_stream *s)
{
    tacit_buf room = tacit_conn_wire_in_buf(s->conn);
    if (room.n == 0)
        return 1; /* for want of memory: the connection has failed */
    errno = 0;
    ptrdiff_t n = s->recv(s->user, room.p, room.n);
    if (n == TACIT_STREAM_ERROR)
        s->in_errno = errno ? errno : EIO;
    tacit_conn_wire_in_done(s->conn, n > 0 ? (size_t)n : 0);
    if (n != TACIT_STREAM_ERROR && n != TACIT_STREAM_TRUNCATED && n != 0)
        return n;
    tacit_conn_wire_in_eof(s->conn);
    return 1;
}

/* ---- ends ------------------------------------------------------------------------------------ */

static ptrdiff_t transport_failed(struct op *op, int number)
{
    struct tacit_stream *s = op->s;
    if (!s->err.reason) {
        fail(&s->err, TRANSPORT_FAILED, number);
        err_export(&s->err, &s->error);
    }
    return over(op, number);
}

/* The connection has failed, of itself or because nothing could be received. */
static ptrdiff_t failed(struct op *op)
{
    struct tacit_stream *s = op->s;
    (void)flush(s);
    return s->in_errno ? transport_failed(op, s->in_errno) : over(op, EPROTO);
}

/* Nothing can be sent any more. A peer that went away may have said why: its alert is the better
 * reason. Callbacks are not asked for it: they might wait. */
static ptrdiff_t send_failed(struct op *op)
{
    struct tacit_stream *s = op->s;
    while (over_descriptors(s) && tacit_conn_wants(s->conn) & TACIT_WANT_WIRE_IN && fill(s) > 0)
        continue;
    bool said = s->conn->failed && !s->in_errno;
    return said ? over(op, EPROTO) : transport_failed(op, s->out_errno);
}

/* The peer's direction has ended. */
static ptrdiff_t read_ended(struct op *op)
{
    struct tacit_stream *s = op->s;
    if (s->conn->failed)
        return failed(op);
    if (s->in_errno)
        return transport_failed(op, s->in_errno);
    if (tacit_conn_read_end(s->conn) == TACIT_READ_CLEAN)
        return TACIT_STREAM_DONE;
    if (!s->err.reason) {
        fail(&s->err, TRUNCATED, 0); /* RFC 9846 6.1 */
        err_export(&s->err, &s->error);
    }
    return TACIT_STREAM_TRUNCATED;
}

/* ---- the operations -------------------------------------------------------------------------- */

/* turn does one thing: it sends all that is queued, or receives once, or waits until it can; 0 to
 * look again. Once the handshake is over, what cannot be sent yet does not keep it from receiving
 * first. */
static ptrdiff_t turn(struct op *op)
{
    struct tacit_stream *s = op->s;
    bool queued = tacit_conn_wants(s->conn) & TACIT_WANT_WIRE_OUT;
    ptrdiff_t out = flush(s), in = 0;
    unsigned wants = tacit_conn_wants(s->conn);
    if (queued && out == 0)
        return 0;
    if (wants & TACIT_WANT_TASK)
        return TACIT_STREAM_WANT_TASK;
    if (wants & TACIT_WANT_WIRE_IN)
        in = fill(s);
    else if (!queued)
        return over(op, ENOTCONN); /* it was closed before it was open */
    if (in > 0)
        return 0;
    if (!s->up && s->out_errno)
        return send_failed(op);
    bool out_first = out < 0 && (!s->up || in == 0);
    return await(op, out_first ? out : in, in < 0, out < 0);
}

static ptrdiff_t handshake(struct op *op)
{
    struct tacit_stream *s = op->s;
    ptrdiff_t r = 0;
    while (r == 0 && !s->up) {
        tacit_conn_tick(s->conn, clock_ms());
        if (s->conn->failed)
            r = failed(op);
        else if (!conn_connected(s->conn) || tacit_conn_wants(s->conn) & TACIT_WANT_WIRE_OUT)
            r = turn(op);
        else if (s->out_errno)
            r = send_failed(op);
        else
            s->up = true;
    }
    return r;
}

tacit_stream_result tacit_stream_handshake(tacit_stream *s)
{
    struct op op = begin(s);
    if (op.refused)
        return (tacit_stream_result)end(&op, over(&op, EINVAL));
    ptrdiff_t r = handshake(&op);
    if (r == 0 && s->conn->failed)
        r = failed(&op);
    return (tacit_stream_result)end(&op, r);
}

static size_t take(struct tacit_stream *s, void *out, size_t n)
{
    tacit_span in = tacit_conn_app_in_buf(s->conn);
    size_t taken = n < in.n ? n : in.n;
    if (taken) {
        memcpy(out, in.p, taken);
        tacit_conn_app_in_done(s->conn, taken);
    }
    return taken;
}

ptrdiff_t tacit_stream_read(tacit_stream *s, void *out, size_t n)
{
    struct op op = begin(s);
    size_t taken = 0;
    bool sound = !op.refused && n; /* 0 would say that all is read */
    ptrdiff_t r = sound ? handshake(&op) : over(&op, EINVAL);
    while (r == 0 && (taken = take(s, out, n)) == 0) {
        if (tacit_conn_read_end(s->conn) != TACIT_READ_OPEN)
            return end(&op, read_ended(&op));
        r = turn(&op);
    }
    return end(&op, r < 0 ? r : (ptrdiff_t)taken);
}

/* send_all waits until nothing is queued any more. */
static ptrdiff_t send_all(struct op *op)
{
    struct tacit_stream *s = op->s;
    ptrdiff_t r;
    while ((r = flush(s)) < 0 && !s->conn->failed)
        if ((r = await(op, r, false, true)) < 0)
            return r;
    if (s->conn->failed)
        return failed(op);
    return s->out_errno ? send_failed(op) : 0;
}

ptrdiff_t tacit_stream_write(tacit_stream *s, const void *data, size_t n)
{
    struct op op = begin(s);
    rd in = rd_of((span){data, n < PTRDIFF_MAX ? n : PTRDIFF_MAX});
    size_t all = in.n;
    ptrdiff_t r = op.refused || n < s->owed ? over(&op, EINVAL) : handshake(&op);
    while (r == 0 && (r = send_all(&op)) == 0) {
        span sent;
        if (!rd_take(&in, s->owed, &sent) || rd_end(&in)) {
            s->owed = 0;
            break;
        }
        s->owed = tacit_conn_write(s->conn, in.p, in.n);
        if (!s->owed && !s->conn->failed)
            r = over(&op, EPIPE); /* our direction was closed */
    }
    size_t done = all - in.n;
    return end(&op, done ? (ptrdiff_t)done : r);
}

tacit_stream_result tacit_stream_close(tacit_stream *s, bool wait)
{
    struct op op = begin(s);
    if (op.refused)
        return (tacit_stream_result)end(&op, over(&op, EINVAL));
    tacit_conn_close(s->conn);
    ptrdiff_t r = s->conn->failed && !waits(s) ? flush(s) : 0; /* the alert */
    if (r == 0)
        r = send_all(&op);
    bool connected = !s->conn->failed && conn_connected(s->conn);
    if (r == TACIT_STREAM_ERROR && connected && tacit_conn_read_end(s->conn) == TACIT_READ_CLEAN)
        r = 0; /* it has said all, and does not listen any more */
    while (r == 0 && wait && connected) {
        tacit_span in = tacit_conn_app_in_buf(s->conn);
        tacit_conn_app_in_done(s->conn, in.n);
        if (in.n)
            continue;
        if (tacit_conn_read_end(s->conn) != TACIT_READ_OPEN) {
            r = read_ended(&op);
            break;
        }
        r = turn(&op);
    }
    return (tacit_stream_result)end(&op, r);
}

/* ---- facts ----------------------------------------------------------------------------------- */

size_t tacit_stream_pending(const tacit_stream *s)
{
    return tacit_conn_app_in_buf(tacit_stream_conn(s)).n;
}

int tacit_stream_deadline(const tacit_stream *s)
{
    uint64_t deadline = tacit_conn_deadline(tacit_stream_conn(s)), now = clock_ms();
    if (deadline == UINT64_MAX)
        return -1;
    uint64_t left = deadline > now ? deadline - now : 0;
    return (int)(left < INT_MAX ? left : INT_MAX);
}

const tacit_error *tacit_stream_error(const tacit_stream *s)
{
    return s && s->err.reason ? &s->error : tacit_conn_error(tacit_stream_conn(s));
}

tacit_conn *tacit_stream_conn(const tacit_stream *s)
{
    return s ? s->conn : NULL;
}
