/* key_pem.c: the first private key of a PEM text, decrypted if need be (RFC 7468; RFC 1421 4.6.1.1
 * for the old way).
 *
 * A wrong password is told apart from a broken file: after decryption, only the password can be at
 * fault.
 *
 * Invariant: nothing here prompts. Without a callback that gives a password, an encrypted key is
 * refused. */
#include "crypto/libcrypto/key.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits.h>

enum { PASSWORD_MAX = 1024 };

/* struct block is one PEM block, in libcrypto's secret memory. */
struct block {
    char *name, *header;
    unsigned char *data;
    long n;
};

struct loader {
    struct crypto *crypto;
    struct sign_key *key;
    key_password password;
    void *user;
    char secret[PASSWORD_MAX];
    size_t secret_n;
};

static void block_free(struct block *block)
{
    OPENSSL_secure_free(block->name);
    OPENSSL_secure_free(block->header);
    OPENSSL_secure_clear_free(block->data, block->data ? (size_t)block->n : 0);
    *block = (struct block){0};
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* next_key finds the next block that calls itself a private key. */
static enum key_load next_key(BIO *bio, struct block *block)
{
    while (
        PEM_read_bio_ex(bio, &block->name, &block->header, &block->data, &block->n, PEM_FLAG_SECURE)
        == 1) {
        if (ends_with(block->name, "PRIVATE KEY"))
            return KEY_LOADED;
        block_free(block);
    }
    switch (ERR_GET_REASON(ERR_peek_last_error())) {
    case PEM_R_NO_START_LINE:
        return KEY_NOT_FOUND;
    case ERR_R_MALLOC_FAILURE:
        return KEY_NO_MEMORY;
    default:
        return KEY_MALFORMED;
    }
}

static bool ask(struct loader *loader)
{
    if (loader->password && !loader->secret_n)
        loader->secret_n = loader->password(loader->user, loader->secret, PASSWORD_MAX);
    return loader->secret_n && loader->secret_n <= PASSWORD_MAX;
}

/* decrypted reads what a password has opened: if that is no key, the padding was right by chance
 * (1 in 256). */
static enum key_load decrypted(struct loader *loader, enum key_der type, const uint8_t *p, int n)
{
    enum key_load result = sign_key_der(loader->key, type, (span){p, (size_t)n});
    return result == KEY_MALFORMED ? KEY_WRONG_PASSWORD : result;
}

static enum key_load pbe_failure(void)
{
    switch (ERR_GET_REASON(ERR_peek_last_error())) {
    case PKCS12_R_PKCS12_CIPHERFINAL_ERROR:
        return KEY_WRONG_PASSWORD;
    case ERR_R_MALLOC_FAILURE:
        return KEY_NO_MEMORY;
    default:
        return KEY_UNSUPPORTED; /* a scheme, or parameters, that this libcrypto does not know */
    }
}

/* load_encrypted opens EncryptedPrivateKeyInfo (RFC 5958 3). */
static enum key_load load_encrypted(struct loader *loader, span der)
{
    const unsigned char *p = der.p, *end = der.p + der.n;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.n);
    enum key_load result = KEY_MALFORMED;
    if (sealed && p == end) {
        const X509_ALGOR *algorithm;
        const ASN1_OCTET_STRING *content;
        unsigned char *plain = NULL;
        int n = 0;
        X509_SIG_get0(sealed, &algorithm, &content);
        if (!ask(loader))
            result = KEY_NEEDS_PASSWORD;
        else if (PKCS12_pbe_crypt_ex(algorithm, loader->secret, (int)loader->secret_n,
                                     content->data, content->length, &plain, &n, 0,
                                     loader->key->crypto->lib, NULL))
            result = decrypted(loader, DER_PKCS8, plain, n);
        else
            result = pbe_failure();
        OPENSSL_clear_free(plain, plain ? (size_t)n : 0);
    }
    X509_SIG_free(sealed);
    return result;
}

/* decrypt_old is what DEK-Info asks for: a cipher in CBC mode under one round of MD5 over
 * password and IV. */
