/* Names of servers: what is asked for, and what proves it (bug classes 108, 109, 110, 123, RFC
 * 9525). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool parse(const char *text, struct host *host)
{
    struct err err = {0};
    bool ok = host_parse(host, test_bytes(span_str(text)), &err);
    assert_int_equal(err.reason, ok ? R_NONE : R_BAD_SERVER_NAME);
    return ok;
}

static void dns_names_are_lowered_and_lose_the_last_dot(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a.test", "a.test"},
        {"A.Test.", "a.test"},
        {"localhost", "localhost"},
        {"_x._tcp.a.test", "_x._tcp.a.test"},
        {"xn--bcher-kva.test", "xn--bcher-kva.test"},
        {"1.2.3.4.test", "1.2.3.4.test"},
        {"1a", "1a"},
        {"a.0xg", "a.0xg"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct host host;
        assert_true(parse(rows[i][0], &host));
        assert_int_equal(host.ip_len, 0);
        assert_string_equal(host.dns, rows[i][1]);
        assert_int_equal(host.dns_len, strlen(rows[i][1]));
    }
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    struct host host;
    const char *label = test_text("%063d", 0), *three = test_text("%s.%s.%s", label, label, label);
    const char *longest = test_text("%s.a%060d", three, 0); /* 253 */
    assert_int_equal(strlen(longest), 253);
    assert_true(parse(test_text("a%s", label + 1), &host));
    assert_false(parse(test_text("a%s", label), &host));
    assert_true(parse(longest, &host));
    assert_int_equal(host.dns_len, 253);
    assert_true(parse(test_text("%s.", longest), &host));
    assert_false(parse(test_text("%s0", longest), &host));
    assert_false(parse(test_text("%s.a%061d", three, 0), &host));
}

static void addresses_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"1.2.3.4", "01020304"},
        {"0.0.0.0", "00000000"},
        {"255.255.255.255", "ffffffff"},
        {"::", "00000000000000000000000000000000"},
        {"::1", "00000000000000000000000000000001"},
        {"1::", "00010000000000000000000000000000"},
        {"2001:DB8::a", "20010db800000000000000000000000a"},
        {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
        {"::ffff:1.2.3.4", "00000000000000000000ffff01020304"},
        {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"},
        {"64:ff9b::1.2.3.4", "0064ff9b000000000000000001020304"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct host host;
        span expected = asn1(rows[i].hex);
        assert_true(parse(rows[i].text, &host));
        assert_int_equal(host.ip_len, expected.n);
        assert_memory_equal(host.ip, expected.p, expected.n);
        assert_int_equal(host.dns_len, 0);
    }
}

static void assert_none_is_read(const char *const *rows, size_t n)
{
    struct host host = {.dns_len = 99};
    for (size_t i = 0; i < n; i++)
        if (parse(rows[i], &host))
            fail_msg("'%s' was read", rows[i]);
    assert_int_equal(host.dns_len, 99);
}

/* clang-format off */
static void what_is_no_dns_name_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", ".", "..", ".a", "a..b", "a..", "a b", "a\n", "a/b", "a:80", "*.a.test", "a,b",
        "b\303\274cher.test", "a@b", "[::1]", "%61.test", "a.test%eth0",
    };
    assert_none_is_read(rows, sizeof rows / sizeof rows[0]);
    struct host host;
    assert_false(host_parse(&host, (span){(const uint8_t *)"a\0b", 3}, NULL));
}

static void what_is_nearly_an_address_is_refused(void **state)
{
    (void)state;
    /* Bug class 123. */
    static const char *const rows[] = {
        "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "01.2.3.4", "1.2.3.4.", "0x7f.0.0.1",
        "127.0.0.0x1", "2130706433", "0x7f000001", "a.1", "1.2.3.0x4", "0x", "1..2.3", " 1.2.3.4",
        "1.2.3.4 ", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", ":::", ":1",
        "1:", ":", "12345::", "::g", "fe80::1%eth0", "fe80::1%25eth0", "::1.2.3", "::1.2.3.256",
        "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::ffff:01.2.3.4", "1::2::3", "::1 ",
        "::1..2.3", "::1.2.3.", "::.1.2.3",
    };
    assert_none_is_read(rows, sizeof rows / sizeof rows[0]);
}
/* clang-format on */

static bool matches(const char *san, const char *name)
{
    struct host host;
    struct cert cert = {.san = asn1(san)};
    assert_true(parse(name, &host));
    return host_matches(&cert, &host);
}

static void names_match_whole_and_in_any_case(void **state)
{
    (void)state;
    assert_true(matches("82{'a.test'}", "a.test"));
    assert_true(matches("82{'A.TEST'}", "a.test."));
    assert_true(matches("82{'b.test'}82{'a.test'}", "a.test"));
    assert_false(matches("82{'a.test'}", "b.a.test"));
    assert_false(matches("82{'b.a.test'}", "a.test"));
    assert_false(matches("82{'a.test'}", "a.tes"));
    assert_false(matches("82{'a.test.'}", "a.test"));
    assert_false(matches("82{''}", "a.test"));
    assert_false(matches("", "a.test"));
}

