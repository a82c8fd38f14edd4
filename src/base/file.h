/* file.h: reading a whole file, and finding those of a folder, for the loaders of keys,
 * certificates and revocation lists. The core itself reads none. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/fail.h"
#include "base/hooks.h"

/* file_read reads a regular file of at most `max` bytes; release with mem_free(hooks, out->p,
 * out->n + 1): the bytes are followed by a zero. Fails with FILE_UNREADABLE (detail: errno) or
 * FILE_TOO_LARGE. */
bool file_read(const struct hooks *hooks, const char *path, size_t max, tacit_buf *out,
               struct err *err);

/* folder_each calls `visit` with the path of each regular file in a folder, or link to one, and of
 * what there is no telling about, in no order; what begins with a dot is passed over. False as soon
 * as a visit is, which then says why, or with FILE_UNREADABLE (detail: errno) if the folder cannot
 * be read. */
bool folder_each(const struct hooks *hooks, const char *path,
                 bool (*visit)(void *user, const char *path, struct err *err), void *user,
                 struct err *err);

#endif
