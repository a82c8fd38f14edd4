/* rfc8448.c: reading the text of RFC 8448. What a line is, its indentation says: 3 blanks begin a
 * step, 6 a field of it (or go on with a long title), 9 more of the field's bytes. */
#include "rfc8448.h"

#include "vectors.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

/* A page ends in the middle of whatever is on it. */
static bool is_page_break(const char *line)
{
    return !*line || *line == '\f' || !strncmp(line, "Thomson ", 8)
           || !strncmp(line, "RFC 8448 ", 9);
}

static void add_bytes(struct trace *t, const char *hex)
{
    struct trace_step *step = &t->steps[t->n - 1];
    struct trace_field *field = &step->fields[step->n - 1];
    unsigned byte;
    for (int skip; sscanf(hex, "%2x%n", &byte, &skip) == 1; hex += skip) {
        assert_true(t->used < sizeof t->bytes);
        t->bytes[t->used++] = (uint8_t)byte;
        field->bytes.n++;
    }
    assert_true(hex[strspn(hex, " ")] == 0);
}

/* "NAME (32 octets):  00 11 ...", "hash (0 octets):  (empty)", "salt:  0 (all zero octets)" */
static void begin_field(struct trace *t, const char *line, const char *colon)
{
    struct trace_step *step = &t->steps[t->n - 1];
    assert_true(step->n < TRACE_FIELDS);
    struct trace_field *field = &step->fields[step->n++];
    const char *end = line + strcspn(line, "(:");
    size_t n = (size_t)(end - line);
    while (n && line[n - 1] == ' ')
        n--;
    assert_true(n < sizeof field->name);
    memcpy(field->name, line, n);
    field->bytes.p = t->bytes + t->used;
    if (sscanf(end, "(%zu octets)", &field->said) == 1 && field->said)
        add_bytes(t, colon + 1);
}

static void add_title(struct trace_step *step, const char *text)
{
    size_t n = strlen(step->title);
    const char *same = strstr(text, " (same");
    size_t more = same ? (size_t)(same - text) : strlen(text);
    if (more && text[more - 1] == ':')
        more--;
    assert_true(n + more < sizeof step->title);
    memcpy(step->title + n, text, more);
}

static void begin_step(struct trace *t, const char *line)
{
    assert_true(t->n < TRACE_STEPS);
    struct trace_step *step = &t->steps[t->n++];
    step->by_client = !strncmp(line, "{client}  ", 10);
    assert_true(step->by_client || !strncmp(line, "{server}  ", 10));
    add_title(step, line + 10);
}

/* Every line of a step is understood; prose stands before the first. A title that goes on says
 * only to what its result is equal. */
static void add_line(struct trace *t, const char *line)
{
    size_t indent = indent_of(line);
    const char *text = line + indent, *colon = strchr(text, ':');
    if (indent == 3 && *text == '{')
        begin_step(t, text);
    else if (!t->n)
        return;
    else if (indent == 6 && colon)
        begin_field(t, text, colon);
    else if (indent == 9)
        add_bytes(t, text);
    else if (indent != 6 || t->steps[t->n - 1].n)
        fail_msg("not understood: '%s'", line);
}

/* Each field has as many bytes as the text says. */
static void check_lengths(const struct trace *t)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < t->steps[i].n; j++)
            assert_int_equal(t->steps[i].fields[j].bytes.n, t->steps[i].fields[j].said);
}

struct trace *trace_read(int section)
{
    size_t size;
    char *text = vectors_read("../rfc/rfc8448.txt", &size), *rest = text, *line;
    struct trace *t = calloc(1, sizeof *t);
    bool inside = false;
    assert_non_null(t);
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (isdigit((unsigned char)line[0]) && strstr(line, ".  "))
            inside = atoi(line) == section;
        else if (inside && !is_page_break(line))
            add_line(t, line);
    }
    free(text);
    assert_true(t->n > 0);
    check_lengths(t);
    return t;
}

span trace_find(const struct trace_step *step, const char *name)
{
    for (size_t i = 0; i < step->n; i++)
        if (!strcmp(step->fields[i].name, name))
            return step->fields[i].bytes;
    return (span){0};
}

span trace_bytes(const struct trace_step *step, const char *name)
{
    span bytes = trace_find(step, name);
    if (!bytes.p)
        fail_msg("'%s' has no '%s'", step->title, name);
    return bytes;
}
