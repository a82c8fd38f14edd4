/* A client's certificate, chosen by code once the server has asked for one, in both versions. */
#include "certs.h"
#include "hs/config.h"
#include "pair.h"
#include "wire/rd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const uint16_t versions[] = {TLS12, TLS13};

static const struct test_cert *root;
static tacit_trust *trust;
static tacit_error error;

/* The server's, the one that the client's configuration has, and others that its host has. */
static tacit_identity *server, *first, *second, *third, *keyless, *elsewhere;

static tacit_identity *identity(tacit_env *env, const char *cn, enum made_key key, bool with_key)
{
    const struct test_cert *cert =
        test_cert((struct test_cert_spec){.cn = cn, .san = "DNS:a.test", .key = key}, root);
    span chain = span_str(test_chain_pem(&cert, 1)), pem = span_str(test_key_pem(cert));
    tacit_identity *id = with_key ? tacit_identity_pem(env, chain, pem, NULL, NULL, &error)
                                  : tacit_identity_chain(env, chain, &error);
    assert_non_null(id);
    return id;
}

static struct pair start(uint16_t version, tacit_config_options co, uint8_t client_auth)
{
    tacit_config_options so = {
        .size = sizeof so, .identities = &server, .n_identities = 1, .keep_peer_chain = true};
    static const uint16_t p256[] = {0x0403};
    so.schemes = p256; /* which the request names */
    so.n_schemes = 1;
    so.client_auth = client_auth;
    so.trust = client_auth ? trust : NULL;
    co.size = sizeof co;
    co.trust = trust;
    co.identities = &first;
    co.n_identities = 1;
    co.min_version = co.max_version = version;
    tacit_config *cc = tacit_client_config(test_env(), &co, &error);
    tacit_config *sc = tacit_server_config(test_env(), &so, &error);
    struct pair p = {.client = tacit_client_new(cc, "a.test", &error),
                     .server = tacit_server_new(sc, &error)};
    if (!p.client || !p.server)
        fail_msg("%s", error.name);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

static const tacit_config_options chooses = {.tasks = TACIT_TASK_CHOOSE};

/* asked makes a pair whose client waits for the choice, and takes it. */
static tacit_task *asked(struct pair *p, uint16_t version, uint8_t client_auth)
{
    *p = start(version, chooses, client_auth);
    pair_run(p);
    tacit_task *task = tacit_conn_take_task(p->client);
    if (!task)
        fail_msg("%s", tacit_conn_error(p->client) ? tacit_conn_error(p->client)->name : "no task");
    assert_int_equal(tacit_task_what(task), TACIT_TASK_CHOOSE);
    return task;
}

static void assert_shown(struct pair *p, const char *subject)
{
    const tacit_error *c = tacit_conn_error(p->client), *s = tacit_conn_error(p->server);
    if (c || s)
        fail_msg("client %s, server %s", c ? c->name : "", s ? s->name : "");
    tacit_cert_info theirs = {.size = sizeof theirs}, ours = theirs;
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(p->server, &info);
    assert_int_equal(info.peer_verified, subject != NULL);
    assert_int_equal(tacit_conn_peer_cert(p->server, 0, &theirs), subject != NULL);
    assert_int_equal(tacit_conn_own_cert(p->client, 0, &ours), subject != NULL);
    tacit_conn_info(p->client, &info);
    assert_true(info.client_auth_requested);
    assert_int_equal(info.own_scheme, subject ? 0x0403 : 0);
    if (subject) {
        assert_string_equal(theirs.common_name, subject);
        assert_string_equal(ours.common_name, subject);
    }
    assert_true(pair_send(p, true, (const uint8_t *)"hello", 5));
    assert_true(pair_send(p, false, (const uint8_t *)"world", 5));
    pair_free(p);
}

static void the_request_is_lent(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair p;
        tacit_task *task = asked(&p, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        tacit_request request = {.size = sizeof request};
        pair_free(&p); /* it outlives its connection */
        assert_true(tacit_task_request(task, &request));
        span p256 = {(const uint8_t *)"\x04\x03", 2};
        assert_true(span_eq(request.schemes, p256));
        assert_int_equal(request.cert_schemes.n, 0);
        rd names = rd_of(request.authorities);
        span name = {0};
        struct cert cert;
        assert_true(cert_parse(&cert, test_cert_der(root), NULL));
        assert_true(rd_vec16(&names, 1, 65535, &name) && rd_end(&names));
        assert_true(span_eq(name, cert.subject));
        request.size--;
        assert_false(tacit_task_request(task, &request));
        tacit_task_free(task);
    }
}

static void what_is_chosen_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pair p;
        tacit_task *task = asked(&p, versions[i % 2], TACIT_CLIENT_AUTH_REQUIRED);
        p.chunk = i / 2;
        tacit_identity *id = identity(test_env(), "chosen", MADE_P256, true);
        assert_true(tacit_task_choose(task, second)); /* the last answer counts */
        assert_true(tacit_task_choose(task, id));
        tacit_identity_free(id); /* a reference was taken */
        assert_true(tacit_task_run(task));
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_shown(&p, "chosen");
    }
}

