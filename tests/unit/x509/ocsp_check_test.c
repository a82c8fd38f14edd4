/* What OCSP responses say of a path (RFC 6960 3.2): who may answer, when, and about whom (bug
 * classes 82, 115, 116). */
#include "crls.h"
#include "crypto/env.h"
#include "ocsps.h"
#include "x509/ocsp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *middle, *leaf, *other;

/* build makes root, middle and leaf (01, 02, 03), and another leaf of the same issuer. */
static int build(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "root", .key_no = 1, .ca = true, .serial = "01"};
    root = test_cert(spec, NULL);
    spec = (struct test_cert_spec){.cn = "middle", .key_no = 2, .ca = true, .serial = "02"};
    middle = test_cert(spec, root);
    leaf = test_cert((struct test_cert_spec){.cn = "leaf", .key_no = 3, .serial = "03"}, middle);
    other = test_cert((struct test_cert_spec){.cn = "other", .key_no = 4, .serial = "04"}, middle);
    return 0;
}

static struct test_verdict ask(struct test_verify v)
{
    const struct test_cert *chain[] = {leaf, middle};
    v.anchors = test_chain_pem(&root, 1);
    v.chain = test_chain_pem(chain, 2);
    return test_verify(v);
}

/* stapled verifies with a response of the middle's about the leaf. */
static struct test_verdict stapled(struct test_ocsp_spec spec)
{
    return ask((struct test_verify){.staple = test_ocsp(spec, leaf, middle)});
}

static struct test_verdict softly(struct test_ocsp_spec spec)
{
    return ask((struct test_verify){
        .staple = test_ocsp(spec, leaf, middle),
        .revocation = REVOCATION_SOFT,
    });
}

#define SINGLE(...) .singles = {{__VA_ARGS__}}

static void a_good_staple_is_heard(void **state)
{
    (void)state;
    struct test_verdict v = stapled((struct test_ocsp_spec){0});
    assert_verdict(v, R_NONE, 0);
    assert_true(v.stapled);
    assert_true(stapled((struct test_ocsp_spec){.by_key = true}).stapled);
    assert_true(stapled((struct test_ocsp_spec){.nonce = true}).stapled);
    assert_true(stapled((struct test_ocsp_spec){SINGLE(.digest = "SHA256")}).stapled);
    assert_true(stapled((struct test_ocsp_spec){SINGLE(.digest = "SHA384")}).stapled);
    assert_true(stapled((struct test_ocsp_spec){SINGLE(.digest = "SHA512")}).stapled);
    v = ask((struct test_verify){.revocation = REVOCATION_SOFT});
    assert_verdict(v, R_NONE, 0);
    assert_false(v.stapled);
}

static void every_entry_is_heard(void **state)
{
    (void)state;
    /* Bug class 82: GnuTLS looked at the first one alone (CVE-2026-3832). */
    struct test_ocsp_spec spec = {.n_singles = 3};
    spec.singles[0].about = other;
    spec.singles[1].about = middle;
    assert_true(stapled(spec).stapled);
    spec.singles[2].status = TEST_OCSP_REVOKED;
    assert_verdict(stapled(spec), R_CERT_REVOKED, 0);
    spec.singles[0].about = NULL;
    assert_verdict(stapled(spec), R_CERT_REVOKED, 0);
    spec.singles[2].status = TEST_OCSP_UNKNOWN;
    assert_verdict(stapled(spec), R_OCSP_UNKNOWN_CERT, 0);
    spec.singles[2] = (struct test_ocsp_single){.next_update = TEST_NOW - 1};
    assert_false(stapled(spec).stapled);
    /* A good word on somebody else is none on the leaf. */
    spec.n_singles = 2;
    spec.singles[0] = (struct test_ocsp_single){.about = other, .status = TEST_OCSP_REVOKED};
    spec.singles[1] = (struct test_ocsp_single){.status = TEST_OCSP_GOOD};
    assert_true(stapled(spec).stapled);
}

static void a_response_is_about_the_certificate(void **state)
{
    (void)state;
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.about = other)}), R_OCSP_OTHER_CERT, 0);
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.issuer = root)}), R_OCSP_OTHER_CERT, 0);
    /* The same name, another key. */
    struct test_cert_spec twin = {.cn = "middle", .key_no = 9, .ca = true};
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.issuer = test_cert(twin, NULL))}),
                   R_OCSP_OTHER_CERT, 0);
    /* The same key and number, another name. */
    struct test_cert_spec named = {.cn = "alias", .key_no = 2, .ca = true};
    const struct test_cert *alias = test_cert(named, NULL);
    const struct test_cert *third = test_cert((struct test_cert_spec){.serial = "03"}, alias);
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.about = third, .issuer = alias)}),
                   R_OCSP_OTHER_CERT, 0);
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.digest = "SHA224")}), R_OCSP_OTHER_CERT,
                   0);
    assert_verdict(stapled((struct test_ocsp_spec){SINGLE(.status = TEST_OCSP_UNKNOWN)}),
                   R_OCSP_UNKNOWN_CERT, 0);
}

