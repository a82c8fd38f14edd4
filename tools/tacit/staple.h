/* staple.h: OCSP responses in files. */
#ifndef TOOL_STAPLE_H
#define TOOL_STAPLE_H

#include "load.h"

enum { STAPLE_FILES = 16 };

/* struct staples are responses that were read; their bytes are freed by staples_free. */
struct staples {
    tacit_span list[STAPLE_FILES];
    size_t n;
};

/* staples_read reads files, each of which holds one response in DER. Returns 0, or the exit status
 * of the fault; call staples_free in any case. */
int staples_read(struct staples *staples, char **files, struct fault *fault);
void staples_free(struct staples *staples);

/* staple_attach reads a file and has the response go with the identity that it is about; `until` is
 * how long it will. Returns 0, or the exit status of the fault. */
int staple_attach(struct loaded *files, const char *path, int64_t *until, struct fault *fault);

#endif
