/* Revocation lists and OCSP responses by themselves: who has signed them, and do they count? */
#include "crls.h"
#include "ocsps.h"

#include <tacit/verify.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct test_cert *ca, *again, *namesake, *mute, *leaf, *other, *stranger;
static const struct test_cert *responder, *pretender;

static int build(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "ca", .key_no = 1, .ca = true};
    ca = test_cert(spec, NULL);
    again = test_cert(spec, NULL); /* the same key under another certificate */
    spec.key_no = 2;
    namesake = test_cert(spec, NULL);
    spec = (struct test_cert_spec){
        .cn = "mute", .key_no = 3, .ca = true, .ku = "critical,keyCertSign"};
    mute = test_cert(spec, NULL);
    leaf = test_cert((struct test_cert_spec){.cn = "leaf", .key_no = 4}, ca);
    other = test_cert((struct test_cert_spec){.cn = "other", .key_no = 5}, ca);
    spec = (struct test_cert_spec){.cn = "stranger", .key_no = 6, .ca = true};
    stranger = test_cert(spec, NULL);
    spec = (struct test_cert_spec){.cn = "responder", .key_no = 7, .eku = "OCSPSigning"};
    responder = test_cert(spec, ca);
    spec.cn = "pretender";
    pretender = test_cert(spec, stranger);
    return 0;
}

/* assert_said asks about a list or a response with these certificates at hand. Who signed, which
 * may be nobody (NULL), is told of what is not current, too. */
static void assert_said(bool list, span text, const struct test_cert *const *at_hand, size_t n,
                        int64_t now, const char *reason, const char *signer)
{
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    tacit_cert_info info = {.size = sizeof info};
    tacit_error error = {.name = "NONE"};
    assert_non_null(trust);
    if (n)
        assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(at_hand, n)), NULL));
    bool ok = list ? tacit_verify_crl(test_env(), &info, trust, text, now, &error)
                   : tacit_verify_ocsp(test_env(), &info, trust, text, now, &error);
    assert_string_equal(error.name, reason);
    assert_int_equal(ok, !strcmp(reason, "NONE"));
    assert_string_equal(info.subject, signer ? signer : "");
    /* It may still be added to. */
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&stranger, 1)), NULL));
    tacit_trust_free(trust);
}

#define WITH(...)                                                                                  \
    (const struct test_cert *[]){__VA_ARGS__},                                                     \
        sizeof((const struct test_cert *[]){__VA_ARGS__}) / sizeof(struct test_cert *)

static void a_list_is_its_issuers(void **state)
{
    (void)state;
    span list = test_crl((struct test_crl_spec){0}, ca);
    assert_said(true, list, WITH(ca), TEST_NOW, "NONE", "CN=ca");
    assert_said(true, list, WITH(stranger, namesake, again), TEST_NOW, "NONE", "CN=ca");
    assert_said(true, list, NULL, 0, TEST_NOW, "SIGNER_ABSENT", NULL);
    assert_said(true, list, WITH(stranger, leaf), TEST_NOW, "SIGNER_ABSENT", NULL);
    assert_said(true, list, WITH(namesake), TEST_NOW, "CRL_BAD_SIGNATURE", NULL);
    list = test_crl((struct test_crl_spec){.forged = true}, ca);
    assert_said(true, list, WITH(ca), TEST_NOW, "CRL_BAD_SIGNATURE", NULL);
    list = test_crl((struct test_crl_spec){.digest = "SHA1"}, ca);
    assert_said(true, list, WITH(ca), TEST_NOW, "CRL_BAD_SIGNATURE", NULL);
    list = test_crl((struct test_crl_spec){0}, mute); /* which may not sign lists */
    assert_said(true, list, WITH(mute), TEST_NOW, "CRL_BAD_SIGNATURE", NULL);
    assert_said(true, span_str("no list"), WITH(ca), TEST_NOW, "PEM_NO_CRL", NULL);
}

static void a_list_has_its_time(void **state)
{
    (void)state;
    span list = test_crl(
        (struct test_crl_spec){.this_update = TEST_NOW - 100, .next_update = TEST_NOW + 100}, ca);
    assert_said(true, list, WITH(ca), TEST_NOW - 101, "CRL_EXPIRED", "CN=ca");
    assert_said(true, list, WITH(ca), TEST_NOW - 100, "NONE", "CN=ca");
    assert_said(true, list, WITH(ca), TEST_NOW + 100, "NONE", "CN=ca");
    assert_said(true, list, WITH(ca), TEST_NOW + 101, "CRL_EXPIRED", "CN=ca");
    assert_said(true, list, WITH(ca), 0, "CRL_EXPIRED", "CN=ca"); /* now */
    /* What is both is called forged: whoever did that chose the dates too. */
    assert_said(true, list, WITH(namesake), 0, "CRL_BAD_SIGNATURE", NULL);
}

