/* DER: what X.690 excludes is refused, at every length (bug class 124). */
#include "wire/der.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool reads_one(const char *text)
{
    rd in = rd_of(asn1(text));
    struct der e;
    return der_next(&in, &e) && rd_end(&in);
}

static void elements_are_read_with_their_headers(void **state)
{
    (void)state;
    rd in = rd_of(asn1("04{010203} 0500"));
    struct der e;
    assert_true(der_next(&in, &e));
    assert_int_equal(e.tag, DER_OCTET_STRING);
    assert_int_equal(e.body.n, 3);
    assert_int_equal(e.whole.n, 5);
    assert_int_equal(e.body.p[2], 3);
    assert_true(der_null(&in) && rd_end(&in));
}

static void a_failure_leaves_the_reader_alone(void **state)
{
    (void)state;
    rd in = rd_of(asn1("04{010203}"));
    span body = {0};
    rd inner = {0};
    assert_false(der_get(&in, DER_SEQUENCE, &body));
    assert_false(der_enter(&in, DER_SEQUENCE, &inner));
    assert_false(der_whole(&in, DER_SEQUENCE, &body));
    assert_int_equal(in.n, 5);
    assert_null(body.p);
    assert_true(der_whole(&in, DER_OCTET_STRING, &body));
    assert_int_equal(body.n, 5);
    assert_false(der_next(&in, &(struct der){0}));
}

static void lengths_are_definite_and_minimal(void **state)
{
    (void)state;
    assert_true(reads_one("0400"));
    assert_false(reads_one("0480 0000")); /* indefinite                */
    assert_false(reads_one("04ff"));
    assert_false(reads_one("048101 00"));    /* the short form would do   */
    assert_false(reads_one("04820080"));     /* a leading zero            */
    assert_false(reads_one("0484ffffffff")); /* 2^32 - 1                  */
    assert_false(reads_one("048480000000")); /* 2^31                      */
    assert_false(reads_one("048400000001 00"));
    assert_false(reads_one("0401"));
    assert_false(reads_one("04"));
    assert_false(reads_one("048102 0000"));
}

static void long_forms_hold_their_bodies(void **state)
{
    (void)state;
    static const size_t sizes[] = {0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000};
    static const size_t headers[] = {2, 3, 3, 4, 4, 5};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *text = test_text("04{%0*d}", (int)(2 * sizes[i]), 0);
        span whole = asn1(text);
        rd in = rd_of(whole);
        struct der e;
        assert_true(der_next(&in, &e));
        assert_int_equal(e.body.n, sizes[i]);
        assert_int_equal(whole.n, sizes[i] + headers[i]);
        for (size_t cut = 1; cut <= headers[i]; cut++) {
            in = rd_of((span){whole.p, whole.n - cut});
            assert_false(der_next(&in, &e));
        }
    }
}

static void tags_have_one_byte(void **state)
{
    (void)state;
    assert_false(reads_one("1f0100"));
    assert_false(reads_one("bf810000"));
    assert_true(reads_one("be{}"));
}

static bool reads_integer(const char *text)
{
    rd in = rd_of(asn1(text));
    span body;
    return der_integer(&in, &body) && rd_end(&in);
}

static void integers_are_minimal(void **state)
{
    (void)state;
    assert_true(reads_integer("02{00}"));
    assert_true(reads_integer("02{80}"));
    assert_true(reads_integer("02{0080}"));
    assert_true(reads_integer("02{ff7f}"));
    assert_false(reads_integer("02{}"));
    assert_false(reads_integer("02{0000}"));
    assert_false(reads_integer("02{007f}"));
    assert_false(reads_integer("02{ff80}"));
    assert_false(reads_integer("22{020100}"));
}

static bool small(const char *text, uint32_t *v)
{
    rd in = rd_of(asn1(text));
    return der_small(&in, v) && rd_end(&in);
}

