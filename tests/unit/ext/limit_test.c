/* record_size_limit: RFC 8449. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LIMIT = 28 };

/* RFC 8449 4: less than 64 is illegal; more than TLS 1.3 can use is not. */
static void limits_begin_at_64(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 65536; value++) {
        const uint8_t data[] = {(uint8_t)(value >> 8), (uint8_t)value};
        struct scanned ch = scan_one(LIMIT, (span){data, 2}, IN_CH);
        struct scanned ee = scan_one(LIMIT, (span){data, 2}, IN_EE);
        if (value < 64) {
            assert_refused(ch, R_SIZE_LIMIT_TOO_SMALL);
            assert_refused(ee, R_SIZE_LIMIT_TOO_SMALL);
            assert_int_equal(ch.err.detail, value);
        } else {
            assert_int_equal(ch.offers.record_size_limit, value);
            assert_int_equal(ee.answers.record_size_limit, value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_begin_at_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
