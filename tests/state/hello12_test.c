/* The hellos of TLS 1.2, and the choice of it: what may be missing, what may not, and what somebody
 * on the way may have done (RFC 5246 7.4.1; RFC 5746, 7366, 7507, 7627, 8422; bug classes 1, 6, 38,
 * 39, 40, 95). */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each row changes up to two fields of a message; "-" drops an extension, "+" adds one. */
struct change {
    const char *field, *hex;
};

struct lie {
    enum subject_id subject;
    const char *what;
    struct change changes[2];
    int verdict;
};

static void change(void *user, struct draft *d)
{
    const struct lie *row = user;
    uint8_t bytes[64];
    for (size_t i = 0; i < 2 && row->changes[i].field; i++) {
        const struct change *c = &row->changes[i];
        if (c->hex[0] == '-')
            draft_drop_ext(d, c->field);
        else if (c->hex[0] == '+')
            draft_add_ext(d, (uint16_t)strtoul(c->field, NULL, 10),
                          (span){bytes, hex_bytes(c->hex + 1, bytes, sizeof bytes)});
        else
            draft_set_hex(d, c->field, c->hex);
    }
}

#define DROP(name)                                                                                 \
    {                                                                                              \
        name, "-"                                                                                  \
    }
#define LONG_ID "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"

static struct lie rows[] = {
    /* clang-format off */
    {CH12, "TLS 1.1",               {{"legacy_version", "0302"}}, VERSION_TOO_OLD},
    {CH12, "SSL 3",                 {{"legacy_version", "0300"}}, VERSION_TOO_OLD},
    {CH12, "a version to come",     {{"legacy_version", "0399"}}, OK},
    {CH12, "no extended master",    {DROP("extended_master_secret")}, NO_EXTENDED_MASTER},
    {CH12, "extended master, and a byte", {DROP("extended_master_secret"), {"23", "+00"}},
     EXT_MALFORMED},
    {CH12, "encrypt-then-MAC, and a byte", {{"22", "+00"}}, EXT_MALFORMED},
    {CH12, "encrypt-then-MAC for nothing", {{"22", "+"}}, OK},
    {CH12, "no renegotiation_info", {DROP("renegotiation_info")}, HEARS(handshake_failure)},
    {CH12, "only the SCSV of it",   {DROP("renegotiation_info"), {"suites", "c02b00ff"}},
     OK},
    {CH12, "a handshake before it", {{"renegotiation_info.info", "010203"}}, RENEGOTIATION_INFO},
    {CH12, "half of a renegotiation_info", {DROP("renegotiation_info"), {"65281", "+02aa"}},
     EXT_MALFORMED},
    {CH12, "compressed points",     {{"ec_point_formats.formats", "0102"}}, NO_UNCOMPRESSED_POINTS},
    {CH12, "all kinds of points",   {{"ec_point_formats.formats", "010200"}}, OK},
    {CH12, "no kind of points",     {{"ec_point_formats.formats", ""}}, EXT_MALFORMED},
    {CH12, "no word of points",     {DROP("ec_point_formats")}, OK},
    {CH12, "compression alone",     {{"compressions", "01"}}, COMPRESSION},
    {CH12, "compression, if liked", {{"compressions", "0100"}}, OK},
    {CH12, "no groups",             {DROP("supported_groups")}, OK}, /* any will do; RFC 8422 4 */
    {CH12, "other groups",          {{"supported_groups.groups", "0100001e"}}, NO_COMMON_GROUP},
    {CH12, "other suites",          {{"suites", "c009c013002f0035"}}, NO_COMMON_SUITE},
    {CH12, "RSA transport alone",   {{"suites", "009c009d"}}, NO_COMMON_SUITE}, /* bug class 93 */
    {CH12, "the CBC suites alone",  {{"suites", "c023c027"}}, NO_COMMON_SUITE},
    {CH12, "suites of TLS 1.3",     {{"suites", "13011302"}}, NO_COMMON_SUITE},
    {CH12, "suites for RSA keys",   {{"suites", "c02fc030"}}, NO_COMMON_SCHEME},
    {CH12, "no scheme for the key", {{"signature_algorithms.schemes", "08040403"}},
     NO_COMMON_SCHEME},
    /* Bug class 97 */
    {CH12, "SHA-1 by default",      {DROP("signature_algorithms")}, NO_COMMON_SCHEME},
    {CH12, "no protocol in common", {{"alpn.names", "026833"}}, NO_COMMON_ALPN},
    {CH12, "a fallback",            {{"suites", "c02b5600"}}, OK}, /* we speak no more than that */
    {CH12, "TLS 1.3 in a list",     {{"43", "+020304"}}, VERSION_NOT_SHARED},
    {CH12, "TLS 1.2 in a list",     {{"43", "+020303"}}, OK},
    {CH12, "a pre_shared_key",      {{"41", "+00"}}, EXT_MALFORMED},
    {CH12, "a session id of 33 bytes", {{"session_id", LONG_ID}}, MESSAGE_MALFORMED},

