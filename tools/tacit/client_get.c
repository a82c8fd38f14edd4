/* client_get.c: connect --get: one page over HTTP/1.1 to standard output. */
#include "client.h"

#include "out.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

static void begin(struct client *c)
{
    bool usual = !strcmp(c->target.port, "443");
    char host[280];
    snprintf(host, sizeof host, "%s", c->target.shown);
    if (usual)
        *strrchr(host, ':') = 0;
    int n = snprintf(c->request, sizeof c->request,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tacit\r\nAccept: */*\r\n"
                     "Connection: close\r\n\r\n",
                     c->path, host);
    c->request_n = n > 0 && (size_t)n < sizeof c->request ? (size_t)n : 0;
    c->link.idle_ms = c->timeout_ms;
    c->response = calloc(1, sizeof *c->response);
    if (!c->response || !c->request_n) {
        failure_own(&c->report.failure, STATUS_INTERNAL, "internal", "no memory for the request");
        client_end(c);
    }
}

/* read_page feeds what has come to the reader of HTTP, as far as standard output takes the body. */
static void read_page(struct client *c)
{
    for (;;) {
        tacit_span in = tacit_conn_app_in_buf(c->link.conn);
        size_t room = outlet_room(c), n = in.n < room ? in.n : room, body_n;
        const uint8_t *body;
        if (!n || c->response->state == HTTP_DONE || c->response->state == HTTP_BAD)
            return;
        n = http_response_feed(c->response, in.p, n, &body, &body_n);
        if (body_n)
            outlet_put(c, body, body_n);
        tacit_conn_app_in_done(c->link.conn, n);
    }
}

static void judge(struct client *c)
{
    struct http_response *r = c->response;
    tacit_read_end end = tacit_conn_read_end(c->link.conn);
    bool drained = tacit_conn_app_in_buf(c->link.conn).n == 0;
    if (r->state == HTTP_BAD) {
        failure_own(&c->report.failure, 24, "tls.protocol",
                    "TLS works, but the server did not answer in HTTP/1.1");
    } else if (r->state != HTTP_DONE) {
        if (end == TACIT_READ_OPEN || !drained)
            return;
        /* a body without a length ends with the stream, and then only close_notify tells its end
         * from a cut */
        if (end != TACIT_READ_CLEAN || !http_response_end(r))
            failure_own(&c->report.failure, STATUS_TRUNCATED, "tls.truncated",
                        "the connection ended in the middle of the page, after %llu bytes",
                        (unsigned long long)r->body);
    }
    client_end(c);
}

static void progress(struct client *c)
{
    c->request_at +=
        tacit_conn_write(c->link.conn, c->request + c->request_at, c->request_n - c->request_at);
    read_page(c);
    judge(c);
}

static void stop(struct client *c)
{
    if (!c->response)
        return;
    c->report.http_status = c->response->status;
    c->report.http_body = c->response->body;
    out_escape(c->report.http_phrase, sizeof c->report.http_phrase, c->response->phrase,
               strlen(c->response->phrase));
    free(c->response);
    c->response = NULL;
}

const struct client_mode client_get = {.begin = begin, .progress = progress, .stop = stop};
