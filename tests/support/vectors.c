/* vectors.c: finding and reading the public test vectors. */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void absent(const char *path)
{
    const char *ci = getenv("CI");
    fprintf(stderr, "\n*** the test vectors are not at %s (set TACIT_VECTORS) ***\n\n", path);
    if (ci && strcmp(ci, "true") == 0)
        fail_msg("vectors are required when CI=true");
    skip();
}

void vectors_path(const char *name, char *out, size_t cap)
{
    const char *root = getenv("TACIT_VECTORS");
    snprintf(out, cap, "%s/%s", root ? root : TACIT_SOURCE_DIR "/../shared/vectors", name);
}

char *vectors_read(const char *name, size_t *n)
{
    char path[1024];
    vectors_path(name, path, sizeof path);
    FILE *f = fopen(path, "rb");
    if (!f)
        absent(path);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *text = malloc(*n + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *n, f), *n);
    text[*n] = 0;
    fclose(f);
    return text;
}
