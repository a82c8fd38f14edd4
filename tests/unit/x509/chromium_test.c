/* BoringSSL's verify_certificate_chain cases: one candidate path each, for a purpose and at a time.
 * Its last certificate is the anchor, whose own limits bind here; cases in which they do not, and
 * purposes other than TLS's, are left out. */
#define _GNU_SOURCE /* timegm, strptime */
#include "certs.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <glob.h>
#include <time.h>

#include <cmocka.h>

/* Where our verdict differs from the expected one: folder or test, our reason, and why. R_NONE is
 * for a leaf that is itself the anchor, which is all that such a leaf needs here. */
static const struct {
    const char *test;
    enum reason reason;
    const char *why;
} differs[] = {
    {"target-only/trusted_anchor.test", R_NONE, "an anchor may be a leaf"},
    {"target-selfissued/trusted_anchor.test", R_NONE, "an anchor may be a leaf"},
    {"target-and-intermediate/trusted_leaf-root.test", R_NONE, "any anchor may issue"},
    {"target-only/trusted_leaf_require_self_signed.test", R_NONE, "no anchor's signature matters"},
    {"target-selfissued/trusted_leaf_require_self_signed.test", R_NONE, "the same"},
    {"expired-root/", R_CERT_EXPIRED, "an anchor's dates bind"},
    {"expired-root/", R_CERT_NOT_YET_VALID, "an anchor's dates bind"},
    {"root-basic-constraints-ca-false/", R_CERT_NOT_CA, "an anchor's basicConstraints bind"},
    {"root-lacks-basic-constraints/", R_CERT_NOT_CA, "an anchor's basicConstraints bind"},
    {"root-lacks-keycertsign-key-usage/", R_CERT_NO_KEY_CERT_SIGN, "an anchor's keyUsage binds"},
    {"root-eku-clientauth/", R_CERT_WRONG_PURPOSE, "an anchor's purposes bind"},
    {"violates-pathlen-1-from-root/", R_CERT_PATH_TOO_LONG, "an anchor's path length binds"},
    {"issuer-and-subject-not-byte-for-byte-equal/anchor.test", R_CERT_WEAK_KEY, "1024 bits"},
    {"issuer-and-subject-not-byte-for-byte-equal/target.test", R_CERT_BROKEN_HASH, "SHA-1"},
    {"many-names/ok-all-types.test", R_CERT_EXTENSION_MALFORMED, "constraints are hosts, not URIs"},
    {"policies-inhibit-anypolicy-by-root-fail/main", R_CERT_POLICY, "an anchor's limits bind"},
    {"policies-inhibit-mapping-by-root-fail/main", R_CERT_POLICY, "an anchor's limits bind"},
    {"policies-on-root-wrong/main.test", R_CERT_POLICY, "an anchor's policies bind"},
    {"policies-required-by-root-fail/main.test", R_CERT_POLICY, "an anchor's limits bind"},
    {"policy-mappings-on-root-fail/main.test", R_CERT_POLICY, "an anchor's mappings bind"},
    {"target-msapplicationpolicies-and-eku/", R_CERT_UNKNOWN_CRITICAL, "critical, and not known"},
    {"target-has-ca-basic-constraints/main.test", R_CERT_CA_CLAIMS, "a CA without keyCertSign"},
    {"target-has-keycertsign-but-not-ca/", R_CERT_CA_CLAIMS, "RFC 5280 4.2.1.9"},
    {"target-not-end-entity/main.test", R_CERT_KEY_USAGE, "digitalSignature is needed"},
    {"target-serverauth-various-keyusages/", R_CERT_KEY_USAGE, "digitalSignature is needed"},
};

static bool is_listed(const char *name, enum reason reason)
{
    for (size_t i = 0; i < sizeof differs / sizeof differs[0]; i++)
        if (strncmp(name, differs[i].test, strlen(differs[i].test)) == 0
            && reason == differs[i].reason)
            return true;
    return false;
}

static const char *value_of(const char *text, const char *key)
{
    const char *at = strstr(text, test_text("%s: ", key));
    return at ? test_text("%.*s", (int)strcspn(strchr(at, ' ') + 1, "\n"), strchr(at, ' ') + 1)
              : "";
}

static int64_t moment(const char *text)
{
    struct tm tm = {0};
    if (strcmp(text, "DEFAULT") == 0)
        text = "211005120000Z";
    assert_non_null(strptime(text, "%y%m%d%H%M%S", &tm));
    return (int64_t)timegm(&tm);
}

/* split cuts the PEM text of a path before its last certificate, which is the anchor. */
static void split(char *pem, struct test_verify *out)
{
    char *last = pem, *next;
    while ((next = strstr(last + 1, "-----BEGIN CERTIFICATE")))
        last = next;
    out->anchors = test_text("%s", last);
    bool alone = strstr(pem, "-----BEGIN CERTIFICATE") == last;
    if (!alone)
        *last = 0;
    out->chain = test_text("%s", pem);
}

static char *read_beside(const char *test, const char *file)
{
    size_t n;
    return vectors_read(test_text("%.*s/%s", (int)(strrchr(test, '/') - test), test, file), &n);
}

struct tally {
    size_t ran, left_out, differ, wrong;
};

/* count compares the verdict with the expected one. */
static void count(const char *name, bool accept, enum reason reason, struct tally *tally)
{
    const char *suite = "verify_certificate_chain_unittest/";
    const char *test = strstr(name, suite) + strlen(suite);
    tally->ran++;
    if (accept == (reason == R_NONE))
        return;
    if (is_listed(test, reason)) {
        tally->differ++;
        return;
    }
    tally->wrong++;
    print_error("%s: expected %s, found %s\n", test, accept ? "success" : "failure",
                reason_row((uint16_t)reason)->name);
}

static void run(const char *name, struct tally *tally)
{
    size_t n;
    char *text = vectors_read(name, &n);
    const char *purpose = value_of(text, "key_purpose"), *trust = value_of(text, "last_cert_trust");
    bool client = strcmp(purpose, "CLIENT_AUTH") == 0;
    bool in_scope = client || strcmp(purpose, "SERVER_AUTH") == 0;
    if (in_scope && strncmp(trust, "TRUSTED", 7) == 0) {
        struct test_verify v = {.purpose = client ? PURPOSE_CLIENT : PURPOSE_SERVER};
        char *pem = read_beside(name, value_of(text, "chain"));
        split(pem, &v);
        free(pem);
        v.now = moment(value_of(text, "utc_time"));
        count(name, !strstr(text, "ERROR"), test_verify(v).reason, tally);
    } else {
        tally->left_out++;
    }
    free(text);
}

static void every_path_gets_its_verdict(void **state)
{
    (void)state;
    char root[1024];
    struct tally tally = {0};
    glob_t found;
    size_t n;
    free(
        vectors_read("x509/verify_certificate_chain_unittest/README", &n)); /* or this is skipped */
    vectors_path("", root, sizeof root);
    const char *pattern = test_text("%sx509/verify_certificate_chain_unittest/*/*.test", root);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run(found.gl_pathv[i] + strlen(root), &tally);
    globfree(&found);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.ran, 142);
    assert_int_equal(tally.left_out, 55);
    assert_int_equal(tally.differ, 34);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_gets_its_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
