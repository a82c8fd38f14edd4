/* Which names are held against name constraints; forms that are not processed refuse (bug classes
 * 110, 111, 112, 122). */
#include "x509/check.h"
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define NO_NAME "30{}"

/* apply holds one certificate against constraints; detail and depth are left in `err`. */
static enum reason apply_all(const char *constraints, const char *subject, const char *san,
                             size_t comparisons, struct err *err)
{
    struct cert leaf = {.subject = asn1(subject), .san = asn1(san)};
    struct cert ca = {.name_constraints = asn1(constraints)};
    struct path path = {.n = 2, .certs = {&leaf, &ca}};
    struct budget budget = {.comparisons = comparisons};
    *err = (struct err){0};
    assert_true(constraints_check(ca.name_constraints));
    assert_true(leaf.san.n == 0 || gname_list_check(leaf.san));
    bool ok = constraints_apply(&path, &budget, err);
    assert_int_equal(ok, err->reason == R_NONE);
    return (enum reason)err->reason;
}

static enum reason apply(const char *constraints, const char *san)
{
    struct err err;
    return apply_all(constraints, NO_NAME, san, 1000, &err);
}

#define PERMIT(base) "a0{30{" base "}}"
#define EXCLUDE(base) "a1{30{" base "}}"
#define DNS(text) "82{'" text "'}"

static enum reason permitted(const char *base, const char *name)
{
    return apply(test_text("a0{30{82{'%s'}}}", base), test_text("82{'%s'}", name));
}

static enum reason excluded(const char *base, const char *name)
{
    return apply(test_text("a1{30{82{'%s'}}}", base), test_text("82{'%s'}", name));
}

