/* main.c: one work, done by one stack for a while.
 *
 *     bench_STACK --name
 *     bench_STACK CERTIFICATES SECONDS WORK
 *
 * WORK is a name of docs/internals/bench.md. Prints a line "SIDE METRIC VALUE" for each figure.
 * Times are CPU time of the thread around each side's calls, without what reading the clock costs;
 * a pass gives its median, so that a moment's noise changes nothing. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WIRE = 1 << 20,     /* more than any batch */
    RECORD = 16384,     /* the largest plaintext of a record */
    BATCH_LARGE = 16,   /* records on the wire at a time: they stay in the second-level cache */
    BATCH_SMALL = 1024, /* the same for small ones */
    WARM_UP = 8,        /* rounds that are not counted */
    SAMPLES = 20000,    /* rounds of a pass, at most */
    LEAST = 5,          /* and at least, however slow */
    CONNECTIONS = 64,   /* whose memory is measured */
    ROUNDS = 64         /* of a handshake; more means that it hangs */
};

/* struct meter sums what one side has cost. */
struct meter {
    int64_t ns, bytes, peak;
    uint64_t allocs, own;
};

static const char *const sides[] = {"client", "server"};
static const char *const suites[] = {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"};

uint64_t own_allocs;

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

/* ---- the wire -------------------------------------------------------------------------------- */

static struct {
    uint8_t p[WIRE];
    size_t at, n;
} wire[2]; /* by the side that reads */

void wire_write(enum side side, const void *p, size_t n)
{
    enum side reader = side == CLIENT ? SERVER : CLIENT;
    if (n > WIRE - wire[reader].n)
        die("the wire is full");
    memcpy(wire[reader].p + wire[reader].n, p, n);
    wire[reader].n += n;
}

size_t wire_read(enum side side, void *p, size_t n)
{
    size_t there = wire[side].n - wire[side].at;
    if (n > there)
        n = there;
    memcpy(p, wire[side].p + wire[side].at, n);
    wire[side].at += n;
    if (wire[side].at == wire[side].n)
        wire[side].at = wire[side].n = 0;
    return n;
}

/* ---- the meter ------------------------------------------------------------------------------- */

static int64_t clock_cost;
static struct meter mark;

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void begin(void)
{
    mark.bytes = heap.peak = heap.bytes;
    mark.allocs = heap.allocs;
    mark.own = own_allocs;
    mark.ns = now(CLOCK_THREAD_CPUTIME_ID);
}

static void end(struct meter *m)
{
    m->ns += now(CLOCK_THREAD_CPUTIME_ID) - mark.ns - clock_cost;
    int64_t peak = m->bytes + heap.peak - mark.bytes;
    if (peak > m->peak)
        m->peak = peak;
    m->bytes += heap.bytes - mark.bytes;
    m->allocs += heap.allocs - mark.allocs;
    m->own += own_allocs - mark.own;
}

static void calibrate(void)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 1000; i++) {
        struct meter m = {0};
        begin();
        end(&m);
        least = m.ns < least ? m.ns : least;
    }
    clock_cost = least;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median(int64_t *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    return (double)values[n / 2];
}

