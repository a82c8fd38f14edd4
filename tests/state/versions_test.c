/* Which version it is, and whether it is TLS at all (RFC 9846 4.2.1, 4.2.2, 4.2.3, 4.3.1, E; bug
 * classes 40, 41, 60, 61, 62, 66). */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Each row changes up to two fields of a hello; "-" drops an extension instead. */
struct change {
    const char *field, *hex;
};

struct hello {
    const char *what;
    struct change changes[2];
    int verdict;
};

static void change(void *user, struct draft *d)
{
    const struct hello *hello = user;
    for (size_t i = 0; i < 2 && hello->changes[i].field; i++) {
        const struct change *c = &hello->changes[i];
        if (c->hex[0] == '-')
            draft_drop_ext(d, c->field);
        else
            draft_set_hex(d, c->field, c->hex);
    }
}

static void try_all(struct tally *t, enum subject_id id, struct hello *hellos, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tally(t, hellos[i].verdict, subject_try(id, change, &hellos[i]), "%s with %s",
              subjects[id].name, hellos[i].what);
}

/* ---- what a server makes of hellos ----------------------------------------------------------- */

#define VERSIONS "supported_versions.versions"
#define NO_VERSIONS                                                                                \
    {                                                                                              \
        "supported_versions", "-"                                                                  \
    }
#define LEGACY(version)                                                                            \
    {                                                                                              \
        "legacy_version", version                                                                  \
    }
#define NO_SHARES                                                                                  \
    {                                                                                              \
        "key_share.shares", ""                                                                     \
    }
#define LONG_ID "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"

static struct hello client_hellos[] = {
    /* clang-format off */
    {"TLS 1.3 alone",            {{VERSIONS, "0304"}}, OK},
    {"every version",            {{VERSIONS, "03040303030203010300"}}, OK},
    {"the least liked first",    {{VERSIONS, "030103020304"}}, OK},
    {"versions of the future",   {{VERSIONS, "2a2afafaffff7f1c03050304"}}, OK},
    {"TLS 1.2 alone",            {{VERSIONS, "0303"}}, VERSION_NOT_SHARED},
    {"drafts of TLS 1.3",        {{VERSIONS, "7f1c7f17"}}, VERSION_NOT_SHARED},
    {"a later version",          {{VERSIONS, "0305"}}, VERSION_NOT_SHARED},
    {"GREASE alone",             {{VERSIONS, "2a2a"}}, VERSION_NOT_SHARED},
    {"no version",               {{VERSIONS, ""}}, EXT_MALFORMED},
    {"half a version",           {{VERSIONS, "030403"}}, EXT_MALFORMED},
    {"TLS 1.2 the old way",      {NO_VERSIONS}, VERSION_NOT_SHARED},
    {"TLS 1.1",                  {NO_VERSIONS, LEGACY("0302")}, VERSION_TOO_OLD},
    {"TLS 1.0",                  {NO_VERSIONS, LEGACY("0301")}, VERSION_TOO_OLD},
    {"SSL 3",                    {NO_VERSIONS, LEGACY("0300")}, VERSION_TOO_OLD},
    {"TLS 1.3 the old way",      {NO_VERSIONS, LEGACY("0304")}, VERSION_NOT_SHARED},
    {"legacy_version 1.3",       {LEGACY("0304")}, LEGACY_VERSION},
    {"legacy_version 1.0",       {LEGACY("0301")}, LEGACY_VERSION},
    {"compression",              {{"compressions", "01"}}, COMPRESSION},
    {"compression or none",      {{"compressions", "0100"}}, COMPRESSION},
    {"none or compression",      {{"compressions", "0001"}}, COMPRESSION},
    {"a session id of 33 bytes", {{"session_id", LONG_ID}}, MESSAGE_MALFORMED},
    {"suites of TLS 1.2",        {{"suites", "c02fc030009c"}}, NO_COMMON_SUITE},
    {"half a suite",             {{"suites", "130113"}}, MESSAGE_MALFORMED},
    {"suites of the future",     {{"suites", "0a0a13ff1301fafa"}}, OK},
    {"a suite twice",            {{"suites", "13011301"}}, OK},
    {"groups of others",
     {{"supported_groups.groups", "0100001e"}, NO_SHARES}, NO_COMMON_GROUP},
    {"half a group",             {{"supported_groups.groups", "001d00"}}, EXT_MALFORMED},
    {"schemes with SHA-1",       {{"signature_algorithms.schemes", "02010203"}}, NO_COMMON_SCHEME},
    {"schemes of TLS 1.2",       {{"signature_algorithms.schemes", "04010501"}}, NO_COMMON_SCHEME},
    {"schemes of the future",    {{"signature_algorithms.schemes", "2a2a0807fafa"}}, OK},
    {"no protocol in common",    {{"alpn.names", "02683308687474702f312e30"}}, NO_COMMON_ALPN},
    {"protocols of the future",  {{"alpn.names", "020a0a02683203fafafa"}}, OK},
    {"a protocol without bytes", {{"alpn.names", "00026832"}}, EXT_MALFORMED},
    {"records of 62 bytes",      {{"record_size_limit.limit", "003f"}}, SIZE_LIMIT_TOO_SMALL},
    {"records of 63 bytes",      {{"record_size_limit.limit", "0040"}}, OK},
    {"records of 64 KiB",        {{"record_size_limit.limit", "ffff"}}, OK},
    /* clang-format on */
};

