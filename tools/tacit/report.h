/* report.h: what `connect` found out: what was reached, what protects it, who was proven, what
 * comes next. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "dial.h"
#include "failure.h"
#include "paths.h"

#include <tacit/info.h>

enum { REPORT_CERTS = 12, REPORT_NAMES = 16 };

/* struct report is filled as the connection goes on. */
struct report {
    const struct target *target;
    const struct dial *dial;
    const char *name; /* that was to be proven                               */
    bool allow;       /* --allow was given                                   */
    struct failure failure;
    bool connected; /* TLS                                                 */
    uint64_t tls_ns;
    char alpn[64];
    tacit_info info; /* its names are copies: the connection may be gone            */
    char names[7][48];
    tacit_cert_info certs[REPORT_CERTS];
    size_t n_certs;
    char leaf_names[REPORT_NAMES][256]; /* of subjectAltName, the first ones */
    size_t n_leaf_names;
    struct paths paths; /* ended by report_end */
    int http_status;    /* of --get; 0: no answer                              */
    char http_phrase[64];
    uint64_t http_body;
};

/* report_collect takes the facts of a connection; again, when there are more. */
void report_collect(struct report *report, const tacit_conn *conn);

/* report_end frees what was collected. */
void report_end(struct report *report);

/* report_expiry turns a certificate that expires within `days` into a failure; the trust anchor is
 * not looked at. */
void report_expiry(struct report *report, long days);

/* report_text prints the rows, at most ten; a failure goes to stderr. */
void report_text(const struct report *report, FILE *to);

/* report_insecure says loudly what was not verified. */
void report_insecure(const struct report *report, FILE *to);

/* report_cert_json makes an object of a certificate's fields. */
json_t *report_cert_json(const tacit_cert_info *cert);

/* report_json makes the object of schema "tacit.connect/1". */
json_t *report_json(const struct report *report);

#endif
