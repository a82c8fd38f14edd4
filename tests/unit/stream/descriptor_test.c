/* Descriptors that are no sockets, O_NONBLOCK or not, and signals: bug class 92. */
#include "certs.h"
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG = 400000 }; /* more than a pipe holds */

#define PLAIN                                                                                      \
    (tacit_config_options)                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

/* Pipes to and from the server. */
struct pipes {
    struct streams s;
    int up[2], down[2];
};

static struct pipes pipes_new(void)
{
    struct pipes p = {.s = streams_new(PLAIN, PLAIN)};
    assert_int_equal(pipe(p.up), 0);
    assert_int_equal(pipe(p.down), 0);
    tacit_stream_attach(p.s.client, p.down[0], p.up[1]);
    tacit_stream_attach(p.s.server, p.up[0], p.down[1]);
    return p;
}

static void end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void pipes_free(struct pipes *p)
{
    streams_free(&p->s);
    end(&p->up[0]), end(&p->up[1]), end(&p->down[0]), end(&p->down[1]);
}

/* The pipes would block: a stream that may not wait does not, whatever it is given. */
static void blocking_pipes_do_not_block(void **state)
{
    (void)state;
    struct pipes p = pipes_new();
    uint8_t *data = calloc(1, BIG), piece[3000];
    size_t written = 0, arrived = 0;
    bool waited = false;
    streams_up(&p.s);
    assert_int_equal(tacit_stream_read(p.s.client, piece, 1), TACIT_STREAM_WANT_READ);
    for (ptrdiff_t r; arrived < BIG;) {
        if (written < BIG) {
            r = tacit_stream_write(p.s.client, data + written, BIG - written);
            waited |= r == TACIT_STREAM_WANT_WRITE;
            assert_true(r > 0 || r == TACIT_STREAM_WANT_WRITE);
            written += r > 0 ? (size_t)r : 0;
        }
        r = tacit_stream_read(p.s.server, piece, sizeof piece);
        assert_true(r > 0 || r == TACIT_STREAM_WANT_READ);
        arrived += r > 0 ? (size_t)r : 0;
    }
    assert_true(waited);
    assert_int_equal(tacit_stream_close(p.s.client, false), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_read(p.s.server, piece, 1), TACIT_STREAM_DONE);
    free(data);
    pipes_free(&p);
}

static void *reads_all(void *server)
{
    uint8_t *piece = malloc(10000);
    size_t n = 0;
    ptrdiff_t r;
    while ((r = tacit_stream_read(server, piece, 10000)) > 0)
        n += (size_t)r;
    free(piece);
    return r == TACIT_STREAM_DONE && n == BIG ? server : NULL;
}

static atomic_int alarms; /* the signal may come to either thread */

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

/* A stream that may wait does, also where O_NONBLOCK is set, and whatever interrupts it. */
static void signals_interrupt_nothing(void **state)
{
    (void)state;
    struct pipes p = pipes_new();
    struct sigaction act = {.sa_handler = on_alarm}, before;
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    uint8_t *data = calloc(1, BIG);
    pthread_t thread;
    void *ok;
    assert_int_equal(fcntl(p.up[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(p.up[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(sigaction(SIGALRM, &act, &before), 0);
    assert_int_equal(pthread_create(&thread, NULL, reads_all, p.s.server), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    assert_int_equal(tacit_stream_handshake(p.s.client), TACIT_STREAM_DONE);
    tacit_stream_timeout(p.s.client, 20);
    assert_int_equal(tacit_stream_read(p.s.client, data, 1), TACIT_STREAM_TIMEOUT);
    tacit_stream_timeout(p.s.client, -1);
    assert_int_equal(tacit_stream_write(p.s.client, data, BIG), BIG);
    assert_int_equal(tacit_stream_close(p.s.client, false), TACIT_STREAM_DONE);
    assert_int_equal(pthread_join(thread, &ok), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_non_null(ok);
    assert_true(alarms > 5);
    free(data);
    pipes_free(&p);
}

static bool sigpipe_pending(void)
{
    sigset_t set;
    sigemptyset(&set);
    return sigpending(&set) == 0 && sigismember(&set, SIGPIPE);
}

/* Nobody reads the pipe any more: a result, no signal, and none left behind for later. One that was
 * pending before is the host's, and stays. */
static void a_broken_pipe_is_a_result(void **state)
{
    (void)state;
    sigset_t set, before;
    signal(SIGPIPE, SIG_DFL);
    for (int pending = 0; pending < 2; pending++) {
        struct pipes p = pipes_new();
        streams_up(&p.s);
        end(&p.up[0]);
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        if (pending) {
            assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
            assert_int_equal(raise(SIGPIPE), 0);
        }
        assert_int_equal(tacit_stream_write(p.s.client, "x", 1), TACIT_STREAM_ERROR);
        assert_int_equal(errno, EPIPE);
        assert_string_equal(stream_reason(p.s.client), "TRANSPORT_FAILED");
        assert_int_equal(sigpipe_pending(), pending);
        if (pending) {
            int number;
            assert_int_equal(sigwait(&set, &number), 0);
            assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
        }
        pipes_free(&p);
    }
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &before), 0);
    assert_false(sigismember(&before, SIGPIPE));
}

/* The pipe to the peer breaks within the handshake while the one from it stays open: no waiting for
 * an answer that cannot come. */
static void half_a_transport_ends_a_handshake(void **state)
{
    (void)state;
    struct pipes p = pipes_new();
    end(&p.up[0]);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tacit_stream_handshake(p.s.client), TACIT_STREAM_ERROR);
        assert_int_equal(errno, EPIPE);
    }
    pipes_free(&p);
}

static void descriptors_that_are_none(void **state)
{
    (void)state;
    struct streams s = streams_new(PLAIN, PLAIN);
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR); /* not attached */
    assert_int_equal(errno, EBADF);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    tacit_stream_attach(s.server, fds[0], fds[1]);
    close(fds[0]), close(fds[1]);
    assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EBADF);
    assert_int_equal(tacit_stream_error(s.server)->detail, EBADF);
    streams_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_pipes_do_not_block),
        cmocka_unit_test(signals_interrupt_nothing),
        cmocka_unit_test(a_broken_pipe_is_a_result),
        cmocka_unit_test(half_a_transport_ends_a_handshake),
        cmocka_unit_test(descriptors_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
