/* The life of a connection: how it ends, what an alert means, deadlines, hooks. */
#include "base/alerts.h"
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct people people;

static int set_up(void **state)
{
    (void)state;
    people_begin(&people, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    people_end(&people);
    return 0;
}

static struct pair by_default(void)
{
    return people_pair(&people, (tacit_config_options){0}, (tacit_config_options){0});
}

/* ---- ends (RFC 9846 6.1; bug class 67) ------------------------------------------------------- */

static void each_direction_is_closed_on_its_own(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    tacit_conn_close(p.client);
    tacit_conn_close(p.client);
    assert_int_equal(tacit_conn_write(p.client, "x", 1), 0);
    assert_false(tacit_conn_key_update(p.client, false));
    pair_run(&p);
    assert_int_equal(tacit_conn_read_end(p.server), TACIT_READ_CLEAN);
    assert_int_equal(tacit_conn_phase(p.server), TACIT_PHASE_CLOSING);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CLOSING);
    assert_false(tacit_conn_wants(p.server) & TACIT_WANT_WIRE_IN);
    assert_true(pair_send(&p, false, (const uint8_t *)"still", 5));
    tacit_conn_close(p.server);
    assert_true(tacit_conn_wants(p.server) & TACIT_WANT_WIRE_OUT);
    pair_run(&p);
    for (int i = 0; i < 2; i++) {
        tacit_conn *c = i ? p.client : p.server;
        assert_int_equal(tacit_conn_phase(c), TACIT_PHASE_CLOSED);
        assert_int_equal(tacit_conn_wants(c), TACIT_WANT_CLOSED);
        assert_int_equal(tacit_conn_read_end(c), TACIT_READ_CLEAN);
        tacit_conn_wire_in_eof(c); /* no truncation: all had been said */
        assert_int_equal(tacit_conn_read_end(c), TACIT_READ_CLEAN);
        assert_null(tacit_conn_error(c));
    }
    pair_free(&p);
}

/* RFC 9846 6.1: what comes after a close_notify is ignored. */
static void after_a_close_notify_nothing_counts(void **state)
{
    (void)state;
    struct err err = {0};
    struct pair p = people_connected(&people);
    struct rec_out *out = &p.client->t.out;
    assert_true(out_seal(out, CT_APPLICATION_DATA, span_str("last"), &err));
    assert_true(alert_send(out, ALERT_close_notify, &err));
    assert_true(out_seal(out, CT_APPLICATION_DATA, span_str("late"), &err));
    pair_move(&p, true);
    assert_int_equal(tacit_conn_read_end(p.server), TACIT_READ_OPEN); /* not before it is taken */
    assert_memory_equal(tacit_conn_app_in_buf(p.server).p, "last", 4);
    tacit_conn_app_in_done(p.server, 4);
    assert_int_equal(tacit_conn_read_end(p.server), TACIT_READ_CLEAN);
    assert_int_equal(tacit_conn_app_in_buf(p.server).n, 0);
    assert_null(p.server->in);
    pair_free(&p);
}

static void an_end_without_close_notify_is_a_truncation(void **state)
{
    (void)state;
    struct pair p = people_connected(&people);
    tacit_conn_wire_in_eof(p.server);
    assert_int_equal(tacit_conn_read_end(p.server), TACIT_READ_TRUNCATED);
    assert_null(tacit_conn_error(p.server));
    assert_true(pair_send(&p, false, (const uint8_t *)"still", 5));
    pair_free(&p);
    p = by_default();
    tacit_conn_wire_in_eof(p.server);
    assert_failed(p.server, R_CLOSED_EARLY);
    pair_free(&p);
}

