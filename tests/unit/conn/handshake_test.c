/* Handshakes of tacit with itself, in memory: every suite, group and key, client certificates,
 * HelloRetryRequest, and what both ends say of them. */
#include "base/alerts.h"
#include "certs.h"
#include "ext/ext.h"
#include "msg/msg.h"
#include "pair.h"
#include "record/record.h"
#include "registry/limits.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct test_cert *root;
static tacit_trust *trust;

static tacit_identity *identity(enum made_key key, const char *san, const char *eku)
{
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .key = key, .san = san, .eku = eku}, root);
    const char *chain = test_chain_pem(&leaf, 1), *pem = test_key_pem(leaf);
    tacit_error error;
    tacit_identity *id =
        tacit_identity_pem(test_env(), span_str(chain), span_str(pem), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    return id;
}

static struct pair start(tacit_config_options client, tacit_config_options server)
{
    struct pair p = {0};
    tacit_error error;
    client.size = server.size = sizeof client;
    if (!client.trust && !client.insecure_skip_verification)
        client.trust = trust;
    tacit_config *cc = tacit_client_config(test_env(), &client, &error);
    tacit_config *sc = cc ? tacit_server_config(test_env(), &server, &error) : NULL;
    if (!sc)
        fail_msg("%s", error.name);
    p.client = tacit_client_new(cc, "a.test", &error);
    p.server = tacit_server_new(sc, &error);
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

static void assert_connected(const struct pair *p)
{
    const tacit_error *c = tacit_conn_error(p->client), *s = tacit_conn_error(p->server);
    if (c || s)
        fail_msg("client %s (%s:%u), server %s (%s:%u)", c ? c->name : "", c ? c->file : "",
                 c ? c->line : 0, s ? s->name : "", s ? s->file : "", s ? s->line : 0);
    assert_int_equal(tacit_conn_phase(p->client), TACIT_PHASE_CONNECTED);
    assert_int_equal(tacit_conn_phase(p->server), TACIT_PHASE_CONNECTED);
}

static void every_suite_and_group(void **state)
{
    (void)state;
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    for (size_t s = 0; s < n_suites && suites[s].version == TLS13; s++) {
        for (size_t g = 0; g < n_groups; g++) {
            struct pair p = start(
                (tacit_config_options){.groups = &groups[g].id, .n_groups = 1},
                (tacit_config_options){
                    .suites = &suites[s].id, .n_suites = 1, .identities = &id, .n_identities = 1});
            pair_run(&p);
            assert_connected(&p);
            tacit_info info = {.size = sizeof info};
            tacit_conn_info(p.client, &info);
            assert_int_equal(info.suite, suites[s].id);
            assert_int_equal(info.group, groups[g].id);
            assert_true(info.peer_verified);
            assert_true(pair_send(&p, true, (const uint8_t *)"hello", 5));
            assert_true(pair_send(&p, false, (const uint8_t *)"world", 5));
            pair_free(&p);
        }
    }
    tacit_identity_free(id);
}

/* A record in the clear after keys were used is refused, a close_notify above all: else anybody on
 * the way could end a connection as if the peer had. Bug class 49. */
static void nothing_is_in_the_clear_after_keys(void **state)
{
    static const uint8_t close_notify[] = {21, 3, 3, 0, 2, 1, 0};
    (void)state;
    for (int to_server = 0; to_server < 2; to_server++) {
        tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
        struct pair p = start((tacit_config_options){0},
                              (tacit_config_options){.identities = &id, .n_identities = 1});
        pair_run(&p);
        assert_connected(&p);
        tacit_conn *to = to_server ? p.server : p.client;
        tacit_buf in = tacit_conn_wire_in_buf(to);
        memcpy(in.p, close_notify, sizeof close_notify);
        tacit_conn_wire_in_done(to, sizeof close_notify);
        assert_int_equal(tacit_conn_read_end(to), TACIT_READ_FAILED);
        assert_string_equal(tacit_conn_error(to)->name, "CLEAR_AFTER_KEYS");
        pair_free(&p);
        tacit_identity_free(id);
    }
}

/* Our record_size_limit binds a peer that knows it; one that does not may send full records. */
static void size_limits_bind_both_ways(void **state)
{
    uint8_t data[5000];
    (void)state;
    memset(data, 7, sizeof data);
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    struct pair p = start(
        (tacit_config_options){.record_size_limit = 100},
        (tacit_config_options){.identities = &id, .n_identities = 1, .record_size_limit = 200});
    pair_run(&p);
    assert_connected(&p);
    assert_true(pair_send(&p, true, data, sizeof data));
    assert_true(pair_send(&p, false, data, sizeof data));
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(p.client, &info);
    assert_true(info.records_out >= sizeof data / 199);
    assert_true(info.records_in >= sizeof data / 99);
    pair_free(&p);
    tacit_identity_free(id);
}

/* What the hellos of either end announce. */
struct announced {
    uint16_t client, server;
};

static void see_limit(void *user, const tacit_message *m)
{
    struct announced *seen = user;
    span block = {0}, data, body = {m->body.p, m->body.n};
    uint16_t id;
    struct client_hello ch;
    struct server_hello sh;
    if (m->type == MSG_CLIENT_HELLO && client_hello_parse(&ch, body))
        block = ch.extensions;
    else if (m->type == MSG_SERVER_HELLO && server_hello_parse(&sh, body))
        block = sh.extensions;
    for (rd in = rd_of(block); ext_next(&in, &id, &data);)
        if (id == 28)
            *(m->type == MSG_CLIENT_HELLO ? &seen->client : &seen->server) =
                (uint16_t)(data.p[0] << 8 | data.p[1]);
}

/* RFC 8449 4: no end announces more than a record can hold; what peers do that find out, NSS shows,
 * which ends the handshake. */
static void no_limit_over_what_a_record_holds(void **state)
{
    static const struct {
        uint16_t client_max, limit, client, server; /* the last two: what is to be seen */
    } rows[] = {
        {TLS13, 0, REC_INNER_MAX, 0}, /* the server says it under seal */
        {TLS12, 0, REC_PLAIN_MAX, REC_PLAIN_MAX},
        {TLS12, REC_PLAIN_MAX, REC_PLAIN_MAX, REC_PLAIN_MAX},
        {TLS12, 1000, 1000, 1000},
    };
    (void)state;
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct announced seen = {0};
        struct pair p =
            start((tacit_config_options){.max_version = rows[i].client_max,
                                         .record_size_limit = rows[i].limit,
                                         .trace = see_limit,
                                         .user = &seen},
                  (tacit_config_options){
                      .identities = &id, .n_identities = 1, .record_size_limit = rows[i].limit});
        pair_run(&p);
        assert_connected(&p);
        assert_int_equal(seen.client, rows[i].client);
        assert_int_equal(seen.server, rows[i].server);
        pair_free(&p);
    }
    tacit_identity_free(id);
}

