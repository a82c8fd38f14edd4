/* x509_mbedtls.c: Mbed TLS's validator. It compares names inside its verification alone. */
#include "x509.h"

#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>

static struct material with;
static mbedtls_x509_crt root, kept;

static const char *name(void)
{
    return "mbedtls-" MBEDTLS_VERSION_STRING;
}

static void read_chain(mbedtls_x509_crt *chain)
{
    mbedtls_x509_crt_init(chain);
    if (mbedtls_x509_crt_parse_der(chain, with.leaf.p, with.leaf.n)
        || mbedtls_x509_crt_parse_der(chain, with.middle.p, with.middle.n))
        die("the chain was not read");
}

static void prepare(const struct material *material)
{
    with = *material;
    mbedtls_x509_crt_init(&root);
    if (mbedtls_x509_crt_parse_der(&root, with.root.p, with.root.n))
        die("no root");
    read_chain(&kept);
}

static void parse(void)
{
    mbedtls_x509_crt chain;
    read_chain(&chain);
    mbedtls_x509_crt_free(&chain);
}

static void verify(void)
{
    mbedtls_x509_crt chain;
    uint32_t flags;
    read_chain(&chain);
    if (mbedtls_x509_crt_verify(&chain, &root, NULL, BENCH_HOST, &flags, NULL, NULL))
        die("the chain was refused: %x", flags);
    mbedtls_x509_crt_free(&chain);
}

static void check(mbedtls_x509_crt *cert, mbedtls_x509_crt *issuer)
{
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(cert->sig_md);
    if (mbedtls_md(md, cert->tbs.p, cert->tbs.len, digest)
        || mbedtls_pk_verify(&issuer->pk, cert->sig_md, digest, 0, cert->sig.p, cert->sig.len))
        die("a signature is bad");
}

static void signatures(void)
{
    check(&kept, kept.next);
    check(kept.next, &root);
}

const struct validator validator = {name, prepare, parse, verify, signatures, NULL, NULL};
