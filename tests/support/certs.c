/* certs.c: making certificates with libcrypto, and verifying them with tacit. */
#define _GNU_SOURCE /* vasprintf */
#include "certs.h"

#include "crypto/env.h"
#include "sized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct test_cert {
    X509 *x;
    EVP_PKEY *key;
    uint8_t *der;
    size_t n;
};

/* Everything that was made, so that tests need not free. */
static struct made {
    struct made *next;
    struct test_cert *cert;
    char *text;
} * all;

static struct made *keep(struct test_cert *cert, char *text)
{
    struct made *m = calloc(1, sizeof *m);
    assert_non_null(m);
    *m = (struct made){all, cert, text};
    all = m;
    return m;
}

enum { KEY_NUMBERS = 64 };
static EVP_PKEY *keys[MADE_KEYS][KEY_NUMBERS];

static EVP_PKEY *generate(enum made_key kind)
{
    switch (kind) {
    case MADE_P256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case MADE_P384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    case MADE_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case MADE_RSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    default:
        fail_msg("keys of kind %d have the number 0 alone", (int)kind);
        return NULL;
    }
}

static EVP_PKEY *key_of(enum made_key kind, unsigned number)
{
    assert_true(number < KEY_NUMBERS);
    EVP_PKEY **slot = &keys[kind][number];
    if (!*slot && number) {
        *slot = generate(kind);
    } else if (!*slot) {
        char *pem = pem_key(kind, FORM_PKCS8, NULL, NULL);
        BIO *bio = BIO_new_mem_buf(pem, -1);
        *slot = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
        free(pem);
    }
    assert_non_null(*slot);
    return *slot;
}

static void add_extension(X509 *x, X509V3_CTX *ctx, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    X509_EXTENSION *ext = X509V3_EXT_conf(NULL, ctx, name, value);
    if (!ext)
        fail_msg("libcrypto does not take the extension %s = %s", name, value);
    assert_true(X509_add_ext(x, ext, -1));
    X509_EXTENSION_free(ext);
}

static const char *or_default(const char *given, const char *usual)
{
    return given ? given : usual;
}

static void add_extensions(X509 *x, X509 *issuer, const struct test_cert_spec *s)
{
    X509V3_CTX ctx;
    CONF *no_sections = NCONF_new(NULL); /* some extensions ask for it, and look nothing up */
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, no_sections);
    const char *usage = s->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
    add_extension(x, &ctx, "basicConstraints", or_default(s->bc, s->ca ? "critical,CA:TRUE" : ""));
    add_extension(x, &ctx, "keyUsage", or_default(s->ku, usage));
    add_extension(x, &ctx, "extendedKeyUsage", s->eku);
    add_extension(x, &ctx, "subjectAltName", s->san);
    add_extension(x, &ctx, "nameConstraints", s->nc);
    add_extension(x, &ctx, "subjectKeyIdentifier", or_default(s->ski, "hash"));
    /* A certificate without an identifier cannot be named by one. */
    bool issuer_named = X509_get0_subject_key_id(issuer);
    add_extension(x, &ctx, "authorityKeyIdentifier",
                  or_default(s->aki, issuer_named ? "keyid" : ""));
    for (size_t i = 0; i < sizeof s->more / sizeof s->more[0] && s->more[i][0]; i++)
        add_extension(x, &ctx, s->more[i][0], s->more[i][1]);
    NCONF_free(no_sections);
}

static void set_serial(X509 *x, const struct test_cert_spec *s)
{
    static long count;
    BIGNUM *number = NULL;
    if (s->serial)
        assert_true(BN_hex2bn(&number, s->serial));
    else
        assert_non_null(number = BN_new());
    if (!s->serial)
        assert_true(BN_set_word(number, (unsigned long)++count));
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)));
    BN_free(number);
}

static void sign_with(X509 *x, EVP_PKEY *key, const struct test_cert_spec *s)
{
    const EVP_MD *md = EVP_get_digestbyname(or_default(s->digest, "SHA256"));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    assert_true(
        EVP_DigestSignInit(ctx, &pkey, EVP_PKEY_is_a(key, "ED25519") ? NULL : md, NULL, key));
    if (s->pss) {
        assert_true(EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST) > 0);
    }
    assert_true(X509_sign_ctx(x, ctx) > 0);
    EVP_MD_CTX_free(ctx);
}

const struct test_cert *test_cert(struct test_cert_spec s, const struct test_cert *issuer)
{
    struct test_cert *c = calloc(1, sizeof *c);
    assert_non_null(c);
    keep(c, NULL);
    c->x = X509_new();
    c->key = key_of(s.key, s.key_no);
    const struct test_cert *by = issuer ? issuer : c;
    X509_NAME *name = X509_get_subject_name(c->x);
    if (s.cn)
        assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                               (const unsigned char *)s.cn, -1, -1, 0));
    X509_set_issuer_name(c->x, X509_get_subject_name(by->x));
    X509_set_version(c->x, (s.version ? s.version : 3) - 1);
    set_serial(c->x, &s);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c->x),
                                  (time_t)(s.not_before ? s.not_before : TEST_NOT_BEFORE)));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c->x),
                                  (time_t)(s.not_after ? s.not_after : TEST_NOT_AFTER)));
    assert_true(X509_set_pubkey(c->x, c->key));
    if (!s.version || s.version == 3)
        add_extensions(c->x, by->x, &s);
    sign_with(c->x, by->key, &s);
    int n = i2d_X509(c->x, &c->der);
    assert_true(n > 0);
    c->n = (size_t)n;
    c->der[c->n - 1] ^= s.forged;
    return c;
}

