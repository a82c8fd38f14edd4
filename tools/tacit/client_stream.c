/* client_stream.c: connect as a stream: standard input to the peer, the peer to standard output.
 *
 * The two directions end on their own (RFC 9846 6.1): end of input sends close_notify, and reading
 * goes on to the peer's end. A peer that has ended its direction is still sent what input there is;
 * but input that is silent for a second is not waited for: most peers that say close_notify wait
 * for ours. */
#include "client.h"

#include "tool.h"

#include <unistd.h>

enum { PATIENCE_MS = 1000 };

static void begin(struct client *c)
{
    if (fdio_init(&c->in, STDIN_FILENO, c))
        return;
    failure_own(&c->report.failure, STATUS_INTERNAL, "internal", "no descriptor is left");
    client_end(c);
}

static void on_input(struct fdio *io, ssize_t result)
{
    struct client *c = io->user;
    if (c->ending) {
        fdio_end(io);
        return;
    }
    if (result < 0) {
        failure_own(&c->report.failure, STATUS_FILE, "file", "cannot read standard input: %s",
                    uv_strerror((int)result));
        client_end(c);
    }
    c->in_eof = result <= 0;
    c->in_n = result > 0 ? (size_t)result : 0;
    c->in_at = 0;
    link_pump(&c->link);
}

static void send_input(struct client *c)
{
    tacit_conn *conn = c->link.conn;
    c->in_at += tacit_conn_write(conn, c->in_bytes + c->in_at, c->in_n - c->in_at);
    if (c->in.busy || c->in_at < c->in_n)
        return;
    if (!c->in_eof)
        fdio_read(&c->in, &c->loop, c->in_bytes, sizeof c->in_bytes, on_input);
    else if (c->timeout_given) /* from now on only the peer can move */
        c->link.idle_ms = c->timeout_ms;
    if (c->in_eof)
        tacit_conn_close(conn);
}

static void take_output(struct client *c)
{
    size_t room;
    while ((room = outlet_room(c))) {
        tacit_span in = tacit_conn_app_in_buf(c->link.conn);
        size_t n = in.n < room ? in.n : room;
        if (!n)
            return;
        outlet_put(c, in.p, n);
        tacit_conn_app_in_done(c->link.conn, n);
    }
}

static void progress(struct client *c)
{
    tacit_conn *conn = c->link.conn;
    if (c->settled && !c->told)
        client_tell(c);
    take_output(c);
    send_input(c);
    tacit_read_end end = tacit_conn_read_end(conn);
    if (end == TACIT_READ_OPEN || tacit_conn_app_in_buf(conn).n)
        return;
    if (end == TACIT_READ_TRUNCATED) {
        failure_own(&c->report.failure, STATUS_TRUNCATED, "tls.truncated",
                    "the connection ended without close_notify: what came may be incomplete");
    } else if (c->link.io_error && !c->in_eof) {
        failure_own(&c->report.failure, STATUS_TRUNCATED, "tls.truncated",
                    "the server was gone before everything was sent");
    } else if (!c->in_eof && !c->link.eof) {
        c->link.deadline = c->in.busy ? uv_now(&c->loop) + PATIENCE_MS : UINT64_MAX;
        return;
    }
    client_end(c);
}

static void stop(struct client *c)
{
    if (c->in.busy)
        fdio_cancel(&c->in);
    else
        fdio_end(&c->in);
}

const struct client_mode client_stream = {.begin = begin, .progress = progress, .stop = stop};
