/* The ways out of the core: memory and time. */
#include "base/hooks.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct seen {
    void *user;
    size_t allocated, released;
    bool wiped;
} seen;

static void *alloc(void *user, size_t n)
{
    seen.user = user;
    seen.allocated = n;
    void *p = malloc(n);
    memset(p, 0xa5, n);
    return p;
}

static void release(void *user, void *p, size_t n)
{
    const uint8_t *b = p;
    seen.user = user;
    seen.released = n;
    seen.wiped = true;
    for (size_t i = 0; i < n; i++)
        seen.wiped &= b[i] == 0;
    free(p);
}

static void *nothing(void *user, size_t n)
{
    (void)user, (void)n;
    return NULL;
}

static int64_t now(void *user)
{
    (void)user;
    return 42;
}

static bool random_hook(void *user, uint8_t *out, size_t n)
{
    (void)user, (void)out, (void)n;
    return true;
}

static void the_hooks_of_the_options_are_used(void **state)
{
    (void)state;
    int user;
    struct hooks hooks;
    const tacit_env_options o = {.size = sizeof o,
                                 .user = &user,
                                 .alloc = alloc,
                                 .release = release,
                                 .now = now,
                                 .random = random_hook};
    hooks_init(&hooks, &o);
    seen = (struct seen){0};
    void *p = mem_alloc(&hooks, 100);
    assert_ptr_equal(seen.user, &user);
    assert_int_equal(seen.allocated, 100);
    mem_free(&hooks, p, 100);
    assert_int_equal(seen.released, 100);
    assert_int_equal(hooks.now(hooks.user), 42);
    assert_ptr_equal(hooks.random, random_hook);
}

static void the_defaults_work(void **state)
{
    (void)state;
    struct hooks hooks;
    hooks_init(&hooks, NULL);
    uint8_t *p = mem_alloc(&hooks, 10);
    assert_non_null(p);
    p[9] = 1;
    mem_free(&hooks, p, 10);
    assert_in_range(hooks.now(hooks.user), 1700000000, (uint64_t)1 << 40);
    assert_null(hooks.random);
}

/* An allocator without its release would free what it did not make. */
static void half_an_allocator_is_none(void **state)
{
    (void)state;
    struct hooks hooks, defaults;
    const tacit_env_options only_alloc = {.size = sizeof only_alloc, .alloc = nothing},
                            only_release = {.size = sizeof only_release, .release = release};
    hooks_init(&defaults, NULL);
    hooks_init(&hooks, &only_alloc);
    assert_ptr_equal(hooks.alloc, defaults.alloc);
    hooks_init(&hooks, &only_release);
    assert_ptr_equal(hooks.release, defaults.release);
}

/* Bug class 91 */
static void memory_comes_zeroed_and_goes_wiped(void **state)
{
    (void)state;
    struct hooks hooks;
    const tacit_env_options o = {.size = sizeof o, .alloc = alloc, .release = release};
    hooks_init(&hooks, &o);
    seen = (struct seen){0};
    uint8_t *p = mem_alloc(&hooks, 64);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(p[i], 0);
    memset(p, 0x5a, 64);
    mem_free(&hooks, p, 64);
    assert_true(seen.wiped);
    seen.released = 77;
    mem_free(&hooks, NULL, 64);
    assert_int_equal(seen.released, 77);
}

static void a_copy_of_nothing_is_not_a_failure(void **state)
{
    (void)state;
    struct hooks hooks;
    const tacit_env_options o = {.size = sizeof o, .alloc = alloc, .release = release};
    const span empty = {0}, some = {(const uint8_t *)"some", 4};
    hooks_init(&hooks, &o);
    uint8_t *p = mem_dup(&hooks, empty);
    assert_non_null(p);
    mem_free(&hooks, p, mem_dup_size(empty));
    assert_int_equal(seen.released, 1);
    p = mem_dup(&hooks, some);
    assert_memory_equal(p, "some", 4);
    assert_true(p != some.p);
    mem_free(&hooks, p, mem_dup_size(some));
    assert_int_equal(seen.released, 4);
    hooks.alloc = nothing;
    assert_null(mem_dup(&hooks, some));
    assert_null(mem_dup(&hooks, empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hooks_of_the_options_are_used),
        cmocka_unit_test(the_defaults_work),
        cmocka_unit_test(half_an_allocator_is_none),
        cmocka_unit_test(memory_comes_zeroed_and_goes_wiped),
        cmocka_unit_test(a_copy_of_nothing_is_not_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