    {SH12, "TLS 1.1",               {{"legacy_version", "0302"}}, VERSION_REFUSED},
    {SH12, "TLS 1.3",               {{"legacy_version", "0304"}}, VERSION_REFUSED},
    {SH12, "no renegotiation_info", {DROP("renegotiation_info")}, NO_RENEGOTIATION_INFO},
    {SH12, "a handshake before it", {{"renegotiation_info.info", "0102"}}, RENEGOTIATION_INFO},
    {SH12, "no extended master",    {DROP("extended_master_secret")}, NO_EXTENDED_MASTER},
    {SH12, "extended master, and a byte", {DROP("extended_master_secret"), {"23", "+00"}},
     EXT_MALFORMED},
    {SH12, "encrypt-then-MAC",      {{"22", "+"}}, EXT_NOT_ASKED_FOR},
    {SH12, "compressed points",     {{"ec_point_formats.formats", "01"}}, NO_UNCOMPRESSED_POINTS},
    {SH12, "compression",           {{"compression", "01"}}, COMPRESSION},
    {SH12, "a suite of TLS 1.3",    {{"suite", "1301"}}, SUITE_NOT_OFFERED},
    {SH12, "RSA transport",         {{"suite", "009c"}}, SUITE_NOT_OFFERED}, /* bug class 38 */
    {SH12, "a suite of nobody",     {{"suite", "00ff"}}, SUITE_NOT_OFFERED},
    {SH12, "a group",               {{"10", "+0002001d"}}, EXT_NOT_HERE},
    {SH12, "a version in a list",   {{"43", "+0303"}}, EXT_NOT_HERE},
    {SH12, "a ticket",              {{"35", "+"}}, EXT_NOT_ASKED_FOR},
    {SH12, "the name twice",        {{"0", "+"}}, EXT_TWICE},
    {SH12, "another protocol",      {{"alpn.names.name", "6833"}}, ALPN_NOT_OFFERED},
    {SH12, "records of 62 bytes",   {{"record_size_limit.limit", "003f"}}, SIZE_LIMIT_TOO_SMALL},
    {SH12, "a session id of its own", {{"session_id", "0102030405060708"}}, OK},
    {SH12, "a session id of 33 bytes", {{"session_id", LONG_ID}}, MESSAGE_MALFORMED},
    {SH12, "the mark of TLS 1.1",
     {{"random", "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524400"}},
     BAD_SIGNATURE},

    {SKE12, "an explicit curve",    {{"curve_type", "01"}}, MESSAGE_MALFORMED},
    {SKE12, "a group of others",    {{"group", "001e"}}, GROUP_NOT_OFFERED},
    {SKE12, "a group unasked for",  {{"group", "0018"}}, GROUP_NOT_OFFERED},
    {SKE12, "a point of P-256",     {{"group", "0017"}}, BAD_KEY_SHARE},
    {SKE12, "no point",             {{"point", ""}}, MESSAGE_MALFORMED},
    {SKE12, "a scheme unasked for", {{"scheme", "0201"}}, SCHEME_NOT_OFFERED}, /* bug class 97 */
    {SKE12, "a scheme of other keys", {{"scheme", "0804"}}, SCHEME_DOES_NOT_FIT},
    {SKE12, "no signature",         {{"signature", ""}}, BAD_SIGNATURE},
    {SERVER_CT12, "no certificate", {{"certificates", ""}}, SERVER_CERT_EMPTY},
    {SERVER_CT12, "an empty one",   {{"certificates.der", ""}}, MESSAGE_MALFORMED},

