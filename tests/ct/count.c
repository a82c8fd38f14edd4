/* count.c: run by counts.py under callgrind. Each window is the whole of what a server does with
 * bytes that somebody has tampered with, up to its alert; its name is a group and what was done.
 * Within a group the instructions of our own code must be the same in number. */
#include "handshake.h"

#include <stdio.h>
#include <valgrind/callgrind.h>

static void window(const char *group, const char *what, struct ends *e,
                   void (*edit)(uint8_t *p, size_t n), enum reason want)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s: %s", group, what);
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    (void)hs_move(e->client, e->server, edit);
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(name);
    hs_require(hs_reason(e->server) == want, what);
    hs_free(e);
}

/* The flight of a client that lies about its block: what anyone can see is a group of its own. */
static void transport(void)
{
    for (size_t i = 0; i < N_ATTACKS; i++) {
        const struct attack *a = &attacks[i];
        wrap_as = a;
        struct ends e = hs_start(0x009c);
        (void)hs_move(e.client, e.server, NULL);
        (void)hs_move(e.server, e.client, NULL);
        const char *group = a->is_right ? "right" : a->is_visible ? a->what : "transport";
        window(group, a->what, &e, NULL, a->is_right ? R_NONE : R_BAD_RECORD_MAC);
    }
    wrap_as = NULL;
}

static size_t at;

static void flip(uint8_t *p, size_t n)
{
    p[at % n] ^= 0x80;
}

/* A record of 16 + 32 + 32 bytes behind its header. */
static void cbc(void)
{
    static const struct {
        const char *what;
        size_t at;
    } bytes[] = {
        {"first byte of the IV", 5},       {"last byte of the IV", 20},
        {"first byte of the data", 21},    {"last byte of the data", 40},
        {"first byte of the padding", 41}, {"length of the padding", 52},
        {"first byte of the MAC", 53},     {"last byte of the MAC", 84},
    };
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        const uint8_t data[20] = {7};
        struct ends e = hs_start(0xc027);
        hs_run(&e);
        hs_require(tacit_conn_write(e.client, data, sizeof data) == sizeof data, "nothing is sent");
        at = bytes[i].at;
        window("cbc", bytes[i].what, &e, flip, R_BAD_RECORD_MAC);
    }
}

int main(void)
{
    hs_setup();
    transport();
    cbc();
    hs_teardown();
    return 0;
}
