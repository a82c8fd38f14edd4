/* dial.h: a connected socket, or -1. Sockets are the host's business: tacit has none. */
#ifndef EXAMPLES_DIAL_H
#define EXAMPLES_DIAL_H

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int dial(const char *host, const char *port)
{
    struct addrinfo *all = NULL, hints = {.ai_socktype = SOCK_STREAM};
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &all) != 0)
        return -1;
    for (struct addrinfo *a = all; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(all);
    return fd;
}

#endif
