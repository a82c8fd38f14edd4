/* BetterTLS: path building. Its bundles hold up to 36 certificates with good and bad ways through
 * them: expired, constrained, without the purpose, no CA, signed with SHA-1. All of its cases are
 * in scope. */
#include "certs.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

enum { CASES = 81 };

static const char *pem_of_base64(json_t *base64)
{
    return test_text("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
                     json_string_value(base64));
}

static bool gives_the_verdict(const char *root, json_t *test)
{
    const char *chain = "";
    size_t i;
    json_t *cert;
    json_array_foreach(json_object_get(test, "certificates"), i, cert) chain =
        test_text("%s%s", chain, pem_of_base64(cert));
    const char *expected = json_string_value(json_object_get(test, "expected"));
    bool accept = strcmp(expected, "ACCEPT") == 0;
    struct test_verdict verdict = test_verify((struct test_verify){
        .anchors = root,
        .chain = chain,
        .host = json_string_value(json_object_get(test, "hostname")),
    });
    if (accept != (verdict.reason == R_NONE))
        print_error("%d: expected %s, found %s\n",
                    (int)json_integer_value(json_object_get(test, "id")), expected,
                    reason_row((uint16_t)verdict.reason)->name);
    return accept == (verdict.reason == R_NONE);
}

static void every_case_gives_the_expected_verdict(void **state)
{
    (void)state;
    size_t n, i, wrong = 0, ran = 0;
    json_t *test;
    char *text = vectors_read("x509/bettertls-pathbuilding.json", &n);
    json_t *all = json_loads(text, 0, NULL);
    assert_non_null(all);
    const char *root = pem_of_base64(json_object_get(all, "trustRoot"));
    json_t *suite = json_object_get(json_object_get(all, "suites"), "pathbuilding");
    json_array_foreach(json_object_get(suite, "testCases"), i, test)
    {
        ran++;
        wrong += !gives_the_verdict(root, test);
    }
    json_decref(all);
    free(text);
    assert_int_equal(wrong, 0);
    assert_int_equal(ran, CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_expected_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
