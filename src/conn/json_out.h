/* json_out.h: a writer of JSON that counts what it would have written, like snprintf.
 *
 *     struct json j = {.out = out, .cap = cap};
 *     js_open(&j, NULL, '{');
 *     js_text(&j, "code", "ok");
 *     js_close(&j, '}');
 *     return js_end(&j);
 *
 * In arrays, names are NULL. */
#ifndef CONN_JSON_OUT_H
#define CONN_JSON_OUT_H

#include "base/span.h"

#include <tacit/report.h>

struct json {
    char *out;
    size_t cap, n;
    bool follows; /* something stands before it in the present object or array */
};

void js_open(struct json *j, const char *name, char bracket);
void js_close(struct json *j, char bracket);

/* js_span writes bytes of unknown origin as text; js_text, with NULL for null, a string. */
void js_span(struct json *j, const char *name, span text);
void js_text(struct json *j, const char *name, const char *value);
void js_number(struct json *j, const char *name, int64_t value);
void js_hex(struct json *j, const char *name, const uint8_t *p, size_t n);
void js_boolean(struct json *j, const char *name, bool value);

/* js_end terminates the text and returns its length, which may be more than fits. */
size_t js_end(struct json *j);

/* js_error writes the members of an error: reason, rule, depth, sentence and advice. */
void js_error(struct json *j, const tacit_error *error);

/* js_paths writes the paths of a report (may be NULL) as an array "paths". */
void js_paths(struct json *j, const tacit_report *report);

#endif
