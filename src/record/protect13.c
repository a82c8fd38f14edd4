/* protect13.c: sealing and opening records of TLS 1.3 (RFC 9846 5.2, 5.3, 5.4, 7.3).
 *
 * Invariant: a sequence number is used once per key. Nothing of a record is shown before its tag
 * matched; aead_open wipes it otherwise. */
#include "crypto/hkdf.h"
#include "record/record.h"

static void nonce_of(const struct rec_dir *dir, uint8_t nonce[AEAD_NONCE])
{
    memcpy(nonce, dir->iv, AEAD_NONCE);
    for (size_t i = 0; i < 8; i++) /* RFC 9846 5.3 */
        nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(dir->seq >> (8 * i));
}

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
    return dir->aead || fail(err, NO_MEMORY, key_len);
}

void rec_dir_wipe(struct rec_dir *dir)
{
    aead_free(dir->aead);
    wipe(dir, sizeof *dir);
}

bool rec_open(struct rec_in *in, struct rec *rec, const uint8_t header[REC_HEADER], uint8_t *body,
              size_t n, struct err *err)
{
    uint8_t nonce[AEAD_NONCE];
    nonce_of(&in->dir, nonce);
    if (n < AEAD_TAG || !aead_open(in->dir.aead, body, n, nonce, (span){header, REC_HEADER}))
        return false;
    if (++in->dir.seq == 0)
        return fail(err, SEQUENCE_EXHAUSTED, 0);
    in->opened++;
    in->skip = 0;

    size_t inner = n - AEAD_TAG;
    if (inner > in->inner_max)
        return fail(err, RECORD_OVERFLOW, inner); /* RFC 9846 5.2, RFC 8449 4 */
    while (inner > 0 && body[inner - 1] == 0)
        inner--;
    if (inner == 0)
        return fail(err, NO_CONTENT_TYPE, n); /* RFC 9846 5.4 */
    rec->type = body[inner - 1];
    rec->was_protected = true;
    rec->p = body;
    rec->n = inner - 1;
    if (rec->type != CT_ALERT && rec->type != CT_HANDSHAKE && rec->type != CT_APPLICATION_DATA)
        return fail(err, RECORD_TYPE, rec->type); /* RFC 9846 5 */
    if (rec->n == 0 && rec->type != CT_APPLICATION_DATA)
        return fail(err, EMPTY_RECORD, rec->type); /* RFC 9846 5.4 */
    return true;
}

static void put_header(uint8_t *p, uint8_t type, uint16_t version, size_t n)
{
    p[0] = type;
    p[1] = (uint8_t)(version >> 8);
    p[2] = (uint8_t)version;
    p[3] = (uint8_t)(n >> 8);
    p[4] = (uint8_t)n;
}

/* A block holds ciphertext (or handshake messages in the clear), so it is neither zeroed nor
 * wiped. The smallest is a KiB with its header: glibc keeps what is freed at hand up to 1032
 * bytes. */
static struct block *block_for(struct rec_out *out, size_t n)
{
    enum { BLOCK_MIN = 1024 - sizeof(struct block) };
    if (out->tail && out->tail->cap - out->tail->end >= n)
        return out->tail;
    size_t cap = n > BLOCK_MIN ? n : BLOCK_MIN;
    struct block *b = out->hooks->alloc(out->hooks->user, sizeof *b + cap);
    if (!b)
        return NULL;
    *b = (struct block){.cap = cap};
    if (out->tail)
        out->tail->next = b;
    else
        out->head = b;
    return out->tail = b;
}

bool out_seal(struct rec_out *out, enum content_type type, span content, struct err *err)
{
    bool sealed = out->dir.aead && type != CT_CHANGE_CIPHER_SPEC;
    if (out->mute) /* not even an alert: it would be in the clear */
        return fail(err, INTERNAL_FAULT, type);
    size_t body = content.n + (sealed ? 1 + AEAD_TAG : 0);
    struct block *b = block_for(out, REC_HEADER + body);
    if (!b)
        return fail(err, NO_MEMORY, body);
    uint8_t *p = b->bytes + b->end;
    if (!sealed) {
        put_header(p, (uint8_t)type, out->clear_version, body);
        if (content.n)
            memcpy(p + REC_HEADER, content.p, content.n);
    } else {
        uint8_t nonce[AEAD_NONCE], inner_type = (uint8_t)type;
        if (out->dir.seq == UINT64_MAX)
            return fail(err, SEQUENCE_EXHAUSTED, 0); /* RFC 9846 5.3 */
        put_header(p, CT_APPLICATION_DATA, TLS12, body);
        nonce_of(&out->dir, nonce);
        out->dir.seq++;
        if (!aead_seal(out->dir.aead, p + REC_HEADER, nonce, (span){p, REC_HEADER}, content,
                       (span){&inner_type, 1}))
            return fail(err, CRYPTO_FAILED, 0);
    }
    b->end += REC_HEADER + body;
    out->queued += REC_HEADER + body;
    return true;
}
