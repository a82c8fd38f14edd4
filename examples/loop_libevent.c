/* loop_libevent CHAIN KEY PORT [VISITORS]: an echo server for thousands, in one thread, over
 * libevent's bufferevents, which keep the bytes of the wire on either side of the connection. */
#include "complain.h"
#include "echo.h"
#include "listen.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/queue.h>

enum { ENOUGH = 1 << 16 }; /* bytes of the wire that wait in a bufferevent */

struct visitor {
    struct bufferevent *wire;
    tacit_conn *conn;
    bool eof;
    LIST_ENTRY(visitor) all;
};

static LIST_HEAD(, visitor) visitors;
static struct event_base *base;
static tacit_config *config;
static long left = -1;

static void end(struct visitor *v)
{
    LIST_REMOVE(v, all);
    bufferevent_free(v->wire);
    tacit_conn_free(v->conn);
    free(v);
    if (left == 0 && LIST_EMPTY(&visitors))
        event_base_loopbreak(base);
}

static void serve(struct visitor *v)
{
    struct evbuffer *in = bufferevent_get_input(v->wire);
    struct evbuffer *out = bufferevent_get_output(v->wire);
    for (;;) {
        echo(v->conn);
        unsigned wants = tacit_conn_wants(v->conn);
        if (wants & TACIT_WANT_WIRE_OUT && evbuffer_get_length(out) < ENOUGH) {
            tacit_span sealed = tacit_conn_wire_out_buf(v->conn);
            if (evbuffer_add(out, sealed.p, sealed.n) != 0) {
                end(v);
                return;
            }
            tacit_conn_wire_out_done(v->conn, sealed.n);
        } else if (wants & TACIT_WANT_WIRE_IN && evbuffer_get_length(in) > 0) {
            tacit_buf room = tacit_conn_wire_in_buf(v->conn);
            int n = evbuffer_remove(in, room.p, room.n);
            tacit_conn_wire_in_done(v->conn, n > 0 ? (size_t)n : 0);
        } else if (wants & TACIT_WANT_WIRE_IN && v->eof) {
            tacit_conn_wire_in_eof(v->conn);
        } else {
            break;
        }
    }
    if (tacit_conn_wants(v->conn) & TACIT_WANT_CLOSED && evbuffer_get_length(out) == 0)
        end(v);
}

static void on_bytes(struct bufferevent *wire, void *visitor)
{
    (void)wire;
    serve(visitor);
}

static void on_end(struct bufferevent *wire, short what, void *visitor)
{
    struct visitor *v = visitor;
    (void)wire;
    v->eof = true;
    if (what & BEV_EVENT_EOF)
        serve(v);
    else
        end(v);
}

static void on_visitor(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                       int n, void *user)
{
    struct visitor *v = calloc(1, sizeof *v);
    (void)from, (void)n, (void)user;
    if (!v || !(v->wire = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE)))
        abort();
    LIST_INSERT_HEAD(&visitors, v, all);
    v->conn = tacit_server_new(config, NULL);
    if (!v->conn) {
        end(v);
        return;
    }
    if (left > 0 && --left == 0)
        evconnlistener_disable(listener);
    tacit_conn_tick(v->conn, now_ms()); /* its handshake begins */
    bufferevent_setcb(v->wire, on_bytes, on_bytes, on_end, v);
    bufferevent_setwatermark(v->wire, EV_READ, 0, ENOUGH);
    bufferevent_enable(v->wire, EV_READ | EV_WRITE);
}

/* Once a second: who is too slow, fails, and wants to be closed. */
static void on_second(evutil_socket_t fd, short what, void *user)
{
    uint64_t now = now_ms();
    (void)fd, (void)what, (void)user;
    for (struct visitor *v = LIST_FIRST(&visitors), *next; v; v = next) {
        next = LIST_NEXT(v, all);
        tacit_conn_tick(v->conn, now);
        if (tacit_conn_error(v->conn))
            serve(v);
    }
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    if (argc < 4)
        return fprintf(stderr, "usage: loop_libevent CHAIN KEY PORT [VISITORS]\n"), 2;
    base = event_base_new();
    config = echo_config(argv[1], argv[2], &error);
    left = argc > 4 ? atol(argv[4]) : -1;
    int fd = config && base ? listen_on(argv[3]) : -1;
    if (fd < 0)
        return complain(&error);
    evutil_make_socket_nonblocking(fd);
    struct evconnlistener *listener =
        evconnlistener_new(base, on_visitor, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
    struct event *second = event_new(base, -1, EV_PERSIST, on_second, NULL);
    if (!listener || !second || event_add(second, &(struct timeval){.tv_sec = 1}) != 0)
        return complain(NULL);
    event_base_dispatch(base);
    event_free(second);
    evconnlistener_free(listener);
    event_base_free(base);
    tacit_config_free(config);
    return 0;
}