/* RFC 9846 6.1: user_canceled tells that it is no failure, close_notify ends it. */
static void a_handshake_may_be_abandoned(void **state)
{
    (void)state;
    struct pair p = by_default();
    static const uint8_t said[] = {21, 3, 3, 0, 2, 1, ALERT_user_canceled,
                                   21, 3, 3, 0, 2, 1, ALERT_close_notify};
    tacit_conn_close(p.client);
    assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CLOSED);
    tacit_span out = tacit_conn_wire_out_buf(p.client);
    assert_memory_equal(out.p + out.n - sizeof said, said, sizeof said);
    pair_run(&p);
    assert_int_equal(tacit_conn_wants(p.client), TACIT_WANT_CLOSED);
    assert_failed(p.server, R_CLOSE_DURING_HANDSHAKE);
    pair_free(&p);
}

/* ---- alerts ---------------------------------------------------------------------------------- */

static const tacit_error *shake(tacit_config_options client, tacit_config_options server,
                                struct pair *p)
{
    *p = people_pair(&people, client, server);
    pair_run(p);
    return tacit_conn_error(p->client);
}

/* A code that a person can act on, where the alert says enough. */
static void an_alert_is_told_by_what_it_means(void **state)
{
    (void)state;
    static const uint16_t aes128 = 0x1301, aes256 = 0x1302;
    tacit_error error;
    struct pair p;
    /* An authority of the same name, so that the client shows its certificate. */
    tacit_trust *other = tacit_trust_new(test_env(), &error);
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key_no = 7}, NULL);
    assert_true(tacit_trust_add_pem(other, span_str(test_chain_pem(&root, 1)), &error));
    const tacit_config_options with_cert = {.identities = &people.client, .n_identities = 1},
                               auth = {.client_auth = TACIT_CLIENT_AUTH_REQUIRED};
    const tacit_error *e = shake((tacit_config_options){.suites = &aes128, .n_suites = 1},
                                 (tacit_config_options){.suites = &aes256, .n_suites = 1}, &p);
    assert_int_equal(e->reason, R_PEER_ALERT_NO_COMMON);
    assert_int_equal(e->alert, ALERT_handshake_failure);
    assert_int_equal(tacit_conn_error(p.server)->reason, R_NO_COMMON_SUITE);
    pair_free(&p);
    e = shake((tacit_config_options){0}, auth, &p);
    assert_int_equal(e->reason, R_PEER_ALERT_CERT_REQUIRED);
    assert_int_equal(tacit_conn_error(p.server)->reason, R_CLIENT_CERT_MISSING);
    pair_free(&p);
    e = shake(with_cert,
              (tacit_config_options){.client_auth = TACIT_CLIENT_AUTH_REQUIRED, .trust = other},
              &p);
    assert_int_equal(e->reason, R_PEER_ALERT_CERT_REJECTED);
    assert_int_equal(e->alert, tacit_conn_error(p.server)->alert);
    pair_free(&p);
    tacit_trust_free(other);
}

