/* duo.h: a connection of tacit and one of OpenSSL's libssl in one process, joined by memory. What
 * tacit sends is judged by another implementation, and the other way round. */
#ifndef INTEROP_DUO_H
#define INTEROP_DUO_H

#include "certs.h"

#include <tacit/tacit.h>

#include <openssl/ssl.h>

/* struct bytes grows by what is appended to it. */
struct bytes {
    uint8_t *p;
    size_t n;
};

/* struct duo is the two ends. `chunk` limits how many bytes one hand-over carries (0: as many as
 * fit). Zero it before duo_client or duo_server. */
struct duo {
    tacit_conn *us;
    SSL *peer;
    size_t chunk;
    size_t our_wire, peer_wire;         /* bytes that went over, from us and from the peer */
    struct bytes our_inbox, peer_inbox; /* plaintext that arrived, not yet looked at       */
    int alert_heard, alert_said;        /* by the peer; NONE_YET before                    */
    char lines[16][256];                /* of the peer's key log                           */
    size_t n_lines;
};

enum { NONE_YET = -1 };

/* ---- making both ends ------------------------------------------------------------------------ */

/* duo_setup and duo_end are cmocka's group setup and teardown: they make, and free, the authority
 * "root" and the anchors that trust it alone. */
int duo_setup(void **state);
int duo_end(void **state);

/* duo_root is the authority, duo_trust the anchors. */
const struct test_cert *duo_root(void);
tacit_trust *duo_trust(void);

/* struct shown is what an end shows: a chain, leaf first, and the leaf's key. n is 0: nothing. */
struct shown {
    const struct test_cert *chain[8];
    size_t n;
};

/* duo_leaf makes a certificate for a.test under the root, with the key given. */
struct shown duo_leaf(enum made_key key);

/* duo_identity makes our identity of it. The caller frees it. */
tacit_identity *duo_identity(const struct shown *shown);

/* peer_client, peer_server make OpenSSL's side: TLS 1.3 only, showing what is given. A client
 * checks the server's path and the name a.test against the root; a server asks for nothing.
 * duo_client and duo_server consume them. */
SSL_CTX *peer_client(const struct shown *shown);
SSL_CTX *peer_server(const struct shown *shown);

/* peer12_client, peer12_server are the same with TLS 1.2 only. */
SSL_CTX *peer12_client(const struct shown *shown);
SSL_CTX *peer12_server(const struct shown *shown);

/* peer_demands makes a server require a client certificate under the root. */
void peer_demands(SSL_CTX *ctx);

/* duo_client starts tacit's client for a.test against OpenSSL's server, duo_server tacit's server
 * against OpenSSL's client. Options need no size; a client trusts the root by default. */
void duo_client(struct duo *d, tacit_config_options ours, SSL_CTX *peer);
void duo_server(struct duo *d, tacit_config_options ours, SSL_CTX *peer);
void duo_free(struct duo *d);

/* ---- running them ---------------------------------------------------------------------------- */

/* duo_run carries bytes to and fro until nothing moves. */
void duo_run(struct duo *d);

/* to_peer, from_peer carry once, and say how much went. What the receiver does not take any more is
 * thrown away, as a closed socket would. */
size_t to_peer(struct duo *d);
size_t from_peer(struct duo *d);

/* we_say, peer_says write all of the bytes at one end, and demand that they arrive at the other. */
void we_say(struct duo *d, const void *p, size_t n);
void peer_says(struct duo *d, const void *p, size_t n);

/* assert_connected demands that the handshake is over at both ends; assert_speaking that data then
 * goes both ways, and that exporters agree. */
void assert_connected(const struct duo *d);
void assert_speaking(struct duo *d);

/* assert_we_failed demands that our connection ended for that reason (by name). */
#define assert_we_failed(duo, reason) assert_we_failed_at((duo), #reason, __FILE__, __LINE__)
void assert_we_failed_at(const struct duo *d, const char *reason, const char *file, int line);

tacit_info duo_info(const struct duo *d);

#endif
