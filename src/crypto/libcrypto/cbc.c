/* cbc.c: AES-128-CBC over a kept EVP_CIPHER_CTX, without libcrypto's padding: the record layer has
 * its own. */
#include "crypto/libcrypto/provider.h"

#include <limits.h>

struct cbc {
    const struct hooks *hooks;
    EVP_CIPHER_CTX *ctx;
};

struct cbc *cbc_new(struct crypto *crypto, span key, bool encrypt)
{
    struct cbc *cbc = key.n == CBC_KEY ? mem_alloc(crypto->hooks, sizeof *cbc) : NULL;
    if (!cbc)
        return NULL;
    ERR_set_mark();
    *cbc = (struct cbc){crypto->hooks, EVP_CIPHER_CTX_new()};
    bool ok = cbc->ctx
              && EVP_CipherInit_ex2(cbc->ctx, crypto->aes_cbc, key.p, NULL, encrypt, NULL) == 1
              && EVP_CIPHER_CTX_set_padding(cbc->ctx, 0) == 1;
    ERR_pop_to_mark();
    if (ok)
        return cbc;
    cbc_free(cbc);
    return NULL;
}

void cbc_free(struct cbc *cbc)
{
    if (!cbc)
        return;
    EVP_CIPHER_CTX_free(cbc->ctx); /* wipes the key schedule */
    mem_free(cbc->hooks, cbc, sizeof *cbc);
}

bool cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK])
{
    int written = 0;
    if (n == 0 || n % CBC_BLOCK || n > INT_MAX)
        return false;
    ERR_set_mark();
    bool ok = EVP_CipherInit_ex2(cbc->ctx, NULL, NULL, iv, -1, NULL) == 1
              && EVP_CipherUpdate(cbc->ctx, p, &written, p, (int)n) == 1 && written == (int)n;
    ERR_pop_to_mark();
    return ok;
}
