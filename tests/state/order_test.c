/* The order of messages (RFC 9846 4, A; bug classes 8, 10, 37): each message dropped, doubled and
 * swapped with its neighbour, and a message of each type put in before each message. The liar's
 * transcript always agrees with what it sent. */
#include "scene.h"

#include "conn/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- dropped, doubled, swapped --------------------------------------------------------------- */

enum { SERVER = false, CLIENT = true };

enum lie {
    DROPPED,
    DOUBLED,    /* in one record */
    APART,      /* doubled, in two records */
    SWAPPED,    /* with the next one */
    SWAPPED_UP, /* with the next one, under the keys of the first */
    N_LIES
};

/* The verdicts by shorter names, so that a row is a line. */
enum {
    ORDER = MESSAGE_UNEXPECTED,
    OVER_KEYS = MESSAGE_OVER_KEY_CHANGE, /* in one record with what changed the keys */
    IN_CLEAR = CLEAR_AFTER_KEYS,
    TOO_SOON = DATA_IN_THE_CLEAR, /* under keys, before there are any */
    OLD_KEYS = BAD_RECORD_MAC,
    NO_COOKIE = COOKIE_NOT_ECHOED,
    SECOND = SECOND_HELLO_RETRY,
    TOLD = HEARS(unexpected_message), /* it is the liar that is surprised */
    NONE = -1,                        /* no neighbour, or no change of keys before it */
};

/* Each row is a message, in the order sent: what becomes of each lie about it. A client that does
 * not hear the CertificateRequest sends its Finished, and the server objects. */
