/* Where keys change (RFC 9846 4.3.10, 4.5, 5.1, 5.2; bug classes 31, 32, 47, 49): no message
 * straddles a change, no data flows before the peer is proven, early data is skipped to a limit. */
#include "subject.h"

#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- bytes of the next message --------------------------------------------------------------- */

/* The messages after which the sender's keys change, or, after a HelloRetryRequest, the other end
 * speaks. RFC 9846 5.1 */
static const enum subject_id lasts[] = {CH,         CH_AGAIN,         SH,        HRR,
                                        SH_AGAIN,   SERVER_FIN,       CLIENT_KU, SERVER_KU,
                                        CLIENT_FIN, CLIENT_FIN_MUTUAL};

enum { N_LASTS = sizeof lasts / sizeof lasts[0] };

static void append(void *user, struct draft *d)
{
    static const uint8_t next[] = {MSG_KEY_UPDATE, 0, 0, 1, 0};
    draft_insert(d, d->n, (span){next, *(const size_t *)user});
}

static void no_message_straddles_a_change_of_keys(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_LASTS; i++)
        for (size_t n = 1; n <= 5; n++)
            tally(&t, MESSAGE_OVER_KEY_CHANGE, subject_try(lasts[i], append, &n),
                  "%zu bytes after %s", n, subjects[lasts[i]].name);
    assert_tally(t, 10 * 5);
}

/* The first retry's hello ends a flight as well: the server answers it, and bytes behind it would
 * belong to nothing. */
static void no_message_straddles_a_retry(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t n = 1; n <= 5; n++) {
        struct editor e = {.edit = append, .user = &n};
        subject_lie(CH, &e);
        tally(&t, MESSAGE_OVER_KEY_CHANGE, scene_run(RETRY, NULL), "%zu bytes", n);
    }
    assert_tally(t, 5);
}

/* ---- who may write when ---------------------------------------------------------------------- */

static bool may_write(tacit_conn *c)
{
    bool wants = tacit_conn_wants(c) & TACIT_WANT_APP_OUT;
    bool took = tacit_conn_write(c, "x", 1) == 1;
    assert_int_equal(wants, took);
    return took;
}

/* A server that asks for a certificate says nothing to a client that has not answered; one that
 * asks for none may write to whom it takes for nobody. */
static void half_rtt_data(void **state)
{
    (void)state;
    static const bool allowed[N_SCENES] = {[PLAIN] = true};
    for (enum scene scene = 0; scene < N_SCENES; scene++) {
        liar_reset();
        struct pair p = scene_start(scene);
        assert_false(may_write(p.client) || may_write(p.server));
        pair_move(&p, true); /* ClientHello */
        if (scene == RETRY) {
            assert_false(may_write(p.server));
            while (pair_move(&p, false))
                assert_false(may_write(p.client));
            while (pair_move(&p, true))
                assert_false(may_write(p.client));
        }
        /* The server's flight is out, and the client is silent. */
        assert_int_equal(may_write(p.server), allowed[scene]);
        assert_false(may_write(p.client));
        tacit_conn_tick(p.server, 999);
        assert_int_equal(may_write(p.server), allowed[scene]);
        pair_run(&p);
        assert_int_equal(tacit_conn_phase(p.server), TACIT_PHASE_CONNECTED);
        assert_int_equal(tacit_conn_phase(p.client), TACIT_PHASE_CONNECTED);
        tacit_span in = tacit_conn_app_in_buf(p.client);
        assert_int_equal(in.n, allowed[scene] ? 1 : 0); /* the first of two */
        assert_true(may_write(p.client) && may_write(p.server));
        scene_end(&p);
    }
}

/* Data that a client sends before its Finished, under the right keys, is not lent. */
struct hasty {
    size_t at, now;
};

static void data_first(void *user, struct tls *t, struct draft *d)
{
    struct hasty *h = user;
    if (h->now++ != h->at)
        return;
    d->n = 0;
    t->state = ST_CONNECTED; /* it deludes itself */
    assert_true(liar_flush(t) && liar_seal(t, CT_APPLICATION_DATA, span_str("hello")));
    t->state = ST_WAIT_FINISHED;
}

static void data_without_a_finished(void **state)
{
    (void)state;
    static const struct {
        enum scene scene;
        size_t messages;
    } flights[] = {{PLAIN, 2}, {ASKED, 3}, {MUTUAL, 4}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t at = 1; at < flights[i].messages; at++) {
            struct hasty h = {.at = at};
            liar_reset();
            liar = (struct liar){.is_client = true, .user = &h, .message = data_first};
            assert_int_equal(scene_run(flights[i].scene, NULL), DATA_TOO_EARLY);
        }
    }
}

