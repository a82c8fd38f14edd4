/* tacit/conn.h: the connection turns bytes into bytes.
 *
 *            wire_in  --->  +------------+  --->  app_in      (peer -> you)
 *            wire_out <---  | tacit_conn |  <---  write       (you -> peer)
 *                           +------------+
 *
 * It owns no socket, starts no thread, reads no clock and never blocks. `_buf` lends a region
 * inside the connection; `_done` says how much of it you filled (wire_in) or emptied (wire_out,
 * app_in). A channel with nothing to lend lends an empty region: there is no "would block". One
 * thread at a time; calling into a connection from one of its callbacks is refused. */
#ifndef TACIT_CONN_H
#define TACIT_CONN_H

#include <tacit/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tacit_conn tacit_conn;

/* What a connection wants: bits of tacit_conn_wants. */
enum {
    TACIT_WANT_WIRE_IN = 1u << 0,  /* bytes from the peer */
    TACIT_WANT_WIRE_OUT = 1u << 1, /* send its bytes to the peer: first, and even after a failure */
    TACIT_WANT_APP_IN = 1u << 2,   /* plaintext is waiting for you; no more is read until you took
                                    * it */
    TACIT_WANT_APP_OUT = 1u << 3,  /* you may write plaintext */
    TACIT_WANT_TASK = 1u << 4,     /* it waits for a task: take it (once), answer it; until then the
                                    * bit stays (tacit/task.h) */
    TACIT_WANT_CLOSED = 1u << 5    /* both directions have ended and wire_out is empty */
};

/* tacit_phase is where in its life a connection is. */
typedef enum tacit_phase {
    TACIT_PHASE_HELLO = 0,     /* nothing is agreed yet                         */
    TACIT_PHASE_HANDSHAKE = 1, /* parameters are chosen, the peer is not proven */
    TACIT_PHASE_CONNECTED = 2, /* proven as the configuration asks; data flows  */
    TACIT_PHASE_CLOSING = 3,   /* one direction has ended                       */
    TACIT_PHASE_CLOSED = 4     /* both have, or the connection failed           */
} tacit_phase;

/* tacit_read_end says how the peer's direction ended. */
typedef enum tacit_read_end {
    TACIT_READ_OPEN = 0,      /* it has not                                                    */
    TACIT_READ_CLEAN = 1,     /* with close_notify: everything arrived                         */
    TACIT_READ_TRUNCATED = 2, /* the transport ended without close_notify: data may be missing */
    TACIT_READ_FAILED = 3     /* by an error; see tacit_conn_error                             */
} tacit_read_end;

/* tacit_client_new makes a client connection. `server_name` is the DNS name or IP address (text)
 * that the server must prove; it may be NULL only if the configuration skips verification, or that
 * of names, or has name_by_allow. Takes a reference on `config`, copies the name. */
TACIT_API tacit_conn *tacit_client_new(tacit_config *config, const char *server_name,
                                       tacit_error *error);

/* tacit_server_new makes a server connection. Takes a reference on `config`. */
TACIT_API tacit_conn *tacit_server_new(tacit_config *config, tacit_error *error);

/* tacit_conn_free ends it and wipes everything. It sends nothing. NULL is fine. */
TACIT_API void tacit_conn_free(tacit_conn *conn);

/* tacit_conn_wants is never zero: a set of TACIT_WANT_ bits. */
TACIT_API unsigned tacit_conn_wants(const tacit_conn *conn);

/* tacit_conn_wire_in_buf lends room for bytes from the peer, at least the rest of the current
 * record; empty while the connection does not want any. It may allocate: without memory the
 * connection fails with RESOURCE. The room stays where it is until it is done, or asked for again;
 * a connection that fails, ends or is freed takes it back, so first stop who still fills it. */
TACIT_API tacit_buf tacit_conn_wire_in_buf(tacit_conn *conn);

/* tacit_conn_wire_in_done says that `filled` bytes were put there, and processes them. 0 on an
 * empty buffer frees it. */
TACIT_API void tacit_conn_wire_in_done(tacit_conn *conn, size_t filled);

/* tacit_conn_wire_in_eof says that the peer's transport ended: a truncation, unless close_notify
 * came first. */
TACIT_API void tacit_conn_wire_in_eof(tacit_conn *conn);

/* tacit_conn_wire_out_buf lends bytes to send, which stay where they are until wire_out_done. A
 * reply that is owed (an alert, a KeyUpdate) is sealed here. */
TACIT_API tacit_span tacit_conn_wire_out_buf(tacit_conn *conn);

/* tacit_conn_wire_out_done says that the first `sent` of the lent bytes were sent. */
TACIT_API void tacit_conn_wire_out_done(tacit_conn *conn, size_t sent);

/* tacit_conn_app_in_buf lends plaintext of the current record, until tacit_conn_app_in_done. */
TACIT_API tacit_span tacit_conn_app_in_buf(tacit_conn *conn);

/* tacit_conn_app_in_done says that the first `taken` of the lent bytes were used. */
TACIT_API void tacit_conn_app_in_done(tacit_conn *conn, size_t taken);

/* tacit_conn_write seals plaintext straight from the caller's memory into the out buffer and
 * returns how many bytes it took: fewer than `n`, or none, while enough is queued, before the peer
 * is proven, or after an end. */
TACIT_API size_t tacit_conn_write(tacit_conn *conn, const void *data, size_t n);

/* tacit_conn_close ends our direction with close_notify; reading goes on (RFC 9846 6.1). */
TACIT_API void tacit_conn_close(tacit_conn *conn);

/* tacit_conn_key_update changes our sending keys, and asks the peer to change its own if
 * `request_peer`. False before CONNECTED and after an end. At most one request is outstanding; a
 * second is merged with it. (RFC 9846 4.7.3) */
TACIT_API bool tacit_conn_key_update(tacit_conn *conn, bool request_peer);

/* tacit_conn_phase and tacit_conn_read_end say where it is: see the types. */
TACIT_API tacit_phase tacit_conn_phase(const tacit_conn *conn);
TACIT_API tacit_read_end tacit_conn_read_end(const tacit_conn *conn);

/* tacit_conn_error lends the first failure, or NULL if there was none. */
TACIT_API const tacit_error *tacit_conn_error(const tacit_conn *conn);

/* tacit_conn_tick tells the time, in milliseconds of any steady clock. Past the handshake deadline
 * the connection fails. */
TACIT_API void tacit_conn_tick(tacit_conn *conn, uint64_t now_ms);

/* tacit_conn_deadline is when tacit_conn_tick wants to be called next, on the same clock;
 * UINT64_MAX: never. */
TACIT_API uint64_t tacit_conn_deadline(const tacit_conn *conn);

#ifdef __cplusplus
}
#endif
#endif
