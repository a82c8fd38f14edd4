/* failure.h: why a command ends as it does, from the library or found by the tool. */
#ifndef TOOL_FAILURE_H
#define TOOL_FAILURE_H

#include <tacit/error.h>

#include <jansson.h>

/* struct failure is the end of a command; all zero: none. */
struct failure {
    int status;
    const char *code; /* "cert.expired"                                     */
    tacit_error tls;  /* if the library found it; else its reason is 0       */
    char sentence[512], advice[512];
    char subject[256]; /* of the certificate that the error means; may be empty */
};

/* failure_tls takes over an error of the library, unless there is a failure already. */
void failure_tls(struct failure *failure, const tacit_error *error);

/* failure_own records what the tool found, by its code, unless there is a failure already. */
void failure_own(struct failure *failure, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* failure_print prints the sentence, failure_hint what to do about it; both to stderr. */
void failure_print(const struct failure *failure);
void failure_hint(const struct failure *failure);

/* failure_json adds code, reason, alert, rule, depth, subject, state, sentence and advice to an
 * object. */
void failure_json(const struct failure *failure, json_t *object);

#endif
