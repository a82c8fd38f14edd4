/* out.c: rows for people, JSON for programs.
 *
 * stdout is data, stderr is talk. Colour is only ever an addition (bold and red, never the only
 * sign), only on a terminal, and never with NO_COLOR. A terminal obeys control bytes, and a name
 * must not be able to forge a line: whatever is printed in a row loses them here, file names and
 * words of the command line too. Bytes that came from a peer pass out_escape before, which leaves
 * ASCII alone. */
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

static const char hex[] = "0123456789abcdef";

/* char_at is how many bytes the character at `p` has; 0: it is none to be shown, but a control
 * character, or no UTF-8. */
static size_t char_at(const unsigned char *p)
{
    if (*p < 0x80)
        return *p >= 0x20 && *p != 0x7f;
    size_t n = *p < 0xc2 || *p > 0xf4 ? 0 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return *p == 0xc2 && p[1] < 0xa0 ? 0 : n;
}

static void put_clean(FILE *to, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = char_at(p);
        if (n)
            fwrite(p, 1, n, to);
        else
            fprintf(to, "\\x%c%c", hex[*p >> 4], hex[*p & 15]);
        p += n ? n : 1;
    }
}

static void row(FILE *to, const char *label, const char *paint, const char *format, va_list args)
{
    bool on = colour(to);
    fprintf(to, "%s%-*s%s ", on ? paint : "", LABEL_WIDTH, label, on ? "\033[0m" : "");
    char *text = NULL;
    if (vasprintf(&text, format, args) >= 0) {
        put_clean(to, text);
        free(text);
    }
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
