/* report.c: <tacit/report.h>: the paths that were tried, as structs, as lines for a person and as
 * JSON. What a rule expected, and what was found, is put in words by x509/evidence.c.
 *
 * Invariant: every name here has come through name_text or cert_name_at, which escape. */
#include "x509/report.h"

#include "conn/json_out.h"
#include "x509/parse.h"

#include <stdarg.h>
#include <stdio.h>

_Static_assert(sizeof((tacit_attempt *)0)->expected == WORDS_MAX
                   && sizeof((tacit_attempt *)0)->found == WORDS_MAX,
               "what words fill is what an attempt shows");

static const struct cert *cert_of(const struct attempt *a, size_t index)
{
    return index < a->path.n ? a->path.certs[index] : NULL;
}

size_t tacit_report_tried(const tacit_report *r)
{
    return r ? r->tried : 0;
}

bool tacit_report_attempt(const tacit_report *r, size_t index, tacit_attempt *out)
{
    if (!r || index >= r->n || !out || out->size != sizeof *out)
        return false;
    const struct attempt *a = &r->attempts[index];
    *out = (tacit_attempt){.size = sizeof *out, .n_certs = a->path.n, .anchored = a->path.anchored};
    if (a->err.reason)
        err_export(&a->err, &out->error);
    else
        out->error.depth = -1;
    evidence(r, a, out->expected, out->found);
    return true;
}

bool tacit_report_cert(const tacit_report *r, size_t index, size_t cert, tacit_cert_info *info)
{
    const struct cert *c = r && index < r->n ? cert_of(&r->attempts[index], cert) : NULL;
    if (!c || !info || info->size != sizeof *info)
        return false;
    cert_describe(c, r->has_host ? &r->host : NULL, info);
    return true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

enum { SUBJECT_SHOWN = 96 };

/* struct lines counts what it would have written, like snprintf. */
struct lines {
    char *out;
    size_t cap, n;
};

static void line(struct lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct lines *l, const char *format, ...)
{
    size_t at = l->n < l->cap ? l->n : l->cap;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->cap ? l->out + at : NULL, l->cap - at, format, args);
    va_end(args);
    l->n += n > 0 ? (size_t)n : 0;
}

/* subject_of is what a person calls a certificate: its subject, else its first name. */
static const char *subject_of(const struct cert *cert, char out[SUBJECT_SHOWN])
{
    if (!name_text(cert->subject, out, SUBJECT_SHOWN))
        (void)!cert_name_at(cert, 0, NULL, out, SUBJECT_SHOWN);
    if (!*out)
        snprintf(out, SUBJECT_SHOWN, "without a name");
    return out;
}

static void path_line(struct lines *l, const struct attempt *a)
{
    char name[SUBJECT_SHOWN];
    for (size_t i = 0; i < a->path.n; i++)
        line(l, "%s%s", i ? " <- " : "", subject_of(a->path.certs[i], name));
    line(l, "%s", a->path.anchored ? " (trusted)" : "");
}

static void error_line(struct lines *l, const struct attempt *a, const tacit_error *error)
{
    char sentence[512], name[SUBJECT_SHOWN];
    const struct cert *cert = error->depth < 0 ? NULL : cert_of(a, (size_t)error->depth);
    tacit_error_sentence(error, sentence, sizeof sentence);
    if (cert)
        line(l, "certificate %d (%s): ", (int)error->depth, subject_of(cert, name));
    line(l, "%s", sentence);
}

/* evidence_lines is what there is to say of the first path, which is the verdict's. */
static void evidence_lines(struct lines *l, const tacit_attempt *a)
{
    if (a->expected[0])
        line(l, "expected: %s\n", a->expected);
    if (a->found[0])
        line(l, "found: %s\n", a->found);
    if (a->error.reason)
        line(l, "advice: %s\n", tacit_error_advice(&a->error));
}

static void attempt_lines(struct lines *l, size_t i, const struct attempt *attempt,
                          const tacit_attempt *a)
{
    line(l, i ? "also tried: " : "path: ");
    path_line(l, attempt);
    if (a->error.reason) {
        line(l, i ? "; " : "\n");
        error_line(l, attempt, &a->error);
    }
    if (i && a->found[0])
        line(l, ": %s", a->found);
    line(l, "\n");
}

size_t tacit_report_text(const tacit_report *r, char *out, size_t cap)
{
    struct lines l = {out, cap, 0};
    tacit_attempt a = {.size = sizeof a};
    for (size_t i = 0; tacit_report_attempt(r, i, &a); i++) {
        attempt_lines(&l, i, &r->attempts[i], &a);
        if (i == 0)
            evidence_lines(&l, &a);
    }
    if (r && r->tried > r->n)
        line(&l, "and %zu paths more\n", r->tried - r->n);
    if (cap && !l.n)
        out[0] = 0;
    return l.n;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void time_member(struct json *j, const char *name, int64_t when)
{
    char text[32];
    time_text(when, text);
    js_text(j, name, text);
}

static void path_certs(struct json *j, const tacit_report *r, size_t index)
{
    tacit_cert_info info = {.size = sizeof info};
    js_open(j, "certs", '[');
    for (size_t i = 0; tacit_report_cert(r, index, i, &info); i++) {
        js_open(j, NULL, '{');
        js_text(j, "subject", info.subject);
        js_text(j, "issuer", info.issuer);
        js_text(j, "key", info.key);
        js_text(j, "serial", info.serial);
        time_member(j, "not_before", info.not_before);
        time_member(j, "not_after", info.not_after);
        js_close(j, '}');
    }
    js_close(j, ']');
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

void js_error(struct json *j, const tacit_error *error)
{
    char sentence[512];
    tacit_error_sentence(error, sentence, sizeof sentence);
    js_text(j, "reason", error->name);
    js_text(j, "rule", error->rule);
    js_number(j, "depth", error->depth);
    js_text(j, "sentence", sentence);
    js_text(j, "advice", tacit_error_advice(error));
}

static void path_error(struct json *j, const tacit_report *r, size_t index, const tacit_attempt *a)
{
    tacit_cert_info info = {.size = sizeof info};
    if (!a->error.reason) {
        js_text(j, "error", NULL);
        return;
    }
    js_open(j, "error", '{');
    js_text(j, "code", a->error.code);
    js_error(j, &a->error);
    bool named = a->error.depth >= 0 && tacit_report_cert(r, index, (size_t)a->error.depth, &info);
    js_text(j, "subject", named ? info.subject : NULL);
    js_text(j, "expected", or_null(a->expected));
    js_text(j, "found", or_null(a->found));
    js_close(j, '}');
}

void js_paths(struct json *j, const tacit_report *r)
{
    tacit_attempt a = {.size = sizeof a};
    js_open(j, "paths", '[');
    for (size_t i = 0; tacit_report_attempt(r, i, &a); i++) {
        js_open(j, NULL, '{');
        js_boolean(j, "anchored", a.anchored);
        path_certs(j, r, i);
        path_error(j, r, i, &a);
        js_close(j, '}');
    }
    js_close(j, ']');
}

size_t tacit_report_json(const tacit_report *r, char *out, size_t cap)
{
    struct json j = {.out = out, .cap = cap};
    js_open(&j, NULL, '{');
    js_text(&j, "schema", "tacit.report/1");
    js_boolean(&j, "accepted", r && r->n && !r->attempts[0].err.reason);
    if (r)
        time_member(&j, "time", r->now);
    js_number(&j, "tried", (int64_t)tacit_report_tried(r));
    js_paths(&j, r);
    js_close(&j, '}');
    return js_end(&j);
}
