/* Lists and responses together (RFC 5280 6.3, RFC 6960, RFC 7633): either is enough, either may
 * revoke, and what a certificate promises has to come with it (bug classes 82, 113, 127). */
#include "crls.h"
#include "ocsps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *middle, *leaf;

/* build makes root, middle and leaf (01, 02, 03), with TLS features. */
static void build(const char *leaf_features, const char *middle_features)
{
    struct test_cert_spec spec = {.cn = "root", .key_no = 1, .ca = true, .serial = "01"};
    root = test_cert(spec, NULL);
    spec = (struct test_cert_spec){.cn = "middle", .key_no = 2, .ca = true, .serial = "02"};
    if (middle_features)
        memcpy(spec.more[0], (const char *[]){"tlsfeature", middle_features}, sizeof spec.more[0]);
    middle = test_cert(spec, root);
    spec = (struct test_cert_spec){.cn = "leaf", .key_no = 3, .serial = "03"};
    if (leaf_features)
        memcpy(spec.more[0], (const char *[]){"tlsfeature", leaf_features}, sizeof spec.more[0]);
    leaf = test_cert(spec, middle);
}

static int plain(void **state)
{
    (void)state;
    build(NULL, NULL);
    return 0;
}

static struct test_verdict ask(struct test_verify v)
{
    const struct test_cert *chain[] = {leaf, middle};
    v.anchors = test_chain_pem(&root, 1);
    v.chain = test_chain_pem(chain, 2);
    return test_verify(v);
}

/* answered verifies with a response of the middle's about the leaf. */
static struct test_verdict answered(struct test_ocsp_spec spec, enum revocation mode)
{
    return ask((struct test_verify){.staple = test_ocsp(spec, leaf, middle), .revocation = mode});
}

#define SINGLE(...) .singles = {{__VA_ARGS__}}

static void a_staple_counts_as_a_list_does(void **state)
{
    (void)state;
    span of_root = test_crl((struct test_crl_spec){0}, root);
    struct test_verify v = {
        .staple = test_ocsp((struct test_ocsp_spec){0}, leaf, middle),
        .revocation = REVOCATION_HARD,
        .crls = &of_root,
        .n_crls = 1,
    };
    assert_verdict(ask(v), R_NONE, 0);
    v.n_crls = 0;
    assert_verdict(ask(v), R_CRL_MISSING, 1);
    span both[] = {of_root, test_crl((struct test_crl_spec){.revoked = {"03"}}, middle)};
    v.crls = both;
    v.n_crls = 2;
    assert_verdict(ask(v), R_CERT_REVOKED, 0);
    /* What the list says is not needed twice, but what the staple says is heard. */
    both[1] = test_crl((struct test_crl_spec){0}, middle);
    v.staple =
        test_ocsp((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED)}, leaf, middle);
    assert_verdict(ask(v), R_CERT_REVOKED, 0);
}

static void revoked_is_revoked_in_every_mode(void **state)
{
    (void)state;
    assert_verdict(
        answered((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED)}, REVOCATION_OFF),
        R_CERT_REVOKED, 0);
    assert_verdict(
        answered((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED)}, REVOCATION_SOFT),
        R_CERT_REVOKED, 0);
    /* However old the word is. */
    assert_verdict(answered((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED,
                                                           .this_update = TEST_NOW - 9000,
                                                           .next_update = TEST_NOW - 8000)},
                            REVOCATION_OFF),
                   R_CERT_REVOKED, 0);
    /* A forged one revokes nobody, but it is no staple either. */
    assert_verdict(
        answered((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED), .forged = true},
                 REVOCATION_OFF),
        R_OCSP_NOT_AUTHENTIC, 0);
}

