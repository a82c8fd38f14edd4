/* What verifying may cost, each price alone: dear signatures, whole paths, names, distribution
 * points, entries of responses, and lists that are signed by strangers (bug classes 112, 113). */
#include "x509/report.h"

#include "asn1.h"
#include "certs.h"
#include "crls.h"
#include "crypto/env.h"
#include "ocsps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 64 };

static const struct test_cert *ca(const char *cn, enum made_key key, unsigned key_no,
                                  const struct test_cert *issuer)
{
    struct test_cert_spec spec = {.cn = cn, .key = key, .key_no = key_no, .ca = true};
    return test_cert(spec, issuer);
}

static const struct test_cert *leaf_of(const struct test_cert *issuer)
{
    return test_cert((struct test_cert_spec){.cn = "leaf", .key_no = 1, .san = "DNS:a.test"},
                     issuer);
}

static struct test_verdict verify(const struct test_cert *root, const struct test_cert *const *all,
                                  size_t n, enum revocation mode, const span *crls, size_t n_crls)
{
    return test_verify((struct test_verify){.anchors = test_chain_pem(&root, 1),
                                            .chain = test_chain_pem(all, n),
                                            .revocation = mode,
                                            .crls = crls,
                                            .n_crls = n_crls});
}

/* Two levels of eight: 8 + 64 signatures, and no anchor above them, but so many that bear its name
 * and key, and are no authority. */
static struct test_verdict two_levels(enum made_key key, size_t impostors)
{
    enum { WIDTH = 8 };
    const struct test_cert *chain[1 + 2 * WIDTH + MANY], *above = ca("top", key, 0, NULL);
    size_t n = 1 + 2 * WIDTH;
    for (size_t i = 0; i < impostors; i++)
        chain[n++] = test_cert((struct test_cert_spec){.cn = "top", .key = key}, above);
    for (size_t level = 0; level < 2; level++) {
        for (size_t i = 0; i < WIDTH; i++)
            chain[1 + level * WIDTH + i] = ca(level ? "lower" : "upper", key, 0, above);
        above = chain[1 + level * WIDTH];
    }
    chain[0] = leaf_of(above);
    return verify(ca("root", MADE_P256, 9, NULL), chain, n, REVOCATION_OFF, NULL, 0);
}

static void dear_signatures_cost_double(void **state)
{
    (void)state;
    assert_verdict(two_levels(MADE_P256, 0), R_CERT_NO_ISSUER, 2);
    assert_verdict(two_levels(MADE_RSA, 0), R_CERT_NO_ISSUER, 2);
    assert_verdict(two_levels(MADE_P384, 0), R_CERT_BUDGET_SIGNATURES, -1);
    assert_verdict(two_levels(MADE_P521, 0), R_CERT_BUDGET_SIGNATURES, -1);
}

static void candidates_are_counted(void **state)
{
    (void)state;
    assert_verdict(two_levels(MADE_P256, 20), R_CERT_NOT_CA, 3);
    assert_verdict(two_levels(MADE_P256, 40), R_CERT_BUDGET_CANDIDATES, -1);
}

/* Every path meets the anchor and is asked about revocation, of which nothing is known. */
static void whole_paths_are_counted(void **state)
{
    (void)state;
    enum { WHOLES = 16 };
    const struct test_cert *root = ca("root", MADE_P256, 2, NULL), *chain[WHOLES + 2];
    for (size_t i = 1; i < WHOLES + 2; i++)
        chain[i] = ca("middle", MADE_P256, 3, root);
    chain[0] = leaf_of(chain[1]);
    assert_verdict(verify(root, chain, WHOLES + 1, REVOCATION_HARD, NULL, 0), R_CRL_MISSING, 1);
    assert_verdict(verify(root, chain, WHOLES + 2, REVOCATION_HARD, NULL, 0), R_CERT_BUDGET_PATHS,
                   -1);
}

/* chain_of is a leaf and candidates that have its issuer's name, but for the last letter. */
static struct chain *chain_of(size_t candidates, size_t letters)
{
    static const uint8_t serial[] = {1};
    char *text = calloc(1, letters + 1);
    struct chain *chain = calloc(1, sizeof *chain + (candidates + 1) * sizeof chain->certs[0]);
    assert_true(text && chain);
    memset(text, 'a', letters);
    span issuer = asn1(test_text("30{31{30{06{550403}0c{'%s'}}}}", text));
    text[0] = 'A';
    text[letters - 1] = 'b';
    span other = asn1(test_text("30{31{30{06{550403}0c{'%s'}}}}", text));
    *chain = (struct chain){.hooks = &test_env()->hooks, .n = candidates + 1};
    for (size_t i = 0; i <= candidates; i++)
        chain->certs[i] = (struct cert){.serial = {serial, 1},
                                        .issuer = issuer,
                                        .subject = i ? other : asn1("30{31{30{06{550403}0c{}}}}"),
                                        .not_after = TEST_NOW,
                                        .key.type = KEY_EC_P256};
    free(text);
    return chain;
}

