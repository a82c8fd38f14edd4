/* The cache of signatures: it says what was added and nothing else, pushes out what was not asked
 * for longest, stays in its memory, and never has a thread wait. */
#include "crypto/sig_cache.h"

#include "crypto/crypto.h"
#include "crypto/env.h"

#include <tacit/error.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hooks hooks;
static size_t held;

static void *count_alloc(void *user, size_t n)
{
    (void)user;
    held += n;
    return malloc(n);
}

static void count_release(void *user, void *p, size_t n)
{
    (void)user;
    held -= n;
    free(p);
}

static int begin(void **state)
{
    (void)state;
    const tacit_env_options o = {.size = sizeof o, .alloc = count_alloc, .release = count_release};
    hooks_init(&hooks, &o);
    return 0;
}

static const uint8_t *digest(uint8_t out[SIG_CACHE_KEY], uint32_t i)
{
    hash_once(HASH_SHA256, (span){(const uint8_t *)&i, sizeof i}, out);
    return out;
}

static void what_was_added_is_there(void **state)
{
    uint8_t key[SIG_CACHE_KEY];
    (void)state;
    struct sig_cache *c = sig_cache_new(&hooks, 64);
    assert_false(sig_cache_has(c, digest(key, 1)));
    sig_cache_add(c, key);
    assert_true(sig_cache_has(c, key));
    sig_cache_add(c, key);
    assert_true(sig_cache_has(c, key));
    for (size_t i = 0; i < SIG_CACHE_KEY; i++) {
        key[i] ^= 1;
        assert_false(sig_cache_has(c, key));
        key[i] ^= 1;
    }
    memset(key, 0, sizeof key); /* as the room that nothing was put in */
    assert_false(sig_cache_has(c, key));
    sig_cache_free(c);
    sig_cache_free(NULL);
    assert_false(sig_cache_has(NULL, key));
    sig_cache_add(NULL, key);
    assert_int_equal(held, 0);
}

/* One set of eight: the ninth pushes out the one that was not asked for longest. */
static void the_oldest_goes_first(void **state)
{
    uint8_t keys[9][SIG_CACHE_KEY];
    (void)state;
    struct sig_cache *c = sig_cache_new(&hooks, 1);
    for (uint32_t i = 0; i < 8; i++)
        sig_cache_add(c, digest(keys[i], i));
    for (uint32_t i = 0; i < 8; i++)
        if (i != 3)
            assert_true(sig_cache_has(c, keys[i]));
    sig_cache_add(c, digest(keys[8], 8));
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(sig_cache_has(c, keys[i]), i != 3);
    sig_cache_free(c);
}

static void memory_is_bounded(void **state)
{
    enum { ROOM = 1024, MANY = 100000 };
    uint8_t key[SIG_CACHE_KEY];
    size_t there = 0, recent = 0;
    (void)state;
    struct sig_cache *c = sig_cache_new(&hooks, ROOM);
    size_t before = held;
    assert_in_range(before, ROOM * 32, ROOM * 34 + 64);
    for (uint32_t i = 0; i < MANY; i++)
        sig_cache_add(c, digest(key, i));
    assert_int_equal(held, before);
    for (uint32_t i = 0; i < MANY; i++) {
        bool has = sig_cache_has(c, digest(key, i));
        there += has;
        recent += has && i >= MANY - ROOM / 2;
    }
    assert_in_range(there, ROOM * 9 / 10, ROOM);
    assert_in_range(recent, ROOM * 9 / 20, ROOM / 2); /* the last ones, nearly all */
    sig_cache_free(c);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 20000, KEYS = 64 };

static struct sig_cache *shared;
static size_t hits[THREADS], wrong[THREADS];

/* Only even numbers are ever added. */
static void *work(void *user)
{
    size_t me = (size_t)user;
    uint8_t key[SIG_CACHE_KEY];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t number = (i * 7 + (uint32_t)me) % KEYS;
        bool has = sig_cache_has(shared, digest(key, number));
        hits[me] += has;
        wrong[me] += has && number % 2;
        if (number % 2 == 0)
            sig_cache_add(shared, key);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    shared = sig_cache_new(&hooks, KEYS);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(wrong[i], 0);
        assert_in_range(hits[i], ROUNDS / 10, ROUNDS / 2);
    }
    sig_cache_free(shared);
}

static void an_environment_has_one_when_asked(void **state)
{
    (void)state;
    tacit_env_options o = {.size = sizeof o};
    tacit_error error;
    tacit_env *env = tacit_env_new(&o, &error);
    assert_null(env->signatures);
    tacit_env_free(env);
    o.signature_cache = 1;
    env = tacit_env_new(&o, &error);
    assert_non_null(env->signatures);
    tacit_env_free(env);
    o.signature_cache = SIG_CACHE_MAX + 1;
    assert_null(tacit_env_new(&o, &error));
    assert_string_equal(error.name, "BAD_CACHE_OPTION");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_there),
        cmocka_unit_test(the_oldest_goes_first),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(an_environment_has_one_when_asked),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
