/* The public question of <tacit/verify.h>: what it asks of its caller, and that it answers as the
 * validator does. */
#include "crls.h"
#include "ocsps.h"

#include <tacit/verify.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *leaf;
static tacit_trust *trust;

static int begin(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .key_no = 1, .ca = true}, NULL);
    struct test_cert_spec spec = {.cn = "leaf", .san = "DNS:b.test,DNS:a.test"};
    spec.more[0][0] = "certificatePolicies";
    spec.more[0][1] = "1.2.840.1";
    leaf = test_cert(spec, root);
    trust = tacit_trust_new(test_env(), NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    return 0;
}

static int end(void **state)
{
    tacit_trust_free(trust);
    return test_certs_end(state);
}

static tacit_verify_options usual(void)
{
    return (tacit_verify_options){
        .size = sizeof(tacit_verify_options),
        .chain = span_str(test_chain_pem(&leaf, 1)),
        .trust = trust,
        .time = TEST_NOW,
    };
}

/* assert_said: NULL for yes, otherwise the reason's name; `put`: was the question understood? */
static void assert_said(tacit_verify_options o, const char *reason, bool put)
{
    tacit_error error = {0};
    tacit_verdict *verdict = NULL;
    bool yes = tacit_verify(test_env(), &verdict, &o, &error);
    if (yes != !reason || (reason && strcmp(error.name, reason) != 0))
        fail_msg("expected %s, found %s", reason ? reason : "yes", yes ? "yes" : error.name);
    assert_int_equal(verdict != NULL, put);
    tacit_verdict_free(verdict);
    assert_int_equal(tacit_verify(test_env(), NULL, &o, NULL), yes);
}

static void the_validator_answers(void **state)
{
    (void)state;
    assert_said(usual(), NULL, true);
    tacit_verify_options o = usual();
    o.name = "a.test";
    assert_said(o, NULL, true);
    o.name = "c.test";
    assert_said(o, "CERT_NAME_MISMATCH", true);
    o = usual();
    o.time = TEST_NOT_AFTER + 1;
    assert_said(o, "CERT_EXPIRED", true);
    o = usual();
    o.revocation = TACIT_REVOCATION_HARD;
    assert_said(o, "CRL_MISSING", true);
    o = usual();
    o.chain = span_str(test_chain_pem(&root, 1));
    o.purpose = TACIT_PURPOSE_CLIENT;
    assert_said(o, "CERT_KEY_USAGE", true);
}

static void a_question_at_fault_has_no_verdict(void **state)
{
    (void)state;
    tacit_verify_options o = usual();
    o.size--;
    assert_said(o, "OPTIONS_SIZE", false);
    o = usual();
    o.trust = NULL; /* never every public authority by accident */
    assert_said(o, "NO_TRUST", false);
    o = usual();
    o.chain = span_str("");
    assert_said(o, "PEM_NO_CERTIFICATE", false);
    o = usual();
    o.name = "a b";
    assert_said(o, "BAD_SERVER_NAME", false);
    o = usual();
    o.purpose = TACIT_PURPOSE_CLIENT + 1;
    assert_said(o, "BAD_PURPOSE_OPTION", false);
    o = usual();
    o.revocation = TACIT_REVOCATION_HARD + 1;
    assert_said(o, "BAD_REVOCATION_OPTION", false);
}

static void policies_are_written_with_dots(void **state)
{
    (void)state;
    const char *policy = "1.2.840.1";
    tacit_verify_options o = usual();
    o.explicit_policy = true;
    assert_said(o, NULL, true);
    o.explicit_policy = false;
    o.policies = &policy;
    o.n_policies = 1;
    assert_said(o, NULL, true);
    static const char *const others[] = {"1.2.840.2", "1.2.840.1.0", "2.999.3",    "0.0",
                                         "2.5.29.9",  "1.2.16384",   "1.2.2097152"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        policy = others[i];
        assert_said(o, "CERT_POLICY", true);
    }
    static const char *const bad[] = {"",       "1",    "1.",     ".1",    "3.1",
                                      "1.40",   "1.2.", "1.2.03", "1.2.x", "1.2.268435456",
                                      "1.2.-1", " 1.2", "1..2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        policy = bad[i];
        assert_said(o, "BAD_POLICY_OPTION", false);
    }
    o.n_policies = 33;
    assert_said(o, "BAD_POLICY_OPTION", false);
}

static void responses_are_asked(void **state)
{
    (void)state;
    tacit_verify_options o = usual();
    span response = test_ocsp((struct test_ocsp_spec){0}, leaf, root), damaged = span_str("none");
    o.revocation = TACIT_REVOCATION_HARD;
    assert_said(o, "CRL_MISSING", true);
    o.ocsp = &response;
    o.n_ocsp = 1;
    assert_said(o, NULL, true);
    response =
        test_ocsp((struct test_ocsp_spec){.singles = {{.status = TEST_OCSP_REVOKED}}}, leaf, root);
    assert_said(o, "CERT_REVOKED", true);
    o.ocsp = &damaged;
    assert_said(o, "OCSP_UNREADABLE", false);
}

