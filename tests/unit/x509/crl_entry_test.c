/* When and why a list says that a certificate was revoked (RFC 5280 5.3). */
#include "x509/crl.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DATE "17{'230101000000Z'}"
#define REASON(value) "30{ 06{551d15} 04{" value "} }"
#define OTHER "30{ 06{551d18} 04{ 0a{09} } }" /* an extension that is no reason */

enum { IN_2023 = 1672531200, NOT_THERE = -1 };
#define IN_2050 ((int64_t)2524608000)

/* Together they are the entries of a list, each asked for by a number. */
static const struct row {
    const char *entry, *serial;
    int reason;
    int64_t when;
} rows[] = {
    {"30{ 02{05} " DATE "}", "05", 0, IN_2023},
    {"30{ 02{0080} 18{'20500101000000Z'} 30{" REASON("0a{01}") "} }", "80", 1, IN_2050},
    {"30{ 02{81} " DATE "}", "81", NOT_THERE, 0}, /* that is -127 */
    {"30{ 02{7f} " DATE "30{" OTHER REASON("0a{04}") "} }", "7f", 4, IN_2023},
    {"30{ 02{10} " DATE "30{" OTHER "} }", "10", 0, IN_2023},
    {"30{ 02{11} " DATE "30{" REASON("02{01}") "} }", "11", 0, IN_2023}, /* an INTEGER */
    {"30{ 02{12} " DATE "30{" REASON("0a{0201}") "} }", "12", 0, IN_2023},
    {"30{ 02{1234} " DATE "}", "1234", 0, IN_2023},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static struct crl list_of_all(void)
{
    char text[1024] = "";
    for (size_t i = 0; i < N_ROWS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", rows[i].entry);
    return (struct crl){.entries = asn1(text), .n_entries = N_ROWS};
}

static void an_entry_says_when_and_why(void **state)
{
    (void)state;
    const struct crl list = list_of_all();
    for (size_t i = 0; i < N_ROWS; i++) {
        int64_t when = 0;
        uint8_t reason = 255;
        bool there = crl_entry(&list, asn1(rows[i].serial), &when, &reason);
        assert_int_equal(there ? reason : NOT_THERE, rows[i].reason);
        assert_true(when == rows[i].when);
    }
}

static void other_numbers_have_no_entry(void **state)
{
    (void)state;
    static const char *const others[] = {"06", "0080", "34", "123456", "00"};
    const struct crl list = list_of_all(), none = {.entries = {0}};
    int64_t when;
    uint8_t reason;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(crl_entry(&list, asn1(others[i]), &when, &reason));
    assert_false(crl_entry(&none, asn1("05"), &when, &reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_says_when_and_why),
        cmocka_unit_test(other_numbers_have_no_entry),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
