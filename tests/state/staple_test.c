/* Staples (RFC 6066 8, RFC 9846 4.5.1.1, RFC 7633; bug class 82): what servers and clients staple,
 * and what they staple that they should not; in TLS 1.2 also when CertificateStatus may come. */
#include "scene.h"

#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SERVER = false, CLIENT = true };

/* ---- what a response may be ------------------------------------------------------------------ */

#define SINGLE(...) .singles = {{__VA_ARGS__}}

/* Each row is a response, what comes of it, and what if one is required. */
static const struct stapling_case {
    const char *what;
    struct test_ocsp_spec spec;
    enum scene_whose about;
    int verdict, required;
} rows[] = {
    /* clang-format off */
    {"good",        {0}, OF_SERVER, OK, OK},
    {"by SHA-256",  {SINGLE(.digest = "SHA256"), .by_key = true}, OF_SERVER, OK, OK},
    {"revoked",     {SINGLE(.status = TEST_OCSP_REVOKED)}, OF_SERVER, CERT_REVOKED, CERT_REVOKED},
    {"unknown",     {SINGLE(.status = TEST_OCSP_UNKNOWN)}, OF_SERVER, OCSP_UNKNOWN_CERT,
     OCSP_UNKNOWN_CERT},
    {"forged",      {.forged = true}, OF_SERVER, OCSP_NOT_AUTHENTIC, OCSP_NOT_AUTHENTIC},
    {"another's",   {0}, OF_CLIENT, OCSP_OTHER_CERT, OCSP_OTHER_CERT},
    {"critical",    {.ext = "critical,1.2.3"}, OF_SERVER, OCSP_UNKNOWN_CRITICAL,
     OCSP_UNKNOWN_CRITICAL},
    {"old",         {SINGLE(.next_update = TEST_NOW - 1)}, OF_SERVER, OK, OCSP_NOT_CURRENT},
    {"to come",     {SINGLE(.this_update = TEST_NOW + 1)}, OF_SERVER, OK, OCSP_NOT_CURRENT},
    {"try later",   {.unsuccessful = 3}, OF_SERVER, OK, OCSP_NOT_SUCCESSFUL},
    {"revoked and old", {SINGLE(.status = TEST_OCSP_REVOKED, .next_update = TEST_NOW - 1)},
     OF_SERVER, CERT_REVOKED, CERT_REVOKED},
    /* clang-format on */
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

/* struct stapler replaces a field of a message that goes out. */
struct stapler {
    const char *field;
    span contents;
};

static void put(void *user, struct draft *d)
{
    const struct stapler *s = user;
    draft_set(d, s->field, s->contents);
}

/* block_of is the extensions of a CertificateEntry that staple a response. */
static span block_of(span response)
{
    static uint8_t out[4096];
    wr w = wr_of(out, sizeof out);
    wr_u16(&w, 5);
    size_t data = wr_open(&w, 2);
    certificate_status_write(&w, response);
    wr_close(&w, data, 2);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

/* play has the liar say something else in message `index`, and gives the other end's verdict;
 * `stapled` is whether that end then has a good staple. */
static int play(tacit_config_options client, tacit_config_options server, bool by_client,
                size_t index, struct stapler s, bool *stapled)
{
    struct editor e = {.edit = put, .user = &s, .at = index};
    tacit_info info = {.size = sizeof info};
    subject_lie(by_client ? CLIENT_CT : SERVER_CT, &e);
    e.at = index;
    struct pair p = scene_pair(client, server, "a.test");
    pair_run(&p);
    int verdict = scene_verdict(&p, !by_client);
    tacit_conn_info(by_client ? p.server : p.client, &info);
    *stapled = info.stapled;
    scene_end(&p);
    assert_true(e.now > e.at);
    return verdict;
}

static void responses_in_a_certificate_entry(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < 2 * N_ROWS; i++) {
        const struct stapling_case *row = &rows[i / 2];
        tacit_config_options client = scene_client(PLAIN);
        client.staple_required = i % 2;
        struct stapler s = {"certificates.extensions",
                            block_of(scene_response(row->spec, row->about))};
        bool stapled;
        int verdict = play(client, scene_server(PLAIN), SERVER, 2, s, &stapled);
        tally(&t, i % 2 ? row->required : row->verdict, verdict, "%s", row->what);
        assert_int_equal(stapled, row->required == OK);
    }
    assert_tally(t, 2 * N_ROWS);
}

static void responses_in_a_certificate_status(void **state)
{
    (void)state;
    struct tally t = {0};
    tacit_config_options server = scene_server(PLAIN12);
    tacit_identity *id =
        scene_stapled(scene_response((struct test_ocsp_spec){0}, OF_SERVER), OF_SERVER);
    server.identities = &id;
    for (size_t i = 0; i < 2 * N_ROWS; i++) {
        const struct stapling_case *row = &rows[i / 2];
        tacit_config_options client = scene_client(PLAIN12);
        client.staple_required = i % 2;
        struct stapler s = {"response", scene_response(row->spec, row->about)};
        bool stapled;
        int verdict = play(client, server, SERVER, 2, s, &stapled);
        tally(&t, i % 2 ? row->required : row->verdict, verdict, "%s", row->what);
        assert_int_equal(stapled, row->required == OK);
    }
    assert_tally(t, 2 * N_ROWS);
}

/* A client's certificate may be stapled to as well: a server of TLS 1.3 asks for it. */
static void responses_of_a_client(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct stapling_case *row = &rows[i];
        enum scene_whose about = row->about == OF_SERVER ? OF_CLIENT : OF_SERVER;
        struct stapler s = {"certificates.extensions", block_of(scene_response(row->spec, about))};
        bool stapled;
        int verdict = play(scene_client(MUTUAL), scene_server(MUTUAL), CLIENT, 1, s, &stapled);
        tally(&t, row->verdict, verdict, "%s", row->what);
        assert_int_equal(stapled, row->required == OK);
    }
    assert_tally(t, N_ROWS);
}