static enum reason verify_names(size_t candidates, size_t letters)
{
    tacit_error error;
    struct err err = {.depth = -1};
    struct path path;
    struct chain *chain = chain_of(candidates, letters);
    tacit_trust *trust = tacit_trust_new(test_env(), &error);
    struct verify v = {.hooks = chain->hooks, .trust = trust, .now = TEST_NOW};
    assert_false(x509_verify(&v, chain, &path, &err));
    report_free(chain->report);
    tacit_trust_free(trust);
    free(chain);
    return (enum reason)err.reason;
}

static void names_are_paid_for(void **state)
{
    (void)state;
    assert_int_equal(verify_names(MANY - 1, 60), R_CERT_NO_ISSUER);
    assert_int_equal(verify_names(MANY - 1, 60000), R_CERT_NO_ISSUER);
    assert_int_equal(verify_names(MANY - 1, 90000), R_CERT_BUDGET_COMPARISONS);
}

/* ---- revocation ------------------------------------------------------------------------------ */

/* A certificate with 78,000 bytes of distribution points, none of them a list's. */
static void points_are_paid_for(void **state)
{
    (void)state;
    enum { POINTS = 3000, LISTS = 300 };
    span crls[LISTS];
    const struct test_cert *root = ca("root", MADE_P256, 2, NULL);
    span point = asn1("30{a0{a0{86{'http://a.test/list'}}}}");
    char *hex = calloc(1, 32 + 2 * POINTS * point.n);
    assert_non_null(hex);
    int at = sprintf(hex, "DER:3083%06zx", POINTS * point.n);
    for (size_t i = 0; i < POINTS * point.n; i++)
        at += sprintf(hex + at, "%02x", point.p[i % point.n]);
    struct test_cert_spec spec = {
        .cn = "leaf", .key_no = 1, .more = {{"crlDistributionPoints", hex}}};
    const struct test_cert *leaf = test_cert(spec, root);
    free(hex);
    for (size_t i = 0; i < LISTS; i++)
        crls[i] = test_crl(
            (struct test_crl_spec){.exts = {{"2.5.29.28", true, "30{a0{a0{86{'http://b.test'}}}}"}},
                                   .revoked = {test_text("%04zx", i + 1)}},
            root);
    assert_verdict(verify(root, &leaf, 1, REVOCATION_HARD, crls, 100), R_CRL_MISSING, 0);
    assert_verdict(verify(root, &leaf, 1, REVOCATION_HARD, crls, LISTS), R_CERT_BUDGET_COMPARISONS,
                   -1);
}

/* A list may be long, so a stranger's certificate has to be the authority's before the list is held
 * against its key. These have dear keys: asked first, they would have cost too much. */
static void a_key_for_lists_is_vouched_for_first(void **state)
{
    (void)state;
    enum { STRANGERS = 31 }; /* as issuers of the leaf they cost two each already */
    const struct test_cert *root = ca("root", MADE_P256, 2, NULL), *chain[STRANGERS];
    struct test_cert_spec spec = {
        .cn = "root", .key = MADE_P384, .ku = "critical,cRLSign", .forged = true};
    chain[0] = leaf_of(root);
    for (size_t i = 1; i < STRANGERS; i++)
        chain[i] = test_cert(spec, root);
    span forged = test_crl((struct test_crl_spec){.forged = true}, root);
    assert_verdict(verify(root, chain, STRANGERS, REVOCATION_HARD, &forged, 1), R_CRL_BAD_SIGNATURE,
                   0);
}

/* Each entry of a response may want digests. */
static void entries_are_paid_for(void **state)
{
    (void)state;
    enum { RESPONSES = 40000, FEW = 1000 };
    const struct test_cert *root = ca("root", MADE_P256, 2, NULL), *leaf = leaf_of(root);
    span *responses = calloc(RESPONSES, sizeof *responses);
    assert_non_null(responses);
    struct test_ocsp_spec spec = {.n_singles = 4};
    responses[0] = test_ocsp(spec, leaf_of(root), root);
    for (size_t i = 1; i < RESPONSES; i++)
        responses[i] = responses[0];
    struct test_verify v = {.anchors = test_chain_pem(&root, 1),
                            .chain = test_chain_pem(&leaf, 1),
                            .revocation = REVOCATION_HARD,
                            .responses = responses,
                            .n_responses = FEW};
    assert_verdict(test_verify(v), R_CRL_MISSING, 0);
    v.n_responses = RESPONSES;
    assert_verdict(test_verify(v), R_CERT_BUDGET_COMPARISONS, -1);
    free(responses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dear_signatures_cost_double),
        cmocka_unit_test(candidates_are_counted),
        cmocka_unit_test(whole_paths_are_counted),
        cmocka_unit_test(names_are_paid_for),
        cmocka_unit_test(points_are_paid_for),
        cmocka_unit_test(a_key_for_lists_is_vouched_for_first),
        cmocka_unit_test(entries_are_paid_for),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
