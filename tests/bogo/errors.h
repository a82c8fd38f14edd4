/* errors.h: failures in words that the runner looks for. */
#ifndef BOGO_ERRORS_H
#define BOGO_ERRORS_H

#include <tacit/error.h>

/* errors_print says on stderr what failed, on one line; nothing if nothing did. */
void errors_print(const tacit_error *error);

#endif
