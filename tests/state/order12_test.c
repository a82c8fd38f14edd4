/* ChangeCipherSpec in TLS 1.2 (RFC 5246 7.1; bug classes 36, 37): early, late, twice, never, and
 * with other contents. It is no handshake message, so it stands in no transcript, and only the
 * receiver's own states can tell that it is out of place. */
#include "scene.h"

#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SERVER = false, CLIENT = true, AFTER = 99 };

enum {
    ORDER = MESSAGE_UNEXPECTED,
    DROPPED = OK, /* by the rule of TLS 1.3: the version is not known yet */
};

/* ---- put in before a message ----------------------------------------------------------------- */

/* Each row is a message before which, or a connection into which, one is put. */
static const struct early {
    enum scene scene;
    bool by_client;
    size_t at;
    const char *before;
    int verdict;
} earlies[] = {
    /* clang-format off */
    {PLAIN12,  CLIENT, 0, "ClientHello",        CHANGE_CIPHER_SPEC},
    {PLAIN12,  CLIENT, 1, "ClientKeyExchange",  ORDER}, /* CVE-2014-0224 */
    {PLAIN12,  CLIENT, AFTER, "",               ORDER},
    {MUTUAL12, CLIENT, 1, "Certificate",        ORDER},
    {MUTUAL12, CLIENT, 2, "ClientKeyExchange",  ORDER},
    {MUTUAL12, CLIENT, 3, "CertificateVerify",  ORDER},
    {ASKED12,  CLIENT, 1, "Certificate",        ORDER},
    {ASKED12,  CLIENT, 2, "ClientKeyExchange",  ORDER},
    {PLAIN12,  SERVER, 0, "ServerHello",        CHANGE_CIPHER_SPEC},
    {PLAIN12,  SERVER, 1, "Certificate",        ORDER},
    {PLAIN12,  SERVER, 2, "ServerKeyExchange",  ORDER},
    {PLAIN12,  SERVER, 3, "ServerHelloDone",    ORDER},
    {PLAIN12,  SERVER, AFTER, "",               ORDER},
    {MUTUAL12, SERVER, 3, "CertificateRequest", ORDER},
    {MUTUAL12, SERVER, 4, "ServerHelloDone",    ORDER},
    {CBC12,    CLIENT, 1, "ClientKeyExchange",  ORDER},
    {CBC12,    CLIENT, AFTER, "",               ORDER},
    {CBC12,    SERVER, 2, "ServerKeyExchange",  ORDER},
    {CBC12,    SERVER, 3, "ServerHelloDone",    ORDER},
    {CBC12,    SERVER, AFTER, "",               ORDER},
    {TRANSPORT12, CLIENT, 1, "Certificate",     ORDER},
    {TRANSPORT12, CLIENT, 2, "ClientKeyExchange", ORDER},
    {TRANSPORT12, CLIENT, 3, "CertificateVerify", ORDER},
    {TRANSPORT12, CLIENT, AFTER, "",            ORDER},
    {TRANSPORT12, SERVER, 1, "Certificate",     ORDER},
    {TRANSPORT12, SERVER, 2, "CertificateRequest", ORDER},
    {TRANSPORT12, SERVER, 3, "ServerHelloDone", ORDER},
    {TRANSPORT12, SERVER, AFTER, "",            ORDER},
    /* clang-format on */
};

enum { N_EARLIES = sizeof earlies / sizeof earlies[0] };

struct intruder {
    size_t at, now;
};

static const uint8_t one[] = {1};

static void intrude(void *user, struct tls *t, struct draft *d)
{
    struct intruder *in = user;
    (void)d;
    if (in->now++ == in->at)
        assert_true(liar_flush(t) && liar_seal(t, CT_CHANGE_CIPHER_SPEC, (span){one, 1}));
}

static void intrude_late(struct pair *p)
{
    pair_inject(p, liar.is_client, CT_CHANGE_CIPHER_SPEC, (span){one, 1});
}

static void in_every_wrong_place(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_EARLIES; i++) {
        const struct early *e = &earlies[i];
        struct intruder in = {.at = e->at};
        liar_reset();
        liar = (struct liar){.is_client = e->by_client, .user = &in, .message = intrude};
        int got = scene_run(e->scene, e->at == AFTER ? intrude_late : NULL);
        tally(&t, e->verdict, got, "%s, before %s", e->by_client ? "client" : "server", e->before);
        if (e->at != AFTER)
            assert_string_equal(msg_name(liar_said(e->by_client, e->at).type), e->before);
    }
    assert_tally(t, N_EARLIES);
}

