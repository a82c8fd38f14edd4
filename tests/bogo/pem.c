/* pem.c: the certificates of a PEM file as DER. The runner wrote it: strictness is not the point,
 * the bytes are. */
#include "pem.h"

#include <stdio.h>
#include <string.h>

static bool decode_line(uint8_t *out, size_t room, size_t *n, const char *line)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t held = 0;
    for (const char *at; *line && (at = strchr(letters, *line)); line++) {
        bits = bits << 6 | (uint32_t)(at - letters);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (*n == room)
            return false;
        out[(*n)++] = (uint8_t)(bits >> held);
    }
    return *line == 0 || strchr("=\r\n", *line);
}

bool pem_read(struct pem *p, const char *path)
{
    char line[256];
    size_t used = 0, begun = 0;
    bool inside = false, ok = true;
    FILE *file = fopen(path, "r");
    p->n = 0;
    while (file && ok && fgets(line, sizeof line, file)) {
        if (strncmp(line, "-----END", 8) == 0 && inside) {
            p->certs[p->n++] = (tacit_span){p->der + begun, used - begun};
            inside = false;
        } else if (strncmp(line, "-----BEGIN", 10) == 0) {
            inside = true;
            begun = used;
            ok = p->n < PEM_CERTS_MAX;
        } else if (inside) {
            ok = decode_line(p->der, sizeof p->der, &used, line);
        }
    }
    if (file)
        fclose(file);
    return ok && p->n > 0;
}
