/* Counted references. */
#include "base/ref.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_last_to_drop_is_told(void **state)
{
    (void)state;
    struct ref r;
    ref_init(&r);
    assert_true(ref_drop(&r));
    ref_init(&r);
    for (int i = 0; i < 100; i++)
        ref_take(&r);
    for (int i = 0; i < 100; i++)
        assert_false(ref_drop(&r));
    assert_true(ref_drop(&r));
}

enum { THREADS = 8, TURNS = 20000 };

static struct ref shared;
static atomic_uint last;

static void *take_and_drop(void *arg)
{
    for (int i = 0; i < TURNS; i++) {
        ref_take(&shared);
        if (ref_drop(&shared))
            atomic_fetch_add(&last, 1);
    }
    if (ref_drop(&shared)) /* the reference that this thread was given */
        atomic_fetch_add(&last, 1);
    return arg;
}

static void one_of_many_threads_is_the_last(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    ref_init(&shared);
    for (size_t i = 0; i < THREADS; i++) {
        ref_take(&shared);
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_drop, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(last, 0);
    assert_true(ref_drop(&shared));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_to_drop_is_told),
        cmocka_unit_test(one_of_many_threads_is_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
