/* http_response.c: a response as it comes, for `connect --get` (RFC 9112 4, 6, 7).
 *
 * The point of reading it is to know when it is complete: a connection that is cut before that
 * must not pass for a page. The body is not copied, but lent out of the bytes that were fed. */
#include "http.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum http_state status_line(struct http_response *r, const char *line, size_t n)
{
    if (n < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
        return HTTP_BAD;
    for (int i = 9; i < 12; i++)
        if (!isdigit((unsigned char)line[i]))
            return HTTP_BAD;
    r->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    snprintf(r->phrase, sizeof r->phrase, "%.*s", n > 13 ? (int)(n - 13) : 0, line + 13);
    return HTTP_HEAD;
}

/* framing decides how the body ends (RFC 9112 6.3). */
static enum http_state framing(struct http_response *r, const char *at)
{
    struct http_field field;
    bool bad = false, chunked = false, coded = false, sized = false;
    uint64_t length;
    for (; http_field(&field, at, &bad); at = field.next) {
        if (http_field_is(&field, "transfer-encoding")) {
            coded = true;
            chunked = http_has_word(&field, "chunked");
        } else if (http_field_is(&field, "content-length")) {
            if (!http_number(&field, &length) || (sized && length != r->left))
                return HTTP_BAD;
            sized = true;
            r->left = length;
        }
    }
    if (bad)
        return HTTP_BAD;
    if (r->status / 100 == 1) /* an interim answer: the real one follows */
        return HTTP_HEAD;
    if (r->status == 204 || r->status == 304)
        return HTTP_DONE;
    if (coded)
        return chunked ? HTTP_CHUNK : HTTP_CLOSE;
    if (sized)
        return r->left ? HTTP_LENGTH : HTTP_DONE;
    return HTTP_CLOSE;
}

static enum http_state head(struct http_response *r)
{
    const char *next;
    size_t n = http_line(r->head, &next);
    r->left = 0;
    if (memchr(r->head, 0, r->used) || status_line(r, r->head, n) == HTTP_BAD)
        return HTTP_BAD;
    return framing(r, next);
}

/* take_head copies bytes one by one up to the empty line: what follows belongs to the body. */
static size_t take_head(struct http_response *r, const uint8_t *bytes, size_t n)
{
    size_t taken = 0;
    while (taken < n && r->state == HTTP_HEAD) {
        if (r->used == HTTP_HEAD_MAX) {
            r->state = HTTP_BAD;
            break;
        }
        r->head[r->used++] = (char)bytes[taken++];
        r->head[r->used] = 0;
        size_t from = r->used > 3 ? r->used - 3 : 0;
        if (r->head[r->used - 1] == '\n' && http_head_end(r->head + from, r->used - from)) {
            r->state = head(r);
            r->used = 0;
        }
    }
    return taken;
}

/* take_line collects a line of the chunked coding in `head`; true when it is whole. */
static bool take_line(struct http_response *r, const uint8_t *bytes, size_t n, size_t *taken)
{
    for (*taken = 0; *taken < n;) {
        char c = (char)bytes[(*taken)++];
        if (c == '\n') {
            if (r->used && r->head[r->used - 1] == '\r')
                r->used--;
            r->head[r->used] = 0;
            return true;
        }
        if (r->used == HTTP_LINE_MAX) {
            r->state = HTTP_BAD;
            return false;
        }
        r->head[r->used++] = c;
    }
    return false;
}

static enum http_state chunk_size(struct http_response *r)
{
    r->left = 0;
    size_t i = 0;
    for (; isxdigit((unsigned char)r->head[i]); i++) {
        unsigned char c = (unsigned char)r->head[i];
        if (i == 15)
            return HTTP_BAD;
        r->left = r->left << 4 | (uint64_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (!i || (r->head[i] && !strchr("; \t", r->head[i])))
        return HTTP_BAD;
    return r->left ? HTTP_DATA : HTTP_TRAILER;
}

static size_t take_chunk_line(struct http_response *r, const uint8_t *bytes, size_t n)
{
    size_t taken;
    if (!take_line(r, bytes, n, &taken))
        return taken;
    if (r->state == HTTP_CHUNK)
        r->state = chunk_size(r);
    else if (r->state == HTTP_DATA_END)
        r->state = r->used ? HTTP_BAD : HTTP_CHUNK;
    else if (!r->used)
        r->state = HTTP_DONE;
    r->used = 0;
    return taken;
}

static size_t take_body(struct http_response *r, size_t n)
{
    if (r->state != HTTP_CLOSE) {
        n = n < r->left ? n : (size_t)r->left;
        r->left -= n;
        if (!r->left)
            r->state = r->state == HTTP_DATA ? HTTP_DATA_END : HTTP_DONE;
    }
    r->body += n;
    return n;
}

size_t http_response_feed(struct http_response *r, const uint8_t *bytes, size_t n,
                          const uint8_t **body, size_t *body_len)
{
    *body = bytes;
    *body_len = 0;
    switch (r->state) {
    case HTTP_HEAD:
        return take_head(r, bytes, n);
    case HTTP_CHUNK:
    case HTTP_DATA_END:
    case HTTP_TRAILER:
        return take_chunk_line(r, bytes, n);
    case HTTP_LENGTH:
    case HTTP_DATA:
    case HTTP_CLOSE:
        return *body_len = take_body(r, n);
    case HTTP_DONE:
    case HTTP_BAD:
        break;
    }
    return 0;
}

bool http_response_end(struct http_response *r)
{
    if (r->state == HTTP_CLOSE)
        r->state = HTTP_DONE;
    return r->state == HTTP_DONE;
}
