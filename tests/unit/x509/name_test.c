/* Names: well-formed ones, and which are equal. */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CN(tag, text) "30{31{30{06{550403}" tag "{'" text "'}}}}"

static void well_formed_names_are_accepted(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "30{}",
        "30{31{30{06{550403}13{'A z0()+,-./:=?*'27}}}}",
        CN("0c", ""),
        CN("16", "a@b_c"),
        CN("14", "any"),
        "30{31{30{06{550403}0c{c3a9}}}}",
        "30{31{30{06{550403}1e{00410042}}}}",
        "30{31{30{06{550403}1c{00000041}}}}",
        "30{31{30{06{550403}14{e9ff}}}}",
        "30{31{30{06{55042d}03{00ff}}}}",
        "30{31{30{06{550403}0c{'a'}}30{06{550404}0c{'b'}}}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!name_check(asn1(rows[i])))
            fail_msg("%s was refused", rows[i]);
    assert_true(name_is_empty(asn1("30{}")));
    assert_false(name_is_empty(asn1(CN("0c", ""))));
}

static void malformed_names_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "31{}",
        "30{}00",
        "30{31{}}",
        "30{30{30{06{550403}0c{'a'}}}}",
        "30{31{31{06{550403}0c{'a'}}}}",
        "30{31{30{06{550403}}}}",
        "30{31{30{0c{'a'}}}}",
        "30{31{30{06{550403}0c{'a'}0500}}}",
        "30{31{30{06{550403}0c{'a'}}0500}}",
        "30{31{30{06{550403}0c{'a'}}}0500}",
        CN("13", "a&b"),
        CN("13", "a@b"),
        CN("13", "a_b"),
        "30{31{30{06{550403}13{6100}}}}",
        "30{31{30{06{550403}13{c3a9}}}}",
        "30{31{30{06{550403}16{80}}}}",
        "30{31{30{06{550403}0c{ff}}}}",
        "30{31{30{06{550403}0c{c0af}}}}",
        "30{31{30{06{550403}1e{004100}}}}",
        "30{31{30{06{550403}1c{000041}}}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (name_check(asn1(rows[i])))
            fail_msg("%s was accepted", rows[i]);
}

static void assert_equality(const char *a, const char *b, bool equal)
{
    span x = asn1(a), y = asn1(b);
    assert_true(name_check(x) && name_check(y));
    if (name_eq(x, y) != equal || name_eq(y, x) != equal)
        fail_msg("%s and %s: expected %d", a, b, equal);
    if (equal)
        assert_int_equal(name_hash(x), name_hash(y));
    else
        assert_int_not_equal(name_hash(x), name_hash(y));
}

static void case_and_spaces_do_not_matter(void **state)
{
    (void)state;
    assert_equality(CN("13", "Good CA"), CN("13", "good ca"), true);
    assert_equality(CN("13", "Good CA"), CN("13", "  Good   CA "), true);
    assert_equality(CN("13", "Good CA"), CN("0c", "gOOD cA"), true);
    assert_equality(CN("13", "Good CA"), CN("13", "GoodCA"), false);
    assert_equality(CN("13", "Good CA"), CN("13", "Good CB"), false);
    assert_equality(CN("13", "Good"), CN("13", "Good CA"), false);
    assert_equality(CN("13", ""), CN("13", "   "), true);
    assert_equality("30{}", CN("13", "a"), false);
}

static void what_is_not_folded_is_compared_by_bytes(void **state)
{
    (void)state;
    span upper = asn1(CN("16", "A")), lower = asn1(CN("16", "a"));
    assert_false(name_eq(upper, lower));
    assert_true(name_eq(lower, asn1(CN("16", "a"))));
    assert_false(name_eq(lower, asn1(CN("0c", "a"))));
    /* Only ASCII is folded. */
    assert_false(
        name_eq(asn1("30{31{30{06{550403}0c{c389}}}}"), asn1("30{31{30{06{550403}0c{c3a9}}}}")));
    assert_false(name_eq(asn1(CN("0c", "a")), asn1("30{31{30{06{55040a}0c{'a'}}}}")));
}

static void structure_is_part_of_a_name(void **state)
{
    (void)state;
    span two = asn1("30{31{30{06{550403}0c{'a'}}}31{30{06{550404}0c{'b'}}}}");
    span one_of_two = asn1("30{31{30{06{550403}0c{'a'}}30{06{550404}0c{'b'}}}}");
    span swapped = asn1("30{31{30{06{550404}0c{'b'}}}31{30{06{550403}0c{'a'}}}}");
    assert_false(name_eq(two, one_of_two));
    assert_false(name_eq(two, swapped));
    assert_false(name_eq(two, asn1(CN("0c", "a"))));
    assert_true(name_eq(one_of_two, asn1("30{31{30{06{550403}13{'A'}}30{06{550404}0c{'b'}}}}")));
}

static void an_email_address_is_seen(void **state)
{
    (void)state;
    assert_true(name_has_email(
        asn1("30{31{30{06{550403}0c{'a'}}}31{30{06{2a864886f70d010901}16{'a@b'}}}}")));
    assert_false(name_has_email(asn1(CN("0c", "a@b"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_names_are_accepted),
        cmocka_unit_test(malformed_names_are_refused),
        cmocka_unit_test(case_and_spaces_do_not_matter),
        cmocka_unit_test(what_is_not_folded_is_compared_by_bytes),
        cmocka_unit_test(structure_is_part_of_a_name),
        cmocka_unit_test(an_email_address_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
