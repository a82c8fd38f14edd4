/* fdio.h: reading and writing a descriptor that may block (a terminal, a pipe, a file) without
 * stopping the loop and without making it non-blocking: that would change it for every process
 * that shares it. */
#ifndef TOOL_FDIO_H
#define TOOL_FDIO_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct fdio;

/* fdio_done gets the number of bytes (0: end of file), or a UV_E... */
typedef void fdio_done(struct fdio *io, ssize_t result);

struct fdio {
    uv_work_t work;
    void *user;
    fdio_done *done;
    int fd, wake;
    bool busy, writing;
    uint8_t *bytes;
    size_t n;
    ssize_t result;
};

/* fdio_init prepares one direction of `fd`. False, with errno, if the system has no descriptors
 * left. */
bool fdio_init(struct fdio *io, int fd, void *user);

/* fdio_read reads up to `cap` bytes; fdio_write writes all `n`. The bytes must stay until
 * `done`; one at a time. */
void fdio_read(struct fdio *io, uv_loop_t *loop, uint8_t *bytes, size_t cap, fdio_done *done);
void fdio_write(struct fdio *io, uv_loop_t *loop, const uint8_t *bytes, size_t n, fdio_done *done);

/* fdio_cancel makes what is under way end soon, with UV_ECANCELED; the loop must run until then. */
void fdio_cancel(struct fdio *io);

/* fdio_end frees it; nothing may be under way. */
void fdio_end(struct fdio *io);

#endif
