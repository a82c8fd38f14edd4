/* file.c: the one place of the library that opens files and looks at errno. */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static bool read_all(FILE *f, const struct hooks *hooks, size_t max, tacit_buf *out,
                     struct err *err)
{
    struct stat st;
    if (fstat(fileno(f), &st) != 0)
        return fail(err, FILE_UNREADABLE, errno);
    if (!S_ISREG(st.st_mode))
        return fail(err, FILE_UNREADABLE, S_ISDIR(st.st_mode) ? EISDIR : ESPIPE);
    size_t n = (size_t)st.st_size;
    if (n > max)
        return fail(err, FILE_TOO_LARGE, max);
    uint8_t *p = mem_alloc(hooks, n + 1);
    if (!p)
        return fail(err, NO_MEMORY, n + 1);
    if (fread(p, 1, n, f) != n) {
        mem_free(hooks, p, n + 1);
        return fail(err, FILE_UNREADABLE, ferror(f) ? errno : 0);
    }
    *out = (tacit_buf){p, n};
    return true;
}

bool file_read(const struct hooks *hooks, const char *path, size_t max, tacit_buf *out,
               struct err *err)
{
    int saved = errno;
    FILE *f = fopen(path, "rb");
    if (f)
        setvbuf(f, NULL, _IONBF, 0); /* a key must not stay in a buffer that nobody wipes */
    bool ok = f ? read_all(f, hooks, max, out, err) : fail(err, FILE_UNREADABLE, errno);
    if (f)
        fclose(f);
    errno = saved;
    return ok;
}
