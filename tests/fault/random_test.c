/* Every call for randomness fails in turn, ours through the hook and libcrypto's through a
 * generator of our own in the environment's library context: a conversation ends as it should, or
 * an end says what it lacked, and no random of zeros ever goes out (bug classes 89, 90). */
#include "certs.h"
#include "crypto/env.h"
#include "crypto/libcrypto/provider.h"
#include "faults.h"
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>

/* ---- the generator that fails ---------------------------------------------------------------- */

static struct {
    enum fault_mode mode;
    unsigned nth, calls, failed;
    uint64_t state;
} generator;

static bool generate(uint8_t *out, size_t n)
{
    unsigned call = ++generator.calls;
    if (generator.mode == FAULT_ONE ? call == generator.nth
                                    : generator.mode == FAULT_FROM && call >= generator.nth) {
        generator.failed++;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        generator.state = generator.state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(generator.state >> 56);
    }
    return true;
}

static bool hook_random(void *user, uint8_t *out, size_t n)
{
    (void)user;
    return generate(out, n);
}

/* ---- and its place in libcrypto: a provider of one algorithm --------------------------------- */

static void *rand_new(void *provider, void *parent, const OSSL_DISPATCH *parent_calls)
{
    (void)provider, (void)parent, (void)parent_calls;
    return &generator;
}

static void rand_free(void *ctx)
{
    (void)ctx;
}

static int rand_instantiate(void *ctx, unsigned strength, int resistance, const uint8_t *text,
                            size_t n, const OSSL_PARAM *params)
{
    (void)ctx, (void)strength, (void)resistance, (void)text, (void)n, (void)params;
    return 1;
}

static int rand_uninstantiate(void *ctx)
{
    (void)ctx;
    return 1;
}

static int rand_generate(void *ctx, uint8_t *out, size_t n, unsigned strength, int resistance,
                         const uint8_t *more, size_t more_n)
{
    (void)ctx, (void)strength, (void)resistance, (void)more, (void)more_n;
    return generate(out, n);
}

static int rand_get(void *ctx, OSSL_PARAM *params)
{
    (void)ctx;
    OSSL_PARAM *state = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    OSSL_PARAM *strength = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    OSSL_PARAM *most = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    return (!state || OSSL_PARAM_set_int(state, EVP_RAND_STATE_READY))
           && (!strength || OSSL_PARAM_set_uint(strength, 256))
           && (!most || OSSL_PARAM_set_size_t(most, 1 << 16));
}

#define CALL(id, f)                                                                                \
    {                                                                                              \
        OSSL_FUNC_RAND_##id, (void (*)(void))(f)                                                   \
    }

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_DISPATCH calls[] = {
        CALL(NEWCTX, rand_new),
        CALL(FREECTX, rand_free),
        CALL(INSTANTIATE, rand_instantiate),
        CALL(UNINSTANTIATE, rand_uninstantiate),
        CALL(GENERATE, rand_generate),
        CALL(GET_CTX_PARAMS, rand_get),
        {0, NULL},
    };
    static const OSSL_ALGORITHM rands[] = {
        {"CTR-DRBG", "provider=failing", calls, NULL},
        {NULL, NULL, NULL, NULL},
    };
    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? rands : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                         const OSSL_DISPATCH **out, void **provider)
{
    static const OSSL_DISPATCH calls[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {0, NULL},
    };
    (void)handle, (void)in;
    *out = calls;
    *provider = &generator;
    return 1;
}

/* ---- the conversations ----------------------------------------------------------------------- */

static tacit_env *env;
static OSSL_PROVIDER *failing;
static tacit_config *client_config, *server_config;
static unsigned hellos;

/* The random of a hello lies behind the headers of record and message, and the version. */
static void look_at_hello(void *user, bool to_server, uint8_t *p, size_t n)
{
    static const uint8_t zeros[32];
    enum { CCS = 6 }; /* a change_cipher_spec goes before a client's second hello */
    (void)user, (void)to_server;
    if (n > CCS && p[0] == 20) {
        p += CCS;
        n -= CCS;
    }
    if (n < 5 + 4 + 2 + 32 || p[0] != 22 || (p[5] != 1 && p[5] != 2))
        return;
    assert_memory_not_equal(p + 11, zeros, sizeof zeros);
    assert_memory_not_equal(p + 44, zeros, sizeof zeros); /* the session id */
    hellos++;
}

