/* staple.c: OCSP responses from files into memory. What they say is for the library to judge. */
#include "staple.h"

#include "out.h"
#include "tool.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAPLE_MAX = 64 * 1024 };

static int read_one(tacit_span *out, const char *path)
{
    uint8_t *bytes = malloc(STAPLE_MAX + 1);
    FILE *from = bytes ? fopen(path, "rbe") : NULL;
    int why = errno;
    size_t n = from ? fread(bytes, 1, STAPLE_MAX + 1, from) : 0;
    bool bad = !from || ferror(from);
    if (from) {
        why = errno;
        fclose(from);
    }
    *out = (tacit_span){bytes, n};
    if (bad)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(why));
    return n <= STAPLE_MAX
               ? 0
               : out_fail(STATUS_FILE, NULL, "%s is too long for an OCSP response", path);
}

int staples_read(struct staples *staples, char **files)
{
    int status = 0;
    for (char **p = files; !status && p && *p; p++) {
        if (staples->n == STAPLE_FILES)
            return out_fail(STATUS_USAGE, NULL, "more than %d OCSP responses", STAPLE_FILES);
        status = read_one(&staples->list[staples->n++], *p);
    }
    return status;
}

void staples_free(struct staples *staples)
{
    while (staples->n)
        free((void *)(uintptr_t)staples->list[--staples->n].p);
}

/* attach tries the identities in turn: what is wrong with a response that is about none of them is
 * that; what is wrong with any other is said. */
static int attach(struct setup *setup, tacit_span response, const char *path)
{
    tacit_error error = {.name = NULL};
    for (size_t i = 0; i < setup->options.n_identities; i++) {
        tacit_identity *stapled =
            tacit_identity_with_staple(setup->identities[i], response, &error);
        if (stapled) {
            tacit_identity_free(setup->identities[i]);
            setup->identities[i] = stapled;
            return 0;
        }
        if (strcmp(error.name, "OCSP_OTHER_CERT"))
            break;
    }
    return setup_error(&error, path);
}

int staples_attach(struct setup *setup, char **files)
{
    struct staples staples = {.n = 0};
    int status = staples_read(&staples, files);
    for (size_t i = 0; !status && i < staples.n; i++)
        status = attach(setup, staples.list[i], files[i]);
    staples_free(&staples);
    return status;
}
