/* The search for a path: backtracking, loops, what ends one, what it costs, and which failure is
 * told (bug classes 81, 113, 118). */
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

static const struct test_cert *ca(const char *cn, unsigned key_no, const struct test_cert *issuer)
{
    return test_cert((struct test_cert_spec){.cn = cn, .key_no = key_no, .ca = true}, issuer);
}

static const struct test_cert *leaf_of(const struct test_cert *issuer)
{
    return test_cert((struct test_cert_spec){.cn = "leaf", .key_no = 1, .san = "DNS:a.test"},
                     issuer);
}

enum { LIST_MAX = 64 };

/* struct list ends with NULL. */
struct list {
    const struct test_cert *certs[LIST_MAX + 1];
};

static const char *pem(struct list list)
{
    size_t n = 0;
    while (list.certs[n])
        n++;
    return test_chain_pem(list.certs, n);
}

static struct test_verdict verify(struct list anchors, struct list chain)
{
    return test_verify((struct test_verify){
        .anchors = anchors.certs[0] ? pem(anchors) : NULL,
        .chain = pem(chain),
        .host = "a.test",
    });
}

#define LIST(...)                                                                                  \
    (struct list)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static void extra_and_unordered_certificates_do_not_matter(void **state)
{
    (void)state;
    const struct test_cert *root = ca("root", 2, NULL), *one = ca("one", 3, root);
    const struct test_cert *two = ca("two", 4, one), *leaf = leaf_of(two);
    const struct test_cert *other = ca("other", 5, NULL);
    struct test_verdict v = verify(LIST(root), LIST(leaf, other, one, root, leaf, two));
    assert_verdict(v, R_NONE, 0);
    assert_int_equal(v.path_n, 4);
    assert_verdict(verify(LIST(other, root), LIST(leaf, two, one)), R_NONE, 0);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    const struct test_cert *root = ca("root", 2, NULL), *one = ca("one", 3, root);
    const struct test_cert *leaf = leaf_of(one), *other = ca("other", 5, NULL);
    const struct test_cert *own = leaf_of(NULL);
    struct test_verdict v = verify(LIST(root), LIST(leaf));
    assert_verdict(v, R_CERT_NO_ISSUER, 0);
    assert_int_equal(v.path_n, 1);
    v = verify(LIST(other), LIST(leaf, one));
    assert_verdict(v, R_CERT_NO_ISSUER, 1);
    assert_int_equal(v.path_n, 2);
    assert_false(v.anchored);
    v = verify(LIST(other), LIST(leaf, one, root));
    assert_verdict(v, R_CERT_UNTRUSTED_ROOT, 2);
    assert_int_equal(v.path_n, 3);
    assert_verdict(verify(LIST(root), LIST(own)), R_CERT_SELF_SIGNED, 0);
    assert_verdict(verify(LIST(NULL), LIST(leaf, one, root)), R_CERT_UNTRUSTED_ROOT, 2);
}

static void any_certificate_can_be_an_anchor(void **state)
{
    (void)state;
    /* Bug class 118. */
    const struct test_cert *root = ca("root", 2, NULL), *one = ca("one", 3, root);
    const struct test_cert *leaf = leaf_of(one), *own = leaf_of(NULL);
    struct test_verdict v = verify(LIST(one), LIST(leaf));
    assert_verdict(v, R_NONE, 0);
    assert_int_equal(v.path_n, 2);
    v = verify(LIST(leaf), LIST(leaf));
    assert_verdict(v, R_NONE, 0);
    assert_int_equal(v.path_n, 1);
    assert_verdict(verify(LIST(own), LIST(own)), R_NONE, 0);
    /* As `openssl req -x509` makes them. */
    struct test_cert_spec spec = {
        .cn = "self", .key_no = 1, .bc = "critical,CA:TRUE", .san = "DNS:a.test"};
    const struct test_cert *self = test_cert(spec, NULL);
    assert_verdict(verify(LIST(self), LIST(self)), R_NONE, 0);
    spec.not_after = TEST_NOW - 1;
    self = test_cert(spec, NULL);
    assert_verdict(verify(LIST(self), LIST(self)), R_CERT_EXPIRED, 0);
}

