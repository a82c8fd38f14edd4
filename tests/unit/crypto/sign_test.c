/* Private keys in every form that we load, what they sign, and what refuses to load. */
#include "crypto/crypto.h"
#include "pem_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/pem.h>

static struct hooks hooks;
static struct crypto *crypto;

static const struct {
    enum sig_alg alg;
    enum hash_id hash;
} algs[] = {
    {SIG_ECDSA, HASH_SHA256},     {SIG_ECDSA, HASH_SHA384},     {SIG_ECDSA, HASH_SHA512},
    {SIG_RSA_PKCS1, HASH_SHA256}, {SIG_RSA_PKCS1, HASH_SHA384}, {SIG_RSA_PKCS1, HASH_SHA512},
    {SIG_RSA_PSS, HASH_SHA256},   {SIG_RSA_PSS, HASH_SHA384},   {SIG_RSA_PSS, HASH_SHA512},
    {SIG_ED25519, HASH_NONE},     {SIG_ED25519, HASH_SHA512},   {SIG_ECDSA, HASH_NONE},
    {SIG_RSA_PSS, HASH_NONE},     {SIG_NONE, HASH_SHA256},
};

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static enum key_load load(struct sign_key **key, const char *pem)
{
    return sign_key_pem(crypto, key, span_str(pem), NULL, NULL);
}

/* signs_with counts the rows of algs that this key signs, and checks each of them. */
static size_t signs_with(struct sign_key *key)
{
    size_t count = 0;
    span msg = span_str("message");
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        uint8_t sig[SIG_MAX];
        size_t n;
        const struct pubkey *pub = sign_key_public(key);
        if (!sign(key, algs[i].alg, algs[i].hash, msg, sig, &n))
            continue;
        count++;
        assert_int_equal(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}),
                         SIG_GOOD);
        assert_int_equal(
            sig_verify(crypto, algs[i].alg, algs[i].hash, pub, span_str("massage"), (span){sig, n}),
            SIG_BAD);
        /* Of a digest that is known, nothing is read but it. */
        uint8_t known[HASH_MAX] = {0};
        if (algs[i].hash != HASH_NONE) {
            hash_once(algs[i].hash, msg, known);
            assert_int_equal(sig_verify_digested(crypto, algs[i].alg, algs[i].hash, pub,
                                                 span_str("massage"), known, (span){sig, n}),
                             SIG_GOOD);
            known[0] ^= 1;
        }
        assert_int_equal(
            sig_verify_digested(crypto, algs[i].alg, algs[i].hash, pub, msg, known, (span){sig, n}),
            algs[i].hash == HASH_NONE ? SIG_GOOD : SIG_BAD);
        sig[n / 2] ^= 1;
        assert_int_equal(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}),
                         SIG_BAD);
    }
    return count;
}

static void each_kind_signs_what_fits_it(void **state)
{
    (void)state;
    static const struct {
        enum made_key made;
        enum key_type type;
        size_t bits, algs;
    } kinds[] = {
        {MADE_P256, KEY_EC_P256, 256, 3},
        {MADE_P384, KEY_EC_P384, 384, 3},
        {MADE_P521, KEY_EC_P521, 521, 3},
        {MADE_ED25519, KEY_ED25519, 256, 1},
        {MADE_RSA, KEY_RSA, 2048, 6},
        {MADE_PSS, KEY_RSA_PSS, 2048, 3},
        {MADE_PSS_SHA256, KEY_RSA_PSS, 2048, 1},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct sign_key *key;
        char *pem = pem_key(kinds[i].made, FORM_PKCS8, NULL, NULL);
        assert_int_equal(load(&key, pem), KEY_LOADED);
        assert_int_equal(sign_key_public(key)->type, kinds[i].type);
        assert_int_equal(key_bits(sign_key_public(key)), kinds[i].bits);
        assert_int_equal(signs_with(key), kinds[i].algs);
        sign_key_free(key);
        free(pem);
    }
}

