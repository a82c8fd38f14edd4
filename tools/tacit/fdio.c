/* fdio.c: one read or write at a time, on a thread of libuv's pool.
 *
 * The thread waits in poll for the descriptor or for the wake-up of fdio_cancel, since libuv
 * joins its threads at exit: one that is stuck in read would keep the command alive. A write to
 * a pipe is cut to PIPE_BUF bytes, which is what poll promises to be taken without blocking. */
#include "fdio.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool fdio_init(struct fdio *io, int fd, void *user)
{
    *io = (struct fdio){.fd = fd, .user = user, .wake = eventfd(0, EFD_CLOEXEC)};
    io->work.data = io;
    return io->wake >= 0;
}

void fdio_end(struct fdio *io)
{
    if (io->wake >= 0)
        close(io->wake);
    io->wake = -1;
}

void fdio_cancel(struct fdio *io)
{
    if (io->busy)
        (void)!write(io->wake, &(uint64_t){1}, sizeof(uint64_t));
}

/* wait_ready returns 0, or a UV_E... A descriptor that poll calls broken is left to read and
 * write: they know why. */
static ssize_t wait_ready(const struct fdio *io)
{
    struct pollfd fds[2] = {{.fd = io->fd, .events = io->writing ? POLLOUT : POLLIN},
                            {.fd = io->wake, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return -errno;
    return fds[1].revents ? UV_ECANCELED : 0;
}

static ssize_t step(const struct fdio *io, size_t at)
{
    for (;;) {
        size_t n = io->n - at;
        ssize_t moved = wait_ready(io);
        if (moved < 0)
            return moved;
        moved = io->writing ? write(io->fd, io->bytes + at, n < PIPE_BUF ? n : PIPE_BUF)
                            : read(io->fd, io->bytes, n);
        if (moved >= 0)
            return moved;
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
}

static void work(uv_work_t *req)
{
    struct fdio *io = req->data;
    size_t at = 0;
    do {
        io->result = step(io, at);
        if (io->result > 0)
            at += (size_t)io->result;
    } while (io->writing && io->result >= 0 && at < io->n);
    if (io->result >= 0)
        io->result = (ssize_t)at;
}

static void after(uv_work_t *req, int status)
{
    struct fdio *io = req->data;
    io->busy = false;
    io->done(io, status ? status : io->result);
}

static void start(struct fdio *io, uv_loop_t *loop, fdio_done *done)
{
    io->busy = true;
    io->done = done;
    if (uv_queue_work(loop, &io->work, work, after)) /* fails only without a work function */
        io->busy = false;
}

void fdio_read(struct fdio *io, uv_loop_t *loop, uint8_t *bytes, size_t cap, fdio_done *done)
{
    io->writing = false;
    io->bytes = bytes;
    io->n = cap;
    start(io, loop, done);
}

void fdio_write(struct fdio *io, uv_loop_t *loop, const uint8_t *bytes, size_t n, fdio_done *done)
{
    io->writing = true;
    io->bytes = (uint8_t *)(uintptr_t)bytes;
    io->n = n;
    start(io, loop, done);
}
