/* provider.c: the life of the provider: a library context of its own, with everything fetched once.
 *
 * The context is private, so that neither the host's configuration of libcrypto nor its loaded
 * providers change what tacit does: OSSL_LIB_CTX_new reads no openssl.cnf, and the default provider
 * is loaded by name. What remains belongs to the process: the CPU capabilities (OPENSSL_ia32cap),
 * and engines. Where libcrypto 3.0 makes an EC_KEY or RSA, or draws random numbers for itself, it
 * looks for an engine first, and before its first look loads openssl.cnf into the default context
 * (not ours), unless the host said OPENSSL_INIT_NO_LOAD_CONFIG. Our own random bytes come straight
 * from the context's generator.
 *
 * Invariant: after crypto_new nothing in struct crypto changes, so that threads share it without a
 * lock. The generators inside the context are per thread; a thread's go when it ends (or calls
 * OPENSSL_thread_stop_ex) or with the context. */
#include "crypto/libcrypto/provider.h"

#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/objects.h>
#include <openssl/rand.h>

#include <stdio.h>

static char name[48] = "libcrypto";

static void name_init(void)
{
    snprintf(name, sizeof name, "libcrypto %s", OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
}

const char *crypto_name(void)
{
    static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
    (void)CRYPTO_THREAD_run_once(&once, name_init);
    return name;
}

static bool fetch_algorithms(struct crypto *crypto)
{
    static const char *const ciphers[] = {
        [AEAD_AES_128_GCM] = "AES-128-GCM",
        [AEAD_AES_256_GCM] = "AES-256-GCM",
        [AEAD_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
    };
    static const char *const digests[] = {
        [HASH_SHA256] = "SHA2-256",
        [HASH_SHA384] = "SHA2-384",
        [HASH_SHA512] = "SHA2-512",
    };
    for (size_t i = AEAD_NONE + 1; i < sizeof ciphers / sizeof ciphers[0]; i++)
        if (!cipher_find(crypto, &crypto->ciphers[i], ciphers[i]))
            return false;
    for (size_t i = HASH_NONE + 1; i < sizeof digests / sizeof digests[0]; i++)
        if (!(crypto->digests[i] = EVP_MD_fetch(crypto->lib, digests[i], NULL)))
            return false;
    crypto->aes_cbc = EVP_CIPHER_fetch(crypto->lib, "AES-128-CBC", NULL);
    return crypto->aes_cbc != NULL;
}

/* The first fetch of a kind of operation makes all that the provider has of that kind. If memory
 * fails it then, libcrypto 3.0 never makes the rest: it would stay crippled for the life of the
 * context. So that happens here, where it fails the whole. */
static bool warm_up(OSSL_LIB_CTX *lib)
{
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(lib, "X25519", NULL);
    EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(lib, "X25519", NULL);
    EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(lib, "ED25519", NULL);
    EVP_KDF *kdf = EVP_KDF_fetch(lib, "PBKDF2", NULL);
    EVP_MAC *mac = EVP_MAC_fetch(lib, "HMAC", NULL);
    bool ok = keys && exchange && signature && kdf && mac && RAND_get0_private(lib)
              && RAND_get0_public(lib);
    EVP_KEYMGMT_free(keys);
    EVP_KEYEXCH_free(exchange);
    EVP_SIGNATURE_free(signature);
    EVP_KDF_free(kdf);
    EVP_MAC_free(mac);
    return ok;
}

static bool make_curves(struct crypto *crypto)
{
    static const int nids[CURVES] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
    for (size_t i = 0; i < CURVES; i++) {
        struct curve *curve = &crypto->curves[i];
        curve->group = EC_GROUP_new_by_curve_name_ex(crypto->lib, NULL, nids[i]);
        if (!curve->group)
            return false;
        curve->field = ((size_t)EC_GROUP_get_degree(curve->group) + 7) / 8;
        if (BN_bn2binpad(EC_GROUP_get0_order(curve->group), curve->order, (int)curve->field) < 0)
            return false;
    }
    return true;
}

static bool start(struct crypto *crypto)
{
    crypto->lib = OSSL_LIB_CTX_new();
    if (!crypto->lib)
        return false;
    crypto->provider = OSSL_PROVIDER_load(crypto->lib, "default");
    return crypto->provider && fetch_algorithms(crypto) && warm_up(crypto->lib)
           && make_curves(crypto);
}

struct crypto *crypto_new(const struct hooks *hooks)
{
    struct crypto *crypto = mem_alloc(hooks, sizeof *crypto);
    if (!crypto)
        return NULL;
    crypto->hooks = hooks;
    ERR_set_mark();
    bool ok = start(crypto);
    ERR_pop_to_mark();
    if (ok)
        return crypto;
    crypto_free(crypto);
    return NULL;
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    ERR_set_mark();
    for (size_t i = 0; i < CURVES; i++)
        EC_GROUP_free(crypto->curves[i].group);
    EVP_CIPHER_free(crypto->aes_cbc);
    for (size_t i = 0; i < sizeof crypto->digests / sizeof crypto->digests[0]; i++)
        EVP_MD_free(crypto->digests[i]);
    if (crypto->provider)
        OSSL_PROVIDER_unload(crypto->provider);
    OSSL_LIB_CTX_free(crypto->lib);
    ERR_pop_to_mark();
    mem_free(crypto->hooks, crypto, sizeof *crypto);
}

bool memory_left(void)
{
    enum { PROBE = 4096 };
    void *p = OPENSSL_malloc(PROBE);
    OPENSSL_free(p);
    return p;
}

bool crypto_random(struct crypto *crypto, uint8_t *out, size_t n)
{
    if (crypto->hooks->random)
        return crypto->hooks->random(crypto->hooks->user, out, n);
    ERR_set_mark();
    EVP_RAND_CTX *generator = RAND_get0_private(crypto->lib); /* this thread's; knows of forks */
    bool ok = generator && EVP_RAND_generate(generator, out, n, 0, 0, NULL, 0) == 1;
    ERR_pop_to_mark();
    return ok;
}