static void other_certificates_of_the_path_are_stapled_to(void **state)
{
    (void)state;
    bool stapled;
    struct stapler s = {"certificates.extensions#2",
                        block_of(scene_response((struct test_ocsp_spec){0}, OF_ISSUER))};
    assert_int_equal(play(scene_client(PLAIN), scene_server(PLAIN), SERVER, 2, s, &stapled), OK);
    assert_false(stapled); /* the leaf is not */
    struct test_ocsp_spec revoked = {SINGLE(.status = TEST_OCSP_REVOKED)};
    s.contents = block_of(scene_response(revoked, OF_ISSUER));
    assert_int_equal(play(scene_client(PLAIN), scene_server(PLAIN), SERVER, 2, s, &stapled),
                     CERT_REVOKED);
    s.contents = block_of(scene_response((struct test_ocsp_spec){0}, OF_SERVER));
    assert_int_equal(play(scene_client(PLAIN), scene_server(PLAIN), SERVER, 2, s, &stapled),
                     OCSP_OTHER_CERT);
}

static void damaged_ones_have_an_alert_of_their_own(void **state)
{
    (void)state;
    static const uint8_t empty[] = {0, 5, 0, 4, 1, 0, 0, 0}, other[] = {0, 5, 0, 5, 2, 0, 0, 1, 9},
                         longer[] = {0, 5, 0, 6, 1, 0, 0, 1, 9, 9},
                         none[] = {0, 5, 0, 5, 1, 0, 0, 1, 9};
    const struct {
        span block;
        int verdict;
    } cases[] = {
        {{empty, sizeof empty}, OCSP_MALFORMED},
        {{other, sizeof other}, EXT_MALFORMED},
        {{longer, sizeof longer}, EXT_MALFORMED},
        {{none, sizeof none}, OCSP_MALFORMED},
    };
    bool stapled;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stapler s = {"certificates.extensions", cases[i].block};
        assert_int_equal(play(scene_client(PLAIN), scene_server(PLAIN), SERVER, 2, s, &stapled),
                         cases[i].verdict);
        assert_int_equal(play(scene_client(MUTUAL), scene_server(MUTUAL), CLIENT, 1, s, &stapled),
                         cases[i].verdict);
    }
}

/* Who will not look does not ask, and is not told. */
static void nobody_staples_unasked(void **state)
{
    (void)state;
    bool stapled;
    tacit_config_options client = scene_client(PLAIN);
    client.insecure_skip_verification = true;
    span good = scene_response((struct test_ocsp_spec){0}, OF_SERVER);
    struct stapler s = {"certificates.extensions", block_of(good)};
    assert_int_equal(play(client, scene_server(PLAIN), SERVER, 2, s, &stapled), EXT_NOT_ASKED_FOR);
    tacit_config_options server = scene_server(PLAIN);
    tacit_identity *id = scene_stapled(good, OF_SERVER);
    server.identities = &id;
    liar_reset();
    assert_int_equal(scene_play(scene_client(PLAIN), server), OK);
    size_t with = liar_said(SERVER, 2).raw.n;
    liar_reset();
    struct pair p = scene_pair(client, server, "a.test");
    pair_run(&p);
    size_t without = liar_said(SERVER, 2).raw.n;
    assert_int_equal(with - without, 4 + 4 + good.n);
    scene_end(&p);
}

