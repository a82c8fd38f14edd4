/* link.h: the socket to the test runner. */
#ifndef BOGO_LINK_H
#define BOGO_LINK_H

#include <tacit/stream.h>

/* struct link: with `slow`, every other attempt to move bytes is put off, and the rest move one
 * byte: each place where a connection may have to wait is one where it does. */
struct link {
    int fd;
    bool slow, may_read, may_write;
};

/* link_open connects to the runner's port on loopback and says which shim this is. False, with a
 * word on stderr, if that fails. */
bool link_open(struct link *l, uint64_t port, bool ipv6, uint64_t id, bool slow);

/* link_attach lends the link to a stream: as a descriptor, or by callbacks if it is slow. */
void link_attach(struct link *l, tacit_stream *s);

/* link_go lets the next attempt in the direction that `want` names move a byte. */
void link_go(struct link *l, ptrdiff_t want);

/* link_close ends our direction, waits until the runner has ended its own, so that it does not lose
 * what was sent last, and closes. */
void link_close(struct link *l);

#endif
