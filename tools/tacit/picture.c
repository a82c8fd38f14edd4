/* picture.c: see picture.h.
 *
 * Paths are followed anew at each look, through whatever links there are, and what lies at their
 * end is told by device, inode, size and both times: a file replaced by rename, written over, or
 * reached by a link that was turned elsewhere, is another one. Nothing is asked of the kernel but
 * stat, so that it goes for every kind of file system. */
#define _GNU_SOURCE
#include "picture.h"

#include "out.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seen {
    char *path;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed, altered; /* the contents, and anything at all */
};

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_file(const struct seen *a, const struct seen *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size
           && same_time(a->changed, b->changed) && same_time(a->altered, b->altered);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

/* add keeps one file; takes over its path. */
static bool add(struct picture *p, char *path, const struct stat *st)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 16;
        struct seen *list = reallocarray(p->list, cap, sizeof *list);
        if (!list) {
            free(path);
            return false;
        }
        p->list = list;
        p->cap = cap;
    }
    p->list[p->n++] =
        (struct seen){path, st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim};
    return true;
}

static bool look_into(struct picture *p, const char *folder)
{
    const struct dirent *entry;
    struct stat st;
    bool ok = true;
    DIR *dir = opendir(folder);
    while (ok && dir && (entry = readdir(dir))) {
        char *path;
        if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, 0)
            || !S_ISREG(st.st_mode))
            continue;
        ok = asprintf(&path, "%s/%s", folder, entry->d_name) >= 0 && add(p, path, &st);
    }
    if (dir)
        closedir(dir);
    return ok;
}

static bool look_at(struct picture *p, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return true;
    if (S_ISDIR(st.st_mode))
        return look_into(p, path);
    char *copy = strdup(path);
    return copy && add(p, copy, &st);
}

bool picture_take(struct picture *p, char *const *const *lists, size_t n_lists)
{
    size_t kept = 0;
    *p = (struct picture){NULL, 0, 0};
    for (size_t i = 0; i < n_lists; i++)
        for (char *const *path = lists[i]; path && *path; path++)
            if (!look_at(p, *path))
                return false;
    if (p->n)
        qsort(p->list, p->n, sizeof p->list[0], by_path);
    for (size_t i = 0; i < p->n; i++) /* a file may hold certificate and key */
        if (kept && !by_path(&p->list[kept - 1], &p->list[i]))
            free(p->list[i].path);
        else
            p->list[kept++] = p->list[i];
    p->n = kept;
    return true;
}

void picture_free(struct picture *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->list[i].path);
    free(p->list);
    *p = (struct picture){NULL, 0, 0};
}

bool picture_same(const struct picture *a, const struct picture *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = !by_path(&a->list[i], &b->list[i]) && same_file(&a->list[i], &b->list[i]);
    return same;
}

/* struct telling is a sentence in the making. */
struct telling {
    char *out;
    size_t cap, n, told;
};

enum { TOLD_MAX = 4 };

static void append(struct telling *t, const char *text)
{
    if (t->n + 1 < t->cap)
        t->n += (size_t)snprintf(t->out + t->n, t->cap - t->n, "%s", text);
    if (t->n >= t->cap)
        t->n = t->cap - 1;
}

static void tell(struct telling *t, const struct seen *file, const char *fate)
{
    char clean[160];
    if (t->told++ >= TOLD_MAX)
        return;
    append(t, t->n ? ", " : "");
    append(t, out_escape(clean, sizeof clean, file->path, strlen(file->path)));
    append(t, fate);
}

void picture_differ(const struct picture *before, const struct picture *after, char *out,
                    size_t cap)
{
    struct telling t = {out, cap, 0, 0};
    char rest[64];
    *out = 0;
    for (size_t b = 0, a = 0; b < before->n || a < after->n;) {
        int order = b == before->n  ? 1
                    : a == after->n ? -1
                                    : by_path(&before->list[b], &after->list[a]);
        if (order > 0)
            tell(&t, &after->list[a], " is new");
        else if (order < 0)
            tell(&t, &before->list[b], " is gone");
        else if (!same_file(&before->list[b], &after->list[a]))
            tell(&t, &after->list[a], " has changed");
        a += order >= 0;
        b += order <= 0;
    }
    if (t.told > TOLD_MAX) {
        snprintf(rest, sizeof rest, ", and %zu more", t.told - TOLD_MAX);
        append(&t, rest);
    }
}
