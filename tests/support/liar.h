/* liar.h: a handshake in memory in which one end lies.
 *
 * Both ends are tacit's own. Programs under tests/state are linked with --wrap, so that what an end
 * is about to say passes through here first: a handshake message before it joins the transcript, a
 * record before it is sealed, a change of keys, a signature. The liar hears itself: its transcript
 * and its keys agree with what it sent, and nothing but the receiver's own checks can notice. */
#ifndef SUPPORT_LIAR_H
#define SUPPORT_LIAR_H

#include "hs/hs.h"

/* struct draft is what is about to be sent instead of one message: any number of messages, with
 * their headers. */
struct draft {
    uint8_t *p;
    size_t n, cap;
};

/* struct liar says who lies, and how. What is NULL is done honestly. */
struct liar {
    bool is_client;
    void *user;
    /* message edits what goes out in the place of a message. */
    void (*message)(void *user, struct tls *t, struct draft *d);
    /* record sends a record, or what it likes, by liar_seal. */
    bool (*record)(void *user, struct tls *t, enum content_type type, span content);
    /* write_key changes the sending keys, or not (yet), by liar_write_key. */
    bool (*write_key)(void *user, struct tls *t, const struct secret *traffic);
    /* sign edits the content that is signed, *n bytes of CERTIFICATE_VERIFY_CONTENT_MAX, and may
     * take another key. */
    void (*sign)(void *user, struct sign_key **key, uint8_t *content, size_t *n);
};

extern struct liar liar;

/* liar_reset makes everyone honest, and forgets what was said. */
void liar_reset(void);

/* ---- what the liar can do -------------------------------------------------------------------- */

/* liar_put sends bytes as handshake messages, and adds them to the transcript. */
bool liar_put(struct tls *t, span bytes);

/* liar_seal sends a record; type 0 under keys is how padding is made: content that ends in its type
 * and zeros. */
bool liar_seal(struct tls *t, uint8_t type, span content);

/* liar_seal_clear sends a record in the clear, keys or not. liar_flush seals the messages that wait
 * to be sent together. */
bool liar_seal_clear(struct tls *t, uint8_t type, span content);
bool liar_flush(struct tls *t);
bool liar_write_key(struct tls *t, const struct secret *traffic);

/* draft_insert makes room for bytes at `at` and copies them there; draft_remove is the reverse.
 * draft_fit writes the draft's length into its (one) message's header. */
void draft_insert(struct draft *d, size_t at, span bytes);
void draft_remove(struct draft *d, size_t at, size_t n);
void draft_fit(struct draft *d);

/* draft_twice appends a copy of all that is there. */
void draft_twice(struct draft *d);

/* ---- what was said --------------------------------------------------------------------------- */

/* struct saying is one message as it would have gone out if nobody had lied. */
struct saying {
    uint8_t type;
    span raw;
};

/* liar_said lends message number `index` of an end, or one of type 0 past the last. */
struct saying liar_said(bool by_client, size_t index);

/* liar_alerts is how many alerts an end has sent, and the last of them. */
size_t liar_alerts(bool by_client, uint8_t *last);

#endif
