/* The known attacks on TLS 1.2, one after the other, by an end that has every key it needs:
 * FREAK, Logjam and weak suites, a ServerKeyExchange or CertificateVerify that proves nothing,
 * SLOTH, the triple handshake, renegotiation (bug classes 14, 38, 39, 51, 52, 96, 97). Where the
 * others are played, docs/manual/vulns.md says. */
#include "subject.h"

#include "certs_pair.h"
#include "conn/conn.h"
#include "hex.h"
#include "hs/keys12.h"

#include <tacit/info.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- FREAK, Logjam: weak suites ---------------------------------------------------------------*/

/* Export, no encryption, nobody proven, RC4, 3DES, ephemeral and static DH, CBC with SHA-1: none is
 * taken by a server, nor from one. */
static const char *const weak[] = {
    "0001", "0003", "0006", "0008", "000b", "000e", "0014", "0017", "0019", /* export, NULL */
    "0004", "0005", "000a", "0018", "001b", "0034", "006c", "00a6", "c016", /* RC4, 3DES, anon */
    "0033", "0039", "0067", "006b", "009e", "009f", "ccaa", "003e", "00a0", /* DHE, DH */
    "c004", "c00e", "c025", "c02d", "c031",                                 /* static ECDH */
    "002f", "0035", "003c", "003d", "c009", "c013", "c014", "c024", "c028", /* CBC */
};

enum { N_WEAK = sizeof weak / sizeof weak[0] };

static void set_suite(void *user, struct draft *d)
{
    draft_set_hex(d, "suite", user);
}

static void set_suites(void *user, struct draft *d)
{
    draft_set_hex(d, "suites", user);
}

static void weak_suites(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_WEAK; i++) {
        void *suite = (void *)(uintptr_t)weak[i];
        tally(&t, SUITE_NOT_OFFERED, subject_try(SH12, set_suite, suite), "chosen: %s", weak[i]);
        tally(&t, NO_COMMON_SUITE, subject_try(CH12, set_suites, suite), "offered: %s", weak[i]);
    }
    assert_tally(t, 2 * N_WEAK);
}

/* ---- what a server signs ----------------------------------------------------------------------*/

enum said_over { RIGHT, SWAPPED, NO_RANDOMS, OTHER_RANDOMS, OTHER_PARAMS, AS_TLS13 };

/* Each row is a ServerKeyExchange made anew: its group and point (NULL: as they were), what the
 * signature is over, whose it is, by which scheme. */
static const struct proof {
    const char *what;
    uint16_t group, scheme;
    const char *point;
    enum said_over over;
    bool other_key;
    int verdict;
} proofs[] = {
#define ZEROS32 "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE32 "0100000000000000000000000000000000000000000000000000000000000000"
#define ORDER8 "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
    /* clang-format off */
    {"as it should be",       0x001d, 0x0807, NULL,    RIGHT, false, OK},
    {"the point zero",        0x001d, 0x0807, ZEROS32, RIGHT, false, BAD_KEY_SHARE},
    {"the point one",         0x001d, 0x0807, ONE32,   RIGHT, false, BAD_KEY_SHARE},
    {"a point of order 8",    0x001d, 0x0807, ORDER8,  RIGHT, false, BAD_KEY_SHARE},
    {"half a point",          0x001d, 0x0807, "0102",  RIGHT, false, BAD_KEY_SHARE},
    {"a point off the curve", 0x0017, 0x0807, "04" ZEROS32 ONE32, RIGHT, false, BAD_KEY_SHARE},
    {"infinity",              0x0017, 0x0807, "00",    RIGHT, false, BAD_KEY_SHARE},
    {"a compressed point",    0x0017, 0x0807, "02" ONE32, RIGHT, false, BAD_KEY_SHARE},
    {"somebody else's key",   0x001d, 0x0807, NULL,    RIGHT, true,  BAD_SIGNATURE},
    {"the randoms swapped",   0x001d, 0x0807, NULL,    SWAPPED, false, BAD_SIGNATURE},
    {"no randoms",            0x001d, 0x0807, NULL,    NO_RANDOMS, false, BAD_SIGNATURE},
    {"another handshake's",   0x001d, 0x0807, NULL,    OTHER_RANDOMS, false, BAD_SIGNATURE},
    {"another point's",       0x001d, 0x0807, NULL,    OTHER_PARAMS, false, BAD_SIGNATURE},
    {"the words of TLS 1.3",  0x001d, 0x0807, NULL,    AS_TLS13, false, BAD_SIGNATURE},
    {"MD5 with RSA",          0x001d, 0x0101, NULL,    RIGHT, false, SCHEME_NOT_OFFERED},
    {"SHA-1 with RSA",        0x001d, 0x0201, NULL,    RIGHT, false, SCHEME_NOT_OFFERED},
    {"SHA-1 with DSA",        0x001d, 0x0202, NULL,    RIGHT, false, SCHEME_NOT_OFFERED},
    {"SHA-1 with ECDSA",      0x001d, 0x0203, NULL,    RIGHT, false, SCHEME_NOT_OFFERED},
    {"SHA-224 with ECDSA",    0x001d, 0x0303, NULL,    RIGHT, false, SCHEME_NOT_OFFERED},
    /* clang-format on */
};

