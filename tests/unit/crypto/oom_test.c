/* Every allocation of every operation fails once, and (in a second round) every one from the n-th
 * on: the operation fails cleanly or its result is right; a signature that is wrong never verifies;
 * nothing leaks (bug class 89). LeakSanitizer watches what libcrypto and the hooks allocate. */
#include "crypto/crypto.h"
#include "pem_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>

/* ---- an allocator that fails on request ------------------------------------------------------ */

static size_t countdown; /* 0: never fail */
static bool for_good, failed;
static size_t hooked; /* blocks that came from the hook and are still out */

static bool fails(void)
{
    if (!countdown || (failed && for_good))
        return failed && for_good;
    failed = --countdown == 0;
    return failed;
}

static void *crypto_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(p, n);
}

static void crypto_release(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

static void *hook_alloc(void *user, size_t n)
{
    (void)user;
    void *p = fails() ? NULL : malloc(n);
    hooked += p != NULL;
    return p;
}

static void hook_release(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    hooked--;
    free(p);
}

static struct hooks hooks;
static struct crypto *crypto;
static struct sign_key *keys[MADE_KEYS];
static char *pems[MADE_KEYS], *sealed[2];

/* ---- the operations: each says whether it succeeded, having checked that it did so rightly --- */

static const uint8_t key[32] = {1}, nonce[AEAD_NONCE] = {2};

static bool do_new(size_t arg)
{
    (void)arg;
    uint8_t b[8];
    struct crypto *one = crypto_new(&hooks);
    bool ok = one && crypto_random(one, b, sizeof b);
    crypto_free(one);
    return ok;
}

static bool do_aead(size_t id)
{
    uint8_t b[5 + AEAD_TAG];
    span k = {key, aead_key_len((enum aead_id)id)};
    struct aead *seal = aead_new(crypto, (enum aead_id)id, k, true);
    struct aead *open = aead_new(crypto, (enum aead_id)id, k, false);
    bool ok = seal && open && aead_seal(seal, b, nonce, (span){0}, span_str("hello"), (span){0})
              && aead_open(open, b, sizeof b, nonce, (span){0});
    if (ok)
        assert_memory_equal(b, "hello", 5);
    aead_free(seal);
    aead_free(open);
    return ok;
}

static bool do_generate(size_t id)
{
    static const uint8_t seed[KEM_SEED_MAX] = {0, 1};
    uint8_t share[KEM_SHARE_MAX];
    struct kem_key *one = kem_generate(crypto, (enum kem_id)id, seed, share);
    kem_free(one);
    return one;
}

/* do_agree: the peer's share is good, so that no failure may be blamed on it. */
static bool do_agree(size_t id)
{
    static const uint8_t mine[KEM_SEED_MAX] = {0, 1}, theirs[KEM_SEED_MAX] = {0, 2};
    uint8_t share[KEM_SHARE_MAX], cipher[KEM_SHARE_MAX];
    struct secret a = {0}, b = {0};
    struct kem_key *one = kem_generate(crypto, (enum kem_id)id, mine, share);
    enum kem_result result = KEM_FAILED;
    if (one)
        result = kem_encap(crypto, (enum kem_id)id, theirs,
                           (span){share, kem_share_len((enum kem_id)id)}, cipher, &b);
    if (result == KEM_OK)
        result = kem_decap(one, &a, (span){cipher, kem_cipher_len((enum kem_id)id)});
    assert_int_not_equal(result, KEM_BAD_SHARE);
    if (result == KEM_OK)
        assert_true(a.n && span_eq(secret_span(&a), secret_span(&b)));
    else
        assert_int_equal(a.n, 0);
    kem_free(one);
    return result == KEM_OK;
}

static const struct {
    enum sig_alg alg;
    enum hash_id hash;
} algs[MADE_KEYS] = {
    [MADE_P256] = {SIG_ECDSA, HASH_SHA256},    [MADE_P384] = {SIG_ECDSA, HASH_SHA384},
    [MADE_P521] = {SIG_ECDSA, HASH_SHA512},    [MADE_ED25519] = {SIG_ED25519, HASH_NONE},
    [MADE_RSA] = {SIG_RSA_PKCS1, HASH_SHA256}, [MADE_PSS] = {SIG_RSA_PSS, HASH_SHA256},
};

static enum sig_result verify(size_t kind, span msg, span sig)
{
    return sig_verify(crypto, algs[kind].alg, algs[kind].hash, sign_key_public(keys[kind]), msg,
                      sig);
}

static uint8_t signature[SIG_MAX];
static size_t signature_n;

static bool do_verify(size_t kind)
{
    enum sig_result result = verify(kind, span_str("m"), (span){signature, signature_n});
    assert_int_not_equal(result, SIG_BAD);
    return result == SIG_GOOD;
}

static bool do_verify_wrong(size_t kind)
{
    enum sig_result result = verify(kind, span_str("w"), (span){signature, signature_n});
    assert_true(result == SIG_BAD || (failed && result == SIG_FAILED));
    return true;
}

static bool do_sign(size_t kind)
{
    uint8_t sig[SIG_MAX];
    size_t n = 0;
    bool ok = sign(keys[kind], algs[kind].alg, algs[kind].hash, span_str("m"), sig, &n);
    assert_int_equal(ok, n != 0);
    size_t left = countdown;
    bool had_failed = failed;
    countdown = 0;
    failed = false;
    assert_int_equal(ok, verify(kind, span_str("m"), (span){sig, n}) == SIG_GOOD);
    countdown = left;
    failed = had_failed;
    return ok;
}

static size_t give_password(void *user, char *out, size_t cap)
{
    (void)user;
    (void)cap;
    memcpy(out, "hunter2", 7);
    return 7;
}

static bool load(const char *pem)
{
    struct sign_key *one;
    enum key_load result = sign_key_pem(crypto, &one, span_str(pem), give_password, NULL);
    assert_int_equal(result == KEY_LOADED, one != NULL);
    assert_true(one || result == KEY_NO_MEMORY);
    sign_key_free(one);
    return one;
}

static bool do_load(size_t kind)
{
    return load(pems[kind]);
}

static bool do_load_sealed(size_t form)
{
    return load(sealed[form]);
}

/* ---- the rounds ------------------------------------------------------------------------------ */

/* rounds runs `op` with its n-th allocation failing, for n = 1 and on, until it needs fewer.
 * Long ones are sampled: n grows by n / sparse. Nothing may fail without an allocation that did. */
static void rounds(bool (*op)(size_t arg), size_t arg, size_t sparse)
{
    size_t before = hooked;
    assert_true(op(arg)); /* warm: what libcrypto makes once and keeps is made */
    for (int good = 0; good <= 1; good++) {
        size_t refused = 0;
        for (size_t n = 1;; n += 1 + n / sparse) {
            failed = false;
            for_good = good;
            countdown = n;
            bool ok = op(arg);
            bool reached = failed;
            countdown = 0;
            failed = false;
            refused += !ok;
            assert_int_equal(hooked, before);
            if (!reached) {
                assert_true(ok);
                break;
            }
        }
        assert_true(refused || !good || op == do_verify_wrong); /* a key file is read twice */
        assert_true(op(arg)); /* and nothing is broken for later */
    }
}

enum { EACH = 1000000 };

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* OSSL_LIB_CTX_new itself loses memory when an allocation of its own fails (3.0.22): there only the
 * blocks from the hook are counted. */
static void life(void **state)
{
    (void)state;
    if (__lsan_disable)
        __lsan_disable();
    rounds(do_new, 0, 60);
    if (__lsan_enable)
        __lsan_enable();
}

static void records(void **state)
{
    (void)state;
    for (size_t id = AEAD_AES_128_GCM; id <= AEAD_CHACHA20_POLY1305; id++)
        rounds(do_aead, id, EACH);
}

static void agreement(void **state)
{
    (void)state;
    for (size_t id = KEM_X25519; id <= KEM_P384; id++) {
        rounds(do_generate, id, EACH);
        rounds(do_agree, id, EACH);
    }
}

static void signatures(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < MADE_KEYS; kind++) {
        if (!keys[kind])
            continue;
        assert_true(sign(keys[kind], algs[kind].alg, algs[kind].hash, span_str("m"), signature,
                         &signature_n));
        rounds(do_verify, kind, EACH);
        rounds(do_verify_wrong, kind, EACH);
        rounds(do_sign, kind, EACH);
    }
}

