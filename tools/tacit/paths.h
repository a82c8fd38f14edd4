/* paths.h: the library's report of a chain of certificates, kept after what was verified is gone:
 * for `connect`, `verify` and whoever else verifies. */
#ifndef TOOL_PATHS_H
#define TOOL_PATHS_H

#include "failure.h"

#include <stdio.h>
#include <tacit/report.h>

/* struct paths owns copies; all zero: there is no report. End it with paths_end. */
struct paths {
    char *text;   /* tacit_report_text */
    json_t *json; /* the array "paths" of tacit_report_json */
};

/* paths_take copies a report (NULL: there is none), and names in `failure` the certificate that it
 * is about. */
void paths_take(struct paths *paths, const tacit_report *report, struct failure *failure);

/* paths_rows prints the facts of the first path and the other paths that were tried, at most seven
 * rows; false: there is nothing to print. The certificate at fault stands in the failure. */
bool paths_rows(const struct paths *paths, FILE *to);

/* paths_each hands the same rows to whoever prints them in another way; `text` is as long as it
 * is. */
bool paths_each(const struct paths *paths, void (*row)(void *user, const char *label, char *text),
                void *user);

/* paths_json is the array of the paths, empty without a report; a new reference. */
json_t *paths_json(const struct paths *paths);

void paths_end(struct paths *paths);

#endif
