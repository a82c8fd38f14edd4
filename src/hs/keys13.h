/* keys13.h: the key schedule of TLS 1.3 (RFC 9846 7). Each label may be used at one stage only;
 * asking at another is an internal error, not a wrong key. */
#ifndef HS_KEYS13_H
#define HS_KEYS13_H

#include "crypto/hkdf.h"

enum stage { STAGE_NONE, STAGE_EARLY, STAGE_HANDSHAKE, STAGE_MAIN };

enum label {
    LABEL_CLIENT_HANDSHAKE,
    LABEL_SERVER_HANDSHAKE,
    LABEL_CLIENT_APPLICATION,
    LABEL_SERVER_APPLICATION,
    LABEL_EXPORTER,
    N_LABELS
};

struct keys13 {
    enum hash_id hash;
    enum stage stage;
    struct secret secret;         /* of the stage */
    struct secret client, server; /* traffic secrets of the handshake, for Finished */
};

/* keys13_begin starts with the early secret; an empty psk means none. */
void keys13_begin(struct keys13 *k, enum hash_id hash, span psk);

/* keys13_handshake and keys13_main go on to the next stage. False out of order. */
bool keys13_handshake(struct keys13 *k, const struct secret *shared)
    __attribute__((warn_unused_result));
bool keys13_main(struct keys13 *k) __attribute__((warn_unused_result));

/* keys13_derive derives the secret of a label from the present stage and the digest of the
 * transcript. */
bool keys13_derive(const struct keys13 *k, struct secret *out, enum label label, span digest)
    __attribute__((warn_unused_result));
void keys13_wipe(struct keys13 *k);

/* label_keylog is the name of a label's secret in a key log (RFC 9850). */
const char *label_keylog(enum label label);

/* keys13_finished is the verify_data of a Finished (RFC 9846 4.5.3): hash_len bytes. */
void keys13_finished(enum hash_id hash, uint8_t *out, const struct secret *traffic, span digest);

/* keys13_update replaces a traffic secret by the next (RFC 9846 7.2). */
void keys13_update(enum hash_id hash, struct secret *traffic);

/* keys13_export: RFC 9846 7.5. n is at most 255 digests, the label at most 249 bytes. */
void keys13_export(enum hash_id hash, uint8_t *out, size_t n, const struct secret *exporter,
                   const char *label, span context);

#endif
