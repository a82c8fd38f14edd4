/* paths.c: a report of certificates as rows and as JSON. Both are the library's own words: here
 * they are only laid out. */
#define _GNU_SOURCE /* strndup */
#include "paths.h"

#include "out.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 7 };

/* text_of has one of the library's two writers fill memory of its own; NULL without any. */
static char *text_of(const tacit_report *report,
                     size_t (*write)(const tacit_report *report, char *out, size_t cap))
{
    size_t n = write(report, NULL, 0);
    char *text = malloc(n + 1);
    if (text)
        write(report, text, n + 1);
    return text;
}

static void name_subject(const tacit_report *report, struct failure *failure)
{
    tacit_attempt first = {.size = sizeof first};
    tacit_cert_info info = {.size = sizeof info};
    if (tacit_report_attempt(report, 0, &first) && first.error.reason == failure->tls.reason
        && failure->tls.depth >= 0
        && tacit_report_cert(report, 0, (size_t)failure->tls.depth, &info))
        snprintf(failure->subject, sizeof failure->subject, "%s", info.subject);
}

void paths_take(struct paths *paths, const tacit_report *report, struct failure *failure)
{
    if (!report)
        return;
    paths_end(paths);
    paths->text = text_of(report, tacit_report_text);
    char *text = text_of(report, tacit_report_json);
    json_t *whole = text ? json_loads(text, 0, NULL) : NULL;
    paths->json = json_incref(json_object_get(whole, "paths"));
    json_decref(whole);
    free(text);
    if (failure->tls.reason)
        name_subject(report, failure);
}

/* label_of finds the word before a line that is a label of its own. */
static const char *label_of(const char *line)
{
    static const char *const labels[] = {"path", "expected", "found", "also tried", "and"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t n = strlen(labels[i]);
        if (!strncmp(line, labels[i], n) && (line[n] == ':' || line[n] == ' '))
            return labels[i];
    }
    return NULL;
}

bool paths_each(const struct paths *paths, void (*row)(void *user, const char *label, char *text),
                void *user)
{
    const char *line = paths->text, *end;
    int rows = 0;
    for (; line && (end = strchr(line, '\n')) && rows < ROWS_MAX; line = end + 1) {
        const char *label = label_of(line);
        if (!label) /* the sentence and the advice, which the failure has said */
            continue;
        line += strlen(label);
        line += strspn(line, ": ");
        char *text = strndup(line, (size_t)(end - line));
        if (text)
            row(user, label, text);
        free(text);
        rows++;
    }
    return rows > 0;
}

static void print_row(void *to, const char *label, char *text)
{
    out_row(to, label, "%s", text);
}

bool paths_rows(const struct paths *paths, FILE *to)
{
    return paths_each(paths, print_row, to);
}

json_t *paths_json(const struct paths *paths)
{
    return paths->json ? json_incref(paths->json) : json_array();
}

void paths_end(struct paths *paths)
{
    free(paths->text);
    json_decref(paths->json);
    *paths = (struct paths){0};
}
