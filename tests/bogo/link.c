/* link.c: the socket to the test runner, on loopback. */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(uint16_t port, bool ipv6)
{
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr *to = ipv6 ? (const void *)&v6 : (const void *)&v4;
    int one = 1, fd = socket(to->sa_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, to, ipv6 ? sizeof v6 : sizeof v4) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

bool link_open(struct link *l, uint64_t port, bool ipv6, uint64_t id, bool slow)
{
    uint8_t name[8];
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = (uint8_t)(id >> 8 * i);
    *l = (struct link){.fd = dial((uint16_t)port, ipv6), .slow = slow};
    if (l->fd >= 0 && send(l->fd, name, sizeof name, MSG_NOSIGNAL) == (ssize_t)sizeof name)
        return true;
    perror("no way to the runner");
    link_close(l);
    return false;
}

static ptrdiff_t slow_recv(void *user, uint8_t *out, size_t n)
{
    struct link *l = user;
    (void)n;
    if (!l->may_read)
        return TACIT_STREAM_WANT_READ;
    l->may_read = false;
    return recv(l->fd, out, 1, 0);
}

static ptrdiff_t slow_send(void *user, const uint8_t *data, size_t n)
{
    struct link *l = user;
    (void)n;
    if (!l->may_write)
        return TACIT_STREAM_WANT_WRITE;
    l->may_write = false;
    return send(l->fd, data, 1, MSG_NOSIGNAL);
}

void link_attach(struct link *l, tacit_stream *s)
{
    if (l->slow)
        tacit_stream_attach_callbacks(s, slow_recv, slow_send, l);
    else
        tacit_stream_attach(s, l->fd, l->fd);
}

void link_go(struct link *l, ptrdiff_t want)
{
    if (want == TACIT_STREAM_WANT_READ)
        l->may_read = true;
    if (want == TACIT_STREAM_WANT_WRITE)
        l->may_write = true;
}

void link_close(struct link *l)
{
    char rest[1024];
    if (l->fd < 0)
        return;
    shutdown(l->fd, SHUT_WR);
    while (recv(l->fd, rest, sizeof rest, 0) > 0)
        continue;
    close(l->fd);
    l->fd = -1;
}
