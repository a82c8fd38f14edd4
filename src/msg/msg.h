/* msg.h: the messages of the handshake as plain structs, in wire order (RFC 9846 4, B.3).
 *
 * X_parse turns the body of a message into spans over it; X_write does the reverse. Neither has a
 * connection in reach: what a field may hold beyond its encoding is decided by whoever asked.
 * Messages that end in extensions are written up to them; ext_write adds the block. */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include "wire/rd.h"
#include "wire/wr.h"

enum msg_type {
    MSG_CLIENT_HELLO = 1,
    MSG_SERVER_HELLO = 2,
    MSG_NEW_SESSION_TICKET = 4,
    MSG_END_OF_EARLY_DATA = 5,
    MSG_ENCRYPTED_EXTENSIONS = 8,
    MSG_HELLO_REQUEST = 0, /* of TLS 1.2, as are the next four */
    MSG_CERTIFICATE = 11,
    MSG_SERVER_KEY_EXCHANGE = 12,
    MSG_CERTIFICATE_REQUEST = 13,
    MSG_SERVER_HELLO_DONE = 14,
    MSG_CERTIFICATE_VERIFY = 15,
    MSG_CLIENT_KEY_EXCHANGE = 16,
    MSG_FINISHED = 20,
    MSG_CERTIFICATE_STATUS = 22, /* of TLS 1.2 */
    MSG_KEY_UPDATE = 24,
    MSG_CHANGE_CIPHER_SPEC =
        31, /* no handshake message, but a row of TLS 1.2's tables accepts it */
    MSG_MESSAGE_HASH = 254,
};

/* struct msg is one whole message: its type, its body, and all of it with the header. */
struct msg {
    uint8_t type;
    span body, raw;
};

/* msg_name is the RFC's name of a message type, or "unknown". */
const char *msg_name(uint8_t type);

/* msg_limit is the largest body that a message of this type may claim. False: the type does not
 * exist. */
bool msg_limit(uint8_t type, size_t *limit);

struct client_hello { /* RFC 9846 4.2.2 */
    uint16_t legacy_version;
    span random, session_id, suites, compressions, extensions;
    bool has_extensions; /* TLS 1.2 clients may leave the block out */
};
bool client_hello_parse(struct client_hello *out, span body) __attribute__((warn_unused_result));
void client_hello_write(wr *w, const struct client_hello *m);

struct server_hello { /* RFC 9846 4.2.3; a HelloRetryRequest too */
    uint16_t legacy_version;
    span random, session_id;
    uint16_t suite;
    uint8_t compression;
    span extensions;
};
bool server_hello_parse(struct server_hello *out, span body) __attribute__((warn_unused_result));
void server_hello_write(wr *w, const struct server_hello *m);

/* hello_retry_random is the random that makes a ServerHello a HelloRetryRequest. */
extern const uint8_t hello_retry_random[32];
bool server_hello_is_retry(const struct server_hello *m);

/* encrypted_extensions: nothing but the block (RFC 9846 4.4.1). */
bool encrypted_extensions_parse(span *extensions, span body) __attribute__((warn_unused_result));

struct certificate_request { /* RFC 9846 4.4.2 */
    span context, extensions;
};
bool certificate_request_parse(struct certificate_request *out, span body)
    __attribute__((warn_unused_result));
void certificate_request_write(wr *w, const struct certificate_request *m);

struct certificate { /* RFC 9846 4.5.1 */
    span context, entries;
};
struct certificate_entry {
    span der, extensions;
};
bool certificate_parse(struct certificate *out, span body) __attribute__((warn_unused_result));
bool certificate_next(struct certificate_entry *out, rd *entries)
    __attribute__((warn_unused_result));
/* certificate_open and certificate_close enclose the entries, each written by
 * certificate_entry_write up to its extensions. */
size_t certificate_open(wr *w, span context);
void certificate_entry_write(wr *w, span der);
void certificate_close(wr *w, size_t mark);

/* certificate_status: a status_type, which is always ocsp, and an OCSPResponse (RFC 6066 8). */
enum { STATUS_OCSP = 1 };
bool certificate_status_parse(span *response, span body) __attribute__((warn_unused_result));
void certificate_status_write(wr *w, span response);

struct certificate_verify { /* RFC 9846 4.5.2 */
    uint16_t scheme;
    span signature;
};
bool certificate_verify_parse(struct certificate_verify *out, span body)
    __attribute__((warn_unused_result));
void certificate_verify_write(wr *w, const struct certificate_verify *m);

/* certificate_verify_content writes what is signed: 64 spaces, the context string of the signer's
 * role, a zero, the transcript's digest. */
enum { CERTIFICATE_VERIFY_CONTENT_MAX = 64 + 33 + 1 + 64 };
void certificate_verify_content(wr *w, bool by_client, span transcript);

struct new_session_ticket { /* RFC 9846 4.7.1 */
    uint32_t lifetime, age_add;
    span nonce, ticket, extensions;
};
bool new_session_ticket_parse(struct new_session_ticket *out, span body)
    __attribute__((warn_unused_result));
void new_session_ticket_write(wr *w, const struct new_session_ticket *m);

/* certificate12: the list of TLS 1.2 has no extensions and no context (RFC 5246 7.4.2). */
bool certificate12_parse(span *entries, span body) __attribute__((warn_unused_result));
bool certificate12_next(span *der, rd *entries) __attribute__((warn_unused_result));

struct certificate_request12 { /* RFC 5246 7.4.4 */
    span types, schemes, authorities;
};
bool certificate_request12_parse(struct certificate_request12 *out, span body)
    __attribute__((warn_unused_result));
void certificate_request12_write(wr *w, const struct certificate_request12 *m);

struct server_key_exchange { /* ECDHE; RFC 8422 5.4 */
    span params;             /* what is signed, with the two randoms before it */
    uint16_t group;
    span point;
    uint16_t scheme;
    span signature;
};
bool server_key_exchange_parse(struct server_key_exchange *out, span body)
    __attribute__((warn_unused_result));
/* server_key_exchange_params writes the part that is signed. */
void server_key_exchange_params(wr *w, uint16_t group, span point);

/* client_key_exchange: a point (RFC 8422 5.7), or an encrypted pre-master secret (RFC 5246
 * 7.4.7.1). */
bool client_key_exchange_ecdhe(span *point, span body) __attribute__((warn_unused_result));
bool client_key_exchange_rsa(span *encrypted, span body) __attribute__((warn_unused_result));

/* key_update: 0 not requested, 1 requested; the value is for the caller to judge (RFC 9846
 * 4.7.3). */
bool key_update_parse(uint8_t *request, span body) __attribute__((warn_unused_result));
void key_update_write(wr *w, uint8_t request);

#endif
