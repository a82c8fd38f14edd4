/* folder.c: files of a folder, and no others.
 *
 * The path is walked from the folder's descriptor, component by component, and no component may be
 * a symbolic link: what is opened lies below the folder whatever anybody renames meanwhile. The
 * path has no ".." in it (http_path refuses it). */
#define _GNU_SOURCE
#include "visitor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAGS = O_NOFOLLOW | O_CLOEXEC };

/* step_into opens a folder in a folder, and closes the outer one unless that is the root. */
static int step_into(int root, int at, const char *name)
{
    int next = openat(at, name, O_PATH | O_DIRECTORY | FLAGS);
    if (at != root)
        close(at);
    return next;
}

/* open_at opens what the last component names, without ever waiting for a pipe's other end. */
static int open_last(int root, int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | FLAGS);
    if (at != root)
        close(at);
    return fd;
}

static int open_path(int root, const char *path)
{
    char name[HTTP_PATH_MAX];
    int at = root;
    for (;;) {
        size_t n = strcspn(path, "/");
        memcpy(name, path, n);
        name[n] = 0;
        if (!path[n])
            return open_last(root, at, name);
        at = step_into(root, at, name);
        if (at < 0)
            return -1;
        path += n + 1;
    }
}

int folder_open(int folder, const struct http_request *request, uint64_t *size, int *status)
{
    char path[HTTP_PATH_MAX + 16];
    struct stat st;
    snprintf(path, sizeof path, "%s%s%s", request->path,
             request->is_folder && request->path[0] ? "/" : "",
             request->is_folder ? "index.html" : "");
    int fd = open_path(folder, path);
    *status = 404;
    if (fd < 0)
        return -1;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
        *status = 200;
        *size = (uint64_t)st.st_size;
        return fd;
    }
    if (S_ISDIR(st.st_mode))
        *status = 301;
    close(fd);
    return -1;
}
