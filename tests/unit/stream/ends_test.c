/* How streams end: clean, truncated, reset, closed by us, closed before they were open. Bug classes
 * 67 and 68. */
#include "certs.h"
#include "streams.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PLAIN                                                                                      \
    (tacit_config_options)                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

static uint8_t byte;

static struct streams connected(void)
{
    struct streams s = streams_socket(PLAIN, PLAIN);
    streams_up(&s);
    return s;
}

static void clean_and_truncated_differ(void **state)
{
    (void)state;
    struct streams s = connected();
    assert_int_equal(tacit_stream_write(s.server, "a", 1), 1);
    assert_int_equal(tacit_stream_close(s.server, false), TACIT_STREAM_DONE);
    streams_close(&s, 1);
    assert_int_equal(tacit_stream_read(s.client, &byte, 1), 1);
    for (int again = 0; again < 3; again++)
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_DONE);
    assert_null(tacit_stream_error(s.client));
    streams_free(&s);

    s = connected();
    assert_int_equal(tacit_stream_write(s.server, "a", 1), 1);
    assert_int_equal(shutdown(s.fd[1], SHUT_WR), 0);
    assert_int_equal(tacit_stream_read(s.client, &byte, 1), 1);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_TRUNCATED);
        assert_int_equal(errno, ECONNRESET);
    }
    assert_string_equal(stream_reason(s.client), "TRUNCATED");
    assert_string_equal(tacit_stream_error(s.client)->code, "tls.truncated");
    assert_int_equal(tacit_stream_write(s.client, "b", 1), 1); /* the other direction is whole */
    assert_int_equal(tacit_stream_read(s.server, &byte, 1), 1);
    streams_free(&s);
}

static void an_end_within_the_handshake_is_an_error(void **state)
{
    (void)state;
    struct streams s = streams_socket(PLAIN, PLAIN);
    assert_int_equal(shutdown(s.fd[1], SHUT_WR), 0);
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EPROTO);
    assert_string_equal(stream_reason(s.client), "CLOSED_EARLY");
    streams_free(&s);

    s = streams_socket(PLAIN, PLAIN);
    streams_close(&s, 1);
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_ERROR);
    assert_string_equal(tacit_stream_error(s.client)->code, "tls.truncated");
    streams_free(&s);
}

/* Bytes that come before there is a handshake, from a peer that is gone at once: nobody has proven
 * them, and nobody reads them. Bug class 50. */
static void what_comes_before_the_handshake_is_not_read(void **state)
{
    (void)state;
    static const struct {
        const char *p;
        size_t n;
    } said[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x17\x03\x03\x00\x06secret", 11}, /* a record of data */
        {"\x17\x03\x03\x00\x06sec", 8},
        {"\x15\x03\x03\x00\x02\x01\x00", 7}, /* close_notify */
        {"", 0},
    };
    for (size_t i = 0; i < 2 * sizeof said / sizeof said[0]; i++) {
        struct streams s = streams_socket(PLAIN, PLAIN);
        tacit_stream *reader = i % 2 ? s.server : s.client;
        char room[64] = {0};
        const char untouched[sizeof room] = {0};
        assert_int_equal(write(s.fd[i % 2 ? 0 : 1], said[i / 2].p, said[i / 2].n), said[i / 2].n);
        streams_close(&s, i % 2 ? 0 : 1);
        for (int again = 0; again < 3; again++) {
            assert_int_equal(tacit_stream_read(reader, room, sizeof room), TACIT_STREAM_ERROR);
            assert_int_equal(tacit_stream_pending(reader), 0);
        }
        assert_memory_equal(room, untouched, sizeof room);
        assert_non_null(tacit_stream_error(reader));
        streams_free(&s);
    }
}

/* Close, then wait: the peer's last words are thrown away, its goodbye is not. */
static void closing_waits_for_the_peer_if_asked(void **state)
{
    (void)state;
    struct streams s = connected();
    assert_int_equal(tacit_stream_write(s.server, "unread", 6), 6);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_WANT_READ);
        assert_int_equal(tacit_stream_pending(s.client), 0);
    }
    assert_int_equal(tacit_stream_read(s.server, &byte, 1), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_write(s.server, "unread", 6), 6);
    assert_int_equal(tacit_stream_close(s.server, true), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_DONE);
    assert_true(tacit_conn_wants(tacit_stream_conn(s.client)) & TACIT_WANT_CLOSED);
    assert_true(tacit_conn_wants(tacit_stream_conn(s.server)) & TACIT_WANT_CLOSED);
    streams_free(&s);
}

static void a_peer_that_never_answers(void **state)
{
    (void)state;
    struct streams s = connected();
    tacit_stream_timeout(s.client, 20);
    assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_TIMEOUT);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(shutdown(s.fd[1], SHUT_WR), 0);
    assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_TRUNCATED);
    assert_int_equal(tacit_stream_close(s.client, false), TACIT_STREAM_DONE);
    streams_free(&s);
}

