/* NIST's Public Key Interoperability Test Suite, with its revocation lists and its inputs about
 * policies. A path that must not validate never does, and is refused for the right reason where
 * that is about revocation; one that must either does or, where it needs what is not processed, is
 * refused for just that. */
#include "asn1.h"
#include "certs.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

/* What a valid path may need that is not processed. */
static const struct {
    const char *section;
    enum reason reason;
} unprocessed[] = {
    {"4.1.4", R_CERT_UNSUPPORTED_KEY}, /* DSA */
    {"4.1.5", R_CERT_UNSUPPORTED_KEY},
    {"4.14.", R_CRL_INDIRECT},
    {"4.15.", R_CRL_DELTA},
};

/* Why paths are refused that have to be. Of 4.4.4, the list is not even DER. */
static const struct {
    const char *number;
    enum reason reason;
} refusals[] = {
    {"4.4.1", R_CRL_MISSING},           {"4.4.2", R_CERT_REVOKED},
    {"4.4.3", R_CERT_REVOKED},          {"4.4.4", R_CRL_MALFORMED},
    {"4.4.5", R_CRL_MISSING},           {"4.4.6", R_CRL_MISSING},
    {"4.4.8", R_CRL_UNKNOWN_CRITICAL},  {"4.4.9", R_CRL_UNKNOWN_CRITICAL},
    {"4.4.10", R_CRL_UNKNOWN_CRITICAL}, {"4.4.11", R_CRL_EXPIRED},
    {"4.4.12", R_CRL_EXPIRED},          {"4.4.15", R_CERT_SERIAL},
    {"4.4.18", R_CERT_REVOKED},         {"4.4.20", R_CERT_REVOKED},
    {"4.4.21", R_CRL_BAD_SIGNATURE},    {"4.5.2", R_CERT_REVOKED},
    {"4.5.5", R_CERT_REVOKED},          {"4.5.7", R_CERT_REVOKED},
    {"4.5.8", R_CERT_NOT_CA},           {"4.7.4", R_CRL_BAD_SIGNATURE},
    {"4.7.5", R_CRL_BAD_SIGNATURE},     {"4.14.2", R_CERT_REVOKED},
    {"4.14.3", R_CRL_MISSING},          {"4.14.6", R_CERT_REVOKED},
    {"4.14.8", R_CRL_MISSING},          {"4.14.9", R_CRL_MISSING},
    {"4.14.11", R_CRL_MISSING},         {"4.14.12", R_CRL_MISSING},
    {"4.14.14", R_CRL_MISSING},         {"4.14.15", R_CERT_REVOKED},
    {"4.14.16", R_CERT_REVOKED},        {"4.14.17", R_CRL_MISSING},
    {"4.14.20", R_CERT_REVOKED},        {"4.14.21", R_CERT_REVOKED},
};

/* A section's name ends in a dot. */
static bool names(const char *entry, const char *number)
{
    size_t n = strlen(entry);
    return entry[n - 1] == '.' ? strncmp(entry, number, n) == 0 : strcmp(entry, number) == 0;
}

static const char *member(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_unprocessed(const char *number, enum reason reason)
{
    for (size_t i = 0; i < sizeof unprocessed / sizeof unprocessed[0]; i++)
        if (names(unprocessed[i].section, number) && unprocessed[i].reason == reason)
            return true;
    return false;
}

static bool is_right_refusal(const char *number, enum reason reason)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (names(refusals[i].number, number))
            return refusals[i].reason == reason;
    return true;
}

static const char *cert_pem(json_t *certs, size_t i)
{
    size_t n;
    const char *name = json_string_value(json_array_get(certs, i));
    char *der = vectors_read(test_text("x509/nist-pkits/certs/%s.crt", name), &n);
    const char *pem = test_pem_wrap((span){(uint8_t *)der, n});
    free(der);
    return pem;
}

static bool is_set(json_t *test, const char *key)
{
    return json_is_true(json_object_get(test, key));
}

/* policies_of reads "NIST-test-policy-N", which is 2.16.840.1.101.3.2.1.48.N. */
static size_t policies_of(json_t *test, span out[4])
{
    size_t i;
    json_t *name, *names = json_object_get(test, "initial_policy_set");
    json_array_foreach(names, i, name)
    {
        assert_true(i < 4);
        long number = strtol(strrchr(json_string_value(name), '-') + 1, NULL, 10);
        out[i] = asn1(test_text("6086480165030201 30%02lx", number));
    }
    return json_array_size(names);
}

/* crls_of reads the lists of a test, as DER. */
static size_t crls_of(json_t *test, span out[16])
{
    size_t i, n;
    json_t *name, *names = json_object_get(test, "crls");
    json_array_foreach(names, i, name)
    {
        assert_true(i < 16);
        const char *file = test_text("x509/nist-pkits/crls/%s.crl", json_string_value(name));
        char *der = vectors_read(file, &n);
        out[i] = test_bytes((span){(uint8_t *)der, n});
        free(der);
    }
    return json_array_size(names);
}

static enum reason verify(json_t *test)
{
    span policies[4], crls[16];
    json_t *certs = json_object_get(test, "certs");
    const char *chain = "";
    for (size_t i = json_array_size(certs); i-- > 1;)
        chain = test_text("%s%s", chain, cert_pem(certs, i));
    return test_verify((struct test_verify){
                           .anchors = cert_pem(certs, 0),
                           .chain = chain,
                           .revocation = REVOCATION_HARD,
                           .crls = crls,
                           .n_crls = crls_of(test, crls),
                           .policies = policies,
                           .n_policies = policies_of(test, policies),
                           .explicit_policy = is_set(test, "initial_explicit_policy"),
                           .inhibit_mapping = is_set(test, "initial_policy_mapping_inhibit"),
                           .inhibit_any = is_set(test, "initial_inhibit_any_policy"),
                       })
        .reason;
}

struct tally {
    size_t ran, unprocessed, wrong;
};

static void run(json_t *test, struct tally *tally)
{
    const char *number = member(test, "number");
    tally->ran++;
    enum reason reason = verify(test);
    bool valid = json_is_true(json_object_get(test, "should_validate"));
    if (valid == (reason == R_NONE) && (valid || is_right_refusal(number, reason)))
        return;
    if (valid && is_unprocessed(number, reason)) {
        tally->unprocessed++;
        return;
    }
    tally->wrong++;
    print_error("%s %s: %s\n", number, member(test, "title"), reason_row((uint16_t)reason)->name);
}

static void every_path_gets_its_verdict(void **state)
{
    (void)state;
    struct tally tally = {0};
    size_t n, i;
    json_t *test;
    char *text = vectors_read("x509/nist-pkits/pkits.json", &n);
    json_t *suite = json_loads(text, 0, NULL);
    assert_non_null(suite);
    json_array_foreach(json_object_get(suite, "tests"), i, test) run(test, &tally);
    json_decref(suite);
    free(text);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.ran, 249);
    assert_int_equal(tally.unprocessed, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_gets_its_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
