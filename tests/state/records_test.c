/* Records around the messages of a handshake (RFC 9846 5; bug classes 48, 49, 54, 57, 73, 78): cut,
 * mixed, too early, in the clear, padded, and too many. */
#include "subject.h"

#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a record before each message, and within it --------------------------------------------- */

enum stray {
    DATA,      /* one byte of application data */
    NO_DATA,   /* none */
    CCS,       /* a good change_cipher_spec */
    BAD_CCS,   /* one that says 2 */
    LONG_CCS,  /* one of two bytes */
    INNER_CCS, /* a good one, under keys */
    HEARTBEAT, /* a type that does not exist here */
    EMPTY,     /* a handshake record without contents */
    CANCEL,    /* user_canceled, which means nothing between messages */
    N_STRAYS
};

static void send_stray(struct tls *t, enum stray stray)
{
    static const uint8_t one[] = {1}, two[] = {2}, pair[] = {1, 1};
    static const uint8_t inner[] = {1, CT_CHANGE_CIPHER_SPEC}, cancel[] = {1, ALERT_user_canceled};
    const struct {
        uint8_t type;
        span content;
    } records[N_STRAYS] = {
        [DATA] = {CT_APPLICATION_DATA, {one, 1}},
        [NO_DATA] = {CT_APPLICATION_DATA, {one, 0}},
        [CCS] = {CT_CHANGE_CIPHER_SPEC, {one, 1}},
        [BAD_CCS] = {CT_CHANGE_CIPHER_SPEC, {two, 1}},
        [LONG_CCS] = {CT_CHANGE_CIPHER_SPEC, {pair, 2}},
        [INNER_CCS] = {0, {inner, 2}}, /* padded by one byte */
        [HEARTBEAT] = {24, {one, 1}},
        [EMPTY] = {CT_HANDSHAKE, {one, 0}},
        [CANCEL] = {CT_ALERT, {cancel, 2}},
    };
    assert_true(liar_seal(t, records[stray].type, records[stray].content));
}

/* What protects the messages, and what was received before. */
enum moment { FIRST_OF_CLIENT, SECOND_OF_CLIENT, FIRST_OF_SERVER, SECOND_OF_SERVER, SEALED, LATE };

static const enum moment moments[N_SUBJECTS13] = {
    [CH] = FIRST_OF_CLIENT,
    [CH_AGAIN] = SECOND_OF_CLIENT,
    [SH] = FIRST_OF_SERVER,
    [HRR] = FIRST_OF_SERVER,
    [SH_AGAIN] = SECOND_OF_SERVER,
    [EE] = SEALED,
    [EE_MUTUAL] = SEALED,
    [CR] = SEALED,
    [SERVER_CT] = SEALED,
    [SERVER_CV] = SEALED,
    [SERVER_FIN] = SEALED,
    [SERVER_FIN_MUTUAL] = SEALED,
    [CLIENT_CT] = SEALED,
    [CLIENT_CT_EMPTY] = SEALED,
    [CLIENT_CV] = SEALED,
    [CLIENT_FIN] = SEALED,
    [CLIENT_FIN_MUTUAL] = SEALED,
    [NST] = LATE,
    [CLIENT_KU] = LATE,
    [SERVER_KU] = LATE,
};

/* The verdicts by shorter names, so that a row is a line. */
enum {
    CLEAR = DATA_IN_THE_CLEAR,
    EARLY = DATA_TOO_EARLY,
    TYPE = RECORD_TYPE,
    BAD = CHANGE_CIPHER_SPEC,
    NO = EMPTY_RECORD,
    MIXED = INTERLEAVED,
    NONE = -1, /* not there: no keys, or data that is welcome */
};

/* A change_cipher_spec may come at any time between the first ClientHello and the peer's Finished,
 * even within a message; but for it, nothing may. RFC 9846 5, 5.1 */
