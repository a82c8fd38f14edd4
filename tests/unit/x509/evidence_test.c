/* What a broken rule expected and what was found, in the words that a person reads: what
 * tests/cli/chains_test.py does not reach through the command. */
#include "crls.h"
#include "x509/words.h"

#include <tacit/verify.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct test_cert *root;

/* struct told is what is said of the path that came furthest. */
struct told {
    const char *reason, *expected, *found;
};

/* assert_told verifies a leaf under an authority, both by their specs, hard against `crls`. */
static void assert_told(struct test_cert_spec mid, struct test_cert_spec leaf, const span *crls,
                        size_t n, int64_t now, struct told told)
{
    mid.cn = "mid";
    mid.ca = true;
    mid.key_no = 2;
    leaf.cn = "leaf";
    leaf.key_no = leaf.key ? 0 : 3;
    const struct test_cert *by = test_cert(mid, root);
    const struct test_cert *chain[] = {test_cert(leaf, by), by};
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    tacit_verdict *verdict;
    tacit_error error;
    tacit_attempt a = {.size = sizeof a};
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    for (size_t i = 0; i < n; i++)
        assert_true(tacit_trust_add_crl_pem(trust, crls[i], NULL));
    const tacit_verify_options o = {.size = sizeof o,
                                    .chain = span_str(test_chain_pem(chain, 2)),
                                    .trust = trust,
                                    .revocation = n ? TACIT_REVOCATION_HARD : TACIT_REVOCATION_OFF,
                                    .time = now ? now : TEST_NOW};
    assert_false(tacit_verify(test_env(), &verdict, &o, &error));
    assert_true(tacit_report_attempt(tacit_verdict_report(verdict), 0, &a));
    assert_string_equal(a.error.name, told.reason);
    assert_string_equal(a.expected, told.expected);
    assert_string_equal(a.found, told.found);
    tacit_verdict_free(verdict);
    tacit_trust_free(trust);
}

static const struct test_cert_spec usual;

/* From two of a unit on, and never "1 days". */
static void times_are_told_as_a_person_would(void **state)
{
    (void)state;
    static const struct {
        int64_t apart;
        const char *found;
    } rows[] = {
        {1, "expired 0 minutes ago, 2050-01-01T00:00:00Z"},
        {119, "expired 1 minute ago, 2050-01-01T00:00:00Z"},
        {7199, "expired 119 minutes ago, 2050-01-01T00:00:00Z"},
        {7200, "expired 2 hours ago, 2050-01-01T00:00:00Z"},
        {2 * 86400 - 1, "expired 47 hours ago, 2050-01-01T00:00:00Z"},
        {2 * 86400, "expired 2 days ago, 2050-01-01T00:00:00Z"},
        {729 * 86400, "expired 729 days ago, 2050-01-01T00:00:00Z"},
        {730 * 86400, "expired 2 years ago, 2050-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t at = TEST_NOT_AFTER + rows[i].apart;
        struct words w = {.out = (char[WORDS_MAX]){0}};
        say(&w, "expired ");
        say_when(&w, TEST_NOT_AFTER, at);
        assert_string_equal(w.out, rows[i].found);
    }
    struct words w = {.out = (char[WORDS_MAX]){0}};
    say_when(&w, TEST_NOT_AFTER, TEST_NOT_AFTER - 3 * 3600);
    assert_string_equal(w.out, "in 3 hours, 2050-01-01T00:00:00Z");
    w = (struct words){.out = (char[WORDS_MAX]){0}};
    say_when(&w, TEST_NOT_AFTER, INT64_MIN); /* a clock may say anything */
    assert_memory_equal(w.out, "in ", 3);
    assert_non_null(strstr(w.out, " years, 2050-01-01T00:00:00Z"));
}

static void constraints_are_told_in_full(void **state)
{
    (void)state;
    struct test_cert_spec mid = usual;
    mid.nc = "critical,excluded;IP:2001:db8::/ffff:ffff::";
    assert_told(mid, (struct test_cert_spec){.san = "DNS:a.test,IP:2001:db8::1"}, NULL, 0, 0,
                (struct told){"CERT_NAME_CONSTRAINED",
                              "no name within IP:2001:db8::/ffff:ffff::", "IP:2001:db8::1"});
    mid.nc = "critical,permitted;DNS:a.test,permitted;DNS:b.test";
    assert_told(mid, (struct test_cert_spec){.san = "DNS:a.test,DNS:c.test"}, NULL, 0, 0,
                (struct told){"CERT_NAME_CONSTRAINED", "a name within DNS:a.test, DNS:b.test",
                              "DNS:c.test"});
    mid.nc = "critical,permitted;RID:1.2.3";
    assert_told(mid, (struct test_cert_spec){.san = "DNS:a.test,RID:1.2.3"}, NULL, 0, 0,
                (struct told){"CERT_CONSTRAINT_UNSUPPORTED",
                              "no name of a form whose constraints are not processed here",
                              "registeredID"});
}

static void keys_and_usages_are_named(void **state)
{
    (void)state;
    assert_told(usual, (struct test_cert_spec){.key = MADE_SECP256K1}, NULL, 0, 0,
                (struct told){"CERT_UNSUPPORTED_KEY",
                              "RSA, ECDSA on P-256, P-384 or P-521, or Ed25519",
                              "ECDSA secp256k1"});
    assert_told(usual, (struct test_cert_spec){.key = MADE_X25519}, NULL, 0, 0,
                (struct told){"CERT_UNSUPPORTED_KEY",
                              "RSA, ECDSA on P-256, P-384 or P-521, or Ed25519", "X25519"});
    assert_told(usual, (struct test_cert_spec){.ku = "keyAgreement,decipherOnly,nonRepudiation"},
                NULL, 0, 0,
                (struct told){"CERT_KEY_USAGE", "digitalSignature",
                              "nonRepudiation, keyAgreement, decipherOnly"});
    assert_told(usual, (struct test_cert_spec){.eku = "OCSPSigning,1.2.3"}, NULL, 0, 0,
                (struct told){"CERT_WRONG_PURPOSE", "serverAuth", "OCSPSigning, others"});
}

/* A list from the future is none that is current; one that names the certificate without a reason
 * says so. */
static void lists_are_told_by_their_dates(void **state)
{
    (void)state;
    const struct test_cert *mid = test_cert(
        (struct test_cert_spec){.cn = "mid", .ca = true, .key_no = 2, .serial = "77"}, root);
    const span of_root = test_crl((struct test_crl_spec){0}, root);
    span lists[] = {of_root, test_crl((struct test_crl_spec){.this_update = TEST_NOW + 2 * 86400,
                                                             .next_update = TEST_NOW + 9 * 86400},
                                      mid)};
    assert_told(usual, usual, lists, 2, 0,
                (struct told){"CRL_EXPIRED", "a current revocation list of CN=mid",
                              "one that is valid in 2 days, 2023-11-16T22:13:20Z"});
    lists[1] = test_crl((struct test_crl_spec){.revoked = {"44", "55"}}, mid);
    struct test_cert_spec leaf = usual;
    leaf.serial = "55";
    const char *when = "revoked 2 hours ago, 2023-11-14T20:13:20Z (no reason given)";
    assert_told(usual, leaf, lists, 2, 0, (struct told){"CERT_REVOKED", "not revoked", when});
}

static int set_up(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key_no = 1}, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_told_as_a_person_would),
        cmocka_unit_test(constraints_are_told_in_full),
        cmocka_unit_test(keys_and_usages_are_named),
        cmocka_unit_test(lists_are_told_by_their_dates),
    };
    return cmocka_run_group_tests(tests, set_up, test_certs_end);
}
