/* dial.h: from a name and a port to a connected socket. */
#ifndef TOOL_DIAL_H
#define TOOL_DIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* struct target is HOST[:PORT], taken apart. */
struct target {
    char host[256];  /* a name, or an address without brackets          */
    char port[8];    /* decimal                                         */
    char shown[280]; /* host:port, with brackets where they belong      */
    bool numeric;    /* the host is an address                          */
};

/* target_read reads HOST[:PORT], [v6]:PORT or a bare IPv6 address. Returns NULL, or what is wrong
 * with it (a clause). `default_port` is used where none is given; NULL: one must be. */
const char *target_read(struct target *target, const char *text, const char *default_port);

/* target_name is the host as a certificate would spell it: without trailing dot or zone. */
void target_name(char out[256], const struct target *target);

struct dial;

/* dial_done gets 0 and the connected socket in dial->fd, or an exit status and the sentence in
 * dial->why. */
typedef void dial_done(struct dial *dial, int status);

/* struct dial is one attempt to reach a target, whose addresses are tried in turn. */
struct dial {
    const struct target *target;
    void *user;
    int fd;
    uint64_t dns_ns, tcp_ns; /* how long each took; 0: not needed, or not reached  */
    char address[64];        /* the one that was connected, or tried last          */
    char why[512];

    /* the rest is dial.c's */
    dial_done *done;
    uv_loop_t *loop;
    uv_getaddrinfo_t lookup;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_timer_t timer;
    struct addrinfo *addresses, *next;
    uint64_t began, deadline;
    unsigned timeout_ms;
    int status;
    bool late;
};

/* dial_start begins to reach dial->target; `done` is called once, from the loop. Whatever is not
 * reached within `timeout_ms` has failed. A resolver that is then still thinking keeps a thread
 * busy: see dial_resolving. */
void dial_start(struct dial *dial, uv_loop_t *loop, unsigned timeout_ms, dial_done *done);

/* dial_resolving: the resolver has not come back, and the loop cannot end before it does. */
bool dial_resolving(const struct dial *dial);

#endif
