/* Reading OCSP responses strictly (RFC 6960 4.2), from DER that is written here (bug class 82). */
#include "x509/ocsp.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALG "30{06{2a8648ce3d040302}}"
#define NAME "a1{30{31{30{06{550403}0c{'a'}}}}}"
#define KEY "a2{04{'01234567890123456789'}}"
#define AT "18{'20230101000000Z'}"
#define LATER "18{'20230102000000Z'}"
#define SHA1_ID "30{30{06{2b0e03021a}0500}04{'name'}04{'key'}02{05}}"
#define NEXT "a0{" LATER "}"
#define SINGLE "30{" SHA1_ID "8000" AT NEXT "}"
#define REVOKED(info) "30{30{" SHA1_ID "a1{" info "}" AT "}}"
#define EXT(oid) "30{06{" oid "}04{0500}}"
#define CRITICAL(oid) "30{06{" oid "}0101ff04{0500}}"
#define NONCE "2b0601050507300102"

static enum reason read_text(const char *text, struct ocsp *out)
{
    struct err err = {0};
    bool ok = ocsp_parse(out, asn1(text), &err);
    assert_int_equal(ok, err.reason == R_NONE);
    return (enum reason)err.reason;
}

/* parse reads a response whose ResponseData has these contents; `more` follows the signature. */
static enum reason parse(const char *data, const char *more, struct ocsp *out)
{
    return read_text(test_text("30{0a{00}a0{30{06{2b0601050507300101}04{30{30{%s}" ALG
                               "03{00ff}%s}}}}}",
                               data, more),
                     out);
}

static void well_formed_responses_are_read(void **state)
{
    (void)state;
    struct ocsp o;
    struct ocsp_single s;
    struct err err = {0};
    assert_int_equal(parse(NAME AT "30{" SINGLE "}", "", &o), R_NONE);
    assert_int_equal(o.status, OCSP_SUCCESSFUL);
    assert_int_equal(o.produced_at, 1672531200);
    assert_int_equal(o.sig_alg, SIG_ECDSA);
    assert_true(o.by_name.p && !o.by_key.p && !o.certs.p);
    rd in = rd_of(o.singles);
    assert_true(ocsp_single_next(&in, &s, &err) && rd_end(&in));
    assert_true(s.id.sha1 && s.status == OCSP_GOOD);
    assert_int_equal(s.this_update, 1672531200);
    assert_int_equal(s.next_update, 1672531200 + 86400);
    assert_int_equal(parse(KEY AT "30{}", "a0{30{3000}}", &o), R_NONE);
    assert_int_equal(o.by_key.n, SHA1_LABEL);
    assert_int_equal(o.certs.n, 2);
    static const char *const rows[] = {
        KEY AT "30{" SINGLE SINGLE "}a1{30{" EXT(NONCE) "}}",
        KEY AT "30{" SINGLE "}a1{30{" CRITICAL(NONCE) EXT("2a03") "}}",
        KEY AT REVOKED(AT),
        KEY AT REVOKED(AT "a0{0a{01}}"),
        KEY AT "30{30{30{30{06{2a03}}04{}04{}02{05}}8200" AT "}}",
        KEY AT "30{30{" SHA1_ID "8000" AT "a1{30{" EXT("2a03") "}}}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (parse(rows[i], "", &o) != R_NONE)
            fail_msg("row %zu is refused", i);
}

static void malformed_responses_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        AT "30{}",                        /* no responder            */
        "a1{}" AT "30{}",                 /* no name                 */
        "a2{04{'0123456789'}}" AT "30{}", /* a short key             */
        "a0{02{00}}" KEY AT "30{}",       /* the default, written    */
        "a0{02{01}}" KEY AT "30{}",       /* no such version         */
        KEY "17{'230101000000Z'}30{}",    /* UTCTime                 */
        KEY "18{'20230101000000.5Z'}30{}",
        KEY AT,
        KEY AT "30{}0500",
        KEY AT "30{0500}",
        KEY AT "30{30{" SHA1_ID AT "}}",          /* no status               */
        KEY AT "30{30{" SHA1_ID "8000}}",         /* no thisUpdate           */
        KEY AT "30{30{" SHA1_ID "800100" AT "}}", /* good has no contents    */
        KEY AT "30{30{" SHA1_ID "820100" AT "}}",
        KEY AT "30{30{" SHA1_ID "8100" AT "}}", /* revoked has some        */
        KEY AT "30{30{" SHA1_ID "8300" AT "}}", /* no such status          */
        KEY AT "30{30{" SHA1_ID "8000" AT "a0{" AT "0500}}}",
        KEY AT "30{30{" SHA1_ID "8000" LATER "a0{" AT "}}}", /* it ends before it begins */
        KEY AT "30{30{" SHA1_ID "8000" AT NEXT "0500}}",
        KEY AT "30{30{30{30{06{2b0e03021a}0501}04{}04{}02{05}}8000" AT "}}",
        KEY AT "30{30{30{30{06{2b0e03021a}}04{}04{}02{85}}8000" AT "}}", /* below zero */
        KEY AT "30{30{30{30{06{2b0e03021a}}04{}04{}02{05}0500}8000" AT "}}",
        KEY AT REVOKED(""),
        KEY AT REVOKED(AT "0500"),
        KEY AT REVOKED(AT "a0{0a{07}}"),
        KEY AT REVOKED(AT "a0{0a{0b}}"),
        KEY AT REVOKED(AT "a0{0a{01}0500}"),
        KEY AT REVOKED(AT "a0{0a{01}}0500"),
        KEY AT "30{}a1{}",
        KEY AT "30{}a1{30{}}",
        KEY AT "30{}a1{30{" EXT("2a03") "}0500}",
        KEY AT "30{}a1{30{" EXT("2a03") EXT("2a03") "}}",
        KEY AT "30{}a1{30{0500}}",
        KEY AT "30{}a1{30{" EXT("2a03") "}}0500",
    };
    struct ocsp o;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (parse(rows[i], "", &o) != R_OCSP_MALFORMED)
            fail_msg("row %zu is taken", i);
    static const char *const after[] = {"0500", "a0{}", "a0{30{}0500}", "a0{30{0500}}",
                                        "a0{30{}}0500"};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        if (parse(KEY AT "30{}", after[i], &o) != R_OCSP_MALFORMED)
            fail_msg("what follows in row %zu is taken", i);
}

