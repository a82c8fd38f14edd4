/* x509_openssl.c: OpenSSL's validator, as its documentation tells a careful host to call it. */
#include "x509.h"

#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static struct material with;
static X509_STORE *store;
static X509 *leaf, *middle, *root, *many;

static const char *name(void)
{
    static char text[64];
    snprintf(text, sizeof text, "openssl-%s", OpenSSL_version(OPENSSL_VERSION_STRING));
    return text;
}

static X509 *read_cert(struct der der)
{
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    if (!x)
        die("a certificate was not read");
    return x;
}

static void prepare(const struct material *material)
{
    with = *material;
    root = read_cert(with.root);
    leaf = read_cert(with.leaf);
    middle = read_cert(with.middle);
    many = read_cert(with.many);
    store = X509_STORE_new();
    X509_STORE_add_cert(store, root);
}

static void parse(void)
{
    X509_free(read_cert(with.leaf));
    X509_free(read_cert(with.middle));
}

static void verify(void)
{
    X509 *a = read_cert(with.leaf), *b = read_cert(with.middle);
    STACK_OF(X509) *others = sk_X509_new_null();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    sk_X509_push(others, b);
    if (!X509_STORE_CTX_init(ctx, store, a, others)
        || !X509_STORE_CTX_set_default(ctx, "ssl_server")
        || !X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), BENCH_HOST, 0)
        || X509_verify_cert(ctx) != 1)
        die("the chain was refused");
    X509_STORE_CTX_free(ctx);
    sk_X509_pop_free(others, X509_free);
    X509_free(a);
}

static void signatures(void)
{
    if (X509_verify(leaf, X509_get0_pubkey(middle)) != 1
        || X509_verify(middle, X509_get0_pubkey(root)) != 1)
        die("a signature is bad");
}

static void match(void)
{
    if (X509_check_host(many, BENCH_HOST, 0, 0, NULL) != 1)
        die("the name was not found");
}

const struct validator validator = {name, prepare, parse, verify, signatures, NULL, match};
