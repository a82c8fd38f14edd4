/* keys12.h: the secrets of TLS 1.2 (RFC 5246 5, 6.3, 7.4.9, 8.1; RFC 7627). */
#ifndef HS_KEYS12_H
#define HS_KEYS12_H

#include "crypto/crypto.h"
#include "record/record.h"

enum { MASTER_LEN = 48, FINISHED12_LEN = 12 };

/* master12 derives the master secret from the pre-master secret: over the handshake's digest
 * (extended), or, where the peer has no extended master secret, over the two randoms. */
void master12_extended(enum hash_id hash, struct secret *master, const struct secret *premaster,
                       span session_hash);
void master12_plain(enum hash_id hash, struct secret *master, const struct secret *premaster,
                    span client_random, span server_random);

/* keys12_block cuts the key block into both directions' keys. */
void keys12_block(const struct suite *suite, const struct secret *master, span client_random,
                  span server_random, struct keys12 *client, struct keys12 *server);

/* keys12_finished is the verify_data of a Finished: FINISHED12_LEN bytes. */
void keys12_finished(enum hash_id hash, uint8_t out[FINISHED12_LEN], const struct secret *master,
                     bool by_client, span digest);

/* keys12_export: RFC 5705. */
void keys12_export(enum hash_id hash, uint8_t *out, size_t n, const struct secret *master,
                   const char *label, span client_random, span server_random, span context);

#endif