static void a_response_has_its_time(void **state)
{
    (void)state;
    enum { DAY = 24 * 3600 };
    static const struct {
        int64_t this_update, next_update, produced_at;
        bool current;
    } rows[] = {
        {TEST_NOW, TEST_NOW, TEST_NOW, true}, {TEST_NOW + 1, TEST_NOW + 9, 0, false},
        {0, TEST_NOW - 1, 0, false},          {0, 0, TEST_NOW + 1, false},
        {TEST_NOW - DAY, -1, 0, true}, /* without nextUpdate, a day */
        {TEST_NOW - DAY - 1, -1, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct test_ocsp_spec spec = {
            SINGLE(.this_update = rows[i].this_update, .next_update = rows[i].next_update),
            .produced_at = rows[i].produced_at,
        };
        struct test_verdict v = softly(spec);
        assert_verdict(v, R_NONE, 0); /* one that is merely old counts as none */
        assert_int_equal(v.stapled, rows[i].current);
        struct test_verify must = {
            .staple = test_ocsp(spec, leaf, middle),
            .stapling = STAPLE_REQUIRED,
        };
        assert_verdict(ask(must), rows[i].current ? R_NONE : R_OCSP_NOT_CURRENT, 0);
    }
    struct test_ocsp_spec backwards = {
        SINGLE(.this_update = TEST_NOW, .next_update = TEST_NOW - 1)};
    assert_verdict(stapled(backwards), R_OCSP_MALFORMED, 0);
}

static void a_responder_that_cannot_answer_is_no_staple(void **state)
{
    (void)state;
    for (int status = 1; status <= 6; status++) {
        if (status == 4)
            continue;
        struct test_verify v = {
            .staple = test_ocsp((struct test_ocsp_spec){.unsuccessful = status}, leaf, middle)};
        assert_verdict(ask(v), R_NONE, 0);
        v.stapling = STAPLE_REQUIRED;
        assert_verdict(ask(v), R_OCSP_NOT_SUCCESSFUL, 0);
    }
}

/* delegate makes a responder's certificate, of the middle's. */
static const struct test_cert *delegate(const char *eku, const char *ku, const char *nocheck)
{
    struct test_cert_spec spec = {
        .cn = "responder", .key_no = 5, .eku = eku, .ku = ku, .serial = "05"};
    if (nocheck)
        memcpy(spec.more[0], (const char *[]){"noCheck", nocheck}, sizeof spec.more[0]);
    return test_cert(spec, middle);
}

static struct test_ocsp_spec by(const struct test_cert *responder)
{
    return (struct test_ocsp_spec){.signed_by = responder, .certs = {responder}};
}

static void the_issuer_may_entitle_another(void **state)
{
    (void)state;
    struct test_ocsp_spec spec = by(delegate("OCSPSigning", NULL, "ignored"));
    assert_true(stapled(spec).stapled);
    spec.by_key = true;
    assert_true(stapled(spec).stapled);
    assert_true(stapled(by(delegate("OCSPSigning", "nonRepudiation", "ignored"))).stapled);
    assert_true(stapled(by(delegate("OCSPSigning,serverAuth", "", "ignored"))).stapled);
    spec.certs[0] = other;
    spec.certs[1] = spec.signed_by;
    assert_true(stapled(spec).stapled);
    spec.certs[0] = NULL; /* it is not there to be looked at */
    assert_verdict(stapled(spec), R_OCSP_NOT_AUTHENTIC, 0);
}

static void nobody_else_may_answer(void **state)
{
    (void)state;
    const struct test_cert *good = delegate("OCSPSigning", NULL, "ignored");
    struct test_cert_spec spec = {
        .cn = "responder", .key_no = 5, .eku = "OCSPSigning", .not_after = TEST_NOW - 1};
    const struct test_cert *expired = test_cert(spec, middle);
    spec.not_after = 0;
    const struct test_cert *of_root = test_cert(spec, root), *own = test_cert(spec, NULL);
    struct test_cert_spec named = {.cn = "alias", .key_no = 2, .ca = true};
    const struct test_cert *of_alias = test_cert(spec, test_cert(named, NULL));
    spec.forged = true;
    const struct test_cert *forged = test_cert(spec, middle);
    spec.forged = false;
    spec.more[0][0] = "1.2.3";
    spec.more[0][1] = "critical,DER:0500";
    const struct test_cert *critical = test_cert(spec, middle);
    struct test_cert_spec twin = {.cn = "middle", .key_no = 9, .ca = true};
    const struct test_cert *const rows[] = {
        leaf,
        other,
        root,
        delegate(NULL, NULL, NULL), /* bug class 115: the purpose must be said */
        delegate("serverAuth", NULL, NULL),
        delegate("anyExtendedKeyUsage", NULL, NULL),
        delegate("1.3.6.1.5.5.7.3", NULL, NULL), /* a prefix of it is another */
        delegate("OCSPSigning", "keyEncipherment", "ignored"),
        expired,
        of_root,
        of_alias, /* by the same key, under another name */
        own,
        forged,
        critical,
        test_cert(twin, NULL), /* the issuer's name alone */
    };
    assert_true(stapled(by(good)).stapled);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct test_ocsp_spec response = by(rows[i]);
        assert_verdict(stapled(response), R_OCSP_NOT_AUTHENTIC, 0);
        response.by_key = true;
        response.singles[0].status = TEST_OCSP_REVOKED;
        assert_verdict(stapled(response), R_OCSP_NOT_AUTHENTIC, 0);
    }
    assert_verdict(stapled((struct test_ocsp_spec){.forged = true}), R_OCSP_NOT_AUTHENTIC, 0);
    assert_verdict(stapled((struct test_ocsp_spec){.digest = "SHA1"}), R_OCSP_NOT_AUTHENTIC, 0);
    /* It has a right to answer, but it is not who the response says has answered. */
    struct test_cert_spec same = {.cn = "another", .key_no = 5, .eku = "OCSPSigning"};
    struct test_ocsp_spec mistaken = {.signed_by = good, .certs = {test_cert(same, middle)}};
    assert_verdict(stapled(mistaken), R_OCSP_NOT_AUTHENTIC, 0);
    static const uint16_t sha256[] = {0x0403};
    struct test_verify strict = {.schemes = sha256, .n_schemes = 1};
    strict.staple = test_ocsp((struct test_ocsp_spec){0}, leaf, middle);
    assert_true(ask(strict).stapled);
    strict.staple = test_ocsp((struct test_ocsp_spec){.digest = "SHA384"}, leaf, middle);
    assert_verdict(ask(strict), R_OCSP_NOT_AUTHENTIC, 0);
    /* Too many certificates, for whomever they are. */
    struct test_ocsp_spec many = {0};
    for (size_t i = 0; i < 9; i++)
        many.certs[i] = good;
    assert_verdict(stapled(many), R_OCSP_MALFORMED, 0);
}

