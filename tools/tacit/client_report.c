/* client_report.c: connect without a stream: close after the handshake and read to the end, so that
 * tickets and a late refusal are seen. A server that does not close in its turn is not waited for
 * longer than a second. */
#include "client.h"

enum { PATIENCE_MS = 1000 };

static void begin(struct client *c)
{
    (void)c;
}

static void progress(struct client *c)
{
    tacit_conn *conn = c->link.conn;
    tacit_conn_app_in_done(conn, tacit_conn_app_in_buf(conn).n);
    if (!c->settled)
        return;
    if (tacit_conn_read_end(conn) != TACIT_READ_OPEN) {
        client_end(c);
    } else if (tacit_conn_phase(conn) == TACIT_PHASE_CONNECTED) {
        tacit_conn_close(conn);
        c->link.deadline = uv_now(&c->loop) + PATIENCE_MS;
    }
}

const struct client_mode client_report = {.begin = begin, .progress = progress};
