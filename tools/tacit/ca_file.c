/* ca_file.c: files of an authority: written whole or not at all, never over something that
 * exists, secrets for their owner only. */
#define _GNU_SOURCE
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const char *what, const char *path)
{
    const char *why = strerror(errno);
    return out_fail(STATUS_FILE, NULL, "cannot %s %s: %s", what, path, why);
}

int file_join(char out[4096], const char *dir, const char *file)
{
    int n = snprintf(out, 4096, "%s/%s", dir, file);
    return n > 0 && n < 4096 ? 0 : out_fail(STATUS_FILE, NULL, "the path of %s is too long", file);
}

static const char temporary_name[] = ".tacit-XXXXXX";

/* is_left_over: is this what `init` may have left when it was killed? */
static bool is_left_over(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "ca.key")
           || !strcmp(name, "root.pem")
           || !strncmp(name, temporary_name, strcspn(temporary_name, "X"));
}

static bool is_fresh(const char *dir)
{
    DIR *d = opendir(dir);
    if (!d)
        return false;
    const struct dirent *entry;
    while ((entry = readdir(d)) && is_left_over(entry->d_name))
        ;
    closedir(d);
    return !entry;
}

/* sync_dir brings what a folder lists to the disk. Some file systems cannot, and say so. */
static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && (!fsync(fd) || errno == EINVAL || errno == ENOTSUP);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return ok;
}

/* made brings a folder that is new to the disk: what is written into it later would be lost with
 * it. */
static int made(const char *dir)
{
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", dir);
    size_t n = strlen(parent);
    while (n > 1 && parent[n - 1] == '/')
        parent[--n] = 0;
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = 0;
    return sync_dir(slash ? parent : ".") ? 0 : cannot("write", dir);
}

int file_have_dir(const char *dir)
{
    if (!mkdir(dir, 0700))
        return made(dir);
    return errno == EEXIST ? 0 : cannot("make the folder", dir);
}

int file_make_dir(const char *dir)
{
    if (!mkdir(dir, 0700))
        return made(dir);
    if (errno != EEXIST)
        return cannot("make the folder", dir);
    if (!is_fresh(dir))
        return out_fail(STATUS_FILE, "name a folder that does not exist yet",
                        "%s exists and is not an empty folder; nothing was changed", dir);
    return chmod(dir, 0700) ? cannot("make private", dir) : 0;
}

static bool write_all(int fd, const uint8_t *bytes, size_t n)
{
    while (n) {
        ssize_t wrote = write(fd, bytes, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

/* publish gives the temporary file its name, which may be taken only if it is to be replaced. */
static bool publish(const char *temporary, const char *path, bool replace)
{
    if (replace)
        return !rename(temporary, path);
    if (!renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE))
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return !link(temporary, path)
           && !unlink(temporary); /* a file system that cannot say NOREPLACE */
}

static int write_whole(const char *dir, const char *file, mode_t mode, const void *bytes, size_t n,
                       bool replace)
{
    char path[4096], temporary[4096];
    int status = file_join(path, dir, file);
    if (!status)
        status = file_join(temporary, dir, temporary_name);
    if (status)
        return status;
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 from the first moment */
    if (fd < 0)
        return cannot("write", path);
    bool ok = write_all(fd, bytes, n) && !fchmod(fd, mode) && !fsync(fd);
    ok = !close(fd) && ok;
    if (!ok || !publish(temporary, path, replace)) {
        int why = errno;
        unlink(temporary);
        errno = why;
        return why == EEXIST
                   ? out_fail(STATUS_FILE, "remove it first, or name another folder with --out",
                              "%s exists and is left as it is", path)
                   : cannot("write", path);
    }
    return sync_dir(dir) ? 0 : cannot("write", path);
}

int file_put(const char *dir, const char *file, mode_t mode, const void *bytes, size_t n)
{
    return write_whole(dir, file, mode, bytes, n, false);
}

int file_replace(const char *dir, const char *file, mode_t mode, const void *bytes, size_t n)
{
    return write_whole(dir, file, mode, bytes, n, true);
}

int file_lock(const char *dir, int *lock)
{
    *lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *lock < 0 || flock(*lock, LOCK_EX) ? cannot("lock", dir) : 0;
}