enum { N_CLIENT_HELLOS = sizeof client_hellos / sizeof client_hellos[0] };

static void servers_and_client_hellos(void **state)
{
    (void)state;
    struct tally t = {0};
    try_all(&t, CH, client_hellos, N_CLIENT_HELLOS);
    assert_tally(t, 36);
}

/* ---- what a client makes of answers ---------------------------------------------------------- */

#define RANDOM(end)                                                                                \
    {                                                                                              \
        "random", "0102030405060708090a0b0c0d0e0f101112131415161718" end                           \
    }

static struct hello server_hellos[] = {
    /* clang-format off */
    /* A server that knows TLS 1.3 and was made to speak less says so. RFC 9846 4.2.3 */
    {"TLS 1.2 and its mark",    {NO_VERSIONS, RANDOM("444f574e47524401")}, DOWNGRADE},
    {"TLS 1.1 and its mark",    {NO_VERSIONS, RANDOM("444f574e47524400")}, DOWNGRADE},
    {"TLS 1.2 and no mark",     {NO_VERSIONS, RANDOM("444f574e47524402")}, VERSION_REFUSED},
    {"a mark in TLS 1.3",       {RANDOM("444f574e47524401")}, OK},
    {"no extensions",           {{"extensions", ""}}, VERSION_REFUSED},
    {"TLS 1.0",                 {{"extensions", ""}, LEGACY("0301")}, VERSION_REFUSED},
    {"TLS 1.2 in the new way",  {{"supported_versions.version", "0303"}}, VERSION_NOT_OFFERED},
    {"a later version",         {{"supported_versions.version", "0305"}}, VERSION_NOT_OFFERED},
    {"a draft",                 {{"supported_versions.version", "7f1c"}}, VERSION_NOT_OFFERED},
    {"legacy_version 1.3",      {LEGACY("0304")}, LEGACY_VERSION},
    {"legacy_version 1.1",      {LEGACY("0302")}, LEGACY_VERSION},
    {"another session id",      {{"session_id", "00"}}, SESSION_ID_NOT_ECHOED},
    {"a session id of 33 bytes", {{"session_id", LONG_ID}}, MESSAGE_MALFORMED},
    {"a suite that is unknown", {{"suite", "1306"}}, SUITE_NOT_OFFERED},
    {"a suite of TLS 1.2",      {{"suite", "c02f"}}, SUITE_NOT_OFFERED},
    {"compression",             {{"compression", "01"}}, COMPRESSION},
    {"a group without a share", {{"key_share.group", "0017"}}, GROUP_NOT_OFFERED},
    {"a group not offered",     {{"key_share.group", "0018"}}, GROUP_NOT_OFFERED},
    {"no share",                {{"key_share", "-"}}, EXT_MISSING},
    /* clang-format on */
};

enum { N_SERVER_HELLOS = sizeof server_hellos / sizeof server_hellos[0] };

static struct hello encrypted_extensions[] = {
    {"a protocol not offered", {{"alpn.names", "026833"}}, ALPN_NOT_OFFERED},
    {"two protocols", {{"alpn.names", "02683208687474702f312e31"}}, EXT_MALFORMED},
    {"no protocol", {{"alpn.names", ""}}, EXT_MALFORMED},
    {"the other protocol", {{"alpn.names", "08687474702f312e31"}}, OK},
    {"records of 62 bytes", {{"record_size_limit.limit", "003f"}}, SIZE_LIMIT_TOO_SMALL},
};

static void clients_and_answers(void **state)
{
    (void)state;
    struct tally t = {0};
    try_all(&t, SH, server_hellos, N_SERVER_HELLOS);
    try_all(&t, EE, encrypted_extensions, 5);
    assert_tally(t, 19 + 5);
}

/* A client that wants a protocol does not go on without one (RFC 7301 3.2), and takes only the
 * suites that it has offered, though it knows others. */