static void the_path_is_described(void **state)
{
    (void)state;
    tacit_verify_options o = usual();
    tacit_verdict *verdict;
    tacit_cert_info info = {.size = sizeof info};
    o.name = "a.test";
    o.revocation = TACIT_REVOCATION_SOFT;
    assert_true(tacit_verify(test_env(), &verdict, &o, NULL));
    assert_true(tacit_verdict_revocation_unknown(verdict));
    assert_true(tacit_verdict_cert(verdict, 0, &info));
    assert_string_equal(info.name, "a.test");
    assert_string_equal(info.subject, "CN=leaf");
    tacit_span der;
    tacit_name_kind kind = TACIT_NAME_URI;
    char name[16];
    assert_true(tacit_verdict_der(verdict, 0, &der));
    assert_true(span_eq(der, test_cert_der(leaf)));
    assert_true(tacit_verdict_der(verdict, 1, &der));
    assert_true(span_eq(der, test_cert_der(root)));
    assert_false(tacit_verdict_der(verdict, 2, &der));
    assert_true(tacit_verdict_name(verdict, 0, 1, &kind, name, sizeof name));
    assert_string_equal(name, "a.test");
    assert_int_equal(kind, TACIT_NAME_DNS);
    assert_false(tacit_verdict_name(verdict, 0, 2, &kind, name, sizeof name));
    assert_false(tacit_verdict_name(verdict, 1, 0, &kind, name, sizeof name));
    assert_false(tacit_verdict_name(verdict, 2, 0, &kind, name, sizeof name));
    assert_true(tacit_verdict_cert(verdict, 1, &info));
    assert_string_equal(info.subject, "CN=root");
    assert_false(tacit_verdict_cert(verdict, 2, &info));
    info.size--;
    assert_false(tacit_verdict_cert(verdict, 0, &info));
    tacit_verdict_free(verdict);
    tacit_verdict_free(NULL);
    o.revocation = TACIT_REVOCATION_OFF;
    assert_true(tacit_verify(test_env(), &verdict, &o, NULL));
    assert_false(tacit_verdict_revocation_unknown(verdict));
    tacit_verdict_free(verdict);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 25 };

/* struct seat is a thread's own question about what all share. */
struct seat {
    tacit_env *env;
    tacit_verify_options o;
    const char *reason; /* NULL: yes */
    size_t wrong;
};

static void *ask_again(void *user)
{
    struct seat *seat = user;
    for (size_t i = 0; i < ROUNDS; i++) {
        tacit_error error = {0};
        tacit_verdict *verdict = NULL;
        char text[4096];
        bool yes = tacit_verify(seat->env, &verdict, &seat->o, &error);
        seat->wrong += yes != !seat->reason || (!yes && strcmp(error.name, seat->reason) != 0)
                       || !tacit_report_text(tacit_verdict_report(verdict), text, sizeof text);
        tacit_verdict_free(verdict);
    }
    return NULL;
}

/* fill makes the leaves of an authority, one for each thread; of each four, one is good, one
 * revoked, one expired and one forged. */
static void fill(struct seat seats[THREADS], const struct test_cert *ca)
{
    static const char *const reasons[] = {NULL, "CERT_REVOKED", "CERT_EXPIRED",
                                          "CERT_BAD_SIGNATURE"};
    for (size_t i = 0; i < THREADS; i++) {
        struct test_cert_spec spec = {.cn = "leaf", .san = "DNS:a.test"};
        spec.serial = test_text("%02zx", 0x20 + i);
        spec.not_after = i % 4 == 2 ? TEST_NOW - 1 : 0;
        spec.forged = i % 4 == 3;
        const struct test_cert *chain[] = {test_cert(spec, ca), ca};
        seats[i].o = usual();
        seats[i].o.chain = span_str(test_chain_pem(chain, 2));
        seats[i].o.revocation = TACIT_REVOCATION_HARD;
        seats[i].reason = reasons[i % 4];
    }
}

/* The first to ask seals it while the others ask. */
static void threads_share_one_trust(void **state)
{
    (void)state;
    struct seat seats[THREADS] = {0};
    pthread_t threads[THREADS];
    tacit_env *env = tacit_env_new(
        &(tacit_env_options){.size = sizeof(tacit_env_options), .signature_cache = 8}, NULL);
    const struct test_cert *ca =
        test_cert((struct test_cert_spec){.cn = "ca", .key_no = 5, .ca = true}, root);
    tacit_trust *common = tacit_trust_new(env, NULL);
    struct test_crl_spec gone = {.revoked = {"21", "25"}};
    assert_true(tacit_trust_add_pem(common, span_str(test_chain_pem(&root, 1)), NULL));
    assert_true(tacit_trust_add_crl_pem(common, test_crl((struct test_crl_spec){0}, root), NULL));
    assert_true(tacit_trust_add_crl_pem(common, test_crl(gone, ca), NULL));
    fill(seats, ca);
    for (size_t i = 0; i < THREADS; i++) {
        seats[i].env = env;
        seats[i].o.trust = common;
        assert_int_equal(pthread_create(&threads[i], NULL, ask_again, &seats[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(seats[i].wrong, 0);
    }
    tacit_trust_free(common);
    tacit_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_validator_answers),
        cmocka_unit_test(a_question_at_fault_has_no_verdict),
        cmocka_unit_test(policies_are_written_with_dots),
        cmocka_unit_test(responses_are_asked),
        cmocka_unit_test(the_path_is_described),
        cmocka_unit_test(threads_share_one_trust),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
