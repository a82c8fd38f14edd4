/* answer.c: what is sent back: a file, a page made here, or a status. */
#include "visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void put_head(struct visitor *v, int status, const char *type, uint64_t length,
                     const char *extra)
{
    char date[64];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    int n = snprintf((char *)v->chunk, VISITOR_CHUNK,
                     "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: tacit\r\nContent-Type: %s\r\n"
                     "Content-Length: %llu\r\nX-Content-Type-Options: nosniff\r\n%s%s\r\n",
                     status, http_reason(status), date, type, (unsigned long long)length, extra,
                     v->last ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
    v->chunk_n = (size_t)n;
    v->chunk_at = 0;
}

/* put_page answers with a page that is in memory and fits. */
static void put_page(struct visitor *v, int status, const char *type, const char *page,
                     const char *extra)
{
    size_t n = strlen(page);
    put_head(v, status, type, n, extra);
    if (v->request.head_only || n > VISITOR_CHUNK - v->chunk_n)
        return;
    memcpy(v->chunk + v->chunk_n, page, n);
    v->chunk_n += n;
}

static void put_status(struct visitor *v, int status, const char *extra)
{
    char page[64];
    snprintf(page, sizeof page, "%d %s\n", status, http_reason(status));
    put_page(v, status, "text/plain; charset=utf-8", page, extra);
}

/* put_redirect sends a browser from /docs to /docs/, so that relative links work. */
static void put_redirect(struct visitor *v)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    char extra[3 * HTTP_PATH_MAX + 32];
    int n = snprintf(extra, sizeof extra, "Location: /");
    for (const char *p = v->request.path; *p; p++)
        n += snprintf(extra + n, sizeof extra - (size_t)n, strchr(plain, *p) ? "%c" : "%%%02X",
                      (unsigned char)*p);
    snprintf(extra + n, sizeof extra - (size_t)n, "/\r\n");
    put_status(v, 301, extra);
}

static void put_status_page(struct visitor *v)
{
    bool as_json = !strcmp(v->request.path, "json");
    char *page = v->request.path[0] && !as_json ? NULL : status_page(v, as_json);
    if (page)
        put_page(v, 200, as_json ? "application/json" : "text/html; charset=utf-8", page,
                 "Cache-Control: no-store\r\n");
    else
        put_status(v, 404, "");
    free(page);
}

static void put_file(struct visitor *v)
{
    const char *name = v->request.is_folder ? "index.html" : v->request.path;
    uint64_t size = 0;
    int status;
    v->file = folder_open(v->server->folder, &v->request, &size, &status);
    if (v->file < 0 && status == 301) {
        put_redirect(v);
    } else if (v->file < 0) {
        put_status(v, status, "");
    } else {
        put_head(v, 200, http_media_type(name), size, "");
        v->file_left = v->request.head_only ? 0 : size;
    }
}

void answer_begin(struct visitor *v)
{
    v->answering = true;
    v->last = !v->request.keep_alive || v->server->draining;
    if (v->request.status == 405)
        put_status(v, 405, "Allow: GET, HEAD\r\n");
    else if (v->request.status != 200)
        put_status(v, v->request.status, "");
    else if (v->server->folder < 0)
        put_status_page(v);
    else
        put_file(v);
}