/* Bug class 56: every alert, to either end, ends the connection; two do not. */
static void every_alert_but_two_is_the_end(void **state)
{
    (void)state;
    for (unsigned alert = 0; alert < 256; alert++) {
        struct pair p = people_connected(&people);
        const uint8_t body[] = {1, (uint8_t)alert}; /* a warning, as the level says */
        pair_inject(&p, alert % 2, CT_ALERT, (span){body, 2});
        tacit_conn *c = alert % 2 ? p.server : p.client;
        if (alert == ALERT_close_notify) {
            assert_int_equal(tacit_conn_read_end(c), TACIT_READ_CLEAN);
        } else if (alert == ALERT_user_canceled) {
            assert_int_equal(tacit_conn_read_end(c), TACIT_READ_OPEN);
        } else {
            assert_int_equal(tacit_conn_error(c)->origin, TACIT_ORIGIN_PEER_ALERT);
            assert_int_equal(tacit_conn_error(c)->alert, alert);
            assert_int_equal(tacit_conn_wire_out_buf(c).n, 0); /* no answer to it */
        }
        pair_free(&p);
    }
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Bug class 87: one deadline for the whole handshake, from the first tick. */
static void a_handshake_has_a_deadline(void **state)
{
    (void)state;
    struct pair p = people_pair(&people, (tacit_config_options){.handshake_timeout = 1000},
                                (tacit_config_options){.handshake_timeout = 1000});
    assert_true(tacit_conn_deadline(p.server) == UINT64_MAX);
    tacit_conn_tick(p.server, 5000);
    assert_int_equal(tacit_conn_deadline(p.server), 6000);
    pair_move(&p, true);
    tacit_conn_tick(p.server, 5999); /* bytes that arrive put nothing off */
    assert_int_equal(tacit_conn_deadline(p.server), 6000);
    assert_null(tacit_conn_error(p.server));
    tacit_conn_tick(p.server, 6000);
    assert_failed(p.server, R_HANDSHAKE_TIMEOUT);
    assert_true(tacit_conn_deadline(p.server) == UINT64_MAX);
    pair_free(&p);
}

static void a_connection_has_none(void **state)
{
    (void)state;
    struct pair p = people_pair(&people, (tacit_config_options){.handshake_timeout = 1000},
                                (tacit_config_options){0});
    tacit_conn_tick(p.client, 1);
    tacit_conn_tick(p.server, 1);
    assert_true(tacit_conn_deadline(p.server) == UINT64_MAX);
    pair_run(&p);
    assert_true(tacit_conn_deadline(p.client) == UINT64_MAX);
    tacit_conn_tick(p.client, 1000000);
    tacit_conn_tick(p.server, 1000000);
    assert_true(pair_connected(&p));
    pair_free(&p);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

struct log {
    char lines[8][256];
    size_t n;
    tacit_conn *conn;
};

static void note(void *user, const char *line)
{
    struct log *log = user;
    snprintf(log->lines[log->n++], sizeof log->lines[0], "%s", line);
    if (!log->conn)
        return;
    assert_int_equal(tacit_conn_wire_in_buf(log->conn).n, 0);
    assert_int_equal(tacit_conn_write(log->conn, "x", 1), 0);
    assert_int_equal(tacit_conn_wire_out_buf(log->conn).n, 0);
    tacit_conn_close(log->conn);
    tacit_conn_wire_in_eof(log->conn);
    tacit_conn_tick(log->conn, UINT64_MAX);
}

/* RFC 9850: both ends log the same lines, if they are asked to. */
static void a_key_log_has_five_lines(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"};
    static struct log client, server;
    struct pair p = people_pair(&people, (tacit_config_options){.user = &client, .keylog = note},
                                (tacit_config_options){.user = &server, .keylog = note});
    pair_run(&p);
    assert_true(pair_connected(&p));
    assert_int_equal(client.n, 5);
    assert_int_equal(server.n, 5);
    for (size_t i = 0; i < 5; i++) {
        size_t n = strlen(labels[i]);
        assert_memory_equal(client.lines[i], labels[i], n);
        assert_int_equal(strlen(client.lines[i]), n + 1 + 64 + 1 + 64);
        assert_int_equal(strspn(client.lines[i] + n + 1, "0123456789abcdef"), 64);
        assert_string_equal(client.lines[i], server.lines[i]);
    }
    pair_free(&p);
}

/* Calling into a connection from its callback is refused, and does it no harm. */
static void a_callback_may_not_call_back(void **state)
{
    (void)state;
    static struct log client;
    struct pair p = people_pair(
        &people, (tacit_config_options){.user = &client, .keylog = note, .handshake_timeout = 1000},
        (tacit_config_options){0});
    tacit_conn_tick(p.client, 0);
    client.conn = p.client;
    pair_run(&p);
    assert_int_equal(client.n, 5);
    assert_true(pair_connected(&p));
    pair_free(&p);
}

/* A host that takes SIGN for an identity without its key, and then does not sign. */
static void a_key_that_is_elsewhere_must_sign(void **state)
{
    (void)state;
    tacit_error error;
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .san = "DNS:a.test"}, people.root);
    tacit_identity *id =
        tacit_identity_chain(test_env(), span_str(test_chain_pem(&leaf, 1)), &error);
    struct pair p = people_pair(
        &people, (tacit_config_options){0},
        (tacit_config_options){.tasks = TACIT_TASK_SIGN, .identities = &id, .n_identities = 1});
    pair_move(&p, true);
    tacit_task *task = tacit_conn_take_task(p.server);
    assert_non_null(task);
    assert_false(tacit_task_run(task));
    assert_true(tacit_conn_answer(p.server, task));
    assert_int_equal(tacit_conn_error(p.server)->reason, R_SIGNING_FAILED);
    /* What was said is sent, and the rest of the flight is not: the alert comes instead of it. */
    pair_run(&p);
    assert_int_equal(tacit_conn_error(p.client)->alert, ALERT_internal_error);
    assert_string_equal(tacit_conn_error(p.client)->state, "WAIT_EE");
    assert_failed(p.server, R_SIGNING_FAILED);
    pair_free(&p);
    tacit_identity_free(id);
}

