/* pem.h: the certificates of a PEM file as DER, to compare what was shown with what was meant. */
#ifndef BOGO_PEM_H
#define BOGO_PEM_H

#include <tacit/base.h>

enum { PEM_CERTS_MAX = 8, PEM_ROOM = 1 << 15 };

/* struct pem holds the certificates of a file, in their order. */
struct pem {
    uint8_t der[PEM_ROOM];
    tacit_span certs[PEM_CERTS_MAX];
    size_t n;
};

/* pem_read reads a file that the runner wrote. False if it cannot be read. */
bool pem_read(struct pem *p, const char *path);

#endif