/* ---- early data ------------------------------------------------------------------------------ */

/* A client that resumes with early data sends records that a server without its session cannot
 * read, and has to skip: so many bytes of them, where the keys let them be taken for anything. */
struct early {
    size_t hello, records, size, late;
};

static void send_early(struct tls *t, size_t records, size_t size)
{
    uint8_t *garbage = calloc(1, size);
    assert_non_null(garbage);
    for (size_t i = 0; i < records; i++)
        assert_true(liar_seal_clear(t, CT_APPLICATION_DATA, (span){garbage, size}));
    free(garbage);
}

static void offer_early(void *user, struct tls *t, struct draft *d)
{
    struct early *e = user;
    if (d->p[0] != MSG_CLIENT_HELLO) {
        send_early(t, e->late, e->size);
    } else if (e->hello++ == 0) {
        draft_add_ext(d, 42, (span){0});
        assert_true(liar_put(t, (span){d->p, d->n}) && liar_flush(t));
        d->n = 0;
        send_early(t, e->records, e->size);
    }
}

static void early_data_is_skipped_to_a_limit(void **state)
{
    (void)state;
    static const struct {
        size_t records, size;
        int verdict;
    } cases[] = {
        {1, 1, OK},
        {64, 1024, OK}, /* 64 KiB */
        {65, 1024, EARLY_DATA_TOO_MUCH},
        {4, 16384, OK},
        {5, 16384, EARLY_DATA_TOO_MUCH},
        {1024, 64, OK},
        {1025, 64, EARLY_DATA_TOO_MUCH},
    };
    struct tally t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const enum scene scenes[] = {PLAIN, RETRY};
        for (size_t k = 0; k < 2; k++) {
            struct early e = {.records = cases[i].records, .size = cases[i].size};
            liar_reset();
            liar = (struct liar){.is_client = true, .user = &e, .message = offer_early};
            tally(&t, cases[i].verdict, scene_run(scenes[k], NULL), "%zu records of %zu",
                  cases[i].records, cases[i].size);
        }
    }
    assert_tally(t, 14);
}

/* Once a record could be read, nothing is skipped any more. */
static void late_garbage(void *user, struct tls *t, struct draft *d)
{
    struct early *e = user;
    if (d->p[0] == MSG_CLIENT_HELLO && e->hello++ == 0)
        draft_add_ext(d, 42, (span){0});
    if (d->p[0] != MSG_FINISHED)
        return;
    assert_true(liar_flush(t)); /* Certificate and CertificateVerify */
    send_early(t, 1, 64);
}

static void early_data_is_not_late(void **state)
{
    (void)state;
    struct early e = {0};
    liar_reset();
    liar = (struct liar){.is_client = true, .user = &e, .message = late_garbage};
    assert_int_equal(scene_run(MUTUAL, NULL), BAD_RECORD_MAC);
}

/* ---- what was changed on the way ------------------------------------------------------------- */

/* The first protected record of each side, byte for byte: behind the hellos and a
 * change_cipher_spec. Its version and its length are covered by the tag as well. */
static void protected_records_hold(void **state)
{
    (void)state;
    struct tally t = {0};
    static const struct {
        bool to_server;
        size_t at, n;
    } records[] = {{false, 5 + 122 + 6, 5 + 775 + 17}, {true, 5 + 252 + 6, 5 + 36 + 17}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = 1; at < records[i].n; at++) {
            struct flipper f = {records[i].to_server, records[i].at + at, 0x10, 0};
            if (at == 3 || at == 4)
                continue; /* its length: another record */
            liar_reset();
            liar.is_client = f.to_server;
            struct pair p = scene_start(PLAIN);
            p.tap = pair_flip;
            p.user = &f;
            pair_run(&p);
            tally(&t, BAD_RECORD_MAC, scene_verdict(&p, !f.to_server), "byte %zu", at);
            scene_end(&p);
        }
    }
    assert_tally(t, 797 - 3 + 58 - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_straddles_a_change_of_keys),
        cmocka_unit_test(no_message_straddles_a_retry),
        cmocka_unit_test(half_rtt_data),
        cmocka_unit_test(data_without_a_finished),
        cmocka_unit_test(early_data_is_skipped_to_a_limit),
        cmocka_unit_test(early_data_is_not_late),
        cmocka_unit_test(protected_records_hold),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
