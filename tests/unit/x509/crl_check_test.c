/* Revocation at every level of a path (bug classes 116, 126, 127). Distribution points, reasons and
 * separate keys are in pkits_test.c as well. */
#include "crls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The path that the tests are about: the numbers of its certificates are 01, 02 and 03. */
static const struct test_cert *root, *middle, *leaf;

/* build makes it; `points` is the leaf's crlDistributionPoints, NULL: none. */
static void build(const char *middle_ku, const char *points)
{
    struct test_cert_spec spec = {.cn = "root", .key_no = 1, .ca = true, .serial = "01"};
    root = test_cert(spec, NULL);
    spec = (struct test_cert_spec){
        .cn = "middle", .key_no = 2, .ca = true, .serial = "02", .ku = middle_ku};
    middle = test_cert(spec, root);
    spec = (struct test_cert_spec){.cn = "leaf", .key_no = 3, .serial = "03"};
    if (points) {
        spec.more[0][0] = "crlDistributionPoints";
        spec.more[0][1] = points;
    }
    leaf = test_cert(spec, middle);
}

static struct test_verdict verify(enum revocation mode, const span *crls, size_t n,
                                  const struct test_cert *extra)
{
    const struct test_cert *chain[] = {leaf, middle, extra};
    return test_verify((struct test_verify){
        .anchors = test_chain_pem(&root, 1),
        .chain = test_chain_pem(chain, extra ? 3 : 2),
        .revocation = mode,
        .crls = crls,
        .n_crls = n,
    });
}

/* hard verifies with a good list of the root's and the given one of the middle's. */
static struct test_verdict hard(struct test_crl_spec spec)
{
    span crls[] = {test_crl((struct test_crl_spec){0}, root), test_crl(spec, middle)};
    return verify(REVOCATION_HARD, crls, 2, NULL);
}

static void every_level_below_the_anchor_is_asked(void **state)
{
    (void)state;
    build(NULL, NULL);
    span of_root = test_crl((struct test_crl_spec){.revoked = {"0abc", "02"}}, root);
    span of_middle = test_crl((struct test_crl_spec){.revoked = {"03"}}, middle);
    span good[] = {test_crl((struct test_crl_spec){.revoked = {"01"}}, root),
                   test_crl((struct test_crl_spec){.revoked = {"02", "0103"}}, middle)};
    assert_verdict(verify(REVOCATION_HARD, good, 2, NULL), R_NONE, 0);
    /* A root that revokes an intermediate invalidates all that is below. */
    span middle_gone[] = {of_root, good[1]};
    assert_verdict(verify(REVOCATION_HARD, middle_gone, 2, NULL), R_CERT_REVOKED, 1);
    assert_verdict(verify(REVOCATION_SOFT, middle_gone, 2, NULL), R_CERT_REVOKED, 1);
    assert_verdict(verify(REVOCATION_OFF, middle_gone, 2, NULL), R_NONE, 0);
    span leaf_gone[] = {good[0], of_middle};
    assert_verdict(verify(REVOCATION_HARD, leaf_gone, 2, NULL), R_CERT_REVOKED, 0);
    assert_verdict(verify(REVOCATION_SOFT, &of_middle, 1, NULL), R_CERT_REVOKED, 0);
}

static void without_a_list_hard_fails_and_soft_says_so(void **state)
{
    (void)state;
    /* Bug class 127. */
    build(NULL, NULL);
    span of_root = test_crl((struct test_crl_spec){0}, root);
    span of_middle = test_crl((struct test_crl_spec){0}, middle);
    assert_verdict(verify(REVOCATION_HARD, NULL, 0, NULL), R_CRL_MISSING, 1);
    assert_verdict(verify(REVOCATION_HARD, &of_root, 1, NULL), R_CRL_MISSING, 0);
    assert_verdict(verify(REVOCATION_HARD, &of_middle, 1, NULL), R_CRL_MISSING, 1);
    struct test_verdict soft = verify(REVOCATION_SOFT, &of_root, 1, NULL);
    assert_verdict(soft, R_NONE, 0);
    assert_int_equal(soft.unchecked, R_CRL_MISSING);
    span both[] = {of_root, of_middle};
    assert_int_equal(verify(REVOCATION_SOFT, both, 2, NULL).unchecked, R_NONE);
}

static void lists_are_current(void **state)
{
    (void)state;
    build(NULL, NULL);
    assert_verdict(hard((struct test_crl_spec){.next_update = TEST_NOW}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){.this_update = TEST_NOW}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){.next_update = TEST_NOW - 1}), R_CRL_EXPIRED, 0);
    assert_verdict(hard((struct test_crl_spec){.this_update = TEST_NOW + 1}), R_CRL_EXPIRED, 0);
    /* Revoked is revoked. */
    assert_verdict(hard((struct test_crl_spec){.next_update = TEST_NOW - 1, .revoked = {"03"}}),
                   R_CERT_REVOKED, 0);
    assert_verdict(hard((struct test_crl_spec){.next_update = -1}), R_CRL_MALFORMED, -1);
}

