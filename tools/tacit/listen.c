/* listen.c: a listener on a TCP port. */
#include "listen.h"

#include "out.h"
#include "tool.h"

#include <netdb.h>
#include <string.h>

static int cannot_listen(const struct target *at, const char *why)
{
    return out_fail(STATUS_REFUSED, NULL, "cannot listen on %s: %s", at->shown, why);
}

int listen_open(uv_tcp_t *listener, uv_loop_t *loop, const struct target *at,
                uv_connection_cb on_connection)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int err = getaddrinfo(at->host[0] ? at->host : NULL, at->port, &hints, &found);
    if (err)
        return cannot_listen(at, gai_strerror(err));
    uv_tcp_init(loop, listener);
    err = uv_tcp_bind(listener, found->ai_addr, 0);
    freeaddrinfo(found);
    if (!err)
        err = uv_listen((uv_stream_t *)listener, 511, on_connection);
    return err ? cannot_listen(at, uv_strerror(err)) : 0;
}

void listen_say_ready(uv_tcp_t *listener)
{
    struct sockaddr_storage at;
    int n = sizeof at;
    char host[64] = "", port[8] = "";
    uv_tcp_getsockname(listener, (struct sockaddr *)&at, &n);
    getnameinfo((struct sockaddr *)&at, (socklen_t)n, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    fprintf(stderr, strchr(host, ':') ? "ready [%s]:%s\n" : "ready %s:%s\n", host, port);
}