static void a_promise_is_held_against_the_server(void **state)
{
    (void)state;
    /* Bug class 82: must-staple. */
    static const char *const features[][2] = {
        {"status_request", NULL}, {"17,5", NULL}, {NULL, "status_request"}};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        build(features[i][0], features[i][1]);
        struct test_verify v = {.stapling = STAPLE_ASKED};
        assert_verdict(ask(v), R_STAPLE_MISSING, 0);
        v.staple = test_ocsp((struct test_ocsp_spec){0}, leaf, middle);
        assert_verdict(ask(v), R_NONE, 0);
        v.staple =
            test_ocsp((struct test_ocsp_spec){SINGLE(.next_update = TEST_NOW - 1)}, leaf, middle);
        assert_verdict(ask(v), R_OCSP_NOT_CURRENT, 0);
        /* Nobody could have sent one. */
        assert_verdict(ask((struct test_verify){0}), R_NONE, 0);
        /* A list does not keep the promise, nor a response that did not come with it. */
        span lists[] = {test_crl((struct test_crl_spec){0}, root),
                        test_crl((struct test_crl_spec){0}, middle)};
        v = (struct test_verify){
            .stapling = STAPLE_ASKED, .revocation = REVOCATION_HARD, .crls = lists, .n_crls = 2};
        assert_verdict(ask(v), R_STAPLE_MISSING, 0);
    }
    build("17", NULL);
    assert_verdict(ask((struct test_verify){.stapling = STAPLE_ASKED}), R_NONE, 0);
    assert_verdict(ask((struct test_verify){.stapling = STAPLE_REQUIRED}), R_STAPLE_MISSING, 0);
}

static void loaded_responses_are_asked_as_lists_are(void **state)
{
    (void)state;
    span of_middle = test_ocsp((struct test_ocsp_spec){0}, leaf, middle);
    span of_root = test_ocsp((struct test_ocsp_spec){0}, middle, root);
    span both[] = {of_root, of_middle, {0}};
    struct test_verify v = {.revocation = REVOCATION_HARD, .responses = both, .n_responses = 2};
    assert_verdict(ask(v), R_NONE, 0);
    assert_false(ask(v).stapled);
    v.n_responses = 1;
    assert_verdict(ask(v), R_CRL_MISSING, 0);
    static const struct {
        struct test_ocsp_spec spec;
        enum reason reason;
    } rows[] = {
        {{SINGLE(.status = TEST_OCSP_UNKNOWN)}, R_OCSP_UNKNOWN_CERT},
        {{SINGLE(.next_update = TEST_NOW - 1)}, R_OCSP_NOT_CURRENT},
        {{.forged = true}, R_OCSP_NOT_AUTHENTIC},
        {{.unsuccessful = 3}, R_OCSP_NOT_SUCCESSFUL},
        {{SINGLE(.status = TEST_OCSP_REVOKED)}, R_CERT_REVOKED},
    };
    v.n_responses = 2;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        both[1] = test_ocsp(rows[i].spec, leaf, middle);
        assert_verdict(ask(v), rows[i].reason, 0);
    }
    /* Revoked is the last word, whoever else says otherwise. */
    both[2] = of_middle;
    v.n_responses = 3;
    assert_verdict(ask(v), R_CERT_REVOKED, 0);
    both[1] = test_ocsp((struct test_ocsp_spec){.forged = true}, leaf, middle);
    assert_verdict(ask(v), R_NONE, 0);
    both[0] = test_ocsp((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_REVOKED)}, middle, root);
    assert_verdict(ask(v), R_CERT_REVOKED, 1);
    v.revocation = REVOCATION_OFF;
    assert_verdict(ask(v), R_NONE, 0);
}

static void signatures_of_responses_are_paid_for(void **state)
{
    (void)state;
    /* Bug class 113. */
    enum { MANY = 110 };
    span many[MANY];
    span forged = test_ocsp((struct test_ocsp_spec){.forged = true}, middle, root);
    for (size_t i = 0; i < MANY; i++)
        many[i] = forged;
    struct test_verify v = {.revocation = REVOCATION_SOFT, .responses = many, .n_responses = MANY};
    assert_verdict(ask(v), R_CERT_BUDGET_SIGNATURES, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_staple_counts_as_a_list_does, plain),
        cmocka_unit_test_setup(revoked_is_revoked_in_every_mode, plain),
        cmocka_unit_test_setup(a_promise_is_held_against_the_server, plain),
        cmocka_unit_test_setup(loaded_responses_are_asked_as_lists_are, plain),
        cmocka_unit_test_setup(signatures_of_responses_are_paid_for, plain),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
