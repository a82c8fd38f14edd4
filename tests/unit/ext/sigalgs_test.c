/* signature_algorithms and signature_algorithms_cert: RFC 9846 4.3.3. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint16_t ids[] = {13, 50};

static span list_of(const struct scanned *s, size_t which, enum where where)
{
    return where == IN_CH ? (which ? s->offers.cert_schemes : s->offers.schemes)
                          : (which ? s->answers.cert_schemes : s->answers.schemes);
}

/* Each goes where it belongs and leaves the other alone. Bug class 46: values that nobody knows. */
static void lists_have_whole_values(void **state)
{
    (void)state;
    static const enum where messages[] = {IN_CH, IN_CR};
    for (size_t i = 0; i < 4; i++) {
        size_t which = i / 2;
        enum where where = messages[i % 2];
        struct scanned s = scan_one(ids[which], BYTES("\0\x06\x04\x03\xfe\xfe\x08\x04"), where);
        assert_read(s);
        assert_int_equal(list_of(&s, which, where).n, 6);
        assert_int_equal(list_of(&s, !which, where).n, 0);
        assert_refused(scan_one(ids[which], BYTES("\0\0"), where), R_EXT_MALFORMED);
        assert_refused(scan_one(ids[which], BYTES("\0\x01\x04"), where), R_EXT_MALFORMED);
        assert_refused(scan_one(ids[which], BYTES("\0\x03\x04\x03\x08"), where), R_EXT_MALFORMED);
    }
}

static void the_longest_list_is_read(void **state)
{
    (void)state;
    static uint8_t data[65534] = {0xff, 0xfc};
    struct scanned s = scan_one(13, (span){data, sizeof data}, IN_CH);
    assert_read(s);
    assert_int_equal(s.offers.schemes.n, 65532);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_have_whole_values),
        cmocka_unit_test(the_longest_list_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
