/* link.h: a TLS connection over a TCP socket of libuv: what `connect` and `serve` have in
 * common.
 *
 * The link moves bytes between the socket and the connection's channels, and calls `progress`
 * whenever something may have changed; its user takes plaintext, writes plaintext, looks at the
 * phase, and in the end calls link_finish. The user may call any function of this file and of
 * tacit_conn from its callbacks. */
#ifndef TOOL_LINK_H
#define TOOL_LINK_H

#include <tacit/conn.h>

#include <uv.h>

struct link;

/* struct link_events are the user's callbacks; none may be NULL. */
struct link_events {
    void (*progress)(struct link *link); /* something changed: look at the connection             */
    void (*timeout)(struct link *link);  /* link->deadline, or idle_ms without a byte, is over    */
    void (*closed)(struct link *link);   /* all is over: the link's memory is yours again         */
};

enum { LINK_FIRST = 96 };

struct link {
    uv_tcp_t tcp;
    const struct link_events *on;
    void *user;
    tacit_conn *conn;  /* owned once link_start has been called                                */
    uint64_t deadline; /* on the clock of uv_now; UINT64_MAX: none. See link_pump              */
    uint64_t idle_ms;  /* the longest time without a byte moving; 0: any                       */
    int io_error;      /* the first failure of the socket as UV_E..., or 0                     */
    bool eof;          /* the peer's side of the socket has ended                              */
    uint64_t bytes_in, bytes_out;
    uint8_t first[LINK_FIRST]; /* what the peer said first, for reports                           */
    size_t n_first;

    /* the rest is link.c's */
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    uint64_t active, armed, linger_until;
    unsigned linger_ms;
    unsigned open_handles;
    bool reading, writing, pumping, again, finishing, shut, closing;
};

/* link_init prepares the handles; then connect or accept link->tcp. 0, or a UV_E... */
int link_init(struct link *link, uv_loop_t *loop, const struct link_events *on, void *user);

/* link_start begins to move bytes over the connected socket. Takes over `conn`. */
void link_start(struct link *link, tacit_conn *conn);

/* link_pump looks at everything again: to be called after changing the connection, a deadline or
 * idle_ms from outside of `progress`. */
void link_pump(struct link *link);

/* link_finish ends the link in good order: sends what is queued, ends our side of the socket,
 * waits up to `linger_ms` for the peer's end (what still arrives is thrown away; a socket closed
 * over unread bytes would take the last alert from the peer), then closes. `progress` is not
 * called any more. */
void link_finish(struct link *link, unsigned linger_ms);

/* link_abort closes at once. */
void link_abort(struct link *link);

#endif
