/* Handshakes of TLS 1.2 with OpenSSL's libssl, in memory, in both roles: every suite, group and
 * key, client certificates, data, key logs, exporters, and the two ways to close. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What both ends know, by OpenSSL's names, and the kinds of key that go with it. A certificate with
 * a P-521 key OpenSSL shows only to clients that have the group as well. */
static const struct suite_row {
    uint16_t id;
    const char *name;
    enum made_key keys[3];
    size_t n_keys;
    uint32_t legacy;
} suites12[] = {
    {0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", {MADE_P256, MADE_P384, MADE_ED25519}, 3, 0},
    {0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", {MADE_P256, MADE_P384, MADE_ED25519}, 3, 0},
    {0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", {MADE_P256, MADE_P384, MADE_ED25519}, 3, 0},
    {0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", {MADE_RSA, MADE_PSS, MADE_PSS_SHA256}, 3, 0},
    {0xc030, "ECDHE-RSA-AES256-GCM-SHA384", {MADE_RSA, MADE_PSS, MADE_PSS_SHA256}, 3, 0},
    {0xcca8, "ECDHE-RSA-CHACHA20-POLY1305", {MADE_RSA, MADE_PSS, MADE_PSS_SHA256}, 3, 0},
    {0xc023, "ECDHE-ECDSA-AES128-SHA256", {MADE_P256}, 1, TACIT_LEGACY_CBC_HMAC},
    {0xc027, "ECDHE-RSA-AES128-SHA256", {MADE_RSA}, 1, TACIT_LEGACY_CBC_HMAC},
    {0x009c, "AES128-GCM-SHA256", {MADE_RSA}, 1, TACIT_LEGACY_RSA_TRANSPORT},
    {0x009d, "AES256-GCM-SHA384", {MADE_RSA}, 1, TACIT_LEGACY_RSA_TRANSPORT},
};

/* Each list begins with the group that is meant; the others are there for the certificates. */
static const struct group_row {
    uint16_t ids[3];
    const char *names;
} groups12[] = {
    {{0x001d, 0x0017, 0x0018}, "X25519:P-256:P-384"},
    {{0x0017, 0x001d, 0x0018}, "P-256:X25519:P-384"},
    {{0x0018, 0x0017, 0x001d}, "P-384:P-256:X25519"},
};

enum { N_SUITES = sizeof suites12 / sizeof suites12[0], N_GROUPS = 3 };

static struct shown shown_for(const struct suite_row *suite, enum made_key key)
{
    bool transport = suite->legacy == TACIT_LEGACY_RSA_TRANSPORT;
    struct test_cert_spec spec = {.cn = "leaf", .key = key, .san = "DNS:a.test"};
    if (transport) {
        spec.key_no = 7;
        spec.ku = "critical,keyEncipherment";
    }
    return (struct shown){{test_cert(spec, duo_root())}, 1};
}

/* struct meeting is one handshake: what the server shows, and what the client shows to it. */
struct meeting {
    const struct suite_row *suite;
    const struct group_row *group;
    struct shown server, client;
};

static char our_log[256];

static void log_ours(void *user, const char *line)
{
    (void)user;
    snprintf(our_log, sizeof our_log, "%s", line);
}

static void start(struct duo *d, const struct meeting *m, bool we_serve)
{
    const struct shown *ours = we_serve ? &m->server : &m->client;
    const struct shown *theirs = we_serve ? &m->client : &m->server;
    tacit_identity *id = ours->n ? duo_identity(ours) : NULL;
    tacit_config_options o = {.max_version = 0x0303,
                              .legacy = m->suite->legacy,
                              .suites = &m->suite->id,
                              .n_suites = 1,
                              .identities = &id,
                              .n_identities = id != NULL,
                              .groups = m->group->ids,
                              .n_groups = 3,
                              .keylog = log_ours};
    SSL_CTX *peer = we_serve ? peer12_client(theirs) : peer12_server(theirs);
    assert_int_equal(SSL_CTX_set_cipher_list(peer, m->suite->name), 1);
    assert_int_equal(SSL_CTX_set1_groups_list(peer, m->group->names), 1);
    if (we_serve && m->client.n) {
        o.trust = duo_trust();
        o.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    } else if (m->client.n) {
        peer_demands(peer);
    }
    (we_serve ? duo_server : duo_client)(d, o, peer);
    tacit_identity_free(id);
    duo_run(d);
}

static void assert_agreed(struct duo *d, const struct meeting *m)
{
    const tacit_info info = duo_info(d);
    bool ecdhe = m->suite->legacy != TACIT_LEGACY_RSA_TRANSPORT;
    assert_connected(d);
    assert_string_equal(SSL_get_version(d->peer), "TLSv1.2");
    assert_int_equal(info.version, 0x0303);
    assert_int_equal(info.suite, m->suite->id);
    assert_string_equal(SSL_CIPHER_get_name(SSL_get_current_cipher(d->peer)), m->suite->name);
    assert_int_equal(info.group, ecdhe ? m->group->ids[0] : 0);
    assert_int_equal(SSL_get_extms_support(d->peer), 1);
    assert_int_equal(SSL_get_secure_renegotiation_support(d->peer), 1);
    bool tells_more = !ecdhe && !SSL_is_server(d->peer); /* the pre-master secret, that it made */
    assert_int_equal(d->n_lines, tells_more ? 2 : 1);
    assert_string_equal(d->lines[d->n_lines - 1], our_log);
    assert_memory_equal(our_log, "CLIENT_RANDOM ", 14);
    assert_speaking(d);
}

static void shake(const struct meeting *m, bool we_serve)
{
    struct duo d = {0};
    start(&d, m, we_serve);
    assert_agreed(&d, m);
    assert_int_equal(duo_info(&d).peer_verified, !we_serve || m->client.n > 0);
    duo_free(&d);
}

static void every_suite_group_and_key(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SUITES; s++)
        for (size_t k = 0; k < suites12[s].n_keys; k++) {
            struct meeting m = {.suite = &suites12[s]};
            m.server = shown_for(m.suite, suites12[s].keys[k]);
            for (size_t g = 0; g < N_GROUPS; g++) {
                m.group = &groups12[g];
                shake(&m, false);
                shake(&m, true);
            }
        }
}

static void every_key_of_a_client(void **state)
{
    (void)state;
    static const enum made_key keys[] = {MADE_P256, MADE_P384, MADE_ED25519, MADE_RSA, MADE_PSS};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        for (size_t s = 0; s < N_SUITES; s += 3) { /* one of each kind of exchange */
            struct meeting m = {.suite = &suites12[s], .group = &groups12[0]};
            m.server = shown_for(m.suite, m.suite->keys[0]);
            m.client = duo_leaf(keys[i]);
            shake(&m, false);
            shake(&m, true);
        }
}

static void clients_without_certificates(void **state)
{
    (void)state;
    struct duo d = {0};
    struct shown shown = duo_leaf(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    tacit_config_options o = {.max_version = 0x0303, .identities = &id, .n_identities = 1};
    o.trust = duo_trust();
    o.client_auth = TACIT_CLIENT_AUTH_OPTIONAL;
    duo_server(&d, o, peer12_client(&(struct shown){.n = 0}));
    duo_run(&d);
    assert_connected(&d);
    assert_speaking(&d);
    duo_free(&d);
    o.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
    duo_server(&d, o, peer12_client(&(struct shown){.n = 0}));
    duo_run(&d);
    assert_we_failed(&d, CLIENT_CERT_MISSING12);
    assert_int_equal(d.alert_heard, SSL_AD_HANDSHAKE_FAILURE);
    duo_free(&d);
    SSL_CTX *peer = peer12_server(&shown);
    peer_demands(peer);
    duo_client(&d, (tacit_config_options){.max_version = 0x0303}, peer);
    duo_run(&d);
    assert_int_equal(d.alert_said, SSL_AD_HANDSHAKE_FAILURE);
    assert_we_failed(&d, PEER_ALERT);
    duo_free(&d);
    tacit_identity_free(id);
}

/* A client that also offers TLS 1.3 has a share in its hello: it is no group of this handshake. */
static void no_group_by_a_share_in_vain(void **state)
{
    (void)state;
    struct duo d = {0};
    tacit_config_options o = {.max_version = 0x0304, .legacy = TACIT_LEGACY_RSA_TRANSPORT};
    struct shown shown = shown_for(&suites12[N_SUITES - 1], MADE_RSA);
    SSL_CTX *peer = peer12_server(&shown);
    assert_int_equal(SSL_CTX_set_cipher_list(peer, suites12[N_SUITES - 1].name), 1);
    duo_client(&d, o, peer);
    duo_run(&d);
    assert_connected(&d);
    assert_int_equal(duo_info(&d).group, 0);
    assert_null(duo_info(&d).group_name);
    duo_free(&d);
}

/* ---- after the handshake --------------------------------------------------------------------- */

enum { BULK = 100000 };

/* One suite of each way to protect records. */
static const size_t ways[] = {0, 1, 2, 6};

static void bulk_both_ways(void **state)
{
    (void)state;
    static uint8_t bulk[BULK];
    for (size_t i = 0; i < BULK; i++)
        bulk[i] = (uint8_t)(i * 2654435761u >> 24);
    for (size_t i = 0; i < 8; i++) {
        struct meeting m = {.suite = &suites12[ways[i / 2]], .group = &groups12[0]};
        struct duo d = {.chunk = i % 2 ? 333 : 0};
        m.server = shown_for(m.suite, MADE_P256);
        start(&d, &m, i % 2);
        assert_agreed(&d, &m);
        we_say(&d, bulk, BULK);
        peer_says(&d, bulk, BULK);
        for (size_t n = 1; n < 40; n++) { /* every padding */
            we_say(&d, bulk, n);
            peer_says(&d, bulk, n);
        }
        assert_int_equal(SSL_set_max_send_fragment(d.peer, 512), 1);
        peer_says(&d, bulk, BULK);
        duo_free(&d);
    }
}

/* RFC 5246 7.2.1: a close_notify is answered at once, and nothing is written after it. */
static void the_peer_closes(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        struct meeting m = {.suite = &suites12[0], .group = &groups12[0]};
        m.server = duo_leaf(MADE_P256);
        start(&d, &m, we_serve);
        assert_connected(&d);
        assert_int_equal(SSL_shutdown(d.peer), 0);
        assert_true(from_peer(&d) > 0);
        assert_int_equal(tacit_conn_read_end(d.us), TACIT_READ_CLEAN);
        assert_int_equal(tacit_conn_write(d.us, "x", 1), 0);
        assert_true(to_peer(&d) > 0);
        assert_int_equal(SSL_shutdown(d.peer), 1);
        assert_int_equal(tacit_conn_wants(d.us), TACIT_WANT_CLOSED);
        assert_null(tacit_conn_error(d.us));
        duo_free(&d);
    }
}

static void we_close(void **state)
{
    (void)state;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        struct meeting m = {.suite = &suites12[0], .group = &groups12[0]};
        m.server = duo_leaf(MADE_P256);
        start(&d, &m, we_serve);
        assert_connected(&d);
        tacit_conn_close(d.us);
        duo_run(&d);
        assert_int_equal(SSL_get_shutdown(d.peer), SSL_RECEIVED_SHUTDOWN);
        assert_int_equal(SSL_shutdown(d.peer), 1);
        duo_run(&d);
        assert_int_equal(tacit_conn_wants(d.us), TACIT_WANT_CLOSED);
        duo_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_group_and_key),
        cmocka_unit_test(every_key_of_a_client),
        cmocka_unit_test(clients_without_certificates),
        cmocka_unit_test(no_group_by_a_share_in_vain),
        cmocka_unit_test(bulk_both_ways),
        cmocka_unit_test(the_peer_closes),
        cmocka_unit_test(we_close),
    };
    return cmocka_run_group_tests(tests, duo_setup, duo_end);
}
