/* Streams over sockets: blocking and not, partial writes, waits, timeouts, tasks, failures. */
#include "certs.h"
#include "streams.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG = 300000 };

#define PLAIN                                                                                      \
    (tacit_config_options)                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 31 + (i >> 8));
}

static uint8_t *big(void)
{
    uint8_t *p = malloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        p[i] = pattern(i);
    return p;
}

/* ---- blocking -------------------------------------------------------------------------------- */

/* Keeps what comes until the client has ended, and only then sends it back. */
static void *answers_at_the_end(void *server)
{
    uint8_t *kept = malloc(BIG + 1);
    size_t n = 0;
    ptrdiff_t r;
    while ((r = tacit_stream_read(server, kept + n, BIG - n + 1)) > 0)
        n += (size_t)r;
    bool ok = r == TACIT_STREAM_DONE && tacit_stream_write(server, kept, n) == (ptrdiff_t)n
              && tacit_stream_close(server, true) == TACIT_STREAM_DONE;
    free(kept);
    return ok ? server : NULL;
}

/* Our end says goodbye and goes on reading; the peer's goes on writing. Bug class 67. */
static void blocking_and_half_closed(void **state)
{
    (void)state;
    struct streams s = streams_socket(PLAIN, PLAIN);
    uint8_t *data = big(), *back = malloc(BIG);
    size_t n = 0;
    ptrdiff_t r;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answers_at_the_end, s.server), 0);
    errno = 77;
    assert_int_equal(tacit_stream_write(s.client, data, BIG), BIG);
    assert_int_equal(tacit_stream_close(s.client, false), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_write(s.client, data, 1), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EPIPE);
    errno = 77;
    while (n < BIG && (r = tacit_stream_read(s.client, back + n, BIG - n)) > 0)
        n += (size_t)r;
    assert_int_equal(n, BIG);
    assert_memory_equal(data, back, BIG);
    assert_int_equal(tacit_stream_read(s.client, back, 1), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_read(s.client, back, 1), TACIT_STREAM_DONE);
    assert_int_equal(errno, 77); /* success leaves it alone */
    assert_null(tacit_stream_error(s.client));
    void *ok;
    assert_int_equal(pthread_join(thread, &ok), 0);
    assert_non_null(ok);
    free(data);
    free(back);
    streams_free(&s);
}

/* ---- non-blocking ---------------------------------------------------------------------------- */

static void waits_are_told(void **state)
{
    (void)state;
    uint8_t byte;
    struct streams s = streams_socket(PLAIN, PLAIN);
    tacit_stream_timeout(s.client, 0);
    tacit_stream_timeout(s.server, 0);
    assert_int_equal(tacit_stream_read(s.server, &byte, 1), TACIT_STREAM_WANT_READ);
    assert_int_equal(errno, EAGAIN);
    for (int again = 0; again < 3; again++)
        assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_WANT_READ);
    streams_up(&s);
    assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_WANT_READ);
    assert_int_equal(tacit_stream_read(s.client, &byte, 0), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(tacit_stream_pending(s.client), 0);
    assert_int_equal(tacit_stream_write(s.server, "abc", 3), 3);
    assert_int_equal(tacit_stream_read(s.client, &byte, 1), 1);
    assert_int_equal(byte, 'a');
    assert_int_equal(tacit_stream_pending(s.client), 2);
    assert_int_equal(tacit_stream_write(s.server, NULL, 0), 0);
    assert_null(tacit_stream_error(s.client));
    streams_free(&s);
}

/* Each attempt comes from memory of its own: nothing may be kept of the one before. */
static ptrdiff_t write_from_elsewhere(tacit_stream *to, const uint8_t *data, size_t n)
{
    uint8_t *moved = malloc(n);
    memcpy(moved, data, n);
    ptrdiff_t r = tacit_stream_write(to, moved, n);
    free(moved);
    return r;
}

