/* Pins and lists of who is allowed in handshakes: either role, either version, with and without
 * verification, and what each end says of it. */
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct people people;
static uint8_t keys[3][1][32]; /* of the authority, of the server, of the client */

enum { ROOT, SERVER, CLIENT };

static int begin(void **state)
{
    (void)state;
    struct cert cert;
    people_begin(&people, NULL);
    assert_true(cert_parse(&cert, test_cert_der(people.root), NULL));
    hash_once(HASH_SHA256, cert.spki, keys[ROOT][0]);
    hash_once(HASH_SHA256, people.server->chain->certs[0].spki, keys[SERVER][0]);
    hash_once(HASH_SHA256, people.client->chain->certs[0].spki, keys[CLIENT][0]);
    return 0;
}

static int end(void **state)
{
    (void)state;
    people_end(&people);
    return 0;
}

static void pins_to(tacit_config_options *o, int who)
{
    o->pins = (const uint8_t(*)[32])keys[who];
    o->n_pins = 1;
}

/* mutual: both ends have certificates and the server requires one. */
static struct pair mutual(uint16_t version, tacit_config_options client,
                          tacit_config_options server)
{
    client.min_version = client.max_version = server.min_version = server.max_version = version;
    client.identities = &people.client;
    client.n_identities = 1;
    if (!server.client_auth)
        server.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    struct pair p = people_pair(&people, client, server);
    pair_run(&p);
    return p;
}

static const uint16_t versions[] = {0x0303, 0x0304};

static bool pinned(const tacit_conn *conn)
{
    tacit_info info = {.size = sizeof info};
    assert_true(tacit_conn_info(conn, &info));
    return info.pinned;
}

static void who_is_expected_gets_in(void **state)
{
    (void)state;
    const tacit_allow is_server = {TACIT_ALLOW_DNS, "a.test"};
    const tacit_allow is_client = {TACIT_ALLOW_DNS, "*.client.test"},
                      own = {TACIT_ALLOW_DNS, "client.test"};
    const tacit_allow clients[] = {is_client, own};
    for (size_t v = 0; v < 2; v++)
        for (int who = ROOT; who <= CLIENT; who++) {
            tacit_config_options c = {.allow = &is_server, .n_allow = 1};
            tacit_config_options s = {.allow = clients, .n_allow = 2};
            pins_to(&c, who == CLIENT ? SERVER : who);
            pins_to(&s, who == SERVER ? CLIENT : who);
            struct pair p = mutual(versions[v], c, s);
            assert_true(pair_connected(&p));
            assert_true(pinned(p.client) && pinned(p.server));
            assert_true(pair_send(&p, true, (const uint8_t *)"up", 2));
            assert_true(pair_send(&p, false, (const uint8_t *)"down", 4));
            pair_free(&p);
        }
}

/* struct refusal is why a server refuses its client, and how that shows. */
struct refusal {
    enum reason reason;
    int status;
    uint8_t alert;
};

static void hold_refusal(struct pair *p, struct refusal r)
{
    const tacit_error *error = tacit_conn_error(p->server);
    tacit_info info = {.size = sizeof info};
    assert_failed(p->server, r.reason);
    assert_int_equal(error->alert, r.alert);
    assert_int_equal(tacit_error_exit_status(error), r.status);
    tacit_conn_info(p->server, &info);
    assert_false(info.peer_verified);
    error = tacit_conn_error(p->client);
    assert_non_null(error);
    assert_int_equal(error->origin, TACIT_ORIGIN_PEER_ALERT);
    assert_int_equal(error->alert, r.alert);
    /* Who showed a certificate takes it for the cause. */
    assert_string_equal(error->code, "client-cert.rejected");
}