static const struct order {
    enum scene scene;
    bool by_client;
    const char *message;
    int verdicts[N_LIES];
} orders[] = {
    /* clang-format off */
    /*                                      dropped    doubled    apart      swapped   swapped_up */
    {PLAIN,  CLIENT, "ClientHello",         {WAITS,     OVER_KEYS, IN_CLEAR,  NONE,      NONE}},
    {PLAIN,  CLIENT, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},
    {PLAIN,  SERVER, "ServerHello",         {TOO_SOON,  OVER_KEYS, IN_CLEAR,  TOO_SOON,  ORDER}},
    {PLAIN,  SERVER, "EncryptedExtensions", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN,  SERVER, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN,  SERVER, "CertificateVerify",   {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN,  SERVER, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},

    {MUTUAL, CLIENT, "ClientHello",         {WAITS,     OVER_KEYS, IN_CLEAR,  NONE,      NONE}},
    {MUTUAL, CLIENT, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, CLIENT, "CertificateVerify",   {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, CLIENT, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},
    {MUTUAL, SERVER, "ServerHello",         {TOO_SOON,  OVER_KEYS, IN_CLEAR,  TOO_SOON,  ORDER}},
    {MUTUAL, SERVER, "EncryptedExtensions", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, SERVER, "CertificateRequest",  {TOLD,      ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, SERVER, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, SERVER, "CertificateVerify",   {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL, SERVER, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},

    {ASKED,  CLIENT, "ClientHello",         {WAITS,     OVER_KEYS, IN_CLEAR,  NONE,      NONE}},
    {ASKED,  CLIENT, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {ASKED,  CLIENT, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},

    {RETRY,  CLIENT, "ClientHello",         {WAITS,     OVER_KEYS, NO_COOKIE, NONE,      NONE}},
    {RETRY,  CLIENT, "ClientHello",         {WAITS,     OVER_KEYS, IN_CLEAR,  NONE,      NONE}},
    {RETRY,  CLIENT, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  CLIENT, "CertificateVerify",   {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  CLIENT, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},
    {RETRY,  SERVER, "HelloRetryRequest",   {WAITS,     OVER_KEYS, SECOND,    NONE,      NONE}},
    {RETRY,  SERVER, "ServerHello",         {TOO_SOON,  OVER_KEYS, IN_CLEAR,  TOO_SOON,  ORDER}},
    {RETRY,  SERVER, "EncryptedExtensions", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  SERVER, "CertificateRequest",  {TOLD,      ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  SERVER, "Certificate",         {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  SERVER, "CertificateVerify",   {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {RETRY,  SERVER, "Finished",            {WAITS,     OVER_KEYS, OLD_KEYS,  NONE,      NONE}},

    /* In TLS 1.2 keys change at ChangeCipherSpec, whose own row is in order12_test.c. */
    {PLAIN12,  CLIENT, "ClientHello",       {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {PLAIN12,  CLIENT, "ClientKeyExchange", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN12,  CLIENT, "Finished",          {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {PLAIN12,  SERVER, "ServerHello",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN12,  SERVER, "Certificate",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN12,  SERVER, "ServerKeyExchange", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {PLAIN12,  SERVER, "ServerHelloDone",   {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {PLAIN12,  SERVER, "Finished",          {WAITS,     ORDER,     ORDER,     NONE,      NONE}},

    {MUTUAL12, CLIENT, "ClientHello",       {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {MUTUAL12, CLIENT, "Certificate",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, CLIENT, "ClientKeyExchange", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, CLIENT, "CertificateVerify", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, CLIENT, "Finished",          {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {MUTUAL12, SERVER, "ServerHello",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, SERVER, "Certificate",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, SERVER, "ServerKeyExchange", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, SERVER, "CertificateRequest", {TOLD,     ORDER,     ORDER,     ORDER,     NONE}},
    {MUTUAL12, SERVER, "ServerHelloDone",   {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {MUTUAL12, SERVER, "Finished",          {WAITS,     ORDER,     ORDER,     NONE,      NONE}},

    {ASKED12,  CLIENT, "ClientHello",       {WAITS,     ORDER,     ORDER,     NONE,      NONE}},
    {ASKED12,  CLIENT, "Certificate",       {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {ASKED12,  CLIENT, "ClientKeyExchange", {ORDER,     ORDER,     ORDER,     ORDER,     NONE}},
    {ASKED12,  CLIENT, "Finished",          {WAITS,     ORDER,     ORDER,     NONE,      NONE}},

    {CBC12, CLIENT, "ClientHello", {WAITS, ORDER, ORDER, NONE, NONE}},
    {CBC12, CLIENT, "ClientKeyExchange", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {CBC12, CLIENT, "Finished", {WAITS, ORDER, ORDER, NONE, NONE}},
    {CBC12, SERVER, "ServerHello", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {CBC12, SERVER, "Certificate", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {CBC12, SERVER, "ServerKeyExchange", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {CBC12, SERVER, "ServerHelloDone", {WAITS, ORDER, ORDER, NONE, NONE}},
    {CBC12, SERVER, "Finished", {WAITS, ORDER, ORDER, NONE, NONE}},

    {TRANSPORT12, CLIENT, "ClientHello", {WAITS, ORDER, ORDER, NONE, NONE}},
    {TRANSPORT12, CLIENT, "Certificate", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, CLIENT, "ClientKeyExchange", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, CLIENT, "CertificateVerify", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, CLIENT, "Finished", {WAITS, ORDER, ORDER, NONE, NONE}},
    {TRANSPORT12, SERVER, "ServerHello", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, SERVER, "Certificate", {ORDER, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, SERVER, "CertificateRequest", {TOLD, ORDER, ORDER, ORDER, NONE}},
    {TRANSPORT12, SERVER, "ServerHelloDone", {WAITS, ORDER, ORDER, NONE, NONE}},
    {TRANSPORT12, SERVER, "Finished", {WAITS, ORDER, ORDER, NONE, NONE}},
    /* clang-format on */
};

enum { N_ORDERS = sizeof orders / sizeof orders[0] };

struct shuffle {
    enum lie lie;
    size_t at, now;    /* the message meant, and the one that is being sent */
    struct draft held; /* waits for the next one */
    struct secret key; /* waits as well, when swapping up */
};

static void shuffle(void *user, struct tls *t, struct draft *d)
{
    struct shuffle *s = user;
    const span whole = {d->p, d->n};
    size_t now = s->now++;
    if (now == s->at && s->lie == DROPPED) {
        d->n = 0;
    } else if (now == s->at && s->lie == DOUBLED) {
        draft_twice(d);
    } else if (now == s->at && s->lie == APART) {
        assert_true(liar_put(t, whole) && liar_flush(t));
    } else if (now == s->at) {
        s->held = *d;
        *d = (struct draft){0};
    } else if (now == s->at + 1 && s->held.p) {
        draft_insert(d, d->n, (span){s->held.p, s->held.n});
        free(s->held.p);
        s->held = (struct draft){0};
    }
    if (s->key.n && !s->held.p) {
        assert_true(liar_put(t, (span){d->p, d->n}) && liar_write_key(t, &s->key));
        d->n = s->key.n = 0;
    }
}

static bool shuffle_key(void *user, struct tls *t, const struct secret *traffic)
{
    struct shuffle *s = user;
    if (s->lie != SWAPPED_UP || !s->held.p)
        return liar_write_key(t, traffic);
    s->key = *traffic;
    return true;
}

static size_t place_in_flights(size_t row)
{
    size_t first = row;
    while (first > 0 && orders[first - 1].scene == orders[row].scene
           && orders[first - 1].by_client == orders[row].by_client)
        first--;
    return row - first;
}

static void every_message_dropped_doubled_and_swapped(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_ORDERS; i++) {
        const struct order *o = &orders[i];
        for (enum lie lie = 0; lie < N_LIES; lie++) {
            struct shuffle s = {.lie = lie, .at = place_in_flights(i)};
            if (o->verdicts[lie] == NONE)
                continue;
            liar_reset();
            liar = (struct liar){.is_client = o->by_client,
                                 .user = &s,
                                 .message = shuffle,
                                 .write_key = shuffle_key};
            int verdict = scene_run(o->scene, NULL);
            tally(&t, o->verdicts[lie], verdict, "scene %d, %s %s, lie %d", o->scene,
                  o->by_client ? "client's" : "server's", o->message, lie);
            free(s.held.p);
        }
    }
    assert_tally(t, 3 * N_ORDERS + 19 + 23 + 3);
}

/* The rows above are what the ends say, all of it, in that order. */
static void the_rows_are_the_handshakes(void **state)
{
    (void)state;
    size_t rows = 0;
    for (enum scene scene = 0; scene < N_SCENES; scene++) {
        for (int by_client = 1; by_client >= 0; by_client--) {
            liar_reset();
            assert_int_equal(scene_run(scene, NULL), OK);
            if ((scene == ASKED || scene == ASKED12) && !by_client)
                continue; /* as in MUTUAL */
            for (size_t i = 0; liar_said(by_client, i).type; i++, rows++) {
                const struct order *o = &orders[rows];
                uint8_t type = liar_said(by_client, i).type;
                assert_true(o->scene == scene && o->by_client == by_client);
                bool retry = type == MSG_SERVER_HELLO && scene == RETRY && i == 0;
                assert_string_equal(retry ? "HelloRetryRequest" : msg_name(type), o->message);
            }
        }
    }
    assert_int_equal(rows, N_ORDERS);
}

/* After the handshake: what the end says, in one go. A change of keys that the other end has not
 * heard of shows with the next data. */
static void say_ticket_then_update(struct pair *p)
{
    scene_ticket(p);
    assert_true(tacit_conn_key_update(p->server, false));
}

static void say_update(struct pair *p)
{
    assert_true(tacit_conn_key_update(p->client, false));
}

static const struct late {
    bool by_client;
    size_t at;
    const char *message;
    int verdicts[N_LIES];
} lates[] = {
    /* clang-format off */
    /*                                 dropped   doubled    apart     swapped    swapped_up */
    {SERVER, 5, "NewSessionTicket",   {OK,       OK,        OK,       OVER_KEYS, NONE}},
    {SERVER, 6, "KeyUpdate",          {OLD_KEYS, OVER_KEYS, OLD_KEYS, NONE,      NONE}},
    {CLIENT, 2, "KeyUpdate",          {OLD_KEYS, OVER_KEYS, OLD_KEYS, NONE,      NONE}},
    /* clang-format on */
};

static void late_messages_dropped_doubled_and_swapped(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < 3; i++) {
        const struct late *l = &lates[i];
        for (enum lie lie = 0; lie < N_LIES; lie++) {
            struct shuffle s = {.lie = lie, .at = l->at};
            if (l->verdicts[lie] == NONE)
                continue;
            liar_reset();
            liar = (struct liar){.is_client = l->by_client,
                                 .user = &s,
                                 .message = shuffle,
                                 .write_key = shuffle_key};
            int verdict = scene_run(PLAIN, l->by_client ? say_update : say_ticket_then_update);
            tally(&t, l->verdicts[lie], verdict, "%s, lie %d", l->message, lie);
            free(s.held.p);
        }
    }
    assert_tally(t, 4 + 3 + 3);
}

/* ---- put in ---------------------------------------------------------------------------------- */

/* Every type of message that some TLS has, and some that none has. */
static const uint8_t types[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,  13, 14,
                                15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 67, 254, 255};
static const uint8_t known[] = {0, 1, 2, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24};

enum { N_TYPES = sizeof types, AFTER = 99 };

/* Each row is a message before which, or a connection into which, another is put; and the types
 * that may come there: those get as far as being read, and are found empty. */
static const struct place {
    enum scene scene;
    bool by_client;
    size_t at;
    uint8_t accepted[2];
} places[] = {
    /* clang-format off */
    {PLAIN,  CLIENT, 0, {MSG_CLIENT_HELLO}},
    {PLAIN,  CLIENT, 1, {MSG_FINISHED}},
    {PLAIN,  CLIENT, AFTER, {MSG_KEY_UPDATE}},
    {MUTUAL, CLIENT, 1, {MSG_CERTIFICATE}},
    {MUTUAL, CLIENT, 2, {MSG_CERTIFICATE_VERIFY}},
    {MUTUAL, CLIENT, 3, {MSG_FINISHED}},
    {MUTUAL, CLIENT, AFTER, {MSG_KEY_UPDATE}},
    {ASKED,  CLIENT, 1, {MSG_CERTIFICATE}},
    {ASKED,  CLIENT, 2, {MSG_FINISHED}}, /* without a certificate there is nothing to verify */
    {RETRY,  CLIENT, 1, {MSG_CLIENT_HELLO}},
    {PLAIN,  SERVER, 0, {MSG_SERVER_HELLO}},
    {PLAIN,  SERVER, 1, {MSG_ENCRYPTED_EXTENSIONS}},
    {PLAIN,  SERVER, 2, {MSG_CERTIFICATE, MSG_CERTIFICATE_REQUEST}},
    {PLAIN,  SERVER, 3, {MSG_CERTIFICATE_VERIFY}},
    {PLAIN,  SERVER, 4, {MSG_FINISHED}},
    {PLAIN,  SERVER, AFTER, {MSG_NEW_SESSION_TICKET, MSG_KEY_UPDATE}},
    {MUTUAL, SERVER, 2, {MSG_CERTIFICATE, MSG_CERTIFICATE_REQUEST}},
    {MUTUAL, SERVER, 3, {MSG_CERTIFICATE}},
    {RETRY,  SERVER, 0, {MSG_SERVER_HELLO}},
    {RETRY,  SERVER, 1, {MSG_SERVER_HELLO}},

    {PLAIN12,  CLIENT, 0, {MSG_CLIENT_HELLO}},
    {PLAIN12,  CLIENT, 1, {MSG_CLIENT_KEY_EXCHANGE}},
    {PLAIN12,  CLIENT, 2, {MSG_FINISHED}},
    {PLAIN12,  CLIENT, AFTER, {0}},
    {MUTUAL12, CLIENT, 1, {MSG_CERTIFICATE}},
    {MUTUAL12, CLIENT, 2, {MSG_CLIENT_KEY_EXCHANGE}},
    {MUTUAL12, CLIENT, 3, {MSG_CERTIFICATE_VERIFY}},
    {MUTUAL12, CLIENT, 4, {MSG_FINISHED}},
    {ASKED12,  CLIENT, 3, {MSG_FINISHED}},
    {PLAIN12,  SERVER, 0, {MSG_SERVER_HELLO}},
    {PLAIN12,  SERVER, 1, {MSG_CERTIFICATE}},
    {PLAIN12,  SERVER, 2, {MSG_SERVER_KEY_EXCHANGE}},
    {PLAIN12,  SERVER, 3, {MSG_CERTIFICATE_REQUEST}},
    {PLAIN12,  SERVER, 4, {MSG_FINISHED}},
    {PLAIN12,  SERVER, AFTER, {0}},
    {MUTUAL12, SERVER, 3, {MSG_CERTIFICATE_REQUEST}},
    {MUTUAL12, SERVER, 4, {0}},
    {CBC12, CLIENT, 1, {MSG_CLIENT_KEY_EXCHANGE}},
    {CBC12, CLIENT, 2, {MSG_FINISHED}},
    {CBC12, SERVER, 2, {MSG_SERVER_KEY_EXCHANGE}},
    {CBC12, SERVER, 4, {MSG_FINISHED}},
    {TRANSPORT12, CLIENT, 1, {MSG_CERTIFICATE}},
    {TRANSPORT12, CLIENT, 2, {MSG_CLIENT_KEY_EXCHANGE}},
    {TRANSPORT12, CLIENT, 3, {MSG_CERTIFICATE_VERIFY}},
    {TRANSPORT12, CLIENT, 4, {MSG_FINISHED}},
    {TRANSPORT12, SERVER, 2, {MSG_CERTIFICATE_REQUEST}}, /* nothing is signed: no key exchange */
    {TRANSPORT12, SERVER, 3, {0}},
    {TRANSPORT12, SERVER, 4, {MSG_FINISHED}},
    /* clang-format on */
};

enum { N_PLACES = sizeof places / sizeof places[0] };

struct intruder {
    uint8_t type;
    size_t at, now;
};

static void intrude(void *user, struct tls *t, struct draft *d)
{
    struct intruder *in = user;
    const uint8_t empty[MSG_HEADER] = {in->type};
    (void)t;
    if (in->now++ == in->at)
        draft_insert(d, 0, (span){empty, sizeof empty});
}

static const struct intruder *late;

static void intrude_late(struct pair *p)
{
    struct tls *t = liar.is_client ? &p->client->t : &p->server->t;
    const uint8_t empty[MSG_HEADER] = {late->type};
    assert_true(liar_put(t, (span){empty, sizeof empty}));
}

static int verdict_of(const struct place *place, uint8_t type)
{
    if (memchr(place->accepted, type, sizeof place->accepted) && type)
        return MESSAGE_MALFORMED;
    uint8_t again = place->by_client ? MSG_CLIENT_HELLO : MSG_HELLO_REQUEST;
    if (place->at == AFTER && place->scene >= PLAIN12 && type == again)
        return RENEGOTIATION;
    return memchr(known, type, sizeof known) ? MESSAGE_UNEXPECTED : MESSAGE_UNKNOWN;
}

static void every_type_in_every_state(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_PLACES; i++) {
        for (size_t k = 0; k < N_TYPES; k++) {
            const struct place *place = &places[i];
            struct intruder in = {.type = types[k], .at = place->at};
            late = &in;
            liar_reset();
            liar = (struct liar){.is_client = place->by_client, .user = &in, .message = intrude};
            int got = scene_run(place->scene, place->at == AFTER ? intrude_late : NULL);
            tally(&t, verdict_of(place, types[k]), got, "place %zu, type %d", i, types[k]);
        }
    }
    assert_tally(t, N_PLACES * N_TYPES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rows_are_the_handshakes),
        cmocka_unit_test(every_message_dropped_doubled_and_swapped),
        cmocka_unit_test(late_messages_dropped_doubled_and_swapped),
        cmocka_unit_test(every_type_in_every_state),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
