/* http_request.c: a request's head, for `serve` (RFC 9112 3).
 *
 * Only GET and HEAD of something that a file can be are answered. A request that announces a
 * body is answered too, but is the last one on its connection: the body is not read, so the next
 * request could not be found. */
#include "http.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* decode undoes percent-encoding; an encoded slash or control byte has no business in a path. */
static bool decode(char *out, size_t cap, const char *p, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)p[i];
        if (c == '%') {
            int high = i + 2 < n ? hex(p[i + 1]) : -1, low = i + 2 < n ? hex(p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
            if (c == '/')
                return false;
        }
        if (c < 0x20 || c == 0x7f || used + 1 >= cap)
            return false;
        out[used++] = (char)c;
    }
    out[used] = 0;
    return true;
}

int http_path(struct http_request *request, const char *target, size_t n)
{
    char decoded[HTTP_PATH_MAX];
    const char *query = memchr(target, '?', n);
    if (query)
        n = (size_t)(query - target);
    request->path[0] = 0;
    if (n == 0 || target[0] != '/')
        return 400;
    if (n >= HTTP_PATH_MAX)
        return 414;
    if (!decode(decoded, sizeof decoded, target, n))
        return 400;
    size_t used = 0;
    for (const char *p = decoded; *p;) {
        size_t len = strcspn(p, "/");
        if (len == 2 && !memcmp(p, "..", 2))
            return 400;
        if (len && !(len == 1 && *p == '.'))
            used += (size_t)snprintf(request->path + used, sizeof request->path - used, "%s%.*s",
                                     used ? "/" : "", (int)len, p);
        request->is_folder = p[len] == '/' || (len == 1 && *p == '.');
        p += len + (p[len] == '/');
    }
    return 200;
}

/* origin turns "https://host/path" into "/path" (RFC 9112 3.2.2). */
static void origin(const char **target, size_t *n)
{
    static const char scheme[] = "https://";
    size_t len = sizeof scheme - 1;
    if (*n < len || strncasecmp(*target, scheme, len) != 0)
        return;
    const char *slash = memchr(*target + len, '/', *n - len);
    const char *end = *target + *n;
    *target = slash ? slash : "/";
    *n = slash ? (size_t)(end - slash) : 1;
}

/* request_line reads METHOD SP TARGET SP VERSION. */
static int request_line(struct http_request *request, const char *line, size_t n)
{
    const char *space = memchr(line, ' ', n);
    if (!space)
        return 400;
    const char *target = space + 1, *end = line + n;
    const char *after = memchr(target, ' ', (size_t)(end - target));
    if (!after || end - after != 9 || memcmp(after + 1, "HTTP/", 5) != 0
        || !isdigit((unsigned char)after[6]) || after[7] != '.'
        || !isdigit((unsigned char)after[8]))
        return 400;
    if (after[6] != '1')
        return 505;
    size_t method = (size_t)(space - line), len = (size_t)(after - target);
    request->keep_alive = after[8] != '0';
    request->head_only = method == 4 && !memcmp(line, "HEAD", 4);
    if (!request->head_only && !(method == 3 && !memcmp(line, "GET", 3)))
        return 405;
    origin(&target, &len);
    return http_path(request, target, len);
}

static int fields(struct http_request *request, const char *at)
{
    struct http_field field;
    bool bad = false, persistent = request->keep_alive;
    int hosts = 0, status = 200;
    uint64_t length;
    for (; http_field(&field, at, &bad); at = field.next) {
        if (http_field_is(&field, "host"))
            hosts++;
        if (http_field_is(&field, "connection") && http_has_word(&field, "close"))
            request->keep_alive = false;
        if (http_field_is(&field, "connection") && http_has_word(&field, "keep-alive")
            && !persistent)
            request->keep_alive = true;
        if (http_field_is(&field, "transfer-encoding"))
            request->keep_alive = false;
        if (http_field_is(&field, "content-length")) {
            if (!http_number(&field, &length))
                status = 400;
            else if (length)
                request->keep_alive = false;
        }
    }
    /* RFC 9112 3.2: exactly one Host in HTTP/1.1 */
    return bad || hosts > 1 || (persistent && !hosts) ? 400 : status;
}

size_t http_request_read(struct http_request *request, const char *bytes, size_t n)
{
    char head[HTTP_HEAD_MAX + 1];
    const char *next;
    size_t skip = 0, line;
    *request = (struct http_request){.status = 200};
    while (skip < n && (bytes[skip] == '\r' || bytes[skip] == '\n')) /* RFC 9112 2.2 */
        skip++;
    size_t end = http_head_end(bytes + skip, n - skip);
    if (!end || end > HTTP_HEAD_MAX) {
        if (n - skip < HTTP_HEAD_MAX)
            return 0;
        request->status = memchr(bytes + skip, '\n', HTTP_LINE_MAX) ? 431 : 414;
        return n;
    }
    memcpy(head, bytes + skip, end);
    head[end] = 0;
    if (memchr(head, 0, end)) {
        request->status = 400;
        return n;
    }
    line = http_line(head, &next);
    request->status = line > HTTP_LINE_MAX ? 414 : request_line(request, head, line);
    if (request->status == 200)
        request->status = fields(request, next);
    if (request->status != 200)
        request->keep_alive = false;
    return skip + end;
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {{200, "OK"},
                   {301, "Moved Permanently"},
                   {400, "Bad Request"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {413, "Content Too Large"},
                   {414, "URI Too Long"},
                   {415, "Unsupported Media Type"},
                   {431, "Request Header Fields Too Large"},
                   {500, "Internal Server Error"},
                   {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Error";
}

const char *http_media_type(const char *path)
{
    static const struct {
        const char *suffix, *type;
    } types[] = {{"html", "text/html; charset=utf-8"},
                 {"htm", "text/html; charset=utf-8"},
                 {"txt", "text/plain; charset=utf-8"},
                 {"md", "text/plain; charset=utf-8"},
                 {"css", "text/css; charset=utf-8"},
                 {"js", "text/javascript; charset=utf-8"},
                 {"json", "application/json"},
                 {"svg", "image/svg+xml"},
                 {"png", "image/png"},
                 {"jpg", "image/jpeg"},
                 {"jpeg", "image/jpeg"},
                 {"gif", "image/gif"},
                 {"webp", "image/webp"},
                 {"ico", "image/x-icon"},
                 {"wasm", "application/wasm"},
                 {"pdf", "application/pdf"},
                 {"xml", "application/xml"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (!strcasecmp(dot + 1, types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}
