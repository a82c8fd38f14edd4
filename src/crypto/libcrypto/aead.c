/* aead.c: AEAD over a kept context: the key schedule is made once, and a record sets its nonce
 * only. The functions are the provider's own: cipher.c says why.
 *
 * Invariant: no plaintext is left in the buffer when the tag does not match. */
#include "crypto/libcrypto/provider.h"

#include <openssl/core_names.h>

struct aead {
    const struct hooks *hooks;
    const struct cipher *cipher;
    void *ctx;
    bool seal;
};

size_t aead_key_len(enum aead_id id)
{
    return id == AEAD_NONE ? 0 : id == AEAD_AES_128_GCM ? 16 : 32;
}

/* init sets the key, the nonce, or both. */
static bool init(struct aead *aead, span key, span nonce)
{
    const struct cipher *c = aead->cipher;
    return (aead->seal ? c->encrypt : c->decrypt)(aead->ctx, key.p, key.n, nonce.p, nonce.n, NULL)
           == 1;
}

struct aead *aead_new(struct crypto *crypto, enum aead_id id, span key, bool seal)
{
    if (id == AEAD_NONE || key.n != aead_key_len(id))
        return NULL;
    struct aead *aead = mem_alloc(crypto->hooks, sizeof *aead);
    if (!aead)
        return NULL;
    const struct cipher *cipher = &crypto->ciphers[id];
    ERR_set_mark();
    void *ctx = cipher->newctx(OSSL_PROVIDER_get0_provider_ctx(crypto->provider));
    *aead = (struct aead){crypto->hooks, cipher, ctx, seal};
    bool ok = ctx && init(aead, key, (span){0});
    ERR_pop_to_mark();
    if (ok)
        return aead;
    aead_free(aead);
    return NULL;
}

void aead_free(struct aead *aead)
{
    if (!aead)
        return;
    if (aead->ctx)
        aead->cipher->freectx(aead->ctx); /* wipes the key schedule */
    mem_free(aead->hooks, aead, sizeof *aead);
}

/* update feeds n bytes to `out`, or (out NULL) as associated data. */
static bool update(struct aead *aead, uint8_t *out, const uint8_t *p, size_t n)
{
    size_t written;
    return n == 0 || (aead->cipher->update(aead->ctx, out, &written, n, p, n) == 1 && written == n);
}

static bool begin(struct aead *aead, const uint8_t *nonce, span ad)
{
    return init(aead, (span){0}, (span){nonce, AEAD_NONCE}) && update(aead, NULL, ad.p, ad.n);
}

static bool end(struct aead *aead)
{
    size_t written;
    uint8_t none[AEAD_TAG];
    return aead->cipher->final(aead->ctx, none, &written, sizeof none) == 1 && written == 0;
}

static bool seal_end(struct aead *aead, uint8_t *tag)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, AEAD_TAG),
        OSSL_PARAM_construct_end(),
    };
    return end(aead) && aead->cipher->get(aead->ctx, params) == 1;
}

bool aead_seal(struct aead *aead, uint8_t *out, const uint8_t nonce[AEAD_NONCE], span ad, span in,
               span tail)
{
    if (!aead->seal)
        return false;
    ERR_set_mark();
    bool ok = begin(aead, nonce, ad) && update(aead, out, in.p, in.n)
              && update(aead, out + in.n, tail.p, tail.n) && seal_end(aead, out + in.n + tail.n);
    ERR_pop_to_mark();
    return ok;
}

static bool open_end(struct aead *aead, uint8_t *tag)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, AEAD_TAG),
        OSSL_PARAM_construct_end(),
    };
    return aead->cipher->set(aead->ctx, params) == 1 && end(aead);
}

bool aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE], span ad)
{
    bool ok = false;
    if (!aead->seal && n >= AEAD_TAG) {
        size_t plain = n - AEAD_TAG;
        ERR_set_mark();
        ok = begin(aead, nonce, ad) && update(aead, p, p, plain) && open_end(aead, p + plain);
        ERR_pop_to_mark();
    }
    if (!ok)
        wipe(p, n);
    return ok;
}
