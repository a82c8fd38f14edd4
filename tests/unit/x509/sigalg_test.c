/* AlgorithmIdentifiers of signatures: the rows of the table and their parameters (bug classes 13,
 * 97, 120). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sig_choice read(const char *text)
{
    struct sig_choice out;
    assert_true(sigalg_read(asn1(text), &out));
    return out;
}

static void assert_is(const char *text, enum sig_alg alg, enum hash_id hash)
{
    struct sig_choice c = read(text);
    assert_int_equal(c.alg, alg);
    assert_int_equal(c.hash, hash);
    assert_false(c.broken_hash);
}

static void every_row_is_told_by_its_identifier(void **state)
{
    (void)state;
    assert_is("30{06{2a8648ce3d040302}}", SIG_ECDSA, HASH_SHA256);
    assert_is("30{06{2a8648ce3d040303}}", SIG_ECDSA, HASH_SHA384);
    assert_is("30{06{2a8648ce3d040304}}", SIG_ECDSA, HASH_SHA512);
    assert_is("30{06{2a864886f70d01010b}0500}", SIG_RSA_PKCS1, HASH_SHA256);
    assert_is("30{06{2a864886f70d01010c}0500}", SIG_RSA_PKCS1, HASH_SHA384);
    assert_is("30{06{2a864886f70d01010d}0500}", SIG_RSA_PKCS1, HASH_SHA512);
    assert_is("30{06{2b6570}}", SIG_ED25519, HASH_NONE);
    assert_is("30{06{2b6571}}", SIG_NONE, HASH_NONE); /* Ed448 */
    assert_is("30{06{2a03}}", SIG_NONE, HASH_NONE);
    assert_is("30{06{2a8648ce3d04030202}}", SIG_NONE, HASH_NONE);
}

static void broken_hashes_are_told_and_never_verified(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "30{06{2a864886f70d010104}0500}", "30{06{2a864886f70d010105}0500}", "30{06{2b0e03021d}}",
        "30{06{2a8648ce3d0401}}",         "30{06{2a8648ce380403}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sig_choice c = read(rows[i]);
        assert_int_equal(c.alg, SIG_NONE);
        assert_true(c.broken_hash);
    }
}

static void parameters_are_the_usual_ones(void **state)
{
    (void)state;
    assert_is("30{06{2a864886f70d01010b}}", SIG_RSA_PKCS1, HASH_SHA256);
    assert_is("30{06{2a864886f70d01010b}30{}}", SIG_NONE, HASH_NONE);
    assert_is("30{06{2a864886f70d01010b}05{00}}", SIG_NONE, HASH_NONE);
    assert_is("30{06{2a8648ce3d040302}0500}", SIG_NONE, HASH_NONE);
    assert_is("30{06{2b6570}0500}", SIG_NONE, HASH_NONE);
}

#define SHA256_ID "30{06{608648016503040201}0500}"
#define SHA256_BARE "30{06{608648016503040201}}"
#define SHA384_ID "30{06{608648016503040202}0500}"
#define SHA1_ID "30{06{2b0e03021a}0500}"
#define MGF1(hash) "30{06{2a864886f70d010108}" hash "}"
#define PSS(params) "30{06{2a864886f70d01010a}" params "}"
#define FIELDS(hash, mask, salt) "30{a0{" hash "}a1{" mask "}a2{02{" salt "}}}"

static void pss_binds_one_hash_and_its_salt(void **state)
{
    (void)state;
    assert_is(PSS(FIELDS(SHA256_ID, MGF1(SHA256_ID), "20")), SIG_RSA_PSS, HASH_SHA256);
    assert_is(PSS(FIELDS(SHA256_BARE, MGF1(SHA256_BARE), "20")), SIG_RSA_PSS, HASH_SHA256);
    assert_is(PSS(FIELDS(SHA384_ID, MGF1(SHA384_ID), "30")), SIG_RSA_PSS, HASH_SHA384);
    /* Bug class 120: without parameters, and with odd ones. */
    static const char *const odd[] = {
        PSS(""),
        PSS("0500"),
        PSS("30{}"),
        PSS(FIELDS(SHA256_ID, MGF1(SHA256_ID), "30")),
        PSS(FIELDS(SHA256_ID, MGF1(SHA256_ID), "00")),
        PSS(FIELDS(SHA256_ID, MGF1(SHA384_ID), "20")),
        PSS(FIELDS(SHA1_ID, MGF1(SHA1_ID), "14")),
        PSS(FIELDS(SHA256_ID, "30{06{2a03}" SHA256_ID "}", "20")),
        PSS("30{a0{" SHA256_ID "}a1{" MGF1(SHA256_ID) "}}"),
        PSS("30{a0{" SHA256_ID "}a1{" MGF1(SHA256_ID) "}a2{02{20}}a3{02{01}}}"),
        PSS("30{a1{" MGF1(SHA256_ID) "}a2{02{20}}}"),
        PSS("30{a0{" SHA256_ID "0500}a1{" MGF1(SHA256_ID) "}a2{02{20}}}"),
        PSS("30{a0{" SHA256_ID "}a1{" MGF1(SHA256_ID) "}a2{02{20}0500}}"),
        PSS("30{a0{" SHA256_ID "}a1{" MGF1(SHA256_ID) "0500}a2{02{20}}}"),
        PSS(FIELDS("30{06{608648016503040201}30{}}", MGF1(SHA256_ID), "20")),
        PSS(FIELDS("30{06{608648016503040204}}", MGF1(SHA256_ID), "20")),
    };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_is(odd[i], SIG_NONE, HASH_NONE);
}

static void what_is_no_identifier_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "30{}",
        "30{0500}",
        "31{06{2b6570}}",
        "30{06{2b6570}}00",
        "30{06{2b6570}05000500}",
        "30{06{2b6570}05}",
        "30{06{80}}",
    };
    struct sig_choice out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_false(sigalg_read(asn1(rows[i]), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_told_by_its_identifier),
        cmocka_unit_test(broken_hashes_are_told_and_never_verified),
        cmocka_unit_test(parameters_are_the_usual_ones),
        cmocka_unit_test(pss_binds_one_hash_and_its_salt),
        cmocka_unit_test(what_is_no_identifier_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