static void partial_writes_of_moving_buffers(void **state)
{
    (void)state;
    struct streams s = streams_socket(PLAIN, PLAIN);
    uint8_t *data = big(), piece[1000];
    size_t written = 0, arrived = 0, waits = 0;
    streams_up(&s);
    while (arrived < BIG) {
        ptrdiff_t w = 0, r;
        if (written < BIG)
            w = write_from_elsewhere(s.client, data + written, BIG - written);
        assert_true(w >= 0 || (w == TACIT_STREAM_WANT_WRITE && errno == EAGAIN));
        if (w == TACIT_STREAM_WANT_WRITE && waits++ == 0) {
            assert_int_equal(tacit_stream_write(s.client, data + written, 1), TACIT_STREAM_ERROR);
            assert_int_equal(errno,
                             EINVAL); /* some of the bytes are sealed: they must come again */
        }
        written += w > 0 ? (size_t)w : 0;
        while ((r = tacit_stream_read(s.server, piece, sizeof piece)) > 0) {
            assert_memory_equal(piece, data + arrived, (size_t)r);
            arrived += (size_t)r;
        }
        assert_int_equal(r, TACIT_STREAM_WANT_READ);
        assert_true(written <= arrived); /* what counts as written is with the transport */
    }
    assert_true(waits > 0);
    assert_int_equal(written, BIG);
    free(data);
    streams_free(&s);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void timeouts_lose_nothing(void **state)
{
    (void)state;
    struct streams s = streams_socket(PLAIN, PLAIN);
    uint8_t *data = big(), piece[5000];
    size_t written = 0, arrived = 0;
    ptrdiff_t r;
    streams_up(&s);
    tacit_stream_timeout(s.client, 20);
    assert_int_equal(tacit_stream_read(s.client, piece, sizeof piece), TACIT_STREAM_TIMEOUT);
    assert_int_equal(errno, ETIMEDOUT);
    while ((r = tacit_stream_write(s.client, data + written, BIG - written)) > 0)
        written += (size_t)r;
    assert_int_equal(r, TACIT_STREAM_TIMEOUT);
    assert_null(tacit_stream_error(s.client));
    tacit_stream_timeout(s.client, 0);
    while (arrived < BIG) {
        if (written < BIG && (r = tacit_stream_write(s.client, data + written, BIG - written)) > 0)
            written += (size_t)r;
        if ((r = tacit_stream_read(s.server, piece, sizeof piece)) > 0) {
            assert_memory_equal(piece, data + arrived, (size_t)r);
            arrived += (size_t)r;
        }
    }
    free(data);
    streams_free(&s);
}

static void the_handshake_has_a_deadline(void **state)
{
    (void)state;
    struct streams s = streams_socket((tacit_config_options){.handshake_timeout = 40},
                                      (tacit_config_options){.handshake_timeout = 30});
    assert_int_equal(tacit_stream_deadline(s.server), -1);                  /* it has not begun */
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR); /* nobody answers */
    assert_int_equal(errno, EPROTO);
    assert_string_equal(stream_reason(s.client), "HANDSHAKE_TIMEOUT");
    tacit_stream_timeout(s.server, 0);
    tacit_stream_result r = tacit_stream_handshake(s.server);
    assert_int_equal(r, TACIT_STREAM_WANT_READ);
    assert_in_range(tacit_stream_deadline(s.server), 0, 30);
    usleep(31000);
    assert_int_equal(tacit_stream_deadline(s.server), 0);
    assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s.server), "HANDSHAKE_TIMEOUT");
    assert_int_equal(tacit_stream_deadline(s.server), -1);
    streams_free(&s);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

/* A stream that may wait for ever still comes back for a task: nobody else could do it. */
static void tasks_come_to_the_host(void **state)
{
    (void)state;
    tacit_config_options tasks = {.tasks = TACIT_TASK_KEX | TACIT_TASK_VERIFY};
    struct streams s = streams_socket(tasks, PLAIN);
    unsigned seen = 0;
    tacit_stream_result client, server;
    tacit_stream_timeout(s.server, 0);
    do {
        server = tacit_stream_handshake(s.server);
        tacit_stream_timeout(s.client, seen & TACIT_TASK_KEX ? -1 : 0);
        client = tacit_stream_handshake(s.client);
        if (client != TACIT_STREAM_WANT_TASK)
            continue;
        assert_int_equal(errno, EAGAIN);
        tacit_task *task = tacit_conn_take_task(tacit_stream_conn(s.client));
        assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_WANT_TASK);
        seen |= tacit_task_what(task);
        assert_true(tacit_task_run(task));
        assert_true(tacit_conn_answer(tacit_stream_conn(s.client), task));
    } while (client != TACIT_STREAM_DONE || server != TACIT_STREAM_DONE);
    assert_int_equal(seen, TACIT_TASK_KEX | TACIT_TASK_VERIFY);
    streams_free(&s);
}

/* ---- failures -------------------------------------------------------------------------------- */