/* ---- a generator that fails ------------------------------------------------------------------ */

static bool zeros(void *user, uint8_t *out, size_t n)
{
    (void)user;
    memset(out, 0, n);
    return true;
}

/* Bug class 90: zeros are no private key of P-256, and both ends say so instead of going on. */
static void a_seed_that_is_no_key_ends_it(void **state)
{
    (void)state;
    static const uint16_t p256 = 0x0017;
    const tacit_env_options options = {.size = sizeof options, .random = zeros};
    const tacit_config_options o = {
        .size = sizeof o, .groups = &p256, .n_groups = 1, .insecure_skip_verification = true};
    tacit_error error;
    tacit_env *env = tacit_env_new(&options, &error);
    tacit_config *config = tacit_client_config(env, &o, &error);
    assert_non_null(config);
    assert_null(tacit_client_new(config, NULL, &error));
    assert_string_equal(error.name, "KEY_GENERATION_FAILED");
    assert_int_equal(error.origin, TACIT_ORIGIN_CRYPTO);

    struct people others;
    people_begin(&others, env);
    tacit_config_options s = {.size = sizeof s, .identities = &others.server, .n_identities = 1};
    tacit_config *server_config = tacit_server_config(env, &s, &error);
    s = (tacit_config_options){
        .size = sizeof s, .groups = &p256, .n_groups = 1, .trust = people.trust};
    tacit_config *client_config = tacit_client_config(test_env(), &s, &error);
    struct pair p = {.client = tacit_client_new(client_config, "a.test", &error),
                     .server = tacit_server_new(server_config, &error)};
    pair_run(&p);
    assert_failed(p.server, R_CRYPTO_FAILED);
    pair_free(&p);
    tacit_config_free(server_config);
    tacit_config_free(client_config);
    tacit_trust_free(others.trust);
    tacit_identity_free(others.server);
    tacit_identity_free(others.client);
    tacit_config_free(config);
    tacit_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_direction_is_closed_on_its_own),
        cmocka_unit_test(after_a_close_notify_nothing_counts),
        cmocka_unit_test(an_end_without_close_notify_is_a_truncation),
        cmocka_unit_test(a_handshake_may_be_abandoned),
        cmocka_unit_test(an_alert_is_told_by_what_it_means),
        cmocka_unit_test(every_alert_but_two_is_the_end),
        cmocka_unit_test(a_handshake_has_a_deadline),
        cmocka_unit_test(a_connection_has_none),
        cmocka_unit_test(a_key_log_has_five_lines),
        cmocka_unit_test(a_callback_may_not_call_back),
        cmocka_unit_test(a_key_that_is_elsewhere_must_sign),
        cmocka_unit_test(a_seed_that_is_no_key_ends_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