static void lists_are_signed_by_their_authority(void **state)
{
    (void)state;
    build(NULL, NULL);
    assert_verdict(hard((struct test_crl_spec){.forged = true}), R_CRL_BAD_SIGNATURE, 0);
    /* A forged list revokes nobody. */
    assert_verdict(hard((struct test_crl_spec){.forged = true, .revoked = {"03"}}),
                   R_CRL_BAD_SIGNATURE, 0);
    assert_verdict(hard((struct test_crl_spec){.signed_by = leaf}), R_CRL_BAD_SIGNATURE, 0);
    assert_verdict(hard((struct test_crl_spec){.digest = "SHA1"}), R_CRL_BAD_SIGNATURE, 0);
    /* Another authority of the same name. */
    struct test_cert_spec twin = {.cn = "middle", .key_no = 9, .ca = true};
    assert_verdict(hard((struct test_crl_spec){.signed_by = test_cert(twin, NULL)}),
                   R_CRL_BAD_SIGNATURE, 0);
    build("critical,keyCertSign", NULL);
    assert_verdict(hard((struct test_crl_spec){0}), R_CRL_BAD_SIGNATURE, 0);
}

static void an_authority_may_have_another_key_for_lists(void **state)
{
    (void)state;
    build("critical,keyCertSign", NULL);
    struct test_cert_spec spec = {
        .cn = "middle", .key_no = 4, .ku = "critical,cRLSign", .serial = "04"};
    const struct test_cert *signer = test_cert(spec, root);
    span crls[] = {test_crl((struct test_crl_spec){0}, root),
                   test_crl((struct test_crl_spec){.signed_by = signer}, middle)};
    assert_verdict(verify(REVOCATION_HARD, crls, 2, signer), R_NONE, 0);
    assert_verdict(verify(REVOCATION_HARD, crls, 2, NULL), R_CRL_BAD_SIGNATURE, 0);
    /* It must say that it may, be valid, be vouched for, and not be revoked itself. */
    struct test_cert_spec bad = spec;
    bad.ku = "critical,digitalSignature";
    assert_verdict(verify(REVOCATION_HARD, crls, 2, test_cert(bad, root)), R_CRL_BAD_SIGNATURE, 0);
    bad = spec;
    bad.ku = "";
    assert_verdict(verify(REVOCATION_HARD, crls, 2, test_cert(bad, root)), R_CRL_BAD_SIGNATURE, 0);
    bad = spec;
    bad.not_after = TEST_NOW - 1;
    assert_verdict(verify(REVOCATION_HARD, crls, 2, test_cert(bad, root)), R_CRL_BAD_SIGNATURE, 0);
    assert_verdict(verify(REVOCATION_HARD, crls, 2, test_cert(spec, NULL)), R_CRL_BAD_SIGNATURE, 0);
    bad = spec;
    bad.forged = true;
    assert_verdict(verify(REVOCATION_HARD, crls, 2, test_cert(bad, root)), R_CRL_BAD_SIGNATURE, 0);
    crls[0] = test_crl((struct test_crl_spec){.revoked = {"04"}}, root);
    assert_verdict(verify(REVOCATION_HARD, crls, 2, signer), R_CRL_BAD_SIGNATURE, 0);
    /* Who is revoked revokes nobody. */
    crls[1] = test_crl((struct test_crl_spec){.signed_by = signer, .revoked = {"03"}}, middle);
    assert_verdict(verify(REVOCATION_SOFT, crls, 2, signer), R_NONE, 0);
    /* Soft asks of the signer what it asks of all: that no list names it. */
    assert_verdict(verify(REVOCATION_SOFT, crls + 1, 1, signer), R_CERT_REVOKED, 0);
    assert_verdict(verify(REVOCATION_HARD, crls + 1, 1, signer), R_CRL_MISSING, 1);
}

#define IDP(value) .exts = {{"2.5.29.28", true, "30{" value "}"}}
#define FULL(uri) "a0{a0{86{'" uri "'}}}"

static void partitions_cover_what_they_name(void **state)
{
    (void)state;
    /* Bug class 126: every point of the certificate against every name of the list. */
    build(NULL, "URI:http://a.test/1,URI:http://a.test/2");
    assert_verdict(hard((struct test_crl_spec){IDP(FULL("http://a.test/1"))}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){IDP(FULL("http://a.test/2"))}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){IDP("a0{a0{86{'http://b'}86{'http://a.test/2'}}}")}),
                   R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){IDP(FULL("http://a.test/3"))}), R_CRL_MISSING, 0);
    /* One that is not the certificate's revokes it neither. */
    assert_verdict(hard((struct test_crl_spec){IDP(FULL("http://a.test/3")), .revoked = {"03"}}),
                   R_CRL_MISSING, 0);
    assert_verdict(hard((struct test_crl_spec){0}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){IDP("8101ff")}), R_NONE, 0);
    assert_verdict(hard((struct test_crl_spec){IDP("8201ff")}), R_CRL_MISSING, 0);
    assert_verdict(hard((struct test_crl_spec){IDP("8501ff")}), R_CRL_MISSING, 0);
    build(NULL, NULL);
    assert_verdict(hard((struct test_crl_spec){IDP(FULL("http://a.test/1"))}), R_CRL_MISSING, 0);
    assert_verdict(
        hard((struct test_crl_spec){IDP("a0{a0{a4{30{31{30{06{550403}0c{'middle'}}}}}}}")}), R_NONE,
        0);
}

