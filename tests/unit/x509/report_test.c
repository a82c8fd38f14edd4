/* What a search has tried: all of it told, the verdict first, bounded, and printable. */
#include "x509/report.h"

#include "certs.h"

#include <tacit/verify.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <cmocka.h>

enum { IMPOSTORS = 12 };

static const struct test_cert *root, *mid, *impostors[IMPOSTORS], *leaf;

/* verify asks about a chain at a time; the verdict is the caller's. */
static tacit_verdict *verify(tacit_env *env, const struct test_cert *const *chain, size_t n,
                             int64_t now, const char *name, tacit_error *error)
{
    tacit_verdict *verdict = NULL;
    tacit_trust *trust = tacit_trust_new(env, NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    const tacit_verify_options o = {.size = sizeof o,
                                    .chain = span_str(test_chain_pem(chain, n)),
                                    .trust = trust,
                                    .name = name,
                                    .time = now};
    *error = (tacit_error){0};
    bool ok = tacit_verify(env, &verdict, &o, error);
    assert_int_equal(ok, error->reason == 0);
    assert_non_null(verdict);
    tacit_trust_free(trust);
    return verdict;
}

static tacit_attempt attempt(const tacit_verdict *verdict, size_t index)
{
    tacit_attempt a = {.size = sizeof a};
    assert_true(tacit_report_attempt(tacit_verdict_report(verdict), index, &a));
    return a;
}

/* crowd is the leaf, all impostors, and the one authority that has issued it. */
static size_t crowd(const struct test_cert *chain[IMPOSTORS + 2])
{
    chain[0] = leaf;
    memcpy(&chain[1], impostors, sizeof impostors);
    chain[IMPOSTORS + 1] = mid;
    return IMPOSTORS + 2;
}

/* It was tried last, when the notes were full, and it is the verdict. */
static void the_verdict_comes_first(void **state)
{
    (void)state;
    const struct test_cert *chain[IMPOSTORS + 2];
    tacit_error error;
    tacit_verdict *v = verify(test_env(), chain, crowd(chain), TEST_NOT_AFTER, NULL, &error);
    const tacit_report *report = tacit_verdict_report(v);
    assert_string_equal(error.name, "CERT_EXPIRED");
    tacit_attempt a = attempt(v, 0);
    assert_string_equal(a.error.name, "CERT_EXPIRED");
    assert_int_equal(a.error.depth, 1);
    assert_int_equal(a.n_certs, 2);
    assert_int_equal(tacit_report_tried(report), IMPOSTORS + 1);
    for (size_t i = 1; i < ATTEMPTS_MAX; i++) {
        a = attempt(v, i);
        assert_string_equal(a.error.name, "CERT_BAD_SIGNATURE");
        assert_string_equal(a.expected, "signed by the key of CN=mid");
    }
    assert_false(tacit_report_attempt(report, ATTEMPTS_MAX, &a));
    char text[4096];
    assert_true(tacit_report_text(report, text, sizeof text) < sizeof text);
    assert_non_null(strstr(text, "\nand 5 paths more\n"));
    assert_non_null(strstr(text, "\nfound: expired "));
    assert_non_null(strstr(text, "\nadvice: the leaf is not at fault"));
    const char *also = strstr(text, "\nalso tried: ");
    assert_non_null(also);
    assert_non_null(strstr(also, ": signed by another key, or changed since\nalso tried: "));
    tacit_verdict_free(v);
}

static void a_path_that_was_accepted_comes_first_too(void **state)
{
    (void)state;
    const struct test_cert *chain[] = {leaf, impostors[0], mid};
    tacit_error error;
    tacit_verdict *v = verify(test_env(), chain, 3, TEST_NOW, "a.test", &error);
    tacit_cert_info info = {.size = sizeof info}, other = {.size = 1};
    const tacit_report *report = tacit_verdict_report(v);
    tacit_attempt a = attempt(v, 0), wrong = {.size = 1};
    assert_int_equal(a.error.reason, 0);
    assert_int_equal(a.error.depth, -1);
    assert_true(a.anchored && a.n_certs == 3 && !a.expected[0] && !a.found[0]);
    assert_true(tacit_report_cert(report, 0, 2, &info));
    assert_string_equal(info.subject, "CN=root");
    assert_true(tacit_report_cert(report, 0, 0, &info));
    assert_string_equal(info.name, "a.test"); /* the one that was asked for */
    assert_false(tacit_report_cert(report, 0, 3, &info));
    assert_false(tacit_report_cert(report, 2, 0, &info));
    assert_false(tacit_report_cert(report, 0, 0, &other));
    assert_false(tacit_report_attempt(report, 0, &wrong));
    assert_string_equal(attempt(v, 1).error.name, "CERT_BAD_SIGNATURE");
    tacit_verdict_free(v);
}

/* The name is the last question: the path that it was asked of is the verdict's. */
static void a_wrong_name_is_the_verdict_of_its_path(void **state)
{
    (void)state;
    const struct test_cert *chain[] = {leaf, impostors[0], mid};
    tacit_error error;
    tacit_verdict *v = verify(test_env(), chain, 3, TEST_NOW, "2001:db8::1", &error);
    tacit_attempt a = attempt(v, 0);
    assert_string_equal(a.error.name, "CERT_NAME_MISMATCH");
    assert_string_equal(a.expected, "IP:2001:db8::1");
    assert_string_equal(a.found, "DNS:b.test, DNS:a.test");
    assert_true(a.anchored && a.n_certs == 3);
    assert_int_equal(tacit_report_tried(tacit_verdict_report(v)), 2);
    tacit_verdict_free(v);
}

/* ---- without memory -------------------------------------------------------------------------- */

static size_t refused_size;

static void *alloc(void *user, size_t n)
{
    (void)user;
    return n == refused_size ? NULL : calloc(1, n);
}

static void release(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    free(p);
}

static void without_memory_the_verdict_is_the_same(void **state)
{
    (void)state;
    tacit_env_options o = {.size = sizeof o, .alloc = alloc, .release = release};
    tacit_env *env = tacit_env_new(&o, NULL);
    const struct test_cert *chain[] = {leaf, mid};
    tacit_error error;
    assert_non_null(env);
    refused_size = sizeof(struct tacit_report) + sizeof(struct attempt);
    tacit_verdict *v = verify(env, chain, 2, TEST_NOT_AFTER + 1, NULL, &error);
    assert_string_equal(error.name, "CERT_EXPIRED");
    assert_null(tacit_verdict_report(v));
    tacit_verdict_free(v);
    refused_size = 0;
    v = verify(env, chain, 2, TEST_NOT_AFTER + 1, NULL, &error);
    assert_non_null(tacit_verdict_report(v));
    tacit_verdict_free(v);
    tacit_env_free(env);
}

/* ---- text and JSON --------------------------------------------------------------------------- */

static tacit_verdict *verdict_of_strange_names(void)
{
    tacit_error error;
    const struct test_cert *strange =
        test_cert((struct test_cert_spec){.cn = "\x1b[2J\"\\\n\xc3\xa9\xe2\x80\xae\xf0\x9f\x94\x92",
                                          .san = "DNS:x\x1b]0;.test"},
                  mid);
    const struct test_cert *chain[] = {strange, mid};
    return verify(test_env(), chain, 2, TEST_NOW, "a.test", &error);
}

/* Bug class 129: no control byte, and nothing that turns text around. */
static void names_are_escaped(void **state)
{
    (void)state;
    char text[4096];
    tacit_verdict *v = verdict_of_strange_names();
    assert_true(tacit_report_text(tacit_verdict_report(v), text, sizeof text) < sizeof text);
    for (const char *c = text; *c; c++)
        assert_true(*c == '\n' || !iscntrl((unsigned char)*c));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_non_null(strstr(text, "\xc3\xa9")); /* what is harmless is shown */
    assert_non_null(strstr(text, "\nexpected: DNS:a.test\nfound: DNS:x\\1b]0\\;.test\n"));
    assert_true(tacit_report_json(tacit_verdict_report(v), text, sizeof text) < sizeof text);
    for (const char *c = text; *c; c++)
        assert_true(isprint((unsigned char)*c));
    assert_non_null(strstr(text, "\\u00e9"));
    assert_non_null(strstr(text, "\\ud83d\\udd12")); /* RFC 8259 7 */
    tacit_verdict_free(v);
}

static void json_says_the_same(void **state)
{
    (void)state;
    char text[8192];
    const struct test_cert *chain[] = {leaf, mid};
    tacit_error error;
    tacit_verdict *v = verify(test_env(), chain, 2, TEST_NOT_AFTER + 86400, NULL, &error);
    tacit_report_json(tacit_verdict_report(v), text, sizeof text);
    json_t *j = json_loads(text, 0, NULL), *certs, *e;
    const char *schema, *time, *reason, *subject, *expected, *found, *not_after;
    int accepted, tried, anchored, depth;
    assert_int_equal(json_unpack(j, "{s:s, s:b, s:s, s:i, s:[{s:b, s:o, s:o}]}", "schema", &schema,
                                 "accepted", &accepted, "time", &time, "tried", &tried, "paths",
                                 "anchored", &anchored, "certs", &certs, "error", &e),
                     0);
    assert_int_equal(json_unpack(e, "{s:s, s:i, s:s, s:s, s:s}", "reason", &reason, "depth", &depth,
                                 "subject", &subject, "expected", &expected, "found", &found),
                     0);
    assert_int_equal(json_unpack(certs, "[{s:s}]", "not_after", &not_after), 0);
    assert_string_equal(schema, "tacit.report/1");
    assert_string_equal(time, "2050-01-02T00:00:00Z");
    assert_string_equal(not_after, "2050-01-01T00:00:00Z");
    assert_true(!accepted && !anchored && tried == 1 && depth == 0);
    assert_string_equal(reason, "CERT_EXPIRED");
    assert_string_equal(subject, "CN=leaf");
    assert_string_equal(expected, "valid at 2050-01-02T00:00:00Z");
    assert_string_equal(found, "expired 24 hours ago, 2050-01-01T00:00:00Z");
    json_decref(j);
    tacit_verdict_free(v);
}

/* Each of the two writers ends where its room ends, and says what it would have needed. */
static void every_room_will_do(void **state)
{
    (void)state;
    static char whole[8192];
    tacit_verdict *v = verdict_of_strange_names();
    for (int json = 0; json < 2; json++) {
        size_t (*write)(const tacit_report *, char *, size_t) =
            json ? tacit_report_json : tacit_report_text;
        size_t n = write(tacit_verdict_report(v), whole, sizeof whole);
        assert_int_equal(strlen(whole), n);
        assert_int_equal(write(tacit_verdict_report(v), NULL, 0), n);
        for (size_t cap = 1; cap <= n + 1; cap++) {
            char *room = malloc(cap); /* of its size, so that a byte too many is seen */
            assert_non_null(room);
            assert_int_equal(write(tacit_verdict_report(v), room, cap), n);
            assert_int_equal(strlen(room), cap - 1);
            assert_memory_equal(room, whole, cap - 1);
            free(room);
        }
    }
    tacit_verdict_free(v);
}

static int set_up(void **state)
{
    (void)state;
    const struct test_cert_spec authority = {.cn = "mid", .ca = true, .aki = "", .ski = ""};
    root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key_no = 1, .ski = ""}, NULL);
    struct test_cert_spec spec = authority;
    spec.not_after = TEST_NOT_AFTER - 86400; /* it ends first */
    mid = test_cert(spec, root);
    for (unsigned i = 0; i < IMPOSTORS; i++) {
        spec = authority;
        spec.key_no = 2 + i;
        impostors[i] = test_cert(spec, root);
    }
    leaf = test_cert(
        (struct test_cert_spec){
            .cn = "leaf", .key_no = 20, .san = "DNS:b.test,DNS:a.test", .aki = ""},
        mid);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_comes_first),
        cmocka_unit_test(a_path_that_was_accepted_comes_first_too),
        cmocka_unit_test(a_wrong_name_is_the_verdict_of_its_path),
        cmocka_unit_test(without_memory_the_verdict_is_the_same),
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(every_room_will_do),
    };
    return cmocka_run_group_tests(tests, set_up, test_certs_end);
}