static const struct times {
    int before[N_STRAYS], within[N_STRAYS];
} times[] = {
    /* clang-format off */
    /*                    data   none   ccs  2    long type  heart    empty cancel */
    [FIRST_OF_CLIENT]  = {{CLEAR, CLEAR, BAD, BAD, BAD, NONE, NOT_TLS, NO,  OK},
                          {CLEAR, CLEAR, BAD, BAD, BAD, NONE, TYPE,    NO,  MIXED}},
    [SECOND_OF_CLIENT] = {{CLEAR, CLEAR, OK,  BAD, BAD, NONE, TYPE,    NO,  OK},
                          {CLEAR, CLEAR, OK,  BAD, BAD, NONE, TYPE,    NO,  MIXED}},
    [FIRST_OF_SERVER]  = {{CLEAR, CLEAR, OK,  BAD, BAD, NONE, NOT_TLS, NO,  OK},
                          {CLEAR, CLEAR, OK,  BAD, BAD, NONE, TYPE,    NO,  MIXED}},
    [SECOND_OF_SERVER] = {{CLEAR, CLEAR, OK,  BAD, BAD, NONE, TYPE,    NO,  OK},
                          {CLEAR, CLEAR, OK,  BAD, BAD, NONE, TYPE,    NO,  MIXED}},
    [SEALED]           = {{EARLY, EARLY, OK,  BAD, BAD, TYPE, TYPE,    NO,  OK},
                          {MIXED, MIXED, OK,  BAD, BAD, TYPE, TYPE,    NO,  MIXED}},
    [LATE]             = {{NONE,  OK,    BAD, BAD, BAD, TYPE, TYPE,    NO,  OK},
                          {MIXED, MIXED, BAD, BAD, BAD, TYPE, TYPE,    NO,  MIXED}},
    /* clang-format on */
};

struct intruder {
    size_t at, now, after; /* the message; so many bytes of it go first */
    enum stray stray;
};

static void intrude(void *user, struct tls *t, struct draft *d)
{
    struct intruder *in = user;
    if (in->now++ != in->at)
        return;
    assert_true(liar_put(t, (span){d->p, in->after}) && liar_flush(t));
    send_stray(t, in->stray);
    draft_remove(d, 0, in->after);
}

static void strays_around_every_message(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        const struct subject *s = &subjects[id];
        for (enum stray stray = 0; stray < N_STRAYS; stray++) {
            for (size_t after = 0; after < 3; after += 2) {
                const struct times *at = &times[moments[id]];
                int want = after ? at->within[stray] : at->before[stray];
                struct intruder in = {s->index, 0, after, stray};
                liar_reset();
                liar = (struct liar){.is_client = s->by_client, .user = &in, .message = intrude};
                if (want != NONE)
                    tally(&t, want, scene_run(s->scene, s->after), "%s, stray %d after %zu bytes",
                          s->name, stray, after);
            }
        }
    }
    assert_tally(t, 20 * 2 * 9 - 5 * 2 - 3);
}

/* ---- in the clear ---------------------------------------------------------------------------- */

static void say_it_in_the_clear(void *user, struct tls *t, struct draft *d)
{
    struct intruder *in = user;
    if (in->now++ != in->at)
        return;
    assert_true(liar_flush(t) && liar_seal_clear(t, CT_HANDSHAKE, (span){d->p, d->n}));
    d->n = 0;
}

static void messages_in_the_clear(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        const struct subject *s = &subjects[id];
        struct intruder in = {.at = s->index};
        liar_reset();
        liar =
            (struct liar){.is_client = s->by_client, .user = &in, .message = say_it_in_the_clear};
        if (moments[id] == SEALED || moments[id] == LATE)
            tally(&t, CLEAR_AFTER_KEYS, scene_run(s->scene, s->after), "%s", s->name);
    }
    assert_tally(t, 15);
}

/* ---- cut ------------------------------------------------------------------------------------- */

static bool in_pieces(void *user, struct tls *t, enum content_type type, span content)
{
    size_t most = type == CT_HANDSHAKE || type == CT_APPLICATION_DATA ? *(size_t *)user : content.n;
    rd in = rd_of(content);
    span piece;
    while (rd_take(&in, in.n < most ? in.n : most, &piece) && piece.n)
        if (!liar_seal(t, (uint8_t)type, piece))
            return false;
    return true;
}

static void messages_in_pieces(void **state)
{
    (void)state;
    struct tally t = {0};
    static const size_t sizes[] = {1, 2, 3, 7, 64};
    for (enum scene scene = 0; scene < N_SCENES; scene++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            for (int by_client = 0; by_client < 2; by_client++) {
                size_t size = sizes[i];
                liar_reset();
                liar = (struct liar){.is_client = by_client, .user = &size, .record = in_pieces};
                tally(&t, OK, scene_run(scene, NULL), "scene %d by %zu", scene, size);
            }
        }
    }
    assert_tally(t, 9 * 5 * 2);
}

/* The transport cuts where it likes; a hello may be as long as it likes (bug class 61). */
static void lengthen(void *user, struct tls *t, struct draft *d)
{
    static const uint8_t zeros[16000];
    (void)t;
    if (d->p[0] == MSG_CLIENT_HELLO)
        draft_add_ext(d, 21, (span){zeros, *(const size_t *)user});
}

