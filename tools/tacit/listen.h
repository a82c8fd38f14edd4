/* listen.h: a listener on a TCP port, for the verbs that serve. */
#ifndef TOOL_LISTEN_H
#define TOOL_LISTEN_H

#include "dial.h"

#include <uv.h>

/* listen_open binds and listens; port 0 picks a free one. Returns 0, or an exit status after saying
 * why. */
int listen_open(uv_tcp_t *listener, uv_loop_t *loop, const struct target *at,
                uv_connection_cb on_connection);

/* listen_say_ready prints "ready ADDR:PORT" to stderr. */
void listen_say_ready(uv_tcp_t *listener);

#endif