static void a_server_that_is_not_expected_is_refused(void **state)
{
    (void)state;
    const tacit_allow allow = {TACIT_ALLOW_DNS, "b.test"};
    for (size_t v = 0; v < 2; v++) {
        tacit_config_options c = {0}, s = {0};
        pins_to(&c, CLIENT);
        struct pair p = mutual(versions[v], c, s);
        assert_failed(p.client, R_CERT_PIN_MISMATCH);
        assert_false(pinned(p.client) || pinned(p.server));
        assert_int_equal(tacit_conn_error(p.client)->alert, 46); /* certificate_unknown */
        assert_int_equal(tacit_error_exit_status(tacit_conn_error(p.client)), 34);
        assert_non_null(tacit_conn_error(p.server));
        pair_free(&p);
        c = (tacit_config_options){.allow = &allow, .n_allow = 1};
        p = mutual(versions[v], c, s);
        assert_failed(p.client, R_CERT_NOT_ALLOWED);
        assert_int_equal(tacit_conn_error(p.client)->alert, 49); /* access_denied */
        assert_int_equal(tacit_error_exit_status(tacit_conn_error(p.client)), 31);
        assert_int_equal(tacit_conn_error(p.server)->origin, TACIT_ORIGIN_PEER_ALERT);
        pair_free(&p);
    }
}

static void a_client_that_is_not_expected_is_refused(void **state)
{
    (void)state;
    const tacit_allow allow = {TACIT_ALLOW_DNS, "a.test"};
    for (size_t v = 0; v < 2; v++)
        for (int auth = TACIT_CLIENT_AUTH_OPTIONAL; auth <= TACIT_CLIENT_AUTH_REQUIRED; auth++) {
            tacit_config_options c = {0}, s = {.client_auth = (uint8_t)auth};
            pins_to(&s, SERVER);
            struct pair p = mutual(versions[v], c, s);
            hold_refusal(&p, (struct refusal){R_CERT_PIN_MISMATCH, 34, 46});
            pair_free(&p);
            s = (tacit_config_options){.client_auth = (uint8_t)auth, .allow = &allow, .n_allow = 1};
            p = mutual(versions[v], c, s);
            hold_refusal(&p, (struct refusal){R_CERT_NOT_ALLOWED, 31, 49});
            pair_free(&p);
        }
}

/* Without verification a pin and a list hold all the same; no path is known, so that the pin is the
 * leaf's. */
static void they_hold_without_verification(void **state)
{
    (void)state;
    const tacit_allow yes = {TACIT_ALLOW_DNS, "a.test"}, no = {TACIT_ALLOW_DNS, "b.test"};
    for (size_t v = 0; v < 2; v++) {
        tacit_config_options c = {.insecure_skip_verification = true}, s = {0};
        pins_to(&c, SERVER);
        c.allow = &yes;
        c.n_allow = 1;
        struct pair p = mutual(versions[v], c, s);
        tacit_info info = {.size = sizeof info};
        assert_true(pair_connected(&p));
        tacit_conn_info(p.client, &info);
        assert_true(info.verification_skipped && !info.peer_verified && info.pinned);
        pair_free(&p);
        c.allow = &no;
        p = mutual(versions[v], c, s);
        assert_failed(p.client, R_CERT_NOT_ALLOWED);
        pair_free(&p);
        pins_to(&c, ROOT);
        c.allow = &yes;
        p = mutual(versions[v], c, s);
        assert_failed(p.client, R_CERT_PIN_MISMATCH);
        pair_free(&p);
    }
}

/* Who shows no certificate where one is optional has no key that could be the pinned one. */
static void nobody_is_not_pinned(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        tacit_config_options c = {.min_version = versions[v], .max_version = versions[v]};
        tacit_config_options s = {.client_auth = TACIT_CLIENT_AUTH_OPTIONAL};
        pins_to(&s, CLIENT);
        struct pair p = people_pair(&people, c, s);
        pair_run(&p);
        assert_true(pair_connected(&p));
        assert_false(pinned(p.client) || pinned(p.server));
        pair_free(&p);
    }
}

/* What tacit_conn_peer_name shows can be put into a list as it is, kind and text. */
static void a_name_that_was_shown_can_be_allowed(void **state)
{
    (void)state;
    char name[256];
    tacit_name_kind kind;
    const tacit_config_options keeps = {.keep_peer_chain = true};
    struct pair p = mutual(0x0304, keeps, keeps);
    assert_true(tacit_conn_peer_name(p.client, 0, 0, &kind, name, sizeof name));
    pair_free(&p);
    const tacit_allow allow = {(uint8_t)kind, name};
    p = mutual(0x0304, (tacit_config_options){.allow = &allow, .n_allow = 1}, keeps);
    assert_true(pair_connected(&p));
    pair_free(&p);
    assert_true((int)TACIT_ALLOW_DNS == TACIT_NAME_DNS && (int)TACIT_ALLOW_IP == TACIT_NAME_IP
                && (int)TACIT_ALLOW_URI == TACIT_NAME_URI
                && (int)TACIT_ALLOW_EMAIL == TACIT_NAME_EMAIL);
}