static void a_responder_may_be_revoked(void **state)
{
    (void)state;
    const struct test_cert *plain_one = delegate("OCSPSigning", NULL, NULL);
    const struct test_cert *unasked = delegate("OCSPSigning", NULL, "ignored");
    span lists[] = {test_crl((struct test_crl_spec){0}, root), {0}};
    struct test_verify v = {.crls = lists, .n_crls = 1, .revocation = REVOCATION_SOFT};
    v.staple = test_ocsp(by(plain_one), leaf, middle);
    assert_true(ask(v).stapled);
    v.revocation = REVOCATION_HARD; /* nothing is known of it */
    assert_verdict(ask(v), R_OCSP_NOT_AUTHENTIC, 0);
    lists[1] = test_crl((struct test_crl_spec){.revoked = {"05"}}, middle);
    v.n_crls = 2;
    v.revocation = REVOCATION_SOFT;
    assert_verdict(ask(v), R_OCSP_NOT_AUTHENTIC, 0);
    v.staple = test_ocsp(by(unasked), leaf, middle); /* its certificate says not to ask */
    assert_true(ask(v).stapled);
    lists[1] = test_crl((struct test_crl_spec){0}, middle);
    v.revocation = REVOCATION_HARD;
    v.staple = test_ocsp(by(plain_one), leaf, middle);
    assert_true(ask(v).stapled);
}

static void what_must_be_obeyed_is_refused(void **state)
{
    (void)state;
    /* Bug class 116. */
    assert_verdict(stapled((struct test_ocsp_spec){.ext = "critical,1.2.3"}),
                   R_OCSP_UNKNOWN_CRITICAL, 0);
    assert_verdict(stapled((struct test_ocsp_spec){.single_ext = "critical,1.2.3"}),
                   R_OCSP_UNKNOWN_CRITICAL, 0);
    assert_true(stapled((struct test_ocsp_spec){.ext = "1.2.3", .single_ext = "1.2.3"}).stapled);
}

