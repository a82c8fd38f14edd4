/* ocsps.c: making OCSP responses with libcrypto. */
#include "ocsps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

static X509 *x509_of(const struct test_cert *cert)
{
    span der = test_cert_der(cert);
    const uint8_t *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    assert_non_null(x);
    return x;
}

static EVP_PKEY *key_of(const struct test_cert *cert)
{
    BIO *bio = BIO_new_mem_buf(test_key_pem(cert), -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(key);
    return key;
}

static ASN1_TIME *moment(int64_t seconds)
{
    ASN1_TIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)seconds);
    assert_non_null(t);
    return t;
}

/* extension is of no meaning; "critical," may stand before its OID. */
static X509_EXTENSION *extension(const char *text)
{
    bool critical = strncmp(text, "critical,", 9) == 0;
    ASN1_OBJECT *oid = OBJ_txt2obj(critical ? text + 9 : text, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    assert_true(oid && octets && ASN1_OCTET_STRING_set(octets, (const uint8_t *)"\x05\x00", 2));
    X509_EXTENSION *made = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, octets);
    assert_non_null(made);
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(octets);
    return made;
}

static void add_single(OCSP_BASICRESP *basic, const struct test_ocsp_single *s,
                       const struct test_cert *cert, const struct test_cert *issuer,
                       const char *ext)
{
    static const int statuses[] = {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED,
                                   V_OCSP_CERTSTATUS_UNKNOWN};
    X509 *about = x509_of(s->about ? s->about : cert);
    X509 *by = x509_of(s->issuer ? s->issuer : issuer);
    ASN1_TIME *this = moment(s->this_update ? s->this_update : TEST_NOW - 3600);
    ASN1_TIME *next =
        s->next_update == -1 ? NULL : moment(s->next_update ? s->next_update : TEST_NOW + 3600);
    ASN1_TIME *when = moment(TEST_NOW - 7200);
    OCSP_CERTID *id =
        OCSP_cert_to_id(EVP_get_digestbyname(s->digest ? s->digest : "SHA1"), about, by);
    bool revoked = s->status == TEST_OCSP_REVOKED;
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(basic, id, statuses[s->status], OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                               revoked ? when : NULL, this, next);
    assert_non_null(single);
    if (ext) {
        X509_EXTENSION *e = extension(ext);
        assert_true(OCSP_SINGLERESP_add_ext(single, e, -1));
        X509_EXTENSION_free(e);
    }
    OCSP_CERTID_free(id);
    ASN1_TIME_free(this);
    ASN1_TIME_free(next);
    ASN1_TIME_free(when);
    X509_free(about);
    X509_free(by);
}

static void add_extensions(OCSP_BASICRESP *basic, const struct test_ocsp_spec *s)
{
    if (s->nonce)
        assert_true(OCSP_basic_add1_nonce(basic, (uint8_t *)(uintptr_t) "0123456789abcdef", 16));
    if (s->ext) {
        X509_EXTENSION *e = extension(s->ext);
        assert_true(OCSP_BASICRESP_add_ext(basic, e, -1));
        X509_EXTENSION_free(e);
    }
}

static void sign_basic(OCSP_BASICRESP *basic, const struct test_ocsp_spec *s,
                       const struct test_cert *issuer)
{
    const struct test_cert *by = s->signed_by ? s->signed_by : issuer;
    const EVP_MD *md = EVP_get_digestbyname(s->digest ? s->digest : "SHA256");
    X509 *signer = x509_of(by);
    EVP_PKEY *key = key_of(by);
    ASN1_GENERALIZEDTIME *at = (ASN1_GENERALIZEDTIME *)(uintptr_t)OCSP_resp_get0_produced_at(basic);
    assert_non_null(
        ASN1_GENERALIZEDTIME_set(at, (time_t)(s->produced_at ? s->produced_at : TEST_NOW - 3600)));
    for (size_t i = 0; i < sizeof s->certs / sizeof s->certs[0] && s->certs[i]; i++) {
        X509 *x = x509_of(s->certs[i]);
        assert_true(OCSP_basic_add1_cert(basic, x));
        X509_free(x);
    }
    unsigned long flags = OCSP_NOTIME | OCSP_NOCERTS | (s->by_key ? OCSP_RESPID_KEY : 0ul);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_true(
        EVP_DigestSignInit(ctx, NULL, EVP_PKEY_is_a(key, "ED25519") ? NULL : md, NULL, key));
    assert_true(OCSP_basic_sign_ctx(basic, signer, ctx, NULL, flags));
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    X509_free(signer);
}

static span der_of(OCSP_RESPONSE *response)
{
    uint8_t *der = NULL;
    int n = i2d_OCSP_RESPONSE(response, &der);
    assert_true(n > 0);
    span out = test_bytes((span){der, (size_t)n});
    OPENSSL_free(der);
    return out;
}

span test_ocsp(struct test_ocsp_spec s, const struct test_cert *cert,
               const struct test_cert *issuer)
{
    OCSP_BASICRESP *basic = s.unsuccessful ? NULL : OCSP_BASICRESP_new();
    for (size_t i = 0; basic && i < (s.empty ? 0 : s.n_singles ? s.n_singles : 1); i++)
        add_single(basic, &s.singles[i], cert, issuer, i ? NULL : s.single_ext);
    if (basic) {
        add_extensions(basic, &s);
        sign_basic(basic, &s, issuer);
    }
    if (basic && s.forged) {
        ASN1_OCTET_STRING *sig = (ASN1_OCTET_STRING *)(uintptr_t)OCSP_resp_get0_signature(basic);
        ((uint8_t *)(uintptr_t)ASN1_STRING_get0_data(sig))[ASN1_STRING_length(sig) - 1] ^= 1;
    }
    OCSP_RESPONSE *response = OCSP_response_create(s.unsuccessful, basic);
    assert_non_null(response);
    span out = der_of(response);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return out;
}
