/* protect.h: the ways of protecting a record, for protect.c alone. Each opens a body in place and
 * says what it holds, or seals content behind the header that stands at `record`. An opener that
 * fails without a reason in `err` means: the tag does not match. None of them counts sequence
 * numbers. */
#ifndef RECORD_PROTECT_H
#define RECORD_PROTECT_H

#include "record/record.h"

enum { EXPLICIT_NONCE = 8 }; /* of AES-GCM in TLS 1.2; RFC 5288 3 */

bool open13(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
            struct err *err);
bool seal13(struct rec_dir *dir, uint8_t *record, uint8_t type, span content);

bool open_aead12(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
                 struct err *err);
bool seal_aead12(struct rec_dir *dir, uint8_t *record, uint8_t type, span content);

bool open_cbc12(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
                struct err *err);
bool seal_cbc12(struct rec_dir *dir, uint8_t *record, uint8_t type, span content);
size_t cbc12_len(size_t content);
struct cbc_dir *cbc_dir_new(struct crypto *crypto, const struct hooks *hooks,
                            const struct keys12 *keys, bool seal);
void cbc_dir_free(struct cbc_dir *dir);

/* nonce_xor makes a nonce from the sequence number (RFC 9846 5.3, RFC 7905 2). */
void nonce_xor(const struct rec_dir *dir, uint8_t nonce[AEAD_NONCE]);

#endif