struct typed {
    const char *password;
    size_t asked;
};

static size_t type_password(void *user, char *out, size_t cap)
{
    struct typed *typed = user;
    typed->asked++;
    size_t n = typed->password ? strlen(typed->password) : 0;
    assert_true(n <= cap);
    if (n)
        memcpy(out, typed->password, n);
    return n;
}

/* load_typed loads from memory of exactly the text's size, without a zero (bug class 125). */
static enum key_load load_typed(struct sign_key **key, const char *pem, const char *password)
{
    struct typed typed = {password, 0};
    size_t n = strlen(pem);
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, pem, n);
    enum key_load result = sign_key_pem(crypto, key, (span){exact, n}, type_password, &typed);
    assert_true(typed.asked <= 1);
    assert_int_equal(result == KEY_LOADED, *key != NULL);
    free(exact);
    return result;
}

static enum key_load load_and_free(const char *pem, const char *password)
{
    struct sign_key *key;
    enum key_load result = load_typed(&key, pem, password);
    sign_key_free(key);
    return result;
}

/* holds: does `key` say the same public half as the plain PKCS#8 file of this made key? */
static bool holds(const struct sign_key *key, enum made_key made)
{
    struct sign_key *plain;
    char *pem = pem_key(made, FORM_PKCS8, NULL, NULL);
    assert_int_equal(load(&plain, pem), KEY_LOADED);
    const struct pubkey *a = sign_key_public(key), *b = sign_key_public(plain);
    bool same = a->type == b->type && span_eq(a->point, b->point) && span_eq(a->rsa_n, b->rsa_n)
                && span_eq(a->rsa_e, b->rsa_e) && a->pss_hash == b->pss_hash
                && a->pss_salt == b->pss_salt;
    sign_key_free(plain);
    free(pem);
    return same;
}

static const enum made_key loadable[] = {MADE_P256, MADE_P384, MADE_P521,       MADE_ED25519,
                                         MADE_RSA,  MADE_PSS,  MADE_PSS_SHA256, MADE_COMPRESSED};

static void every_form_gives_the_same_key(void **state)
{
    (void)state;
    static const char *const ciphers[] = {NULL, "AES-128-CBC", "AES-256-CBC", "DES-EDE3-CBC"};
    for (size_t i = 0; i < sizeof loadable / sizeof loadable[0]; i++)
        for (size_t j = 0; j < sizeof ciphers / sizeof ciphers[0]; j++)
            for (enum made_form form = FORM_PKCS8; form <= FORM_TRADITIONAL; form++) {
                enum made_key made = loadable[i];
                bool old = made == MADE_RSA || made == MADE_COMPRESSED || made <= MADE_P521;
                if (form == FORM_TRADITIONAL && !old)
                    continue;
                struct sign_key *key;
                char *pem = pem_key(made, form, ciphers[j], "hunter2");
                assert_int_equal(load_typed(&key, pem, "hunter2"), KEY_LOADED);
                assert_true(holds(key, made));
                assert_true(signs_with(key));
                sign_key_free(key);
                free(pem);
            }
}

static void pss_parameters_are_kept(void **state)
{
    (void)state;
    struct sign_key *key;
    char *pem = pem_key(MADE_PSS_SHA256, FORM_PKCS8, NULL, NULL);
    assert_int_equal(load(&key, pem), KEY_LOADED);
    assert_int_equal(sign_key_public(key)->pss_hash, HASH_SHA256);
    assert_int_equal(sign_key_public(key)->pss_salt, 32);
    sign_key_free(key);
    free(pem);
}

/* Bug class 128: nothing prompts, and a wrong password is not a broken file. Wrong passwords are
 * many, so that some leave a padding that is right by chance. */
