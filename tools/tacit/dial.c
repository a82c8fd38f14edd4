/* dial.c: DNS, then one address after the other until one takes the connection.
 *
 * Each address gets an equal share of the time that is left, so that a dead first address leaves
 * some for the others. */
#include "dial.h"

#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void try_next(struct dial *dial);

static void on_timer_closed(uv_handle_t *handle)
{
    struct dial *dial = handle->data;
    dial->done(dial, dial->status);
}

static void finish(struct dial *dial, int status)
{
    dial->status = status;
    uv_freeaddrinfo(dial->addresses);
    dial->addresses = dial->next = NULL;
    uv_close((uv_handle_t *)&dial->timer, on_timer_closed);
}

static void why(struct dial *dial, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void why(struct dial *dial, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(dial->why, sizeof dial->why, format, args);
    va_end(args);
}

/* ---- DNS ------------------------------------------------------------------------------------- */

bool dial_resolving(const struct dial *dial)
{
    return dial->late;
}

static void on_lookup_late(uv_timer_t *timer)
{
    struct dial *dial = timer->data;
    dial->late = uv_cancel((uv_req_t *)&dial->lookup) != 0;
    why(dial, "the resolver did not answer for %s within %g seconds", dial->target->host,
        dial->timeout_ms / 1000.0);
    finish(dial, STATUS_DNS);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int err, struct addrinfo *addresses)
{
    struct dial *dial = lookup->data;
    if (dial->status) { /* the timer was first, and has told */
        uv_freeaddrinfo(addresses);
        dial->late = false;
        return;
    }
    uv_timer_stop(&dial->timer);
    if (!dial->target->numeric)
        dial->dns_ns = uv_hrtime() - dial->began;
    if (err) {
        why(dial, "no address is known for %s (%s)", dial->target->host, uv_strerror(err));
        finish(dial, STATUS_DNS);
        return;
    }
    dial->addresses = dial->next = addresses;
    dial->began = uv_hrtime();
    try_next(dial);
}

void dial_start(struct dial *dial, uv_loop_t *loop, unsigned timeout_ms, dial_done *done)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    dial->loop = loop;
    dial->done = done;
    dial->fd = -1;
    dial->timeout_ms = timeout_ms;
    dial->deadline = uv_now(loop) + timeout_ms;
    dial->lookup.data = dial->tcp.data = dial->timer.data = dial->connect.data = dial;
    dial->began = uv_hrtime();
    uv_timer_init(loop, &dial->timer);
    int err = uv_getaddrinfo(loop, &dial->lookup, on_lookup, dial->target->host, dial->target->port,
                             &hints);
    if (err) {
        why(dial, "%s cannot be looked up (%s)", dial->target->host, uv_strerror(err));
        finish(dial, STATUS_DNS);
        return;
    }
    uv_timer_start(&dial->timer, on_lookup_late, timeout_ms, 0);
}

/* ---- TCP ------------------------------------------------------------------------------------- */

static uint64_t share_of_time(const struct dial *dial)
{
    uint64_t now = uv_now(dial->loop), n = 0;
    for (const struct addrinfo *a = dial->next; a; a = a->ai_next)
        n++;
    return now >= dial->deadline ? 0 : (dial->deadline - now) / (n ? n : 1);
}

static void on_failed_closed(uv_handle_t *handle)
{
    try_next(handle->data);
}

static void on_connected_closed(uv_handle_t *handle)
{
    finish(handle->data, 0);
}

static void failed(struct dial *dial, int err)
{
    bool timeout = err == UV_ETIMEDOUT || err == UV_ECANCELED; /* we cancel when time is over */
    char where[400];
    snprintf(where, sizeof where, dial->target->numeric ? "%s" : "%s (%s)", dial->target->shown,
             dial->address);
    dial->status = timeout ? STATUS_TIMEOUT : STATUS_REFUSED;
    if (timeout)
        why(dial, "%s did not answer within %g seconds", where, dial->timeout_ms / 1000.0);
    else
        why(dial, "%s cannot be reached: %s", where, uv_strerror(err));
    if (!uv_is_closing((uv_handle_t *)&dial->tcp))
        uv_close((uv_handle_t *)&dial->tcp, on_failed_closed);
}

/* The socket changes hands as a descriptor, so that its next owner makes a handle of its own. */
static void on_connect(uv_connect_t *connect, int err)
{
    struct dial *dial = connect->data;
    uv_os_fd_t fd = -1;
    uv_timer_stop(&dial->timer);
    if (!err)
        err = uv_fileno((uv_handle_t *)&dial->tcp, &fd);
    if (!err && (dial->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
        err = -errno;
    if (err) {
        failed(dial, err);
        return;
    }
    dial->tcp_ns = uv_hrtime() - dial->began;
    uv_close((uv_handle_t *)&dial->tcp, on_connected_closed);
}

static void on_connect_late(uv_timer_t *timer)
{
    struct dial *dial = timer->data;
    uv_close((uv_handle_t *)&dial->tcp, on_failed_closed); /* on_connect hears UV_ECANCELED */
}

static void try_next(struct dial *dial)
{
    const struct addrinfo *a = dial->next;
    if (!a) {
        finish(dial, dial->status ? dial->status : STATUS_DNS);
        return;
    }
    uint64_t share = share_of_time(dial);
    dial->next = a->ai_next;
    getnameinfo(a->ai_addr, a->ai_addrlen, dial->address, sizeof dial->address, NULL, 0,
                NI_NUMERICHOST);
    int err = uv_tcp_init(dial->loop, &dial->tcp);
    if (err) {
        why(dial, "no socket: %s", uv_strerror(err));
        finish(dial, STATUS_REFUSED);
        return;
    }
    dial->tcp.data = dial;
    err = uv_tcp_connect(&dial->connect, &dial->tcp, a->ai_addr, on_connect);
    if (err)
        failed(dial, err);
    else
        uv_timer_start(&dial->timer, on_connect_late, share, 0);
}