static void print(enum side side, const char *metric, double value)
{
    printf("%s %s %.6g\n", sides[side], metric, value);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void join(void *conn[2], struct meter cost[2])
{
    bool done[2] = {false, false};
    wire[CLIENT].at = wire[CLIENT].n = wire[SERVER].at = wire[SERVER].n = 0;
    for (enum side s = CLIENT; s <= SERVER; s++) {
        begin();
        conn[s] = stack.open(s);
        end(&cost[s]);
    }
    for (int i = 0; !done[CLIENT] || !done[SERVER]; i++) {
        if (i == ROUNDS)
            die("the handshake does not end");
        for (enum side s = CLIENT; s <= SERVER; s++)
            if (!done[s]) {
                begin();
                done[s] = stack.handshake(s, conn[s]);
                end(&cost[s]);
            }
    }
}

static void part(void *conn[2], struct meter cost[2])
{
    for (enum side s = CLIENT; s <= SERVER; s++) {
        begin();
        stack.close(s, conn[s]);
        end(&cost[s]);
    }
}

/* ---- the works ------------------------------------------------------------------------------- */

static int64_t samples[2][SAMPLES];

/* repeat does a round until the time is over, and returns how many samples there are. */
static size_t repeat(double seconds, void (*round)(void *user, struct meter cost[2]), void *user)
{
    size_t n = 0;
    for (size_t i = 0; i < WARM_UP; i++)
        round(user, (struct meter[2]){{0}, {0}});
    int64_t deadline = now(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    while (n < SAMPLES && (n < LEAST || now(CLOCK_MONOTONIC) < deadline)) {
        struct meter cost[2] = {{0}, {0}};
        round(user, cost);
        samples[CLIENT][n] = cost[CLIENT].ns;
        samples[SERVER][n++] = cost[SERVER].ns;
    }
    return n;
}

static void handshake_round(void *user, struct meter cost[2])
{
    void *conn[2];
    (void)user;
    join(conn, cost);
    part(conn, cost);
}

static void full_handshakes(double seconds)
{
    size_t n = repeat(seconds, handshake_round, NULL);
    for (enum side s = CLIENT; s <= SERVER; s++)
        print(s, "cpu_us", median(samples[s], n) / 1000);
}

struct bulk {
    void *conn[2];
    size_t size, records;
};

static void bulk_round(void *user, struct meter cost[2])
{
    static const uint8_t data[RECORD] = "What is sent does not matter.";
    const struct bulk *b = user;
    begin();
    for (size_t i = 0; i < b->records; i++)
        stack.write(SERVER, b->conn[SERVER], data, b->size);
    end(&cost[SERVER]);
    size_t got = 0, n;
    begin();
    while ((n = stack.read(CLIENT, b->conn[CLIENT])) > 0)
        got += n;
    end(&cost[CLIENT]);
    if (got != b->size * b->records)
        die("%zu bytes were sent, %zu arrived", b->size * b->records, got);
}

static void bulk(double seconds, size_t size, size_t records)
{
    struct bulk b = {.size = size, .records = records};
    struct meter cost[2] = {{0}, {0}};
    join(b.conn, cost);
    size_t n = repeat(seconds, bulk_round, &b);
    for (enum side s = CLIENT; s <= SERVER; s++)
        print(s, "GBps", (double)(size * records) / median(samples[s], n));
    part(b.conn, cost);
}

enum figure { IDLE, PEAK, ALLOCS, OWN_ALLOCS };

static void memory(enum figure figure)
{
    static void *conn[CONNECTIONS][2];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct meter cost[2] = {{0}, {0}};
        join(conn[i], cost);
        for (enum side s = CLIENT; s <= SERVER && stack.idle; s++) {
            begin();
            stack.idle(s, conn[i][s]);
            end(&cost[s]);
        }
        for (enum side s = CLIENT; s <= SERVER; s++)
            samples[s][i] = figure == IDLE ? cost[s].bytes
                            : figure == PEAK
                                ? cost[s].peak
                                : (int64_t)(figure == ALLOCS ? cost[s].allocs : cost[s].own);
    }
    for (enum side s = CLIENT; s <= SERVER; s++)
        print(s, figure <= PEAK ? "bytes" : "count", median(samples[s], CONNECTIONS));
    for (size_t i = 0; i < CONNECTIONS; i++)
        part(conn[i], (struct meter[2]){{0}, {0}});
}

/* ---- words ----------------------------------------------------------------------------------- */

static enum suite suite_of(const char *word)
{
    for (enum suite s = AES_128_GCM; s <= CHACHA20_POLY1305; s++)
        if (!strcmp(word, suites[s]))
            return s;
    die("no such suite: %s", word);
}

static void run(struct setup *setup, const char *kind, double seconds)
{
    static const char *const figures[] = {"idle", "peak", "allocs", "own-allocs"};
    for (enum figure f = IDLE; f <= OWN_ALLOCS; f++)
        if (!strcmp(kind, figures[f])) {
            heap_on = true;
            setup->count_own = f == OWN_ALLOCS;
            stack.setup(setup);
            memory(f);
            return;
        }
    stack.setup(setup);
    if (!strcmp(kind, "tls13-full") || !strcmp(kind, "tls12-full"))
        full_handshakes(seconds);
    else if (!strcmp(kind, "bulk16k"))
        bulk(seconds, RECORD, BATCH_LARGE);
    else if (!strcmp(kind, "records64"))
        bulk(seconds, 64, BATCH_SMALL);
    else
        die("no such work: %s", kind);
}

int main(int argc, char **argv)
{
    static char root[512], chain[512], key[512];
    struct setup setup = {.root = root, .chain = chain, .key = key};
    char kind[32], first[32], second[32] = "p256-chain";
    if (argc == 2 && !strcmp(argv[1], "--name")) {
        puts(stack.name());
        return 0;
    }
    if (argc != 4)
        die("usage: %s CERTIFICATES SECONDS WORK", argv[0]);
    int words = sscanf(argv[3], "%31s %31s %31s", kind, first, second);
    if (words == 3)
        setup.group = strcmp(first, "p256") ? X25519 : P256;
    else if (words == 2)
        setup.suite = suite_of(first);
    else
        die("no such work: %s", argv[3]);
    snprintf(root, sizeof root, "%s/%s-root.pem", argv[1], second);
    snprintf(chain, sizeof chain, "%s/%s.pem", argv[1], second);
    snprintf(key, sizeof key, "%s/%s.key", argv[1], second);
    if (stack.only_tls12 && !strcmp(kind, "tls13-full"))
        return 0; /* no figure is the figure */
    if (stack.only_tls12 || !strcmp(kind, "tls12-full"))
        setup.version = TLS12;
    calibrate();
    run(&setup, kind, strtod(argv[2], NULL));
    return 0;
}
