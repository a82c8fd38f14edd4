/* transcript.h: the running hash over the handshake's messages (RFC 9846 4.1). Until the hash is
 * known, messages are kept; each byte is hashed once. */
#ifndef HS_TRANSCRIPT_H
#define HS_TRANSCRIPT_H

#include "base/fail.h"
#include "crypto/crypto.h"

struct transcript {
    const struct hooks *hooks;
    struct hash_ctx ctx; /* id HASH_NONE until chosen */
    uint8_t *kept;
    size_t n, cap;
    bool keep; /* after the hash is chosen, too */
};

bool transcript_add(struct transcript *t, span message, struct err *err)
    __attribute__((warn_unused_result));
void transcript_choose(struct transcript *t, enum hash_id id);

/* transcript_keep goes on keeping the messages: TLS 1.2 signs them as they are (RFC 5246 7.4.8).
 * transcript_kept lends them; transcript_drop ends it. */
void transcript_keep(struct transcript *t);
span transcript_kept(const struct transcript *t);
void transcript_drop(struct transcript *t);

/* transcript_retry replaces the first ClientHello by its digest (RFC 9846 4.1). The hash must be
 * chosen and nothing but that hello in it. */
void transcript_retry(struct transcript *t);

/* transcript_digest writes the digest of all that was added, and returns it. */
span transcript_digest(const struct transcript *t, uint8_t out[HASH_MAX]);
void transcript_wipe(struct transcript *t);

#endif
