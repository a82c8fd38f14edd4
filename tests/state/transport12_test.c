/* RSA transport is no oracle (RFC 5246 7.4.7.1; bug class 93: Bleichenbacher, ROBOT, Marvin):
 * whatever the block that a client encrypts holds, a server goes on with some secret, and ends the
 * connection at the Finished, in the same state, by the same alert, after the same records. */
#include "scene.h"

#include "conn/conn.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *leaf;
static tacit_trust *trust;
static tacit_identity *identity;

static void send_block(void *user, struct tls *t, struct draft *d)
{
    const struct attack *a = user;
    uint8_t wrapped[WRAPPED_MAX];
    if (d->p[0] != MSG_CLIENT_KEY_EXCHANGE)
        return;
    size_t n = attack_wrap(a, &identity->chain->certs[0].key, &t->hs->work.kex.secret, wrapped);
    const uint8_t length[] = {(uint8_t)(n >> 8), (uint8_t)n};
    d->n = MSG_HEADER;
    draft_insert(d, d->n, (span){length, 2});
    draft_insert(d, d->n, (span){wrapped, n});
    draft_fit(d);
}

/* What the client can see: the bytes that the server says, and in how many pieces. */
enum { SAID_MAX = 4096 };

struct seen {
    int verdict;
    const char *state;
    uint8_t said[SAID_MAX];
    size_t bytes, moves, alerts;
    uint8_t alert;
};

static void listen(void *user, bool to_server, uint8_t *p, size_t n)
{
    struct seen *seen = user;
    if (to_server)
        return;
    assert_true(n <= SAID_MAX - seen->bytes);
    memcpy(seen->said + seen->bytes, p, n);
    seen->bytes += n;
}

static struct seen try(const struct attack *attack)
{
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    struct seen seen = {0};
    client.legacy = server.legacy = LEGACY_RSA_TRANSPORT;
    client.suites = (const uint16_t[]){0x009c};
    client.n_suites = 1;
    client.trust = trust;
    client.n_cert_schemes = server.n_cert_schemes = 0;
    server.identities = &identity;
    liar_reset();
    liar =
        (struct liar){.is_client = true, .user = (void *)(uintptr_t)attack, .message = send_block};
    struct pair p = scene_pair(client, server, "a.test");
    p.tap = listen;
    p.user = &seen;
    for (size_t there, back = 1; back;) {
        there = pair_move(&p, true);
        back = pair_move(&p, false);
        seen.moves += back > 0;
        back += there;
    }
    seen.alerts = liar_alerts(false, &seen.alert);
    seen.verdict = scene_verdict(&p, false);
    seen.state = seen.verdict == OK ? "CONNECTED" : scene_state();
    scene_end(&p);
    return seen;
}

static void no_block_is_told_from_another(void **state)
{
    static const uint8_t end[] = {CT_ALERT, 3, 3, 0, 2, 2, ALERT_bad_record_mac};
    static struct seen first;
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_ATTACKS; i++) {
        const struct seen seen = try(&attacks[i]);
        tally(&t, attacks[i].is_right ? OK : BAD_RECORD_MAC, seen.verdict, "%s", attacks[i].what);
        if (attacks[i].is_right)
            continue;
        first = first.state ? first : seen;
        assert_string_equal(seen.state, "WAIT_FINISHED");
        assert_int_equal(seen.alerts, 1);
        assert_int_equal(seen.alert, first.alert);
        assert_int_equal(seen.bytes, first.bytes);
        assert_int_equal(seen.moves, first.moves);
        assert_memory_equal(seen.said, first.said, seen.bytes);
        assert_memory_equal(seen.said + seen.bytes - sizeof end, end, sizeof end);
    }
    assert_tally(t, N_ATTACKS);
}

static int setup(void **state)
{
    int status = scene_setup(state);
    tacit_error error;
    root = test_cert((struct test_cert_spec){.cn = "transport root", .ca = true}, NULL);
    leaf = test_cert((struct test_cert_spec){.cn = "transport",
                                             .key = MADE_RSA,
                                             .san = "DNS:a.test",
                                             .ku = "critical,keyEncipherment"},
                     root);
    trust = tacit_trust_new(scene_env(), &error);
    identity = tacit_identity_pem(scene_env(), span_str(test_chain_pem(&leaf, 1)),
                                  span_str(test_key_pem(leaf)), NULL, NULL, &error);
    return status || !identity
           || !tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error);
}

static int teardown(void **state)
{
    tacit_identity_free(identity);
    tacit_trust_free(trust);
    return scene_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_block_is_told_from_another),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
