/* ca_http.c: OCSP over HTTP (RFC 6960 A.1): one question for each connection, by GET or by POST.
 *
 * What a peer may send is bounded by the room of an asker, and in time; how many may ask at once is
 * bounded too. Who signs is `tacit ca ocsp`'s business, what is answered ca_answer.c's. */
#include "ca.h"

#include "dial.h"
#include "http.h"
#include "listen.h"
#include "out.h"
#include "tool.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { ROOM = 16 * 1024, ASKERS_MAX = 64, PATIENCE_MS = 10000 };

static struct {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_signal_t signals[2];
    const struct ca_responder *responder;
    size_t askers;
} server;

/* struct asker is a connection. */
struct asker {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    unsigned open; /* handles that are not closed yet */
    size_t n;
    char in[ROOM + 1];
    char head[512];
    uint8_t *answer;
};

/* ---- the end of a connection ----------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    struct asker *a = handle->data;
    if (--a->open)
        return;
    server.askers--;
    OPENSSL_free(a->answer);
    free(a);
}

static void finish(struct asker *a)
{
    if (uv_is_closing((uv_handle_t *)&a->tcp))
        return;
    uv_close((uv_handle_t *)&a->tcp, on_closed);
    uv_close((uv_handle_t *)&a->timer, on_closed);
}

static void on_timeout(uv_timer_t *timer)
{
    finish(timer->data);
}

static void on_written(uv_write_t *write, int err)
{
    (void)err;
    finish(write->data);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void send_answer(struct asker *a, size_t n, const char *caching)
{
    int head = snprintf(a->head, sizeof a->head,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"
                        "Content-Length: %zu\r\nCache-Control: %s\r\nConnection: close\r\n\r\n",
                        n, caching);
    uv_buf_t bufs[2] = {uv_buf_init(a->head, (unsigned)head),
                        uv_buf_init((char *)a->answer, (unsigned)n)};
    uv_read_stop((uv_stream_t *)&a->tcp);
    a->write.data = a;
    if (uv_write(&a->write, (uv_stream_t *)&a->tcp, bufs, 2, on_written))
        finish(a);
}

static void refuse(struct asker *a, int status)
{
    int n = snprintf(a->head, sizeof a->head,
                     "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                     http_reason(status));
    uv_buf_t buf = uv_buf_init(a->head, (unsigned)n);
    uv_read_stop((uv_stream_t *)&a->tcp);
    a->write.data = a;
    if (uv_write(&a->write, (uv_stream_t *)&a->tcp, &buf, 1, on_written))
        finish(a);
}

static void answer(struct asker *a, const uint8_t *request, size_t n, bool by_get)
{
    bool cacheable;
    char caching[64] = "no-store";
    size_t size = ca_respond(server.responder, request, n, &a->answer, &cacheable);
    /* Half of its time, so that what a cache holds is never the last minute's. */
    if (cacheable && by_get)
        snprintf(caching, sizeof caching, "max-age=%d, public, no-transform, must-revalidate",
                 CA_OCSP_HOURS * 3600 / 2);
    if (size)
        send_answer(a, size, caching);
    else
        refuse(a, 500);
}

/* ---- the question ---------------------------------------------------------------------------- */

/* from_hex is the value of a hexadecimal digit, or -1. */
static int from_hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* unquote undoes the %XX of a path, into `out` of at least n bytes. Returns the length, or -1. */
static int unquote(char *out, const char *path, size_t n)
{
    int size = 0;
    for (size_t i = 0; i < n; i++) {
        int high = path[i] == '%' && i + 2 < n ? from_hex(path[i + 1]) : -1;
        int low = high >= 0 ? from_hex(path[i + 2]) : -1;
        if (path[i] == '%' && low < 0)
            return -1;
        out[size++] = path[i] == '%' ? (char)(high * 16 + low) : path[i];
        i += path[i] == '%' ? 2 : 0;
    }
    return size;
}

/* by_get: after the first slash of the path stands the request, in base64. */
static void by_get(struct asker *a, const char *path, size_t n)
{
    static char text[ROOM];
    static uint8_t der[ROOM];
    int size = n > 1 && path[0] == '/' ? unquote(text, path + 1, n - 1) : -1;
    while (size > 0 && size % 4) /* some leave the padding out */
        text[size++] = '=';
    int got = size > 0 ? EVP_DecodeBlock(der, (const uint8_t *)text, size) : -1;
    if (got < 0) {
        refuse(a, 400);
        return;
    }
    for (int i = 0; i < 2 && text[size - 1 - i] == '='; i++)
        got--;
    answer(a, der, (size_t)got, true);
}

