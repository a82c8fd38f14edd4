/* complain.h: an error as two lines on stderr, and the exit status that the tacit command has for
 * it. */
#ifndef EXAMPLES_COMPLAIN_H
#define EXAMPLES_COMPLAIN_H

#include <tacit/tacit.h>

#include <stdio.h>

/* complain takes what may be NULL or empty, if it was not TLS that failed: then errno tells. */
static inline int complain(const tacit_error *error)
{
    char text[512];
    if (!error || !error->reason) {
        perror("failed");
        return 1;
    }
    tacit_error_sentence(error, text, sizeof text);
    fprintf(stderr, "%s: %s\n%s\n", error->code, text, tacit_error_advice(error));
    return tacit_error_exit_status(error);
}

#endif
