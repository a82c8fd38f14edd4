/* protect12.c: the AEAD protection of TLS 1.2: AES-GCM with the explicit half of its nonce (RFC
 * 5288), ChaCha20-Poly1305 without one (RFC 7905), over the associated data of RFC 5246 6.2.3.3.
 *
 * Invariant: the explicit nonce is the sequence number, so it never repeats under a key. */
#include "record/protect.h"

enum { AD = 8 + 1 + 2 + 2, SALT = 4 };

static void put64(uint8_t *p, uint64_t v)
{
    for (size_t i = 8; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
}

/* What the tag covers besides: sequence number, type and version as the record has them, length of
 * the plaintext. */
static span associated(const struct rec_dir *dir, uint8_t out[AD], const uint8_t *header, size_t n)
{
    put64(out, dir->seq);
    memcpy(out + 8, header, 3);
    out[11] = (uint8_t)(n >> 8);
    out[12] = (uint8_t)n;
    return (span){out, AD};
}

bool rec_dir_key12(struct rec_dir *dir, struct crypto *crypto, const struct hooks *hooks,
                   const struct suite *suite, const struct keys12 *keys, bool seal, struct err *err)
{
    rec_dir_wipe(dir);
    memcpy(dir->iv, keys->iv, sizeof dir->iv);
    if (suite->cbc) {
        dir->way = WAY_CBC;
        dir->cbc = cbc_dir_new(crypto, hooks, keys, seal);
        return dir->cbc || fail(err, NO_MEMORY, CBC_KEY);
    }
    dir->way = suite->aead == AEAD_CHACHA20_POLY1305 ? WAY_CHACHA12 : WAY_GCM12;
    dir->aead = aead_new(crypto, suite->aead, (span){keys->key, aead_key_len(suite->aead)}, seal);
    return dir->aead || fail(err, NO_MEMORY, aead_key_len(suite->aead));
}

bool open_aead12(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
                 struct err *err)
{
    struct rec_dir *dir = &in->dir;
    size_t lead = dir->way == WAY_GCM12 ? EXPLICIT_NONCE : 0;
    uint8_t nonce[AEAD_NONCE], ad[AD];
    if (n < lead + AEAD_TAG)
        return false;
    if (lead) {
        memcpy(nonce, dir->iv, SALT);
        memcpy(nonce + SALT, body, EXPLICIT_NONCE);
    } else {
        nonce_xor(dir, nonce);
    }
    size_t plain = n - lead - AEAD_TAG;
    if (!aead_open(dir->aead, body + lead, n - lead, nonce, associated(dir, ad, header, plain)))
        return false;
    rec->type = header[0];
    rec->p = body + lead;
    rec->n = plain;
    /* `inner_max` counts a content type, which TLS 1.2 does not have. */
    return plain < in->inner_max || fail(err, RECORD_OVERFLOW, plain);
}

bool seal_aead12(struct rec_dir *dir, uint8_t *record, uint8_t type, span content)
{
    const uint8_t header[] = {type, TLS12 >> 8, TLS12 & 0xff};
    uint8_t nonce[AEAD_NONCE], ad[AD];
    uint8_t *body = record + REC_HEADER;
    if (dir->way == WAY_GCM12) {
        memcpy(nonce, dir->iv, SALT);
        put64(nonce + SALT, dir->seq);
        put64(body, dir->seq);
        body += EXPLICIT_NONCE;
    } else {
        nonce_xor(dir, nonce);
    }
    return aead_seal(dir->aead, body, nonce, associated(dir, ad, header, content.n), content,
                     (span){0});
}
