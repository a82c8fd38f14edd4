/* The x509-limbo suite. Where the verdict is another than the suite expects is listed, each case
 * with its reason. */
#define _GNU_SOURCE /* timegm, strptime */
#include "certs.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

static const struct {
    const char *id, *why;
} differs[] = {
    {"rfc5280::nc::permitted-dn-match", "its leaf does not prove the DNS name that is asked for"},
    {"pathlen::validation-ignores-pathlen-in-leaf", "its leaf is a CA that cannot sign handshakes"},
    {"pathlen::max-chain-depth-0-exhausted", "no limit of depth can be asked for"},
    {"pathlen::max-chain-depth-1-exhausted", "no limit of depth can be asked for"},
    {"rfc5280::nc::permitted-dns-match-noncritical", "contradicts webpki::nc of the same name"},
    {"rfc5280::aki::leaf-missing-aki", "key identifiers only order the search"},
    {"rfc5280::aki::intermediate-missing-aki", "key identifiers only order the search"},
    {"rfc5280::aki::cross-signed-root-missing-aki", "key identifiers only order the search"},
    {"rfc5280::ski::root-missing-ski", "key identifiers only order the search"},
    {"rfc5280::ski::intermediate-missing-ski", "key identifiers only order the search"},
    {"webpki::aki::root-with-aki-missing-keyidentifier", "a rule for public roots' issuers"},
    {"webpki::aki::root-with-aki-all-fields", "a rule for public roots' issuers"},
    {"webpki::aki::root-with-aki-ski-mismatch", "a rule for public roots' issuers"},
    {"webpki::eku::ee-anyeku", "any purpose is ours too (RFC 5280 4.2.1.12)"},
    {"webpki::eku::ee-critical-eku", "RFC 5280 4.2.1.12 lets it be critical"},
    {"webpki::eku::ee-without-eku", "contradicts rfc5280::eku::ee-without-eku"},
    {"webpki::eku::root-has-eku", "a rule for public roots' issuers"},
    {"webpki::san::san-critical-with-nonempty-subject", "RFC 5280 4.2.1.6: a should"},
    {"rfc5280::root-non-critical-basic-constraints", "critical or not, it is processed"},
};

static bool is_listed(const char *id)
{
    for (size_t i = 0; i < sizeof differs / sizeof differs[0]; i++)
        if (strcmp(id, differs[i].id) == 0)
            return true;
    return false;
}

static const char *member(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *joined(const char *first, json_t *list)
{
    const char *text = first;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) text = test_text("%s%s\n", text, json_string_value(item));
    return text;
}

static int64_t moment(const char *text)
{
    struct tm tm = {0};
    if (!text)
        return 0;
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%S", &tm));
    return (int64_t)timegm(&tm);
}

static bool agrees(json_t *test)
{
    const char *leaf = test_text("%s\n", member(test, "peer_certificate"));
    struct test_verdict verdict = test_verify((struct test_verify){
        .anchors = joined("", json_object_get(test, "trusted_certs")),
        .chain = joined(leaf, json_object_get(test, "untrusted_intermediates")),
        .host = member(json_object_get(test, "expected_peer_name"), "value"),
        .now = moment(member(test, "validation_time")),
    });
    bool expected = strcmp(member(test, "expected_result"), "SUCCESS") == 0;
    bool same = expected == (verdict.reason == R_NONE);
    if (same == is_listed(member(test, "id")))
        print_error("%s: %s expected, %s found\n", member(test, "id"),
                    member(test, "expected_result"), reason_row((uint16_t)verdict.reason)->name);
    return same;
}

static void every_case_gives_the_verdict_that_is_expected_or_listed(void **state)
{
    (void)state;
    size_t n, i, wrong = 0, listed = 0;
    char *text = vectors_read("x509/limbo-2023.json", &n);
    json_t *suite = json_loads(text, 0, NULL), *test;
    assert_non_null(suite);
    json_array_foreach(json_object_get(suite, "testcases"), i, test)
    {
        assert_string_equal(member(test, "validation_kind"), "SERVER");
        bool differs_here = is_listed(member(test, "id"));
        listed += differs_here;
        wrong += agrees(test) == differs_here;
    }
    json_decref(suite);
    free(text);
    assert_int_equal(wrong, 0);
    assert_int_equal(listed, sizeof differs / sizeof differs[0]);
    assert_int_equal(i, 135);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_verdict_that_is_expected_or_listed),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
