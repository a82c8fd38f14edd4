/* protect13.c: the protection of TLS 1.3 (RFC 9846 5.2, 5.3, 5.4, 7.3).
 *
 * Invariant: nothing of a record is shown before its tag matched; aead_open wipes it otherwise. */
#include "crypto/hkdf.h"
#include "record/protect.h"

bool rec_dir_key(struct rec_dir *dir, struct crypto *crypto, const struct suite *suite,
                 const struct secret *traffic, bool seal, struct err *err)
{
    uint8_t key[AEAD_KEY_MAX];
    size_t key_len = aead_key_len(suite->aead);
    struct hmac_key prk;
    rec_dir_wipe(dir);
    hmac_init(&prk, suite->hash, secret_span(traffic));
    hkdf_label_with(&prk, key, key_len, "key", (span){0});
    hkdf_label_with(&prk, dir->iv, AEAD_NONCE, "iv", (span){0});
    wipe(&prk, sizeof prk);
    dir->aead = aead_new(crypto, suite->aead, (span){key, key_len}, seal);
    wipe(key, sizeof key);
    if (!dir->aead)
        return fail(err, NO_MEMORY, key_len);
    dir->way = WAY_13;
    return true;
}

void nonce_xor(const struct rec_dir *dir, uint8_t nonce[AEAD_NONCE])
{
    memcpy(nonce, dir->iv, AEAD_NONCE);
    for (size_t i = 0; i < 8; i++) /* RFC 9846 5.3 */
        nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(dir->seq >> (8 * i));
}

bool open13(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
            struct err *err)
{
    uint8_t nonce[AEAD_NONCE];
    nonce_xor(&in->dir, nonce);
    if (n < AEAD_TAG || !aead_open(in->dir.aead, body, n, nonce, (span){header, REC_HEADER}))
        return false;
    size_t inner = n - AEAD_TAG;
    if (inner > in->inner_max)
        return fail(err, RECORD_OVERFLOW, inner); /* RFC 9846 5.2, RFC 8449 4 */
    while (inner > 0 && body[inner - 1] == 0)
        inner--;
    if (inner == 0)
        return fail(err, NO_CONTENT_TYPE, n); /* RFC 9846 5.4 */
    rec->type = body[inner - 1];
    rec->p = body;
    rec->n = inner - 1;
    if (rec->type != CT_ALERT && rec->type != CT_HANDSHAKE && rec->type != CT_APPLICATION_DATA)
        return fail(err, RECORD_TYPE, rec->type); /* RFC 9846 5 */
    return true;
}

bool seal13(struct rec_dir *dir, uint8_t *record, uint8_t type, span content)
{
    uint8_t nonce[AEAD_NONCE];
    nonce_xor(dir, nonce);
    return aead_seal(dir->aead, record + REC_HEADER, nonce, (span){record, REC_HEADER}, content,
                     (span){&type, 1});
}
