/* Times: the two forms and nothing near them (bug class 117). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool read(const char *tag, const char *text, int64_t *out)
{
    rd in = rd_of(asn1(test_text("%s{'%s'}", tag, text)));
    return time_read(&in, out) && rd_end(&in);
}

static void times_are_seconds_since_1970(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *text;
        int64_t seconds;
    } rows[] = {
        {"17", "700101000000Z", 0},
        {"17", "691231235959Z", -1},
        {"17", "500101000000Z", -631152000},
        {"17", "491231235959Z", 2524607999}, /* 2049 */
        {"18", "20500101000000Z", 2524608000},
        {"17", "000229000000Z", 951782400},
        {"17", "240229120000Z", 1709208000},
        {"18", "20000229000000Z", 951782400},
        {"18", "21000301000000Z", 4107542400},
        {"18", "99991231235959Z", 253402300799},
        {"18", "00000101000000Z", -62167219200},
        {"18", "00010101000000Z", -62135596800},
        {"18", "20240229000000Z", 1709164800}, /* before 2050: read all the same */
        {"17", "991231235959Z", 946684799},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t t = 7;
        char text[32];
        assert_true(read(rows[i].tag, rows[i].text, &t));
        assert_true(t == rows[i].seconds);
        time_text(t, text); /* and back: yyMMddhhmmss out of yyyy-MM-ddThh:mm:ss */
        int64_t again = 7;
        assert_true(read("18",
                         test_text("%.4s%.2s%.2s%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11,
                                   text + 14, text + 17),
                         &again));
        assert_true(again == t && text[4] == '-' && text[10] == 'T' && strlen(text) == 20);
    }
}

static void nothing_else_is_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *text;
    } rows[] = {
        {"17", ""},
        {"17", "2001010000Z"},  /* no seconds      */
        {"17", "200101000000"}, /* no Z            */
        {"17", "200101000000z"},
        {"17", "200101000000+0000"}, /* an offset       */
        {"17", "200101000000ZZ"},
        {"17", "200101000060Z"}, /* a leap second   */
        {"17", "200101006000Z"},
        {"17", "200101240000Z"},
        {"17", "200100000000Z"},
        {"17", "200132000000Z"},
        {"17", "200431000000Z"},
        {"17", "230229000000Z"}, /* no leap year    */
        {"17", "200001000000Z"},
        {"17", "201301000000Z"},
        {"17", "2001 1000000Z"},
        {"17", "-00101000000Z"},
        {"17", "20010100000:Z"},
        {"18", "20x00101000000Z"},
        {"1a", "0101000000Z"},
        {"17", "20200101000000Z"}, /* the other form  */
        {"18", "200101000000Z"},
        {"18", "20200101000000.0Z"},
        {"18", "202001010000Z"},
        {"18", "20200101000000"},
        {"18", "20200101000000+0100"},
        {"18", "21000229000000Z"},
        {"18", "20200230000000Z"},
        {"1a", "20200101000000Z"},
        {"37", "200101000000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t t;
        if (read(rows[i].tag, rows[i].text, &t))
            fail_msg("%s was read", rows[i].text);
    }
}

static void every_day_follows_the_one_before(void **state)
{
    (void)state;
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = 0;
    for (unsigned year = 1970; year < 2110; year++)
        for (unsigned month = 1; month <= 12; month++) {
            bool leap = year % 4 == 0 && year != 2100;
            unsigned n = days[month - 1] + (month == 2 && leap);
            int64_t t;
            assert_true(read("18", test_text("%04u%02u01000000Z", year, month), &t));
            assert_true(t == expected);
            char text[32];
            time_text(t - 1, text);
            assert_string_equal(text + 10, "T23:59:59Z");
            time_text(t, text);
            assert_string_equal(text, test_text("%04u-%02u-01T00:00:00Z", year, month));
            assert_true(read("18", test_text("%04u%02u%02u000000Z", year, month, n), &t));
            assert_false(read("18", test_text("%04u%02u%02u000000Z", year, month, n + 1), &t));
            expected += (int64_t)n * 86400;
        }
}

/* A clock may say anything. */
static void what_no_certificate_can_say_is_its_end(void **state)
{
    (void)state;
    char text[32];
    time_text(INT64_MIN, text);
    assert_memory_equal(text, "0000-01-01T", 11);
    time_text(INT64_MAX, text);
    assert_memory_equal(text, "9999-12-31T", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_seconds_since_1970),
        cmocka_unit_test(nothing_else_is_a_time),
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(what_no_certificate_can_say_is_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
