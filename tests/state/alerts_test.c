/* Alerts at every moment (RFC 9846 6; bug classes 48, 49, 55, 56, 67): every one in every state of
 * both roles, in the clear and under keys, malformed, and too many. */
#include "scene.h"

#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SERVER = false, CLIENT = true };

/* Each place is a state that an end waits in: the alert comes instead of the message that would
 * take it further, and of all that follow; or into a connection. */
enum { AFTER = 99 };

static const struct place {
    const char *state; /* of the honest end */
    enum scene scene;
    bool by_client;
    size_t at;
    bool sealed; /* the liar has keys, and the honest end has opened a record: nothing goes in the
                  * clear any more */
} places[] = {
    /* clang-format off */
    {"START",         PLAIN,  CLIENT, 0,     false},
    {"START",         RETRY,  CLIENT, 1,     false},
    {"WAIT_CERT",     MUTUAL, CLIENT, 1,     false},
    {"WAIT_CV",       MUTUAL, CLIENT, 2,     true},
    {"WAIT_FINISHED", MUTUAL, CLIENT, 3,     true},
    {"WAIT_FINISHED", PLAIN,  CLIENT, 1,     false},
    {"WAIT_FINISHED", ASKED,  CLIENT, 2,     true},
    {"CONNECTED",     PLAIN,  CLIENT, AFTER, true},
    {"WAIT_SH",       PLAIN,  SERVER, 0,     false},
    {"WAIT_SH",       RETRY,  SERVER, 1,     false},
    {"WAIT_EE",       PLAIN,  SERVER, 1,     false},
    {"WAIT_CERT_CR",  PLAIN,  SERVER, 2,     true},
    {"WAIT_CERT",     MUTUAL, SERVER, 3,     true},
    {"WAIT_CV",       PLAIN,  SERVER, 3,     true},
    {"WAIT_FINISHED", PLAIN,  SERVER, 4,     true},
    {"CONNECTED",     PLAIN,  SERVER, AFTER, true},
    {"CONNECTED",     MUTUAL, SERVER, AFTER, true},
    /* clang-format on */
};

enum { N_PLACES = sizeof places / sizeof places[0] };

struct shot {
    const struct place *place;
    size_t now;
    bool clear;
    uint8_t bytes[4];
    size_t n, times;
};

static void fire(struct shot *s, struct tls *t)
{
    span content = {s->bytes, s->n};
    for (size_t i = 0; i < s->times; i++)
        assert_true(s->clear ? liar_seal_clear(t, CT_ALERT, content)
                             : liar_seal(t, CT_ALERT, content));
}

static void shoot(void *user, struct tls *t, struct draft *d)
{
    struct shot *s = user;
    size_t now = s->now++;
    if (now < s->place->at)
        return;
    if (now == s->place->at) {
        assert_true(liar_flush(t));
        fire(s, t);
    }
    d->n = 0;
}

static struct shot *late;

static void shoot_late(struct pair *p)
{
    fire(late, liar.is_client ? &p->client->t : &p->server->t);
}

static int play(struct shot *s)
{
    liar_reset();
    late = s;
    s->now = 0;
    liar = (struct liar){.is_client = s->place->by_client, .user = s, .message = shoot};
    return scene_run(s->place->scene, s->place->at == AFTER ? shoot_late : NULL);
}

/* ---- every alert in every state -------------------------------------------------------------- */

static const uint8_t alerts_known[] = {
    10, 20, 21, 22, 30, 40, 41,  42,  43,  44,  45,  46,  47,  48,  49,  50,
    51, 60, 70, 71, 80, 86, 100, 109, 110, 112, 113, 115, 116, 117, 120,
};
static const uint8_t alerts_unknown[] = {1, 2, 11, 91, 111, 121, 128, 255};

static bool is_one_of(uint8_t alert, const char *list)
{
    return alert && strchr(list, alert);
}

/* What an alert means depends on when it comes: before the ServerHello, that the ends have nothing
 * in common; after our certificate, that it was refused. */
static int verdict_of(const struct place *p, uint8_t alert)
{
    static const char common[] = {ALERT_handshake_failure, ALERT_protocol_version,
                                  ALERT_insufficient_security, ALERT_no_application_protocol, 0};
    static const char about_certificates[] = {
        ALERT_bad_certificate,     ALERT_unsupported_certificate,
        ALERT_certificate_revoked, ALERT_certificate_expired,
        ALERT_certificate_unknown, ALERT_unknown_ca,
        ALERT_access_denied,       0};
    bool shown = p->scene == MUTUAL && p->at == AFTER;
    if (!strcmp(p->state, "WAIT_SH") && is_one_of(alert, common))
        return SAYS(R_PEER_ALERT_NO_COMMON, alert);
    if (!p->by_client && alert == ALERT_certificate_required)
        return SAYS(R_PEER_ALERT_CERT_REQUIRED, alert);
    if (!p->by_client && shown && is_one_of(alert, about_certificates))
        return SAYS(R_PEER_ALERT_CERT_REJECTED, alert);
    return SAYS(R_PEER_ALERT, alert);
}

