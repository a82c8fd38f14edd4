/* cbc12.c: the one MAC suite's protection: AES-128-CBC, then HMAC-SHA256 over what came of it (RFC
 * 5246 6.2.3.2 with RFC 7366).
 *
 * Invariant: nothing is decrypted before its MAC has matched, so neither the padding nor the time
 * that it takes tells a stranger anything (Lucky 13, POODLE-TLS: bug class 95). */
#include "record/protect.h"

enum { MAC = 32, SEQ = 8 };

struct cbc_dir {
    const struct hooks *hooks;
    struct crypto *crypto; /* for IVs */
    struct cbc *cipher;
    struct hmac_key mac;
};

struct cbc_dir *cbc_dir_new(struct crypto *crypto, const struct hooks *hooks,
                            const struct keys12 *keys, bool seal)
{
    struct cbc_dir *dir = mem_alloc(hooks, sizeof *dir);
    if (!dir)
        return NULL;
    dir->hooks = hooks;
    dir->crypto = crypto;
    hmac_init(&dir->mac, HASH_SHA256, (span){keys->mac, MAC});
    dir->cipher = cbc_new(crypto, (span){keys->key, CBC_KEY}, seal);
    if (dir->cipher)
        return dir;
    cbc_dir_free(dir);
    return NULL;
}

void cbc_dir_free(struct cbc_dir *dir)
{
    if (!dir)
        return;
    cbc_free(dir->cipher);
    mem_free(dir->hooks, dir, sizeof *dir);
}

size_t cbc12_len(size_t content)
{
    return CBC_BLOCK + (content / CBC_BLOCK + 1) * CBC_BLOCK
           + MAC; /* at least one byte of padding */
}

/* The MAC covers the sequence number, then the record as it stands, but with the length that it has
 * without the MAC (RFC 7366 3). */
static void mac_of(const struct rec_dir *dir, const uint8_t *header, const uint8_t *body, size_t n,
                   uint8_t out[MAC])
{
    uint8_t head[SEQ + REC_HEADER];
    for (size_t i = 0; i < SEQ; i++)
        head[i] = (uint8_t)(dir->seq >> (8 * (SEQ - 1 - i)));
    memcpy(head + SEQ, header, 3); /* type and version */
    head[SEQ + 3] = (uint8_t)(n >> 8);
    head[SEQ + 4] = (uint8_t)n;
    hmac_parts(&dir->cbc->mac, (span){head, sizeof head}, &(span){body, n}, 1, out);
}

/* The padding is under the MAC: a wrong one is the peer's own fault, and tells it nothing. */
static bool unpad(const uint8_t *p, size_t n, size_t *content)
{
    size_t pad = (size_t)p[n - 1] + 1;
    bool ok = pad <= n;
    for (size_t i = 0; ok && i < pad; i++)
        ok = p[n - 1 - i] == p[n - 1];
    *content = ok ? n - pad : 0;
    return ok;
}

bool open_cbc12(struct rec_in *in, struct rec *rec, const uint8_t *header, uint8_t *body, size_t n,
                struct err *err)
{
    struct rec_dir *dir = &in->dir;
    uint8_t mac[MAC];
    if (n < 2 * CBC_BLOCK + MAC || (n - MAC) % CBC_BLOCK != 0)
        return false;
    size_t sealed = n - MAC, content;
    mac_of(dir, header, body, sealed, mac);
    if (!ct_eq(mac, body + sealed, MAC)
        || !cbc_run(dir->cbc->cipher, body + CBC_BLOCK, sealed - CBC_BLOCK, body)
        || !unpad(body + CBC_BLOCK, sealed - CBC_BLOCK, &content)) {
        wipe(body, n);
        return false;
    }
    rec->type = header[0];
    rec->p = body + CBC_BLOCK;
    rec->n = content;
    return content < in->inner_max || fail(err, RECORD_OVERFLOW, content);
}

bool seal_cbc12(struct rec_dir *dir, uint8_t *record, uint8_t type, span content)
{
    const uint8_t header[] = {type, TLS12 >> 8, TLS12 & 0xff};
    uint8_t *iv = record + REC_HEADER, *p = iv + CBC_BLOCK;
    size_t padded = cbc12_len(content.n) - CBC_BLOCK - MAC, pad = padded - content.n;
    if (content.n)
        memmove(p, content.p, content.n);
    memset(p + content.n, (int)(pad - 1), pad);
    /* The IV must be new and not to be foreseen (BEAST). */
    if (!crypto_random(dir->cbc->crypto, iv, CBC_BLOCK)
        || !cbc_run(dir->cbc->cipher, p, padded, iv))
        return false;
    mac_of(dir, header, iv, CBC_BLOCK + padded, p + padded);
    return true;
}
