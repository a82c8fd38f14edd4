/* certificate_authorities: RFC 9846 4.3.4. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { AUTHORITIES = 47 };

/* Bug class 59: a list that fills its 64 KiB is read as well. */
static void a_list_has_a_name_at_least(void **state)
{
    (void)state;
    static uint8_t data[65535] = {0xff, 0xfd, 0xff, 0xfb};
    struct scanned s = scan_one(AUTHORITIES,
                                BYTES("\0\x07\0\x01"
                                      "a\0\x02"
                                      "bc"),
                                IN_CR);
    assert_read(s);
    assert_int_equal(s.answers.authorities.n, 7);
    assert_int_equal(s.offers.authorities.n, 0);
    assert_read(s = scan_one(AUTHORITIES,
                             BYTES("\0\x03\0\x01"
                                   "a"),
                             IN_CH));
    assert_int_equal(s.offers.authorities.n, 3);
    assert_int_equal(s.answers.authorities.n, 0);
    assert_read(scan_one(AUTHORITIES, (span){data, sizeof data}, IN_CR));
    assert_refused(scan_one(AUTHORITIES, BYTES("\0\0"), IN_CR), R_EXT_MALFORMED);
    assert_refused(scan_one(AUTHORITIES, BYTES("\0\x02\0\0"), IN_CR), R_EXT_MALFORMED);
    assert_refused(scan_one(AUTHORITIES,
                            BYTES("\0\x05\0\x01"
                                  "a\0\0"),
                            IN_CR),
                   R_EXT_MALFORMED);
    assert_refused(scan_one(AUTHORITIES,
                            BYTES("\0\x04\0\x01"
                                  "a\0"),
                            IN_CR),
                   R_EXT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_a_name_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
