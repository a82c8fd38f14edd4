/* supported_versions and cookie: RFC 9846 4.3.1, 4.3.2. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VERSIONS = 43, COOKIE = 44 };

static void a_client_lists_2_to_254_bytes(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 256; n++) {
        uint8_t data[256] = {(uint8_t)n};
        struct scanned s = scan_one(VERSIONS, (span){data, 1 + n}, IN_CH);
        if (n >= 2 && n % 2 == 0)
            assert_int_equal(s.offers.versions.n, n);
        else
            assert_refused(s, R_EXT_MALFORMED);
    }
}

static void a_server_names_one(void **state)
{
    (void)state;
    struct scanned s = scan_one(VERSIONS, BYTES("\x03\x04"), IN_SH);
    assert_read(s);
    assert_int_equal(s.answers.version, 0x0304);
    assert_read(s = scan_one(VERSIONS, BYTES("\x7f\x1c"), IN_HRR));
    assert_int_equal(s.answers.version, 0x7f1c); /* what it means is not for here */
    assert_refused(scan_one(VERSIONS, BYTES("\x02\x03\x04"), IN_SH), R_EXT_MALFORMED);
}

/* Bug class 42: 64 KiB of it are read; whether they are sent back, the client decides. */
static void a_cookie_has_a_byte_at_least(void **state)
{
    (void)state;
    static uint8_t longest[65535] = {0xff, 0xfd};
    struct scanned s = scan_one(COOKIE, (span){longest, sizeof longest}, IN_HRR);
    assert_read(s);
    assert_int_equal(s.answers.cookie.n, 65533);
    assert_read(s = scan_one(COOKIE, BYTES("\0\x02xy"), IN_CH));
    assert_memory_equal(s.offers.cookie.p, "xy", s.offers.cookie.n);
    assert_refused(scan_one(COOKIE, BYTES("\0\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(COOKIE, BYTES("\0\0"), IN_HRR), R_EXT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_lists_2_to_254_bytes),
        cmocka_unit_test(a_server_names_one),
        cmocka_unit_test(a_cookie_has_a_byte_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
