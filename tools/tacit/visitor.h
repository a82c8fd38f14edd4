/* visitor.h: `serve` at work: one connection, its requests and its answers.
 *
 *   serve.c    the command line, the listener, the end   visitor.c  a connection, its requests
 *   answer.c   what is sent back                         folder.c   the files
 *   reload.c   certificates and lists that change        picture.c  how one sees that they did */
#ifndef TOOL_VISITOR_H
#define TOOL_VISITOR_H

#include "http.h"
#include "link.h"

enum { VISITOR_IN = HTTP_HEAD_MAX + 64, VISITOR_CHUNK = 64 * 1024, VISITOR_LINGER_MS = 1000 };

/* struct server is what all visitors share. */
struct server {
    uv_loop_t loop;
    uv_tcp_t listener;
    tacit_config *const *config; /* that of new connections: reload.h */
    int folder; /* of the files, or -1: everybody sees his own handshake            */
    uint64_t idle_ms;
    bool draining; /* no new connections, no new requests                              */
    struct visitor *visitors;
};

/* struct visitor is one connection. Its buffers exist only while there is something in them. */
struct visitor {
    struct link link;
    struct server *server;
    struct visitor *prev, *next;
    char peer[64];
    char *in; /* what was received of requests: up to VISITOR_IN bytes           */
    size_t in_n;
    struct http_request request;
    uint8_t *chunk; /* of the answer: its head, then its body                          */
    size_t chunk_n, chunk_at;
    int file;
    uint64_t file_left;
    uv_fs_t fs;
    bool reading;   /* the file, on another thread                                     */
    bool filled;    /* the chunk holds as much of the file as fits                     */
    bool answering; /* a request                                                       */
    bool last;      /* the answer is the last one                                      */
    bool arrived, ended, gone;
};

/* visitor_accept takes a connection from the listener. False without memory. */
bool visitor_accept(struct server *server);

/* visitor_drain ends it now unless it is answering; then after the answer. */
void visitor_drain(struct visitor *visitor);

/* answer_begin prepares the answer to visitor->request: its head in the chunk, its file if it has
 * one. */
void answer_begin(struct visitor *visitor);

/* status_page writes the page about the visitor's own handshake; as JSON if asked for. Release with
 * free; NULL: no memory. */
char *status_page(const struct visitor *visitor, bool as_json);

/* folder_open opens a file below the folder: nothing outside of it, and no symbolic link, is ever
 * followed. Returns the descriptor and its size, or -1 and the status to answer with (404; 301: it
 * is a folder, and lacks its slash). */
int folder_open(int folder, const struct http_request *request, uint64_t *size, int *status);

#endif
