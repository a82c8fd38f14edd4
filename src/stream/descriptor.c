/* descriptor.c: the system calls of the library: send, receive, wait, and read the clock.
 *
 * Invariant: nothing here waits but descriptors_wait, whatever kind of descriptor it is and whether
 * or not it has O_NONBLOCK; and nothing raises a signal in the host's process. */
#include "stream/descriptor.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool is_socket(int fd)
{
    int type, saved = errno;
    socklen_t n = sizeof type;
    bool yes = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
    errno = saved;
    return yes;
}

struct descriptors descriptors_of(int in, int out)
{
    return (struct descriptors){in, out, is_socket(in), is_socket(out)};
}

/* Only sockets take MSG_DONTWAIT. Of the others, one that poll calls ready moves at least a byte,
 * and a pipe PIPE_BUF bytes, without waiting. */
static bool ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n = poll(&p, 1, 0);
    if (n == 0)
        errno = fd < 0 ? EBADF : EAGAIN;
    return n > 0;
}

/* Only sockets take MSG_NOSIGNAL. Elsewhere the signal is held back in this thread, and taken away
 * if it is ours: one that was pending before stays. */
static ssize_t write_quietly(int fd, const uint8_t *data, size_t n)
{
    sigset_t sigpipe, before, pending;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    ssize_t sent = write(fd, data, n);
    if (sent < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
        while (sigtimedwait(&sigpipe, NULL, &(struct timespec){0}) < 0 && errno == EINTR)
            continue;
        errno = EPIPE;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent;
}

static ptrdiff_t moved(ssize_t n, tacit_stream_result blocked)
{
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? blocked : TACIT_STREAM_ERROR;
}

ptrdiff_t descriptor_recv(void *user, uint8_t *out, size_t n)
{
    const struct descriptors *d = user;
    ssize_t got;
    do {
        if (d->in_is_socket)
            got = recv(d->in, out, n, MSG_DONTWAIT);
        else
            got = ready(d->in, POLLIN) ? read(d->in, out, n) : -1;
    } while (got < 0 && errno == EINTR);
    return moved(got, TACIT_STREAM_WANT_READ);
}

ptrdiff_t descriptor_send(void *user, const uint8_t *data, size_t n)
{
    const struct descriptors *d = user;
    size_t piece = n < PIPE_BUF ? n : PIPE_BUF;
    ssize_t sent;
    do {
        if (d->out_is_socket)
            sent = send(d->out, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        else
            sent = ready(d->out, POLLOUT) ? write_quietly(d->out, data, piece) : -1;
    } while (sent < 0 && errno == EINTR);
    return moved(sent, TACIT_STREAM_WANT_WRITE);
}

bool descriptors_wait(const struct descriptors *d, bool in, bool out, int ms)
{
    struct pollfd p[2] = {{.fd = in ? d->in : -1, .events = POLLIN},
                          {.fd = out ? d->out : -1, .events = POLLOUT}};
    return poll(p, 2, ms) >= 0 || errno == EINTR; /* who waits looks at the clock again */
}

uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