/* A host that takes the task can only refuse more. */
static void a_task_brings_the_refusal(void **state)
{
    (void)state;
    const tacit_allow no = {TACIT_ALLOW_DNS, "b.test"};
    tacit_config_options c = {.allow = &no, .n_allow = 1, .tasks = TACIT_TASK_VERIFY}, s = {0};
    struct pair p = people_pair(&people, c, s);
    pair_run(&p);
    tacit_task *task = tacit_conn_take_task(p.client);
    assert_non_null(task);
    tacit_task_run(task);
    assert_true(tacit_conn_answer(p.client, task));
    assert_failed(p.client, R_CERT_NOT_ALLOWED);
    pair_free(&p);
}

/* A server whose clients are trusted by their keys names no authorities, which they would not
 * have. */
static void a_client_is_trusted_by_its_key(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++)
        for (int who = SERVER; who <= CLIENT; who++) {
            tacit_config_options c = {0}, s = {0};
            s.trust = tacit_trust_new(test_env(), NULL);
            assert_true(tacit_trust_add_key(s.trust, keys[who][0], NULL));
            struct pair p = mutual(versions[v], c, s);
            if (who == CLIENT)
                assert_true(pair_connected(&p));
            else
                assert_failed(p.server, R_CERT_NO_ISSUER);
            tacit_trust_free(s.trust);
            pair_free(&p);
        }
}

/* Beside an authority too, which clients would otherwise take for the only one: many send nothing
 * else's. */
static void a_key_beside_an_authority_is_asked_for(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "another root", .ca = true, .key_no = 7};
    const struct test_cert *other = test_cert(spec, NULL);
    for (size_t v = 0; v < 2; v++)
        for (int keyed = 0; keyed < 2; keyed++) {
            tacit_config_options c = {0}, s = {0};
            s.trust = tacit_trust_new(test_env(), NULL);
            assert_true(tacit_trust_add_pem(s.trust, span_str(test_chain_pem(&other, 1)), NULL));
            if (keyed)
                assert_true(tacit_trust_add_key(s.trust, keys[CLIENT][0], NULL));
            struct pair p = mutual(versions[v], c, s);
            assert_int_equal(pair_connected(&p), keyed);
            assert_int_equal(p.server->t.config->authorities.n == 0, keyed);
            tacit_trust_free(s.trust);
            pair_free(&p);
        }
}

static void what_could_bind_nobody_is_refused(void **state)
{
    (void)state;
    tacit_error error = {0};
    const tacit_allow allow = {TACIT_ALLOW_DNS, "a.test"}, bad = {TACIT_ALLOW_URI, "a.test"};
    tacit_config_options o = {.size = sizeof o,
                              .identities = &people.server,
                              .n_identities = 1,
                              .n_pins = 1,
                              .pins = (const uint8_t(*)[32])keys[CLIENT]};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "NOBODY_TO_ADMIT");
    o.pins = NULL;
    o.n_pins = 0;
    o.allow = &allow;
    o.n_allow = 1;
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "NOBODY_TO_ADMIT");
    o.allow = &bad;
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "BAD_ALLOW_OPTION");
    o = (tacit_config_options){
        .size = sizeof o, .trust = people.trust, .allow = &bad, .n_allow = 1};
    assert_null(tacit_client_config(test_env(), &o, &error));
    assert_string_equal(error.name, "BAD_ALLOW_OPTION");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_expected_gets_in),
        cmocka_unit_test(a_server_that_is_not_expected_is_refused),
        cmocka_unit_test(a_client_that_is_not_expected_is_refused),
        cmocka_unit_test(they_hold_without_verification),
        cmocka_unit_test(nobody_is_not_pinned),
        cmocka_unit_test(a_name_that_was_shown_can_be_allowed),
        cmocka_unit_test(a_task_brings_the_refusal),
        cmocka_unit_test(a_client_is_trusted_by_its_key),
        cmocka_unit_test(a_key_beside_an_authority_is_asked_for),
        cmocka_unit_test(what_could_bind_nobody_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
