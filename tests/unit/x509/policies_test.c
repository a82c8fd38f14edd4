/* Certificate policies along a path (RFC 5280 6.1, RFC 9618), beside what PKITS has: an anchor's
 * say, the limits of the graph, and a tree that would be exponential. */
#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* struct says is what one certificate says of policies, in the syntax of openssl.cnf; NULL:
 * nothing. */
struct says {
    const char *policies, *mappings, *constraints;
};

enum { CERTS_MAX = 8 };

static const struct test_cert *make(const struct says *says, size_t depth,
                                    const struct test_cert *issuer)
{
    struct test_cert_spec spec = {
        .cn = test_text("cert %zu", depth),
        .key_no = (unsigned)(1 + depth),
        .ca = depth > 0,
    };
    const char *const names[] = {"certificatePolicies", "policyMappings", "policyConstraints"};
    const char *const values[] = {says->policies, says->mappings, says->constraints};
    size_t used = 0;
    for (size_t i = 0; i < 3; i++)
        if (values[i]) {
            spec.more[used][0] = names[i];
            spec.more[used++][1] = values[i];
        }
    return test_cert(spec, issuer);
}

/* verify makes a path of n certificates, the anchor first, and verifies it. */
static struct test_verdict verify(const struct says *says, size_t n, struct test_verify v)
{
    const struct test_cert *certs[CERTS_MAX];
    assert_true(n <= CERTS_MAX);
    for (size_t depth = n; depth-- > 0;)
        certs[depth] = make(&says[n - 1 - depth], depth, depth + 1 < n ? certs[depth + 1] : NULL);
    v.anchors = test_chain_pem(&certs[n - 1], 1);
    v.chain = test_chain_pem(certs, n);
    return test_verify(v);
}

#define SILENT                                                                                     \
    {                                                                                              \
        .policies = NULL                                                                           \
    }
#define SAYS(p)                                                                                    \
    {                                                                                              \
        .policies = (p)                                                                            \
    }
#define MAPS(p, m)                                                                                 \
    {                                                                                              \
        .policies = (p), .mappings = (m)                                                           \
    }
#define NEEDS(c)                                                                                   \
    {                                                                                              \
        .constraints = (c)                                                                         \
    }
#define PATH(...)                                                                                  \
    (struct says[]){__VA_ARGS__}, sizeof((struct says[]){__VA_ARGS__}) / sizeof(struct says)

static const struct test_verify implicit = {0};
static const struct test_verify explicit = {.explicit_policy = true};

static void none_is_needed_unless_asked_for(void **state)
{
    (void)state;
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.3"), SAYS("1.2.4")), implicit), R_NONE, 0);
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.3"), SAYS("1.2.4")), explicit), R_CERT_POLICY, 0);
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.3"), SAYS("1.2.3")), explicit), R_NONE, 0);
    assert_verdict(verify(PATH(SILENT, SILENT, SAYS("1.2.3")), explicit), R_CERT_POLICY, 1);
    assert_verdict(verify(PATH(SILENT, SAYS("2.5.29.32.0"), SAYS("1.2.3")), explicit), R_NONE, 0);
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.3"), SAYS("2.5.29.32.0")), explicit), R_NONE, 0);
}

static void one_of_the_wanted_will_do(void **state)
{
    (void)state;
    span wanted[] = {asn1("2a03"), asn1("2a04")};
    struct test_verify v = {.explicit_policy = true, .policies = wanted, .n_policies = 2};
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.4,1.2.5"), SAYS("1.2.4,1.2.5")), v), R_NONE, 0);
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.4,1.2.5"), SAYS("1.2.5")), v), R_CERT_POLICY, 0);
    /* What was wanted is asked of the anchor's domain, before mapping. */
    assert_verdict(verify(PATH(SILENT, MAPS("1.2.4", "1.2.4:1.2.9"), SAYS("1.2.9")), v), R_NONE, 0);
    assert_verdict(verify(PATH(SILENT, MAPS("1.2.9", "1.2.9:1.2.4"), SAYS("1.2.4")), v),
                   R_CERT_POLICY, 0);
    v.inhibit_mapping = true;
    assert_verdict(verify(PATH(SILENT, MAPS("1.2.4", "1.2.4:1.2.9"), SAYS("1.2.9")), v),
                   R_CERT_POLICY, 0);
    v.inhibit_any = true;
    assert_verdict(verify(PATH(SILENT, SAYS("2.5.29.32.0"), SAYS("1.2.4")), v), R_CERT_POLICY, 1);
    /* Without an explicit policy, what is wanted binds nothing (RFC 5280 6.1.5 (g)). */
    v = (struct test_verify){.policies = wanted, .n_policies = 2};
    assert_verdict(verify(PATH(SILENT, SAYS("1.2.5"), SAYS("1.2.5")), v), R_NONE, 0);
}

