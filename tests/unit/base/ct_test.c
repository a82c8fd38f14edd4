/* What must not depend on secrets: here, that it is right; tests/ct/ holds the rest. */
#include "base/ct.h"

#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Bug class 106 */
static void equal_means_every_bit(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    for (size_t n = 0; n <= sizeof a; n++) {
        memset(a, 0x3c, sizeof a);
        memset(b, 0x3c, sizeof b);
        assert_true(ct_eq(a, b, n));
        for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(ct_eq(a, b, n), bit / 8 >= n);
            assert_int_equal(ct_eq(b, a, n), bit / 8 >= n);
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* Differences that cancel each other out, if they were added up. */
static void differences_do_not_cancel(void **state)
{
    (void)state;
    static const uint8_t a[] = {1, 2, 0x80, 0x80}, b[] = {2, 1, 0, 0}, c[] = {0xff, 0xff, 0xff, 1};
    assert_false(ct_eq(a, b, 4));
    assert_false(ct_eq(b, c, 4));
    assert_false(ct_eq(a, c, 4));
}

static void a_mask_is_all_or_nothing(void **state)
{
    (void)state;
    assert_int_equal(ct_mask(1), UINT32_MAX);
    assert_int_equal(ct_mask(0), 0);
}

/* Bug class 91 */
static void wiping_leaves_zeros_and_the_neighbours(void **state)
{
    (void)state;
    uint8_t b[10];
    memset(b, 7, sizeof b);
    wipe(b + 1, 8);
    for (size_t i = 0; i < sizeof b; i++)
        assert_int_equal(b[i], i == 0 || i == 9 ? 7 : 0);
    wipe(NULL, 0);
    struct secret s = {.b = {1, 2, 3}, .n = 3}, zero = {0};
    assert_int_equal(secret_span(&s).n, 3);
    assert_ptr_equal(secret_span(&s).p, s.b);
    secret_wipe(&s);
    assert_memory_equal(&s, &zero, sizeof s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_means_every_bit),
        cmocka_unit_test(differences_do_not_cancel),
        cmocka_unit_test(a_mask_is_all_or_nothing),
        cmocka_unit_test(wiping_leaves_zeros_and_the_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
