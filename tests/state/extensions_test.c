/* Extensions (RFC 9846 4.3, 9.2; bug classes 21, 43, 44, 46, 71, 72, 80): each one left out, sent
 * twice, put where it does not belong, and sent without having been asked for. */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct anatomy anatomy; /* of the present subject */

/* struct edit is a change to one extension block. */
struct edit {
    size_t block; /* the field that it is */
    size_t at, n; /* bytes to be taken out, or */
    span put;     /* put in there */
};

static void edit_block(void *user, struct draft *d)
{
    const struct edit *e = user;
    anatomy_add(&anatomy, e->block, d->p, (long)e->put.n - (long)e->n);
    draft_remove(d, e->at, e->n);
    draft_insert(d, e->at, e->put);
}

static size_t end_of(size_t field)
{
    const struct field *f = &anatomy.fields[field];
    return f->at + f->prefix + f->n;
}

/* ---- left out, and twice --------------------------------------------------------------------- */

/* Every extension that an end sends, and what comes of leaving it out. To send it twice is always
 * EXT_TWICE. */
static const struct sent {
    enum subject_id subject;
    const char *extension;
    int without;
} sent[] = {
    {CH, "grease", OK},
    {CH, "server_name", OK},
    {CH, "supported_groups", EXT_MISSING},
    {CH, "signature_algorithms", EXT_MISSING},
    {CH, "signature_algorithms_cert", OK},
    {CH, "alpn", OK},
    {CH, "record_size_limit", OK},
    {CH, "status_request", OK},
    {CH, "supported_versions", VERSION_NOT_SHARED},
    {CH, "key_share", EXT_MISSING},
    {CH, "grease#2", OK},
    {CH_AGAIN, "grease", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "server_name", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "supported_groups", EXT_MISSING},
    {CH_AGAIN, "signature_algorithms", EXT_MISSING},
    {CH_AGAIN, "signature_algorithms_cert", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "alpn", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "record_size_limit", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "status_request", SECOND_HELLO_CHANGED},
    {CH_AGAIN, "supported_versions", SECOND_HELLO_CHANGED}, /* bug class 22 */
    {CH_AGAIN, "cookie", COOKIE_NOT_ECHOED},
    {CH_AGAIN, "key_share", EXT_MISSING},
    {CH_AGAIN, "grease#2", SECOND_HELLO_CHANGED},
    {SH, "supported_versions", VERSION_REFUSED},
    {SH, "key_share", EXT_MISSING},
    {HRR, "supported_versions", VERSION_REFUSED},
    {HRR, "cookie", HEARS(illegal_parameter)}, /* it is the server that misses it */
    {HRR, "key_share", HEARS(illegal_parameter)},
    {SH_AGAIN, "supported_versions", EXT_MISSING},
    {SH_AGAIN, "key_share", EXT_MISSING},
    {EE, "server_name", OK},
    {EE, "alpn", OK},
    {EE, "record_size_limit", OK},
    {EE_MUTUAL, "server_name", OK},
    {EE_MUTUAL, "alpn", OK},
    {EE_MUTUAL, "record_size_limit", OK},
    {CR, "signature_algorithms", EXT_MISSING},
    {CR, "signature_algorithms_cert", OK},
    {CR, "status_request", OK},
    {CR, "certificate_authorities", OK},
};

enum { N_SENT = sizeof sent / sizeof sent[0] };

/* An extension is a vector whose id stands before it. */
static bool is_extension(size_t field)
{
    const char *name = field ? anatomy.fields[field - 1].name : "";
    const char *dot = strrchr(name, '.');
    return dot && !strncmp(dot, ".id", 3) && anatomy.fields[field].prefix == 2;
}

static void try_row(struct tally *t, const struct sent *row, size_t field, span raw)
{
    const size_t block = (size_t)anatomy.fields[field].parent;
    const size_t at = anatomy.fields[field - 1].at, n = end_of(field) - at;
    const char *message = subjects[row->subject].name;
    uint8_t twin[256];
    assert_true(n <= sizeof twin);
    memcpy(twin, raw.p + at, n); /* the honest message does not outlive the next handshake */
    struct edit out = {block, at, n, {0}};
    int verdict = subject_try(row->subject, edit_block, &out);
    tally(t, row->without, verdict, "%s without %s", message, row->extension);
    struct edit next = {block, at, 0, {twin, n}};
    verdict = subject_try(row->subject, edit_block, &next);
    tally(t, EXT_TWICE, verdict, "%s with %s twice in a row", message, row->extension);
    struct edit last = {block, end_of(block), 0, {twin, n}};
    verdict = subject_try(row->subject, edit_block, &last);
    tally(t, EXT_TWICE, verdict, "%s with %s again at the end", message, row->extension);
}