static void an_expired_cross_certificate_hides_no_good_one(void **state)
{
    (void)state;
    /* Bug class 118: AddTrust, 2020. */
    const struct test_cert *old = ca("old root", 2, NULL), *root = ca("root", 3, NULL);
    struct test_cert_spec crossed = {
        .cn = "root", .key_no = 3, .ca = true, .not_after = TEST_NOW - 1};
    const struct test_cert *cross = test_cert(crossed, old);
    const struct test_cert *one = ca("one", 4, root), *leaf = leaf_of(one);
    struct test_verdict v = verify(LIST(old, root), LIST(leaf, one, cross));
    assert_verdict(v, R_NONE, 0);
    assert_int_equal(v.path_n, 3);
    assert_verdict(verify(LIST(old), LIST(leaf, one, cross)), R_CERT_EXPIRED, 2);
    /* Two intermediates of one name and key, the first of them expired. */
    struct test_cert_spec spec = {.cn = "one", .key_no = 4, .ca = true, .not_after = TEST_NOW - 1};
    const struct test_cert *stale = test_cert(spec, root);
    assert_verdict(verify(LIST(root), LIST(leaf, stale, one)), R_NONE, 0);
    assert_verdict(verify(LIST(root), LIST(leaf, stale)), R_CERT_EXPIRED, 1);
}

static void an_issuer_of_the_same_name_with_another_key_is_passed_over(void **state)
{
    (void)state;
    const struct test_cert *root = ca("root", 2, NULL), *twin = ca("root", 3, NULL);
    const struct test_cert *leaf = leaf_of(root);
    assert_verdict(verify(LIST(twin, root), LIST(leaf)), R_NONE, 0);
    assert_verdict(verify(LIST(twin), LIST(leaf)), R_CERT_BAD_SIGNATURE, 0);
    /* Without key identifiers, by trying. */
    struct test_cert_spec spec = {.cn = "leaf", .key_no = 1, .san = "DNS:a.test", .aki = ""};
    assert_verdict(verify(LIST(twin, root), LIST(test_cert(spec, root))), R_NONE, 0);
    /* Key identifiers prove nothing: here they agree with the wrong one. */
    struct test_cert_spec named = {.cn = "root", .key_no = 2, .ca = true, .ski = "DER:0401aa"};
    struct test_cert_spec liar = {.cn = "root", .key_no = 3, .ca = true, .ski = "DER:0401bb"};
    spec.aki = "DER:30038001bb";
    leaf = test_cert(spec, test_cert(named, NULL));
    assert_verdict(verify(LIST(test_cert(liar, NULL), test_cert(named, NULL)), LIST(leaf)), R_NONE,
                   0);
}

static void the_faults_of_another_key_are_not_told(void **state)
{
    (void)state;
    /* An authority that was made anew under its old name, and the old one, which is trusted. */
    struct test_cert_spec spec = {.cn = "root", .key_no = 3, .ca = true, .not_after = TEST_NOW - 1};
    const struct test_cert *root = ca("root", 2, NULL), *old = test_cert(spec, NULL);
    const struct test_cert *leaf = leaf_of(root);
    assert_verdict(verify(LIST(old), LIST(leaf)), R_CERT_BAD_SIGNATURE, 0);
    assert_verdict(verify(LIST(old), LIST(leaf, root)), R_CERT_BAD_SIGNATURE, 1);
    /* Identifiers prove nothing: of who did sign, the faults are told. */
    spec = (struct test_cert_spec){
        .cn = "root", .key_no = 2, .ca = true, .not_after = TEST_NOW - 1, .ski = "DER:0401aa"};
    assert_verdict(verify(LIST(test_cert(spec, NULL)), LIST(leaf)), R_CERT_EXPIRED, 1);
}

static void the_failure_that_came_furthest_is_told(void **state)
{
    (void)state;
    /* A detour of the peer's, longer than the way to the anchor, which is expired. */
    struct test_cert_spec spec = {.cn = "root", .key_no = 2, .ca = true, .not_after = TEST_NOW - 1};
    const struct test_cert *root = test_cert(spec, NULL);
    const struct test_cert *far = ca("far", 4, NULL), *near = ca("near", 5, far);
    spec.not_after = 0;
    const struct test_cert *cross = test_cert(spec, near), *leaf = leaf_of(root);
    struct test_verdict v = verify(LIST(root), LIST(leaf, cross, near, far));
    assert_verdict(v, R_CERT_EXPIRED, 1);
    assert_true(v.anchored);
    assert_int_equal(v.path_n, 2);
}

static void loops_end(void **state)
{
    (void)state;
    struct test_cert_spec a = {.cn = "a", .key_no = 2, .ca = true};
    struct test_cert_spec b = {.cn = "b", .key_no = 3, .ca = true};
    const struct test_cert *a0 = test_cert(a, NULL), *b0 = test_cert(b, NULL);
    const struct test_cert *ab = test_cert(a, b0), *ba = test_cert(b, a0), *leaf = leaf_of(a0);
    assert_verdict(verify(LIST(ca("root", 4, NULL)), LIST(leaf, ab, ba)), R_CERT_NO_ISSUER, 2);
    assert_verdict(verify(LIST(b0), LIST(leaf, ab, ba)), R_NONE, 0);
}

