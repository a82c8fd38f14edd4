/* server_name and ALPN: RFC 6066 3, RFC 7301. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SERVER_NAME = 0, ALPN = 16 };

static struct scanned name(span data)
{
    return scan_one(SERVER_NAME, data, IN_CH);
}

/* Bug class 65: one name of the one type that there is. What the name may be, whoever uses it
 * decides; here it is bytes, a zero among them. */
static void a_name_is_one_host_name(void **state)
{
    (void)state;
    static uint8_t longest[65535] = {0xff, 0xfd, 0, 0xff, 0xfa};
    struct scanned s = name(BYTES("\0\x09\0\0\x06"
                                  "a.test"));
    assert_read(s);
    assert_int_equal(s.offers.server_name.n, 6);
    assert_memory_equal(s.offers.server_name.p, "a.test", 6);
    s = name(BYTES("\0\x06\0\0\x03"
                   "a\0b"));
    assert_read(s);
    assert_int_equal(s.offers.server_name.n, 3);
    s = name((span){longest, sizeof longest});
    assert_read(s);
    assert_int_equal(s.offers.server_name.n, 65530);

    assert_refused(name(BYTES("\0\0")), R_EXT_MALFORMED);
    assert_refused(name(BYTES("\0\x03\0\0\0")), R_EXT_MALFORMED); /* empty */
    assert_refused(name(BYTES("\0\x08\0\0\x01"
                              "a\0\0\x01"
                              "b")),
                   R_EXT_MALFORMED); /* two */
    assert_refused(name(BYTES("\0\x04\x01\0\x01"
                              "a")),
                   R_EXT_MALFORMED); /* another type */
    assert_refused(name(BYTES("\0\x05\0\0\x01"
                              "ab")),
                   R_EXT_MALFORMED); /* a leftover */
    assert_refused(name(BYTES("")), R_EXT_MALFORMED);
}

static void a_server_says_that_it_used_the_name(void **state)
{
    (void)state;
    struct scanned s = scan_one(SERVER_NAME, BYTES(""), IN_EE);
    assert_read(s);
    assert_true(s.answers.server_name);
    assert_refused(scan_one(SERVER_NAME, BYTES("\0"), IN_EE), R_EXT_MALFORMED);
    assert_read(s = scan_one(SERVER_NAME, BYTES("anything"), IN_CR));
    assert_false(s.answers.server_name);
}

/* Bug class 63 */
static void a_list_of_protocols_has_names_of_1_to_255_bytes(void **state)
{
    (void)state;
    uint8_t longest[2 + 1 + 255] = {1, 0, 255};
    struct scanned s = scan_one(ALPN, BYTES("\0\x0c\x02h2\x08http/1.1"), IN_CH);
    assert_read(s);
    assert_int_equal(s.offers.alpn.n, 12);
    assert_read(scan_one(ALPN, (span){longest, sizeof longest}, IN_CH));
    assert_refused(scan_one(ALPN, BYTES("\0\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(ALPN, BYTES("\0\x01\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(ALPN, BYTES("\0\x04\x02h2\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(ALPN, BYTES("\0\x03\x03h2"), IN_CH), R_EXT_MALFORMED);
}

/* The client of these tests offers h2 and http/1.1. */
static void a_server_chooses_one_that_was_offered(void **state)
{
    (void)state;
    struct scanned s = scan_one(ALPN, BYTES("\0\x09\x08http/1.1"), IN_EE);
    assert_read(s);
    assert_int_equal(s.answers.alpn.n, 8);
    assert_read(scan_one(ALPN, BYTES("\0\x03\x02h2"), IN_EE));
    assert_refused(scan_one(ALPN, BYTES("\0\x03\x02h3"), IN_EE), R_ALPN_NOT_OFFERED);
    assert_refused(scan_one(ALPN, BYTES("\0\x02\x01h"), IN_EE), R_ALPN_NOT_OFFERED);
    assert_refused(scan_one(ALPN, BYTES("\0\x06\x02h2\x02h2"), IN_EE), R_EXT_MALFORMED);
    assert_refused(scan_one(ALPN, BYTES("\0\x01\0"), IN_EE), R_EXT_MALFORMED);
    assert_refused(scan_one(ALPN, BYTES("\0\0"), IN_EE), R_EXT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_one_host_name),
        cmocka_unit_test(a_server_says_that_it_used_the_name),
        cmocka_unit_test(a_list_of_protocols_has_names_of_1_to_255_bytes),
        cmocka_unit_test(a_server_chooses_one_that_was_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
