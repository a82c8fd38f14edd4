/* The x509-limbo suite, as far as it is about what is processed here. What is left out is listed,
 * each with its reason; everything else must give the verdict that the suite expects. */
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
} left_out[] = {
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
    {"webpki::aki::root-with-aki-authoritycertissuer", "a rule for public roots' issuers"},
    {"webpki::aki::root-with-aki-authoritycertserialnumber", "a rule for public roots' issuers"},
    {"webpki::aki::root-with-aki-all-fields", "a rule for public roots' issuers"},
    {"webpki::aki::root-with-aki-ski-mismatch", "a rule for public roots' issuers"},
    {"webpki::eku::ee-anyeku", "any purpose is ours too (RFC 5280 4.2.1.12)"},
    {"webpki::eku::ee-critical-eku", "RFC 5280 4.2.1.12 lets it be critical"},
    {"webpki::eku::ee-without-eku", "contradicts rfc5280::eku::ee-without-eku"},
    {"webpki::eku::root-has-eku", "a rule for public roots' issuers"},
    {"webpki::san::san-critical-with-nonempty-subject", "RFC 5280 4.2.1.6: a should"},
    {"webpki::forbidden-signature-algorithm-in-root", "an anchor's own signature is not checked"},
    {"rfc5280::root-non-critical-basic-constraints", "critical or not, it is processed"},
};

static const char *why_left_out(const char *id)
{
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if (strcmp(id, left_out[i].id) == 0)
            return left_out[i].why;
    return NULL;
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

static bool gives_the_verdict(json_t *test)
{
    const char *leaf = test_text("%s\n", member(test, "peer_certificate"));
    struct test_verdict verdict = test_verify((struct test_verify){
        .anchors = joined("", json_object_get(test, "trusted_certs")),
        .chain = joined(leaf, json_object_get(test, "untrusted_intermediates")),
        .host = member(json_object_get(test, "expected_peer_name"), "value"),
        .now = moment(member(test, "validation_time")),
    });
    bool expected = strcmp(member(test, "expected_result"), "SUCCESS") == 0;
    if (expected != (verdict.reason == R_NONE))
        print_error("%s: expected %s, found %s\n", member(test, "id"),
                    member(test, "expected_result"), reason_row((uint16_t)verdict.reason)->name);
    return expected == (verdict.reason == R_NONE);
}

static void every_case_gives_the_expected_verdict(void **state)
{
    (void)state;
    size_t n, i, wrong = 0, ran = 0, skipped = 0;
    char *text = vectors_read("x509/limbo-2023.json", &n);
    json_t *suite = json_loads(text, 0, NULL), *test;
    assert_non_null(suite);
    json_array_foreach(json_object_get(suite, "testcases"), i, test)
    {
        assert_string_equal(member(test, "validation_kind"), "SERVER");
        if (why_left_out(member(test, "id")))
            skipped++;
        else if (++ran)
            wrong += !gives_the_verdict(test);
    }
    json_decref(suite);
    free(text);
    assert_int_equal(wrong, 0);
    assert_int_equal(skipped, sizeof left_out / sizeof left_out[0]);
    assert_int_equal(ran, 135 - skipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_expected_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
