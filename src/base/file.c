/* file.c: the one place of the library that opens files and looks at errno. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
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

/* A device or a pipe would wait, or never end. What is there and cannot be looked at is visited,
 * for the visitor to decide. */
static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno != ENOENT;
}

static bool visit_all(DIR *dir, char *file, size_t at, size_t cap,
                      bool (*visit)(void *user, const char *path, struct err *err), void *user,
                      struct err *err)
{
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(dir))) {
        int n = snprintf(file + at, cap - at, "%s", entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= cap - at || !is_file(file))
            continue;
        if (!visit(user, file, err))
            return false;
    }
    return errno == 0 || fail(err, FILE_UNREADABLE, errno);
}

bool folder_each(const struct hooks *hooks, const char *path,
                 bool (*visit)(void *user, const char *path, struct err *err), void *user,
                 struct err *err)
{
    enum { NAME_ROOM = 1024 };
    int saved = errno;
    size_t at = strlen(path) + 1, cap = at + NAME_ROOM;
    DIR *dir = opendir(path);
    char *file = dir ? mem_alloc(hooks, cap) : NULL;
    bool ok = false;
    if (!dir) {
        fail(err, FILE_UNREADABLE, errno);
    } else if (!file) {
        fail(err, NO_MEMORY, cap);
    } else {
        snprintf(file, cap, "%s/", path);
        ok = visit_all(dir, file, at, cap, visit, user, err);
    }
    mem_free(hooks, file, cap);
    if (dir)
        closedir(dir);
    errno = saved;
    return ok;
}
