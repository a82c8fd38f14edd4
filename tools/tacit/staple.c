/* staple.c: OCSP responses from files into memory. What they say is for the library to judge. */
#include "staple.h"

#include "tool.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAPLE_MAX = 64 * 1024 };

static int read_one(tacit_span *out, const char *path, struct fault *fault)
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
        return fault_own(fault, STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(why));
    return n <= STAPLE_MAX
               ? 0
               : fault_own(fault, STATUS_FILE, NULL, "%s is too long for an OCSP response", path);
}

int staples_read(struct staples *staples, char **files, struct fault *fault)
{
    int status = 0;
    for (char **p = files; !status && p && *p; p++) {
        if (staples->n == STAPLE_FILES)
            return fault_own(fault, STATUS_USAGE, NULL, "more than %d OCSP responses",
                             STAPLE_FILES);
        status = read_one(&staples->list[staples->n++], *p, fault);
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
static int attach(struct loaded *files, tacit_span response, const char *path, int64_t *until,
                  struct fault *fault)
{
    tacit_error error = {.name = NULL};
    for (size_t i = 0; i < files->n_identities; i++) {
        tacit_identity *stapled =
            tacit_identity_with_staple(files->identities[i], response, &error);
        tacit_identity_info info = {.size = sizeof info};
        if (stapled) {
            tacit_identity_free(files->identities[i]);
            files->identities[i] = stapled;
            tacit_identity_describe(stapled, &info);
            *until = info.staple_until;
            return 0;
        }
        if (strcmp(error.name, "OCSP_OTHER_CERT") != 0)
            break;
    }
    return fault_tls(fault, &error, path);
}

int staple_attach(struct loaded *files, const char *path, int64_t *until, struct fault *fault)
{
    tacit_span response = {NULL, 0};
    int status = read_one(&response, path, fault);
    if (!status)
        status = attach(files, response, path, until, fault);
    free((void *)(uintptr_t)response.p);
    return status;
}
