/* Entries of allow-lists: which text is a pattern, and which names of a certificate each one means
 * (bug classes 108, 110, 111, 121, 122, 123). */
#include "x509/admit.h"

#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* struct row is a pattern, a name of a certificate with its length, and the verdict. */
struct row {
    const char *pattern;
    const char *name;
    size_t n;
    bool is;
};

#define NAME(text) text, sizeof(text) - 1

#define KEY_A "0011223344556677889900aabbccddeeff0011223344556677889900aabbccdd"

static void hold(enum tacit_allow_kind kind, enum gname_kind of, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct pattern p;
        const struct gname name = {of,
                                   test_bytes((span){(const uint8_t *)rows[i].name, rows[i].n})};
        if (!pattern_read(&p, kind, test_bytes(span_str(rows[i].pattern))))
            fail_msg("\"%s\" was refused as a pattern", rows[i].pattern);
        if (pattern_is(&p, &name) != rows[i].is)
            fail_msg("\"%s\" and \"%s\": expected %s", rows[i].pattern, rows[i].name,
                     rows[i].is ? "yes" : "no");
    }
}

#define HOLD(kind, of, rows) hold(kind, of, rows, sizeof rows / sizeof rows[0])

/* Bug classes 108, 110, 121. */
static void dns_names(void **state)
{
    static const struct row rows[] = {
        {"a.test", NAME("a.test"), true},
        {"a.test", NAME("A.TEST"), true},
        {"A.Test", NAME("a.test"), true},
        {"localhost", NAME("localhost"), true},
        {"_dns.a.test", NAME("_dns.a.test"), true},
        {"xn--bcher-kva.test", NAME("XN--bcher-kva.test"), true},
        {"a.test", NAME("b.test"), false},
        {"a.test", NAME("a.test.b"), false},
        {"a.test", NAME("b.a.test"), false},
        {"a.test", NAME("test"), false},
        {"a.test", NAME(""), false},
        {"a.test", NAME("a.test."), false},
        {"a.test", NAME(".a.test"), false},
        {"a.test", NAME("a..test"), false},
        {"a.test", NAME("a.test\0"), false},
        {"a.test", NAME("a.test\0.b.test"), false},
        {"a.test", NAME(" a.test"), false},
        {"a.test", NAME("a.test "), false},
        {"a.test", NAME("a.test\n"), false},
        {"a.test", NAME("a.te\xc5\xbft"), false},
        {"a.test", NAME("*.test"), false},
        {"a.test", NAME("*"), false},
        {"a.test", NAME("%61.test"), false},
        {"*.a.test", NAME("b.a.test"), true},
        {"*.a.test", NAME("B.A.test"), true},
        {"*.a.test", NAME("xn--4ca.a.test"), true},
        {"*.a.test", NAME("*.a.test"), true},
        {"*.A.test", NAME("*.a.TEST"), true},
        {"*.a.test", NAME("a.test"), false},
        {"*.a.test", NAME(".a.test"), false},
        {"*.a.test", NAME("c.b.a.test"), false},
        {"*.a.test", NAME("*.b.a.test"), false},
        {"*.a.test", NAME("b*.a.test"), false},
        {"*.a.test", NAME("*b.a.test"), false},
        {"*.a.test", NAME("**.a.test"), false},
        {"*.a.test", NAME("b.xa.test"), false},
        {"*.a.test", NAME("b\0.a.test"), false},
        {"*.a.test", NAME("b.a.test\0"), false},
        {"*.a.test", NAME("b.a.test."), false},
        {"b.a.test", NAME("*.a.test"), false},
        {"*.a.test", NAME("b c.a.test"), false},
        {"*.a.test", NAME("*.*.a.test"), false},
    };
    (void)state;
    HOLD(TACIT_ALLOW_DNS, GN_DNS, rows);
}

