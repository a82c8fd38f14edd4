/* validators.c: the same question in three languages. */
#include "validators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <gnutls/x509.h>
#include <openssl/x509v3.h>

const char *const validator_names[] = {"tacit", "libcrypto", "gnutls"};

enum { WHY = 160 };

/* ---- tacit ----------------------------------------------------------------------------------- */

static bool by_tacit(const struct judged *j, char *why)
{
    struct test_verdict verdict = test_verify((struct test_verify){
        .anchors = test_chain_pem(&j->anchor, 1),
        .chain = test_chain_pem(j->chain, j->n),
        .host = j->host,
    });
    snprintf(why, WHY, "%s at %d", reason_row((uint16_t)verdict.reason)->name, verdict.depth);
    return verdict.reason == R_NONE;
}

/* ---- libcrypto ------------------------------------------------------------------------------- */

static X509 *x509_of(const struct test_cert *cert)
{
    span der = test_cert_der(cert);
    const unsigned char *p = der.p;
    return d2i_X509(NULL, &p, (long)der.n);
}

static bool by_libcrypto(const struct judged *j, char *why)
{
    enum { LEVEL = 2 }; /* of security: 112 bits, as Debian has it for TLS */
    X509 *certs[4] = {NULL}, *anchor = x509_of(j->anchor);
    STACK_OF(X509) *others = sk_X509_new_null();
    bool read = anchor != NULL;
    for (size_t i = 0; i < j->n; i++) {
        certs[i] = x509_of(j->chain[i]);
        read = read && certs[i];
        if (i && certs[i])
            sk_X509_push(others, certs[i]);
    }
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool good = false;
    snprintf(why, WHY, "not read");
    if (read) {
        assert_true(X509_STORE_add_cert(store, anchor));
        assert_true(X509_STORE_CTX_init(ctx, store, certs[0], others));
        assert_true(X509_STORE_CTX_set_default(ctx, "ssl_server"));
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_time(param, TEST_NOW);
        X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
        assert_true(X509_VERIFY_PARAM_set1_host(param, j->host, 0));
        good = X509_verify_cert(ctx) == 1;
        snprintf(why, WHY, "%s at %d", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
                 X509_STORE_CTX_get_error_depth(ctx));
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(others);
    for (size_t i = 0; i < j->n; i++)
        X509_free(certs[i]);
    X509_free(anchor);
    return good;
}

/* ---- GnuTLS ---------------------------------------------------------------------------------- */

static time_t test_now(time_t *out)
{
    if (out)
        *out = TEST_NOW;
    return TEST_NOW;
}

static gnutls_x509_crt_t crt_of(const struct test_cert *cert)
{
    span der = test_cert_der(cert);
    gnutls_datum_t datum = {(unsigned char *)der.p, (unsigned)der.n};
    gnutls_x509_crt_t crt;
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    if (gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_DER) == 0)
        return crt;
    gnutls_x509_crt_deinit(crt);
    return NULL;
}

static bool gnutls_says(gnutls_x509_trust_list_t list, gnutls_x509_crt_t *certs, unsigned n,
                        const char *host, char *why)
{
    unsigned status = 0;
    gnutls_datum_t text = {0};
    gnutls_typed_vdata_st data[] = {
        {GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)host, 0},
        {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0},
    };
    int done = gnutls_x509_trust_list_verify_crt2(
        list, certs, n, data, 2, GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM), &status, NULL);
    if (done == 0
        && gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0)
        snprintf(why, WHY, "%s", (char *)text.data);
    else
        snprintf(why, WHY, "%s", gnutls_strerror(done));
    gnutls_free(text.data);
    return done == 0 && status == 0;
}

static bool by_gnutls(const struct judged *j, char *why)
{
    gnutls_x509_trust_list_t list;
    gnutls_x509_crt_t certs[4] = {NULL}, anchor = crt_of(j->anchor);
    bool good = false, read = anchor != NULL;
    gnutls_global_set_time_function(test_now);
    assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
    for (size_t i = 0; i < j->n; i++) {
        certs[i] = crt_of(j->chain[i]);
        read = read && certs[i];
    }
    snprintf(why, WHY, "not read");
    if (read && gnutls_x509_trust_list_add_cas(list, &anchor, 1, 0) == 1)
        good = gnutls_says(list, certs, (unsigned)j->n, j->host, why);
    gnutls_x509_trust_list_deinit(list, 0);
    for (size_t i = 0; i < j->n; i++)
        if (certs[i])
            gnutls_x509_crt_deinit(certs[i]);
    if (anchor)
        gnutls_x509_crt_deinit(anchor);
    return good;
}

bool validate(enum validator validator, const struct judged *judged, char why[160])
{
    static bool (*const ask[])(const struct judged *, char *) = {by_tacit, by_libcrypto, by_gnutls};
    why[0] = 0;
    return ask[validator](judged, why);
}