/* Of a text with several lists, each has to be in order. */
static void each_list_of_a_text_counts(void **state)
{
    (void)state;
    span good = test_crl((struct test_crl_spec){0}, ca);
    span bad = test_crl((struct test_crl_spec){.forged = true}, ca);
    for (int i = 0; i < 3; i++) {
        const span first = i == 1 ? bad : good, second = i == 2 ? bad : good;
        const char *both = test_text("%.*s%.*s", (int)first.n, (const char *)first.p, (int)second.n,
                                     (const char *)second.p);
        assert_said(true, span_str(both), WITH(ca), TEST_NOW, i ? "CRL_BAD_SIGNATURE" : "NONE",
                    i ? NULL : "CN=ca");
    }
}

static void a_response_is_its_issuers_or_a_responders(void **state)
{
    (void)state;
    span response = test_ocsp((struct test_ocsp_spec){0}, leaf, ca);
    assert_said(false, response, WITH(stranger, namesake, ca), TEST_NOW, "NONE", "CN=ca");
    assert_said(false, response, WITH(again), TEST_NOW, "NONE", "CN=ca");
    assert_said(false, response, NULL, 0, TEST_NOW, "SIGNER_ABSENT", NULL);
    /* The CertID names the key too: a namesake is nobody. */
    assert_said(false, response, WITH(namesake, stranger, leaf), TEST_NOW, "SIGNER_ABSENT", NULL);
    response = test_ocsp((struct test_ocsp_spec){.singles = {{.digest = "SHA256"}}}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "NONE", "CN=ca");
    response = test_ocsp((struct test_ocsp_spec){.forged = true}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "OCSP_NOT_AUTHENTIC", NULL);
    response = test_ocsp(
        (struct test_ocsp_spec){.signed_by = responder, .certs = {leaf, responder}}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "NONE", "CN=responder");
    assert_said(false, response, WITH(responder), TEST_NOW, "SIGNER_ABSENT", NULL);
    response =
        test_ocsp((struct test_ocsp_spec){.signed_by = pretender, .certs = {pretender}}, leaf, ca);
    assert_said(false, response, WITH(ca, stranger), TEST_NOW, "OCSP_NOT_AUTHENTIC", NULL);
    response = test_ocsp((struct test_ocsp_spec){.signed_by = leaf, .certs = {leaf}}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "OCSP_NOT_AUTHENTIC", NULL);
    response = test_ocsp((struct test_ocsp_spec){.unsuccessful = 3}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "OCSP_NOT_SUCCESSFUL", NULL);
    assert_said(false, span_str("none"), WITH(ca), TEST_NOW, "OCSP_UNREADABLE", NULL);
}

/* Who may speak for one issuer may not speak for another one. */
static void each_answer_is_the_signers_to_give(void **state)
{
    (void)state;
    struct test_ocsp_spec spec = {.n_singles = 2, .singles = {{0}, {.about = other}}};
    assert_said(false, test_ocsp(spec, leaf, ca), WITH(ca), TEST_NOW, "NONE", "CN=ca");
    spec.singles[1] = (struct test_ocsp_single){.about = pretender, .issuer = stranger};
    assert_said(false, test_ocsp(spec, leaf, ca), WITH(ca), TEST_NOW, "SIGNER_ABSENT", NULL);
    assert_said(false, test_ocsp(spec, leaf, ca), WITH(ca, stranger), TEST_NOW,
                "OCSP_NOT_AUTHENTIC", NULL);
}

static void a_response_without_answers_proves_nothing(void **state)
{
    (void)state;
    span response = test_ocsp((struct test_ocsp_spec){.empty = true}, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW, "SIGNER_ABSENT", NULL);
}

static void a_response_has_its_time(void **state)
{
    (void)state;
    struct test_ocsp_spec spec = {
        .n_singles = 2,
        .produced_at = TEST_NOW - 50,
        .singles = {{.this_update = TEST_NOW - 100, .next_update = TEST_NOW + 100},
                    {.about = other, .this_update = TEST_NOW - 200, .next_update = TEST_NOW + 50}}};
    span response = test_ocsp(spec, leaf, ca);
    assert_said(false, response, WITH(ca), TEST_NOW - 51, "OCSP_NOT_CURRENT", "CN=ca");
    assert_said(false, response, WITH(ca), TEST_NOW - 50, "NONE", "CN=ca");
    assert_said(false, response, WITH(ca), TEST_NOW + 50, "NONE", "CN=ca");
    assert_said(false, response, WITH(ca), TEST_NOW + 51, "OCSP_NOT_CURRENT", "CN=ca");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_its_issuers),
        cmocka_unit_test(a_list_has_its_time),
        cmocka_unit_test(each_list_of_a_text_counts),
        cmocka_unit_test(a_response_is_its_issuers_or_a_responders),
        cmocka_unit_test(each_answer_is_the_signers_to_give),
        cmocka_unit_test(a_response_without_answers_proves_nothing),
        cmocka_unit_test(a_response_has_its_time),
    };
    return cmocka_run_group_tests(tests, build, test_certs_end);
}