    {CR12, "no types",              {{"types", ""}}, MESSAGE_MALFORMED},
    {CR12, "no schemes",            {{"schemes", ""}}, MESSAGE_MALFORMED},
    {CR12, "half a scheme",         {{"schemes", "080704"}}, MESSAGE_MALFORMED},
    {CR12, "schemes of other keys", {{"schemes", "0804"}}, HEARS(handshake_failure)},
    {CR12, "any authority",         {{"authorities", ""}}, OK},
    {CR12, "an empty authority",    {{"authorities", "0000"}}, MESSAGE_MALFORMED},
    {CLIENT_CT12, "no certificate", {{"certificates", ""}}, CLIENT_CERT_MISSING12},
    {CLIENT_CT12_EMPTY, "no certificate", {{"certificates", ""}}, OK},
    {CLIENT_CV12, "a scheme unasked for", {{"scheme", "0201"}}, SCHEME_NOT_OFFERED},
    {CLIENT_CV12, "a scheme of other keys", {{"scheme", "0403"}}, SCHEME_DOES_NOT_FIT},
    {CLIENT_CV12, "no signature",   {{"signature", ""}}, BAD_SIGNATURE},
    {CKE12, "no point",             {{"point", ""}}, MESSAGE_MALFORMED},
    {CKE12, "half a point",         {{"point", "0102"}}, BAD_KEY_SHARE},
    {CKE12, "the point zero", /* bug class 39 */
     {{"point", "0000000000000000000000000000000000000000000000000000000000000000"}},
     BAD_KEY_SHARE},
    {SKE12, "the point zero, unsigned",
     {{"point", "0000000000000000000000000000000000000000000000000000000000000000"}},
     BAD_SIGNATURE},
    {CLIENT_FIN12, "short",         {{"message", "0102030405060708090a0b"}}, MESSAGE_MALFORMED},
    {CLIENT_FIN12, "of another handshake", {{"message", "000000000000000000000000"}}, BAD_FINISHED},
    {SERVER_FIN12, "of another handshake", {{"message", "000000000000000000000000"}}, BAD_FINISHED},
    /* clang-format on */
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static void hellos_and_what_follows(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_ROWS; i++)
        tally(&t, rows[i].verdict, subject_try(rows[i].subject, change, &rows[i]), "%s with %s",
              subjects[rows[i].subject].name, rows[i].what);
    assert_tally(t, N_ROWS);
}

/* ---- which version --------------------------------------------------------------------------- */

/* play has the liar edit the first message of an end; TLS 1.2 and 1.3 are both spoken. */
static int play(bool by_client, struct lie *row, uint16_t client_max, uint16_t server_max)
{
    tacit_config_options client = scene_client(PLAIN), server = scene_server(PLAIN);
    struct editor e = {.edit = change, .user = row};
    client.min_version = server.min_version = TLS12;
    client.max_version = client_max;
    server.max_version = server_max;
    subject_lie(by_client ? CH12 : SH12, &e);
    return scene_play(client, server);
}

/* Bug class 40: less than both speak is for nobody to ask. */
static void somebody_asks_for_less(void **state)
{
    (void)state;
    struct lie nothing = {.what = "nothing"};
    struct lie fallback = {.changes = {{"suites", "c02b5600"}}};
    struct lie stripped = {.changes = {DROP("supported_versions")}};
    struct lie unmarked = {
        .changes = {
            {"random", "0102030405060708090a0b0c0d0e0f1011121314151617181920212223242526"}}};
    assert_int_equal(play(true, &nothing, TLS13, TLS13), OK);
    assert_int_equal(play(true, &nothing, TLS12, TLS13), OK);
    assert_int_equal(play(true, &nothing, TLS13, TLS12), OK);
    assert_int_equal(play(true, &fallback, TLS12, TLS13), INAPPROPRIATE_FALLBACK);
    assert_int_equal(play(true, &fallback, TLS12, TLS12), OK);
    /* The server takes the hello for one of TLS 1.2, and says what it could have spoken. */
    assert_int_equal(play(true, &stripped, TLS13, TLS13), HEARS(illegal_parameter));
    assert_int_equal(play(false, &unmarked, TLS13, TLS13), OK);
    assert_int_equal(play(false, &unmarked, TLS13, TLS12), BAD_SIGNATURE);
}

