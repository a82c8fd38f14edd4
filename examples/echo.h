/* echo.h: an echo server without its loop: what all of loop_*.c do with a connection. */
#ifndef EXAMPLES_ECHO_H
#define EXAMPLES_ECHO_H

#include <tacit/tacit.h>

#include <time.h>

static inline tacit_config *echo_config(const char *chain, const char *key, tacit_error *error)
{
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_identity *id = tacit_identity_files(env, chain, key, NULL, NULL, error);
    tacit_config_options options = {
        .size = sizeof options, .identities = &id, .n_identities = 1, .handshake_timeout = 10000};
    tacit_config *config = tacit_server_config(env, &options, error);
    tacit_identity_free(id);
    tacit_env_free(env);
    return config;
}

/* echo moves what has arrived to what goes out, and says goodbye after the peer. Where the peer
 * does not read, nothing more is taken from it: APP_OUT is off, so APP_IN stays, so WIRE_IN is
 * off. */
static inline void echo(tacit_conn *conn)
{
    const unsigned both = TACIT_WANT_APP_IN | TACIT_WANT_APP_OUT;
    while ((tacit_conn_wants(conn) & both) == both) {
        tacit_span in = tacit_conn_app_in_buf(conn);
        tacit_conn_app_in_done(conn, tacit_conn_write(conn, in.p, in.n));
    }
    bool ended = tacit_conn_read_end(conn) != TACIT_READ_OPEN;
    if (ended && !(tacit_conn_wants(conn) & TACIT_WANT_APP_IN))
        tacit_conn_close(conn);
}

/* now_ms is the time for tacit_conn_tick, which ends handshakes that take too long. */
static inline uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
