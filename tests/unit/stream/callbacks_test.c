/* Streams over callbacks: a byte at a time, EAGAIN everywhere, an end at every byte, TLS inside
 * TLS. Bug class 68. */
#include "certs.h"
#include "streams.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PLAIN                                                                                      \
    (tacit_config_options)                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

/* struct line is what is under way to one end. */
struct line {
    uint8_t bytes[20000];
    size_t begin, n;
};

/* struct way is a transport as one end sees it. */
struct way {
    struct line *in, *out;
    size_t most;   /* bytes that one call moves                                        */
    bool stutters; /* every other call moves nothing                                   */
    unsigned calls;
    size_t recv_left; /* bytes after which `recv_end` is what a receive returns           */
    size_t send_left; /* the same for sending                                             */
    ptrdiff_t recv_end, send_end;
    int number; /* errno of an end                                                        */
};

static ptrdiff_t way_recv(void *user, uint8_t *out, size_t n)
{
    struct way *w = user;
    if (w->recv_left == 0) {
        errno = w->number;
        return w->recv_end;
    }
    if (w->in->n == 0 || (w->stutters && w->calls++ % 2))
        return TACIT_STREAM_WANT_READ;
    n = n < w->most ? n : w->most;
    n = n < w->in->n ? n : w->in->n;
    n = n < w->recv_left ? n : w->recv_left;
    memcpy(out, w->in->bytes + w->in->begin, n);
    w->in->begin += n;
    w->in->n -= n;
    w->recv_left -= n;
    return (ptrdiff_t)n;
}

static ptrdiff_t way_send(void *user, const uint8_t *data, size_t n)
{
    struct way *w = user;
    if (w->send_left == 0) {
        errno = w->number;
        return w->send_end;
    }
    if (w->stutters && w->calls++ % 2)
        return TACIT_STREAM_WANT_WRITE;
    n = n < w->most ? n : w->most;
    n = n < w->send_left ? n : w->send_left;
    assert_true(n > 0);
    if (w->out->n == 0)
        w->out->begin = 0;
    assert_true(w->out->begin + w->out->n + n <= sizeof w->out->bytes);
    memcpy(w->out->bytes + w->out->begin + w->out->n, data, n);
    w->out->n += n;
    w->send_left -= n;
    return (ptrdiff_t)n;
}

struct world {
    struct streams s;
    struct line up, down;
    struct way client, server;
};

static void world_new(struct world *w, tacit_config_options client)
{
    memset(w, 0, sizeof *w);
    w->s = streams_new(client, PLAIN);
    struct way way = {.most = SIZE_MAX, .recv_left = SIZE_MAX, .send_left = SIZE_MAX};
    w->client = w->server = way;
    w->client.in = w->server.out = &w->down;
    w->client.out = w->server.in = &w->up;
    tacit_stream_attach_callbacks(w->s.client, way_recv, way_send, &w->client);
    tacit_stream_attach_callbacks(w->s.server, way_recv, way_send, &w->server);
}

static bool is_wait(ptrdiff_t r)
{
    return r == TACIT_STREAM_WANT_READ || r == TACIT_STREAM_WANT_WRITE;
}

static void moves(tacit_stream *from, tacit_stream *to, const char *text)
{
    char got[16] = {0};
    size_t n = 0;
    ptrdiff_t w = TACIT_STREAM_WANT_WRITE, r;
    while (n < strlen(text)) {
        if (is_wait(w))
            w = tacit_stream_write(from, text, strlen(text));
        assert_true(is_wait(w) || w == (ptrdiff_t)strlen(text));
        r = tacit_stream_read(to, got + n, sizeof got - n);
        assert_true(is_wait(r) || r > 0);
        n += r > 0 ? (size_t)r : 0;
    }
    assert_string_equal(got, text);
}

static void closes(tacit_stream *a, tacit_stream *b)
{
    tacit_stream_result ra, rb;
    do {
        ra = tacit_stream_close(a, true);
        rb = tacit_stream_close(b, true);
        assert_true(ra == TACIT_STREAM_DONE || is_wait(ra));
        assert_true(rb == TACIT_STREAM_DONE || is_wait(rb));
    } while (ra != TACIT_STREAM_DONE || rb != TACIT_STREAM_DONE);
}

