/* Every allocation of a conversation, ours and libcrypto's, fails in turn, alone and with all that
 * follow it: the conversation ends as it should or one end says that it lacked something; nothing
 * leaks, and the next conversation over the same environment is well (bug classes 15, 89). */
#include "base/alerts.h"
#include "certs.h"
#include "faults.h"
#include "ocsps.h"
#include "registry/registry.h"
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum {
    BOTHS_TASKS = TACIT_TASK_VERIFY | TACIT_TASK_SIGN | TACIT_TASK_KEX,
    CLIENTS_TASKS = BOTHS_TASKS | TACIT_TASK_CHOOSE,
    SERVERS_TASKS = BOTHS_TASKS | TACIT_TASK_HELLO
};

static tacit_env *env;
static tacit_trust *trust;
static tacit_identity *identities[MADE_KEYS], *transport;

/* struct scenario is a conversation: who proves himself how. */
struct scenario {
    enum made_key server, client; /* the client's only with `mutual` */
    bool mutual;
    uint16_t suite, client_groups[2], server_group; /* another first group: HelloRetryRequest */
    bool tasks;                                     /* the host takes all that it can */
    uint32_t legacy;
};

static tacit_config *client_config(const struct scenario *s)
{
    size_t n = s->client_groups[1] ? 2 : 1;
    uint16_t version = suite_by_id(s->suite)->version;
    tacit_error error;
    tacit_config *config =
        tacit_client_config(env,
                            &(tacit_config_options){.size = sizeof(tacit_config_options),
                                                    .trust = trust,
                                                    .min_version = version,
                                                    .max_version = version,
                                                    .legacy = s->legacy,
                                                    .groups = s->client_groups,
                                                    .n_groups = n,
                                                    .identities = &identities[s->client],
                                                    .n_identities = s->mutual,
                                                    .tasks = s->tasks ? CLIENTS_TASKS : 0},
                            &error);
    assert_non_null(config);
    return config;
}

static tacit_config *server_config(const struct scenario *s)
{
    tacit_error error;
    uint16_t version = suite_by_id(s->suite)->version;
    bool transports = s->legacy & LEGACY_RSA_TRANSPORT;
    tacit_config *config = tacit_server_config(
        env,
        &(tacit_config_options){.size = sizeof(tacit_config_options),
                                .min_version = version,
                                .max_version = version,
                                .legacy = s->legacy,
                                .suites = &s->suite,
                                .n_suites = 1,
                                .groups = &s->server_group,
                                .n_groups = 1,
                                .identities = transports ? &transport : &identities[s->server],
                                .n_identities = 1,
                                .trust = s->mutual ? trust : NULL,
                                .client_auth = s->mutual ? TACIT_CLIENT_AUTH_REQUIRED : 0,
                                .tasks = s->tasks ? SERVERS_TASKS : 0},
        &error);
    assert_non_null(config);
    return config;
}

/* An end that lacked memory says so, and blames nobody; the other one knows what it was told. */
static bool sensible(const tacit_error *a, const tacit_error *b)
{
    return (faults_lacked(a) && (faults_lacked(b) || faults_told(b)))
           || (faults_lacked(b) && faults_told(a));
}

/* libcrypto 3.0, when memory fails while it renews the blinding of an RSA key, keeps half of it,
 * and opens nothing right until it renews it again. Whoever opens a transported secret cannot see
 * that: the record of the Finished is bad, as after any wrong secret. */
enum { BLINDING_USES = 32 };

static bool opened_wrong(const struct scenario *s, const tacit_error *client,
                         const tacit_error *server)
{
    return s->legacy & LEGACY_RSA_TRANSPORT && server->reason == R_BAD_RECORD_MAC
           && client->reason == R_PEER_ALERT && client->alert == ALERT_bad_record_mac;
}

static void print(const char *who, const tacit_error *e)
{
    if (e->reason)
        print_error("    %s: %s in %s (%s:%u)\n", who, e->name, e->state ? e->state : "-", e->file,
                    e->line);
}

/* converse returns whether it was a conversation as it should be; the only other acceptable end is
 * a sensible error. */
static bool converse(tacit_config *cc, tacit_config *sc, const struct scenario *s, bool *sound)
{
    tacit_error ce = {0}, se = {0};
    struct pair p = {.client = tacit_client_new(cc, "a.test", &ce),
                     .server = tacit_server_new(sc, &se)};
    enum talk_end end = TALK_FAILED;
    if (p.client && p.server) {
        end = talk(&p, s->mutual);
        ce = tacit_conn_error(p.client) ? *tacit_conn_error(p.client) : ce;
        se = tacit_conn_error(p.server) ? *tacit_conn_error(p.server) : se;
    }
    *sound = end == TALK_DONE
             || (end == TALK_FAILED && (sensible(&ce, &se) || opened_wrong(s, &ce, &se)));
    if (!*sound) {
        print_error("end %d\n", (int)end);
        print("client", &ce);
        print("server", &se);
    }
    pair_free(&p);
    faults_settle();
    return end == TALK_DONE;
}