/* The session id of a hello that offers TLS 1.3 is made up: no server can know it, and whoever
 * echoes it claims to resume. */
struct resumer {
    bool goes_on; /* with ChangeCipherSpec and Finished, as if there were a session */
    bool other;   /* an id that differs in its last byte: of a session of its own, which is fine */
};

static void resume(void *user, struct tls *t, struct draft *d)
{
    enum { ID_AT = MSG_HEADER + 2 + 32 + 1 };
    const struct resumer *r = user;
    uint8_t id[32];
    (void)t;
    if (d->p[0] == MSG_SERVER_HELLO) {
        memcpy(id, liar_said(true, 0).raw.p + ID_AT, sizeof id);
        id[31] ^= r->other;
        draft_set(d, "session_id", (span){id, sizeof id});
    } else if (r->goes_on && d->p[0] != MSG_FINISHED) {
        d->n = 0;
    }
}

static void a_session_that_does_not_exist(void **state)
{
    (void)state;
    static const struct {
        struct resumer how;
        int verdict;
    } tries[] = {
        {{false, false}, SESSION_ID_ECHOED},
        {{true, false}, SESSION_ID_ECHOED},
        {{false, true}, OK},
        {{true, true}, WAITS}, /* for a certificate */
    };
    tacit_config_options client = scene_client(PLAIN), server = scene_server(PLAIN);
    client.min_version = TLS12;
    client.max_version = TLS13;
    server.max_version = TLS12;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        liar_reset();
        liar = (struct liar){.user = (void *)(uintptr_t)&tries[i].how, .message = resume};
        assert_int_equal(scene_play(client, server), tries[i].verdict);
    }
}

/* A client may ask for a session of before: there is none, and the answer has no id. */
static void no_session_is_resumed(void **state)
{
    (void)state;
    struct anatomy a;
    struct lie row = {.changes = {{"session_id", "000102030405060708090a0b0c0d0e0f"
                                                 "101112131415161718191a1b1c1d1e1f"}}};
    assert_int_equal(subject_try(CH12, change, &row), OK);
    anatomy_of(&a, liar_said(false, 0).raw);
    assert_int_equal(a.fields[anatomy_find(&a, "session_id")].n, 0);
}

/* A configuration for the name that was asked for may speak less than the one that chose the
 * version. */
static void a_name_that_wants_more(void **state)
{
    (void)state;
    tacit_error error;
    tacit_config_options only13 = scene_server(PLAIN), server = scene_server(PLAIN);
    only13.min_version = TLS13;
    server.min_version = TLS12;
    tacit_config *strict = tacit_server_config(scene_env(), &only13, &error);
    assert_non_null(strict);
    server.names = &(const tacit_named_config){"a.test", strict};
    server.n_names = 1;
    liar_reset();
    liar.is_client = true;
    struct pair p = scene_pair(scene_client(PLAIN12), server, "a.test");
    pair_run(&p);
    assert_int_equal(scene_verdict(&p, false), VERSION_NOT_SHARED);
    pair_free(&p);
    tacit_config_free(strict);
}

static void a_protocol_is_required(void **state)
{
    (void)state;
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    client.alpn_required = true;
    server.n_alpn = 0;
    liar_reset();
    assert_int_equal(scene_play(client, server), NO_COMMON_ALPN);
}

/* ---- the words of `legacy` ------------------------------------------------------------------- */

static int play_words(enum subject_id id, struct lie *row, uint32_t of_client, uint32_t of_server)
{
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    struct editor e = {.edit = change, .user = row};
    client.legacy = of_client;
    server.legacy = of_server;
    subject_lie(id, &e);
    if (id == SH12)
        liar.is_client = false;
    return scene_play(client, server);
}

