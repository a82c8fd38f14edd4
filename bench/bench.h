/* bench.h: what a stack shows to the driver, and what the driver lends to a stack.
 *
 * Each stack is one file and one program. Client and server live in the same process and are joined
 * by two queues of bytes; the driver (main.c) calls them in turn and meters each side's calls
 * apart. A stack does what its documentation tells a careful host to do: verification and host name
 * on, one version, one suite, one group, no tickets. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side { CLIENT, SERVER };
enum version { TLS13, TLS12 };
enum group { X25519, P256 };
enum suite { AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305 };

/* struct setup is what both sides are configured with. */
struct setup {
    enum version version;
    enum group group;
    enum suite suite;
    const char *root, *chain, *key; /* PEM files: the client's anchor; the server's identity */
    bool count_own;                 /* count what passes through the stack's own allocator hooks */
};

/* The name that the server proves. */
#define BENCH_HOST "bench.example"

/* struct stack is one TLS library. A connection is a pointer that only the stack understands; the
 * side is told with each call. Any failure ends the program: `die`. */
struct stack {
    const char *(*name)(void);

    /* only_tls12: it has no TLS 1.3, and does every work in TLS 1.2. */
    bool only_tls12;

    /* setup makes the configurations of both sides. */
    void (*setup)(const struct setup *setup);

    void *(*open)(enum side side);

    /* handshake goes as far as the bytes on the wire allow; true when this side is done. */
    bool (*handshake)(enum side side, void *conn);

    /* write sends one record; read takes what there is and returns how many bytes, 0 for none. */
    void (*write)(enum side side, void *conn, const uint8_t *p, size_t n);
    size_t (*read)(enum side side, void *conn);

    /* idle gives back what a host may give back while a connection rests; NULL: nothing. */
    void (*idle)(enum side side, void *conn);

    void (*close)(enum side side, void *conn);
};

/* The stack of this program. */
extern const struct stack stack;

/* ---- lent by main.c -------------------------------------------------------------------------- */

/* wire_write queues bytes for the other side; wire_read takes at most n of those queued for this
 * one, 0 when there are none. */
void wire_write(enum side side, const void *p, size_t n);
size_t wire_read(enum side side, void *p, size_t n);

/* own_allocs is where a stack whose `setup` says count_own counts its own allocations. */
extern uint64_t own_allocs;

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- heap.c: malloc, interposed -------------------------------------------------------------- */

/* struct heap is what the process holds: bytes (malloc_usable_size + 8 for each block), the most
 * since `peak` was last set, and how many blocks were ever asked for. Counted only while heap_on,
 * which is switched on before anything is allocated, so that times do not pay for it. */
struct heap {
    int64_t bytes, peak;
    uint64_t allocs;
};

extern bool heap_on;
extern struct heap heap;

#endif