static void without_an_answer_the_configuration_chooses(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair p;
        tacit_task *task = asked(&p, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        assert_false(tacit_task_choose(task, NULL)); /* which is no answer */
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_shown(&p, "first");
        p = start(versions[i], (tacit_config_options){0}, TACIT_CLIENT_AUTH_REQUIRED);
        pair_run(&p); /* and nobody is asked who did not want to be */
        assert_shown(&p, "first");
        p = start(versions[i], chooses, TACIT_CLIENT_AUTH_OFF);
        pair_run(&p); /* nor for what the server has not asked */
        assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
        pair_free(&p);
    }
}

/* A no shows nothing, and cannot be taken back; the server decides what that means. */
static void none_may_be_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair p;
        tacit_task *task = asked(&p, versions[i], TACIT_CLIENT_AUTH_OPTIONAL);
        assert_true(tacit_task_choose(task, second));
        tacit_task_refuse(task);
        assert_true(tacit_task_choose(task, second));
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_shown(&p, NULL);
        task = asked(&p, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        tacit_task_refuse(task);
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_string_equal(tacit_conn_error(p.server)->code, "client-cert.required");
        pair_free(&p);
    }
}

static void what_does_not_fit_is_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair p;
        tacit_task *task = asked(&p, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        assert_false(tacit_task_choose(task, third)); /* the server takes no Ed25519 */
        assert_false(tacit_task_choose(task, keyless));
        assert_false(tacit_task_choose(task, elsewhere));
        span der;
        tacit_signing signing = {.size = sizeof signing};
        tacit_hello hello = {.size = sizeof hello};
        assert_false(tacit_task_cert(task, 0, &der) || tacit_task_signing(task, &signing));
        assert_false(tacit_task_hello(task, &hello) || tacit_task_signed(task, (span){0}));
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_shown(&p, "first");
        p = start(versions[i], (tacit_config_options){.tasks = TACIT_TASK_VERIFY},
                  TACIT_CLIENT_AUTH_REQUIRED);
        pair_run(&p);
        task = tacit_conn_take_task(p.client); /* of another kind */
        tacit_request request = {.size = sizeof request};
        assert_false(tacit_task_choose(task, second) || tacit_task_request(task, &request));
        tacit_task_free(task);
        pair_free(&p);
    }
}

/* A chosen identity may have its key elsewhere, if the host takes SIGN as well. */
static void the_key_of_a_choice_may_be_elsewhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        tacit_config_options o = {.tasks = TACIT_TASK_CHOOSE | TACIT_TASK_SIGN};
        struct pair p = start(versions[i], o, TACIT_CLIENT_AUTH_REQUIRED);
        pair_run(&p);
        tacit_task *task = tacit_conn_take_task(p.client);
        assert_true(tacit_task_choose(task, keyless));
        assert_true(tacit_conn_answer(p.client, task));
        task = tacit_conn_take_task(p.client);
        assert_int_equal(tacit_task_what(task), TACIT_TASK_SIGN);
        tacit_signing what = {.size = sizeof what};
        uint8_t sig[1024];
        assert_true(tacit_task_signing(task, &what));
        size_t n = tacit_identity_sign(second, sig, what.scheme, what.content);
        assert_true(tacit_task_signed(task, (span){sig, n})); /* second's key is keyless's */
        assert_true(tacit_conn_answer(p.client, task));
        pair_run(&p);
        assert_shown(&p, "keyless");
    }
}

static void a_stale_choice_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair p, q;
        tacit_task *of_p = asked(&p, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        tacit_task *of_q = asked(&q, versions[i], TACIT_CLIENT_AUTH_REQUIRED);
        assert_true(tacit_task_choose(of_p, second));
        assert_false(tacit_conn_answer(q.client, of_p));
        tacit_conn_wire_in_eof(p.client);
        assert_string_equal(tacit_conn_error(p.client)->name, "CLOSED_EARLY");
        assert_false(tacit_conn_answer(p.client, of_p));
        pair_free(&p);
        assert_true(tacit_task_choose(of_p, first));
        tacit_task_free(of_p);
        assert_true(tacit_conn_answer(q.client, of_q));
        pair_run(&q);
        assert_shown(&q, "first");
    }
}

static int setup(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    trust = tacit_trust_new(test_env(), &error);
    server = identity(test_env(), "server", MADE_P256, true);
    first = identity(test_env(), "first", MADE_P256, true);
    second = identity(test_env(), "second", MADE_P256, true);
    third = identity(test_env(), "third", MADE_ED25519, true);
    keyless = identity(test_env(), "keyless", MADE_P256, false);
    tacit_env *env = tacit_env_new(NULL, &error);
    elsewhere = identity(env, "elsewhere", MADE_P256, true);
    tacit_env_free(env);
    return trust && tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error) ? 0 : 1;
}

static int teardown(void **state)
{
    tacit_identity *all[] = {server, first, second, third, keyless, elsewhere};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tacit_identity_free(all[i]);
    tacit_trust_free(trust);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_lent),
        cmocka_unit_test(what_is_chosen_is_shown),
        cmocka_unit_test(without_an_answer_the_configuration_chooses),
        cmocka_unit_test(none_may_be_shown),
        cmocka_unit_test(what_does_not_fit_is_no_answer),
        cmocka_unit_test(the_key_of_a_choice_may_be_elsewhere),
        cmocka_unit_test(a_stale_choice_changes_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