/* ---- the form of what asks ------------------------------------------------------------------- */

static void drop_and_ask(void *user, struct draft *d)
{
    const span *data = user;
    draft_drop_ext(d, "status_request");
    draft_add_ext(d, 5, *data);
}

static void requests_have_a_form(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        int verdict;
    } cases[] = {
        {"", 0, EXT_MALFORMED},
        {"\2", 1, OK}, /* another type, of which nobody knows more */
        {"\1\0\0\0", 4, EXT_MALFORMED},
        {"\1\0\0\0\0\0", 6, EXT_MALFORMED},
        {"\1\0\3\0\1r\0\0", 8, OK}, /* a responder that it trusts */
        {"\1\0\2\0\0\0\0", 7, EXT_MALFORMED},
        {"\1\0\3\0\2r\0\0", 8, EXT_MALFORMED},
    };
    struct tally t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        span data = {(const uint8_t *)cases[i].bytes, cases[i].n};
        tally(&t, cases[i].verdict, subject_try(CH12, drop_and_ask, &data), "request %zu", i);
    }
    assert_tally(t, 7);
}

static void say_will_staple(void *user, struct draft *d)
{
    const span *data = user;
    draft_add_ext(d, 5, *data);
}

static void an_announcement_is_empty(void **state)
{
    (void)state;
    span empty = {(const uint8_t *)"", 0}, full = {(const uint8_t *)"\1", 1};
    assert_int_equal(subject_try(SH12, say_will_staple, &full), EXT_MALFORMED);
    /* It may be an empty one (RFC 6066 8). */
    assert_int_equal(subject_try(SH12, say_will_staple, &empty), OK);
    tacit_config_options client = scene_client(PLAIN12);
    client.staple_required = true;
    struct editor e = {.edit = say_will_staple, .user = &empty};
    subject_lie(SH12, &e);
    assert_int_equal(scene_play(client, scene_server(PLAIN12)), STAPLE_MISSING);
    client = scene_client(PLAIN12);
    client.insecure_skip_verification = true;
    e.now = 0;
    subject_lie(SH12, &e);
    assert_int_equal(scene_play(client, scene_server(PLAIN12)), EXT_NOT_ASKED_FOR);
}

/* ---- CertificateStatus, where it stands ------------------------------------------------------ */

/* struct place has a CertificateStatus put before message `before`, and one taken out. */
struct place {
    int before, drop;
    int now;
};