static void paths_have_an_end(void **state)
{
    (void)state;
    for (size_t n = PATH_MAX_CERTS; n <= PATH_MAX_CERTS + 1; n++) {
        struct list chain = {0};
        const struct test_cert *root = ca("root", 2, NULL), *top = root;
        for (size_t i = n - 2; i > 0; i--)
            chain.certs[i] = top = ca(test_text("ca %zu", i), (unsigned)(2 + i), top);
        chain.certs[0] = leaf_of(top);
        struct test_verdict v = verify(LIST(root), chain);
        if (n == PATH_MAX_CERTS)
            assert_verdict(v, R_NONE, 0);
        else
            assert_verdict(v, R_CERT_TOO_DEEP, -1);
        assert_int_equal(v.path_n, PATH_MAX_CERTS);
    }
}

static void self_issued_certificates_are_not_counted(void **state)
{
    (void)state;
    /* RFC 5280 4.2.1.9; PKITS 4.6.15. The old key signs the new one. */
    struct test_cert_spec spec = {
        .cn = "ca", .key_no = 2, .ca = true, .bc = "critical,CA:TRUE,pathlen:0"};
    const struct test_cert *old = test_cert(spec, NULL);
    spec.key_no = 3;
    const struct test_cert *rolled = test_cert(spec, old);
    assert_verdict(verify(LIST(old), LIST(leaf_of(rolled), rolled)), R_NONE, 0);
    const struct test_cert *below = ca("below", 4, old);
    assert_verdict(verify(LIST(old), LIST(leaf_of(below), below)), R_CERT_PATH_TOO_LONG, 2);
}

/* mesh is a chain with `width` certificates for each of `height` authorities, all of them signed by
 * the one above: width to the power of height paths, none of which ends at an anchor. */
static struct list mesh(size_t height, size_t width)
{
    struct list chain = {0};
    const struct test_cert *above = ca("top", 2, NULL);
    size_t n = 1;
    for (size_t h = 0; h < height; h++) {
        const char *cn = test_text("level %zu", h);
        for (size_t w = 0; w < width; w++)
            chain.certs[n++] = ca(cn, (unsigned)(3 + h), above);
        above = chain.certs[n - 1];
    }
    chain.certs[0] = leaf_of(above);
    return chain;
}

static void a_mesh_ends_with_the_budget(void **state)
{
    (void)state;
    /* Bug class 113. */
    clock_t start = clock();
    assert_verdict(verify(LIST(ca("root", 20, NULL)), mesh(7, 9)), R_CERT_BUDGET_SIGNATURES, -1);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    /* Three to the third is within it. */
    assert_verdict(verify(LIST(ca("root", 20, NULL)), mesh(3, 3)), R_CERT_NO_ISSUER, 3);
}

static void names_against_constraints_end_with_the_budget(void **state)
{
    (void)state;
    /* Bug class 112. */
    const char *names = "DNS:a.test", *bases = "permitted;DNS:a.test";
    for (size_t i = 0; i < 1100; i++) {
        names = i ? test_text("%s,DNS:a%zu.a.test", names, i) : names;
        bases = i ? test_text("%s,permitted;DNS:b%zu.test", bases, i) : bases;
    }
    struct test_cert_spec spec = {.cn = "root", .key_no = 2, .ca = true, .nc = bases};
    const struct test_cert *root = test_cert(spec, NULL);
    spec = (struct test_cert_spec){.cn = "leaf", .key_no = 1, .san = names};
    assert_verdict(verify(LIST(root), LIST(test_cert(spec, root))), R_CERT_BUDGET_COMPARISONS, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extra_and_unordered_certificates_do_not_matter),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(any_certificate_can_be_an_anchor),
        cmocka_unit_test(an_expired_cross_certificate_hides_no_good_one),
        cmocka_unit_test(an_issuer_of_the_same_name_with_another_key_is_passed_over),
        cmocka_unit_test(the_faults_of_another_key_are_not_told),
        cmocka_unit_test(the_failure_that_came_furthest_is_told),
        cmocka_unit_test(loops_end),
        cmocka_unit_test(paths_have_an_end),
        cmocka_unit_test(self_issued_certificates_are_not_counted),
        cmocka_unit_test(a_mesh_ends_with_the_budget),
        cmocka_unit_test(names_against_constraints_end_with_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