span test_cert_der(const struct test_cert *cert)
{
    return (span){cert->der, cert->n};
}

static const char *bio_text(BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    char *text = malloc((size_t)n + 1);
    assert_non_null(text);
    memcpy(text, p, (size_t)n);
    text[n] = 0;
    BIO_free(bio);
    return keep(NULL, text)->text;
}

const char *test_pem_wrap(span der)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio(bio, "CERTIFICATE", "", der.p, (long)der.n) > 0);
    return bio_text(bio);
}

const char *test_chain_pem(const struct test_cert *const *certs, size_t n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    for (size_t i = 0; i < n; i++)
        assert_true(PEM_write_bio(bio, "CERTIFICATE", "", certs[i]->der, (long)certs[i]->n) > 0);
    return bio_text(bio);
}

const char *test_key_pem(const struct test_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, cert->key, NULL, NULL, 0, NULL, NULL));
    return bio_text(bio);
}

const char *test_text(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    assert_true(vasprintf(&text, format, args) >= 0);
    va_end(args);
    return keep(NULL, text)->text;
}

/* ---- verifying ------------------------------------------------------------------------------- */

static tacit_env *env;

tacit_env *test_env(void)
{
    const tacit_env_options o = sized_hooks();
    if (!env)
        env = tacit_env_new(&o, NULL);
    assert_non_null(env);
    return env;
}

static size_t all_schemes(uint16_t out[32])
{
    assert_true(n_schemes <= 32);
    for (size_t i = 0; i < n_schemes; i++)
        out[i] = schemes[i].id;
    return n_schemes;
}

static void verify_chain(const struct test_verify *t, const struct tacit_trust *trust,
                         struct test_verdict *out, struct err *err)
{
    uint16_t ids[32];
    struct host host;
    struct path path = {0};
    struct verify v = {
        .hooks = &test_env()->hooks,
        .crypto = test_env()->crypto,
        .trust = trust,
        .purpose = t->purpose,
        .host = t->host ? &host : NULL,
        .now = t->now ? t->now : TEST_NOW,
        .schemes = t->schemes ? t->schemes : ids,
        .n_schemes = t->schemes ? t->n_schemes : all_schemes(ids),
        .policies = t->policies,
        .n_policies = t->n_policies,
        .explicit_policy = t->explicit_policy,
        .inhibit_mapping = t->inhibit_mapping,
        .inhibit_any = t->inhibit_any,
        .revocation = t->revocation,
        .stapling = t->stapling,
        .responses = t->responses,
        .n_responses = t->n_responses,
    };
    if (t->host)
        assert_true(host_parse(&host, span_str(t->host), NULL));
    struct chain *chain = chain_from_pem(v.hooks, span_str(t->chain), err);
    if (chain && t->staple.p) {
        struct chain *stapled = chain_with_staple(chain, t->staple, err);
        chain_free(chain);
        chain = stapled;
    }
    if (!chain)
        return;
    bool ok = x509_verify(&v, chain, &path, err);
    assert_int_equal(ok, err->reason == R_NONE);
    assert_true(path.n > 0 && (path.anchored || !ok));
    out->path_n = path.n;
    out->anchored = path.anchored;
    out->unchecked = path.unchecked;
    out->stapled = path.stapled;
    chain_free(chain);
}

struct test_verdict test_verify(struct test_verify t)
{
    struct test_verdict out = {.depth = -1};
    tacit_error error = {0};
    struct err err = {.depth = -1};
    tacit_trust *trust = tacit_trust_new(test_env(), &error);
    assert_non_null(trust);
    bool ok = !t.anchors || tacit_trust_add_pem(trust, span_str(t.anchors), &error);
    for (size_t i = 0; ok && i < t.n_crls; i++)
        ok = tacit_trust_add_crl_pem(trust, t.crls[i], &error);
    if (!ok) {
        out.reason = (enum reason)error.reason;
    } else {
        verify_chain(&t, trust, &out, &err);
        out.reason = (enum reason)err.reason;
        out.depth = err.depth;
    }
    tacit_trust_free(trust);
    return out;
}

void assert_verdict_at(struct test_verdict verdict, enum reason reason, int32_t depth,
                       const char *file, int line)
{
    if (verdict.reason != reason || (reason && verdict.depth != depth)) {
        print_error("%s:%d: expected %s at %d, found %s at %d\n", file, line,
                    reason_row((uint16_t)reason)->name, (int)depth,
                    reason_row((uint16_t)verdict.reason)->name, (int)verdict.depth);
        _fail(file, line);
    }
}

span test_bytes(span bytes)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    assert_non_null(copy);
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    keep(NULL, (char *)copy);
    return (span){copy, bytes.n};
}

int test_certs_end(void **state)
{
    (void)state;
    for (struct made *m = all, *next; m; m = next) {
        next = m->next;
        if (m->cert) {
            X509_free(m->cert->x);
            OPENSSL_free(m->cert->der);
        }
        free(m->cert);
        free(m->text);
        free(m);
    }
    all = NULL;
    for (size_t kind = 0; kind < MADE_KEYS; kind++)
        for (size_t i = 0; i < KEY_NUMBERS; i++) {
            EVP_PKEY_free(keys[kind][i]);
            keys[kind][i] = NULL;
        }
    tacit_env_free(env);
    env = NULL;
    return 0;
}