static void unsigned_numbers_have_no_sign_byte(void **state)
{
    (void)state;
    rd in = rd_of(asn1("02{00ff} 02{00} 02{80}"));
    span s;
    uint32_t v;
    assert_true(der_unsigned(&in, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.p[0], 0xff);
    assert_true(der_unsigned(&in, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.p[0], 0);
    assert_false(der_unsigned(&in, &s));
    assert_true(small("02{00ffffffff}", &v));
    assert_int_equal(v, UINT32_MAX);
    assert_false(small("02{0100000000}", &v));
    assert_false(small("02{ff}", &v));
}

static bool boolean(const char *text, bool *v)
{
    rd in = rd_of(asn1(text));
    return der_boolean(&in, v) && rd_end(&in);
}

static bool flag(const char *text, bool *v)
{
    rd in = rd_of(asn1(text));
    return der_flag(&in, v);
}

static void booleans_are_ff_or_00(void **state)
{
    (void)state;
    bool v;
    assert_true(boolean("01{ff}", &v) && v);
    assert_true(boolean("01{00}", &v) && !v);
    assert_false(boolean("01{01}", &v));
    assert_false(boolean("01{}", &v));
    assert_false(boolean("01{ffff}", &v));
    assert_true(flag("01{ff}", &v) && v);
    assert_true(flag("0500", &v) && !v);
    assert_true(flag("", &v) && !v);
    assert_false(flag("01{00}", &v)); /* a default that is written */
}

static bool bits(const char *text, span *s, uint8_t *unused)
{
    rd in = rd_of(asn1(text));
    return der_bits(&in, s, unused) && rd_end(&in);
}

static void unused_bits_are_zero(void **state)
{
    (void)state;
    span s;
    uint8_t unused;
    assert_true(bits("03{00}", &s, &unused) && s.n == 0 && unused == 0);
    assert_true(bits("03{05a0}", &s, &unused) && s.n == 1 && unused == 5);
    assert_true(bits("03{0780}", &s, &unused) && unused == 7);
    assert_false(bits("03{}", &s, &unused));
    assert_false(bits("03{01}", &s, &unused));
    assert_false(bits("03{05b0}", &s, &unused));
    assert_false(bits("03{0800}", &s, &unused));
    rd in = rd_of(asn1("03{05a0}"));
    assert_false(der_bit_bytes(&in, &s));
    in = rd_of(asn1("03{00a0}"));
    assert_true(der_bit_bytes(&in, &s) && s.n == 1);
}

static bool oid(const char *text)
{
    rd in = rd_of(asn1(text));
    span s;
    return der_oid(&in, &s) && rd_end(&in);
}

static void object_identifiers_are_well_formed_and_short(void **state)
{
    (void)state;
    assert_true(oid("06{2a864886f70d}"));
    assert_true(oid("06{00}"));
    assert_false(oid("06{}"));
    assert_false(oid("06{2a86}"));   /* the last number does not end */
    assert_false(oid("06{80012a}")); /* a number with a leading zero */
    assert_false(oid("06{2a8001}"));
    assert_true(oid("06{2a818001}")); /* 80 inside of a number is fine */
    assert_true(oid(test_text("06{%0*d}", 2 * DER_OID_MAX, 0)));
    assert_false(oid(test_text("06{%0*d}", 2 * DER_OID_MAX + 2, 0)));
    assert_false(oid(test_text("06{%0*d}", 2 * 65536, 0)));
}

static void what_is_optional_may_be_absent_but_not_broken(void **state)
{
    (void)state;
    rd in = rd_of(asn1("81{01} 8200 83"));
    span s;
    assert_true(der_optional(&in, DER_CONTEXT + 0, &s));
    assert_null(s.p);
    assert_true(der_optional(&in, DER_CONTEXT + 1, &s) && s.n == 1);
    assert_true(der_optional(&in, DER_CONTEXT + 2, &s));
    assert_non_null(s.p);
    assert_int_equal(s.n, 0);
    assert_false(der_optional(&in, DER_CONTEXT + 3, &s));
    in = rd_of(asn1("0501 00"));
    assert_false(der_null(&in));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_read_with_their_headers),
        cmocka_unit_test(a_failure_leaves_the_reader_alone),
        cmocka_unit_test(lengths_are_definite_and_minimal),
        cmocka_unit_test(long_forms_hold_their_bodies),
        cmocka_unit_test(tags_have_one_byte),
        cmocka_unit_test(integers_are_minimal),
        cmocka_unit_test(unsigned_numbers_have_no_sign_byte),
        cmocka_unit_test(booleans_are_ff_or_00),
        cmocka_unit_test(unused_bits_are_zero),
        cmocka_unit_test(object_identifiers_are_well_formed_and_short),
        cmocka_unit_test(what_is_optional_may_be_absent_but_not_broken),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
