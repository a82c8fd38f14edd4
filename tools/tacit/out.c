/* out.c: rows for people, JSON for programs.
 *
 * stdout is data, stderr is talk. Colour is only ever an addition (bold and red, never the only
 * sign), only on a terminal, and never with NO_COLOR. Bytes that came from a peer or a file pass
 * out_escape before they get here: a terminal obeys control bytes, and a name must not be able
 * to forge a line. */
#define _GNU_SOURCE
#include "out.h"

#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LABEL_WIDTH = 11 };

static bool colour(FILE *to)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && *no) && term && strcmp(term, "dumb") != 0 && isatty(fileno(to));
}

static void row(FILE *to, const char *label, const char *paint, const char *format, va_list args)
{
    bool on = colour(to);
    fprintf(to, "%s%-*s%s ", on ? paint : "", LABEL_WIDTH, label, on ? "\033[0m" : "");
    vfprintf(to, format, args);
    fputc('\n', to);
}

void out_row(FILE *to, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    row(to, label, "\033[1m", format, args);
    va_end(args);
}

static int failed(int status, const char *label, const char *hint, const char *format, va_list args)
{
    row(stderr, label, "\033[1;31m", format, args);
    if (hint)
        out_row(stderr, "hint", "%s", hint);
    return status;
}

int out_failed(int status, const char *label, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    failed(status, label, hint, format, args);
    va_end(args);
    return status;
}

int out_fail(int status, const char *hint, const char *format, ...)
{
    const char *label = status == STATUS_USAGE      ? "usage"
                        : status == STATUS_FILE     ? "file"
                        : status == STATUS_INTERNAL ? "internal"
                                                    : "failed";
    va_list args;
    va_start(args, format);
    failed(status, label, hint, format, args);
    va_end(args);
    return status;
}

static const char hex[] = "0123456789abcdef";

char *out_escape(char *out, size_t cap, const void *text, size_t n)
{
    const unsigned char *p = text;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        bool plain = p[i] >= 0x20 && p[i] < 0x7f;
        if (used + (plain ? 1 : 4) >= cap)
            break;
        if (plain) {
            out[used++] = (char)p[i];
            continue;
        }
        memcpy(out + used, (char[]){'\\', 'x', hex[p[i] >> 4], hex[p[i] & 15]}, 4);
        used += 4;
    }
    out[used] = 0;
    return out;
}

char *out_hex(char *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex[p[i] >> 4];
        out[2 * i + 1] = hex[p[i] & 15];
    }
    out[2 * n] = 0;
    return out;
}

char *out_time(char out[32], int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
        snprintf(out, 32, "%lld", (long long)seconds);
    return out;
}

char *out_span(char out[32], int64_t seconds)
{
    static const struct {
        int64_t unit, from;
        const char *one, *many;
    } units[] = {
        {365 * 86400, 2 * 365 * 86400, "year", "years"},
        {86400, 2 * 86400, "day", "days"},
        {3600, 2 * 3600, "hour", "hours"},
        {60, 60, "minute", "minutes"},
        {1, 0, "second", "seconds"},
    };
    size_t i = 0;
    if (seconds < 0)
        seconds = -seconds;
    while (seconds < units[i].from)
        i++;
    long long count = (long long)(seconds / units[i].unit);
    snprintf(out, 32, "%lld %s", count, count == 1 ? units[i].one : units[i].many);
    return out;
}

int out_json(FILE *to, json_t *value)
{
    if (!value)
        return out_fail(STATUS_INTERNAL, NULL, "no memory for the report");
    int failed = json_dumpf(value, to, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
    json_decref(value);
    if (!failed)
        fputc('\n', to);
    return to == stdout ? out_flush(STATUS_OK) : STATUS_OK;
}

int out_flush(int status)
{
    if (fflush(stdout) || ferror(stdout))
        return out_fail(STATUS_FILE, NULL, "cannot write to standard output: %s", strerror(errno));
    return status;
}
