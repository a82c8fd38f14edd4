/* Tasks: every kind, in both roles, done by another thread, by a remote signer, refused, late,
 * twice; and configurations chosen by the hello. */
#include "base/alerts.h"
#include "certs.h"
#include "hs/config.h"
#include "pair.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ALL = TACIT_TASK_HELLO | TACIT_TASK_VERIFY | TACIT_TASK_SIGN | TACIT_TASK_KEX };

static const struct test_cert *root;
static tacit_trust *trust;
static tacit_error error;

static const struct test_cert *leaf(const char *name)
{
    return test_cert((struct test_cert_spec){.cn = name, .san = test_text("DNS:%s", name)}, root);
}

static tacit_identity *identity(const char *name, bool with_key)
{
    const struct test_cert *cert = leaf(name);
    span chain = span_str(test_chain_pem(&cert, 1)), key = span_str(test_key_pem(cert));
    tacit_identity *id = with_key ? tacit_identity_pem(test_env(), chain, key, NULL, NULL, &error)
                                  : tacit_identity_chain(test_env(), chain, &error);
    assert_non_null(id);
    return id;
}

static tacit_config *config(bool client, tacit_config_options o, const char *name)
{
    tacit_identity *id = name ? identity(name, !(o.tasks & TACIT_TASK_SIGN)) : NULL;
    o.size = sizeof o;
    o.identities = id ? &id : NULL;
    o.n_identities = id ? 1 : 0;
    o.trust = client || o.client_auth ? trust : NULL;
    tacit_config *c = client ? tacit_client_config(test_env(), &o, &error)
                             : tacit_server_config(test_env(), &o, &error);
    if (!c)
        fail_msg("%s", error.name);
    tacit_identity_free(id);
    return c;
}

static struct pair pair_of(tacit_config *client, tacit_config *server, const char *name)
{
    struct pair p = {.client = tacit_client_new(client, name, &error),
                     .server = tacit_server_new(server, &error)};
    assert_true(p.client && p.server);
    tacit_config_free(client);
    tacit_config_free(server);
    return p;
}

/* The signer has the key; the connection's identity has none. */
static void sign_elsewhere(tacit_task *task)
{
    tacit_signing what = {.size = sizeof what};
    assert_true(tacit_task_signing(task, &what));
    struct chain *chain = chain_new(&((struct tacit_env *)test_env())->hooks, &what.leaf, 1, NULL);
    char name[64];
    assert_true(cert_name_at(&chain->certs[0], 0, NULL, name, sizeof name));
    chain_free(chain);
    tacit_identity *id = identity(name, true);
    uint8_t sig[SIG_MAX];
    size_t n = tacit_identity_sign(id, sig, what.scheme, what.content);
    assert_in_range(n, 8, sizeof sig);
    sig[n - 1] ^= 1;
    assert_false(tacit_task_signed(task, (span){sig, n}));
    sig[n - 1] ^= 1;
    assert_true(tacit_task_signed(task, (span){sig, n}));
    tacit_identity_free(id);
}

/* A key signs by the schemes that fit it, and an identity without one not at all. */
static void a_signer_signs_what_fits(void **state)
{
    enum { ED25519 = 0x0807, ECDSA_P256 = 0x0403, RSA_PKCS1 = 0x0401, UNKNOWN = 0x7777 };
    (void)state;
    tacit_identity *p256 = identity("a.test", true), *none = identity("a.test", false);
    span content = span_str("content");
    uint8_t sig[SIG_MAX];
    assert_true(tacit_identity_sign(p256, sig, ECDSA_P256, content) > 0);
    assert_int_equal(tacit_identity_sign(p256, sig, ED25519, content), 0);
    assert_int_equal(tacit_identity_sign(p256, sig, RSA_PKCS1, content), 0);
    assert_int_equal(tacit_identity_sign(p256, sig, UNKNOWN, content), 0);
    assert_int_equal(tacit_identity_sign(none, sig, ECDSA_P256, content), 0);
    tacit_identity_free(p256);
    tacit_identity_free(none);
}

static void *run_there(void *task)
{
    assert_true(tacit_task_run(task));
    return NULL;
}

static unsigned seen;

