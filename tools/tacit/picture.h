/* picture.h: files as they look from outside, to be compared with how they looked before. */
#ifndef TOOL_PICTURE_H
#define TOOL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

/* struct picture is what a look found: the files, by their paths. All zero: nothing. */
struct picture {
    struct seen *list;
    size_t n, cap;
};

/* picture_take looks at the paths of several lists, each of which ends with NULL (or is NULL):
 * a file, or each file in a folder that is not hidden. What is not there is not in the picture.
 * False without memory; call picture_free in any case. */
bool picture_take(struct picture *picture, char *const *const *lists, size_t n_lists);
void picture_free(struct picture *picture);

bool picture_same(const struct picture *a, const struct picture *b);

/* picture_differ writes what has become of the files between two pictures, for a person: some by
 * their (escaped) paths, the others by their number. */
void picture_differ(const struct picture *before, const struct picture *after, char *out,
                    size_t cap);

#endif
