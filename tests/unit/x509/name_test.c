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
    /* What domainComponent and emailAddress are written in. */
    assert_equality(CN("16", "A"), CN("16", "a"), true);
    assert_equality(CN("16", "a"), CN("0c", "a"), true);
    assert_equality(CN("16", "a"), CN("16", "b"), false);
    assert_equality("30{}", CN("13", "a"), false);
}

static void what_is_not_folded_is_compared_by_bytes(void **state)
{
    (void)state;
    span upper = asn1(CN("14", "A")), lower = asn1(CN("14", "a"));
    assert_false(name_eq(upper, lower));
    assert_true(name_eq(lower, asn1(CN("14", "a"))));
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

#define RDN(type, tag, value) "31{30{06{5504" type "}" tag "{" value "}}}"

static bool within(const char *name, const char *base, bool doubt)
{
    return name_within(asn1(test_text("30{%s}", name)), asn1(test_text("30{%s}", base)), doubt);
}

static void a_name_lies_below_its_beginning(void **state)
{
    (void)state;
    const char *org = RDN("0a", "0c", "'An  Org'"), *cn = RDN("03", "0c", "'a'");
    assert_true(within(cn, "", false));
    assert_true(within(test_text("%s%s", org, cn), org, false));
    assert_true(within(RDN("0a", "13", "'an ORG'"), org, false));
    assert_false(within(test_text("%s%s", cn, org), org, true));
    assert_false(within("", org, true));
    assert_false(within(org, test_text("%s%s", org, cn), true));
    assert_false(within(RDN("0a", "0c", "'Another'"), org, true));
    assert_false(within(RDN("03", "0c", "'An Org'"), org, true));
}

static void sets_of_attributes_have_no_order(void **state)
{
    (void)state;
    const char *ab = "31{30{06{550403}0c{'a'}}30{06{55040a}0c{'b'}}}";
    assert_true(within(ab, "31{30{06{55040a}0c{'b'}}30{06{550403}0c{'a'}}}", false));
    assert_false(within(ab, RDN("03", "0c", "'a'"), true));
    assert_false(within(ab, "31{30{06{550403}0c{'a'}}30{06{55040a}0c{'c'}}}", true));
    const char *many = "30{06{550403}0c{'a'}}";
    for (size_t i = 0; i < 5; i++)
        many = test_text("%s%s", many, many);
    many = test_text("31{%s}", many);
    assert_false(within(many, many, false));
    assert_true(within(many, many, true));
}

static void writings_that_cannot_be_compared_are_in_doubt(void **state)
{
    (void)state;
    /* Bug class 111. */
    static const char *const rows[][2] = {
        {RDN("0a", "0c", "c3a9"), RDN("0a", "0c", "c389")},   /* another case      */
        {RDN("0a", "1e", "0061"), RDN("0a", "0c", "'a'")},    /* BMPString         */
        {RDN("0a", "14", "'A'"), RDN("0a", "0c", "'a'")},     /* T61String         */
        {RDN("0a", "0c", "efac81"), RDN("0a", "0c", "'fi'")}, /* a ligature        */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(within(rows[i][0], rows[i][1], false));
        assert_true(within(rows[i][0], rows[i][1], true));
    }
    assert_false(within(RDN("0a", "16", "'b'"), RDN("0a", "16", "'a'"), true));
}

static void an_email_address_is_seen(void **state)
{
    (void)state;
    span value;
    struct name_walk w =
        name_walk_of(asn1("30{31{30{06{550403}0c{'a'}}}31{30{06{2a864886f70d010901}16{'a@b'}}}}"));
    assert_true(name_email_next(&w, &value));
    assert_true(span_eq(value, span_str("a@b")));
    assert_false(name_email_next(&w, &value));
    w = name_walk_of(asn1(CN("0c", "a@b")));
    assert_false(name_email_next(&w, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_names_are_accepted),
        cmocka_unit_test(malformed_names_are_refused),
        cmocka_unit_test(case_and_spaces_do_not_matter),
        cmocka_unit_test(what_is_not_folded_is_compared_by_bytes),
        cmocka_unit_test(structure_is_part_of_a_name),
        cmocka_unit_test(a_name_lies_below_its_beginning),
        cmocka_unit_test(sets_of_attributes_have_no_order),
        cmocka_unit_test(writings_that_cannot_be_compared_are_in_doubt),
        cmocka_unit_test(an_email_address_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
