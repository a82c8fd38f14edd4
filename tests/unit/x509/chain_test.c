/* Chains: copies of what a peer sent, in number and memory bounded (bug class 81). */
#include "x509/x509.h"

#include "certs.h"
#include "crypto/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *made(void)
{
    return test_cert((struct test_cert_spec){.cn = "a"}, NULL);
}

static void a_chain_owns_its_bytes(void **state)
{
    (void)state;
    span der = test_cert_der(made());
    uint8_t *lent = malloc(der.n);
    memcpy(lent, der.p, der.n);
    span two[] = {{lent, der.n}, {lent, der.n}};
    struct chain *chain = chain_new(&test_env()->hooks, two, 2, NULL);
    memset(lent, 0, der.n);
    free(lent);
    assert_int_equal(chain->n, 2);
    assert_true(span_eq(chain->certs[0].der, der));
    assert_true(span_eq(chain->certs[1].der, der));
    assert_ptr_not_equal(chain->certs[0].der.p, chain->certs[1].der.p);
    chain_free(chain);
    chain_free(NULL);
}

static void staples_stay_with_their_certificates(void **state)
{
    (void)state;
    span der = test_cert_der(made());
    const span ders[] = {der, der, der}, staples[] = {{0}, span_str("one"), span_str("")};
    struct chain *chain = chain_new_stapled(&test_env()->hooks, ders, staples, 3, NULL);
    assert_null(chain->certs[0].staple.p);
    assert_true(span_eq(chain->certs[1].staple, staples[1]));
    assert_ptr_not_equal(chain->certs[1].staple.p, staples[1].p);
    assert_true(chain->certs[2].staple.p && !chain->certs[2].staple.n);
    struct chain *other = chain_with_staple(chain, span_str("new"), NULL);
    chain_free(chain);
    assert_int_equal(other->n, 3);
    assert_true(span_eq(other->certs[0].der, der));
    assert_true(span_eq(other->certs[0].staple, span_str("new")));
    chain_free(other);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    span ders[CHAIN_MAX + 1];
    struct err err = {0};
    for (size_t i = 0; i <= CHAIN_MAX; i++)
        ders[i] = test_cert_der(made());
    struct chain *chain = chain_new(&test_env()->hooks, ders, CHAIN_MAX, &err);
    assert_int_equal(chain->n, CHAIN_MAX);
    chain_free(chain);
    assert_null(chain_new(&test_env()->hooks, ders, CHAIN_MAX + 1, &err));
    assert_int_equal(err.reason, R_CERT_CHAIN_SIZE);
    assert_int_equal(err.detail, CHAIN_MAX + 1);
    err = (struct err){0};
    assert_null(chain_new(&test_env()->hooks, ders, 0, &err));
    assert_int_equal(err.reason, R_CERT_CHAIN_SIZE);
}

static void a_bad_certificate_is_named_by_its_depth(void **state)
{
    (void)state;
    span good = test_cert_der(made());
    span ders[] = {good, {good.p, good.n - 1}, {0}};
    struct err err = {0};
    assert_null(chain_new(&test_env()->hooks, ders, 2, &err));
    assert_int_equal(err.reason, R_CERT_MALFORMED);
    assert_int_equal(err.depth, 1);
    err = (struct err){0};
    assert_null(chain_new(&test_env()->hooks, &ders[2], 1, &err));
    assert_int_equal(err.reason, R_CERT_MALFORMED);
    assert_int_equal(err.depth, 0);
    assert_null(chain_new(&test_env()->hooks, ders, 2, NULL));
}

static enum reason from_pem(const char *text, size_t *n)
{
    struct err err = {0};
    struct chain *chain = chain_from_pem(&test_env()->hooks, test_bytes(span_str(text)), &err);
    assert_int_equal(chain != NULL, err.reason == R_NONE);
    *n = chain ? chain->n : 0;
    chain_free(chain);
    return (enum reason)err.reason;
}

static void other_blocks_of_a_text_are_skipped(void **state)
{
    (void)state;
    const struct test_cert *a = made(), *b = made();
    const char *pem = test_chain_pem((const struct test_cert *[]){a, b}, 2);
    size_t n;
    assert_int_equal(from_pem(test_text("%s%s%s", test_key_pem(a), pem, test_key_pem(b)), &n),
                     R_NONE);
    assert_int_equal(n, 2);
    assert_int_equal(from_pem(test_key_pem(a), &n), R_PEM_NO_CERTIFICATE);
    assert_int_equal(from_pem("", &n), R_PEM_NO_CERTIFICATE);
    assert_int_equal(from_pem("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", &n),
                     R_CERT_MALFORMED);
    assert_int_equal(from_pem("-----BEGIN CERTIFICATE-----\n", &n), R_PEM_MALFORMED);
    assert_int_equal(from_pem("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", &n),
                     R_PEM_MALFORMED);
    const char *many = "";
    for (size_t i = 0; i < CHAIN_MAX; i++)
        many = test_text("%s%s", many, test_chain_pem(&a, 1));
    assert_int_equal(from_pem(many, &n), R_NONE);
    assert_int_equal(n, CHAIN_MAX);
    assert_int_equal(from_pem(test_text("%s%s", many, test_chain_pem(&a, 1)), &n), R_PEM_TOO_MANY);
}

static void *no_memory(void *user, size_t n)
{
    size_t *left = user;
    return (*left)-- > 0 ? malloc(n) : NULL;
}

static void release(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    free(p);
}

static void without_memory_there_is_no_chain(void **state)
{
    (void)state;
    const struct test_cert *a = made();
    span pem = span_str(test_chain_pem(&a, 1));
    for (size_t allowed = 0; allowed <= 2; allowed++) {
        size_t left = allowed;
        struct hooks hooks = {.user = &left, .alloc = no_memory, .release = release};
        struct err err = {0};
        struct chain *chain = chain_from_pem(&hooks, pem, &err);
        assert_int_equal(chain != NULL, allowed == 2);
        assert_int_equal(err.reason, allowed == 2 ? R_NONE : R_NO_MEMORY);
        chain_free(chain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_owns_its_bytes),
        cmocka_unit_test(staples_stay_with_their_certificates),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(a_bad_certificate_is_named_by_its_depth),
        cmocka_unit_test(other_blocks_of_a_text_are_skipped),
        cmocka_unit_test(without_memory_there_is_no_chain),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
