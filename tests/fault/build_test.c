/* Every allocation of making things fails in turn: the environment, trust, identities (with an
 * encrypted key, from text and from files), configurations, and a first conversation over them.
 * What cannot be made says that it lacked memory, and leaves nothing behind (bug classes 15,
 * 89). */
#include "certs.h"
#include "faults.h"
#include "ocsps.h"
#include "soak.h"
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const struct test_cert *root, *leaf;
static const char *root_pem, *leaf_pem, *key_pem;
static char *sealed_key_pem;
static span response; /* of the leaf */
static char folder[] = "/tmp/tacit-build-XXXXXX";
static char root_path[64], leaf_path[64], key_path[64];

/* struct world is everything that an application makes. */
struct world {
    tacit_env *env;
    tacit_trust *trust;
    tacit_identity *server, *client;
    tacit_config *server_config, *client_config;
    struct pair pair;
    tacit_error error;
};

static size_t give_password(void *user, char *out, size_t cap)
{
    (void)user, (void)cap;
    memcpy(out, "hunter2", 7);
    return 7;
}

static bool make_trust(struct world *w)
{
    w->trust = tacit_trust_new(w->env, &w->error);
    return w->trust && tacit_trust_add_pem(w->trust, span_str(root_pem), &w->error)
           && tacit_trust_add_file(w->trust, root_path, &w->error);
}

/* staple has an identity go with a response. */
static bool staple(struct world *w, tacit_identity **identity)
{
    tacit_identity *bare = *identity;
    *identity = tacit_identity_with_staple(bare, response, &w->error);
    tacit_identity_free(bare);
    return *identity;
}

static bool make_identities(struct world *w)
{
    w->server = tacit_identity_files(w->env, leaf_path, key_path, NULL, NULL, &w->error);
    w->client = w->server ? tacit_identity_pem(w->env, span_str(leaf_pem), span_str(sealed_key_pem),
                                               give_password, NULL, &w->error)
                          : NULL;
    return w->client && staple(w, &w->server) && staple(w, &w->client);
}

static bool make_configs(struct world *w)
{
    static const char *const alpn[] = {"h2", "http/1.1"};
    static const tacit_allow allow = {TACIT_ALLOW_DNS, "a.test"};
    tacit_config_options o = {.size = sizeof o,
                              .alpn = alpn,
                              .n_alpn = 2,
                              .trust = w->trust,
                              .staple_required = true,
                              .allow = &allow,
                              .n_allow = 1,
                              .identities = &w->client,
                              .n_identities = 1};
    w->client_config = tacit_client_config(w->env, &o, &w->error);
    o.identities = &w->server;
    o.staple_required = false;
    o.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    w->server_config = w->client_config ? tacit_server_config(w->env, &o, &w->error) : NULL;
    return w->server_config;
}

static bool make_connections(struct world *w)
{
    tacit_config *own = tacit_config_with_user(w->client_config, w, &w->error);
    w->pair.client = tacit_client_new(own, "a.test", &w->error);
    tacit_config_free(own);
    w->pair.server = w->pair.client ? tacit_server_new(w->server_config, &w->error) : NULL;
    return w->pair.server;
}

static bool make(struct world *w)
{
    return make_trust(w) && make_identities(w) && make_configs(w) && make_connections(w);
}

static void end(struct world *w, const tacit_env *env)
{
    pair_free(&w->pair);
    tacit_config_free(w->client_config);
    tacit_config_free(w->server_config);
    tacit_identity_free(w->client);
    tacit_identity_free(w->server);
    tacit_trust_free(w->trust);
    if (w->env != env) {
        /* A library context that is freed without memory keeps its thread keys: 3.0.22 allocates
         * there, and gives up. The process has 1024 of them. */
        (void)faults_disarm();
        tacit_env_free(w->env);
    }
    faults_settle();
}

/* An end of the conversation that failed is an error of the world. */
static bool sound_talk(struct world *w, bool *done)
{
    enum talk_end came = talk(&w->pair, true);
    const tacit_error *c = tacit_conn_error(w->pair.client), *s = tacit_conn_error(w->pair.server);
    *done = came == TALK_DONE;
    if (came != TALK_FAILED)
        return *done;
    w->error = faults_lacked(c) ? *c : *s;
    return faults_lacked(&w->error);
}