static void encrypt_then_mac_is_demanded(void **state)
{
    (void)state;
    enum { CBC = LEGACY_CBC_HMAC };
    struct lie only_cbc = {.changes = {{"suites", "c023"}}};
    struct lie without = {.changes = {{"suites", "c023"}, DROP("encrypt_then_mac")}};
    struct lie chosen = {.changes = {{"suite", "c023"}}};
    struct lie broken = {.changes = {DROP("encrypt_then_mac"), {"22", "+00"}}};
    assert_int_equal(play_words(CH12, &only_cbc, CBC, CBC), OK);
    assert_int_equal(play_words(CH12, &without, CBC, CBC), NO_COMMON_SUITE); /* Lucky 13 */
    assert_int_equal(play_words(CH12, &only_cbc, CBC, 0), NO_COMMON_SUITE);
    assert_int_equal(play_words(CH12, &broken, CBC, CBC), EXT_MALFORMED);
    assert_int_equal(play_words(SH12, &chosen, CBC, 0), NO_ENCRYPT_THEN_MAC);
    assert_int_equal(play_words(SH12, &chosen, 0, 0), SUITE_NOT_OFFERED);
}

static void claim_transport(void *user, struct tls *t, struct draft *d)
{
    const bool *silent = user; /* about its own key exchange */
    (void)t;
    if (d->p[0] == MSG_SERVER_HELLO)
        draft_set_hex(d, "suite", "009c");
    else if (d->p[0] == MSG_SERVER_KEY_EXCHANGE && *silent)
        d->n = 0;
}

static int play_transport(tacit_config_options client, bool silent)
{
    liar_reset();
    liar = (struct liar){.user = &silent, .message = claim_transport};
    return scene_play(client, scene_server(PLAIN12));
}

/* The suite says what kind of key signs, or deciphers. */
static void suites_for_other_keys(void **state)
{
    (void)state;
    struct lie rsa = {.changes = {{"suite", "c02f"}}};
    struct lie transport = {.changes = {{"suite", "009c"}}};
    tacit_config_options client = scene_client(PLAIN12);
    assert_int_equal(play_words(SH12, &rsa, 0, 0), SCHEME_DOES_NOT_FIT);
    assert_int_equal(play_words(SH12, &transport, LEGACY_RSA_TRANSPORT, 0),
                     SAYS(R_CERT_KEY_USAGE, ALERT_unsupported_certificate));
    client.legacy = LEGACY_RSA_TRANSPORT;
    client.insecure_skip_verification = true;
    client.trust = NULL;
    assert_int_equal(play_transport(client, false), MESSAGE_UNEXPECTED); /* bug class 38 */
    assert_int_equal(play_transport(client, true), SCHEME_DOES_NOT_FIT);
}

/* RFC 8422 5.3: a server that knows of no group but ours shows no key on another curve; one that is
 * told of more does. */
static void the_groups_bind_the_curve_of_a_certificate(void **state)
{
    (void)state;
    static const uint16_t x25519 = 0x001d;
    struct lie more = {.changes = {{"supported_groups.groups", "001d0017"}}};
    struct editor e = {.edit = change, .user = &more};
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    tacit_identity *p256 = scene_identity(MADE_P256, "DNS:a.test");
    client.groups = &x25519;
    client.n_groups = 1;
    server.identities = &p256;
    for (int told = 0; told < 2; told++) {
        subject_lie(CH12, &e);
        if (!told)
            liar_reset();
        struct pair p = scene_pair(client, server, "a.test");
        pair_run(&p);
        assert_int_equal(scene_verdict(&p, told), told ? CURVE_NOT_OFFERED : NO_COMMON_CURVE);
        scene_end(&p);
    }
}

static void extended_master_may_be_absent_by_a_word(void **state)
{
    (void)state;
    struct lie without = {.changes = {DROP("extended_master_secret")}};
    assert_int_equal(play_words(CH12, &without, 0, LEGACY_NO_EMS), HEARS(handshake_failure));
    assert_int_equal(play_words(SH12, &without, 0, 0), NO_EXTENDED_MASTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hellos_and_what_follows),
        cmocka_unit_test(somebody_asks_for_less),
        cmocka_unit_test(a_session_that_does_not_exist),
        cmocka_unit_test(no_session_is_resumed),
        cmocka_unit_test(a_name_that_wants_more),
        cmocka_unit_test(a_protocol_is_required),
        cmocka_unit_test(encrypt_then_mac_is_demanded),
        cmocka_unit_test(suites_for_other_keys),
        cmocka_unit_test(the_groups_bind_the_curve_of_a_certificate),
        cmocka_unit_test(extended_master_may_be_absent_by_a_word),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
