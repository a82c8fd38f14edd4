/* client.h: `connect` at work: one connection from the name to the exit status.
 *
 *   connect.c  the command line          client.c  dialling, the handshake, the end
 *   client_report.c, client_get.c, client_stream.c   what is done with the connection: the three
 * modes */
#ifndef TOOL_CLIENT_H
#define TOOL_CLIENT_H

#include "fdio.h"
#include "http.h"
#include "link.h"
#include "report.h"
#include "setup.h"

struct client;

/* struct client_mode is what a connection is for. */
struct client_mode {
    void (*begin)(struct client *client);    /* once, when the peer is proven                     */
    void (*progress)(struct client *client); /* whenever something may have changed, after that   */
    void (*stop)(struct client *client);     /* once, when the connection ends; may be NULL       */
};

extern const struct client_mode client_report, client_get, client_stream;

/* struct outlet is standard output: what is put there is written while the loop runs. */
struct outlet {
    struct fdio io;
    size_t n;
    uint8_t bytes[65536];
};

struct client {
    /* filled in by connect.c */
    const struct client_mode *mode;
    struct setup setup;
    struct target target;
    const char *name; /* that the server must prove                                        */
    const char *peer; /* or, in its place, who it is: KIND:PATTERN; the name is only told  */
    const char *path; /* of --get                                                          */
    unsigned timeout_ms;
    bool timeout_given, quiet, json, insecure;
    long warn_days;

    /* the rest is the work */
    uv_loop_t loop;
    uv_signal_t signals[2];
    struct dial dial;
    struct link link;
    struct report report;
    struct outlet out;
    uint64_t tls_began, bytes_then;
    bool begun, settled, told, ending, interrupted;

    struct http_response *response; /* client_get.c                                        */
    char request[HTTP_LINE_MAX];
    size_t request_n, request_at;

    struct fdio in; /* client_stream.c                                                     */
    uint8_t in_bytes[16384];
    size_t in_n, in_at;
    bool in_eof;
};

/* client_run does it all and returns the exit status, everything having been said. */
int client_run(struct client *client);

/* client_end ends the connection: in good order if it still stands. The failure, if any, has been
 * recorded in client->report.failure. */
void client_end(struct client *client);

/* client_tell prints the report now, rather than at the end. */
void client_tell(struct client *client);

/* outlet_room is how many bytes outlet_put would take now. */
size_t outlet_room(const struct client *client);
void outlet_put(struct client *client, const uint8_t *bytes, size_t n);

#endif