static void passwords(void **state)
{
    (void)state;
    static const enum made_key mades[] = {MADE_P256, MADE_RSA};
    for (size_t i = 0; i < 2; i++)
        for (enum made_form form = FORM_PKCS8; form <= FORM_TRADITIONAL; form++) {
            struct sign_key *key;
            char *pem = pem_key(mades[i], form, "AES-128-CBC", "hunter2");
            assert_int_equal(load(&key, pem), KEY_NEEDS_PASSWORD);
            assert_int_equal(load_and_free(pem, ""), KEY_NEEDS_PASSWORD);
            assert_int_equal(load_and_free(pem, "hunter"), KEY_WRONG_PASSWORD);
            size_t tries = form == FORM_TRADITIONAL ? 1000 : 20; /* PBKDF2 is slow by design */
            for (size_t k = 0; k < tries; k++) {
                char wrong[32];
                snprintf(wrong, sizeof wrong, "wrong%zu", k);
                assert_int_equal(load_and_free(pem, wrong), KEY_WRONG_PASSWORD);
            }
            free(pem);
        }
}

/* replaced is a copy of `text` in which `from` stands as `to`. */
static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    size_t n = strlen(text) + strlen(to) + 1;
    char *out = malloc(n);
    assert_non_null(out);
    snprintf(out, n, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static enum key_load load_replaced(const char *text, const char *from, const char *to)
{
    char *other = replaced(text, from, to);
    enum key_load result = load_and_free(other, "hunter2");
    free(other);
    return result;
}

static void what_we_do_not_know_is_unsupported(void **state)
{
    (void)state;
    static const enum made_key mades[] = {MADE_X25519, MADE_SECP256K1, MADE_RSA_1024,
                                          MADE_EXPLICIT};
    for (size_t i = 0; i < sizeof mades / sizeof mades[0]; i++) {
        char *pem = pem_key(mades[i], FORM_PKCS8, NULL, NULL);
        assert_int_equal(load_and_free(pem, NULL), KEY_UNSUPPORTED);
        free(pem);
        pem = pem_key(mades[i], FORM_PKCS8, "AES-128-CBC", "hunter2");
        assert_int_equal(load_and_free(pem, "hunter2"), KEY_UNSUPPORTED);
        free(pem);
        if (mades[i] == MADE_X25519)
            continue;
        pem = pem_key(mades[i], FORM_TRADITIONAL, NULL, NULL);
        assert_int_equal(load_and_free(pem, NULL), KEY_UNSUPPORTED);
        free(pem);
    }
    char *old = pem_key(MADE_P256, FORM_TRADITIONAL, "AES-128-CBC", "hunter2");
    assert_int_equal(load_replaced(old, "AES-128-CBC", "CAMELOT-CBC"), KEY_UNSUPPORTED);
    assert_int_equal(load_replaced(old, "AES-128-CBC", "SEED-CBC"), KEY_UNSUPPORTED);
    free(old);
    char *plain = pem_key(MADE_P256, FORM_PKCS8, NULL, NULL);
    char *begin = replaced(plain, "BEGIN ", "BEGIN OPENSSH ");
    assert_int_equal(load_replaced(begin, "END ", "END OPENSSH "), KEY_UNSUPPORTED);
    free(begin);
    free(plain);
}

/* with_crlf is a copy of `text` whose lines end in CRLF. */
static char *with_crlf(const char *text)
{
    char *out = malloc(2 * strlen(text) + 1), *p = out;
    assert_non_null(out);
    for (; *text; text++) {
        if (*text == '\n')
            *p++ = '\r';
        *p++ = *text;
    }
    *p = 0;
    return out;
}

static char *joined(const char *a, const char *b)
{
    size_t n = strlen(a) + strlen(b) + 1;
    char *out = malloc(n);
    assert_non_null(out);
    snprintf(out, n, "%s%s", a, b);
    return out;
}

static void check_joined(const char *a, const char *b, enum key_load expected)
{
    char *text = joined(a, b);
    assert_int_equal(load_and_free(text, NULL), expected);
    free(text);
}

/* Bug class 128: what editors and other tools leave around a key. */
static void text_around_a_key(void **state)
{
    (void)state;
    static const char certificate[] =
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    static const char parameters[] =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    char *pem = pem_key(MADE_P256, FORM_TRADITIONAL, NULL, NULL), *crlf = with_crlf(pem);
    char *line = malloc((1 << 20) + 2);
    assert_non_null(line);
    memset(line, 'A', 1 << 20);
    memcpy(line + (1 << 20), "\n", 2);
    check_joined("Bag Attributes\n    name: x\n", pem, KEY_LOADED);
    check_joined("\xef\xbb\xbf", pem, KEY_LOADED);
    check_joined(certificate, pem, KEY_LOADED);
    check_joined(parameters, pem, KEY_LOADED);
    check_joined("", crlf, KEY_LOADED);
    check_joined(line, pem, KEY_LOADED);
    check_joined(pem, "garbage", KEY_LOADED);
    check_joined(certificate, "", KEY_NOT_FOUND);
    check_joined("", "", KEY_NOT_FOUND);
    check_joined("-----BEGIN PRIVATE KEY-----\n", line, KEY_MALFORMED);
    check_joined("-----BEGIN PRIVATE KEY-----\n", "", KEY_MALFORMED);
    check_joined("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "", KEY_MALFORMED);
    free(line);
    free(crlf);
    free(pem);
}

/* struct der is the inside of a PEM text, to be broken and wrapped again. */
struct der {
    const char *label;
    unsigned char b[2048];
    size_t n;
};

static void unwrap(struct der *der, enum made_key made, enum made_form form)
{
    char *pem = pem_key(made, form, NULL, NULL), *name, *header;
    unsigned char *data;
    long n;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    assert_int_equal(PEM_read_bio(bio, &name, &header, &data, &n), 1);
    assert_true(n <= (long)sizeof der->b);
    der->label = form == FORM_PKCS8 ? "PRIVATE KEY"
                 : made == MADE_RSA ? "RSA PRIVATE KEY"
                                    : "EC PRIVATE KEY";
    assert_string_equal(name, der->label);
    der->n = (size_t)n;
    memcpy(der->b, data, der->n);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(bio);
    free(pem);
}

static enum key_load load_der(struct sign_key **key, const struct der *der, size_t n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_true(PEM_write_bio(bio, der->label, "", der->b, (long)n) > 0);
    size_t len = (size_t)BIO_get_mem_data(bio, &text);
    enum key_load result = sign_key_pem(crypto, key, (span){(uint8_t *)text, len}, NULL, NULL);
    assert_int_equal(result == KEY_LOADED, *key != NULL);
    BIO_free(bio);
    return result;
}

static void truncated_and_extended_keys(void **state)
{
    (void)state;
    static const enum made_key mades[] = {MADE_P256, MADE_ED25519, MADE_RSA, MADE_PSS_SHA256};
    for (size_t i = 0; i < sizeof mades / sizeof mades[0]; i++)
        for (enum made_form form = FORM_PKCS8; form <= FORM_TRADITIONAL; form++) {
            struct der der = {0};
            struct sign_key *key;
            if (form == FORM_TRADITIONAL && mades[i] != MADE_P256 && mades[i] != MADE_RSA)
                continue;
            unwrap(&der, mades[i], form);
            for (size_t n = 1; n < der.n; n++)
                assert_int_equal(load_der(&key, &der, n), KEY_MALFORMED);
            assert_int_equal(load_der(&key, &der, der.n + 1), KEY_MALFORMED);
            assert_int_equal(load_der(&key, &der, der.n), KEY_LOADED);
            sign_key_free(key);
        }
}

/* A key with a bit flipped is refused, or (in what nobody reads) still signs so that its public
 * half agrees. */
static void flipped_bits(void **state)
{
    (void)state;
    static const enum made_key mades[] = {MADE_P256, MADE_COMPRESSED, MADE_ED25519};
    for (size_t i = 0; i < sizeof mades / sizeof mades[0]; i++) {
        struct der der = {0};
        unwrap(&der, mades[i], FORM_PKCS8);
        for (size_t bit = 0; bit < 8 * der.n; bit++) {
            struct sign_key *key;
            der.b[bit / 8] ^= (unsigned char)(1 << bit % 8);
            if (load_der(&key, &der, der.n) == KEY_LOADED)
                assert_true(signs_with(key));
            sign_key_free(key);
            der.b[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
}

/* The halves of a file must belong together: EC by comparing, RSA by one signature. */
static void halves_that_do_not_match(void **state)
{
    (void)state;
    struct der der = {0};
    struct sign_key *key;
    unwrap(&der, MADE_P256, FORM_TRADITIONAL);
    der.b[der.n - 1] ^= 1; /* the point stands last */
    assert_int_equal(load_der(&key, &der, der.n), KEY_MALFORMED);
    unwrap(&der, MADE_RSA, FORM_TRADITIONAL);
    der.b[100] ^= 1; /* within the modulus */
    assert_int_equal(load_der(&key, &der, der.n), KEY_MALFORMED);
}

/* Numbers come short once in 256 signatures, and with a sign bit in every second one. */
static void many_ecdsa_signatures(void **state)
{
    (void)state;
    for (enum made_key made = MADE_P256; made <= MADE_P521; made++) {
        struct sign_key *key;
        char *pem = pem_key(made, FORM_PKCS8, NULL, NULL);
        assert_int_equal(load(&key, pem), KEY_LOADED);
        for (int i = 0; i < (made == MADE_P256 ? 1500 : 50); i++) {
            uint8_t sig[SIG_MAX];
            size_t n;
            span msg = {(const uint8_t *)&i, sizeof i};
            assert_true(sign(key, SIG_ECDSA, HASH_SHA256, msg, sig, &n));
            assert_int_equal(sig_verify(crypto, SIG_ECDSA, HASH_SHA256, sign_key_public(key), msg,
                                        (span){sig, n}),
                             SIG_GOOD);
        }
        sign_key_free(key);
        free(pem);
    }
}

/* Bug class 102: were the arithmetic at fault, its result would not fit the public key. Here the
 * public key is what is changed, which the check must find in the same way. */
static void a_wrong_rsa_signature_does_not_leave(void **state)
{
    (void)state;
    struct sign_key *key;
    uint8_t sig[SIG_MAX], zeros[SIG_MAX] = {0};
    size_t n = 1;
    char *pem = pem_key(MADE_RSA, FORM_PKCS8, NULL, NULL);
    assert_int_equal(load(&key, pem), KEY_LOADED);
    uint8_t *modulus = (uint8_t *)(uintptr_t)sign_key_public(key)->rsa_n.p;
    for (enum sig_alg alg = SIG_RSA_PKCS1; alg <= SIG_RSA_PSS; alg++) {
        memset(sig, 0xaa, sizeof sig);
        modulus[100] ^= 1;
        assert_false(sign(key, alg, HASH_SHA256, span_str("m"), sig, &n));
        assert_int_equal(n, 0);
        assert_memory_equal(sig, zeros, sizeof sig);
        modulus[100] ^= 1;
        assert_true(sign(key, alg, HASH_SHA256, span_str("m"), sig, &n));
    }
    sign_key_free(key);
    free(pem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_signs_what_fits_it),
        cmocka_unit_test(every_form_gives_the_same_key),
        cmocka_unit_test(pss_parameters_are_kept),
        cmocka_unit_test(passwords),
        cmocka_unit_test(what_we_do_not_know_is_unsupported),
        cmocka_unit_test(text_around_a_key),
        cmocka_unit_test(truncated_and_extended_keys),
        cmocka_unit_test(flipped_bits),
        cmocka_unit_test(halves_that_do_not_match),
        cmocka_unit_test(many_ecdsa_signatures),
        cmocka_unit_test(a_wrong_rsa_signature_does_not_leave),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
