/* hkdf.c: HMAC (RFC 2104), HKDF (RFC 5869) and TLS 1.3's labels (RFC 9846 7.1), as plain values on
 * the stack.
 *
 * Invariant: every local that saw key material is wiped before it goes out of scope. */
#include "crypto/hkdf.h"

#include "wire/wr.h"

static const char LABEL_PREFIX[] = "tls13 ";

enum { LABEL_INFO_MAX = 2 + 1 + 255 + 1 + 255 };

/* absorb makes ctx the state after one block of the key, each byte of it mixed with `pad`. */
static void absorb(struct hash_ctx *ctx, enum hash_id id, const uint8_t key[HASH_BLOCK_MAX],
                   uint8_t pad)
{
    uint8_t block[HASH_BLOCK_MAX];
    for (size_t i = 0; i < sizeof block; i++) /* a fixed length: whole vectors at a time */
        block[i] = key[i] ^ pad;
    hash_init(ctx, id);
    hash_update(ctx, (span){block, hash_block(id)});
    wipe(block, sizeof block);
}

void hmac_init(struct hmac_key *key, enum hash_id id, span secret)
{
    uint8_t padded[HASH_BLOCK_MAX] = {0};
    if (secret.n > hash_block(id))
        hash_once(id, secret, padded);
    else if (secret.n)
        memcpy(padded, secret.p, secret.n);
    absorb(&key->inner, id, padded, 0x36);
    absorb(&key->outer, id, padded, 0x5c);
    wipe(padded, sizeof padded);
}

/* finish ends an HMAC whose text the inner context has absorbed, and wipes it. */
static void finish(const struct hmac_key *key, struct hash_ctx *inner, uint8_t *out)
{
    uint8_t digest[HASH_MAX];
    hash_final(inner, digest);
    *inner = key->outer;
    hash_update(inner, (span){digest, hash_len(inner->id)});
    hash_final(inner, out);
    wipe(inner, sizeof *inner);
    wipe(digest, sizeof digest);
}

void hmac_with(const struct hmac_key *key, span data, uint8_t *out)
{
    hmac_parts(key, data, NULL, 0, out);
}

void hmac_parts(const struct hmac_key *key, span first, const span *rest, size_t n, uint8_t *out)
{
    struct hash_ctx ctx = key->inner;
    hash_update(&ctx, first);
    for (size_t i = 0; i < n; i++)
        hash_update(&ctx, rest[i]);
    finish(key, &ctx, out);
}

void hmac_once(enum hash_id id, span secret, span data, uint8_t *out)
{
    struct hmac_key key;
    hmac_init(&key, id, secret);
    hmac_with(&key, data, out);
    wipe(&key, sizeof key);
}

/* HMAC pads its key with zeros, so an empty salt already is the salt of zeros that RFC 5869 2.2
 * asks for. */
void hkdf_extract(enum hash_id id, struct secret *out, span salt, span ikm)
{
    struct secret prk = {.n = (uint8_t)hash_len(id)};
    hmac_once(id, salt, ikm, prk.b);
    *out = prk; /* last: salt or ikm may be what `out` held */
    secret_wipe(&prk);
}

static void expand(const struct hmac_key *prk, uint8_t *out, size_t n, span info)
{
    uint8_t block[HASH_MAX];
    size_t len = hash_len(prk->inner.id);
    for (uint8_t i = 1; n; i++) {
        /* RFC 5869 2.3: T(i) = HMAC(prk, T(i - 1) | info | i) */
        struct hash_ctx ctx = prk->inner;
        hash_update(&ctx, (span){block, i == 1 ? 0 : len});
        hash_update(&ctx, info);
        hash_update(&ctx, (span){&i, 1});
        finish(prk, &ctx, block);
        size_t take = n < len ? n : len;
        memcpy(out, block, take);
        out += take;
        n -= take;
    }
    wipe(block, sizeof block);
}

void hkdf_expand(enum hash_id id, uint8_t *out, size_t n, span prk, span info)
{
    struct hmac_key key;
    hmac_init(&key, id, prk);
    expand(&key, out, n, info);
    wipe(&key, sizeof key);
}

void hkdf_label_with(const struct hmac_key *prk, uint8_t *out, size_t n, const char *label,
                     span context)
{
    uint8_t info[LABEL_INFO_MAX];
    wr w = wr_of(info, sizeof info);
    /* RFC 9846 7.1: struct HkdfLabel */
    wr_u16(&w, (uint16_t)n);
    size_t at = wr_open(&w, 1);
    wr_bytes(&w, LABEL_PREFIX, sizeof LABEL_PREFIX - 1);
    wr_span_bytes(&w, span_str(label));
    wr_close(&w, at, 1);
    wr_vec(&w, 1, context);
    expand(prk, out, n, wr_span(&w));
}

void hkdf_expand_label(enum hash_id id, uint8_t *out, size_t n, span prk, const char *label,
                       span context)
{
    struct hmac_key key;
    hmac_init(&key, id, prk);
    hkdf_label_with(&key, out, n, label, context);
    wipe(&key, sizeof key);
}
