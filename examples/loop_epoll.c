/* loop_epoll CHAIN KEY PORT [VISITORS]: an echo server for thousands, in one thread, over epoll.
 *
 * A connection says what it wants; that is the set of events to wait for. */
#include "complain.h"
#include "echo.h"
#include "listen.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/queue.h>

struct visitor {
    tacit_conn *conn;
    int fd;
    uint32_t events; /* that epoll waits for */
    LIST_ENTRY(visitor) all;
};

static LIST_HEAD(, visitor) visitors;
static int loop;

static void end(struct visitor *v)
{
    LIST_REMOVE(v, all);
    tacit_conn_free(v->conn);
    close(v->fd); /* which takes it out of the loop */
    free(v);
}

/* Receives once, and sends all that can be sent. False if the transport failed. */
static bool move_bytes(struct visitor *v)
{
    ssize_t n = 0;
    if (tacit_conn_wants(v->conn) & TACIT_WANT_WIRE_IN) {
        tacit_buf room = tacit_conn_wire_in_buf(v->conn);
        n = recv(v->fd, room.p, room.n, MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return false;
        tacit_conn_wire_in_done(v->conn, n > 0 ? (size_t)n : 0);
        if (n == 0)
            tacit_conn_wire_in_eof(v->conn);
    }
    for (echo(v->conn); tacit_conn_wants(v->conn) & TACIT_WANT_WIRE_OUT; echo(v->conn)) {
        tacit_span out = tacit_conn_wire_out_buf(v->conn);
        n = send(v->fd, out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN;
        tacit_conn_wire_out_done(v->conn, (size_t)n);
    }
    return true;
}

static void serve(struct visitor *v)
{
    bool whole = move_bytes(v);
    unsigned wants = tacit_conn_wants(v->conn);
    if (!whole || wants & TACIT_WANT_CLOSED) {
        end(v);
        return;
    }
    struct epoll_event e = {.data.ptr = v};
    e.events =
        (wants & TACIT_WANT_WIRE_IN ? EPOLLIN : 0u) | (wants & TACIT_WANT_WIRE_OUT ? EPOLLOUT : 0u);
    if (e.events != v->events)
        epoll_ctl(loop, EPOLL_CTL_MOD, v->fd, &e);
    v->events = e.events;
}

static bool welcome(tacit_config *config, int listener)
{
    int fd = accept(listener, NULL, NULL);
    struct visitor *v = fd >= 0 ? calloc(1, sizeof *v) : NULL;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = v};
    if (!v)
        return false;
    *v = (struct visitor){.conn = tacit_server_new(config, NULL), .fd = fd, .events = e.events};
    LIST_INSERT_HEAD(&visitors, v, all);
    if (!v->conn || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) != 0) {
        end(v);
        return false;
    }
    tacit_conn_tick(v->conn, now_ms()); /* its handshake begins */
    return true;
}

/* Once a second: who is too slow, fails, and wants to be closed. */
static void tick_all(void)
{
    static uint64_t last;
    uint64_t now = now_ms();
    if (now - last < 1000)
        return;
    last = now;
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
        return fprintf(stderr, "usage: loop_epoll CHAIN KEY PORT [VISITORS]\n"), 2;
    tacit_config *config = echo_config(argv[1], argv[2], &error);
    int listener = config ? listen_on(argv[3]) : -1;
    struct epoll_event e = {.events = EPOLLIN}, ready[64];
    loop = epoll_create1(EPOLL_CLOEXEC);
    if (listener < 0 || loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e) != 0)
        return complain(&error);
    for (long left = argc > 4 ? atol(argv[4]) : -1; left != 0 || !LIST_EMPTY(&visitors);) {
        int n = epoll_wait(loop, ready, 64, 1000);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr)
                serve(ready[i].data.ptr);
            else if (left != 0 && welcome(config, listener) && left > 0)
                left--;
        }
        tick_all();
    }
    close(listener);
    close(loop);
    tacit_config_free(config);
    return 0;
}