static void clients_options_bind_the_server(void **state)
{
    (void)state;
    static const uint16_t one[] = {0x1301};
    struct hello no_alpn = {"", {{"alpn", "-"}}, 0}, other = {"", {{"suite", "1303"}}, 0};
    tacit_config_options client = scene_client(PLAIN);
    struct editor e = {.edit = change, .user = &no_alpn};
    client.alpn_required = true;
    subject_lie(EE, &e);
    assert_int_equal(scene_play(client, scene_server(PLAIN)), NO_COMMON_ALPN);

    client = scene_client(PLAIN);
    client.suites = one;
    client.n_suites = 1;
    e = (struct editor){.edit = change, .user = &other};
    subject_lie(SH, &e);
    assert_int_equal(scene_play(client, scene_server(PLAIN)), SUITE_NOT_OFFERED);
}

/* A client that speaks both versions has offered suites of TLS 1.2: a server that has chosen TLS
 * 1.3 may not choose one of them. */
static void suites_belong_to_their_version(void **state)
{
    (void)state;
    static const char *const of_tls12[] = {"c02b", "c02c", "cca9", "c023", "009c"};
    for (size_t i = 0; i < sizeof of_tls12 / sizeof of_tls12[0]; i++) {
        struct hello other = {"", {{"suite", of_tls12[i]}}, 0};
        tacit_config_options client = scene_client(PLAIN);
        struct editor e = {.edit = change, .user = &other};
        client.min_version = 0x0303;
        client.max_version = 0x0304;
        client.legacy = TACIT_LEGACY_CBC_HMAC | TACIT_LEGACY_RSA_TRANSPORT;
        subject_lie(SH, &e);
        assert_int_equal(scene_play(client, scene_server(PLAIN)), SUITE_NOT_OFFERED);
    }
}

/* ---- GREASE: tolerated everywhere, chosen nowhere (RFC 8701) --------------------------------- */

static void put_first(struct draft *d, const char *field, const uint8_t value[2])
{
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    size_t i = anatomy_find(&a, field);
    anatomy_add(&a, i, d->p, 2);
    draft_insert(d, a.fields[i].at + a.fields[i].prefix, (span){value, 2});
}

static void add_grease(void *user, struct draft *d)
{
    const uint8_t *value = user;
    static const char *const lists[] = {"suites", "supported_groups.groups",
                                        "signature_algorithms.schemes",
                                        "signature_algorithms_cert.schemes", VERSIONS};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        put_first(d, lists[i], value);
    draft_drop_ext(d, "grease#2");
    draft_drop_ext(d, "grease");
    draft_add_ext(d, (uint16_t)(value[0] << 8 | value[1]), (span){value, 2});
    draft_add_ext(d, 45, (span){(const uint8_t[]){2, value[0], 1}, 3}); /* RFC 8701 3 */
}

static void add_grease_ext(void *user, struct draft *d)
{
    const uint8_t *value = user;
    draft_add_ext(d, (uint16_t)(value[0] << 8 | value[1]), (span){value, 2});
}

static void grease_is_tolerated(void **state)
{
    (void)state;
    struct tally t = {0};
    for (unsigned i = 0; i < 16; i++) {
        uint8_t value[] = {(uint8_t)(i << 4 | 0x0a), (uint8_t)(i << 4 | 0x0a)};
        tally(&t, OK, subject_try(CH, add_grease, value), "hello, %02x", value[0]);
        tally(&t, OK, subject_try(CR, add_grease_ext, value), "request, %02x", value[0]);
        tally(&t, OK, subject_try(NST, add_grease_ext, value), "ticket, %02x", value[0]);
    }
    assert_tally(t, 16 * 3);
}

/* A server may choose nothing of what was offered only to be ignored. */
static const struct chosen {
    const char *of_client; /* this field of the ClientHello */
    enum subject_id in;    /* is chosen in this message, as */
    const char *of_server; /* this field, or as an extension */
    int verdict;
} chosen[] = {
    {"suites.suite", SH, "suite", SUITE_NOT_OFFERED},
    {"key_share.shares.group", SH, "key_share.group", GROUP_NOT_OFFERED},
    {"key_share.shares.group", HRR, "key_share.group", GROUP_NOT_OFFERED},
    {VERSIONS, SH, "supported_versions.version", VERSION_NOT_OFFERED},
    {VERSIONS, HRR, "supported_versions.version", VERSION_NOT_OFFERED},
    {"grease.id", SH, NULL, EXT_NOT_ASKED_FOR},
    {"grease.id", HRR, NULL, EXT_NOT_ASKED_FOR},
    {"grease.id", EE, NULL, EXT_NOT_ASKED_FOR},
    {"grease.id#2", EE, NULL, EXT_NOT_ASKED_FOR},
};

static void choose_grease(void *user, struct draft *d)
{
    const struct chosen *c = user;
    struct anatomy a;
    span hello = liar_said(true, 0).raw;
    anatomy_of(&a, hello);
    const struct field *f = &a.fields[anatomy_find(&a, c->of_client)];
    const uint8_t *value = hello.p + f->at + f->prefix;
    assert_int_equal(value[0] & 0x0f, 0x0a);
    if (c->of_server)
        draft_set(d, c->of_server, (span){value, 2});
    else
        draft_add_ext(d, (uint16_t)(value[0] << 8 | value[1]), (span){0});
}

