/* record.h: records in and out (RFC 9846 5).
 *
 * A rec_dir is one direction: a key, its nonce base, a sequence number. rec_next finds a record in
 * the bytes received and opens it in place; out_* cut what is to be sent into records and seal them
 * into a chain of blocks that stay where they are until they have been sent. Nothing here knows the
 * handshake; the few facts it needs are fields of struct rec_in. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/fail.h"
#include "crypto/hkdf.h"
#include "registry/limits.h"
#include "registry/registry.h"

enum content_type {
    CT_CHANGE_CIPHER_SPEC = 20,
    CT_ALERT = 21,
    CT_HANDSHAKE = 22,
    CT_APPLICATION_DATA = 23,
};

/* ---- one direction --------------------------------------------------------------------------- */

/* The ways of protecting: TLS 1.3 has one, TLS 1.2 three. */
enum way { WAY_CLEAR = 0, WAY_13, WAY_GCM12, WAY_CHACHA12, WAY_CBC };

struct rec_dir {
    enum way way;
    uint8_t iv[AEAD_NONCE];
    uint64_t seq;
    struct aead *aead;
    struct cbc_dir *cbc; /* of the one MAC suite of TLS 1.2 */
};

/* struct keys12 is one direction's part of TLS 1.2's key block (RFC 5246 6.3). */
struct keys12 {
    uint8_t mac[HASH_MAX], key[AEAD_KEY_MAX], iv[AEAD_NONCE];
};

/* rec_dir_key12 gives a direction keys of TLS 1.2. */
bool rec_dir_key12(struct rec_dir *dir, struct crypto *crypto, const struct hooks *hooks,
                   const struct suite *suite, const struct keys12 *keys, bool seal, struct err *err)
    __attribute__((warn_unused_result));

/* rec_dir_key gives a direction new keys (RFC 9846 7.3), sequence number 0. */
bool rec_dir_key(struct rec_dir *dir, struct crypto *crypto, const struct suite *suite,
                 const struct secret *traffic, bool seal, struct err *err)
    __attribute__((warn_unused_result));
void rec_dir_wipe(struct rec_dir *dir);

/* ---- in -------------------------------------------------------------------------------------- */

struct rec_in {
    struct rec_dir dir;
    uint16_t inner_max; /* largest content + type + padding: 2^14 + 1, or our record_size_limit */
    uint8_t ccs_seen;   /* change_cipher_specs dropped */
    bool ccs_allowed;   /* between the first ClientHello and the peer's Finished; RFC 9846 5 */
    bool tls12;         /* change_cipher_spec is a message; with keys, every record is sealed */
    bool begun;         /* a record was accepted: from now on the bytes are TLS */
    uint32_t skip;   /* bytes of rejected early data that may still be dropped, and one; 0: there is
                      * none. RFC 9846 4.3.10 */
    uint64_t opened; /* protected records, under any key; after one, nothing is in the clear */
};

/* struct rec is an open record: its content lies in the buffer that was given to rec_next. */
struct rec {
    uint8_t type;
    bool was_protected;
    uint8_t *p;
    size_t n;
};

enum rec_status {
    REC_MORE,    /* the record is not complete: `need` bytes in all */
    REC_OPENED,  /* `rec` is open, `used` bytes of the buffer are its */
    REC_DROPPED, /* `used` bytes were a record to ignore (change_cipher_spec, early data) */
    REC_FAILED,
};

/* rec_next looks at the n bytes at p, which begin with a record. */
enum rec_status rec_next(struct rec_in *in, struct rec *rec, size_t *used, size_t *need, uint8_t *p,
                         size_t n, struct err *err) __attribute__((warn_unused_result));

/* rec_open decrypts the body of a protected record in place and finds its content type. False
 * without a reason in `err` if the tag does not match: the caller decides what that means. */
bool rec_open(struct rec_in *in, struct rec *rec, const uint8_t header[REC_HEADER], uint8_t *body,
              size_t n, struct err *err) __attribute__((warn_unused_result));

/* ---- out ------------------------------------------------------------------------------------- */

struct block {
    struct block *next;
    size_t cap, begin, end; /* bytes[begin..end) wait to be sent */
    uint8_t bytes[];
};

struct rec_out {
    const struct hooks *hooks;
    struct rec_dir dir;
    uint16_t plain_max;     /* largest content that the peer takes: 2^14, or what it asked for */
    uint16_t clear_version; /* in the header: 0x0301 for the first ClientHello only; RFC 9846 5.1 */
    bool mute;              /* old keys are gone and new ones failed: nothing may go out */
    uint64_t max_records;   /* under the present key */
    struct block *head, *tail;
    size_t queued;   /* bytes in all blocks */
    uint8_t *flight; /* handshake messages not yet cut into records */
    size_t flight_n, flight_cap;
};

/* out_seal seals one record of `type` around `content` (at most plain_max bytes) into the queue. */
bool out_seal(struct rec_out *out, enum content_type type, span content, struct err *err)
    __attribute__((warn_unused_result));

/* out_room makes room for `n` more bytes of handshake messages and returns where they go, or
 * NULL. */
uint8_t *out_flight_room(struct rec_out *out, size_t n, struct err *err);

/* out_flight cuts the handshake messages that wait into records, coalesced, under the present
 * key. */
bool out_flight(struct rec_out *out, struct err *err) __attribute__((warn_unused_result));

/* out_key seals what waits under the old key, then changes keys. */
bool out_key(struct rec_out *out, struct crypto *crypto, const struct suite *suite,
             const struct secret *traffic, struct err *err) __attribute__((warn_unused_result));

/* out_sent drops the first n bytes of the first block. */
void out_sent(struct rec_out *out, size_t n);
void out_wipe(struct rec_out *out);

/* ---- alerts ---------------------------------------------------------------------------------- */

enum { ALERT_LEVEL_WARNING = 1, ALERT_LEVEL_FATAL = 2 };

/* alert_send queues an alert; close_notify and user_canceled go as warnings, all others as fatal
 * (RFC 9846 6). */
bool alert_send(struct rec_out *out, uint8_t alert, struct err *err)
    __attribute__((warn_unused_result));

enum alert_kind { ALERT_IN_CLOSE, ALERT_IN_IGNORE, ALERT_IN_FATAL, ALERT_IN_MALFORMED };

/* alert_read classifies an alert record (RFC 9846 6): all but close_notify and user_canceled (in
 * TLS 1.2: and warnings) end the connection, whatever their level says. */
enum alert_kind alert_read(const struct rec *rec, bool tls12, uint8_t *alert);

#endif