static enum talk_end converse(tacit_error *ce, tacit_error *se)
{
    enum talk_end end = TALK_FAILED;
    struct pair p = {.tap = look_at_hello};
    *ce = *se = (tacit_error){0};
    p.client = tacit_client_new(client_config, "a.test", ce);
    p.server = p.client ? tacit_server_new(server_config, se) : NULL;
    if (p.server) {
        end = talk(&p, true);
        *ce = tacit_conn_error(p.client) ? *tacit_conn_error(p.client) : *ce;
        *se = tacit_conn_error(p.server) ? *tacit_conn_error(p.server) : *se;
    }
    pair_free(&p);
    return end;
}

static void every_call(enum fault_mode mode)
{
    tacit_error ce, se;
    generator.mode = FAULT_NONE;
    generator.calls = 0;
    hellos = 0;
    assert_int_equal(converse(&ce, &se), TALK_DONE);
    assert_int_equal(hellos, 4); /* a retry was asked for */
    unsigned total = generator.calls;
    print_message("%u calls\n", total);
    assert_true(total > 4); /* two draws of ours, two signatures at least */
    for (unsigned n = 1; n <= total; n++) {
        generator.mode = mode;
        generator.nth = n;
        generator.calls = generator.failed = 0;
        enum talk_end end = converse(&ce, &se);
        assert_true(generator.failed > 0 || end == TALK_DONE);
        if (end != TALK_DONE
            && (end == TALK_WRONG || !(faults_lacked(&ce) || faults_lacked(&se))
                || !(faults_lacked(&ce) || faults_told(&ce))
                || !(faults_lacked(&se) || faults_told(&se))))
            fail_msg("call %u of %u: end %d, client %s, server %s", n, total, (int)end, ce.name,
                     se.name);
        if (n == 1) /* the first is the client's own draw */
            assert_string_equal(ce.name, "NO_RANDOM");
    }
    generator.mode = FAULT_NONE;
    assert_int_equal(converse(&ce, &se), TALK_DONE);
}

static void one_call(void **state)
{
    (void)state;
    every_call(FAULT_ONE);
}

static void all_calls_from_one_on(void **state)
{
    (void)state;
    every_call(FAULT_FROM);
}

/* Without the hook, our own draws come from libcrypto's private generator. */
static void our_draws_without_a_hook(void **state)
{
    (void)state;
    tacit_error ce, se;
    env->hooks.random = NULL;
    generator.mode = FAULT_FROM;
    generator.calls = generator.failed = 0;
    generator.nth = 1;
    assert_int_equal(converse(&ce, &se), TALK_FAILED);
    assert_string_equal(ce.name, "NO_RANDOM");
    every_call(FAULT_ONE);
    env->hooks.random = hook_random;
}

static tacit_identity *identity(const struct test_cert *root, enum made_key key)
{
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .key = key, .san = "DNS:a.test"}, root);
    return tacit_identity_pem(env, span_str(test_chain_pem(&leaf, 1)), span_str(test_key_pem(leaf)),
                              NULL, NULL, NULL);
}

static void make_configs(void)
{
    static const uint16_t two[] = {0x001d, 0x0018};
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    tacit_identity *rsa = identity(root, MADE_RSA), *ec = identity(root, MADE_P256);
    tacit_trust *trust = tacit_trust_new(env, NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    tacit_config_options o = {.size = sizeof o, .trust = trust, .n_identities = 1};
    o.groups = two;
    o.n_groups = 2;
    o.identities = &ec;
    client_config = tacit_client_config(env, &o, NULL);
    o.groups = &two[1]; /* not the client's first: it is asked to try again */
    o.n_groups = 1;
    o.identities = &rsa;
    o.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    server_config = tacit_server_config(env, &o, NULL);
    assert_true(client_config && server_config);
    tacit_identity_free(rsa);
    tacit_identity_free(ec);
    tacit_trust_free(trust);
}

static int setup(void **state)
{
    (void)state;
    tacit_env_options hooks = faults_hooks();
    hooks.random = hook_random;
    env = tacit_env_new(&hooks, NULL);
    assert_non_null(env);
    make_configs();
    /* A thread's generators are made when it asks for them: it shall ask for ours. */
    OSSL_LIB_CTX *lib = env->crypto->lib;
    faults_settle();
    if (OSSL_PROVIDER_add_builtin(lib, "failing", provider_init) != 1)
        return 1;
    failing = OSSL_PROVIDER_load(lib, "failing");
    return failing && EVP_set_default_properties(lib, "?provider=failing") == 1 ? 0 : 1;
}

static int teardown(void **state)
{
    tacit_config_free(client_config);
    tacit_config_free(server_config);
    faults_settle();
    OSSL_PROVIDER_unload(failing);
    tacit_env_free(env);
    return test_certs_end(state);
}

int main(void)
{
    faults_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call),
        cmocka_unit_test(all_calls_from_one_on),
        cmocka_unit_test(our_draws_without_a_hook),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