/* struct fields is what a POST says of its body. */
struct fields {
    bool bad, has_length, is_ocsp;
    uint64_t length;
};

static struct fields read_fields(const char *at)
{
    struct fields f = {.bad = false};
    struct http_field field;
    for (; http_field(&field, at, &f.bad); at = field.next) {
        if (http_field_is(&field, "transfer-encoding"))
            f.bad = true;
        if (http_field_is(&field, "content-type"))
            f.is_ocsp = http_has_word(&field, "application/ocsp-request");
        if (!http_field_is(&field, "content-length"))
            continue;
        f.bad |= f.has_length || !http_number(&field, &f.length);
        f.has_length = true;
    }
    return f;
}

static void by_post(struct asker *a, const char *fields, size_t head)
{
    struct fields f = read_fields(fields);
    if (f.bad || !f.has_length)
        refuse(a, 400);
    else if (!f.is_ocsp)
        refuse(a, 415);
    else if (f.length > ROOM - head)
        refuse(a, 413);
    else if (a->n - head >= f.length)
        answer(a, (const uint8_t *)a->in + head, (size_t)f.length, false);
}

/* look sees whether the question is whole. */
static void look(struct asker *a)
{
    const char *fields;
    size_t head = http_head_end(a->in, a->n);
    if (!head) {
        if (a->n == ROOM)
            refuse(a, 431);
        return;
    }
    if (memchr(a->in, 0, head)) {
        refuse(a, 400);
        return;
    }
    size_t line = http_line(a->in, &fields);
    const char *path = memchr(a->in, ' ', line), *end = path ? path + 1 : NULL;
    size_t left = path ? line - (size_t)(path + 1 - a->in) : 0;
    end = path ? memchr(path + 1, ' ', left) : NULL;
    if (!end || strncmp(end, " HTTP/1.", 8))
        refuse(a, 400);
    else if (!strncmp(a->in, "GET ", 4))
        by_get(a, path + 1, (size_t)(end - path - 1));
    else if (!strncmp(a->in, "POST ", 5))
        by_post(a, fields, head);
    else
        refuse(a, 405);
}

static void on_room(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
    struct asker *a = handle->data;
    (void)hint;
    *buf = uv_buf_init(a->in + a->n, (unsigned)(ROOM - a->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct asker *a = stream->data;
    (void)buf;
    if (n < 0) {
        finish(a);
        return;
    }
    a->n += (size_t)n;
    a->in[a->n] = 0;
    if (n)
        look(a);
}

static void on_connection(uv_stream_t *listener, int err)
{
    struct asker *a = err ? NULL : calloc(1, sizeof *a);
    if (!a)
        return;
    server.askers++;
    a->open = 2;
    a->tcp.data = a->timer.data = a;
    uv_tcp_init(&server.loop, &a->tcp);
    uv_timer_init(&server.loop, &a->timer);
    uv_timer_start(&a->timer, on_timeout, PATIENCE_MS, 0);
    if (uv_accept(listener, (uv_stream_t *)&a->tcp) || server.askers > ASKERS_MAX
        || uv_read_start((uv_stream_t *)&a->tcp, on_room, on_read))
        finish(a);
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle, (void)number;
    if (!uv_is_closing((uv_handle_t *)&server.listener))
        uv_close((uv_handle_t *)&server.listener, NULL);
}

int ca_ocsp_serve(const struct ca_responder *r, const struct target *at)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    server.responder = r;
    if (uv_loop_init(&server.loop))
        return out_fail(STATUS_INTERNAL, NULL, "no event loop");
    int status = listen_open(&server.listener, &server.loop, at, on_connection);
    if (status)
        return status;
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&server.loop, &server.signals[i]);
        uv_signal_start(&server.signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&server.signals[i]);
    }
    listen_say_ready(&server.listener);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&server.signals[0], NULL);
    uv_close((uv_handle_t *)&server.signals[1], NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    uv_loop_close(&server.loop);
    return 0;
}