/* A whole life, a byte at a time, where every other call would block; the mode of the stream makes
 * no difference, for it is the callbacks that wait or do not. */
static void a_byte_at_a_time(void **state)
{
    static struct world w;
    (void)state;
    for (int stutters = 0; stutters < 2; stutters++) {
        world_new(&w, PLAIN);
        w.client.most = w.server.most = 1;
        w.client.stutters = w.server.stutters = stutters;
        streams_up(&w.s);
        tacit_stream_timeout(w.s.client, -1);
        moves(w.s.client, w.s.server, "hello");
        moves(w.s.server, w.s.client, "world");
        closes(w.s.client, w.s.server);
        streams_free(&w.s);
    }
}

/* An alert that could not be sent when the failure was told goes out by closing. */
static void the_alert_goes_out_by_closing(void **state)
{
    static struct world w;
    (void)state;
    tacit_trust *nobody = tacit_trust_new(test_env(), NULL);
    world_new(&w, (tacit_config_options){.trust = nobody});
    w.client.most = 1;
    w.client.stutters = true;
    tacit_stream_result r;
    while ((r = tacit_stream_handshake(w.s.client)) != TACIT_STREAM_ERROR) {
        assert_true(is_wait(r));
        assert_true(is_wait(tacit_stream_handshake(w.s.server)));
    }
    assert_string_equal(tacit_stream_error(w.s.client)->code, "cert.untrusted");
    assert_true(is_wait(tacit_stream_handshake(w.s.server)));
    while ((r = tacit_stream_close(w.s.client, false)) != TACIT_STREAM_ERROR)
        assert_int_equal(r, TACIT_STREAM_WANT_WRITE);
    assert_int_equal(tacit_stream_handshake(w.s.server), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(w.s.server), "PEER_ALERT");
    tacit_trust_free(nobody);
    streams_free(&w.s);
}

/* Wherever in the handshake the transport ends or fails, in either direction, the handshake is over
 * at once and for good. */
static void an_end_at_every_byte(void **state)
{
    static struct world w;
    (void)state;
    for (int sending = 0; sending < 2; sending++) {
        bool over = false;
        for (size_t at = 0; !over; at += 53) {
            world_new(&w, PLAIN);
            w.client.recv_end = at % 2 ? 0 : TACIT_STREAM_ERROR;
            w.client.send_end = TACIT_STREAM_ERROR;
            w.client.number = at % 2 ? 0 : ENETDOWN;
            *(sending ? &w.client.send_left : &w.client.recv_left) = at;
            tacit_stream_result r = TACIT_STREAM_WANT_READ, server;
            for (int turn = 0; turn < 6 && is_wait(r); turn++) {
                r = tacit_stream_handshake(w.s.client);
                server = tacit_stream_handshake(w.s.server);
                assert_true(server == TACIT_STREAM_DONE || is_wait(server));
            }
            over = r == TACIT_STREAM_DONE;
            for (int again = 0; again < 2 && !over; again++) {
                assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_ERROR);
                assert_int_equal(errno, at % 2 == 0 ? ENETDOWN : sending ? EIO : EPROTO);
                assert_string_equal(stream_reason(w.s.client),
                                    at % 2 && !sending ? "CLOSED_EARLY" : "TRANSPORT_FAILED");
            }
            assert_true(at > 0 || !over);
            streams_free(&w.s);
        }
    }
}

/* What a callback may not do ends the connection, and nothing else. */
static void callbacks_that_lie(void **state)
{
    static struct world w;
    (void)state;
    world_new(&w, PLAIN);
    w.client.send_left = 0;
    w.client.send_end = 1 << 20; /* more than there was */
    assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(w.s.client), "TOO_MUCH_DONE");
    streams_free(&w.s);

    world_new(&w, PLAIN);
    w.client.send_left = 0; /* nothing, and no reason */
    assert_true(tacit_stream_handshake(w.s.client) != TACIT_STREAM_DONE);
    assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EIO);
    streams_free(&w.s);

    world_new(&w, PLAIN);
    w.client.recv_left = 0;
    w.client.recv_end = TACIT_STREAM_TIMEOUT; /* its own wait: handed on */
    assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_TIMEOUT);
    assert_int_equal(errno, ETIMEDOUT);
    assert_null(tacit_stream_error(w.s.client));
    w.client.recv_end = TACIT_STREAM_TRUNCATED; /* an end like any other for what is inside */
    assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_ERROR);
    assert_string_equal(stream_reason(w.s.client), "CLOSED_EARLY");
    streams_free(&w.s);
}