static bool decrypt_old(const struct loader *loader, const EVP_CIPHER_INFO *info,
                        const EVP_CIPHER *cipher, struct block *block, int *n)
{
    OSSL_LIB_CTX *lib = loader->key->crypto->lib;
    uint8_t key[EVP_MAX_KEY_LENGTH];
    int last = 0;
    *n = 0;
    EVP_MD *md5 = EVP_MD_fetch(lib, "MD5", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = md5 && ctx
              && EVP_BytesToKey(info->cipher, md5, info->iv, (const uint8_t *)loader->secret,
                                (int)loader->secret_n, 1, key, NULL)
                     > 0
              && EVP_DecryptInit_ex2(ctx, cipher, key, info->iv, NULL) == 1
              && EVP_DecryptUpdate(ctx, block->data, n, block->data, (int)block->n) == 1
              && EVP_DecryptFinal_ex(ctx, block->data + *n, &last) == 1;
    *n += last;
    EVP_CIPHER_CTX_free(ctx);
    EVP_MD_free(md5);
    wipe(key, sizeof key);
    return ok;
}

/* load_old opens a block in the traditional format, which may be encrypted by its header. */
static enum key_load load_old(struct loader *loader, enum key_der type, struct block *block)
{
    EVP_CIPHER_INFO info;
    int n;
    if (PEM_get_EVP_CIPHER_INFO(block->header, &info) != 1)
        return KEY_UNSUPPORTED;
    if (!info.cipher)
        return sign_key_der(loader->key, type, (span){block->data, (size_t)block->n});
    if (!ask(loader))
        return KEY_NEEDS_PASSWORD;
    const char *name = EVP_CIPHER_get0_name(info.cipher);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(loader->key->crypto->lib, name, NULL);
    if (!cipher)
        return KEY_UNSUPPORTED;
    enum key_load result = decrypt_old(loader, &info, cipher, block, &n)
                               ? decrypted(loader, type, block->data, n)
                               : KEY_WRONG_PASSWORD;
    EVP_CIPHER_free(cipher);
    return result;
}

static enum key_load load_block(struct loader *loader, struct block *block)
{
    span der = {block->data, (size_t)block->n};
    if (strcmp(block->name, "PRIVATE KEY") == 0)
        return sign_key_der(loader->key, DER_PKCS8, der);
    if (strcmp(block->name, "ENCRYPTED PRIVATE KEY") == 0)
        return load_encrypted(loader, der);
    if (strcmp(block->name, "RSA PRIVATE KEY") == 0)
        return load_old(loader, DER_PKCS1, block);
    if (strcmp(block->name, "EC PRIVATE KEY") == 0)
        return load_old(loader, DER_SEC1, block);
    return KEY_UNSUPPORTED;
}

static enum key_load load(struct loader *loader, span pem)
{
    struct block block = {0};
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    enum key_load result = bio ? next_key(bio, &block) : KEY_NO_MEMORY;
    if (result == KEY_LOADED)
        result = load_block(loader, &block);
    block_free(&block);
    BIO_free(bio);
    return result;
}

static enum key_load attempt(struct loader *loader, span pem)
{
    loader->key = mem_alloc(loader->crypto->hooks, sizeof *loader->key);
    if (!loader->key)
        return KEY_NO_MEMORY;
    loader->key->crypto = loader->crypto;
    enum key_load result = load(loader, pem);
    if (result != KEY_LOADED)
        sign_key_free(loader->key);
    return result;
}

/* insist blames a file or a password only if it is wrong twice, and memory was there. */
static enum key_load insist(struct loader *loader, span pem)
{
    enum key_load result = attempt(loader, pem);
    if (result != KEY_LOADED && result != KEY_NEEDS_PASSWORD)
        result = attempt(loader, pem);
    return result == KEY_LOADED || memory_left() ? result : KEY_NO_MEMORY;
}

enum key_load sign_key_pem(struct crypto *crypto, struct sign_key **out, span pem,
                           key_password password, void *user)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* which editors put before UTF-8 */
    *out = NULL;
    if (pem.n >= sizeof mark && memcmp(pem.p, mark, sizeof mark) == 0)
        pem = (span){pem.p + sizeof mark, pem.n - sizeof mark};
    if (!pem.n || pem.n > INT_MAX)
        return KEY_NOT_FOUND;
    struct loader loader = {.crypto = crypto, .password = password, .user = user};
    ERR_set_mark();
    enum key_load result = insist(&loader, pem);
    ERR_pop_to_mark();
    wipe(loader.secret, sizeof loader.secret);
    if (result == KEY_LOADED)
        *out = loader.key;
    return result;
}
