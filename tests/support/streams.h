/* streams.h: a client's and a server's stream with certificates that fit, and no transport yet. */
#ifndef SUPPORT_STREAMS_H
#define SUPPORT_STREAMS_H

#include <tacit/tacit.h>

struct streams {
    tacit_stream *client, *server;
    int fd[2]; /* the client's end and the server's, -1: none */
};

/* streams_new makes both ends from what the options say beyond identity and trust. */
struct streams streams_new(tacit_config_options client, tacit_config_options server);

/* streams_socket is streams_new joined by a socketpair with small buffers. */
struct streams streams_socket(tacit_config_options client, tacit_config_options server);

/* streams_up does the handshakes of both ends, which must be non-blocking or become so here. */
void streams_up(struct streams *s);

/* streams_close closes a descriptor (0 or 1) once. */
void streams_close(struct streams *s, int end);
void streams_free(struct streams *s);

/* stream_reason is the name of the stream's error, "" for none. */
const char *stream_reason(const tacit_stream *s);

#endif
