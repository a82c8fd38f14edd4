/* loop_libuv CHAIN KEY PORT [VISITORS]: an echo server for thousands, in one thread, over libuv.
 *
 * Nothing is copied: libuv receives into the connection's own buffer, and sends out of it. What a
 * connection lends to be sent stays where it is until wire_out_done, whatever is queued behind. */
#include "complain.h"
#include "echo.h"
#include "listen.h"

#include <uv.h>

struct visitor {
    uv_tcp_t tcp;
    uv_write_t write;
    tacit_conn *conn;
    size_t sending; /* bytes lent to `write` */
    bool reading;
};

static tacit_config *config;
static uv_tcp_t listener;
static long left = -1;

static void serve(struct visitor *v);

static void on_closed(uv_handle_t *handle)
{
    struct visitor *v = handle->data;
    tacit_conn_free(v->conn);
    free(v);
}

static void end(struct visitor *v)
{
    if (!uv_is_closing((uv_handle_t *)&v->tcp))
        uv_close((uv_handle_t *)&v->tcp, on_closed);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct visitor *v = handle->data;
    tacit_buf room = tacit_conn_wire_in_buf(v->conn);
    (void)suggested;
    *buf = uv_buf_init((char *)room.p, (unsigned)room.n);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct visitor *v = stream->data;
    (void)buf;
    tacit_conn_wire_in_done(v->conn, n > 0 ? (size_t)n : 0);
    if (n < 0)
        tacit_conn_wire_in_eof(v->conn);
    serve(v);
}

static void on_written(uv_write_t *write, int err)
{
    struct visitor *v = write->data;
    if (err) {
        end(v);
        return;
    }
    tacit_conn_wire_out_done(v->conn, v->sending);
    v->sending = 0;
    serve(v);
}

static void serve(struct visitor *v)
{
    uv_stream_t *stream = (uv_stream_t *)&v->tcp;
    echo(v->conn);
    unsigned wants = tacit_conn_wants(v->conn);
    bool read = wants & TACIT_WANT_WIRE_IN;
    if (wants & TACIT_WANT_WIRE_OUT && !v->sending) {
        tacit_span out = tacit_conn_wire_out_buf(v->conn);
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)out.p, (unsigned)out.n);
        if (uv_write(&v->write, stream, &buf, 1, on_written) != 0)
            wants = TACIT_WANT_CLOSED;
        v->sending = out.n;
    }
    if (read && !v->reading)
        uv_read_start(stream, on_room, on_read);
    else if (!read && v->reading)
        uv_read_stop(stream);
    v->reading = read;
    if (wants & TACIT_WANT_CLOSED)
        end(v);
}

static void on_visitor(uv_stream_t *from, int err)
{
    struct visitor *v = err ? NULL : calloc(1, sizeof *v);
    if (!v || uv_tcp_init(from->loop, &v->tcp) != 0)
        abort();
    v->tcp.data = v->write.data = v;
    v->conn = tacit_server_new(config, NULL);
    if (!v->conn || uv_accept(from, (uv_stream_t *)&v->tcp) != 0) {
        end(v);
        return;
    }
    tacit_conn_tick(v->conn, now_ms()); /* its handshake begins */
    serve(v);
    if (left > 0 && --left == 0)
        uv_close((uv_handle_t *)&listener, NULL);
}

static void tick(uv_handle_t *handle, void *now)
{
    struct visitor *v = handle->data;
    if (!v || uv_is_closing(handle))
        return; /* the listener, the timer */
    tacit_conn_tick(v->conn, *(uint64_t *)now);
    if (tacit_conn_error(v->conn))
        serve(v);
}

/* Once a second: who is too slow, fails, and wants to be closed. */
static void on_second(uv_timer_t *timer)
{
    uint64_t now = now_ms();
    uv_walk(timer->loop, tick, &now);
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    uv_timer_t timer = {.data = NULL}; /* it is no visitor: see tick */
    if (argc < 4)
        return fprintf(stderr, "usage: loop_libuv CHAIN KEY PORT [VISITORS]\n"), 2;
    uv_loop_t *loop = uv_default_loop();
    config = echo_config(argv[1], argv[2], &error);
    left = argc > 4 ? atol(argv[4]) : -1;
    int fd = config ? listen_on(argv[3]) : -1;
    if (fd < 0 || uv_tcp_init(loop, &listener) != 0 || uv_tcp_open(&listener, fd) != 0
        || uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_visitor) != 0
        || uv_timer_init(loop, &timer) != 0 || uv_timer_start(&timer, on_second, 1000, 1000) != 0)
        return complain(&error);
    uv_unref((uv_handle_t *)&timer); /* alone, it is no reason to go on */
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    tacit_config_free(config);
    return 0;
}