static span status_message(void)
{
    static uint8_t out[2048];
    span response = scene_response((struct test_ocsp_spec){0}, OF_SERVER);
    wr w = wr_of(out, sizeof out);
    wr_u8(&w, MSG_CERTIFICATE_STATUS);
    wr_u24(&w, (uint32_t)(1 + 3 + response.n));
    certificate_status_write(&w, response);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static void place_it(void *user, struct tls *t, struct draft *d)
{
    struct place *p = user;
    (void)t;
    int now = p->now++;
    if (now == p->drop)
        d->n = 0;
    if (now == p->before)
        draft_insert(d, 0, status_message());
}

static int place(struct place p, bool stapled, bool required)
{
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    tacit_identity *id =
        stapled ? scene_stapled(scene_response((struct test_ocsp_spec){0}, OF_SERVER), OF_SERVER)
                : server.identities[0];
    server.identities = &id;
    client.staple_required = required;
    liar_reset();
    liar = (struct liar){.is_client = SERVER, .user = &p, .message = place_it};
    return scene_play(client, server);
}

static void a_status_comes_after_the_certificate_or_not_at_all(void **state)
{
    (void)state;
    enum { NO = -1, SH_, CT_, CS_, SKE_, SHD_ };
    /* Announced: after the Certificate, and once. */
    assert_int_equal(place((struct place){NO, NO, 0}, true, true), OK);
    assert_int_equal(place((struct place){NO, CS_, 0}, true, false), OK);
    assert_int_equal(place((struct place){NO, CS_, 0}, true, true), STAPLE_MISSING);
    assert_int_equal(place((struct place){CT_, CS_, 0}, true, false), MESSAGE_UNEXPECTED);
    assert_int_equal(place((struct place){SKE_, NO, 0}, true, false), MESSAGE_UNEXPECTED);
    assert_int_equal(place((struct place){SHD_, NO, 0}, true, false), MESSAGE_UNEXPECTED);
    /* Not announced: never. Without one, the server's messages are numbered as if it were there. */
    for (int at = SH_; at <= SHD_ - 1; at++)
        assert_int_equal(place((struct place){at, NO, 0}, false, false), MESSAGE_UNEXPECTED);
    assert_int_equal(place((struct place){NO, NO, 0}, false, true), STAPLE_MISSING);
}

static void cut_at(void *user, struct draft *d)
{
    d->n = *(size_t *)user;
    draft_fit(d);
}

static void no_cut_status_is_read(void **state)
{
    (void)state;
    struct tally t = {0};
    tacit_config_options server = scene_server(PLAIN12);
    tacit_identity *id =
        scene_stapled(scene_response((struct test_ocsp_spec){0}, OF_SERVER), OF_SERVER);
    server.identities = &id;
    size_t n = status_message().n;
    for (size_t at = MSG_HEADER; at < n; at++) {
        struct editor e = {.edit = cut_at, .user = &at};
        subject_lie(SKE12, &e); /* it stands where ServerKeyExchange would */
        tally(&t, MESSAGE_MALFORMED, scene_play(scene_client(PLAIN12), server), "cut at %zu", at);
    }
    assert_tally(t, n - MSG_HEADER);
    struct stapler s = {"response", {(const uint8_t *)"", 0}};
    bool stapled;
    assert_int_equal(play(scene_client(PLAIN12), server, SERVER, 2, s, &stapled), OCSP_MALFORMED);
    s = (struct stapler){"response", {(const uint8_t *)"none", 4}};
    assert_int_equal(play(scene_client(PLAIN12), server, SERVER, 2, s, &stapled), OCSP_MALFORMED);
}

/* ---- RSA transport --------------------------------------------------------------------------- */

/* With RSA transport a server that has announced a staple must send it: ADR 0012. */
static void with_rsa_transport_it_has_to_come(void **state)
{
    (void)state;
    const struct test_cert *root = test_cert(
        (struct test_cert_spec){.cn = "r", .ca = true, .key = MADE_P256, .key_no = 20}, NULL);
    const struct test_cert *leaf = test_cert(
        (struct test_cert_spec){
            .cn = "t", .key = MADE_RSA, .ku = "keyEncipherment", .san = "DNS:a.test"},
        root);
    const struct test_cert *chain[] = {leaf, root};
    span response = test_ocsp((struct test_ocsp_spec){0}, leaf, root);
    tacit_error error;
    tacit_identity *bare = tacit_identity_pem(scene_env(), span_str(test_chain_pem(chain, 2)),
                                              span_str(test_key_pem(leaf)), NULL, NULL, &error);
    tacit_identity *id = tacit_identity_with_staple(bare, response, &error);
    tacit_trust *trust = tacit_trust_new(scene_env(), &error);
    assert_non_null(id);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error));
    for (int i = 0; i < 2; i++) {
        tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
        struct place p = {-1, i ? 2 : -1, 0};
        client.legacy = server.legacy = LEGACY_RSA_TRANSPORT;
        client.n_cert_schemes = 0;
        client.staple_required = true;
        client.trust = trust;
        server.identities = &id;
        liar_reset();
        liar = (struct liar){.is_client = SERVER, .user = &p, .message = place_it};
        assert_int_equal(scene_play(client, server), i ? MESSAGE_UNEXPECTED : OK);
    }
    tacit_identity_free(id);
    tacit_identity_free(bare);
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_in_a_certificate_entry),
        cmocka_unit_test(responses_in_a_certificate_status),
        cmocka_unit_test(responses_of_a_client),
        cmocka_unit_test(other_certificates_of_the_path_are_stapled_to),
        cmocka_unit_test(damaged_ones_have_an_alert_of_their_own),
        cmocka_unit_test(nobody_staples_unasked),
        cmocka_unit_test(requests_have_a_form),
        cmocka_unit_test(an_announcement_is_empty),
        cmocka_unit_test(a_status_comes_after_the_certificate_or_not_at_all),
        cmocka_unit_test(no_cut_status_is_read),
        cmocka_unit_test(with_rsa_transport_it_has_to_come),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
