/* report.h: what a search for a path has tried, and what came of it: <tacit/report.h>'s object.
 *
 * It is made when a search has failed, from notes on the stack, so that a success costs nothing.
 * Its certificates are lent from the chain, which owns it, and from the trust anchors. */
#ifndef X509_REPORT_H
#define X509_REPORT_H

#include "x509/words.h"

enum { ATTEMPTS_MAX = 8 };

/* struct attempt is a path and how it ended; a reason of R_NONE: it was accepted. */
struct attempt {
    struct path path; /* with the certificate that was held against those below it */
    struct err err;
};

/* struct attempts is the notes of a search: the first ones, and among them the best. */
struct attempts {
    size_t tried; /* of which the first ATTEMPTS_MAX are here */
    size_t best;
    struct attempt list[ATTEMPTS_MAX];
};

/* attempts_add notes a path; the best so far always finds room. */
void attempts_add(struct attempts *a, const struct path *path, const struct err *err, bool best);

/* struct tacit_report has the best attempt first, and what it takes to put them in words. */
struct tacit_report {
    const struct hooks *hooks;
    size_t size;
    const struct tacit_trust *trust; /* lent */
    enum purpose purpose;
    uint16_t usage;
    int64_t now;
    bool has_host;
    struct host host;
    size_t tried, n;
    struct attempt attempts[];
};

/* report_new copies the notes; NULL without memory. Free with report_free. */
struct tacit_report *report_new(const struct verify *v, const struct attempts *attempts);
void report_free(struct tacit_report *report);

/* evidence puts in words what the rule that an attempt broke expected, and what was found: escaped,
 * terminated, empty where the reason says it all. */
void evidence(const struct tacit_report *report, const struct attempt *attempt,
              char expected[WORDS_MAX], char found[WORDS_MAX]);

#endif
