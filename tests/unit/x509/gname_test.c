/* GeneralName: each choice by its tag, none read as another (bug classes 122, 123). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void every_choice_is_told_by_its_tag(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum gname_kind kind;
    } rows[] = {
        {"a0{06{2a03}a0{0c{'x'}}}", GN_OTHER},
        {"81{'a@b'}", GN_EMAIL},
        {"82{'a.test'}", GN_DNS},
        {"a3{ff}", GN_X400},
        {"a4{30{31{30{06{550403}0c{'a'}}}}}", GN_DIRECTORY},
        {"a5{a1{0c{'x'}}}", GN_EDI},
        {"86{'http://a.test'}", GN_URI},
        {"87{0a000001}", GN_IP},
        {"88{2a03}", GN_REGISTERED_ID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rd in = rd_of(asn1(rows[i].text));
        struct gname name;
        assert_true(gname_next(&in, &name) && rd_end(&in));
        assert_int_equal(name.kind, rows[i].kind);
        assert_true(gname_list_check(asn1(rows[i].text)));
    }
}

static void odd_choices_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "80{06{2a03}a0{0c{'x'}}}", /* a constructed choice as bytes */
        "a0{06{2a03}}",
        "a0{06{2a03}0c{'x'}}",
        "a0{06{2a03}a0{}}",
        "a0{06{2a03}a0{05000500}}",
        "a0{06{2a03}a0{0500}0500}",
        "a1{16{'a@b'}}", /* bytes as a constructed one    */
        "a2{16{'a.test'}}",
        "82{c3a9}", /* not ASCII                     */
        "81{ff}",
        "86{80}",
        "83{ff}",
        "84{30{}}",
        "a4{}",
        "a4{30{31{}}}",
        "a4{30{}30{}}",
        "85{}",
        "a7{0a000001}",
        "88{80}",
        "88{}",
        "89{}",
        "a9{}",
        "0c{'a.test'}",
        "82{'a'}00",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (gname_list_check(asn1(rows[i])))
            fail_msg("%s was accepted", rows[i]);
}

static void addresses_have_4_or_16_bytes(void **state)
{
    (void)state;
    for (int n = 0; n <= 33; n++) {
        const char *text = n ? test_text("87{%0*d}", 2 * n, 0) : "87{}";
        assert_int_equal(gname_list_check(asn1(text)), n == 4 || n == 16);
    }
}

static void a_failure_leaves_the_reader_alone(void **state)
{
    (void)state;
    rd in = rd_of(asn1("89{}"));
    struct gname name;
    assert_false(gname_next(&in, &name));
    assert_int_equal(in.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_is_told_by_its_tag),
        cmocka_unit_test(odd_choices_are_refused),
        cmocka_unit_test(addresses_have_4_or_16_bytes),
        cmocka_unit_test(a_failure_leaves_the_reader_alone),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