/* Every call after a failure fails again, at once, and says the same. Bug class 68. */
static void failures_stay(void **state)
{
    (void)state;
    tacit_trust *nobody = tacit_trust_new(test_env(), NULL);
    struct streams s = streams_socket((tacit_config_options){.trust = nobody}, PLAIN);
    uint8_t byte;
    tacit_stream_timeout(s.client, 0);
    tacit_stream_timeout(s.server, 0);
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_WANT_READ);
    assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_WANT_READ);
    for (int again = 0; again < 3; again++) {
        tacit_stream_timeout(s.client, again - 1); /* it need not wait to know */
        assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR);
        assert_int_equal(errno, EPROTO);
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_ERROR);
        assert_int_equal(tacit_stream_write(s.client, &byte, 1), TACIT_STREAM_ERROR);
        assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_ERROR);
        assert_int_equal(errno, EPROTO);
        assert_string_equal(tacit_stream_error(s.client)->code, "cert.untrusted");
    }
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_ERROR);
        assert_string_equal(stream_reason(s.server), "PEER_ALERT");
    }
    tacit_trust_free(nobody);
    streams_free(&s);
}

/* The server refuses after the client's handshake is over, and goes away: the write fails, and its
 * reason is what the server said, not that it went. */
static void a_refusal_is_better_than_a_broken_pipe(void **state)
{
    (void)state;
    struct streams s =
        streams_socket(PLAIN, (tacit_config_options){.client_auth = TACIT_CLIENT_AUTH_REQUIRED});
    tacit_stream_timeout(s.client, 0);
    tacit_stream_timeout(s.server, 0);
    tacit_stream_result client;
    while ((client = tacit_stream_handshake(s.client)) != TACIT_STREAM_DONE) {
        assert_int_equal(client, TACIT_STREAM_WANT_READ);
        assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_WANT_READ);
    }
    assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s.server), "CLIENT_CERT_MISSING");
    streams_close(&s, 1);
    assert_int_equal(tacit_stream_write(s.client, "hello", 5), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s.client), "PEER_ALERT_CERT_REQUIRED");
    assert_int_equal(errno, EPROTO);
    streams_free(&s);
}

static void what_breaks_later_stays_broken(void **state)
{
    (void)state;
    static const uint8_t garbage[] = "this is no record";
    struct streams s = streams_socket(PLAIN, PLAIN);
    uint8_t byte;
    streams_up(&s);
    assert_int_equal(write(s.fd[1], garbage, sizeof garbage), sizeof garbage);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_ERROR);
        assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR);
        assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_ERROR);
        assert_int_equal(errno, EPROTO);
        assert_string_equal(tacit_stream_error(s.client)->code, "tls.protocol");
    }
    assert_int_equal(tacit_stream_read(s.server, &byte, 1), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s.server), "PEER_ALERT");
    streams_free(&s);
}

static bool no_more;

static void *scarce(void *user, size_t n)
{
    (void)user;
    return no_more ? NULL : malloc(n);
}

static void release(void *user, void *p, size_t n)
{
    (void)user, (void)n;
    free(p);
}

/* A stream that cannot be made takes its connection with it (the leak check sees it). */
static void without_memory_there_is_no_stream(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_env_options hooks = {.size = sizeof hooks, .alloc = scarce, .release = release};
    tacit_env *env = tacit_env_new(&hooks, &error);
    tacit_config_options options = {.size = sizeof options, .insecure_skip_verification = true};
    tacit_config *config = tacit_client_config(env, &options, &error);
    tacit_conn *conn = tacit_client_new(config, NULL, &error);
    assert_non_null(conn);
    no_more = true;
    assert_null(tacit_stream_new(conn, &error));
    assert_string_equal(error.name, "NO_MEMORY");
    no_more = false;

    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    tacit_stream *s = tacit_stream_new(tacit_client_new(config, NULL, &error), &error);
    tacit_stream_attach(s, fds[0], fds[0]);
    tacit_stream_timeout(s, 0);
    assert_int_equal(tacit_stream_handshake(s), TACIT_STREAM_WANT_READ);
    no_more = true;
    assert_int_equal(tacit_stream_handshake(s), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s), "NO_MEMORY");
    no_more = false;
    tacit_stream_free(s);
    close(fds[0]), close(fds[1]);

    error = (tacit_error){0};
    assert_null(tacit_stream_new(NULL, &error));
    assert_string_equal(error.name, "NO_OBJECT");
    tacit_stream_free(NULL);
    tacit_config_free(config);
    tacit_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_and_half_closed),
        cmocka_unit_test(waits_are_told),
        cmocka_unit_test(partial_writes_of_moving_buffers),
        cmocka_unit_test(timeouts_lose_nothing),
        cmocka_unit_test(the_handshake_has_a_deadline),
        cmocka_unit_test(tasks_come_to_the_host),
        cmocka_unit_test(failures_stay),
        cmocka_unit_test(what_breaks_later_stays_broken),
        cmocka_unit_test(a_refusal_is_better_than_a_broken_pipe),
        cmocka_unit_test(without_memory_there_is_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