static void all_reasons_have_to_be_covered(void **state)
{
    (void)state;
    build(NULL, NULL);
    span crls[] = {
        test_crl((struct test_crl_spec){0}, root),
        test_crl((struct test_crl_spec){IDP("83{0560}")}, middle),   /* the first two */
        test_crl((struct test_crl_spec){IDP("83{071f80}")}, middle), /* the others    */
        test_crl((struct test_crl_spec){IDP("83{0560}"), .revoked = {"03"}}, middle),
    };
    assert_verdict(verify(REVOCATION_HARD, crls, 2, NULL), R_CRL_MISSING, 0);
    assert_verdict(verify(REVOCATION_HARD, crls, 3, NULL), R_NONE, 0);
    assert_verdict(verify(REVOCATION_HARD, crls, 4, NULL), R_CERT_REVOKED, 0);
}

static void what_is_not_processed_is_refused_when_it_is_loaded(void **state)
{
    (void)state;
    /* Bug class 116, on lists and on their entries. */
    build(NULL, NULL);
    struct test_crl_spec spec = {.exts = {{"2.5.29.27", true, "02{01}"}}};
    assert_verdict(hard(spec), R_CRL_DELTA, -1);
    assert_verdict(hard((struct test_crl_spec){IDP("8401ff")}), R_CRL_INDIRECT, -1);
    spec.exts[0] = (struct test_crl_ext){"1.2.3", true, "0500"};
    assert_verdict(hard(spec), R_CRL_UNKNOWN_CRITICAL, -1);
    spec.exts[0].critical = false;
    assert_verdict(hard(spec), R_NONE, 0);
    spec.exts[1] = spec.exts[0];
    assert_verdict(hard(spec), R_CRL_MALFORMED, -1);
    spec = (struct test_crl_spec){.revoked = {"05"}, .entry = {"1.2.3", true, "0500"}};
    assert_verdict(hard(spec), R_CRL_UNKNOWN_CRITICAL, -1);
    spec.entry = (struct test_crl_ext){"2.5.29.29", true, "30{}"};
    assert_verdict(hard(spec), R_CRL_INDIRECT, -1);
    spec.entry = (struct test_crl_ext){"2.5.29.21", false, "0a{01}"};
    assert_verdict(hard(spec), R_NONE, 0);
    spec.entry.value = "0a{07}";
    assert_verdict(hard(spec), R_CRL_MALFORMED, -1);
}

static void signatures_of_lists_are_paid_for(void **state)
{
    (void)state;
    /* Bug class 113: a hundred lists that are signed by nobody. */
    enum { MANY = 110 };
    span crls[MANY];
    build(NULL, NULL);
    for (unsigned i = 0; i < MANY; i++) /* each another one: equal ones are taken once */
        crls[i] = test_crl(
            (struct test_crl_spec){.revoked = {test_text("1%02X", i)}, .forged = true}, root);
    assert_verdict(verify(REVOCATION_HARD, crls, MANY, NULL), R_CERT_BUDGET_SIGNATURES, -1);
}

static void a_text_is_added_whole_or_not_at_all(void **state)
{
    (void)state;
    build(NULL, NULL);
    span good = test_crl((struct test_crl_spec){0}, root);
    span bad = test_crl((struct test_crl_spec){.next_update = -1}, root);
    const char *both = test_text("%.*s%.*s", (int)good.n, good.p, (int)bad.n, bad.p);
    tacit_error error = {0};
    tacit_trust *trust = tacit_trust_new(test_env(), &error);
    assert_false(tacit_trust_add_crl_pem(trust, span_str(both), &error));
    assert_string_equal(error.name, "CRL_MALFORMED");
    assert_false(tacit_trust_add_crl_pem(trust, span_str("nothing"), &error));
    assert_string_equal(error.name, "PEM_NO_CRL");
    assert_false(tacit_trust_add_crl_file(trust, "/nonexistent", &error));
    assert_string_equal(error.name, "FILE_UNREADABLE");
    assert_true(tacit_trust_add_crl_pem(trust, good, &error));
    trust_seal(trust);
    assert_false(tacit_trust_add_crl_pem(trust, good, &error));
    assert_string_equal(error.name, "TRUST_SEALED");
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_below_the_anchor_is_asked),
        cmocka_unit_test(without_a_list_hard_fails_and_soft_says_so),
        cmocka_unit_test(lists_are_current),
        cmocka_unit_test(lists_are_signed_by_their_authority),
        cmocka_unit_test(an_authority_may_have_another_key_for_lists),
        cmocka_unit_test(partitions_cover_what_they_name),
        cmocka_unit_test(all_reasons_have_to_be_covered),
        cmocka_unit_test(what_is_not_processed_is_refused_when_it_is_loaded),
        cmocka_unit_test(signatures_of_lists_are_paid_for),
        cmocka_unit_test(a_text_is_added_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