static void wildcards_stand_for_one_whole_label(void **state)
{
    (void)state;
    /* Bug class 110. */
    assert_true(matches("82{'*.a.test'}", "b.a.test"));
    assert_true(matches("82{'*.A.test'}", "xn--b.a.test"));
    static const char *const refused[][2] = {
        {"*.a.test", "a.test"},
        {"*.a.test", "c.b.a.test"},
        {"*", "test"},
        {"*", "a.test"},
        {"*.test", "a.test"},
        {"b*.a.test", "b.a.test"},
        {"*b.a.test", "b.a.test"},
        {"b.*.test", "b.a.test"},
        {"*.*.test", "b.a.test"},
        {"*.*.a.test", "c.b.a.test"},
        {"xn--*.a.test", "xn--b.a.test"},
        {"**.a.test", "b.a.test"},
        {"*.", "a.test"},
        {"*..a.test", "b.a.test"},
        {"*.a.test.", "b.a.test"},
        {"*a.test", "ba.test"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (matches(test_text("82{'%s'}", refused[i][0]), refused[i][1]))
            fail_msg("%s proved %s", refused[i][0], refused[i][1]);
}

static void bytes_that_no_name_has_match_nothing(void **state)
{
    (void)state;
    /* Bug class 108: good.test, a NUL, and something else. */
    assert_false(matches("82{'good.test'00'.evil.test'}", "good.test"));
    assert_false(matches("82{'good.test'00}", "good.test"));
    assert_false(matches("82{'*.good.test'00}", "a.good.test"));
    assert_false(matches("82{'good.test '}", "good.test"));
    assert_false(matches("82{'good.test'0a}", "good.test"));
}

static void only_alternative_names_of_the_form_count(void **state)
{
    (void)state;
    /* Bug class 109: e-mail, URI, directory name, other name, registered id. */
    assert_false(matches("81{'a.test'}86{'a.test'}a4{30{31{30{06{550403}0c{'a.test'}}}}}"
                         "a0{06{2a03}a0{16{'a.test'}}}",
                         "a.test"));
    struct cert cert;
    struct host host;
    struct test_cert_spec spec = {.cn = "a.test"};
    assert_true(parse("a.test", &host));
    assert_true(cert_parse(&cert, test_cert_der(test_cert(spec, NULL)), NULL));
    assert_false(host_matches(&cert, &host));
    spec.san = "email:a@a.test,URI:https://a.test/";
    assert_true(cert_parse(&cert, test_cert_der(test_cert(spec, NULL)), NULL));
    assert_false(host_matches(&cert, &host));
    spec.san = "DNS:a.test";
    assert_true(cert_parse(&cert, test_cert_der(test_cert(spec, NULL)), NULL));
    assert_true(host_matches(&cert, &host));
}

static void addresses_match_as_bytes(void **state)
{
    (void)state;
    /* Bug class 123. */
    assert_true(matches("87{01020304}", "1.2.3.4"));
    assert_true(matches("87{00000000000000000000000000000001}", "::1"));
    assert_false(matches("87{01020305}", "1.2.3.4"));
    assert_false(matches("82{'1.2.3.4'}", "1.2.3.4"));
    assert_false(matches("82{'*.2.3.4'}", "1.2.3.4"));
    assert_false(matches("86{'1.2.3.4'}", "1.2.3.4"));
    assert_false(matches("87{00000000000000000000ffff01020304}", "1.2.3.4"));
    assert_false(matches("87{01020304}", "::ffff:1.2.3.4"));
    assert_false(matches("87{'a.te'}", "a.te"));
}

static void a_hundred_thousand_names_cost_little(void **state)
{
    (void)state;
    /* Bug class 130. */
    enum { NAMES = 100000, EACH = 10 };
    uint8_t *san = malloc(NAMES * EACH);
    struct host host;
    for (size_t i = 0; i < NAMES; i++)
        memcpy(san + i * EACH,
               "\x82\x08"
               "abc.test",
               EACH);
    struct cert cert = {.san = {san, NAMES * EACH}};
    assert_true(parse("abd.test", &host));
    assert_false(host_matches(&cert, &host));
    free(san);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_are_lowered_and_lose_the_last_dot),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(addresses_are_read_strictly),
        cmocka_unit_test(what_is_no_dns_name_is_refused),
        cmocka_unit_test(what_is_nearly_an_address_is_refused),
        cmocka_unit_test(names_match_whole_and_in_any_case),
        cmocka_unit_test(wildcards_stand_for_one_whole_label),
        cmocka_unit_test(bytes_that_no_name_has_match_nothing),
        cmocka_unit_test(only_alternative_names_of_the_form_count),
        cmocka_unit_test(addresses_match_as_bytes),
        cmocka_unit_test(a_hundred_thousand_names_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