static void hellos_of_any_length_in_segments(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 270, 1200, 8000, 16000}, chunks[] = {1, 13, 536, 1400};
    struct tally t = {0};
    for (enum scene scene = 0; scene < N_SCENES; scene++) {
        for (size_t i = 0; i < 5 * 4; i++) {
            size_t length = lengths[i / 4];
            liar_reset();
            liar = (struct liar){.is_client = true, .user = &length, .message = lengthen};
            struct pair p = scene_start(scene);
            p.chunk = chunks[i % 4];
            pair_run(&p);
            tally(&t, OK, scene_verdict(&p, false), "scene %d, %zu more bytes by %zu", scene,
                  length, p.chunk);
            scene_end(&p);
        }
    }
    assert_tally(t, N_SCENES * 5 * 4);
}

/* ---- padded ---------------------------------------------------------------------------------- */

/* Zeros after the type, up to so many bytes in all; 0: nothing but zeros. */
static bool padded(void *user, struct tls *t, enum content_type type, span content)
{
    size_t inner = *(size_t *)user;
    if (!t->out.dir.aead || type == CT_CHANGE_CIPHER_SPEC || type == CT_ALERT)
        return liar_seal(t, (uint8_t)type, content);
    uint8_t *p = calloc(1, inner ? inner - 1 : 9);
    assert_non_null(p);
    if (inner) {
        assert_true(content.n + 2 <= inner);
        memcpy(p, content.p, content.n);
        p[content.n] = (uint8_t)type;
    }
    bool ok = liar_seal(t, 0, (span){p, inner ? inner - 1 : 9});
    free(p);
    return ok;
}

static void records_with_padding(void **state)
{
    (void)state;
    static const struct {
        size_t inner;
        int verdict;
    } cases[] = {
        {2000, OK},
        {REC_INNER_MAX, OK},
        {REC_INNER_MAX + 1, RECORD_OVERFLOW},
        {REC_CIPHER_MAX - AEAD_TAG, RECORD_OVERFLOW},
        {REC_CIPHER_MAX - AEAD_TAG + 1, RECORD_OVERFLOW},
        {0, NO_CONTENT_TYPE},
    };
    struct tally t = {0};
    for (size_t i = 0; i < 6; i++) {
        for (int by_client = 0; by_client < 2; by_client++) {
            size_t inner = cases[i].inner;
            liar_reset();
            liar = (struct liar){.is_client = by_client, .user = &inner, .record = padded};
            tally(&t, cases[i].verdict, scene_run(MUTUAL, NULL), "%zu bytes", inner);
        }
    }
    assert_tally(t, 12);
}

/* ---- too many -------------------------------------------------------------------------------- */

struct flood {
    enum stray stray;
    size_t n;
};

static void flood(void *user, struct tls *t, struct draft *d)
{
    const struct flood *f = user;
    if (d->p[0] == MSG_FINISHED)
        for (size_t i = 0; i < f->n; i++)
            send_stray(t, f->stray);
}

static const struct flood *late_flood;

static void flood_late(struct pair *p)
{
    for (size_t i = 0; i < late_flood->n; i++)
        send_stray(liar.is_client ? &p->client->t : &p->server->t, late_flood->stray);
}

/* An honest end sends one change_cipher_spec itself. */
static void floods(void **state)
{
    (void)state;
    for (int by_client = 0; by_client < 2; by_client++) {
        struct flood f = {CCS, CCS_MAX - 1};
        liar_reset();
        liar = (struct liar){.is_client = by_client, .user = &f, .message = flood};
        assert_int_equal(scene_run(PLAIN, NULL), OK);
        f.n++;
        assert_int_equal(scene_run(PLAIN, NULL), CHANGE_CIPHER_SPEC_FLOOD);

        struct flood late = {NO_DATA, EMPTY_RECORDS_MAX};
        late_flood = &late;
        liar_reset();
        liar.is_client = by_client;
        assert_int_equal(scene_run(PLAIN, flood_late), OK);
        late.n++;
        liar_reset();
        liar.is_client = by_client;
        assert_int_equal(scene_run(PLAIN, flood_late), EMPTY_RECORD_FLOOD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strays_around_every_message),
        cmocka_unit_test(messages_in_the_clear),
        cmocka_unit_test(messages_in_pieces),
        cmocka_unit_test(hellos_of_any_length_in_segments),
        cmocka_unit_test(records_with_padding),
        cmocka_unit_test(floods),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
