/* Signatures that are remembered: only those of a path that was accepted as a whole, each for its
 * own certificate and its issuer's key alone; and everything else is still asked. What the cache
 * says is told from what libcrypto says by a signature that is wrong, and remembered all the
 * same. */
#include "certs.h"

#include "crypto/env.h"
#include "x509/admit.h"
#include "x509/check.h"

#include <tacit/verify.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *sub, *leaf, *forged;
static tacit_env *env;
static tacit_trust *trust;

static struct test_cert_spec leaf_spec(void)
{
    return (struct test_cert_spec){.cn = "leaf", .key_no = 3, .san = "DNS:a.test"};
}

static int begin(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .key_no = 1, .ca = true}, NULL);
    sub = test_cert((struct test_cert_spec){.cn = "sub", .key_no = 2, .ca = true}, root);
    leaf = test_cert(leaf_spec(), sub);
    struct test_cert_spec spec = leaf_spec();
    spec.forged = true;
    forged = test_cert(spec, sub);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    const tacit_env_options o = {.size = sizeof o, .signature_cache = 64};
    env = tacit_env_new(&o, NULL);
    trust = tacit_trust_new(env, NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tacit_trust_free(trust);
    tacit_env_free(env);
    return 0;
}

static void key_of(const struct test_cert *cert, const struct test_cert *issuer,
                   uint8_t key[SIG_CACHE_KEY])
{
    struct cert a, b;
    assert_true(cert_parse(&a, test_cert_der(cert), NULL));
    assert_true(cert_parse(&b, test_cert_der(issuer), NULL));
    signature_key(&a, &b, key);
}

static bool remembered(const struct test_cert *cert, const struct test_cert *issuer)
{
    uint8_t key[SIG_CACHE_KEY];
    key_of(cert, issuer, key);
    return sig_cache_has(env->signatures, key);
}

static void remember(const struct test_cert *cert, const struct test_cert *issuer)
{
    uint8_t key[SIG_CACHE_KEY];
    key_of(cert, issuer, key);
    sig_cache_add(env->signatures, key);
}

static tacit_verify_options of(const struct test_cert *cert)
{
    const struct test_cert *const chain[] = {cert, sub};
    return (tacit_verify_options){.size = sizeof(tacit_verify_options),
                                  .chain = span_str(test_chain_pem(chain, 2)),
                                  .trust = trust,
                                  .time = TEST_NOW};
}

static void assert_said(tacit_verify_options o, const char *reason)
{
    tacit_error error = {0};
    bool yes = tacit_verify(env, NULL, &o, &error);
    if (yes != !reason || (reason && strcmp(error.name, reason) != 0))
        fail_msg("expected %s, found %s", reason ? reason : "yes", yes ? "yes" : error.name);
}

static void a_path_that_is_accepted_is_remembered(void **state)
{
    (void)state;
    assert_said(of(leaf), NULL);
    assert_true(remembered(leaf, sub));
    assert_true(remembered(sub, root));
    assert_false(remembered(leaf, root));
    assert_false(remembered(root, root)); /* an anchor's own is never verified */
    assert_said(of(leaf), NULL);
}

static void a_path_that_is_refused_is_not(void **state)
{
    (void)state;
    uint8_t pin[1][SPKI_HASH] = {{0}};
    const tacit_allow allow = {TACIT_ALLOW_DNS, "b.test"};
    tacit_verify_options o = of(leaf);
    o.name = "b.test";
    assert_said(o, "CERT_NAME_MISMATCH");
    o = of(leaf);
    o.revocation = TACIT_REVOCATION_HARD;
    assert_said(o, "CRL_MISSING");
    o = of(leaf);
    o.explicit_policy = true;
    assert_said(o, "CERT_POLICY");
    o = of(leaf);
    o.pins = pin;
    o.n_pins = 1;
    assert_said(o, "CERT_PIN_MISMATCH");
    o = of(leaf);
    o.allow = &allow;
    o.n_allow = 1;
    assert_said(o, "CERT_NOT_ALLOWED");
    assert_said(of(forged), "CERT_BAD_SIGNATURE");
    assert_false(remembered(leaf, sub));
    assert_false(remembered(sub, root));
    assert_false(remembered(forged, sub));
}

/* What is remembered is the signature alone. */
static void everything_else_is_asked_again(void **state)
{
    (void)state;
    remember(forged, sub);
    assert_said(of(forged), NULL);
    assert_said(of(leaf), NULL);
    tacit_verify_options o = of(forged);
    o.time = TEST_NOT_AFTER + 1;
    assert_said(o, "CERT_EXPIRED");
    o = of(forged);
    o.name = "b.test";
    assert_said(o, "CERT_NAME_MISMATCH");
    o = of(forged);
    o.revocation = TACIT_REVOCATION_HARD;
    assert_said(o, "CRL_MISSING");
    struct test_cert_spec spec = leaf_spec();
    spec.digest = "SHA1";
    const struct test_cert *broken = test_cert(spec, sub);
    remember(broken, sub);
    assert_said(of(broken), "CERT_BROKEN_HASH");
    spec = leaf_spec();
    spec.eku = "clientAuth";
    const struct test_cert *other = test_cert(spec, sub);
    remember(other, sub);
    assert_said(of(other), "CERT_WRONG_PURPOSE");
}

static void it_is_remembered_for_one_issuers_key(void **state)
{
    (void)state;
    /* The same name and another key: what sub signed, this one did not. */
    struct test_cert_spec spec = {.cn = "sub", .key_no = 9, .ca = true};
    const struct test_cert *twin = test_cert(spec, root);
    const struct test_cert *const chain[] = {leaf, twin};
    assert_said(of(leaf), NULL);
    tacit_verify_options o = of(leaf);
    o.chain = span_str(test_chain_pem(chain, 2));
    assert_said(o, "CERT_BAD_SIGNATURE");
    remember(forged, twin);
    assert_said(of(forged), "CERT_BAD_SIGNATURE");
}

static void each_environment_has_its_own(void **state)
{
    (void)state;
    const tacit_env_options o = {.size = sizeof o, .signature_cache = 64};
    tacit_env *first = env;
    assert_said(of(leaf), NULL);
    env = tacit_env_new(&o, NULL);
    assert_false(remembered(leaf, sub));
    tacit_env_free(env);
    env = tacit_env_new(NULL, NULL); /* none at all */
    remember(forged, sub);
    assert_said(of(forged), "CERT_BAD_SIGNATURE");
    tacit_env_free(env);
    env = first;
    assert_true(remembered(leaf, sub));
}

int main(void)
{
#define WITH_CACHE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_CACHE(a_path_that_is_accepted_is_remembered),
        WITH_CACHE(a_path_that_is_refused_is_not),
        WITH_CACHE(everything_else_is_asked_again),
        WITH_CACHE(it_is_remembered_for_one_issuers_key),
        WITH_CACHE(each_environment_has_its_own),
    };
    return cmocka_run_group_tests(tests, begin, test_certs_end);
}
