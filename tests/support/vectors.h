/* vectors.h: where the public test vectors are: TACIT_VECTORS, else ../shared/vectors beside the
 * project. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <tacit/base.h>

/* vectors_path writes the path of a file below the vectors' folder (or of ../rfc, by
 * "../rfc/NAME"). If the folder is absent it says so loudly, and then skips the running test, or
 * fails it when CI=true. */
void vectors_path(const char *name, char *out, size_t cap);

/* vectors_read reads a whole file, zero-terminated; free() it. */
char *vectors_read(const char *name, size_t *n);

#endif
