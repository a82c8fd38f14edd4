/* Runs of public bytes. */
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void spans_are_equal_by_their_bytes(void **state)
{
    (void)state;
    const uint8_t bytes[] = {'a', 0, 'b'};
    assert_true(span_eq((span){bytes, 3}, (span){(const uint8_t *)"a\0b", 3}));
    assert_false(span_eq((span){bytes, 3}, (span){(const uint8_t *)"a\0c", 3}));
    assert_false(span_eq((span){bytes, 3}, span_str("a"))); /* bug class 108: a zero ends nothing */
    assert_false(span_eq((span){bytes, 2}, (span){bytes, 3}));
    assert_true(span_eq((span){0}, (span){bytes, 0}));
    assert_false(span_eq((span){0}, (span){bytes, 1}));
}

static void the_span_of_a_string_has_no_zero(void **state)
{
    (void)state;
    assert_int_equal(span_str("abc").n, 3);
    assert_int_equal(span_str("").n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_equal_by_their_bytes),
        cmocka_unit_test(the_span_of_a_string_has_no_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
