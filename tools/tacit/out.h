/* out.h: what the command says: rows of text for people, JSON for programs, and never a control
 * byte of a stranger. */
#ifndef TOOL_OUT_H
#define TOOL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OUT_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* out_row prints one row: a label in its own column, then text, of which control characters and
 * what is no UTF-8 are escaped. The label may be "" (a row that continues). */
void out_row(FILE *to, const char *label, const char *format, ...) OUT_PRINTF(3, 4);

/* out_fail prints a failing row to stderr, labelled by the status, and one hint (NULL: none).
 * Returns `status`, so that a verb can end with it. */
int out_fail(int status, const char *hint, const char *format, ...) OUT_PRINTF(3, 4);

/* out_failed is out_fail with a label of its own. */
int out_failed(int status, const char *label, const char *hint, const char *format, ...)
    OUT_PRINTF(4, 5);

/* out_escape copies text of unknown origin to `out` (terminated, cut at `cap`): printable ASCII
 * stays, any other byte becomes \xNN. Returns `out`. */
char *out_escape(char *out, size_t cap, const void *text, size_t n);

/* out_hex writes n bytes as 2 * n lower-case hexadecimal digits, terminated; returns `out`. */
char *out_hex(char *out, const void *bytes, size_t n);

/* out_time writes seconds since 1970 as RFC 3339 in UTC ("2027-01-20T10:11:12Z"); returns `out`. */
char *out_time(char out[32], int64_t seconds);

/* out_span writes a distance in time as a person would say it: "61 days", "2 years", "3 hours";
 * returns `out`. */
char *out_span(char out[32], int64_t seconds);

/* out_json prints a value and drops the reference. Returns the exit status: a failed
 * write is not silent. */
int out_json(FILE *to, json_t *value);

/* out_flush makes sure that stdout took everything: returns `status`, or STATUS_FILE after
 * saying that it did not. */
int out_flush(int status);

#endif