/* The key of the share that TLS 1.3 would have taken, and that of a ClientKeyExchange. */
struct points {
    uint8_t of_share[32], of_exchange[32];
};

static void see_points(void *user, const tacit_message *m)
{
    enum { KEY_SHARE = 51, LAST = 32 };
    struct points *seen = user;
    struct client_hello ch;
    uint16_t id;
    span data = {m->body.p, m->body.n};
    bool hello = m->type == MSG_CLIENT_HELLO;
    if (hello && client_hello_parse(&ch, data))
        for (rd in = rd_of(ch.extensions); ext_next(&in, &id, &data) && id != KEY_SHARE;)
            continue;
    if (data.n >= LAST && (hello || m->type == MSG_CLIENT_KEY_EXCHANGE))
        memcpy(hello ? seen->of_share : seen->of_exchange, data.p + data.n - LAST, LAST);
}

/* A key serves one version of one connection. */
static void no_key_serves_two_versions(void **state)
{
    static const uint8_t none[32];
    struct points seen = {0};
    (void)state;
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    struct pair p =
        start((tacit_config_options){.trace = see_points, .user = &seen},
              (tacit_config_options){.identities = &id, .n_identities = 1, .max_version = TLS12});
    pair_run(&p);
    assert_connected(&p);
    assert_memory_not_equal(seen.of_share, none, 32);
    assert_memory_not_equal(seen.of_exchange, none, 32);
    assert_memory_not_equal(seen.of_share, seen.of_exchange, 32);
    pair_free(&p);
    tacit_identity_free(id);
}