static void every_extension_left_out_and_twice(void **state)
{
    (void)state;
    struct tally t = {0};
    const struct sent *row = sent;
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        size_t fields = (subject_raw(id, &anatomy), anatomy.n);
        for (size_t field = 0; field < fields; field++) {
            if (!is_extension(field))
                continue;
            assert_true(row < sent + N_SENT && row->subject == id);
            assert_string_equal(row->extension, anatomy.fields[field].name);
            try_row(&t, row++, field, subject_raw(id, &anatomy));
        }
    }
    assert_true(row == sent + N_SENT);
    assert_tally(t, 3 * 40);
}

/* ---- where it does not belong ---------------------------------------------------------------- */

/* The messages, by the RFC's abbreviations, and each block of extensions that they have. */
enum column { COL_CH, COL_CH2, COL_SH, COL_HRR, COL_EE, COL_CR, COL_CT, COL_NST, N_COLUMNS };

static const struct ext_block {
    enum column column;
    enum subject_id subject;
    const char *field;
} blocks[] = {
    {COL_CH, CH, "extensions"},
    {COL_CH2, CH_AGAIN, "extensions"},
    {COL_SH, SH, "extensions"},
    {COL_SH, SH_AGAIN, "extensions"},
    {COL_HRR, HRR, "extensions"},
    {COL_EE, EE, "extensions"},
    {COL_EE, EE_MUTUAL, "extensions"},
    {COL_CR, CR, "extensions"},
    {COL_CT, SERVER_CT, "certificates.extensions"},
    {COL_CT, SERVER_CT, "certificates.extensions#2"},
    {COL_CT, CLIENT_CT, "certificates.extensions"},
    {COL_CT, CLIENT_CT, "certificates.extensions#2"},
    {COL_NST, NST, "extensions"},
};

enum { N_BLOCKS = sizeof blocks / sizeof blocks[0] };

/* The verdicts by shorter names, so that a row is a line. */
enum {
    TWICE = EXT_TWICE,
    HERE = EXT_NOT_HERE, /* known, and not of this message */
    UNASKED = EXT_NOT_ASKED_FOR,
    NEEDS = EXT_MISSING, /* it comes with another extension */
    CHANGED = SECOND_HELLO_CHANGED,
};

/* Each row is an extension, and contents that would do where it belongs: in a ClientHello, and in
 * any other message. Others are one zero. */
static const struct contents {
    uint16_t id;
    const char *in_hello, *elsewhere;
} contents[] = {
    /* clang-format off */
    {0, "0009000006612e74657374", ""},
    {5, "0100000000", ""},
    {10, "0002001d", "0002001d"},
    {11, "0100", "0100"},
    {13, "00020807", "00020807"},
    {16, "0003026832", "0003026832"},
    {22, "", ""},
    {23, "", ""},
    {28, "4001", "4001"},
    {41, "000700014100000000"
         "0021200000000000000000000000000000000000000000000000000000000000000000", "0000"},
    {42, "", "00000000"},
    {43, "020304", "0304"},
    {44, "000101", "000101"},
    {45, "0101", "0101"},
    {47, "0003000130", "0003000130"},
    {50, "00020807", "00020807"},
    {51, "0000", "0017"},
    {0xff01, "00", "00"},
    /* clang-format on */
};

/* Each row is an extension that is put at the end of a block. What a client may say unasked, or
 * nobody here knows, is no error where nothing is answered. RFC 9846 4.3 */
