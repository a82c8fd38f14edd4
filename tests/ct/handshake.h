/* handshake.h: a server of TLS 1.2 and its client, for the programs that valgrind watches. They are
 * linked with --wrap, so that what a secret is can be marked, and what a client encrypts chosen. */
#ifndef CT_HANDSHAKE_H
#define CT_HANDSHAKE_H

#include "conn/conn.h"
#include "transport.h"

/* wrap_as makes the clients to come encrypt what an attack says. NULL: what they should. */
extern const struct attack *wrap_as;

/* hs_setup makes the environment and the people, hs_teardown ends them. */
void hs_setup(void);
void hs_teardown(void);

/* struct ends is two connections joined by memory. hs_start makes them with one suite. */
struct ends {
    tacit_conn *client, *server;
};

struct ends hs_start(uint16_t suite);
void hs_free(struct ends *e);

/* hs_move carries what one end has to send to the other; how many bytes. `edit`, if any, changes
 * them on the way. */
size_t hs_move(tacit_conn *from, tacit_conn *to, void (*edit)(uint8_t *p, size_t n));

/* hs_run carries bytes to and fro until nothing moves. */
void hs_run(struct ends *e);

/* hs_reason is why an end failed, R_NONE if it did not. */
enum reason hs_reason(const tacit_conn *c);

/* hs_require ends the program unless `holds`. */
void hs_require(bool holds, const char *what);

#endif
