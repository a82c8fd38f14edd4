/* Records of TLS 1.2 that an end in possession of the keys may send, and should not (RFC 5246 6.2,
 * 7.2; bug classes 48, 49, 55), under each way of protecting them. */
#include "scene.h"

#include "certs_pair.h"
#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t zeros[REC_CIPHER_MAX12];

enum { SUITES = 3 };

static const uint16_t suites_used[SUITES] = {0xc02b, 0xcca9, 0xc023};

/* Each row is a record that is sent once all is connected, and what the other end says to it. */
static const struct late {
    const char *what;
    uint8_t type, times;
    span content;
    int verdict;
} lates[] = {
    /* clang-format off */
    {"as much as may be",   CT_APPLICATION_DATA, 0, {zeros, REC_PLAIN_MAX}, OK},
    {"one byte more",       CT_APPLICATION_DATA, 1, {zeros, REC_PLAIN_MAX + 1}, RECORD_OVERFLOW},
    {"a long handshake",    CT_HANDSHAKE, 1, {zeros, REC_PLAIN_MAX + 1}, RECORD_OVERFLOW},
    {"too much to seal",    CT_APPLICATION_DATA, 1, {zeros, REC_CIPHER_MAX12}, RECORD_OVERFLOW},
    {"an empty handshake",  CT_HANDSHAKE, 1, {NULL, 0}, EMPTY_RECORD},
    {"an empty alert",      CT_ALERT, 1, {NULL, 0}, EMPTY_RECORD},
    {"empty data",          CT_APPLICATION_DATA, EMPTY_RECORDS_MAX, {NULL, 0}, OK},
    {"too much empty data", CT_APPLICATION_DATA, EMPTY_RECORDS_MAX + 1, {NULL, 0},
     EMPTY_RECORD_FLOOD},
    {"warnings",            CT_ALERT, EMPTY_RECORDS_MAX, {(const uint8_t *)"\1\x64", 2}, OK},
    {"too many warnings",   CT_ALERT, EMPTY_RECORDS_MAX + 1, {(const uint8_t *)"\1\x64", 2},
     EMPTY_RECORD_FLOOD},
    {"half an alert",       CT_ALERT, 1, {(const uint8_t *)"\2", 1}, ALERT_MALFORMED},
    {"a fatal alert",       CT_ALERT, 1, {(const uint8_t *)"\2\x28", 2}, HEARS(handshake_failure)},
    {"a heartbeat",         24, 1, {(const uint8_t *)"\1\0\0", 3}, RECORD_TYPE},
    {"ChangeCipherSpec",    CT_CHANGE_CIPHER_SPEC, 1, {(const uint8_t *)"\1", 1},
     MESSAGE_UNEXPECTED},
    /* clang-format on */
};

enum { N_LATES = sizeof lates / sizeof lates[0] };

static int send_late(const struct late *late, const uint16_t *suite, bool by_client)
{
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    client.legacy = server.legacy = LEGACY_CBC_HMAC;
    server.suites = suite;
    server.n_suites = 1;
    liar_reset();
    liar.is_client = by_client;
    struct pair p = scene_pair(client, server, "a.test");
    pair_run(&p);
    for (size_t i = 0; i < late->times; i++)
        pair_inject(&p, by_client, (enum content_type)late->type, late->content);
    pair_run(&p);
    int verdict = scene_verdict(&p, !by_client);
    scene_end(&p);
    return verdict;
}

static void once_connected(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t s = 0; s < SUITES; s++)
        for (size_t i = 0; i < N_LATES; i++)
            for (int by_client = 0; by_client < 2; by_client++)
                tally(&t, lates[i].verdict, send_late(&lates[i], &suites_used[s], by_client),
                      "%s, suite %04x", lates[i].what, suites_used[s]);
    assert_tally(t, SUITES * N_LATES * 2);
}

/* ---- data before it is time ------------------------------------------------------------------ */

static bool data_first(void *user, struct tls *t, enum content_type type, span content)
{
    const bool *clear = user;
    bool now = *clear ? type == CT_CHANGE_CIPHER_SPEC : t->out.dir.way != WAY_CLEAR;
    if (now && type != CT_ALERT && !liar_seal(t, CT_APPLICATION_DATA, span_str("too early")))
        return false;
    return liar_seal(t, (uint8_t)type, content);
}

/* Nothing is lent before the Finished has been checked, keys or not. */
static void data_before_the_finished(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++)
        for (int clear = 0; clear < 2; clear++) {
            bool in_the_clear = clear;
            liar_reset();
            liar = (struct liar){.is_client = by_client, .user = &in_the_clear};
            liar.record = data_first;
            assert_int_equal(scene_run(PLAIN12, NULL),
                             in_the_clear ? DATA_IN_THE_CLEAR : DATA_TOO_EARLY);
        }
}

/* ---- changed on the way ---------------------------------------------------------------------- */

struct flip {
    bool to_server;
    size_t at; /* byte of what goes over once both are connected */
};

static void flip(void *user, bool to_server, uint8_t *p, size_t n)
{
    const struct flip *f = user;
    if (to_server == f->to_server && f->at < n)
        p[f->at] ^= 0x01;
}

/* Every byte of a sealed body counts, under each way: explicit nonce or IV, data, padding, tag. So
 * does the version before it. */
static void every_byte_counts(void **state)
{
    (void)state;
    static const uint8_t data[] = "sixteen bytes or more";
    struct tally t = {0};
    for (size_t s = 0; s < SUITES; s++)
        for (size_t at = 1; at < REC_HEADER + 45; at += at == 2 ? 3 : 1) {
            tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
            struct flip f = {true, at};
            client.legacy = server.legacy = LEGACY_CBC_HMAC;
            server.suites = &suites_used[s];
            server.n_suites = 1;
            liar_reset();
            liar.is_client = true;
            struct pair p = scene_pair(client, server, "a.test");
            pair_run(&p);
            p.tap = flip;
            p.user = &f;
            if (suites_used[s] == 0xcca9 && at >= REC_HEADER + sizeof data - 1 + AEAD_TAG)
                f.to_server = false; /* its records are shorter */
            tacit_conn_write(p.client, data, sizeof data - 1);
            pair_run(&p);
            p.tap = NULL;
            bool refused = tacit_conn_error(p.server) != NULL;
            int verdict = at < REC_HEADER ? RECORD_VERSION : BAD_RECORD_MAC;
            tally(&t, f.to_server ? verdict : OK, refused ? scene_verdict(&p, false) : OK,
                  "suite %04x, byte %zu", suites_used[s], at);
            scene_end(&p);
        }
    assert_tally(t, SUITES * (2 + 45));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_connected),
        cmocka_unit_test(data_before_the_finished),
        cmocka_unit_test(every_byte_counts),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