static void an_anchor_has_its_say(void **state)
{
    (void)state;
    const char *need = "requireExplicitPolicy:0";
    assert_verdict(verify(PATH(NEEDS(need), SILENT, SILENT), implicit), R_CERT_POLICY, 1);
    assert_verdict(verify(PATH(SAYS("1.2.3"), SAYS("1.2.3"), SAYS("1.2.3")), explicit), R_NONE, 0);
    assert_verdict(verify(PATH(SAYS("1.2.3"), SAYS("1.2.4"), SAYS("1.2.4")), explicit),
                   R_CERT_POLICY, 1);
    /* A leaf that is itself trusted has to name one as well. */
    assert_verdict(verify(PATH(SILENT), explicit), R_CERT_POLICY, 0);
    assert_verdict(verify(PATH(SAYS("1.2.3")), explicit), R_NONE, 0);
}

static void a_limit_begins_to_bind_after_its_number(void **state)
{
    (void)state;
    for (int skip = 0; skip < 4; skip++) {
        const char *need = test_text("requireExplicitPolicy:%d", skip);
        struct test_verdict v = verify(PATH(SILENT, NEEDS(need), SILENT, SILENT), implicit);
        /* Two certificates follow, and the end of the path counts as one (6.1.5 (a)). */
        assert_verdict(v, skip <= 2 ? R_CERT_POLICY : R_NONE, 2);
    }
}

/* many is a text of `n` policies, or of the n * n mappings of each to each. */
static const char *many(size_t n, bool mappings)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < (mappings ? n : 1); j++)
            text = mappings ? test_text("%s%s1.2.%zu:1.2.%zu", text, *text ? "," : "", i, j)
                            : test_text("%s%s1.2.%zu", text, *text ? "," : "", i);
    return text;
}

static void the_graph_does_not_grow_like_a_tree(void **state)
{
    (void)state;
    /* Bug class 112. A tree would have 15 nodes to the power of 5. */
    const char *p = many(15, false), *m = many(15, true);
    struct says mesh[] = {SILENT, MAPS(p, m), MAPS(p, m), MAPS(p, m), MAPS(p, m), SAYS(p)};
    clock_t start = clock();
    assert_verdict(verify(mesh, 6, explicit), R_NONE, 0);
    mesh[5].policies = "1.3.1";
    assert_verdict(verify(mesh, 6, explicit), R_CERT_POLICY, 0);
    assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
}

static void the_graph_has_an_end(void **state)
{
    (void)state;
    const char *p = many(1100, false);
    assert_verdict(verify(PATH(SILENT, SAYS(p), SAYS(p)), explicit), R_CERT_BUDGET_POLICIES, -1);
    p = many(40, false);
    const char *m = many(40, true);
    assert_verdict(verify(PATH(SILENT, MAPS(p, m), SAYS(p)), explicit), R_CERT_BUDGET_POLICIES, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_needed_unless_asked_for),
        cmocka_unit_test(one_of_the_wanted_will_do),
        cmocka_unit_test(an_anchor_has_its_say),
        cmocka_unit_test(a_limit_begins_to_bind_after_its_number),
        cmocka_unit_test(the_graph_does_not_grow_like_a_tree),
        cmocka_unit_test(the_graph_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
