/* x509.c: one work on certificates, done by one stack for a while.
 *
 *     bench_x509_STACK --name
 *     bench_x509_STACK CERTIFICATES SECONDS WORK
 *
 * WORK is "x509-KIND CHAIN", of docs/internals/bench.md. Prints a line "client cpu_us VALUE": the
 * median over batches, by the CPU time of the thread; nothing where the stack has no such
 * function. */
#include "x509.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>

enum { BATCH = 16, SAMPLES = 4096, LEAST = 5 };

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "bench: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

/* load decodes certificate `index` of a PEM file, by OpenSSL, for all stacks alike. */
static struct der load(const char *folder, const char *name, int index)
{
    char path[512], *label = NULL, *header = NULL;
    unsigned char *p = NULL;
    long n = 0;
    snprintf(path, sizeof path, "%s/%s.pem", folder, name);
    FILE *from = fopen(path, "re");
    if (!from)
        die("cannot read %s", path);
    for (int i = 0; i <= index; i++)
        if (!PEM_read(from, &label, &header, &p, &n))
            die("%s has no certificate %d", path, i);
    fclose(from);
    return (struct der){p, (size_t)n};
}

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void run(void (*work)(void), double seconds)
{
    static int64_t samples[SAMPLES];
    size_t n = 0;
    work();
    int64_t deadline = now(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    while (n < SAMPLES && (n < LEAST || now(CLOCK_MONOTONIC) < deadline)) {
        int64_t begin = now(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < BATCH; i++)
            work();
        samples[n++] = now(CLOCK_THREAD_CPUTIME_ID) - begin;
    }
    qsort(samples, n, sizeof *samples, ascending);
    printf("client cpu_us %.6g\n", (double)samples[n / 2] / BATCH / 1000);
}

int main(int argc, char **argv)
{
    const struct {
        const char *kind;
        void (*work)(void);
    } works[] = {
        {"x509-parse", validator.parse},
        {"x509-verify", validator.verify},
        {"x509-signatures", validator.signatures},
        {"x509-remembered", validator.remembered},
        {"x509-name", validator.match},
    };
    char kind[32], chain[32], root[64], root_file[512];
    if (argc == 2 && !strcmp(argv[1], "--name")) {
        printf("%s\n", validator.name());
        return 0;
    }
    if (argc != 4 || sscanf(argv[3], "%31s %31s", kind, chain) != 2)
        die("bench_x509_STACK CERTIFICATES SECONDS WORK");
    snprintf(root, sizeof root, "%s-root", chain);
    const struct material material = {load(argv[1], root, 0), load(argv[1], chain, 1),
                                      load(argv[1], chain, 0), load(argv[1], "names", 0),
                                      root_file};
    snprintf(root_file, sizeof root_file, "%s/%s.pem", argv[1], root);
    validator.prepare(&material);
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
        if (!strcmp(works[i].kind, kind) && works[i].work)
            run(works[i].work, strtod(argv[2], NULL));
    return 0;
}
