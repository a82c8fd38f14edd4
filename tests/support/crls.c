/* crls.c: making revocation lists with libcrypto. */
#include "crls.h"

#include "asn1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static X509_EXTENSION *extension(const struct test_crl_ext *e)
{
    span value = asn1(e->value);
    ASN1_OBJECT *oid = OBJ_txt2obj(e->oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    assert_true(oid && octets && ASN1_OCTET_STRING_set(octets, value.p, (int)value.n));
    X509_EXTENSION *made = X509_EXTENSION_create_by_OBJ(NULL, oid, e->critical, octets);
    assert_non_null(made);
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(octets);
    return made;
}

static ASN1_TIME *moment(int64_t seconds)
{
    ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)seconds);
    assert_non_null(t);
    return t;
}

static void set_times(X509_CRL *crl, const struct test_crl_spec *s)
{
    ASN1_TIME *this = moment(s->this_update ? s->this_update : TEST_NOW - 3600);
    ASN1_TIME *next = moment(s->next_update ? s->next_update : TEST_NOW + 3600);
    assert_true(X509_CRL_set1_lastUpdate(crl, this));
    if (s->next_update != -1)
        assert_true(X509_CRL_set1_nextUpdate(crl, next));
    ASN1_TIME_free(this);
    ASN1_TIME_free(next);
}

static void revoke(X509_CRL *crl, const char *serial, const struct test_crl_ext *ext)
{
    BIGNUM *number = NULL;
    assert_true(BN_hex2bn(&number, serial));
    ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
    ASN1_TIME *when = moment(TEST_NOW - 7200);
    X509_REVOKED *entry = X509_REVOKED_new();
    assert_true(X509_REVOKED_set_serialNumber(entry, integer)
                && X509_REVOKED_set_revocationDate(entry, when));
    if (ext->oid) {
        X509_EXTENSION *e = extension(ext);
        assert_true(X509_REVOKED_add_ext(entry, e, -1));
        X509_EXTENSION_free(e);
    }
    assert_true(X509_CRL_add0_revoked(crl, entry));
    ASN1_TIME_free(when);
    ASN1_INTEGER_free(integer);
    BN_free(number);
}

static EVP_PKEY *key_of(const struct test_cert *cert)
{
    BIO *bio = BIO_new_mem_buf(test_key_pem(cert), -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(key);
    return key;
}

static void name_issuer(X509_CRL *crl, const struct test_cert *issuer)
{
    span der = test_cert_der(issuer);
    const uint8_t *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    assert_true(x && X509_CRL_set_issuer_name(crl, X509_get_subject_name(x)));
    X509_free(x);
}

/* pem_of writes the list down; a forged one has the last byte of its signature changed. */
static span pem_of(X509_CRL *crl, bool forged)
{
    uint8_t *der = NULL;
    char *text;
    int n = i2d_X509_CRL(crl, &der);
    assert_true(n > 0);
    der[n - 1] ^= forged;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio(bio, "X509 CRL", "", der, n) > 0);
    long size = BIO_get_mem_data(bio, &text);
    span out = test_bytes((span){(uint8_t *)text, (size_t)size});
    BIO_free(bio);
    OPENSSL_free(der);
    return out;
}

span test_crl(struct test_crl_spec s, const struct test_cert *issuer)
{
    static const struct test_crl_ext none;
    X509_CRL *crl = X509_CRL_new();
    assert_true(X509_CRL_set_version(crl, 1));
    name_issuer(crl, issuer);
    set_times(crl, &s);
    for (size_t i = 0; i < 4 && s.revoked[i]; i++)
        revoke(crl, s.revoked[i], i ? &none : &s.entry);
    for (size_t i = 0; i < 3 && s.exts[i].oid; i++) {
        X509_EXTENSION *e = extension(&s.exts[i]);
        assert_true(X509_CRL_add_ext(crl, e, -1));
        X509_EXTENSION_free(e);
    }
    EVP_PKEY *key = key_of(s.signed_by ? s.signed_by : issuer);
    assert_true(X509_CRL_sign(crl, key, EVP_get_digestbyname(s.digest ? s.digest : "SHA256")));
    EVP_PKEY_free(key);
    span out = pem_of(crl, s.forged);
    X509_CRL_free(crl);
    return out;
}