static void key_files(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < MADE_KEYS; kind++)
        if (keys[kind])
            rounds(do_load, kind, kind == MADE_RSA || kind == MADE_PSS ? 20 : EACH);
    for (size_t form = 0; form < 2; form++)
        rounds(do_load_sealed, form, 20);
}

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    hooks.alloc = hook_alloc;
    hooks.release = hook_release;
    crypto = crypto_new(&hooks);
    for (size_t kind = 0; kind < MADE_KEYS; kind++) {
        if (algs[kind].alg == SIG_NONE)
            continue;
        pems[kind] = pem_key((enum made_key)kind, FORM_PKCS8, NULL, NULL);
        span pem = span_str(pems[kind]);
        if (!crypto || sign_key_pem(crypto, &keys[kind], pem, NULL, NULL) != KEY_LOADED)
            return -1;
    }
    sealed[0] = pem_key(MADE_P256, FORM_PKCS8, "AES-128-CBC", "hunter2");
    sealed[1] = pem_key(MADE_P256, FORM_TRADITIONAL, "AES-128-CBC", "hunter2");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < MADE_KEYS; kind++) {
        sign_key_free(keys[kind]);
        free(pems[kind]);
    }
    free(sealed[0]);
    free(sealed[1]);
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_release))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life),       cmocka_unit_test(records),   cmocka_unit_test(agreement),
        cmocka_unit_test(signatures), cmocka_unit_test(key_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