/* The level says nothing (RFC 9846 6): a warning is as fatal. */
static void try_alert(struct tally *t, uint8_t alert)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        for (uint8_t level = 0; level < 4; level++) {
            struct shot s = {&places[i], 0, false, {level, alert}, 2, 1};
            tally(t, verdict_of(&places[i], alert), play(&s), "%s, alert %d of level %d",
                  places[i].state, alert, level);
            assert_string_equal(scene_state(), places[i].state);
        }
    }
}

static void every_alert_in_every_state(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < sizeof alerts_known; i++)
        try_alert(&t, alerts_known[i]);
    for (size_t i = 0; i < sizeof alerts_unknown; i++)
        try_alert(&t, alerts_unknown[i]);
    assert_tally(t, (31 + 8) * N_PLACES * 4);
}

/* ---- TLS 1.2 --------------------------------------------------------------------------------- */

static const struct place places12[] = {
    /* clang-format off */
    {"START",         PLAIN12,     CLIENT, 0,     false},
    {"WAIT_CERT",     MUTUAL12,    CLIENT, 1,     false},
    {"WAIT_CKE",      PLAIN12,     CLIENT, 1,     false},
    {"WAIT_CKE",      MUTUAL12,    CLIENT, 2,     false},
    {"WAIT_CV",       MUTUAL12,    CLIENT, 3,     false},
    {"WAIT_FINISHED", PLAIN12,     CLIENT, 2,     false},
    {"WAIT_CKE",      TRANSPORT12, CLIENT, 2,     false},
    {"CONNECTED",     PLAIN12,     CLIENT, AFTER, true},
    {"CONNECTED",     CBC12,       CLIENT, AFTER, true},
    {"WAIT_SH",       PLAIN12,     SERVER, 0,     false},
    {"WAIT_CERT",     PLAIN12,     SERVER, 1,     false},
    {"WAIT_SKE",      PLAIN12,     SERVER, 2,     false},
    {"WAIT_CR_DONE",  PLAIN12,     SERVER, 3,     false},
    {"WAIT_DONE",     MUTUAL12,    SERVER, 4,     false},
    {"WAIT_FINISHED", PLAIN12,     SERVER, 4,     false},
    {"CONNECTED",     PLAIN12,     SERVER, AFTER, true},
    {"CONNECTED",     CBC12,       SERVER, AFTER, true},
    /* clang-format on */
};

enum { N_PLACES12 = sizeof places12 / sizeof places12[0] };

/* There the level counts (RFC 5246 7.2.2): a warning is passed over, whatever it warns of, as soon
 * as the version is known. Then the liar says nothing more, but a client's ChangeCipherSpec, which
 * is no message, comes too early. */
static int verdict_of_warning(const struct place *p, uint8_t alert)
{
    if (p->at == AFTER)
        return OK;
    if (p->at == 0) /* but a server may have warned of the name before (RFC 6066 3) */
        return alert == ALERT_unrecognized_name && !p->by_client ? WAITS : verdict_of(p, alert);
    return p->by_client && strcmp(p->state, "WAIT_FINISHED") != 0 ? MESSAGE_UNEXPECTED : WAITS;
}

static void try_alert12(struct tally *t, uint8_t alert)
{
    for (size_t i = 0; i < N_PLACES12; i++) {
        const struct place *p = &places12[i];
        for (uint8_t level = 0; level < 4; level++) {
            struct shot s = {p, 0, false, {level, alert}, 2, 1};
            int want = level == 1 ? verdict_of_warning(p, alert) : verdict_of(p, alert);
            tally(t, want, play(&s), "TLS 1.2, %s, alert %d of level %d", p->state, alert, level);
            if (level != 1)
                assert_string_equal(scene_state(), p->state);
        }
    }
}

static void every_alert_in_every_state_of_tls12(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < sizeof alerts_known; i++)
        try_alert12(&t, alerts_known[i]);
    for (size_t i = 0; i < sizeof alerts_unknown; i++)
        try_alert12(&t, alerts_unknown[i]);
    assert_tally(t, (31 + 8) * N_PLACES12 * 4);
}

