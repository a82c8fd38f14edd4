/* The provider as a guest in its host: the host's error queue, its configuration of libcrypto, its
 * hooks, its threads.
 *
 * This process runs under an openssl.cnf that leaves libcrypto's default context without a single
 * algorithm. Whatever worked by that context instead of ours fails here, so the keys of the test
 * are made by children that come before it. */
#include "crypto/crypto.h"
#include "pem_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum made_key kinds[] = {MADE_P256,    MADE_P384, MADE_P521,
                                      MADE_ED25519, MADE_RSA,  MADE_PSS_SHA256};

enum { KEYS = sizeof kinds / sizeof kinds[0], FOREIGN = 4 };

static struct hooks hooks;
static struct crypto *crypto;
static char *pems[KEYS], *sealed_pem;
static char conf[] = "/tmp/tacit-openssl-XXXXXX";
static const char conf_text[] = "openssl_conf = init\n[init]\nalg_section = evp\n"
                                "[evp]\ndefault_properties = fips=yes\n";

/* from_child reads what a child process prints of a key. */
static char *from_child(enum made_key made, const char *cipher)
{
    int fds[2];
    char *text = calloc(1, 8192);
    size_t n = 0;
    ssize_t got;
    if (!text || pipe(fds) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        char *pem = pem_key(made, FORM_PKCS8, cipher, cipher ? "hunter2" : NULL);
        ssize_t put = write(fds[1], pem, strlen(pem));
        _exit(put == (ssize_t)strlen(pem) ? 0 : 1);
    }
    close(fds[1]);
    while ((got = read(fds[0], text + n, 8191 - n)) > 0)
        n += (size_t)got;
    close(fds[0]);
    if (waitpid(child, NULL, 0) != child || n == 0)
        abort();
    return text;
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        pems[i] = from_child(kinds[i], NULL);
    sealed_pem = from_child(MADE_P256, "AES-128-CBC");
    int fd = mkstemp(conf);
    ssize_t put = write(fd, conf_text, sizeof conf_text - 1);
    close(fd);
    if (put != (ssize_t)sizeof conf_text - 1 || setenv("OPENSSL_CONF", conf, 1) != 0)
        return -1;
    if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL))
        return -1;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    for (size_t i = 0; i < KEYS; i++)
        free(pems[i]);
    free(sealed_pem);
    return unlink(conf);
}

static void the_name_has_a_version(void **state)
{
    (void)state;
    char expected[48];
    snprintf(expected, sizeof expected, "libcrypto %s",
             OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
    assert_string_equal(crypto_name(), expected);
}

static bool refused(void *user, uint8_t *out, size_t n)
{
    (void)out;
    *(size_t *)user += n;
    return false;
}

static void randomness(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    assert_true(crypto_random(crypto, a, sizeof a) && crypto_random(crypto, b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    size_t asked = 0;
    struct hooks mine = hooks;
    mine.user = &asked;
    mine.random = refused;
    struct crypto *hooked = crypto_new(&mine);
    assert_non_null(hooked);
    assert_false(crypto_random(hooked, a, 7)); /* bug class 90: a failure is not papered over */
    assert_int_equal(asked, 7);
    crypto_free(hooked);
}

/* Bug class 90: what was drawn from before a fork goes on differently in each process. */
static void forked_children_draw_other_values(void **state)
{
    (void)state;
    enum { CHILDREN = 4, VALUE = 32 };
    uint8_t values[CHILDREN + 1][VALUE] = {{0}};
    int fds[2];
    assert_true(crypto_random(crypto, values[0], VALUE));
    assert_int_equal(pipe(fds), 0);
    for (size_t i = 1; i <= CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0) {
            uint8_t own[VALUE];
            _exit(crypto_random(crypto, own, VALUE) && write(fds[1], own, VALUE) == VALUE ? 0 : 1);
        }
        int status = 1;
        assert_true(child > 0 && waitpid(child, &status, 0) == child);
        assert_int_equal(status, 0);
        assert_int_equal(read(fds[0], values[i], VALUE), VALUE);
    }
    close(fds[0]);
    close(fds[1]);
    assert_true(crypto_random(crypto, values[0], VALUE));
    for (size_t i = 0; i <= CHILDREN; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(values[i], values[k], VALUE);
}

/* ---- everything that can be asked, well and badly -------------------------------------------- */

static void use_aead(void)
{
    static const uint8_t key[32] = {1}, nonce[AEAD_NONCE] = {2};
    uint8_t b[5 + AEAD_TAG];
    for (enum aead_id id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++) {
        span k = {key, aead_key_len(id)};
        struct aead *seal = aead_new(crypto, id, k, true), *open = aead_new(crypto, id, k, false);
        assert_true(seal && open);
        assert_true(aead_seal(seal, b, nonce, (span){0}, span_str("hello"), (span){0}));
        assert_true(aead_open(open, b, sizeof b, nonce, (span){0}));
        assert_false(aead_open(open, b, sizeof b, nonce, (span){0}));
        aead_free(seal);
        aead_free(open);
    }
}

static void use_kem(void)
{
    for (enum kem_id id = KEM_X25519; id <= KEM_P384; id++) {
        uint8_t seed[KEM_SEED_MAX], share[KEM_SHARE_MAX], cipher[KEM_SHARE_MAX];
        struct secret a, b;
        assert_true(crypto_random(crypto, seed, sizeof seed));
        struct kem_key *key = kem_generate(crypto, id, seed, share);
        assert_non_null(key);
        span s = {share, kem_share_len(id)};
        assert_int_equal(kem_encap(crypto, id, seed, s, cipher, &b), KEM_OK);
        assert_int_equal(kem_decap(key, &a, (span){cipher, kem_cipher_len(id)}), KEM_OK);
        assert_true(span_eq(secret_span(&a), secret_span(&b)));
        memset(cipher + 1, 0, sizeof cipher - 1);
        cipher[0] = id == KEM_X25519 ? 0 : 4;
        span zero = {cipher, kem_cipher_len(id)};
        assert_int_equal(kem_decap(key, &a, zero), KEM_BAD_SHARE);
        kem_free(key);
    }
}

static void use_key(const char *pem)
{
    static const struct {
        enum sig_alg alg;
        enum hash_id hash;
    } algs[] = {
        {SIG_ECDSA, HASH_SHA256},
        {SIG_RSA_PKCS1, HASH_SHA512},
        {SIG_RSA_PSS, HASH_SHA256},
        {SIG_ED25519, HASH_NONE},
    };
    struct sign_key *key;
    assert_int_equal(sign_key_pem(crypto, &key, span_str(pem), NULL, NULL), KEY_LOADED);
    size_t signatures = 0;
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        uint8_t sig[SIG_MAX];
        size_t n;
        span msg = span_str("message");
        const struct pubkey *pub = sign_key_public(key);
        if (!sign(key, algs[i].alg, algs[i].hash, msg, sig, &n))
            continue;
        signatures++;
        assert_int_equal(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}),
                         SIG_GOOD);
        sig[n - 1] ^= 1;
        assert_int_equal(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}),
                         SIG_BAD);
        memset(sig, 0xff, n);
        assert_int_equal(sig_verify(crypto, algs[i].alg, algs[i].hash, pub, msg, (span){sig, n}),
                         SIG_BAD);
    }
    assert_int_not_equal(signatures, 0);
    sign_key_free(key);
}