/* Takes and answers what waits at one end; true if something did. */
static bool serve_tasks(tacit_conn *c)
{
    if (!(tacit_conn_wants(c) & TACIT_WANT_TASK))
        return false;
    assert_false(tacit_conn_wants(c) & TACIT_WANT_WIRE_IN);
    tacit_task *task = tacit_conn_take_task(c);
    assert_non_null(task);
    assert_null(tacit_conn_take_task(c));
    seen |= tacit_task_what(task);
    pthread_t thread;
    if (tacit_task_what(task) == TACIT_TASK_SIGN) {
        sign_elsewhere(task);
    } else if (tacit_task_what(task) != TACIT_TASK_HELLO) {
        assert_int_equal(pthread_create(&thread, NULL, run_there, task), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    assert_true(tacit_conn_answer(c, task));
    return true;
}

static void run_all(struct pair *p)
{
    do
        pair_run(p);
    while (serve_tasks(p->client) || serve_tasks(p->server));
}

static void assert_connected(const struct pair *p)
{
    const tacit_error *c = tacit_conn_error(p->client), *s = tacit_conn_error(p->server);
    if (c || s)
        fail_msg("client %s, server %s", c ? c->name : "", s ? s->name : "");
    assert_int_equal(tacit_conn_phase(p->client), TACIT_PHASE_CONNECTED);
    assert_int_equal(tacit_conn_phase(p->server), TACIT_PHASE_CONNECTED);
}

static void every_task_may_leave(void **state)
{
    (void)state;
    static const uint16_t p384[] = {0x0018}, both[] = {0x001d, 0x0018};
    for (int retry = 0; retry < 2; retry++) {
        for (size_t chunk = 0; chunk < 2; chunk++) {
            seen = 0;
            tacit_config_options co = {
                .tasks = ALL & ~TACIT_TASK_HELLO, .groups = both, .n_groups = 2};
            tacit_config_options so = {.tasks = ALL, .client_auth = TACIT_CLIENT_AUTH_REQUIRED};
            so.groups = retry ? p384 : both;
            so.n_groups = retry ? 1 : 2;
            struct pair p =
                pair_of(config(true, co, "client.test"), config(false, so, "a.test"), "a.test");
            p.chunk = chunk;
            run_all(&p);
            assert_connected(&p);
            assert_int_equal(seen, ALL);
            assert_true(pair_send(&p, false, (const uint8_t *)"hello", 5));
            pair_free(&p);
        }
    }
}

static tacit_config *transport_server(tacit_config_options o)
{
    const struct test_cert_spec spec = {
        .cn = "transport", .key = MADE_RSA, .san = "DNS:a.test", .ku = "critical,keyEncipherment"};
    const struct test_cert *cert = test_cert(spec, root);
    span chain = span_str(test_chain_pem(&cert, 1)), key = span_str(test_key_pem(cert));
    tacit_identity *id = tacit_identity_pem(test_env(), chain, key, NULL, NULL, &error);
    assert_non_null(id);
    o.size = sizeof o;
    o.trust = trust;
    o.identities = &id;
    o.n_identities = 1;
    tacit_config *c = tacit_server_config(test_env(), &o, &error);
    assert_non_null(c);
    tacit_identity_free(id);
    return c;
}

/* In TLS 1.2 the tasks are the same, and signers elsewhere sign what it has signed: both randoms
 * and the parameters, or all messages. By RSA transport the server signs nothing, and its KEX is to
 * open the client's secret. */
static void tasks_of_tls12(void **state)
{
    (void)state;
    static const uint16_t transport_suite[] = {0x009d};
    for (int transport = 0; transport < 2; transport++) {
        tacit_config_options co = {.tasks = ALL & ~TACIT_TASK_HELLO, .max_version = 0x0303};
        tacit_config_options so = {
            .tasks = ALL, .max_version = 0x0303, .client_auth = TACIT_CLIENT_AUTH_REQUIRED};
        if (transport) {
            co.legacy = so.legacy = TACIT_LEGACY_RSA_TRANSPORT;
            co.suites = transport_suite;
            co.n_suites = 1;
        }
        seen = 0;
        struct pair p =
            pair_of(config(true, co, "client.test"),
                    transport ? transport_server(so) : config(false, so, "a.test"), "a.test");
        run_all(&p);
        assert_connected(&p);
        assert_int_equal(seen, ALL);
        tacit_info info = {.size = sizeof info};
        tacit_conn_info(p.server, &info);
        assert_int_equal(info.own_scheme, transport ? 0 : 0x0403);
        assert_int_equal(info.peer_scheme, 0x0403);
        assert_true(pair_send(&p, false, (const uint8_t *)"hello", 5));
        pair_free(&p);
    }
}

static void what_is_not_run_is_run_by_the_answer(void **state)
{
    (void)state;
    tacit_config_options o = {.tasks = TACIT_TASK_KEX | TACIT_TASK_VERIFY};
    struct pair p = pair_of(config(true, o, NULL), config(false, o, "a.test"), "a.test");
    for (int i = 0; i < 3; i++) {
        pair_run(&p);
        tacit_conn *c = tacit_conn_wants(p.client) & TACIT_WANT_TASK ? p.client : p.server;
        tacit_task *task = tacit_conn_take_task(c);
        assert_non_null(task);
        assert_true(tacit_conn_answer(c, task));
    }
    pair_run(&p);
    assert_connected(&p);
    pair_free(&p);
}

static void a_host_can_only_refuse(void **state)
{
    (void)state;
    for (unsigned kind = TACIT_TASK_HELLO; kind <= TACIT_TASK_VERIFY; kind <<= 1) {
        bool server = kind == TACIT_TASK_HELLO;
        tacit_config_options none = {0}, o = {.tasks = kind};
        struct pair p = pair_of(config(true, server ? none : o, NULL),
                                config(false, server ? o : none, "a.test"), "a.test");
        pair_run(&p);
        tacit_conn *c = server ? p.server : p.client;
        tacit_task *task = tacit_conn_take_task(c);
        assert_non_null(task);
        tacit_task_refuse(task);
        if (!server)
            assert_false(tacit_task_run(task));
        assert_true(tacit_conn_answer(c, task));
        pair_run(&p);
        const tacit_error *e = tacit_conn_error(c);
        assert_string_equal(e->name, server ? "REFUSED_BY_HOST" : "CERT_REFUSED_BY_HOST");
        assert_int_equal(e->alert, server ? ALERT_access_denied : ALERT_certificate_unknown);
        assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CLOSED);
        assert_int_equal(tacit_conn_phase(p.server), TACIT_PHASE_CLOSED);
        pair_free(&p);
    }
}

/* A bad path stays bad, however the host answers. */
static void a_host_cannot_accept(void **state)
{
    (void)state;
    struct pair p = pair_of(config(true, (tacit_config_options){.tasks = TACIT_TASK_VERIFY}, NULL),
                            config(false, (tacit_config_options){0}, "b.test"), "a.test");
    pair_run(&p);
    tacit_task *task = tacit_conn_take_task(p.client);
    tacit_span der;
    assert_true(tacit_task_cert(task, 0, &der) && !tacit_task_cert(task, 1, &der));
    assert_false(tacit_task_run(task));
    assert_true(tacit_conn_answer(p.client, task));
    assert_string_equal(tacit_conn_error(p.client)->code, "cert.name-mismatch");
    tacit_cert_info info = {.size = sizeof info};
    assert_true(tacit_conn_peer_cert(p.client, 0, &info));
    assert_string_equal(info.name, "b.test");
    pair_free(&p);
}

static void a_stale_answer_changes_nothing(void **state)
{
    (void)state;
    tacit_config_options o = {.tasks = TACIT_TASK_KEX};
    struct pair p = pair_of(config(true, o, NULL), config(false, o, "a.test"), "a.test");
    struct pair q = pair_of(config(true, o, NULL), config(false, o, "a.test"), "a.test");
    pair_run(&p);
    pair_run(&q);
    tacit_task *of_p = tacit_conn_take_task(p.server), *of_q = tacit_conn_take_task(q.server);
    assert_true(of_p && of_q);
    assert_false(tacit_conn_answer(p.server, of_q));
    assert_false(tacit_conn_answer(p.client, of_p));
    tacit_conn_wire_in_eof(p.server); /* the peer went away meanwhile */
    assert_string_equal(tacit_conn_error(p.server)->name, "CLOSED_EARLY");
    assert_false(tacit_conn_answer(p.server, of_p));
    pair_free(&p);
    assert_true(tacit_task_run(of_p)); /* it owns what it needs */
    tacit_task_free(of_p);
    assert_true(tacit_conn_answer(q.server, of_q));
    run_all(&q);
    assert_connected(&q);
    pair_free(&q);
}

static void the_hello_chooses_the_configuration(void **state)
{
    (void)state;
    const char *h2[] = {"h2"};
    tacit_config_options co = {.alpn = h2, .n_alpn = 1};
    struct pair p = pair_of(
        config(true, co, NULL),
        config(false, (tacit_config_options){.tasks = TACIT_TASK_HELLO}, "x.test"), "a.test");
    pair_run(&p);
    tacit_task *task = tacit_conn_take_task(p.server);
    tacit_hello hello = {.size = sizeof hello};
    assert_true(tacit_task_hello(task, &hello));
    assert_int_equal(hello.server_name.n, 6);
    assert_memory_equal(hello.server_name.p, "a.test", 6);
    assert_int_equal(hello.alpn.n, 3);
    tacit_config *chosen = config(false, co, "a.test"), *wrong = config(true, co, NULL);
    assert_false(tacit_task_use(task, wrong));
    assert_true(tacit_task_use(task, chosen));
    tacit_config_free(chosen);
    tacit_config_free(wrong);
    assert_true(tacit_conn_answer(p.server, task));
    pair_run(&p);
    assert_connected(&p);
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(p.server, &info);
    assert_int_equal(info.alpn.n, 2);
    pair_free(&p);
}

/* Bug class 35: an exact name beats a wildcard, each with its own policy; anything else gets the
 * strict default. */
static void names_choose_their_policy(void **state)
{
    (void)state;
    static const struct {
        const char *ask;
        bool asks_for_certificate;
    } rows[] = {{"open.a.test", false},
                {"other.a.test", true},
                {"deep.other.a.test", true},
                {"b.test", true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tacit_config_options strict = {.client_auth = TACIT_CLIENT_AUTH_OPTIONAL}, lax = {0};
        tacit_named_config names[] = {{"*.a.test", config(false, strict, rows[i].ask)},
                                      {"open.a.test", config(false, lax, rows[i].ask)}};
        strict.names = names;
        strict.n_names = 2;
        struct pair p =
            pair_of(config(true, lax, NULL), config(false, strict, rows[i].ask), rows[i].ask);
        pair_run(&p);
        assert_connected(&p);
        tacit_info info = {.size = sizeof info};
        tacit_conn_info(p.server, &info);
        assert_int_equal(info.client_auth_requested, rows[i].asks_for_certificate);
        pair_free(&p);
        tacit_config_free(names[0].config);
        tacit_config_free(names[1].config);
    }
}

static void options_are_held_together(void **state)
{
    (void)state;
    tacit_identity *keyless = identity("a.test", false);
    tacit_config_options o = {.size = sizeof o, .identities = &keyless, .n_identities = 1};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "NO_KEY");
    o.tasks = 1;
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "BAD_TASKS_OPTION");
    o.tasks = TACIT_TASK_HELLO;
    assert_null(tacit_client_config(test_env(), &o, &error));
    tacit_named_config bad[] = {{"*.*.test", NULL}};
    o = (tacit_config_options){.size = sizeof o,
                               .identities = &keyless,
                               .n_identities = 1,
                               .tasks = TACIT_TASK_SIGN,
                               .names = bad,
                               .n_names = 1};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "BAD_NAMED_CONFIG");
    tacit_identity *failed = tacit_identity_chain(test_env(), span_str("nothing"), &error);
    o = (tacit_config_options){.size = sizeof o, .identities = &failed, .n_identities = 1};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "PEM_NO_CERTIFICATE"); /* constructors chain */
    tacit_identity_free(keyless);
}

static int setup(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    trust = tacit_trust_new(test_env(), &error);
    return trust && tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error) ? 0 : 1;
}

static int teardown(void **state)
{
    tacit_trust_free(trust);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signer_signs_what_fits),
        cmocka_unit_test(every_task_may_leave),
        cmocka_unit_test(tasks_of_tls12),
        cmocka_unit_test(what_is_not_run_is_run_by_the_answer),
        cmocka_unit_test(a_host_can_only_refuse),
        cmocka_unit_test(a_host_cannot_accept),
        cmocka_unit_test(a_stale_answer_changes_nothing),
        cmocka_unit_test(the_hello_chooses_the_configuration),
        cmocka_unit_test(names_choose_their_policy),
        cmocka_unit_test(options_are_held_together),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