/* RFC 6066 3: a server of TLS 1.2 may warn that it does not know the name, before its hello, and go
 * on. A client that would speak TLS 1.2 goes on too, up to a limit; nothing else is passed over. */
static void a_name_may_be_doubted(void **state)
{
    static const struct {
        uint16_t client_min, server_max;
        uint8_t level, alert;
        size_t times;
        const char *reason; /* NULL: it connects */
    } rows[] = {
        {TLS12, TLS12, ALERT_LEVEL_WARNING, ALERT_unrecognized_name, 1, NULL},
        {TLS12, TLS13, ALERT_LEVEL_WARNING, ALERT_unrecognized_name, 32, NULL},
        {TLS12, TLS12, ALERT_LEVEL_WARNING, ALERT_unrecognized_name, 33, "EMPTY_RECORD_FLOOD"},
        {TLS12, TLS12, ALERT_LEVEL_FATAL, ALERT_unrecognized_name, 1, "PEER_ALERT"},
        {TLS12, TLS12, 0, ALERT_unrecognized_name, 1, "PEER_ALERT"},
        {TLS12, TLS12, ALERT_LEVEL_WARNING, ALERT_no_renegotiation_RESERVED, 1, "PEER_ALERT"},
        {TLS12, TLS12, ALERT_LEVEL_WARNING, ALERT_handshake_failure, 1, "PEER_ALERT_NO_COMMON"},
        {TLS13, TLS13, ALERT_LEVEL_WARNING, ALERT_unrecognized_name, 1, "PEER_ALERT"},
    };
    (void)state;
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair p =
            start((tacit_config_options){.min_version = rows[i].client_min},
                  (tacit_config_options){
                      .identities = &id, .n_identities = 1, .max_version = rows[i].server_max});
        const uint8_t record[] = {21, 3, 3, 0, 2, rows[i].level, rows[i].alert};
        for (size_t n = 0; n < rows[i].times; n++) {
            tacit_buf in = tacit_conn_wire_in_buf(p.client);
            assert_true(in.n >= sizeof record);
            memcpy(in.p, record, sizeof record);
            tacit_conn_wire_in_done(p.client, sizeof record);
        }
        pair_run(&p);
        if (rows[i].reason)
            assert_string_equal(tacit_conn_error(p.client)->name, rows[i].reason);
        else
            assert_connected(&p);
        pair_free(&p);
    }
    tacit_identity_free(id);
}

/* A server goes on for no such thing. */
static void a_client_doubts_no_name(void **state)
{
    static const uint8_t record[] = {21, 3, 3, 0, 2, ALERT_LEVEL_WARNING, ALERT_unrecognized_name};
    (void)state;
    tacit_identity *id = identity(MADE_P256, "DNS:a.test", NULL);
    struct pair p = start((tacit_config_options){0},
                          (tacit_config_options){.identities = &id, .n_identities = 1});
    tacit_buf in = tacit_conn_wire_in_buf(p.server);
    memcpy(in.p, record, sizeof record);
    tacit_conn_wire_in_done(p.server, sizeof record);
    assert_string_equal(tacit_conn_error(p.server)->name, "PEER_ALERT");
    pair_free(&p);
    tacit_identity_free(id);
}

static int setup(void **state)
{
    (void)state;
    tacit_error error;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
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
        cmocka_unit_test(every_suite_and_group),
        cmocka_unit_test(nothing_is_in_the_clear_after_keys),
        cmocka_unit_test(size_limits_bind_both_ways),
        cmocka_unit_test(no_limit_over_what_a_record_holds),
        cmocka_unit_test(no_key_serves_two_versions),
        cmocka_unit_test(a_name_may_be_doubted),
        cmocka_unit_test(a_client_doubts_no_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