static void dns_names_lie_at_or_below_the_base(void **state)
{
    (void)state;
    static const struct {
        const char *base, *name;
        bool within;
    } rows[] = {
        {"a.test", "a.test", true},    {"a.test", "b.a.test", true}, {"a.test", "c.b.a.test", true},
        {"A.test", "b.a.TEST", true},  {"a.test", "ba.test", false}, {"a.test", "test", false},
        {"a.test", "a.tes", false},    {"a.test", "b.test", false},  {"", "a.test", true},
        {".a.test", "b.a.test", true}, {".a.test", "a.test", false}, {".a.test", "ba.test", false},
        {"b.a.test", "a.test", false}, {"test", "a.test", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum reason p = permitted(rows[i].base, rows[i].name);
        enum reason e = excluded(rows[i].base, rows[i].name);
        if ((p == R_NONE) != rows[i].within || (e == R_NONE) == rows[i].within)
            fail_msg("%s in %s", rows[i].name, rows[i].base);
    }
}

static void wildcards_are_permitted_whole_and_excluded_in_part(void **state)
{
    (void)state;
    assert_int_equal(permitted("a.test", "*.a.test"), R_NONE);
    assert_int_equal(permitted("a.test", "*.b.a.test"), R_NONE);
    assert_int_equal(permitted("b.a.test", "*.a.test"), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(excluded("a.test", "*.a.test"), R_CERT_NAME_CONSTRAINED);
    /* It could match b.a.test. */
    assert_int_equal(excluded("b.a.test", "*.a.test"), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(excluded(".b.a.test", "*.a.test"), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(excluded("c.b.a.test", "*.a.test"), R_NONE);
    assert_int_equal(excluded("b.test", "*.a.test"), R_NONE);
}

static void names_that_are_none_are_in_no_space(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "*", "a..test", "*.*.a.test", "a.test.", "f*.a.test"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_int_equal(permitted("a.test", odd[i]), R_CERT_NAME_CONSTRAINED);
        assert_int_equal(excluded("b.test", odd[i]), R_CERT_NAME_CONSTRAINED);
    }
    assert_int_equal(apply(PERMIT(DNS("a.test")), "82{'x'00'.a.test'}"), R_CERT_NAME_CONSTRAINED);
}

#define IP4(base) "87{" base "}"

static void addresses_lie_in_networks(void **state)
{
    (void)state;
    const char *net = PERMIT(IP4("0a000000ff000000"));
    assert_int_equal(apply(net, IP4("0a010203")), R_NONE);
    assert_int_equal(apply(net, IP4("0b010203")), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply(net, "87{0a000000000000000000000000000000}"), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply(net, DNS("a.test")), R_NONE); /* another form */
    assert_int_equal(apply(PERMIT(IP4("0000000000000000")), IP4("0b010203")), R_NONE);
    assert_int_equal(apply(EXCLUDE(IP4("0a000000ff000000")), IP4("0a010203")),
                     R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply(EXCLUDE(IP4("0a000000ff000000")), IP4("0b010203")), R_NONE);
    const char *six =
        "a0{30{87{20010db8000000000000000000000000ffffffff000000000000000000000000}}}";
    assert_int_equal(apply(six, "87{20010db8000000000000000000000001}"), R_NONE);
    assert_int_equal(apply(six, "87{20010db9000000000000000000000001}"), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply(six, IP4("20010db8")), R_CERT_NAME_CONSTRAINED);
}

static void excluded_beats_permitted_and_any_permitted_will_do(void **state)
{
    (void)state;
    const char *both = PERMIT(DNS("a.test")) EXCLUDE(DNS("b.a.test"));
    assert_int_equal(apply(both, DNS("c.a.test")), R_NONE);
    assert_int_equal(apply(both, DNS("b.a.test")), R_CERT_NAME_CONSTRAINED);
    const char *two = "a0{30{82{'a.test'}}30{82{'b.test'}}}";
    assert_int_equal(apply(two, DNS("a.test") DNS("b.test")), R_NONE);
    assert_int_equal(apply(two, DNS("a.test") DNS("c.test")), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply(two, ""), R_NONE);
}

#define CN "30{31{30{06{550403}0c{'a'}}}}"
#define MAIL_NAME "30{31{30{06{2a864886f70d010901}16{'a@b'}}}}"

static void forms_that_are_not_processed_refuse_names_of_theirs(void **state)
{
    (void)state;
    /* Bug classes 111 and 122: of every other choice. */
    static const struct {
        const char *base, *san;
        enum gname_kind kind;
    } rows[] = {
        {"a0{06{2a03}a0{0500}}", "a0{06{2a03}a0{0500}}", GN_OTHER},
        {"a3{ff}", "a3{ff}", GN_X400},
        {"a5{ff}", "a5{ff}", GN_EDI},
        {"88{2a03}", "88{2a03}", GN_REGISTERED_ID},
    };
    struct err err;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int side = 0; side < 2; side++) {
            const char *constraints = test_text("a%d{30{%s}}", side, rows[i].base);
            assert_int_equal(apply_all(constraints, NO_NAME, rows[i].san, 10, &err),
                             R_CERT_CONSTRAINT_UNSUPPORTED);
            assert_int_equal(err.detail, rows[i].kind);
            assert_int_equal(apply_all(constraints, NO_NAME, DNS("a.test"), 10, &err), R_NONE);
        }
}

static void the_subject_is_a_name_too(void **state)
{
    (void)state;
    struct err err;
    const char *directory = PERMIT("a4{" CN "}"), *mail = EXCLUDE("81{'b'}");
    assert_int_equal(apply_all(directory, CN, "", 50, &err), R_NONE);
    assert_int_equal(apply_all(directory, MAIL_NAME, "", 50, &err), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply_all(directory, NO_NAME, "", 50, &err), R_NONE);
    assert_int_equal(apply_all(mail, MAIL_NAME, "", 50, &err), R_CERT_NAME_CONSTRAINED);
    assert_int_equal(apply_all(PERMIT("81{'b'}"), MAIL_NAME, "", 50, &err), R_NONE);
    assert_int_equal(apply_all(mail, CN, "", 50, &err), R_NONE);
    /* A common name is no DNS name, whatever it looks like. */
    assert_int_equal(apply_all(PERMIT(DNS("b")), CN, "", 50, &err), R_NONE);
}

static void malformed_constraints_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "a0{}",
        "a1{}",
        "a0{30{}}",
        "a0{30{82{'a'}}}a0{30{82{'a'}}}",
        "a1{30{82{'a'}}}a0{30{82{'a'}}}",
        "a0{30{82{'a'}}}0500",
        "a0{30{82{'a'}80{00}}}", /* a minimum that is written */
        "a0{30{82{'a'}80{01}}}",
        "a0{30{82{'a'}81{01}}}", /* a maximum                 */
        "a0{30{82{'*.a'}}}",
        "a0{30{82{'..a'}}}",
        "a0{30{82{'.'}}}",
        "a0{30{82{'a.'}}}",
        "a0{30{82{'a b'}}}",
        "a0{30{87{0a000000}}}",
        "a0{30{87{0a000000ff00ff00}}}", /* no prefix                 */
        "a0{30{87{0a00000000ffffff}}}",
        "a0{30{87{}}}",
        "a0{30{82{c3a9}}}",
        "a0{30{81{'a@'}}}",
        "a0{30{81{'@a'}}}",
        "a0{30{81{'a@.b'}}}",
        "a0{30{86{'http://a'}}}",
        "a0{30{86{'a/'}}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (constraints_check(asn1(rows[i])))
            fail_msg("%s was accepted", rows[i]);
}

static void comparisons_are_paid_for(void **state)
{
    (void)state;
    struct err err;
    const char *two = "a0{30{82{'a'}}30{82{'b'}}}";
    assert_int_equal(apply_all(two, NO_NAME, DNS("a") DNS("b"), 4, &err), R_NONE);
    assert_int_equal(apply_all(two, NO_NAME, DNS("a") DNS("b"), 3, &err),
                     R_CERT_BUDGET_COMPARISONS);
    /* Attributes are compared each with each: that costs nine times as much. */
    const char *base = "a1{30{a4{30{31{30{06{550403}0c{'b'}}}}}}}";
    const char *name = "a4{30{31{30{06{550403}0c{'a'}}}}}"; /* two of 14 bytes: 2 */
    assert_int_equal(apply_all(base, NO_NAME, name, 9 * 2, &err), R_NONE);
    assert_int_equal(apply_all(base, NO_NAME, name, 9 * 2 - 1, &err), R_CERT_BUDGET_COMPARISONS);
}

/* repeat writes an element `n` times after each other. */
static span repeat(const char *text, size_t n)
{
    span one = asn1(text);
    uint8_t *all = malloc(one.n * n);
    for (size_t i = 0; i < n; i++)
        memcpy(all + i * one.n, one.p, one.n);
    span out = test_bytes((span){all, one.n * n});
    free(all);
    return out;
}

static void ten_thousand_by_ten_thousand_ends_early(void **state)
{
    (void)state;
    /* Bug class 112: with the budget of path.c. */
    enum { MANY = 10000 };
    span bases = repeat("30{82{'aaaaaaaa.test'}}", MANY);
    uint8_t *der = malloc(bases.n + 5);
    memcpy(der, "\xa1\x83", 2);
    for (size_t i = 0; i < 3; i++)
        der[2 + i] = (uint8_t)(bases.n >> 8 * (2 - i));
    memcpy(der + 5, bases.p, bases.n);
    struct cert leaf = {.subject = asn1(NO_NAME), .san = repeat(DNS("bbbbbbbb.test"), MANY)};
    struct cert ca = {.name_constraints = {der, bases.n + 5}};
    struct path path = {.n = 2, .certs = {&leaf, &ca}};
    struct budget budget = {.comparisons = 1 << 20};
    struct err err = {0};
    assert_true(constraints_check(ca.name_constraints));
    clock_t start = clock();
    assert_false(constraints_apply(&path, &budget, &err));
    assert_int_equal(err.reason, R_CERT_BUDGET_COMPARISONS);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC); /* sanitized; 15 ms otherwise */
    free(der);
}