static void grease_is_not_to_be_chosen(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        struct chosen c = chosen[i];
        tally(&t, c.verdict, subject_try(c.in, choose_grease, &c), "%s as a choice", c.of_client);
    }
    assert_tally(t, 9);
}

/* ---- what is no TLS at all ------------------------------------------------------------------- */

/* One alert at most, and the connection is over; most of these would not understand one (bug
 * classes 60, 94). */
static const struct garbage {
    const char *what;
    bool to_server;
    const char *bytes;
    size_t n;
    int verdict;
} garbage[] = {
#define TEXT(text) text, sizeof text - 1
    {"HTTP", true, TEXT("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), NOT_TLS},
    {"HTTP", false, TEXT("HTTP/1.1 400 Bad Request\r\n\r\n"), NOT_TLS},
    {"SSH", true, TEXT("SSH-2.0-OpenSSH_9.2\r\n"), NOT_TLS},
    {"SSH", false, TEXT("SSH-2.0-OpenSSH_9.2\r\n"), NOT_TLS},
    {"SMTP", false, TEXT("220 mail.test ESMTP\r\n"), NOT_TLS},
    {"a hello of SSL 2", true,
     TEXT("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x03\x00\x80"), NOT_TLS},
    {"zeros", true, TEXT("\0\0\0\0\0\0\0\0"), NOT_TLS},
    {"zeros", false, TEXT("\0\0\0\0\0\0\0\0"), NOT_TLS},
    {"ones", true, TEXT("\xff\xff\xff\xff\xff\xff"), NOT_TLS},
    {"one byte", true, TEXT("G"), NOT_TLS},
    {"a version of the future", true, TEXT("\x16\x04\x00\x00\x05"), NOT_TLS},
    {"a heartbeat", true, TEXT("\x18\x03\x01\x00\x03\x01\x40\x00"), NOT_TLS},
    {"a record that is too long", true, TEXT("\x16\x03\x01\x40\x01"), RECORD_OVERFLOW},
    {"data at once", true, TEXT("\x17\x03\x03\x00\x01\x00"), DATA_IN_THE_CLEAR},
    {"an empty record", true, TEXT("\x16\x03\x01\x00\x00"), EMPTY_RECORD},
    {"a change_cipher_spec", true, TEXT("\x14\x03\x03\x00\x01\x01"), CHANGE_CIPHER_SPEC},
    {"a message of no TLS", true, TEXT("\x16\x03\x01\x00\x04\x63\x00\x00\x00"), MESSAGE_UNKNOWN},
    {"nothing", true, TEXT(""), WAITS},
    {"nothing", false, TEXT(""), WAITS},
};

enum { N_GARBAGE = sizeof garbage / sizeof garbage[0] };

static void garbage_is_refused_at_once(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_GARBAGE; i++) {
        const struct garbage *g = &garbage[i];
        liar_reset();
        struct pair p = scene_start(PLAIN);
        tacit_conn *to = g->to_server ? p.server : p.client;
        tacit_buf in = tacit_conn_wire_in_buf(to);
        assert_true(in.n >= g->n);
        memcpy(in.p, g->bytes, g->n);
        tacit_conn_wire_in_done(to, g->n);
        while (tacit_conn_wire_out_buf(to).n)
            tacit_conn_wire_out_done(to, tacit_conn_wire_out_buf(to).n);
        tally(&t, g->verdict, scene_verdict(&p, !g->to_server), "%s", g->what);
        scene_end(&p);
    }
    assert_tally(t, N_GARBAGE);
}

/* The end of the transport is no end of a handshake. */
static void closed_in_silence(void **state)
{
    (void)state;
    for (int of_client = 0; of_client < 2; of_client++) {
        liar_reset();
        struct pair p = scene_start(PLAIN);
        tacit_conn *c = of_client ? p.client : p.server;
        while (tacit_conn_wire_out_buf(c).n)
            tacit_conn_wire_out_done(c, tacit_conn_wire_out_buf(c).n);
        tacit_conn_wire_in_eof(c);
        assert_int_equal(scene_verdict(&p, of_client), CLOSED_EARLY);
        scene_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_and_client_hellos),
        cmocka_unit_test(clients_and_answers),
        cmocka_unit_test(clients_options_bind_the_server),
        cmocka_unit_test(suites_belong_to_their_version),
        cmocka_unit_test(grease_is_tolerated),
        cmocka_unit_test(grease_is_not_to_be_chosen),
        cmocka_unit_test(garbage_is_refused_at_once),
        cmocka_unit_test(closed_in_silence),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
