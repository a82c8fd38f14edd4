/* descriptor.h: bytes over file descriptors: what can be moved at once, and waiting for more. */
#ifndef STREAM_DESCRIPTOR_H
#define STREAM_DESCRIPTOR_H

#include <tacit/stream.h>

/* struct descriptors are lent by the host: they are neither changed nor closed. */
struct descriptors {
    int in, out;
    bool in_is_socket, out_is_socket;
};

/* descriptors_of looks at what the two are. */
struct descriptors descriptors_of(int in, int out);

/* descriptor_recv and descriptor_send are a tacit_recv and a tacit_send over struct descriptors:
 * they never wait, whether O_NONBLOCK is set or not, and raise no SIGPIPE. */
ptrdiff_t descriptor_recv(void *user, uint8_t *out, size_t n);
ptrdiff_t descriptor_send(void *user, const uint8_t *data, size_t n);

/* descriptors_wait waits until something can be received, or sent, or `ms` are over (-1: never).
 * False, with errno set, if that cannot be. */
bool descriptors_wait(const struct descriptors *d, bool in, bool out, int ms);

/* clock_ms is a steady clock, in milliseconds. */
uint64_t clock_ms(void);

#endif
