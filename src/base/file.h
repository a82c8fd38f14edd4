/* file.h: reading a whole file, for the loaders of keys, certificates and anchors. The core itself
 * reads none. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/fail.h"
#include "base/hooks.h"

/* file_read reads a regular file of at most `max` bytes; release with mem_free(hooks, out->p,
 * out->n + 1): the bytes are followed by a zero. Fails with FILE_UNREADABLE (detail: errno) or
 * FILE_TOO_LARGE. */
bool file_read(const struct hooks *hooks, const char *path, size_t max, tacit_buf *out,
               struct err *err);

#endif
