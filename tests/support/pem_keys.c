/* pem_keys.c: private keys for tests. */
#include "pem_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* clang-format off */
static const struct {
    const char *type, *curve, *encoding, *form, *digest;
    size_t bits;
} recipes[MADE_KEYS] = {
    [MADE_P256]       = {.type = "EC", .curve = "P-256"},
    [MADE_P384]       = {.type = "EC", .curve = "P-384"},
    [MADE_P521]       = {.type = "EC", .curve = "P-521"},
    [MADE_ED25519]    = {.type = "ED25519"},
    [MADE_RSA]        = {.type = "RSA", .bits = 2048},
    [MADE_PSS]        = {.type = "RSA-PSS", .bits = 2048},
    [MADE_PSS_SHA256] = {.type = "RSA-PSS", .bits = 2048, .digest = "SHA256"},
    [MADE_X25519]     = {.type = "X25519"},
    [MADE_SECP256K1]  = {.type = "EC", .curve = "secp256k1"},
    [MADE_RSA_1024]   = {.type = "RSA", .bits = 1024},
    [MADE_EXPLICIT]   = {.type = "EC", .curve = "P-256", .encoding = "explicit"},
    [MADE_COMPRESSED] = {.type = "EC", .curve = "P-256", .form = "compressed"},
};
/* clang-format on */

static EVP_PKEY *generate(enum made_key made)
{
    OSSL_PARAM params[8], *p = params;
    int salt = 32;
    size_t bits = recipes[made].bits;
    if (recipes[made].curve)
        *p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                (char *)(uintptr_t)recipes[made].curve, 0);
    if (recipes[made].encoding)
        *p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING,
                                                (char *)(uintptr_t)recipes[made].encoding, 0);
    if (recipes[made].form)
        *p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                (char *)(uintptr_t)recipes[made].form, 0);
    if (bits)
        *p++ = OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits);
    if (recipes[made].digest) {
        char *digest = (char *)(uintptr_t)recipes[made].digest;
        *p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_DIGEST, digest, 0);
        *p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_MGF1_DIGEST, digest, 0);
        *p++ = OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, &salt);
    }
    *p = OSSL_PARAM_construct_end();
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, recipes[made].type, NULL);
    assert_non_null(ctx);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &pkey), 1);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *keys[MADE_KEYS];

static void free_keys(void)
{
    for (size_t i = 0; i < MADE_KEYS; i++)
        EVP_PKEY_free(keys[i]);
}

char *pem_key(enum made_key made, enum made_form form, const char *cipher, const char *password)
{
    static int registered;
    if (!registered++)
        atexit(free_keys);
    if (!keys[made])
        keys[made] = generate(made);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_non_null(bio);
    const EVP_CIPHER *c = cipher ? EVP_get_cipherbyname(cipher) : NULL;
    assert_true(!cipher || c);
    int n = password ? (int)strlen(password) : 0;
    int ok = form == FORM_PKCS8
                 ? PEM_write_bio_PKCS8PrivateKey(bio, keys[made], c, password, n, NULL, NULL)
                 : PEM_write_bio_PrivateKey_traditional(
                     bio, keys[made], c, (const unsigned char *)password, n, NULL, NULL);
    assert_int_equal(ok, 1);
    char *text = calloc(1, (size_t)BIO_pending(bio) + 1);
    assert_non_null(text);
    BIO_read(bio, text, BIO_pending(bio));
    BIO_free(bio);
    return text;
}
