/* tacit/report.h: what became of a chain of certificates: each path that was tried, which of its
 * certificates broke which rule, what that expected and what was found. */
#ifndef TACIT_REPORT_H
#define TACIT_REPORT_H

#include <tacit/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_report is lent by what was verified: a connection (tacit_conn_report) or a verdict
 * (tacit_verdict_report), and lives as long. It is immutable. Where there is none, those lend NULL,
 * which the functions below take for a report without paths. */
typedef struct tacit_report tacit_report;

/* tacit_attempt is one path that was tried, from the leaf up. Its texts are escaped: no control
 * bytes. */
/* clang-format off */
typedef struct tacit_attempt {
    size_t size;
    tacit_error error;  /* why it was refused, and by its depth which certificate's fault that is;
                         * reason 0: it was accepted */
    size_t n_certs;     /* of the path, or of as much of it as was looked at */
    bool anchored;      /* the last one is a trust anchor */
    char expected[256]; /* what the rule asks for, such as "DNS:a.test"; may be empty */
    char found[256];    /* what stands there instead, such as "DNS:b.test, DNS:c.test" */
} tacit_attempt;
/* clang-format on */

/* tacit_report_tried is how many paths were tried; the first eight of them are told of. */
TACIT_API size_t tacit_report_tried(const tacit_report *report);

/* tacit_report_attempt fills in `attempt`, whose `size` is set by the caller. Number 0 is the path
 * that was accepted or, if none was, the one that came furthest: its error is the verdict, unless
 * the search had to be ended before it was over. The others are in the order in which they were
 * tried. False past the last. */
TACIT_API bool tacit_report_attempt(const tacit_report *report, size_t index,
                                    tacit_attempt *attempt);

/* tacit_report_cert describes certificate `cert` of a path, 0 the leaf. False past the last.
 * `info->size` is set by the caller. */
TACIT_API bool tacit_report_cert(const tacit_report *report, size_t index, size_t cert,
                                 tacit_cert_info *info);

/* tacit_report_text writes the report as lines for a person, each ended by a newline: of the first
 * path its certificates, the rule, what was expected, what was found and what to do; of each other
 * one, a line.
 * At most `cap` bytes, terminated. Returns its length, which may be more than fits. */
TACIT_API size_t tacit_report_text(const tacit_report *report, char *out, size_t cap);

/* tacit_report_json writes the report as one JSON object with "schema":"tacit.report/1", times in
 * RFC 3339: at most `cap` bytes, terminated. Returns its length, which may be more than fits. */
TACIT_API size_t tacit_report_json(const tacit_report *report, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