static void self_issued_intermediates_are_exempt(void **state)
{
    (void)state;
    struct cert leaf = {.subject = asn1(NO_NAME), .san = asn1(DNS("a.test")), .self_issued = true};
    struct cert middle = {.subject = asn1(CN), .san = asn1(DNS("b.test"))};
    struct cert ca = {.name_constraints = asn1(PERMIT(DNS("a.test")))};
    struct path path = {.n = 3, .certs = {&leaf, &middle, &ca}};
    struct budget budget = {.comparisons = 10};
    struct err err = {0};
    assert_false(constraints_apply(&path, &budget, &err));
    assert_int_equal(err.reason, R_CERT_NAME_CONSTRAINED);
    assert_int_equal(err.depth, 1);
    middle.self_issued = true;
    assert_true(constraints_apply(&path, &budget, NULL));
    leaf.san = asn1(DNS("b.test"));
    err = (struct err){0};
    assert_false(constraints_apply(&path, &budget, &err));
    assert_int_equal(err.depth, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_lie_at_or_below_the_base),
        cmocka_unit_test(wildcards_are_permitted_whole_and_excluded_in_part),
        cmocka_unit_test(names_that_are_none_are_in_no_space),
        cmocka_unit_test(addresses_lie_in_networks),
        cmocka_unit_test(excluded_beats_permitted_and_any_permitted_will_do),
        cmocka_unit_test(forms_that_are_not_processed_refuse_names_of_theirs),
        cmocka_unit_test(the_subject_is_a_name_too),
        cmocka_unit_test(malformed_constraints_are_refused),
        cmocka_unit_test(comparisons_are_paid_for),
        cmocka_unit_test(ten_thousand_by_ten_thousand_ends_early),
        cmocka_unit_test(self_issued_intermediates_are_exempt),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
