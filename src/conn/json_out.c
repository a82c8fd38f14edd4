/* json_out.c: writing JSON (RFC 8259).
 *
 * Invariant: what a peer chose goes through js_span, which escapes everything that is not
 * printable ASCII: no peer writes into somebody's log (bug class 129). */
#include "conn/json_out.h"

#include "wire/utf8.h"

#include <stdio.h>

static void put(struct json *j, char c)
{
    if (j->n + 1 < j->cap)
        j->out[j->n] = c;
    j->n++;
}

static void put_raw(struct json *j, const char *s)
{
    while (*s)
        put(j, *s++);
}

static void put_escape(struct json *j, uint32_t unit)
{
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", (unsigned)unit & 0xffff);
    put_raw(j, escape);
}

/* put_char writes a code point as UTF-16 does, if it is not printable ASCII. */
static void put_char(struct json *j, uint32_t c)
{
    if (c == '"' || c == '\\')
        put(j, '\\');
    if (c >= 0x20 && c < 0x7f) {
        put(j, (char)c);
    } else if (c < 0x10000) {
        put_escape(j, c);
    } else {
        put_escape(j, 0xd800 + ((c - 0x10000) >> 10));
        put_escape(j, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
}

static void put_text(struct json *j, span text)
{
    put(j, '"');
    for (rd in = rd_of(text); !rd_end(&in);) {
        uint32_t c;
        uint8_t byte;
        rd at = in;
        if (utf8_next(&at, &c)) {
            in = at;
            put_char(j, c);
        } else if (rd_u8(&in, &byte)) { /* a byte that is no text, by its value */
            put_char(j, byte);
        }
    }
    put(j, '"');
}

static void put_key(struct json *j, const char *name)
{
    if (j->follows)
        put(j, ',');
    j->follows = true;
    if (!name)
        return;
    put_text(j, span_str(name));
    put(j, ':');
}

void js_open(struct json *j, const char *name, char bracket)
{
    put_key(j, name);
    put(j, bracket);
    j->follows = false;
}

void js_close(struct json *j, char bracket)
{
    put(j, bracket);
    j->follows = true;
}

void js_span(struct json *j, const char *name, span text)
{
    put_key(j, name);
    put_text(j, text);
}

void js_text(struct json *j, const char *name, const char *value)
{
    put_key(j, name);
    if (value)
        put_text(j, span_str(value));
    else
        put_raw(j, "null");
}

void js_number(struct json *j, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    put_key(j, name);
    put_raw(j, digits);
}

void js_hex(struct json *j, const char *name, const uint8_t *p, size_t n)
{
    char digits[3];
    put_key(j, name);
    put(j, '"');
    for (size_t i = 0; i < n; i++) {
        snprintf(digits, sizeof digits, "%02x", p[i]);
        put_raw(j, digits);
    }
    put(j, '"');
}

void js_boolean(struct json *j, const char *name, bool value)
{
    put_key(j, name);
    put_raw(j, value ? "true" : "false");
}

size_t js_end(struct json *j)
{
    if (j->cap)
        j->out[j->n < j->cap ? j->n : j->cap - 1] = 0;
    return j->n;
}
