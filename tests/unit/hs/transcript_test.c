/* The running hash over a handshake: RFC 9846 4.1. */
#include "hs/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool out_of_memory;

static void *alloc(void *user, size_t n)
{
    (void)user;
    return out_of_memory ? NULL : malloc(n);
}

static void release(void *user, void *p, size_t n)
{
    (void)user, (void)n;
    free(p);
}

static struct hooks hooks;

static int set_up(void **state)
{
    (void)state;
    const tacit_env_options o = {.size = sizeof o, .alloc = alloc, .release = release};
    hooks_init(&hooks, &o);
    return 0;
}

static void add(struct transcript *t, const char *text)
{
    struct err err = {0};
    assert_true(transcript_add(t, span_str(text), &err));
}

static void assert_digest_of(const struct transcript *t, enum hash_id hash, span all)
{
    uint8_t ours[HASH_MAX], theirs[HASH_MAX];
    span d = transcript_digest(t, ours);
    assert_ptr_equal(d.p, ours);
    assert_int_equal(d.n, hash_len(hash));
    hash_once(hash, all, theirs);
    assert_memory_equal(ours, theirs, d.n);
}

/* When the hash is chosen makes no difference to what it is of. */
static void the_hash_may_be_chosen_late(void **state)
{
    (void)state;
    static const char *const parts[] = {"one", "two", "three", "four"};
    static const enum hash_id hashes[] = {HASH_SHA256, HASH_SHA384};
    for (size_t i = 0; i < 10; i++) {
        enum hash_id hash = hashes[i % 2];
        struct transcript t = {.hooks = &hooks};
        for (size_t part = 0; part <= 4; part++) {
            if (part == i / 2)
                transcript_choose(&t, hash);
            if (part < 4)
                add(&t, parts[part]);
        }
        assert_digest_of(&t, hash, span_str("onetwothreefour"));
        assert_null(t.kept);
        transcript_wipe(&t);
    }
}

static void a_digest_changes_nothing(void **state)
{
    (void)state;
    struct transcript t = {.hooks = &hooks};
    transcript_choose(&t, HASH_SHA256);
    assert_digest_of(&t, HASH_SHA256, (span){0});
    add(&t, "a");
    assert_digest_of(&t, HASH_SHA256, span_str("a"));
    assert_digest_of(&t, HASH_SHA256, span_str("a"));
    add(&t, "b");
    assert_digest_of(&t, HASH_SHA256, span_str("ab"));
    transcript_wipe(&t);
}

/* Bug class 42: after a HelloRetryRequest the suite, and so the hash, is settled. */
static void the_hash_is_chosen_once(void **state)
{
    (void)state;
    struct transcript t = {.hooks = &hooks};
    add(&t, "a");
    transcript_choose(&t, HASH_SHA384);
    transcript_choose(&t, HASH_SHA256);
    assert_digest_of(&t, HASH_SHA384, span_str("a"));
    transcript_wipe(&t);
}

/* message_hash, 00 00, the length, the digest of the first hello; then what follows. */
static void a_retry_puts_a_digest_in_the_place_of_the_hello(void **state)
{
    (void)state;
    static const enum hash_id hashes[] = {HASH_SHA256, HASH_SHA384};
    for (size_t i = 0; i < 2; i++) {
        uint8_t all[4 + HASH_MAX + 5];
        size_t n = hash_len(hashes[i]);
        struct transcript t = {.hooks = &hooks};
        add(&t, "the first hello");
        transcript_choose(&t, hashes[i]);
        transcript_retry(&t);
        add(&t, "retry");
        memcpy(all, (const uint8_t[]){254, 0, 0, (uint8_t)n}, 4);
        hash_once(hashes[i], span_str("the first hello"), all + 4);
        memcpy(all + 4 + n, "retry", 5);
        assert_digest_of(&t, hashes[i], (span){all, 4 + n + 5});
        transcript_wipe(&t);
    }
}

/* Bug class 89 */
static void without_memory_a_message_is_not_lost_in_silence(void **state)
{
    (void)state;
    struct transcript t = {.hooks = &hooks};
    struct err err = {0};
    static const uint8_t long_message[4096]; /* there is no room left for it */
    add(&t, "a");
    out_of_memory = true;
    assert_false(transcript_add(&t, (span){long_message, sizeof long_message}, &err));
    assert_int_equal(err.reason, R_NO_MEMORY);
    out_of_memory = false;
    transcript_choose(&t, HASH_SHA256);
    assert_digest_of(&t, HASH_SHA256, span_str("a"));
    transcript_wipe(&t);
}

static void a_wiped_transcript_begins_again(void **state)
{
    (void)state;
    struct transcript t = {.hooks = &hooks};
    add(&t, "a");
    transcript_wipe(&t);
    assert_ptr_equal(t.hooks, &hooks);
    assert_int_equal(t.n, 0);
    add(&t, "b");
    transcript_choose(&t, HASH_SHA256);
    assert_digest_of(&t, HASH_SHA256, span_str("b"));
    transcript_wipe(&t);
    assert_int_equal(t.ctx.id, HASH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_may_be_chosen_late),
        cmocka_unit_test(a_digest_changes_nothing),
        cmocka_unit_test(the_hash_is_chosen_once),
        cmocka_unit_test(a_retry_puts_a_digest_in_the_place_of_the_hello),
        cmocka_unit_test(without_memory_a_message_is_not_lost_in_silence),
        cmocka_unit_test(a_wiped_transcript_begins_again),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