/* close_notify ends a handshake without an answer, and user_canceled only announces it. */
static void closing_alerts_in_every_state(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_PLACES; i++) {
        struct shot close = {&places[i], 0, false, {1, ALERT_close_notify}, 2, 1};
        struct shot cancel = {&places[i], 0, false, {1, ALERT_user_canceled}, 2, 1};
        struct shot flood = {&places[i], 0, false, {1, ALERT_user_canceled}, 2, 33};
        if (places[i].at != AFTER)
            tally(&t, CLOSE_DURING_HANDSHAKE, play(&close), "%s, close", places[i].state);
        tally(&t, places[i].at == AFTER ? OK : WAITS, play(&cancel), "%s, cancel", places[i].state);
        tally(&t, EMPTY_RECORD_FLOOD, play(&flood), "%s, flood", places[i].state);
    }
    assert_tally(t, 3 * N_PLACES - 3);
}

static void malformed_alerts_in_every_state(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_PLACES; i++) {
        for (size_t n = 0; n <= 4; n++) {
            struct shot s = {&places[i], 0, false, {2, ALERT_decode_error, 2, 0}, n, 1};
            int want = n == 0 ? EMPTY_RECORD : ALERT_MALFORMED;
            if (n != 2)
                tally(&t, want, play(&s), "%s, an alert of %zu bytes", places[i].state, n);
        }
    }
    assert_tally(t, 4 * N_PLACES);
}

/* Whoever cannot read our first protected flight says so in the clear; later, nobody may. */
static void alerts_in_the_clear(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_PLACES; i++) {
        const struct place *p = &places[i];
        struct shot s = {p, 0, true, {2, ALERT_decode_error}, 2, 1};
        int want = p->sealed ? CLEAR_AFTER_KEYS : HEARS(decode_error);
        tally(&t, want, play(&s), "%s, in the clear", p->state);
    }
    assert_tally(t, N_PLACES);
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Either end may stop sending, and go on receiving; what comes after its close_notify counts for
 * nothing. RFC 9846 6.1 */
static void half_closed(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++) {
        liar_reset();
        struct pair p = scene_start(PLAIN);
        pair_run(&p);
        tacit_conn *closes = by_client ? p.client : p.server;
        tacit_conn *other = by_client ? p.server : p.client;
        tacit_conn_close(closes);
        pair_run(&p);
        assert_int_equal(tacit_conn_read_end(other), TACIT_READ_CLEAN);
        assert_int_equal(tacit_conn_phase(other), TACIT_PHASE_CLOSING);
        assert_int_equal(tacit_conn_write(closes, "x", 1), 0);
        assert_true(pair_send(&p, !by_client, (const uint8_t *)"still here", 10));
        assert_true(liar_seal(&closes->t, CT_APPLICATION_DATA, span_str("late")));
        pair_run(&p);
        assert_int_equal(tacit_conn_app_in_buf(other).n, 0);
        assert_null(tacit_conn_error(other));
        tacit_conn_close(other);
        pair_run(&p);
        assert_int_equal(tacit_conn_phase(closes), TACIT_PHASE_CLOSED);
        assert_int_equal(tacit_conn_phase(other), TACIT_PHASE_CLOSED);
        scene_end(&p);
    }
}

/* An end without a close_notify is told apart: data may be missing. */
static void truncated(void **state)
{
    (void)state;
    for (int of_client = 0; of_client < 2; of_client++) {
        liar_reset();
        struct pair p = scene_start(PLAIN);
        pair_run(&p);
        tacit_conn *c = of_client ? p.client : p.server;
        tacit_conn_wire_in_eof(c);
        assert_int_equal(tacit_conn_read_end(c), TACIT_READ_TRUNCATED);
        assert_null(tacit_conn_error(c));
        scene_end(&p);
    }
}

/* Whoever gives up a handshake says so, and the other end knows that nothing broke. */
static void given_up(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++) {
        liar_reset();
        struct pair p = scene_start(PLAIN);
        if (by_client)
            pair_move(&p, true); /* a server that has heard of no client has no keys either */
        tacit_conn_close(by_client ? p.client : p.server);
        pair_run(&p);
        uint8_t last;
        assert_int_equal(liar_alerts(by_client, &last), 2);
        assert_int_equal(last, ALERT_close_notify);
        assert_int_equal(scene_verdict(&p, !by_client), CLOSE_DURING_HANDSHAKE);
        scene_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_alert_in_every_state),
        cmocka_unit_test(every_alert_in_every_state_of_tls12),
        cmocka_unit_test(closing_alerts_in_every_state),
        cmocka_unit_test(malformed_alerts_in_every_state),
        cmocka_unit_test(alerts_in_the_clear),
        cmocka_unit_test(half_closed),
        cmocka_unit_test(truncated),
        cmocka_unit_test(given_up),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