/* It said goodbye and went: that ours cannot be delivered takes nothing from anybody. */
static void a_peer_that_is_gone_after_its_goodbye(void **state)
{
    (void)state;
    struct streams s = connected();
    assert_int_equal(tacit_stream_close(s.server, false), TACIT_STREAM_DONE);
    streams_close(&s, 1);
    assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_write(s.client, "x", 1), TACIT_STREAM_ERROR);
    streams_free(&s);

    s = connected();
    streams_close(&s, 1); /* without a goodbye */
    assert_int_equal(tacit_stream_close(s.client, false), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EPIPE);
    assert_string_equal(stream_reason(s.client), "TRANSPORT_FAILED");
    streams_free(&s);
}

static void closed_before_it_was_open(void **state)
{
    (void)state;
    struct streams s = streams_socket(PLAIN, PLAIN);
    tacit_stream_timeout(s.server, 0);
    tacit_stream_timeout(s.client, 0);
    assert_int_equal(tacit_stream_handshake(s.client), TACIT_STREAM_WANT_READ);
    tacit_stream_timeout(s.client, -1);
    assert_int_equal(tacit_stream_close(s.client, true), TACIT_STREAM_DONE);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_ERROR);
        assert_int_equal(errno, ENOTCONN);
        assert_int_equal(tacit_stream_write(s.client, &byte, 1), TACIT_STREAM_ERROR);
    }
    assert_int_equal(tacit_stream_handshake(s.server), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(s.server), "CLOSE_DURING_HANDSHAKE");
    streams_free(&s);
}

/* A server and a client over TCP on the loopback interface. */
static struct streams over_tcp(void)
{
    struct streams s = streams_new(PLAIN, PLAIN);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    s.fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(connect(s.fd[0], (struct sockaddr *)&at, n), 0);
    s.fd[1] = accept(listener, NULL, NULL);
    assert_true(s.fd[1] >= 0);
    close(listener);
    tacit_stream_attach(s.client, s.fd[0], s.fd[0]);
    tacit_stream_attach(s.server, s.fd[1], s.fd[1]);
    streams_up(&s);
    return s;
}

/* The server resets the connection, and the client's machine knows of it. */
static void reset(struct streams *s)
{
    struct linger now = {.l_onoff = 1};
    assert_int_equal(setsockopt(s->fd[1], SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    streams_close(s, 1);
    struct pollfd hung_up = {.fd = s->fd[0], .events = POLLIN};
    assert_int_equal(poll(&hung_up, 1, 10000), 1);
}

/* The peer resets the connection while we write: a result, no signal; and not the next
 * connection's. Bug class 92. */
static void a_reset_while_writing(void **state)
{
    (void)state;
    struct streams s = over_tcp(), other = over_tcp();
    signal(SIGPIPE, SIG_DFL);
    reset(&s);
    assert_int_equal(tacit_stream_write(s.client, "a", 1), TACIT_STREAM_ERROR);
    assert_int_equal(errno, ECONNRESET);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_write(s.client, "a", 1), TACIT_STREAM_ERROR);
        assert_int_equal(errno, ECONNRESET); /* EPIPE by now, had it been asked again */
    }
    assert_string_equal(stream_reason(s.client), "TRANSPORT_FAILED");
    assert_int_equal(tacit_stream_error(s.client)->detail, ECONNRESET);
    assert_int_equal(tacit_stream_write(other.client, "b", 1), 1);
    tacit_stream_timeout(other.server, 10000);
    assert_int_equal(tacit_stream_read(other.server, &byte, 1), 1);
    assert_null(tacit_stream_error(other.client));
    streams_free(&s);
    streams_free(&other);

    s = connected();
    assert_int_equal(tacit_stream_write(s.server, "last", 4), 4);
    streams_close(&s, 1);
    assert_int_equal(tacit_stream_write(s.client, "a", 1), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EPIPE);
    char last[4]; /* what came before can be read */
    assert_int_equal(tacit_stream_read(s.client, last, sizeof last), 4);
    assert_memory_equal(last, "last", 4);
    assert_int_equal(tacit_stream_read(s.client, last, sizeof last), TACIT_STREAM_TRUNCATED);
    streams_free(&s);
}

static void a_reset_while_reading(void **state)
{
    (void)state;
    struct streams s = over_tcp();
    reset(&s);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tacit_stream_read(s.client, &byte, 1), TACIT_STREAM_ERROR);
        assert_int_equal(errno, ECONNRESET);
    }
    assert_string_equal(stream_reason(s.client), "TRANSPORT_FAILED");
    streams_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_and_truncated_differ),
        cmocka_unit_test(an_end_within_the_handshake_is_an_error),
        cmocka_unit_test(what_comes_before_the_handshake_is_not_read),
        cmocka_unit_test(closing_waits_for_the_peer_if_asked),
        cmocka_unit_test(a_peer_that_never_answers),
        cmocka_unit_test(a_peer_that_is_gone_after_its_goodbye),
        cmocka_unit_test(closed_before_it_was_open),
        cmocka_unit_test(a_reset_while_writing),
        cmocka_unit_test(a_reset_while_reading),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