static void the_envelope_is_strict(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "30{}",
        "30{0a{04}}", /* no such status                   */
        "30{0a{07}}",
        "30{0a{0000}}",
        "30{02{03}}",
        "30{0a{03}}0500",
        "30{0a{03}a0{30{}}}", /* an answer, and none              */
        "30{0a{00}}",
        "30{0a{00}a0{}}",
        "30{0a{00}a0{30{06{2a03}04{}}}}", /* another kind of response */
        "30{0a{00}a0{30{06{2b0601050507300101}04{}}}}",
        "30{0a{00}a0{30{06{2b0601050507300101}04{30{}}}}}",
        "30{0a{00}a0{30{06{2b0601050507300101}04{3000}}0500}}",
        "3080"
        "0a0103"
        "0000",
    };
    struct ocsp o;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (read_text(rows[i], &o) != R_OCSP_MALFORMED)
            fail_msg("row %zu is taken", i);
    assert_int_equal(read_text("30{0a{03}}", &o), R_NONE);
    assert_int_equal(o.status, 3);
}

static void what_is_critical_and_unknown_refuses_it(void **state)
{
    (void)state;
    struct ocsp o;
    assert_int_equal(parse(KEY AT "30{}a1{30{" CRITICAL("2a03") "}}", "", &o),
                     R_OCSP_UNKNOWN_CRITICAL);
    assert_int_equal(
        parse(KEY AT "30{30{" SHA1_ID "8000" AT "a1{30{" CRITICAL("2a03") "}}}}", "", &o),
        R_OCSP_UNKNOWN_CRITICAL);
}

static const char *times(size_t n, const char *text)
{
    const char *all = "";
    while (n--)
        all = test_text("%s%s", all, text);
    return all;
}

static void what_there_may_be_is_bounded(void **state)
{
    (void)state;
    struct ocsp o;
    assert_int_equal(parse(test_text(KEY AT "30{%s}", times(64, SINGLE)), "", &o), R_NONE);
    assert_int_equal(parse(test_text(KEY AT "30{%s}", times(65, SINGLE)), "", &o),
                     R_OCSP_MALFORMED);
    assert_int_equal(parse(KEY AT "30{}", test_text("a0{30{%s}}", times(8, "3000")), &o), R_NONE);
    assert_int_equal(parse(KEY AT "30{}", test_text("a0{30{%s}}", times(9, "3000")), &o),
                     R_OCSP_MALFORMED);
    const char *exts = "";
    for (unsigned i = 0; i < 17; i++)
        exts = test_text("%s30{06{2a%02x}04{}}", exts, i);
    assert_int_equal(parse(test_text(KEY AT "30{}a1{30{%s}}", exts), "", &o), R_OCSP_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_responses_are_read),
        cmocka_unit_test(malformed_responses_are_refused),
        cmocka_unit_test(the_envelope_is_strict),
        cmocka_unit_test(what_is_critical_and_unknown_refuses_it),
        cmocka_unit_test(what_there_may_be_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