enum { N_PROOFS = sizeof proofs / sizeof proofs[0], CONTENT_MAX = 8192 };

static tacit_identity *stranger;

/* write_content writes what the row has signed. */
static void write_content(wr *w, const struct proof *row, const struct tls *t, span params)
{
    static const uint8_t zeros[64];
    const uint8_t *first = row->over == SWAPPED ? t->randoms.server : t->randoms.client;
    const uint8_t *second = row->over == SWAPPED ? t->randoms.client : t->randoms.server;
    if (row->over == AS_TLS13) {
        for (size_t i = 0; i < 64; i++)
            wr_u8(w, ' ');
        wr_span_bytes(w, span_str("TLS 1.3, server CertificateVerify"));
        wr_u8(w, 0);
    }
    if (row->over == OTHER_RANDOMS) {
        wr_bytes(w, zeros, 64);
    } else if (row->over != NO_RANDOMS) {
        wr_bytes(w, first, 32);
        wr_bytes(w, second, 32);
    }
    wr_bytes(w, params.p, params.n - 1);
    wr_u8(w, (uint8_t)(params.p[params.n - 1] ^ (row->over == OTHER_PARAMS)));
}

static void prove(void *user, struct tls *t, struct draft *d)
{
    const struct proof *row = user;
    uint8_t point[KEM_SHARE_MAX], params[128], content[256], sig[SIG_MAX], whole[512];
    size_t sig_n;
    if (d->p[0] != MSG_SERVER_KEY_EXCHANGE)
        return;
    span share = {t->hs->shares, 32};
    if (row->point)
        share = (span){point, hex_bytes(row->point, point, sizeof point)};
    wr p = wr_of(params, sizeof params), c = wr_of(content, sizeof content);
    server_key_exchange_params(&p, row->group, share);
    write_content(&c, row, t, wr_span(&p));
    const struct tacit_identity *who = row->other_key ? stranger : t->hs->identity;
    assert_true(sign(who->key, SIG_ED25519, HASH_NONE, wr_span(&c), sig, &sig_n));
    wr m = wr_of(whole, sizeof whole);
    wr_span_bytes(&m, wr_span(&p));
    wr_u16(&m, row->scheme);
    wr_vec(&m, 2, (span){sig, sig_n});
    d->n = MSG_HEADER;
    draft_insert(d, d->n, wr_span(&m));
    draft_fit(d);
}

static void what_a_server_signs(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_PROOFS; i++) {
        const struct proof *row = &proofs[i];
        liar_reset();
        liar = (struct liar){.user = (void *)(uintptr_t)row, .message = prove};
        tally(&t, row->verdict, scene_run(PLAIN12, NULL), "signed: %s", row->what);
    }
    assert_tally(t, N_PROOFS);
}

/* ---- what a client signs ----------------------------------------------------------------------*/

enum shown { ALL, ALL_BUT_ONE, WITHOUT_HELLO, ITS_DIGEST, BY_STRANGER, BY_MD5, BY_SHA1 };

static void verify(void *user, struct tls *t, struct draft *d)
{
    enum shown shown = *(const enum shown *)user;
    uint8_t sig[SIG_MAX], digest[HASH_MAX];
    size_t sig_n;
    if (d->p[0] != MSG_CERTIFICATE_VERIFY)
        return;
    span all = transcript_kept(&t->hs->transcript);
    size_t hello = MSG_HEADER + ((size_t)all.p[2] << 8 | all.p[3]);
    if (shown == ALL_BUT_ONE)
        all.n--;
    if (shown == WITHOUT_HELLO)
        all = (span){all.p + hello, all.n - hello};
    if (shown == ITS_DIGEST)
        all = transcript_digest(&t->hs->transcript, digest);
    const struct tacit_identity *who = shown == BY_STRANGER ? stranger : t->hs->identity;
    assert_true(sign(who->key, SIG_ED25519, HASH_NONE, all, sig, &sig_n));
    draft_set_hex(d, "scheme", shown == BY_MD5 ? "0101" : shown == BY_SHA1 ? "0203" : "0807");
    draft_set(d, "signature", (span){sig, sig_n});
}