/* build makes a world (over `env`, unless that is NULL) and lets it talk. False if that ended in
 * any other way than well, or for want of memory. */
static bool build(tacit_env *env, bool *done)
{
    struct world w = {.env = env};
    tacit_env_options hooks = faults_hooks();
    if (!env)
        w.env = tacit_env_new(&hooks, &w.error);
    *done = false;
    bool sound = w.env && make(&w) ? sound_talk(&w, done) : faults_lacked(&w.error);
    if (!sound)
        print_error("%s (%s:%u)\n", w.error.name ? w.error.name : "no error",
                    w.error.file ? w.error.file : "", w.error.line);
    end(&w, env);
    return sound;
}

/* every_allocation fails them in turn; with `sparse`, only some of the later ones. libcrypto itself
 * loses memory when a library context cannot be made, so that is counted only with an `env`. */
static void every_allocation(tacit_env *env, enum fault_mode mode, unsigned sparse)
{
    bool done;
    unsigned unsound = 0, runs = 0;
    assert_true(build(env, &done) && done); /* libcrypto makes once what it keeps */
    struct usage before = faults_usage();
    faults_arm(FAULT_NONE, 0);
    assert_true(build(env, &done) && done);
    unsigned total = faults_disarm();
    for (unsigned n = 1; n <= total; n += 1 + (sparse ? n / sparse : 0), runs++) {
        faults_arm(mode, n);
        bool sound = build(env, &done);
        faults_disarm();
        if (!sound) {
            unsound++;
            print_error("  with allocation %u of %u\n", n, total);
        }
        struct usage now = faults_usage();
        assert_int_equal(now.blocks, before.blocks);
        assert_int_equal(now.bytes, before.bytes);
        if (env)
            assert_int_equal(now.libcrypto_blocks, before.libcrypto_blocks);
    }
    print_message("%u of %u allocations\n", runs, total);
    assert_int_equal(unsound, 0);
    assert_true(build(env, &done) && done);
}

enum { SPARSE = 40 };

static void over_an_environment(void **state)
{
    (void)state;
    tacit_env_options hooks = faults_hooks();
    tacit_env *env = tacit_env_new(&hooks, NULL);
    every_allocation(env, FAULT_ONE, soaking() ? 0 : SPARSE);
    every_allocation(env, FAULT_FROM, soaking() ? 0 : SPARSE);
    tacit_env_free(env);
}

static void from_the_environment_on(void **state)
{
    (void)state;
    every_allocation(NULL, FAULT_ONE, soaking() ? 0 : SPARSE);
    every_allocation(NULL, FAULT_FROM, soaking() ? 0 : SPARSE);
}

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcrypto.so"; /* see every_allocation; what is ours is counted */
}

static bool write_file(char *path, const char *name, const char *text)
{
    snprintf(path, sizeof root_path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

static int setup(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    leaf = test_cert((struct test_cert_spec){.cn = "leaf", .key = MADE_P384, .san = "DNS:a.test"},
                     root);
    root_pem = test_chain_pem(&root, 1);
    leaf_pem = test_chain_pem(&leaf, 1);
    key_pem = test_key_pem(leaf);
    response = test_ocsp((struct test_ocsp_spec){0}, leaf, root);
    sealed_key_pem = pem_key(MADE_P384, FORM_PKCS8, "AES-128-CBC", "hunter2");
    bool ok = mkdtemp(folder) && write_file(root_path, "root.pem", root_pem)
              && write_file(leaf_path, "leaf.pem", leaf_pem)
              && write_file(key_path, "key.pem", key_pem);
    return ok ? 0 : 1;
}

static int teardown(void **state)
{
    unlink(root_path);
    unlink(leaf_path);
    unlink(key_path);
    rmdir(folder);
    free(sealed_key_pem);
    return test_certs_end(state);
}

int main(void)
{
    faults_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_an_environment),
        cmocka_unit_test(from_the_environment_on),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
