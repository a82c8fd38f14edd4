/* conn.h: the inside of a connection: the protocol's state, the bytes received, and how each
 * direction ended. */
#ifndef CONN_CONN_H
#define CONN_CONN_H

#include "hs/hs.h"

#include <tacit/conn.h>

struct tacit_conn {
    struct tls t;
    uint8_t *in; /* received and not used up: in[at..n) */
    size_t at, n, cap;
    size_t need;   /* bytes of the record that is not complete */
    size_t lent;   /* by wire_in_buf */
    tacit_buf app; /* plaintext of the open record, lent by app_in */
    bool busy;     /* inside a call: callbacks may not call */
    bool failed;
    bool write_ended; /* our close_notify is queued, or nobody reads it */
    bool ended;       /* abandoned during the handshake */
    bool eof;         /* the transport ended: after what has been received, nothing comes */
    uint8_t read_end; /* enum tacit_read_end */
    uint8_t empty_in_row;
    bool ticked;
    uint64_t deadline;
    tacit_error error; /* what tacit_conn_error lends */
};

/* conn_failed queues the alert that hangs off the first failure, and ends everything. */
void conn_failed(struct tacit_conn *c);

/* conn_key_update queues a KeyUpdate, and changes our keys. */
bool conn_key_update(struct tacit_conn *c, bool request) __attribute__((warn_unused_result));

/* conn_close queues close_notify. */
void conn_close(struct tacit_conn *c);

/* conn_process opens and routes what has been received, until data must be taken or more must
 * come. */
void conn_process(struct tacit_conn *c);

/* conn_resume goes on after the host has answered a task. */
void conn_resume(struct tacit_conn *c);

/* conn_drop_input wipes and frees what has been received. */
void conn_drop_input(struct tacit_conn *c);

bool conn_connected(const struct tacit_conn *c);

#endif