static void what_a_client_signs(void **state)
{
    (void)state;
    static const int verdicts[] = {
        [ALL] = OK,
        [ALL_BUT_ONE] = BAD_SIGNATURE,
        [WITHOUT_HELLO] = BAD_SIGNATURE,
        [ITS_DIGEST] = BAD_SIGNATURE,
        [BY_STRANGER] = BAD_SIGNATURE,
        [BY_MD5] = SCHEME_NOT_OFFERED,
        [BY_SHA1] = SCHEME_NOT_OFFERED,
    };
    static const enum scene scenes[] = {MUTUAL12, TRANSPORT12};
    struct tally t = {0};
    for (size_t i = 0; i < 2; i++)
        for (enum shown shown = ALL; shown <= BY_SHA1; shown++) {
            liar_reset();
            liar = (struct liar){.is_client = true, .user = &shown, .message = verify};
            tally(&t, verdicts[shown], scene_run(scenes[i], NULL), "scene %d, shown %d", scenes[i],
                  shown);
        }
    assert_tally(t, 2 * (BY_SHA1 + 1));
}

/* ---- the triple handshake ---------------------------------------------------------------------*/

/* Whoever stands between a client and a server can give both connections one pre-master secret and
 * one pair of randoms. That makes one master secret of the old kind, and none that is bound to
 * the messages, which differ: what is exported must be of the new kind. */
static void triple_handshake(void **state)
{
    (void)state;
    const struct secret premaster = {.n = 48, .b = {3, 3, 7}};
    const uint8_t of_client[32] = {1}, of_server[32] = {2};
    struct secret here, there;
    master12_plain(HASH_SHA256, &here, &premaster, (span){of_client, 32}, (span){of_server, 32});
    master12_plain(HASH_SHA256, &there, &premaster, (span){of_client, 32}, (span){of_server, 32});
    assert_memory_equal(here.b, there.b, MASTER_LEN);
    uint8_t to_thief[32] = {1}, to_server[32] = {2};
    master12_extended(HASH_SHA256, &here, &premaster, (span){to_thief, 32});
    master12_extended(HASH_SHA256, &there, &premaster, (span){to_server, 32});
    assert_memory_not_equal(here.b, there.b, MASTER_LEN);
}

static void drop_ems(void *user, struct draft *d)
{
    (void)user;
    draft_drop_ext(d, "extended_master_secret");
}

/* A server that knows no extended master secret, and a client that was told to bear it: both are
 * connected, and nothing is exported. */
static void nothing_is_exported_without_it(void **state)
{
    (void)state;
    uint8_t out[32];
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    struct editor e = {.edit = drop_ems};
    client.legacy = server.legacy = LEGACY_NO_EMS;
    subject_lie(CH12, &e);
    struct pair p = scene_pair(client, server, "a.test");
    pair_run(&p);
    assert_true(pair_connected(&p));
    assert_false(p.client->t.facts.extended_master || p.server->t.facts.extended_master);
    assert_false(tacit_conn_export(p.client, out, sizeof out, "EXPORTER-x", (tacit_span){0}));
    assert_false(tacit_conn_export(p.server, out, sizeof out, "EXPORTER-x", (tacit_span){0}));
    scene_end(&p);
}

/* ---- renegotiation ----------------------------------------------------------------------------*/

static void ask_again(struct pair *p)
{
    enum { TIMES = 1000 };
    static const uint8_t request[MSG_HEADER] = {MSG_HELLO_REQUEST};
    for (size_t i = 0; i < TIMES; i++)
        assert_true(liar_put(&p->server->t, (span){request, sizeof request}));
    assert_true(liar_flush(&p->server->t));
}

static void hello_again(struct pair *p)
{
    assert_true(liar_put(&p->client->t, liar_said(true, 0).raw));
    assert_true(liar_flush(&p->client->t));
}

/* A thousand HelloRequests are one too many, and so is a hello that was fine before: one alert, and
 * nothing of a second handshake. */
static void no_second_handshake(void **state)
{
    (void)state;
    static const enum scene scenes[] = {PLAIN12, MUTUAL12, CBC12, TRANSPORT12};
    for (size_t i = 0; i < 4; i++) {
        liar_reset();
        assert_int_equal(scene_run(scenes[i], ask_again), RENEGOTIATION);
        liar_reset();
        liar.is_client = true;
        assert_int_equal(scene_run(scenes[i], hello_again), RENEGOTIATION);
    }
}

static int setup(void **state)
{
    int status = scene_setup(state);
    stranger = scene_identity(MADE_ED25519, "DNS:a.test");
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_suites),
        cmocka_unit_test(what_a_server_signs),
        cmocka_unit_test(what_a_client_signs),
        cmocka_unit_test(triple_handshake),
        cmocka_unit_test(nothing_is_exported_without_it),
        cmocka_unit_test(no_second_handshake),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
