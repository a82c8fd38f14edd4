/* protect.c: protecting records, whatever the version: which way a direction goes, and the queue of
 * blocks that sealed records wait in (RFC 9846 5; RFC 5246 6).
 *
 * Invariant: a sequence number is used once per key; a block that was lent does not move. */
#include "record/protect.h"

void rec_dir_wipe(struct rec_dir *dir)
{
    aead_free(dir->aead);
    cbc_dir_free(dir->cbc);
    wipe(dir, sizeof *dir);
}

bool rec_open(struct rec_in *in, struct rec *rec, const uint8_t header[REC_HEADER], uint8_t *body,
              size_t n, struct err *err)
{
    struct rec_dir *dir = &in->dir;
    bool ok = dir->way == WAY_13    ? open13(in, rec, header, body, n, err)
              : dir->way == WAY_CBC ? open_cbc12(in, rec, header, body, n, err)
                                    : open_aead12(in, rec, header, body, n, err);
    if (!ok)
        return false;
    if (rec->n == 0 && rec->type != CT_APPLICATION_DATA)
        return fail(err, EMPTY_RECORD, rec->type); /* RFC 9846 5.4, RFC 5246 6.2.1 */
    rec->was_protected = true;
    in->opened++;
    in->skip = 0;
    return ++dir->seq != 0 || fail(err, SEQUENCE_EXHAUSTED, 0);
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

/* body_len is how long the body of a record gets. */
static size_t body_len(const struct rec_dir *dir, size_t n)
{
    switch (dir->way) {
    case WAY_CLEAR:
        break;
    case WAY_13:
        return n + 1 + AEAD_TAG;
    case WAY_GCM12:
        return EXPLICIT_NONCE + n + AEAD_TAG;
    case WAY_CHACHA12:
        return n + AEAD_TAG;
    case WAY_CBC:
        return cbc12_len(n);
    }
    return n;
}

static bool seal(struct rec_out *out, uint8_t *p, uint8_t type, span content, size_t body)
{
    switch (out->dir.way) {
    case WAY_CLEAR:
        put_header(p, type, out->clear_version, body);
        if (content.n)
            memcpy(p + REC_HEADER, content.p, content.n);
        return true;
    case WAY_13:
        put_header(p, CT_APPLICATION_DATA, TLS12, body);
        return seal13(&out->dir, p, type, content);
    case WAY_GCM12:
    case WAY_CHACHA12:
        put_header(p, type, TLS12, body);
        return seal_aead12(&out->dir, p, type, content);
    case WAY_CBC:
        put_header(p, type, TLS12, body);
        return seal_cbc12(&out->dir, p, type, content);
    }
    return false;
}

bool out_seal(struct rec_out *out, enum content_type type, span content, struct err *err)
{
    /* The change_cipher_spec of TLS 1.3 is for middleboxes, and always in the clear. */
    bool dummy = type == CT_CHANGE_CIPHER_SPEC && out->dir.way == WAY_13;
    if (out->mute) /* not even an alert: it would be in the clear */
        return fail(err, INTERNAL_FAULT, type);
    size_t body = dummy ? content.n : body_len(&out->dir, content.n);
    struct block *b = block_for(out, REC_HEADER + body);
    if (!b)
        return fail(err, NO_MEMORY, body);
    uint8_t *p = b->bytes + b->end;
    if (dummy) {
        put_header(p, (uint8_t)type, out->clear_version, body);
        memcpy(p + REC_HEADER, content.p, content.n);
    } else if (out->dir.way != WAY_CLEAR && out->dir.seq == UINT64_MAX) {
        return fail(err, SEQUENCE_EXHAUSTED, 0); /* RFC 9846 5.3 */
    } else if (!seal(out, p, (uint8_t)type, content, body)) {
        return fail(err, CRYPTO_FAILED, 0);
    } else if (out->dir.way != WAY_CLEAR) {
        out->dir.seq++;
    }
    b->end += REC_HEADER + body;
    out->queued += REC_HEADER + body;
    return true;
}
