/* UTF-8: shortest forms of Unicode's characters, and nothing else. */
#include "wire/utf8.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void characters_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t c;
    } rows[] = {
        {"00", 0},          {"7f", 0x7f},          {"c280", 0x80},         {"dfbf", 0x7ff},
        {"e0a080", 0x800},  {"ed9fbf", 0xd7ff},    {"ee8080", 0xe000},     {"efbfbf", 0xffff},
        {"e282ac", 0x20ac}, {"f0908080", 0x10000}, {"f48fbfbf", 0x10ffff},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span bytes = asn1(rows[i].hex);
        rd in = rd_of(bytes);
        uint32_t c;
        uint8_t out[4];
        assert_true(utf8_next(&in, &c) && rd_end(&in));
        assert_int_equal(c, rows[i].c);
        assert_int_equal(utf8_put(c, out), bytes.n);
        assert_memory_equal(out, bytes.p, bytes.n);
    }
}

static void other_bytes_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "80",   "bf",     "c0af", "c1bf",   "e080af",   "f08080af", "eda080",   "edbfbf", "c3",
        "e282", "f09080", "c328", "e28228", "f4908080", "f5808080", "f8888080", "ff",     "fe",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span bytes = asn1(rows[i]);
        rd in = rd_of(bytes);
        uint32_t c = 7;
        assert_false(utf8_next(&in, &c));
        assert_int_equal(in.n, bytes.n);
        assert_int_equal(c, 7);
        assert_false(utf8_check(bytes));
    }
    assert_true(utf8_check(asn1("41c3a9e282ac")));
    assert_true(utf8_check((span){0}));
    assert_false(utf8_check(asn1("41c3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_read_and_written),
        cmocka_unit_test(other_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