static const struct stray {
    uint16_t id;
    int verdicts[N_COLUMNS];
} strays[] = {
    /* clang-format off */
    /* id     CH     CH2      SH       HRR      EE       CR     CT       NST */
    {0,      {TWICE, TWICE,   HERE,    HERE,    TWICE,   OK,    HERE,    HERE}},
    {10,     {TWICE, TWICE,   HERE,    HERE,    OK,      HERE,  HERE,    HERE}},
    {13,     {TWICE, TWICE,   HERE,    HERE,    HERE,    TWICE, HERE,    HERE}},
    {16,     {TWICE, TWICE,   HERE,    HERE,    TWICE,   HERE,  HERE,    HERE}},
    {28,     {TWICE, TWICE,   HERE,    HERE,    TWICE,   HERE,  HERE,    HERE}},
    {5,      {TWICE, TWICE,   HERE,    HERE,    HERE,    TWICE, EXT_MALFORMED, HERE}},
    {41,     {NEEDS, NEEDS,   UNASKED, HERE,    HERE,    HERE,  HERE,    HERE}},
    {42,     {OK,    CHANGED, HERE,    HERE,    UNASKED, HERE,  HERE,    OK}},
    {43,     {TWICE, TWICE,   TWICE,   TWICE,   HERE,    HERE,  HERE,    HERE}},
    {44,     {OK,    TWICE,   HERE,    TWICE,   HERE,    HERE,  HERE,    HERE}},
    {45,     {OK,    CHANGED, HERE,    HERE,    HERE,    HERE,  HERE,    HERE}},
    {47,     {OK,    CHANGED, HERE,    HERE,    HERE,    TWICE, HERE,    HERE}},
    {50,     {TWICE, TWICE,   HERE,    HERE,    HERE,    TWICE, HERE,    HERE}},
    {51,     {TWICE, TWICE,   TWICE,   TWICE,   HERE,    HERE,  HERE,    HERE}},
    /* Those of TLS 1.2 alone. */
    {11,     {OK,    CHANGED, HERE,    HERE,    HERE,    HERE,  HERE,    HERE}},
    {22,     {OK,    CHANGED, HERE,    HERE,    HERE,    HERE,  HERE,    HERE}},
    {23,     {OK,    CHANGED, HERE,    HERE,    HERE,    HERE,  HERE,    HERE}},
    {0xff01, {OK,    CHANGED, HERE,    HERE,    HERE,    HERE,  HERE,    HERE}},
    /* Not known here. Padding may change from one hello to the next. */
    {15,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {19,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}}, /* raw keys */
    {20,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {21,     {OK,    OK,      UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {27,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {35,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {48,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {49,     {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {0x1234, {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {0xfe0d, {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    {0xff02, {OK,    CHANGED, UNASKED, UNASKED, UNASKED, OK,    UNASKED, OK}},
    /* clang-format on */
};

enum { N_STRAYS = sizeof strays / sizeof strays[0] };

static span stray_bytes(const struct stray *stray, enum column column, uint8_t out[128])
{
    bool hello = column == COL_CH || column == COL_CH2;
    const char *text = "00";
    wr w = wr_of(out, 128);
    uint8_t data[96];
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++)
        if (contents[i].id == stray->id)
            text = hello ? contents[i].in_hello : contents[i].elsewhere;
    size_t n = hex_bytes(text, data, sizeof data);
    wr_u16(&w, stray->id);
    wr_vec(&w, 2, (span){data, n});
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static void every_extension_in_every_message(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t b = 0; b < N_BLOCKS; b++) {
        const struct ext_block *block = &blocks[b];
        subject_raw(block->subject, &anatomy);
        size_t field = anatomy_find(&anatomy, block->field);
        for (size_t i = 0; i < N_STRAYS; i++) {
            uint8_t bytes[128];
            span put = stray_bytes(&strays[i], block->column, bytes);
            struct edit edit = {field, end_of(field), 0, put};
            int verdict = subject_try(block->subject, edit_block, &edit);
            tally(&t, strays[i].verdicts[block->column], verdict, "%s, extension %d",
                  subjects[block->subject].name, strays[i].id);
        }
    }
    assert_tally(t, 13 * 29);
}

/* ---- not asked for --------------------------------------------------------------------------- */

/* The first extension of an EncryptedExtensions, whatever else is in it. */
static void put_first(void *user, struct draft *d)
{
    const span *put = user;
    draft_insert(d, MSG_HEADER + 2, *put);
    wr block = wr_of(d->p + MSG_HEADER, 2);
    wr_u16(&block, (uint16_t)(d->n - MSG_HEADER - 2));
    draft_fit(d);
}

/* A client that offers no protocols, or names no host, is told neither. */
static void answers_to_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *extension;
        bool alpn, name;
    } cases[] = {{"alpn", false, true}, {"server_name", true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tacit_config_options client = scene_client(PLAIN), server = scene_server(PLAIN);
        span raw = subject_raw(EE, &anatomy);
        size_t field = anatomy_find(&anatomy, cases[i].extension);
        size_t at = anatomy.fields[field - 1].at;
        uint8_t answer[64];
        span put = {memcpy(answer, raw.p + at, end_of(field) - at), end_of(field) - at};
        client.n_alpn = cases[i].alpn ? client.n_alpn : 0;
        client.trust = cases[i].name ? client.trust : NULL;
        client.insecure_skip_verification = !cases[i].name;
        struct editor e = {.edit = put_first, .user = &put};
        subject_lie(EE, &e);
        struct pair p = scene_pair(client, server, cases[i].name ? "a.test" : NULL);
        pair_run(&p);
        assert_int_equal(scene_verdict(&p, true), EXT_NOT_ASKED_FOR);
        scene_end(&p);
    }
}

/* A server may tell its groups, for the next time; they decide nothing, but can be read. */
static void add_groups(void *user, struct draft *d)
{
    uint8_t bytes[8];
    draft_add_ext(d, 10, (span){bytes, hex_bytes(user, bytes, sizeof bytes)});
}

static void groups_of_the_server(void **state)
{
    (void)state;
    char good[] = "00020018", none[] = "0000", half[] = "000300180a";
    assert_int_equal(subject_try(EE, add_groups, good), OK);
    assert_int_equal(subject_try(EE, add_groups, none), EXT_MALFORMED);
    assert_int_equal(subject_try(EE, add_groups, half), EXT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_extension_left_out_and_twice),
        cmocka_unit_test(every_extension_in_every_message),
        cmocka_unit_test(answers_to_nothing),
        cmocka_unit_test(groups_of_the_server),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
