/* x509_gnutls.c: GnuTLS's validator, by a trust list as its handshakes use it. It has no call for
 * the signatures alone that takes a parsed certificate whole. */
#include "x509.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>

static struct material with;
static gnutls_x509_trust_list_t list;
static gnutls_x509_crt_t many;

static const char *name(void)
{
    static char text[64];
    snprintf(text, sizeof text, "gnutls-%s", gnutls_check_version(NULL));
    return text;
}

static gnutls_x509_crt_t read_cert(struct der der)
{
    gnutls_x509_crt_t x;
    const gnutls_datum_t bytes = {(unsigned char *)(uintptr_t)der.p, (unsigned)der.n};
    if (gnutls_x509_crt_init(&x) || gnutls_x509_crt_import(x, &bytes, GNUTLS_X509_FMT_DER))
        die("a certificate was not read");
    return x;
}

static void prepare(const struct material *material)
{
    with = *material;
    gnutls_x509_crt_t root = read_cert(with.root);
    many = read_cert(with.many);
    if (gnutls_x509_trust_list_init(&list, 0)
        || gnutls_x509_trust_list_add_cas(list, &root, 1, 0) != 1)
        die("no trust list");
}

static void parse(void)
{
    gnutls_x509_crt_deinit(read_cert(with.leaf));
    gnutls_x509_crt_deinit(read_cert(with.middle));
}

static void verify(void)
{
    gnutls_x509_crt_t chain[] = {read_cert(with.leaf), read_cert(with.middle)};
    gnutls_typed_vdata_st data[] = {
        {GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(uintptr_t)BENCH_HOST, 0},
        {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0}};
    unsigned status;
    if (gnutls_x509_trust_list_verify_crt2(list, chain, 2, data, 2, 0, &status, NULL) || status)
        die("the chain was refused");
    gnutls_x509_crt_deinit(chain[0]);
    gnutls_x509_crt_deinit(chain[1]);
}

static void match(void)
{
    if (!gnutls_x509_crt_check_hostname(many, BENCH_HOST))
        die("the name was not found");
}

const struct validator validator = {name, prepare, parse, verify, NULL, NULL, match};