static size_t wrong_password(void *user, char *out, size_t cap)
{
    (void)user;
    (void)cap;
    *out = 'x';
    return 1;
}

static void use_bad_pems(void)
{
    static const char *const bad[] = {
        "",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n????\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    };
    struct sign_key *key;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_not_equal(sign_key_pem(crypto, &key, span_str(bad[i]), NULL, NULL), KEY_LOADED);
    span sealed = span_str(sealed_pem);
    assert_int_equal(sign_key_pem(crypto, &key, sealed, NULL, NULL), KEY_NEEDS_PASSWORD);
    assert_int_equal(sign_key_pem(crypto, &key, sealed, wrong_password, NULL), KEY_WRONG_PASSWORD);
}

static void use_keys(void)
{
    for (size_t i = 0; i < KEYS; i++)
        use_key(pems[i]);
}

static void use_life(void)
{
    struct crypto *another = crypto_new(&hooks);
    assert_non_null(another);
    uint8_t b[1];
    assert_true(crypto_random(another, b, 1));
    crypto_free(another);
}

static void (*const uses[])(void) = {use_aead, use_kem, use_keys, use_bad_pems, use_life};

/* ---- what the host sees of it ---------------------------------------------------------------- */

/* Bug class 92: errors of the host stay, and none of ours are added; whether it had any or not. */
static void the_hosts_errors_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        for (int had = 0; had <= FOREIGN; had += FOREIGN) {
            for (int k = 0; k < had; k++)
                ERR_raise(ERR_LIB_USER, 100 + k);
            uses[i]();
            for (int k = 0; k < had; k++)
                assert_int_equal(ERR_GET_REASON(ERR_get_error()), 100 + k);
            assert_int_equal(ERR_peek_error(), 0);
        }
}

static void *work(void *arg)
{
    struct sign_key *const *keys = arg;
    for (int i = 0; i < 20; i++) {
        use_aead();
        use_kem();
        for (size_t k = 0; k < 2; k++) {
            uint8_t sig[SIG_MAX];
            size_t n;
            enum sig_alg alg = k == 0 ? SIG_ECDSA : SIG_RSA_PSS;
            if (!sign(keys[k], alg, HASH_SHA256, span_str("m"), sig, &n)
                || sig_verify(crypto, alg, HASH_SHA256, sign_key_public(keys[k]), span_str("m"),
                              (span){sig, n})
                       != SIG_GOOD)
                return NULL;
        }
    }
    return arg;
}

static void threads_share_a_provider_and_keys(void **state)
{
    (void)state;
    pthread_t threads[4];
    struct sign_key *keys[2];
    span ec = span_str(pems[0]), rsa = span_str(pems[4]);
    assert_int_equal(sign_key_pem(crypto, &keys[0], ec, NULL, NULL), KEY_LOADED);
    assert_int_equal(sign_key_pem(crypto, &keys[1], rsa, NULL, NULL), KEY_LOADED);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, keys), 0);
    for (size_t i = 0; i < 4; i++) {
        void *done;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_ptr_equal(done, keys);
    }
    sign_key_free(keys[0]);
    sign_key_free(keys[1]);
}

static void the_hosts_configuration_does_not_reach_us(void **state)
{
    (void)state;
    assert_null(EVP_MD_fetch(NULL, "SHA256", NULL)); /* it is in force */
    ERR_clear_error();
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        uses[i]();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_has_a_version),
        cmocka_unit_test(randomness),
        cmocka_unit_test(forked_children_draw_other_values),
        cmocka_unit_test(the_hosts_errors_stay),
        cmocka_unit_test(threads_share_a_provider_and_keys),
        cmocka_unit_test(the_hosts_configuration_does_not_reach_us),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
