/* What one base of a name constraint covers: mailboxes, URIs, directory names (bug class 111). DNS
 * names and addresses are in constraints_test.c, the comparison of Names in name_test.c. */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct row {
    const char *base, *name;
    bool within;
};

static void assert_rows(enum gname_kind kind, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct gname base = {kind, test_bytes(span_str(rows[i].base))};
        struct gname name = {kind, test_bytes(span_str(rows[i].name))};
        if (!subtree_check(&base) || !subtree_can_hold(&name))
            fail_msg("%s or %s is malformed", rows[i].base, rows[i].name);
        if (subtree_covers(&base, &name, PERMITTED) != rows[i].within
            || subtree_covers(&base, &name, EXCLUDED) != rows[i].within)
            fail_msg("%s in %s", rows[i].name, rows[i].base);
    }
}

#define ASSERT_ROWS(kind, rows) assert_rows(kind, rows, sizeof rows / sizeof rows[0])

static void mailboxes_lie_at_hosts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "a@b.test", true},
        {"b.test", "a@b.test", true},
        {"b.test", "a@B.TEST", true}, /* RFC 5280 7.5 */
        {"b.test", "a@c.b.test", false},
        {"b.test", "a@bb.test", false},
        {".b.test", "a@c.b.test", true},
        {".b.test", "a@b.test", false},
        {".b.test", "a@cb.test", false},
        {"a@b.test", "a@b.test", true},
        {"a@b.test", "a@B.test", true},
        {"a@b.test", "A@b.test", false}, /* the local part has case */
        {"a@b.test", "aa@b.test", false},
        {"a@b.test", "a@c.test", false},
    };
    ASSERT_ROWS(GN_EMAIL, rows);
}

static void uris_lie_at_hosts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "http://b.test", true},
        {"b.test", "http://b.test", true},
        {"B.test", "ftp://b.TEST/a", true},
        {"b.test", "http://b.test:80?x", true},
        {"b.test", "http://b.test:", true},
        {"b.test", "h+t-t.p://u:p@b.test#x@c.test", true},
        {"b.test", "http://c.b.test", false},
        {"b.test", "http://b.test@c.test/", false},
        {"b.test", "http://c.test/http://b.test", false},
        {"b.test", "http://c.test?@b.test", false},
        {"b.test", "http://c.test#@b.test", false},
        {".b.test", "http://c.b.test", true},
        {".b.test", "http://b.test", false},
        {".b.test", "http://cb.test", false},
    };
    ASSERT_ROWS(GN_URI, rows);
}

static void assert_none_hold(enum gname_kind kind, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct gname name = {kind, test_bytes(span_str(names[i]))};
        if (subtree_can_hold(&name))
            fail_msg("%s is a name", names[i]);
    }
}

static void what_is_read_in_two_ways_is_in_no_space(void **state)
{
    (void)state;
    static const char *const mailboxes[] = {
        "",          "a",          "a@",      "@b.test",    "\"a\"@b.test", "a@[10.0.0.1]",
        "a@b.test.", "a@c@b.test", "a b@c.d", "<a@b.test>", "a@b..test",    "a@b.test,c",
    };
    static const char *const uris[] = {
        "",
        "b.test",
        "http:b.test",
        "http:/b.test",
        "mailto:a@b.test",
        "urn:a:b",
        "://b.test",
        "/http://b.test",
        "http://",
        "http:///b.test",
        "http://10.0.0.1/", /* RFC 5280 4.2.1.10: an address must be refused */
        "http://10.0.0.0x1.1",
        "http://[2001:db8::1]/",
        "http://b.test.",
        "http://b.test:8a",
        "http://b.test\\@c.test",
        "http://%62.test",
        "http://a@c@b.test",
        "http://a b.test",
    };
    assert_none_hold(GN_EMAIL, mailboxes, sizeof mailboxes / sizeof mailboxes[0]);
    assert_none_hold(GN_URI, uris, sizeof uris / sizeof uris[0]);
    struct gname zero = {GN_URI, asn1("'http://b.test'00'.c.test'")};
    assert_false(subtree_can_hold(&zero));
}

static void directory_names_in_doubt_are_excluded(void **state)
{
    (void)state;
    struct gname base = {GN_DIRECTORY, asn1("30{31{30{06{55040a}0c{'a'}}}}")};
    struct gname name = {GN_DIRECTORY, asn1("30{31{30{06{55040a}1e{0061}}}}")};
    assert_false(subtree_covers(&base, &name, PERMITTED));
    assert_true(subtree_covers(&base, &name, EXCLUDED));
    name.value = asn1("30{31{30{06{55040a}0c{'A'}}}31{30{06{550403}0c{'b'}}}}");
    assert_true(subtree_covers(&base, &name, PERMITTED));
    name.value = asn1("30{31{30{06{55040a}0c{'b'}}}}");
    assert_false(subtree_covers(&base, &name, EXCLUDED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailboxes_lie_at_hosts),
        cmocka_unit_test(uris_lie_at_hosts),
        cmocka_unit_test(what_is_read_in_two_ways_is_in_no_space),
        cmocka_unit_test(directory_names_in_doubt_are_excluded),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