/* SPIFFE ID 2; RFC 3986 6.2.2. Bug classes 108, 111. */
static void uris(void **state)
{
    static const struct row rows[] = {
        {"spiffe://a.test/b", NAME("spiffe://a.test/b"), true},
        {"spiffe://a.test/b", NAME("SPIFFE://A.test/b"), true},
        {"SPIFFE://a.TEST/b", NAME("spiffe://a.test/b"), true},
        {"spiffe://a.test", NAME("spiffe://a.test"), true},
        {"spiffe://a.test/ns/x/sa/y", NAME("spiffe://a.test/ns/x/sa/y"), true},
        {"https://a.test/~b/c-d_e.f", NAME("https://a.test/~b/c-d_e.f"), true},
        {"spiffe://a.test/...", NAME("spiffe://a.test/..."), true},
        {"spiffe://a.test/b", NAME("spiffe://a.test/B"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b/"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test//b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b/c"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/bc"), false},
        {"spiffe://a.test/bc", NAME("spiffe://a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://b.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test.b/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://b.a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe:///b"), false},
        {"spiffe://a.test/b", NAME("https://a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffes://a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe:a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe:/a.test/b"), false},
        {"spiffe://a.test/b", NAME("//a.test/b"), false},
        {"spiffe://a.test/b", NAME("/b"), false},
        {"spiffe://a.test/b", NAME(""), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/c/../b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/./b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b/."), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b/c/.."), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/%62"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b%00"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b?c"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b?"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b#c"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b#"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b;c"), false},
        {"spiffe://a.test/b", NAME("spiffe://u@a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://@a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test:443/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test:/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test./b"), false},
        {"spiffe://a.test/b", NAME("spiffe://%61.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test\\/b"), false},
        {"spiffe://a.test/b", NAME("spiffe:\\\\a.test\\b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b\0"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b\0/c"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test\0/b"), false},
        {"spiffe://a.test/b", NAME("spiffe\0://a.test/b"), false},
        {"spiffe://a.test/b", NAME(" spiffe://a.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b\r\n"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/b "), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/\xd0\xb1"), false},
        {"spiffe://a.test/b", NAME("spiffe://*/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://*.test/b"), false},
        {"spiffe://a.test/b", NAME("spiffe://a.test/*"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/b"), true},
        {"spiffe://a.test/*", NAME("spiffe://a.test/..."), true},
        {"spiffe://a.test/*", NAME("spiffe://a.test/*"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/b/c"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/b/"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/.."), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/."), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/%2e%2e"), false},
        {"spiffe://a.test/*", NAME("spiffe://a.test/b%2fc"), false},
        {"spiffe://a.test/*/c", NAME("spiffe://a.test/b/c"), true},
        {"spiffe://a.test/*/c", NAME("spiffe://a.test/c"), false},
        {"spiffe://a.test/*/c", NAME("spiffe://a.test//c"), false},
        {"spiffe://a.test/*/c", NAME("spiffe://a.test/b/b/c"), false},
        {"spiffe://a.test/*/*", NAME("spiffe://a.test/b/c"), true},
        {"spiffe://a.test/*/*", NAME("spiffe://a.test/b"), false},
    };
    (void)state;
    HOLD(TACIT_ALLOW_URI, GN_URI, rows);
}

/* RFC 5321 2.4, 4.1.2. Bug classes 108, 121. */
static void addresses_of_mail(void **state)
{
    static const struct row rows[] = {
        {"u@a.test", NAME("u@a.test"), true},
        {"u@a.test", NAME("u@A.TEST"), true},
        {"u.v+w@a.test", NAME("u.v+w@a.test"), true},
        {"u@a.test", NAME("U@a.test"), false},
        {"u@a.test", NAME("v@a.test"), false},
        {"u@a.test", NAME("u@b.test"), false},
        {"u@a.test", NAME("u@b.a.test"), false},
        {"u@a.test", NAME("@a.test"), false},
        {"u@a.test", NAME("a.test"), false},
        {"u@a.test", NAME("u@"), false},
        {"u@a.test", NAME(""), false},
        {"u@a.test", NAME("u@a.test@b.test"), false},
        {"u@a.test", NAME("b.test@u@a.test"), false},
        {"u@a.test", NAME("u@a.test\0"), false},
        {"u@a.test", NAME("u\0@a.test"), false},
        {"u@a.test", NAME("u@a.test."), false},
        {"u@a.test", NAME("\"u\"@a.test"), false},
        {"u@a.test", NAME("<u@a.test>"), false},
        {"u@a.test", NAME("mailto:u@a.test"), false},
        {"u@a.test", NAME("u@a.test "), false},
        {"u@a.test", NAME("u(x)@a.test"), false},
        {"u@a.test", NAME("\xc3\xbc@a.test"), false},
        {"*@a.test", NAME("u@a.test"), true},
        {"*@a.test", NAME("U.v@A.test"), true},
        {"*@a.test", NAME("*@a.test"), false},
        {"*@a.test", NAME("@a.test"), false},
        {"*@a.test", NAME("u@b.a.test"), false},
        {"*@a.test", NAME("u@x@a.test"), false},
        {"*@a.test", NAME("\"u@x\"@a.test"), false},
        {"*@a.test", NAME(".u@a.test"), false},
        {"*@a.test", NAME("u.@a.test"), false},
        {"*@a.test", NAME("u..v@a.test"), false},
        {"*@a.test", NAME("u v@a.test"), false},
        {"*@a.test", NAME("u\n@a.test"), false},
        {"*@a.test", NAME("u@*"), false},
    };
    (void)state;
    HOLD(TACIT_ALLOW_EMAIL, GN_EMAIL, rows);
}

/* Bug class 123. */
static void addresses(void **state)
{
    static const struct row rows[] = {
        {"10.0.0.1", NAME("\x0a\0\0\x01"), true},
        {"10.0.0.1", NAME("\x0a\0\0\x02"), false},
        {"10.0.0.1", NAME("\x0a\0\0"), false},
        {"10.0.0.1", NAME("\x0a\0\0\x01\0"), false},
        {"10.0.0.1", NAME("10.0.0.1"), false},
        {"10.0.0.1", NAME("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01"), false},
        {"::ffff:10.0.0.1", NAME("\x0a\0\0\x01"), false},
        {"::ffff:10.0.0.1", NAME("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01"), true},
        {"::1", NAME("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"), true},
        {"::1", NAME("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"), false},
        {"::1", NAME("\0\0\0\x01"), false},
        {"10.0.0.0/8", NAME("\x0a\xff\xff\xff"), true},
        {"10.0.0.0/8", NAME("\x0b\0\0\0"), false},
        {"10.0.0.0/8", NAME("\x0a\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0"), false},
        {"10.128.0.0/9", NAME("\x0a\x80\0\x01"), true},
        {"10.128.0.0/9", NAME("\x0a\x7f\xff\xff"), false},
        {"10.0.0.1/32", NAME("\x0a\0\0\x01"), true},
        {"10.0.0.1/32", NAME("\x0a\0\0\0"), false},
        {"10.0.0.0/31", NAME("\x0a\0\0\x01"), true},
        {"10.0.0.0/31", NAME("\x0a\0\0\x02"), false},
        {"128.0.0.0/1", NAME("\xff\0\0\0"), true},
        {"128.0.0.0/1", NAME("\x7f\xff\xff\xff"), false},
        {"2001:db8::/32", NAME("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), true},
        {"2001:db8::/32", NAME("\x20\x01\x0d\xb9\0\0\0\0\0\0\0\0\0\0\0\x01"), false},
        {"2001:db8::/33", NAME("\x20\x01\x0d\xb8\x80\0\0\0\0\0\0\0\0\0\0\x01"), false},
        {"2001:db8::1/128", NAME("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), true},
    };
    (void)state;
    HOLD(TACIT_ALLOW_IP, GN_IP, rows);
}

/* Bug class 122: each kind of pattern with each kind of name, of text that would fit. */
static void kinds_are_never_mixed(void **state)
{
    static const struct {
        enum tacit_allow_kind kind;
        enum gname_kind own;
        const char *pattern;
        span name;
    } rows[] = {
        {TACIT_ALLOW_DNS, GN_DNS, "a.test", {(const uint8_t *)"a.test", 6}},
        {TACIT_ALLOW_URI, GN_URI, "s://a.test/b", {(const uint8_t *)"s://a.test/b", 12}},
        {TACIT_ALLOW_EMAIL, GN_EMAIL, "u@a.test", {(const uint8_t *)"u@a.test", 8}},
        {TACIT_ALLOW_IP, GN_IP, "97.98.99.100", {(const uint8_t *)"abcd", 4}},
        {TACIT_ALLOW_SPKI, GN_KINDS, KEY_A, {(const uint8_t *)KEY_A, 64}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pattern p;
        assert_true(pattern_read(&p, rows[i].kind, span_str(rows[i].pattern)));
        for (int kind = GN_OTHER; kind < GN_KINDS; kind++) {
            const struct gname name = {(enum gname_kind)kind, rows[i].name};
            assert_int_equal(pattern_is(&p, &name), kind == (int)rows[i].own);
        }
    }
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const struct {
        unsigned kind;
        const char *pattern;
    } rows[] = {
        {0, "a.test"},
        {TACIT_ALLOW_SPKI + 1, "a.test"},
        {256 + TACIT_ALLOW_DNS, "a.test"},
        {TACIT_ALLOW_DNS, ""},
        {TACIT_ALLOW_DNS, "*"},
        {TACIT_ALLOW_DNS, "*."},
        {TACIT_ALLOW_DNS, "*.test"},
        {TACIT_ALLOW_DNS, "**.a.test"},
        {TACIT_ALLOW_DNS, "*.*.a.test"},
        {TACIT_ALLOW_DNS, "b.*.a.test"},
        {TACIT_ALLOW_DNS, "b*.a.test"},
        {TACIT_ALLOW_DNS, "*b.a.test"},
        {TACIT_ALLOW_DNS, "a.test."},
        {TACIT_ALLOW_DNS, ".a.test"},
        {TACIT_ALLOW_DNS, "a..test"},
        {TACIT_ALLOW_DNS, "a test"},
        {TACIT_ALLOW_DNS, "10.0.0.1"},
        {TACIT_ALLOW_DNS, "*.0.0.1"},
        {TACIT_ALLOW_DNS, "::1"},
        {TACIT_ALLOW_DNS, "\xc3\xa4.test"},
        {TACIT_ALLOW_URI, ""},
        {TACIT_ALLOW_URI, "*"},
        {TACIT_ALLOW_URI, "a.test/b"},
        {TACIT_ALLOW_URI, "//a.test/b"},
        {TACIT_ALLOW_URI, "*://a.test/b"},
        {TACIT_ALLOW_URI, "1s://a.test/b"},
        {TACIT_ALLOW_URI, "spiffe:a.test"},
        {TACIT_ALLOW_URI, "spiffe:///b"},
        {TACIT_ALLOW_URI, "spiffe://*/b"},
        {TACIT_ALLOW_URI, "spiffe://*.test/b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/"},
        {TACIT_ALLOW_URI, "spiffe://a.test/b/"},
        {TACIT_ALLOW_URI, "spiffe://a.test//b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/b*"},
        {TACIT_ALLOW_URI, "spiffe://a.test/*b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/**"},
        {TACIT_ALLOW_URI, "spiffe://a.test/./b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/../b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/%62"},
        {TACIT_ALLOW_URI, "spiffe://a.test/b?c"},
        {TACIT_ALLOW_URI, "spiffe://a.test/b#c"},
        {TACIT_ALLOW_URI, "spiffe://u@a.test/b"},
        {TACIT_ALLOW_URI, "spiffe://a.test:1/b"},
        {TACIT_ALLOW_URI, "spiffe://[::1]/b"},
        {TACIT_ALLOW_URI, "spiffe://a.test./b"},
        {TACIT_ALLOW_URI, "spiffe://a.test/\xc3\xa4"},
        {TACIT_ALLOW_EMAIL, ""},
        {TACIT_ALLOW_EMAIL, "a.test"},
        {TACIT_ALLOW_EMAIL, "@a.test"},
        {TACIT_ALLOW_EMAIL, "u@"},
        {TACIT_ALLOW_EMAIL, "u@*"},
        {TACIT_ALLOW_EMAIL, "u@*.a.test"},
        {TACIT_ALLOW_EMAIL, "*u@a.test"},
        {TACIT_ALLOW_EMAIL, "u*@a.test"},
        {TACIT_ALLOW_EMAIL, "**@a.test"},
        {TACIT_ALLOW_EMAIL, "u@v@a.test"},
        {TACIT_ALLOW_EMAIL, "\"u\"@a.test"},
        {TACIT_ALLOW_EMAIL, ".u@a.test"},
        {TACIT_ALLOW_IP, ""},
        {TACIT_ALLOW_IP, "*"},
        {TACIT_ALLOW_IP, "a.test"},
        {TACIT_ALLOW_IP, "10.0.0"},
        {TACIT_ALLOW_IP, "010.0.0.1"},
        {TACIT_ALLOW_IP, "0x0a.0.0.1"},
        {TACIT_ALLOW_IP, "10.0.0.1."},
        {TACIT_ALLOW_IP, "10.0.0.*"},
        {TACIT_ALLOW_IP, "[::1]"},
        {TACIT_ALLOW_IP, "fe80::1%eth0"},
        {TACIT_ALLOW_IP, "10.0.0.0/"},
        {TACIT_ALLOW_IP, "10.0.0.0/0"},
        {TACIT_ALLOW_IP, "0.0.0.0/0"},
        {TACIT_ALLOW_IP, "10.0.0.0/08"},
        {TACIT_ALLOW_IP, "10.0.0.0/33"},
        {TACIT_ALLOW_IP, "10.0.0.0/256"},
        {TACIT_ALLOW_IP, "10.0.0.0/0008"},
        {TACIT_ALLOW_IP, "10.0.0.0/-8"},
        {TACIT_ALLOW_IP, "10.0.0.0/8 "},
        {TACIT_ALLOW_IP, "10.0.0.0/255.0.0.0"},
        {TACIT_ALLOW_IP, "10.0.0.1/8"},
        {TACIT_ALLOW_IP, "10.0.0.1/31"},
        {TACIT_ALLOW_IP, "2001:db8::/129"},
        {TACIT_ALLOW_IP, "2001:db8::1/64"},
        {TACIT_ALLOW_IP, "/8"},
        {TACIT_ALLOW_SPKI, ""},
        {TACIT_ALLOW_SPKI, KEY_A "0"},
        {TACIT_ALLOW_SPKI, KEY_A "00"},
        {TACIT_ALLOW_SPKI, "0g11223344556677889900aabbccddeeff0011223344556677889900aabbccdd"},
        {TACIT_ALLOW_SPKI, "g011223344556677889900aabbccddeeff0011223344556677889900aabbccdd"},
        {TACIT_ALLOW_SPKI, "11223344556677889900aabbccddeeff0011223344556677889900aabbccdd"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pattern p;
        if (pattern_read(&p, rows[i].kind, test_bytes(span_str(rows[i].pattern))))
            fail_msg("kind %u took \"%s\" for a pattern", rows[i].kind, rows[i].pattern);
    }
}

/* repeated is `n` times the same byte between two texts. */
static const char *repeated(const char *before, char c, int n, const char *after)
{
    char fill[4096];
    assert_true(n < (int)sizeof fill);
    memset(fill, c, (size_t)n);
    return test_text("%s%.*s%s", before, n, fill, after);
}

static bool reads(enum tacit_allow_kind kind, const char *text)
{
    struct pattern p;
    return pattern_read(&p, kind, test_bytes(span_str(text)));
}

/* Bug class 121: what is too long is refused, whatever it says. */
static void lengths_are_bounded(void **state)
{
    (void)state;
    assert_true(reads(TACIT_ALLOW_URI, repeated("s://a/", 'b', 2042, "")));
    assert_false(reads(TACIT_ALLOW_URI, repeated("s://a/", 'b', 2043, "")));
    assert_true(reads(TACIT_ALLOW_EMAIL, repeated("", 'u', 64, "@a.test")));
    assert_false(reads(TACIT_ALLOW_EMAIL, repeated("", 'u', 65, "@a.test")));
    assert_true(reads(TACIT_ALLOW_DNS, repeated("*.", 'x', 63, ".test")));
    assert_false(reads(TACIT_ALLOW_DNS, repeated("*.", 'x', 64, ".test")));
    struct pattern p;
    assert_true(pattern_read(&p, TACIT_ALLOW_URI, span_str("s://a/*")));
    struct gname name = {GN_URI, span_str(repeated("s://a/", 'b', 2042, ""))};
    assert_true(pattern_is(&p, &name));
    name.value = span_str(repeated("s://a/", 'b', 2043, ""));
    assert_false(pattern_is(&p, &name));
    assert_true(pattern_read(&p, TACIT_ALLOW_EMAIL, span_str("*@a.test")));
    name = (struct gname){GN_EMAIL, span_str(repeated("", 'u', 65, "@a.test"))};
    assert_false(pattern_is(&p, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names),
        cmocka_unit_test(uris),
        cmocka_unit_test(addresses_of_mail),
        cmocka_unit_test(addresses),
        cmocka_unit_test(kinds_are_never_mixed),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
