/* connect HOST PORT: sends what stands on standard input over TLS and prints what comes back.
 * Nobody is believed whose certificate does not prove HOST. */
#include <tacit/tacit.h>

#include "dial.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    tacit_error error = {0};
    char text[512], request[8192];
    size_t asked = 0, n = fread(request, 1, sizeof request, stdin);
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_config *config = tacit_client_config(env, NULL, &error); /* the system's authorities */
    tacit_conn *conn = argc == 3 ? tacit_client_new(config, argv[1], &error) : NULL;
    int fd = conn ? dial(argv[1], argv[2]) : -1;
    for (unsigned wants; fd >= 0 && !((wants = tacit_conn_wants(conn)) & TACIT_WANT_CLOSED);) {
        if (wants & TACIT_WANT_WIRE_OUT) { /* first, and even after a failure */
            tacit_span out = tacit_conn_wire_out_buf(conn);
            ssize_t sent = send(fd, out.p, out.n, MSG_NOSIGNAL);
            tacit_conn_wire_out_done(conn, sent > 0 ? (size_t)sent : out.n);
        } else if (wants & TACIT_WANT_APP_IN) {
            tacit_span in = tacit_conn_app_in_buf(conn);
            tacit_conn_app_in_done(conn, fwrite(in.p, 1, in.n, stdout));
        } else if (wants & TACIT_WANT_APP_OUT && asked < n) {
            asked += tacit_conn_write(conn, request + asked, n - asked);
        } else if (wants & TACIT_WANT_WIRE_IN) {
            tacit_buf room = tacit_conn_wire_in_buf(conn);
            ssize_t got = recv(fd, room.p, room.n, 0);
            tacit_conn_wire_in_done(conn, got > 0 ? (size_t)got : 0);
            if (got <= 0)
                tacit_conn_wire_in_eof(conn); /* a truncation, unless the server said goodbye */
        } else {
            tacit_conn_close(conn);
        }
    }
    if (conn && tacit_conn_error(conn))
        error = *tacit_conn_error(conn);
    if (error.reason && tacit_error_sentence(&error, text, sizeof text))
        fprintf(stderr, "%s: %s\n%s\n", error.code, text, tacit_error_advice(&error));
    bool whole = conn && tacit_conn_read_end(conn) == TACIT_READ_CLEAN;
    tacit_conn_free(conn);
    tacit_config_free(config);
    tacit_env_free(env);
    return whole ? 0 : 1;
}