static void a_staple_that_is_cut_is_refused_everywhere(void **state)
{
    (void)state;
    span whole = test_ocsp(by(delegate("OCSPSigning", NULL, "ignored")), leaf, middle);
    for (size_t n = 0; n < whole.n; n++) {
        struct ocsp ocsp;
        struct err err = {0};
        assert_false(ocsp_parse(&ocsp, test_bytes((span){whole.p, n}), &err));
        assert_int_equal(err.reason, R_OCSP_MALFORMED);
    }
    struct test_verify v = {.staple = {whole.p, whole.n - 1}};
    assert_verdict(ask(v), R_OCSP_MALFORMED, 0);
    v.staple.n = 0;
    assert_verdict(ask(v), R_OCSP_MALFORMED, 0);
}

static void no_changed_byte_is_believed(void **state)
{
    (void)state;
    span good = test_ocsp((struct test_ocsp_spec){0}, leaf, middle);
    uint8_t changed[1024];
    assert_true(good.n < sizeof changed);
    for (size_t i = 0; i < good.n; i++) {
        memcpy(changed, good.p, good.n);
        changed[i] ^= 1;
        struct test_verdict v = ask((struct test_verify){
            .staple = {changed, good.n},
            .stapling = STAPLE_REQUIRED,
        });
        if (v.reason == R_NONE)
            fail_msg("byte %zu may be changed", i);
    }
}

static void our_own_staple_is_looked_at(void **state)
{
    (void)state;
    const struct test_cert *both[] = {leaf, middle};
    struct chain *whole =
        chain_from_pem(&test_env()->hooks, span_str(test_chain_pem(both, 2)), NULL);
    struct chain *alone =
        chain_from_pem(&test_env()->hooks, span_str(test_chain_pem(both, 1)), NULL);
    static const struct {
        struct test_ocsp_spec spec;
        enum reason with_issuer, without;
    } rows[] = {
        {{0}, R_NONE, R_NONE},
        {{.forged = true}, R_OCSP_NOT_AUTHENTIC, R_NONE}, /* whose key it is, nobody knows */
        {{.unsuccessful = 6}, R_OCSP_NOT_SUCCESSFUL, R_OCSP_NOT_SUCCESSFUL},
        {{SINGLE(.status = TEST_OCSP_REVOKED)}, R_CERT_REVOKED, R_CERT_REVOKED},
        {{SINGLE(.status = TEST_OCSP_UNKNOWN)}, R_OCSP_UNKNOWN_CERT, R_OCSP_UNKNOWN_CERT},
        {{SINGLE(.next_update = TEST_NOW - 1)}, R_OCSP_NOT_CURRENT, R_OCSP_NOT_CURRENT},
        {{SINGLE(.this_update = TEST_NOW + 1)}, R_OCSP_NOT_CURRENT, R_OCSP_NOT_CURRENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span der = test_ocsp(rows[i].spec, leaf, middle);
        struct ocsp_window window;
        struct err with = {0}, without = {0};
        bool ok = ocsp_for_chain(test_env()->crypto, whole, der, TEST_NOW, &window, &with);
        assert_int_equal(with.reason, rows[i].with_issuer);
        assert_int_equal(ok, with.reason == R_NONE);
        assert_true(!ok || (window.from == TEST_NOW - 3600 && window.until == TEST_NOW + 3600));
        ok = ocsp_for_chain(test_env()->crypto, alone, der, TEST_NOW, &window, &without);
        assert_int_equal(without.reason, rows[i].without);
        assert_int_equal(ok, without.reason == R_NONE);
    }
    struct err err = {0};
    struct ocsp_window window;
    span others = test_ocsp((struct test_ocsp_spec){0}, other, middle);
    assert_false(ocsp_for_chain(test_env()->crypto, whole, others, TEST_NOW, &window, &err));
    assert_int_equal(err.reason, R_OCSP_OTHER_CERT);
    err = (struct err){0};
    assert_false(ocsp_for_chain(test_env()->crypto, whole, span_str("x"), TEST_NOW, &window, &err));
    assert_int_equal(err.reason, R_OCSP_UNREADABLE);
    chain_free(whole);
    chain_free(alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_staple_is_heard),
        cmocka_unit_test(every_entry_is_heard),
        cmocka_unit_test(a_response_is_about_the_certificate),
        cmocka_unit_test(a_response_has_its_time),
        cmocka_unit_test(a_responder_that_cannot_answer_is_no_staple),
        cmocka_unit_test(the_issuer_may_entitle_another),
        cmocka_unit_test(nobody_else_may_answer),
        cmocka_unit_test(a_responder_may_be_revoked),
        cmocka_unit_test(what_must_be_obeyed_is_refused),
        cmocka_unit_test(a_staple_that_is_cut_is_refused_everywhere),
        cmocka_unit_test(no_changed_byte_is_believed),
        cmocka_unit_test(our_own_staple_is_looked_at),
    };
    return cmocka_run_group_tests(tests, build, test_certs_end);
}
