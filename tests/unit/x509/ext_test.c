/* Extensions: each row of the table, its syntax and its criticality (bug classes 114, 115, 116). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"
#include "vectors.h"
#include "wire/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static enum reason read_all(const char *extensions, struct cert *out)
{
    struct err err = {0};
    *out =
        (struct cert){.path_len = -1, .need_policy = POLICY_NEVER, .inhibit_mapping = POLICY_NEVER};
    bool ok = ext_read_all(out, rd_of(asn1(extensions)), &err);
    assert_int_equal(ok, err.reason == R_NONE);
    return (enum reason)err.reason;
}

/* one reads a single extension. */
static enum reason one(const char *oid, const char *critical, const char *value, struct cert *out)
{
    return read_all(test_text("30{06{%s}%s04{%s}}", oid, critical, value), out);
}

#define KU "551d0f"
#define BC "551d13"
#define EKU "551d25"
#define SAN "551d11"
#define NC "551d1e"
#define SKI "551d0e"
#define AKI "551d23"
#define POLICIES "551d20"
#define MAPPINGS "551d21"
#define POLICY_CONSTRAINTS "551d24"
#define INHIBIT_ANY "551d36"
#define AIA "2b06010505070101"
#define CRITICAL "01{ff}"

static void key_usage_is_nine_bits(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(KU, CRITICAL, "03{0780}", &c), R_NONE);
    assert_true(c.has_key_usage && c.key_usage == KU_DIGITAL_SIGNATURE);
    assert_int_equal(one(KU, "", "03{0106}", &c), R_NONE);
    assert_int_equal(c.key_usage, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(one(KU, "", "03{052000}", &c), R_NONE);
    assert_int_equal(c.key_usage, KU_KEY_ENCIPHERMENT);
    assert_int_equal(one(KU, "", "03{070080}", &c), R_NONE); /* decipherOnly */
    assert_int_equal(c.key_usage, 1 << 8);
    assert_int_equal(one(KU, "", "03{00}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(KU, "", "03{0700}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(KU, "", "03{00808080}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(KU, "", "03{0780}00", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(KU, "", "02{01}", &c), R_CERT_EXTENSION_MALFORMED);
}

static void basic_constraints_say_what_is_a_ca(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(BC, CRITICAL, "30{01{ff}}", &c), R_NONE);
    assert_true(c.has_basic && c.is_ca && c.path_len == -1);
    assert_int_equal(one(BC, "", "30{01{ff}02{00}}", &c), R_NONE);
    assert_int_equal(c.path_len, 0);
    assert_int_equal(one(BC, "", "30{01{ff}02{00ff}}", &c), R_NONE);
    assert_int_equal(c.path_len, 255);
    assert_int_equal(one(BC, "", "30{}", &c), R_NONE);
    assert_true(c.has_basic && !c.is_ca);
    assert_int_equal(one(BC, "", "30{02{01}}", &c), R_NONE);
    assert_true(!c.is_ca && c.path_len == -1);
    assert_int_equal(one(BC, "", "30{01{00}}", &c), R_NONE);
    assert_false(c.is_ca);
    assert_int_equal(one(BC, "", "30{01{01}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(BC, "", "30{01{ff}02{ff}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(BC, "", "30{01{ff}02{0100}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(BC, "", "30{01{ff}0500}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(BC, "", "30{01{ff}}0500", &c), R_CERT_EXTENSION_MALFORMED);
}

static void purposes_are_told_by_whole_identifiers(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(EKU, "", "30{06{2b06010505070301}}", &c), R_NONE);
    assert_true(c.has_eku && c.eku == EKU_SERVER);
    assert_int_equal(one(EKU, "", "30{06{2b06010505070302}06{551d2500}}", &c), R_NONE);
    assert_int_equal(c.eku, EKU_CLIENT | EKU_ANY);
    assert_int_equal(one(EKU, "", "30{06{2b06010505070309}}", &c), R_NONE);
    assert_int_equal(c.eku, EKU_OCSP_SIGNING);
    /* Bug class 115: longer or shorter is another purpose. */
    assert_int_equal(one(EKU, "", "30{06{2b0601050507030101}06{2b060105050703}}", &c), R_NONE);
    assert_int_equal(c.eku, EKU_OTHER);
    assert_int_equal(one(EKU, "", "30{}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(EKU, "", "30{0500}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(EKU, "", "30{06{2b}}00", &c), R_CERT_EXTENSION_MALFORMED);
}

#define FEATURES "2b06010505070118"
#define NOCHECK "2b0601050507300105"

static void promises_of_stapling_are_kept(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(FEATURES, "", "30{02{05}}", &c), R_NONE);
    assert_true(c.must_staple);
    assert_int_equal(one(FEATURES, CRITICAL, "30{02{11}02{05}}", &c), R_NONE);
    assert_true(c.must_staple && !c.unknown_critical);
    assert_int_equal(one(FEATURES, "", "30{02{11}}", &c), R_NONE);
    assert_false(c.must_staple);
    assert_int_equal(one(FEATURES, "", "30{}", &c), R_NONE);
    assert_false(c.must_staple);
    assert_int_equal(one(FEATURES, "", "30{02{010005}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(FEATURES, "", "30{02{85}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(FEATURES, "", "30{02{05}}0500", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(FEATURES, "", "02{05}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(NOCHECK, "", "0500", &c), R_NONE);
    assert_true(c.ocsp_nocheck);
    assert_int_equal(one(NOCHECK, "", "", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(NOCHECK, "", "05000500", &c), R_CERT_EXTENSION_MALFORMED);
}

static void names_are_kept_with_their_criticality(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(SAN, CRITICAL, "30{82{'a.test'}}", &c), R_NONE);
    assert_true(c.san_critical);
    assert_int_equal(c.san.n, 8);
    assert_int_equal(one(SAN, "", "30{82{'a.test'}}", &c), R_NONE);
    assert_false(c.san_critical);
    assert_int_equal(one(SAN, "", "30{}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(SAN, "", "30{82{'a.test'}}00", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(NC, CRITICAL, "30{a0{30{82{'a.test'}}}}", &c), R_NONE);
    assert_int_equal(c.name_constraints.n, 12);
    assert_int_equal(one(NC, CRITICAL, "30{}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(NC, "", "30{a0{30{82{'a.test'}}}}00", &c), R_CERT_EXTENSION_MALFORMED);
}

static void key_identifiers_are_never_critical(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(SKI, "", "04{0102}", &c), R_NONE);
    assert_int_equal(c.ski.n, 2);
    assert_int_equal(one(SKI, CRITICAL, "04{0102}", &c), R_CERT_EXTENSION_CRITICAL);
    assert_int_equal(one(SKI, "", "04{0102}00", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(SKI, "", test_text("04{%0*d}", 2 * 256, 0), &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(AKI, "", "30{80{0102}}", &c), R_NONE);
    assert_int_equal(c.aki.n, 2);
    assert_int_equal(one(AKI, CRITICAL, "30{80{0102}}", &c), R_CERT_EXTENSION_CRITICAL);
    assert_int_equal(one(AKI, "", test_text("30{80{%0*d}}", 2 * 256, 0), &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(AIA, "", "30{30{06{2b0601050507300186}}}", &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(AIA, "", "30{30{06{2b06010505073001}86{'http://a.test'}}}", &c), R_NONE);
    assert_int_equal(one(AIA, CRITICAL, "30{30{06{2b06010505073001}86{'http://a.test'}}}", &c),
                     R_CERT_EXTENSION_CRITICAL);
    assert_int_equal(one(AIA, "", "30{}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(AIA, "", "04{}", &c), R_CERT_EXTENSION_MALFORMED);
}

/* aki_of_suite reads one of BoringSSL's blocks. */
static enum reason aki_of_suite(const char *name)
{
    const char *folder = "x509/parse_certificate_unittest/authority_key_identifier";
    size_t n, value_n;
    char *text = vectors_read(test_text("%s/%s.pem", folder, name), &n);
    struct pem pem = pem_of((span){(uint8_t *)text, n});
    struct pem_block block;
    uint8_t value[256];
    const char *hex = "";
    assert_true(pem_next(&pem, &block, NULL) && pem_decoded_max(&block) <= sizeof value);
    assert_true(pem_decode(&block, value, &value_n, NULL));
    for (size_t i = 0; i < value_n; i++)
        hex = test_text("%s%02x", hex, value[i]);
    free(text);
    struct cert c;
    return one(AKI, "", hex, &c);
}

static void authority_key_identifiers_of_the_suite(void **state)
{
    (void)state;
    static const char *const good[] = {
        "empty_sequence",        "key_identifier",
        "issuer_and_serial",     "key_identifier_and_issuer_and_serial",
        "url_issuer_and_serial",
    };
    static const char *const bad[] = {
        "extra_contents_after_extension_sequence",
        "extra_contents_after_issuer_and_serial",
        "invalid_contents",
        "invalid_issuer",
        "invalid_key_identifier",
        "invalid_serial",
        "issuer_only",
        "serial_only",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(aki_of_suite(good[i]), R_NONE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(aki_of_suite(bad[i]), R_CERT_EXTENSION_MALFORMED);
}

static void policies_are_read_and_understood_when_critical(void **state)
{
    (void)state;
    struct cert c;
    const char *cps = "30{30{06{2a03}30{30{06{2b06010505070201}16{'http://a.test'}}}}}";
    const char *odd = "30{30{06{2a03}30{30{06{2a04}0500}}}}";
    assert_int_equal(one(POLICIES, CRITICAL, "30{30{06{2a03}}}", &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(one(POLICIES, CRITICAL, cps, &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(one(POLICIES, CRITICAL, odd, &c), R_NONE);
    assert_true(c.unknown_critical);
    assert_int_equal(one(POLICIES, "", odd, &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(one(POLICIES, "", "30{}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(POLICIES, "", "30{30{06{80}}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(MAPPINGS, "", "30{30{06{2a03}}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(MAPPINGS, "", "30{30{06{2a03}06{2a04}0500}}", &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(POLICIES, "", "30{30{06{2a03}30{}}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(POLICIES, "", "30{30{06{2a03}30{30{06{2a04}}}}}", &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(MAPPINGS, CRITICAL, "30{30{06{2a03}06{2a04}}}", &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(one(MAPPINGS, "", "30{30{06{551d2000}06{2a04}}}", &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(MAPPINGS, "", "30{30{06{2a03}06{551d2000}}}", &c),
                     R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one(MAPPINGS, "", "30{}", &c), R_CERT_EXTENSION_MALFORMED);
}

static void limits_on_policies_are_counted_in_certificates(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one(POLICY_CONSTRAINTS, CRITICAL, "30{80{00}}", &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(c.need_policy, 0);
    assert_int_equal(c.inhibit_mapping, POLICY_NEVER);
    assert_int_equal(one(POLICY_CONSTRAINTS, "", "30{80{02}81{03}}", &c), R_NONE);
    assert_int_equal(c.need_policy, 2);
    assert_int_equal(c.inhibit_mapping, 3);
    assert_int_equal(one(POLICY_CONSTRAINTS, "", "30{81{00ff}}", &c), R_NONE);
    assert_int_equal(c.need_policy, POLICY_NEVER);
    assert_int_equal(c.inhibit_mapping, POLICY_NEVER - 1);
    assert_int_equal(one(INHIBIT_ANY, CRITICAL, "02{01}", &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(c.inhibit_any, 1);
    static const char *const constraints[] = {"30{}",         "30{80{}}",   "30{80{ff}}",
                                              "30{80{0001}}", "30{82{00}}", "30{80{00}80{00}}"};
    for (size_t i = 0; i < sizeof constraints / sizeof constraints[0]; i++)
        assert_int_equal(one(POLICY_CONSTRAINTS, "", constraints[i], &c),
                         R_CERT_EXTENSION_MALFORMED);
    static const char *const any[] = {"02{}", "02{ff}", "0500", "02{00}0500"};
    for (size_t i = 0; i < sizeof any / sizeof any[0]; i++)
        assert_int_equal(one(INHIBIT_ANY, "", any[i], &c), R_CERT_EXTENSION_MALFORMED);
}

static void what_is_unknown_matters_if_critical(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(one("2a03", "", "ff", &c), R_NONE);
    assert_false(c.unknown_critical);
    assert_int_equal(one("2a03", CRITICAL, "ff", &c), R_NONE);
    assert_true(c.unknown_critical);
    /* A Certificate Transparency poison among them. */
    assert_int_equal(one("2b06010401d679020403", CRITICAL, "0500", &c), R_NONE);
    assert_true(c.unknown_critical);
}

static void the_list_itself_is_strict(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(read_all("", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(read_all("0500", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one("2a03", "01{00}", "", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(one("2a03", "01{01}", "", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(read_all("30{06{2a03}03{00}}", &c), R_CERT_EXTENSION_MALFORMED);
    assert_int_equal(read_all("30{06{2a03}0400 0500}", &c), R_CERT_EXTENSION_MALFORMED);
    /* Bug class 116: twice, known or not. */
    assert_int_equal(read_all("30{06{2a03}0400}30{06{2a04}0400}30{06{2a03}0401ff}", &c),
                     R_CERT_EXTENSION_TWICE);
    assert_int_equal(read_all("30{06{551d0e}04{04{01}}}30{06{551d0e}04{04{01}}}", &c),
                     R_CERT_EXTENSION_TWICE);
    const char *many = "";
    for (unsigned i = 0; i < 65; i++) {
        if (i == 64)
            assert_int_equal(read_all(many, &c), R_NONE);
        many = test_text("%s30{06{2a%02x}0400}", many, i);
    }
    assert_int_equal(read_all(many, &c), R_CERT_EXTENSION_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_usage_is_nine_bits),
        cmocka_unit_test(basic_constraints_say_what_is_a_ca),
        cmocka_unit_test(purposes_are_told_by_whole_identifiers),
        cmocka_unit_test(promises_of_stapling_are_kept),
        cmocka_unit_test(names_are_kept_with_their_criticality),
        cmocka_unit_test(key_identifiers_are_never_critical),
        cmocka_unit_test(authority_key_identifiers_of_the_suite),
        cmocka_unit_test(policies_are_read_and_understood_when_critical),
        cmocka_unit_test(limits_on_policies_are_counted_in_certificates),
        cmocka_unit_test(what_is_unknown_matters_if_critical),
        cmocka_unit_test(the_list_itself_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