static ptrdiff_t inner_recv(void *outer, uint8_t *out, size_t n)
{
    return tacit_stream_read(outer, out, n);
}

static ptrdiff_t inner_send(void *outer, const uint8_t *data, size_t n)
{
    return tacit_stream_write(outer, data, n);
}

/* A stream is a transport for another one. */
static void tls_inside_tls(void **state)
{
    static struct world w;
    (void)state;
    world_new(&w, PLAIN);
    w.client.most = 100;
    w.server.stutters = true;
    struct streams inner = streams_new(PLAIN, PLAIN);
    tacit_stream_attach_callbacks(inner.client, inner_recv, inner_send, w.s.client);
    tacit_stream_attach_callbacks(inner.server, inner_recv, inner_send, w.s.server);
    streams_up(&inner);
    moves(inner.client, inner.server, "hello");
    moves(inner.server, inner.client, "world");
    closes(inner.client, inner.server);
    closes(w.s.client, w.s.server);
    streams_free(&inner);
    streams_free(&w.s);
}

/* ---- calls from within ----------------------------------------------------------------------- */

static struct world nested;
static size_t refusals;

static void assert_refused(ptrdiff_t result)
{
    assert_int_equal(result, TACIT_STREAM_ERROR);
    assert_int_equal(errno, EINVAL);
    refusals++;
}

static void begin_all(tacit_stream *s)
{
    char c = 'x';
    assert_refused(tacit_stream_handshake(s));
    assert_refused(tacit_stream_read(s, &c, 1));
    assert_refused(tacit_stream_write(s, &c, 1));
    assert_refused(tacit_stream_close(s, true));
    assert_null(tacit_stream_error(s));
}

static ptrdiff_t nested_recv(void *user, uint8_t *out, size_t n)
{
    begin_all(nested.s.client);
    return way_recv(user, out, n);
}

static ptrdiff_t nested_send(void *user, const uint8_t *data, size_t n)
{
    begin_all(nested.s.client);
    return way_send(user, data, n);
}

static void nested_trace(void *user, const tacit_message *message)
{
    (void)user;
    (void)message;
    if (nested.s.client) /* the first hello goes by before there is a stream */
        begin_all(nested.s.client);
}

/* A callback that begins an operation of its own stream would recurse, or spin. */
static void an_operation_within_another_is_refused(void **state)
{
    (void)state;
    world_new(&nested, (tacit_config_options){.trace = nested_trace});
    tacit_stream_attach_callbacks(nested.s.client, nested_recv, nested_send, &nested.client);
    streams_up(&nested.s);
    assert_in_range(refusals, 4 * 8, SIZE_MAX);
    moves(nested.s.client, nested.s.server, "hello");
    moves(nested.s.server, nested.s.client, "world");
    closes(nested.s.client, nested.s.server);
    streams_free(&nested.s);
}

static void callbacks_that_are_missing_are_an_end(void **state)
{
    (void)state;
    static struct world w;
    world_new(&w, PLAIN);
    tacit_stream_attach_callbacks(w.s.client, way_recv, NULL, &w.client);
    assert_int_equal(tacit_stream_handshake(w.s.client), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EBADF);
    tacit_stream_attach_callbacks(w.s.server, NULL, way_send, &w.server);
    assert_int_equal(tacit_stream_handshake(w.s.server), TACIT_STREAM_ERROR);
    assert_int_equal(errno, EBADF);
    streams_free(&w.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_at_a_time),
        cmocka_unit_test(the_alert_goes_out_by_closing),
        cmocka_unit_test(an_end_at_every_byte),
        cmocka_unit_test(callbacks_that_lie),
        cmocka_unit_test(tls_inside_tls),
        cmocka_unit_test(an_operation_within_another_is_refused),
        cmocka_unit_test(callbacks_that_are_missing_are_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