/* A client that would take TLS 1.3 drops one before it knows the version; when that is TLS 1.2, it
 * was no rule of it. */
static void before_the_version_is_known(void **state)
{
    (void)state;
    struct intruder in = {0};
    tacit_config_options client = scene_client(PLAIN12);
    client.max_version = TLS13;
    client.min_version = TLS12;
    liar_reset();
    liar = (struct liar){.is_client = false, .user = &in, .message = intrude};
    assert_int_equal(scene_play(client, scene_server(PLAIN12)), CHANGE_CIPHER_SPEC);
}

/* ---- changed --------------------------------------------------------------------------------- */

enum lie { MISSING, TWICE, LATE, EMPTY, LONG, OTHER, N_LIES };

static bool change(void *user, struct tls *t, enum content_type type, span content)
{
    static const uint8_t two[] = {2}, both[] = {1, 1};
    const enum lie *lie = user;
    bool ccs = type == CT_CHANGE_CIPHER_SPEC;
    if (!ccs && *lie == LATE && t->out.dir.way != WAY_CLEAR && t->out.dir.seq == 0) {
        /* the Finished goes in the clear, and only then comes the change */
        return liar_seal_clear(t, (uint8_t)type, content)
               && liar_seal_clear(t, CT_CHANGE_CIPHER_SPEC, (span){one, 1});
    }
    if (!ccs)
        return liar_seal(t, (uint8_t)type, content);
    switch (*lie) {
    case MISSING:
    case LATE:
        return true;
    case TWICE: /* in the clear both of them: the keys are changed after this */
        return liar_seal(t, CT_CHANGE_CIPHER_SPEC, content)
               && liar_seal(t, CT_CHANGE_CIPHER_SPEC, content);
    case EMPTY:
        return liar_seal(t, CT_CHANGE_CIPHER_SPEC, (span){0});
    case LONG:
        return liar_seal(t, CT_CHANGE_CIPHER_SPEC, (span){both, 2});
    case OTHER:
        return liar_seal(t, CT_CHANGE_CIPHER_SPEC, (span){two, 1});
    case N_LIES:
        break;
    }
    return false;
}

/* Without it the Finished is under keys that the receiver does not use yet, and reads as a message
 * of whatever type its first byte is: an explicit nonce begins with 0, an IV is random, but the
 * same in each run. The second of two is taken for a sealed record. */
static void changed_in_every_way(void **state)
{
    (void)state;
    static const enum scene scenes[] = {PLAIN12, MUTUAL12, CBC12, TRANSPORT12};
    static const int verdicts[N_LIES] = {ORDER,        BAD_RECORD_MAC,     ORDER,
                                         EMPTY_RECORD, CHANGE_CIPHER_SPEC, CHANGE_CIPHER_SPEC};
    struct tally t = {0};
    for (size_t i = 0; i < 4; i++)
        for (int by_client = 0; by_client < 2; by_client++)
            for (enum lie lie = 0; lie < N_LIES; lie++) {
                bool iv = scenes[i] == CBC12 && lie == MISSING;
                liar_reset();
                liar = (struct liar){.is_client = by_client, .user = &lie, .record = change};
                tally(&t, iv ? MESSAGE_UNKNOWN : verdicts[lie], scene_run(scenes[i], NULL),
                      "scene %d, %s, lie %d", scenes[i], by_client ? "client" : "server", lie);
            }
    assert_tally(t, 4 * 2 * N_LIES);
}

/* RFC 5246 7.1: a message that has begun does not go on under other keys. */
static bool between(void *user, struct tls *t, enum content_type type, span content)
{
    bool *done = user;
    if (type == CT_HANDSHAKE && !*done && content.n > 4
        && content.p[0] == MSG_CLIENT_KEY_EXCHANGE) {
        *done = true;
        uint8_t more[256];
        memcpy(more, content.p, content.n);
        more[content.n] = MSG_FINISHED; /* the first byte of the next message */
        return liar_seal(t, CT_HANDSHAKE, (span){more, content.n + 1});
    }
    return liar_seal(t, (uint8_t)type, content);
}

static void no_message_straddles_it(void **state)
{
    (void)state;
    bool done = false;
    liar_reset();
    liar = (struct liar){.is_client = true, .user = &done, .record = between};
    assert_int_equal(scene_run(PLAIN12, NULL), INTERLEAVED);
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_wrong_place),
        cmocka_unit_test(before_the_version_is_known),
        cmocka_unit_test(changed_in_every_way),
        cmocka_unit_test(no_message_straddles_it),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
