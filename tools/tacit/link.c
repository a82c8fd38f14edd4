/* link.c: the pump between a socket and a connection.
 *
 * Reading: the connection lends the memory that the socket reads into, and only while it wants
 * bytes; so a user who does not take plaintext stops the peer, and nothing is buffered here.
 * Writing: what the connection has sealed is written at once as far as the socket takes it; then
 * one asynchronous write is in flight, over bytes that stay put until it is done. After a failed
 * write the output is thrown away, but reading goes on: the alert that explains the failure may
 * be waiting.
 *
 * A maintainer could break: nothing may touch the link after link_close has run the user's
 * `closed`, which is why every callback of libuv ends with link_pump or link_close and nothing
 * else. */
#include "link.h"

#include <string.h>

static void update_reading(struct link *link);
static void update_timer(struct link *link);
static void flush(struct link *link);

static void on_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    if (--link->open_handles)
        return;
    tacit_conn_free(link->conn);
    link->conn = NULL;
    link->on->closed(link);
}

void link_abort(struct link *link)
{
    if (link->closing)
        return;
    link->closing = true;
    uv_close((uv_handle_t *)&link->tcp, on_closed);
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

int link_init(struct link *link, uv_loop_t *loop, const struct link_events *on, void *user)
{
    *link = (struct link){.on = on, .user = user, .deadline = UINT64_MAX, .armed = UINT64_MAX};
    int err = uv_tcp_init(loop, &link->tcp);
    if (err)
        return err;
    uv_timer_init(loop, &link->timer);
    link->tcp.data = link->timer.data = link;
    link->open_handles = 2;
    return 0;
}

void link_start(struct link *link, tacit_conn *conn)
{
    link->conn = conn;
    link->active = uv_now(link->tcp.loop);
    uv_tcp_nodelay(&link->tcp, 1);
    link_pump(link);
}

/* The user may call back into the link from `progress`; that only asks for another round. A
 * round that sent something is followed by another, since there is room to write again; a user
 * without more to say ends it. */
void link_pump(struct link *link)
{
    link->again = true;
    if (link->pumping || link->closing || !link->conn)
        return;
    link->pumping = true;
    while (link->again && !link->closing) {
        link->again = false;
        tacit_conn_tick(link->conn, uv_now(link->tcp.loop));
        if (!link->finishing)
            link->on->progress(link);
        if (!link->closing)
            flush(link);
    }
    link->pumping = false;
    if (link->closing)
        return;
    update_reading(link);
    update_timer(link);
}

void link_finish(struct link *link, unsigned linger_ms)
{
    if (link->finishing || link->closing)
        return;
    link->finishing = true;
    link->linger_ms = linger_ms;
    link->active = uv_now(link->tcp.loop);
    link_pump(link);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void broken(struct link *link, int error)
{
    if (!link->io_error)
        link->io_error = error;
}

static void sent(struct link *link, size_t n)
{
    link->bytes_out += n;
    link->active = uv_now(link->tcp.loop);
    link->again = true;
    tacit_conn_wire_out_done(link->conn, n);
}

static void on_written(uv_write_t *write, int status)
{
    struct link *link = write->handle->data;
    size_t n = (size_t)(uintptr_t)write->data;
    link->writing = false;
    if (link->closing)
        return;
    if (status)
        broken(link, status);
    sent(link, n);
    link_pump(link);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    struct link *link = shutdown->handle->data;
    if (link->eof || link->io_error)
        link_abort(link);
}

/* end_our_side comes after the last byte; the peer's end, the linger or a broken socket closes
 * the link. */
static void end_our_side(struct link *link)
{
    if (link->io_error || link->linger_ms == 0) {
        link_abort(link);
    } else if (!link->shut) {
        link->shut = true;
        link->linger_until = uv_now(link->tcp.loop) + link->linger_ms;
        if (uv_shutdown(&link->shutdown, (uv_stream_t *)&link->tcp, on_shutdown))
            link_abort(link);
    }
}

static void flush(struct link *link)
{
    while (!link->writing) {
        tacit_span out = tacit_conn_wire_out_buf(link->conn);
        if (!out.n)
            break;
        uv_buf_t buf = {.base = (char *)(uintptr_t)out.p, .len = out.n};
        int n = link->io_error ? 0 : uv_try_write((uv_stream_t *)&link->tcp, &buf, 1);
        if (n > 0) {
            sent(link, (size_t)n);
        } else if (n == UV_EAGAIN) {
            link->write.data = (void *)(uintptr_t)out.n;
            n = uv_write(&link->write, (uv_stream_t *)&link->tcp, &buf, 1, on_written);
            link->writing = n == 0;
        }
        if (n < 0)
            broken(link, n);
        if (link->io_error) /* nobody will read it */
            tacit_conn_wire_out_done(link->conn, out.n);
    }
    if (link->finishing && !link->writing)
        end_our_side(link);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Past the end of the TLS stream the socket is read only to learn when it ends. */
static bool discards(const struct link *link)
{
    return link->finishing || tacit_conn_read_end(link->conn) != TACIT_READ_OPEN;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    static char scratch[4096];
    struct link *link = handle->data;
    if (discards(link)) {
        *buf = uv_buf_init(scratch, sizeof scratch);
        return;
    }
    tacit_buf room = tacit_conn_wire_in_buf(link->conn);
    *buf = (uv_buf_t){.base = (char *)room.p, .len = room.n};
}

static void remember_first(struct link *link, const uv_buf_t *buf, size_t n)
{
    size_t room = LINK_FIRST - link->n_first;
    if (n > room)
        n = room;
    if (n)
        memcpy(link->first + link->n_first, buf->base, n);
    link->n_first += n;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    bool discard = discards(link);
    if (n >= 0) {
        link->bytes_in += (size_t)n;
        if (n)
            link->active = uv_now(stream->loop);
        if (!discard) {
            remember_first(link, buf, (size_t)n);
            tacit_conn_wire_in_done(link->conn, (size_t)n);
        }
    } else if (n != UV_ENOBUFS) { /* no memory: the connection has recorded that itself */
        link->eof = true;
        if (n != UV_EOF)
            broken(link, (int)n);
        if (!discard)
            tacit_conn_wire_in_eof(link->conn);
        if (link->shut) {
            link_abort(link);
            return;
        }
    }
    link_pump(link);
}

static void update_reading(struct link *link)
{
    bool wanted =
        !link->eof && (discards(link) || tacit_conn_wants(link->conn) & TACIT_WANT_WIRE_IN);
    if (wanted == link->reading)
        return;
    link->reading = wanted;
    if (!wanted)
        uv_read_stop((uv_stream_t *)&link->tcp);
    else
        uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read);
}

/* ---- time ------------------------------------------------------------------------------------ */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t users_deadline(const struct link *link)
{
    uint64_t idle = link->idle_ms ? link->active + link->idle_ms : UINT64_MAX;
    return least(link->deadline, idle);
}

/* While the last bytes are on their way the patience is the one for bytes that move; after them,
 * the linger. */
static uint64_t end_deadline(const struct link *link)
{
    return link->shut ? link->linger_until
                      : link->active + (link->idle_ms ? link->idle_ms : link->linger_ms);
}

static uint64_t next_deadline(const struct link *link)
{
    return link->finishing ? end_deadline(link)
                           : least(users_deadline(link), tacit_conn_deadline(link->conn));
}

static void on_timer(uv_timer_t *timer)
{
    struct link *link = timer->data;
    uint64_t now = uv_now(timer->loop);
    link->armed = UINT64_MAX;
    if (link->finishing && now >= end_deadline(link)) {
        link_abort(link);
        return;
    }
    if (!link->finishing && now >= users_deadline(link))
        link->on->timeout(link);
    link_pump(link);
}

/* The timer is moved only to an earlier time; one that fires early finds nothing due and is set
 * again. That spares the loop's heap a change for every record. */
static void update_timer(struct link *link)
{
    uint64_t due = next_deadline(link), now = uv_now(link->tcp.loop);
    if (due >= link->armed)
        return;
    link->armed = due;
    uv_timer_start(&link->timer, on_timer, due > now ? due - now : 0, 0);
}
