/* tacit/stream.h: a connection as a stream, for hosts that want to read and write.
 *
 * The layer above conn.h, and the only one of the library that touches descriptors: it moves the
 * connection's bytes over them, or through two callbacks, and waits where the host lets it wait.
 *
 *     tacit_stream *s = tacit_stream_new(tacit_client_new(config, "example.org", &error), &error);
 *     tacit_stream_attach(s, fd, fd);
 *     tacit_stream_write(s, "hello\n", 6);
 *     while ((n = tacit_stream_read(s, buffer, sizeof buffer)) > 0)
 *         ...
 *
 * Every operation returns at once what it could do, or one of the negative values below, which say
 * what to do before the same call is made again. What is over stays over: a call that failed fails
 * again. One thread at a time, and one operation: a callback that begins another one gets ERROR,
 * EINVAL.
 *
 * errno is left as it was by what succeeds, and is EAGAIN after a WANT, ETIMEDOUT after TIMEOUT,
 * ECONNRESET after TRUNCATED. After ERROR it is that of the system call (EPIPE, ECONNRESET...),
 * EPROTO where TLS failed, EINVAL or ENOTCONN where the call makes no sense. */
#ifndef TACIT_STREAM_H
#define TACIT_STREAM_H

#include <tacit/conn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_stream is a connection and the way to its peer. */
typedef struct tacit_stream tacit_stream;

/* tacit_stream_result is what an operation returns that is no number of bytes. */
typedef enum tacit_stream_result {
    TACIT_STREAM_DONE = 0,        /* it is done; of a read: the peer has ended with close_notify */
    TACIT_STREAM_ERROR = -1,      /* over, see tacit_stream_error                                */
    TACIT_STREAM_WANT_READ = -2,  /* wait until the transport can be read, and call again        */
    TACIT_STREAM_WANT_WRITE = -3, /* wait until the transport can be written, and call again     */
    TACIT_STREAM_WANT_TASK = -4,  /* take the connection's task, answer it (tacit/task.h), and call
                                   * again                                                       */
    TACIT_STREAM_TRUNCATED = -5,  /* the peer's transport ended without close_notify: data may be
                                   * missing (RFC 9846 6.1)                                      */
    TACIT_STREAM_TIMEOUT = -6     /* the time that tacit_stream_timeout allows is over; nothing is
                                   * lost, the call can be made again                            */
} tacit_stream_result;

/* tacit_recv puts at most `n` bytes from the peer into `out` and returns how many; 0 if there will
 * be no more; TACIT_STREAM_ERROR, with errno set, if it failed. Any other result is handed on to
 * the caller of the stream as it is: a WANT if nothing has come, TIMEOUT. So it may be what
 * tacit_stream_read of another stream returns, for TLS inside TLS. */
typedef ptrdiff_t (*tacit_recv)(void *user, uint8_t *out, size_t n);

/* tacit_send takes at most `n` bytes for the peer and returns how many, never 0; else as
 * tacit_recv. After a WANT the same bytes come again, from the same place. */
typedef ptrdiff_t (*tacit_send)(void *user, const uint8_t *data, size_t n);

/* tacit_stream_new makes a stream over a connection that has moved no bytes yet, and takes it over
 * (tacit_stream_free ends both): also if there is no memory, in which case it is freed and NULL
 * returned. Its memory comes from the connection's environment. */
TACIT_API tacit_stream *tacit_stream_new(tacit_conn *conn, tacit_error *error);

/* tacit_stream_free frees the stream and its connection. It sends nothing (tacit_stream_close does)
 * and leaves the descriptors open. NULL is fine. */
TACIT_API void tacit_stream_free(tacit_stream *stream);

/* tacit_stream_attach lends the stream descriptors to receive from and to send to until it is
 * freed: a connected socket twice, two pipes, a terminal. Whether they have O_NONBLOCK makes no
 * difference, and it is not changed; no signal SIGPIPE is raised. */
TACIT_API void tacit_stream_attach(tacit_stream *stream, int in, int out);

/* tacit_stream_attach_callbacks lets the host move the bytes. The stream then never waits itself:
 * callbacks that wait make a stream that waits. A host that has read on, past where TLS began, has
 * `recv` hand out that first. */
TACIT_API void tacit_stream_attach_callbacks(tacit_stream *stream, tacit_recv recv, tacit_send send,
                                             void *user);

/* tacit_stream_timeout says how many milliseconds one operation over descriptors may wait. Below 0,
 * the default, as long as it takes; 0, not at all, which makes the stream non-blocking: it returns
 * a WANT. The handshake's own deadline is an option of the configuration. */
TACIT_API void tacit_stream_timeout(tacit_stream *stream, int ms);

/* tacit_stream_handshake does the handshake to its end: DONE when the peer is proven as the
 * configuration asks, and has been sent all that it waits for. The operations below do it where it
 * is missing, so calling it is optional. */
TACIT_API tacit_stream_result tacit_stream_handshake(tacit_stream *stream);

/* tacit_stream_read waits for plaintext and puts at most `n` bytes of it into `out`; `n` may not be
 * 0. Returns how many, or a tacit_stream_result. The stream can be written after a DONE or
 * TRUNCATED. */
TACIT_API ptrdiff_t tacit_stream_read(tacit_stream *stream, void *out, size_t n);

/* tacit_stream_write sends plaintext, and returns how many bytes of it have been handed to the
 * transport entirely: `n` where it may wait as long as it takes, else perhaps fewer. After a WANT
 * or TIMEOUT call again with the same bytes, with more behind them if you like and at any place in
 * memory: some of them are sealed already. */
TACIT_API ptrdiff_t tacit_stream_write(tacit_stream *stream, const void *data, size_t n);

/* tacit_stream_close sends close_notify, after which only reading goes on (RFC 9846 6.1). If
 * `wait`, it then throws away what the peer still sends, and is DONE when the peer's own
 * close_notify has come. A handshake that is not over it ends; of a connection that failed it sends
 * the alert, if that has not gone yet, and is ERROR. */
TACIT_API tacit_stream_result tacit_stream_close(tacit_stream *stream, bool wait);

/* tacit_stream_pending is how many bytes can be read without the transport: a host that waits for a
 * descriptor reads these first. */
TACIT_API size_t tacit_stream_pending(const tacit_stream *stream);

/* tacit_stream_deadline is how many milliseconds are left for the handshake, -1 if it has no
 * deadline: how long a host that waits itself may wait before it calls again. It is what poll(2)
 * takes. */
TACIT_API int tacit_stream_deadline(const tacit_stream *stream);

/* tacit_stream_error lends the first failure, the transport's or the connection's, until the stream
 * is freed; NULL if there was none. */
TACIT_API const tacit_error *tacit_stream_error(const tacit_stream *stream);

/* tacit_stream_conn lends the connection, for tacit/info.h and tacit/task.h; its bytes are the
 * stream's to move. */
TACIT_API tacit_conn *tacit_stream_conn(const tacit_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
