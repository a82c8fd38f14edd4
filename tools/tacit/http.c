/* http.c: lines and header fields (RFC 9112 2, 5).
 *
 * A line ends with LF, with or without CR before it. A field that is folded, that has a space
 * before its colon, or that holds a control byte makes the whole message bad: software that is
 * lenient here disagrees with its neighbours. */
#include "http.h"

#include <string.h>
#include <strings.h>

size_t http_head_end(const char *bytes, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (bytes[i] != '\n')
            continue;
        if (bytes[i + 1] == '\n')
            return i + 2;
        if (i + 2 < n && bytes[i + 1] == '\r' && bytes[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

size_t http_line(const char *head, const char **next)
{
    const char *end = strchr(head, '\n');
    size_t n = end ? (size_t)(end - head) : strlen(head);
    *next = head + n + (end != NULL);
    return n && head[n - 1] == '\r' ? n - 1 : n;
}

static bool is_token(const char *p, size_t n)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (!c || !strchr(marks, c)))
            return false;
    }
    return n > 0;
}

static bool is_text(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] >= 0 && p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool http_field(struct http_field *field, const char *at, bool *bad)
{
    size_t n = http_line(at, &field->next);
    if (!n)
        return false;
    const char *colon = memchr(at, ':', n);
    field->name = at;
    field->name_len = colon ? (size_t)(colon - at) : 0;
    if (!colon || !is_token(at, field->name_len) || !is_text(colon + 1, n - field->name_len - 1)) {
        *bad = true;
        return false;
    }
    const char *value = colon + 1, *end = at + n;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    field->value = value;
    field->value_len = (size_t)(end - value);
    return true;
}

bool http_field_is(const struct http_field *field, const char *name)
{
    return strlen(name) == field->name_len && !strncasecmp(field->name, name, field->name_len);
}

bool http_has_word(const struct http_field *field, const char *word)
{
    const char *p = field->value, *end = p + field->value_len;
    while (p < end) {
        while (p < end && (is_blank(*p) || *p == ','))
            p++;
        size_t n = 0;
        while (p + n < end && p[n] != ',' && !is_blank(p[n]))
            n++;
        if (n == strlen(word) && !strncasecmp(p, word, n))
            return true;
        p += n;
    }
    return false;
}

bool http_number(const struct http_field *field, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < field->value_len; i++) {
        char c = field->value[i];
        if (c < '0' || c > '9' || i >= 18)
            return false;
        *number = *number * 10 + (uint64_t)(c - '0');
    }
    return field->value_len > 0;
}
