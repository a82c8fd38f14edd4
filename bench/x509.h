/* x509.h: what a validator of certificates shows to the driver (x509.c). One file and one program
 * for each stack; no connection is made. */
#ifndef BENCH_X509_H
#define BENCH_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name that the leaf proves, and that stands last of a hundred in the certificate `many`. */
#define BENCH_HOST "bench.example"

/* struct der is a certificate, the same bytes for every stack. */
struct der {
    const uint8_t *p;
    size_t n;
};

/* struct material is what there is to judge. */
struct material {
    struct der root, middle, leaf, many;
    const char *root_file; /* the same root as PEM */
};

/* struct validator: each function does its work once, from the bytes, and gives everything back.
 * Any failure ends the program: `die`. NULL: the stack has no such function of its own. */
struct validator {
    const char *(*name)(void);
    void (*prepare)(const struct material *material); /* what a host does once */
    void (*parse)(void);                              /* leaf and intermediate */
    void (*verify)(void);     /* the same, then the path to the root, and the name     */
    void (*signatures)(void); /* the two signatures of that path alone, of parsed ones */
    void (*remembered)(void); /* verify, where its signatures are remembered           */
    void (*match)(void);      /* BENCH_HOST among the names of `many`, parsed before   */
};

extern const struct validator validator;

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
