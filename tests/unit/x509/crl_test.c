/* Reading revocation lists strictly (RFC 5280 5), from DER that is written here. */
#include "x509/crl.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALG "30{06{2a8648ce3d040302}}"
#define ISSUER "30{31{30{06{550403}0c{'a'}}}}"
#define DATES "17{'230101000000Z'}17{'240101000000Z'}"
#define V2 "02{01}"
#define NUMBER "a0{30{30{06{551d14}04{02{01}}}}}"
#define ENTRY(serial, more) "30{02{" serial "}17{'230101000000Z'}" more "}"

/* parse reads a list of the given contents. */
static enum reason parse(const char *tbs, struct crl *out)
{
    struct err err = {0};
    bool ok = crl_parse(out, asn1(test_text("30{30{%s}" ALG "03{00ff}}", tbs)), &err);
    assert_int_equal(ok, err.reason == R_NONE);
    return (enum reason)err.reason;
}

static void well_formed_lists_are_read(void **state)
{
    (void)state;
    struct crl c;
    assert_int_equal(parse(ALG ISSUER DATES, &c), R_NONE); /* version 1 */
    assert_int_equal(c.this_update, 1672531200);
    assert_int_equal(c.next_update, 1704067200);
    assert_int_equal(c.reasons, ALL_REASONS);
    assert_int_equal(c.sig_alg, SIG_ECDSA);
    uint8_t digest[HASH_MAX];
    hash_once(c.sig_hash, c.tbs, digest);
    assert_memory_equal(c.digest, digest, hash_len(c.sig_hash));
    assert_int_equal(parse(V2 ALG ISSUER DATES "30{" ENTRY("05", "") "}" NUMBER, &c), R_NONE);
    assert_int_equal(parse(V2 ALG ISSUER DATES "30{}", &c), R_NONE);
}

static void malformed_lists_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        ALG ISSUER,
        ALG ISSUER "17{'230101000000Z'}", /* no nextUpdate         */
        ALG "30{}" DATES,                 /* no issuer             */
        ALG ISSUER "17{'2301010000Z'}17{'240101000000Z'}",
        "02{00}" ALG ISSUER DATES, /* no such version       */
        "02{02}" ALG ISSUER DATES,
        ALG ISSUER DATES NUMBER, /* version 1             */
        ALG ISSUER DATES "30{" ENTRY("05", "30{30{06{551d15}04{0a{01}}}}") "}",
        "30{06{2a8648ce3d040303}}" ISSUER DATES, /* another than outside  */
        V2 ALG ISSUER DATES "a0{30{}}",
        V2 ALG ISSUER DATES NUMBER "0500",
        V2 ALG ISSUER DATES NUMBER NUMBER,
        V2 ALG ISSUER DATES "30{30{02{05}}}", /* no date               */
        V2 ALG ISSUER DATES "30{30{02{0005}17{'230101000000Z'}}}",
        V2 ALG ISSUER DATES "30{" ENTRY("05", "30{}") "}",
        V2 ALG ISSUER DATES "30{" ENTRY("05", "0500") "}",
        V2 ALG ISSUER DATES "30{" ENTRY("05", "30{30{06{551d15}04{02{01}}}}") "}",
    };
    struct crl c;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (parse(rows[i], &c) != R_CRL_MALFORMED)
            fail_msg("row %zu was read", i);
    struct err err = {0};
    assert_false(crl_parse(&c, asn1("30{30{" ALG ISSUER DATES "}" ALG "03{00ff}}00"), &err));
}

static enum reason point(const char *value, struct crl *out)
{
    return parse(test_text(V2 ALG ISSUER DATES "a0{30{30{06{551d1c}0101ff04{%s}}}}", value), out);
}

static void issuing_points_are_read(void **state)
{
    (void)state;
    struct crl c;
    assert_int_equal(point("30{8101ff}", &c), R_NONE);
    assert_true(c.user_only);
    assert_int_equal(point("30{8201ff}", &c), R_NONE);
    assert_true(c.ca_only);
    assert_int_equal(point("30{83{0560}}", &c), R_NONE);
    assert_int_equal(c.reasons, 1 << 1 | 1 << 2);
    assert_int_equal(point("30{a0{a1{30{06{550403}0c{'b'}}}}}", &c), R_NONE);
    assert_non_null(c.point.relative.p);
    assert_int_equal(point("30{8401ff}", &c), R_CRL_INDIRECT);
    static const char *const bad[] = {
        "30{}",
        "30{810100}",       /* the default, written down */
        "30{8101ff8201ff}", /* both                      */
        "30{a0{}}",
        "30{a0{a0{}}}",
        "30{a0{a1{}}}",
        "30{a0{a0{86{'a'}}a1{30{06{550403}0c{'b'}}}}}",
        "30{83{}}",
        "30{83{08ff}}",
        "30{8101ff}0500",
        "30{8601ff}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (point(bad[i], &c) != R_CRL_MALFORMED)
            fail_msg("%s was read", bad[i]);
}

static void numbers_are_looked_up(void **state)
{
    (void)state;
    struct crl c;
    const char *entries = ENTRY("05", "") ENTRY("00ff", "") ENTRY("f1", "") ENTRY("0102", "");
    assert_int_equal(parse(test_text(V2 ALG ISSUER DATES "30{%s}", entries), &c), R_NONE);
    assert_true(crl_lists(&c, asn1("05")));
    assert_true(crl_lists(&c, asn1("ff")));
    assert_true(crl_lists(&c, asn1("0102")));
    assert_false(crl_lists(&c, asn1("f1"))); /* -15 stands there */
    assert_false(crl_lists(&c, asn1("02")));
    assert_false(crl_lists(&c, asn1("01")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_lists_are_read),
        cmocka_unit_test(malformed_lists_are_refused),
        cmocka_unit_test(issuing_points_are_read),
        cmocka_unit_test(numbers_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
