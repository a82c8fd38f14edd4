/* staple.h: OCSP responses in files. */
#ifndef TOOL_STAPLE_H
#define TOOL_STAPLE_H

#include "setup.h"

enum { STAPLE_FILES = 16 };

/* struct staples are responses that were read; their bytes are freed by staples_free. */
struct staples {
    tacit_span list[STAPLE_FILES];
    size_t n;
};

/* staples_read reads files, each of which holds one response in DER. Returns 0, or an exit status
 * after saying why; call staples_free in any case. */
int staples_read(struct staples *staples, char **files);
void staples_free(struct staples *staples);

/* staples_attach reads files and has each response go with the identity that it is about. */
int staples_attach(struct setup *setup, char **files);

#endif