static void assert_usage(struct usage before)
{
    struct usage now = faults_usage();
    assert_int_equal(now.blocks, before.blocks);
    assert_int_equal(now.bytes, before.bytes);
    assert_int_equal(now.libcrypto_blocks, before.libcrypto_blocks);
}

static void every_allocation(const struct scenario *s, enum fault_mode mode)
{
    tacit_config *cc = client_config(s), *sc = server_config(s);
    unsigned unsound = 0, survived = 0, total = 0;
    bool sound;
    converse(cc, sc, s, &sound); /* libcrypto makes once what it keeps */
    struct usage before = faults_usage();
    faults_arm(FAULT_NONE, 0);
    assert_true(converse(cc, sc, s, &sound));
    total = faults_disarm();
    assert_usage(before);
    for (unsigned n = 1; n <= total; n++) {
        faults_arm(mode, n);
        bool done = converse(cc, sc, s, &sound);
        unsigned calls = faults_disarm();
        assert_true(calls >= n || done);
        survived += done;
        if (!sound) {
            unsound++;
            print_error("  with allocation %u of %u\n", n, total);
        }
        assert_usage(before);
    }
    print_message("%u allocations, %u survived\n", total, survived);
    assert_int_equal(unsound, 0);
    bool well = false;
    for (int i = 0; i <= (s->legacy & LEGACY_RSA_TRANSPORT ? BLINDING_USES : 0); i++)
        well = converse(cc, sc, s, &sound);
    assert_true(well);
    tacit_config_free(cc);
    tacit_config_free(sc);
}

static void both_modes(const struct scenario *s)
{
    every_allocation(s, FAULT_ONE);
    every_allocation(s, FAULT_FROM);
}

static void a_server_proves_itself(void **state)
{
    (void)state;
    both_modes(&(struct scenario){MADE_P256, MADE_P256, false, 0x1301, {0x1d}, 0x1d, false, 0});
}

static void both_prove_themselves(void **state)
{
    (void)state;
    both_modes(&(struct scenario){MADE_RSA, MADE_ED25519, true, 0x1303, {0x17}, 0x17, false, 0});
}

static void a_hello_is_retried(void **state)
{
    (void)state;
    both_modes(
        &(struct scenario){MADE_ED25519, MADE_P384, true, 0x1302, {0x1d, 0x18}, 0x18, false, 0});
}

static void a_host_does_the_work(void **state)
{
    (void)state;
    both_modes(&(struct scenario){MADE_P256, MADE_P256, true, 0x1301, {0x1d}, 0x1d, true, 0});
}

/* TLS 1.2: a curve, then what needs a word. */
static void the_older_version(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        {MADE_P256, MADE_ED25519, true, 0xc02b, {0x1d, 0x17}, 0x1d, false, 0},
        {MADE_RSA, MADE_P256, false, 0xc027, {0x17}, 0x17, true, LEGACY_CBC_HMAC},
        {MADE_RSA, MADE_P256, true, 0x009c, {0x1d, 0x17}, 0x1d, false, LEGACY_RSA_TRANSPORT},
    };
    for (size_t i = 0; i < 3; i++)
        both_modes(&scenarios[i]);
}

static int setup(void **state)
{
    (void)state;
    static const enum made_key kinds[] = {MADE_P256, MADE_P384, MADE_ED25519, MADE_RSA};
    tacit_error error;
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    tacit_env_options hooks = faults_hooks();
    env = tacit_env_new(&hooks, &error);
    trust = env ? tacit_trust_new(env, &error) : NULL;
    if (!trust || !tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error))
        return 1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct test_cert *leaf = test_cert(
            (struct test_cert_spec){.cn = "leaf", .key = kinds[i], .san = "DNS:a.test"}, root);
        tacit_identity **id = &identities[kinds[i]];
        tacit_identity *bare = tacit_identity_pem(env, span_str(test_chain_pem(&leaf, 1)),
                                                  span_str(test_key_pem(leaf)), NULL, NULL, &error);
        span response = test_ocsp((struct test_ocsp_spec){0}, leaf, root);
        *id = tacit_identity_with_staple(bare, response, &error);
        tacit_identity_free(bare);
        if (!*id)
            return 1;
    }
    const struct test_cert *leaf = test_cert((struct test_cert_spec){.cn = "leaf",
                                                                     .key = MADE_RSA,
                                                                     .key_no = 1,
                                                                     .san = "DNS:a.test",
                                                                     .ku = "keyEncipherment"},
                                             root);
    transport = tacit_identity_pem(env, span_str(test_chain_pem(&leaf, 1)),
                                   span_str(test_key_pem(leaf)), NULL, NULL, &error);
    return transport == NULL;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < MADE_KEYS; i++)
        tacit_identity_free(identities[i]);
    tacit_identity_free(transport);
    tacit_trust_free(trust);
    tacit_env_free(env);
    if (faults_usage().blocks)
        return 1;
    return test_certs_end(state);
}

int main(void)
{
    faults_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_proves_itself), cmocka_unit_test(both_prove_themselves),
        cmocka_unit_test(a_hello_is_retried),     cmocka_unit_test(a_host_does_the_work),
        cmocka_unit_test(the_older_version),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
