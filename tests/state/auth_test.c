/* Who the peer is (RFC 9846 4.4.2, 4.5; bug classes 11, 12, 14, 20, 34, 59, 81, 98): signatures of
 * the wrong key, over the wrong thing, by the wrong scheme; too many certificates, and none. */
#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const enum subject_id verifies[] = {SERVER_CV, CLIENT_CV};
static const enum subject_id certificates[] = {SERVER_CT, CLIENT_CT};
static const enum scene scenes[] = {PLAIN, MUTUAL};

/* ---- what is signed, and by whom ------------------------------------------------------------- */

enum wrong {
    OTHER_KEY,
    OTHER_CONTEXT, /* the client's words for the server's, and the reverse */
    OTHER_TRANSCRIPT,
    OTHER_PADDING,
    NO_SEPARATOR,
    NO_TRANSCRIPT,
    NOTHING,
    N_WRONGS
};

struct signing {
    enum wrong wrong;
    struct sign_key *other_key;
};

static void sign_wrongly(void *user, struct sign_key **key, uint8_t *content, size_t *n)
{
    const struct signing *s = user;
    static const char of_client[] = "client", of_server[] = "server";
    uint8_t *role = content + 64 + strlen("TLS 1.3, ");
    const size_t transcript = 64 + 34;
    switch (s->wrong) {
    case OTHER_KEY:
        *key = s->other_key;
        break;
    case OTHER_CONTEXT:
        memcpy(role, *role == 'c' ? of_server : of_client, 6);
        break;
    case OTHER_TRANSCRIPT:
        content[*n - 1] ^= 1;
        break;
    case OTHER_PADDING:
        content[0] = 0;
        break;
    case NO_SEPARATOR:
        memmove(content + transcript - 1, content + transcript, *n - transcript);
        --*n;
        break;
    case NO_TRANSCRIPT:
        *n = transcript;
        break;
    case NOTHING:
        *n = 0;
        break;
    case N_WRONGS:
        break;
    }
}

static void signatures_over_other_things(void **state)
{
    (void)state;
    struct tally t = {0};
    struct signing s = {.other_key = scene_identity(MADE_ED25519, "DNS:a.test")->key};
    for (int by_client = 0; by_client < 2; by_client++) {
        for (s.wrong = 0; s.wrong < N_WRONGS; s.wrong++) {
            liar_reset();
            liar = (struct liar){.is_client = by_client, .user = &s, .sign = sign_wrongly};
            tally(&t, BAD_SIGNATURE, scene_run(scenes[by_client], NULL), "wrong %d", s.wrong);
        }
    }
    assert_tally(t, 2 * 7);
}

/* ---- with which scheme ----------------------------------------------------------------------- */

static const uint16_t columns[] = {
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0809, 0x080a, 0x080b,
    0x0401, 0x0501, 0x0601, 0x0201, 0x0203, 0x0808, 0x0704, 0x0a0a, 0x0000, 0xffff,
};

enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

/* Each row is a key, and a sign for each scheme above when its CertificateVerify names that: = is
 * the one that it was made with, + would fit the key, - does not, ? was never offered. */
static const struct key_row {
    enum made_key key;
    const char *verdicts;
} rows[] = {
    /*             ecdsa rsae  ed pss  pkcs1 others */
    {MADE_P256, "=--"
                "---"
                "-"
                "---"
                "---"
                "???????"},
    {MADE_P384, "-=-"
                "---"
                "-"
                "---"
                "---"
                "???????"},
    {MADE_P521, "--="
                "---"
                "-"
                "---"
                "---"
                "???????"},
    {MADE_RSA, "---"
               "=++"
               "-"
               "---"
               "---"
               "???????"},
    {MADE_ED25519, "---"
                   "---"
                   "="
                   "---"
                   "---"
                   "???????"},
    {MADE_PSS, "---"
               "---"
               "-"
               "=++"
               "---"
               "???????"},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static int verdict_of(char c)
{
    switch (c) {
    case '=':
        return OK;
    case '+':
        return BAD_SIGNATURE;
    case '-':
        return SCHEME_DOES_NOT_FIT;
    default:
        return SCHEME_NOT_OFFERED;
    }
}

static void set_scheme(void *user, struct draft *d)
{
    const uint16_t *scheme = user;
    const uint8_t bytes[] = {(uint8_t)(*scheme >> 8), (uint8_t)*scheme};
    draft_set(d, "scheme", (span){bytes, 2});
}

static void every_scheme_with_every_key(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t r = 0; r < N_ROWS; r++) {
        tacit_identity *id = scene_identity(rows[r].key, "DNS:a.test");
        for (size_t c = 0; c < N_COLUMNS; c++) {
            for (int by_client = 0; by_client < 2; by_client++) {
                tacit_config_options client = scene_client(scenes[by_client]);
                tacit_config_options server = scene_server(scenes[by_client]);
                uint16_t scheme = columns[c];
                struct editor e = {.edit = set_scheme, .user = &scheme};
                (by_client ? &client : &server)->identities = &id;
                subject_lie(verifies[by_client], &e);
                tally(&t, verdict_of(rows[r].verdicts[c]), scene_play(client, server),
                      "key %d, scheme %04x, client %d", rows[r].key, scheme, by_client);
            }
        }
    }
    assert_tally(t, 6 * 20 * 2);
}

/* Of all the schemes that are spoken here, one is offered; the others are then no better than
 * unknown ones, in TLS 1.2 as well. */
static void only_what_was_offered(void **state)
{
    (void)state;
    static const uint16_t offered[] = {0x0807};
    static const enum scene played[] = {PLAIN, MUTUAL, PLAIN12, MUTUAL12};
    static const enum subject_id signed_in[] = {SERVER_CV, CLIENT_CV, SKE12, CLIENT_CV12};
    struct tally t = {0};
    for (size_t c = 0; c < N_COLUMNS; c++) {
        for (size_t i = 0; i < 4; i++) {
            tacit_config_options client = scene_client(played[i]);
            tacit_config_options server = scene_server(played[i]);
            tacit_config_options *receiver = i % 2 ? &server : &client;
            uint16_t scheme = columns[c];
            struct editor e = {.edit = set_scheme, .user = &scheme};
            receiver->schemes = offered;
            receiver->n_schemes = 1;
            subject_lie(signed_in[i], &e);
            tally(&t, scheme == 0x0807 ? OK : SCHEME_NOT_OFFERED, scene_play(client, server),
                  "scheme %04x, scene %zu", scheme, i);
        }
    }
    assert_tally(t, 4 * 20);
}

/* The schemes in certificates are another list. RFC 9846 4.3.3 */
static void only_what_certificates_may_have(void **state)
{
    (void)state;
    static const uint16_t p256[] = {0x0403};
    for (int by_client = 0; by_client < 2; by_client++) {
        tacit_config_options client = scene_client(scenes[by_client]);
        tacit_config_options server = scene_server(scenes[by_client]);
        tacit_config_options *receiver = by_client ? &server : &client;
        receiver->cert_schemes = p256;
        receiver->n_cert_schemes = 1;
        liar_reset();
        liar.is_client = by_client;
        assert_int_equal(scene_play(client, server),
                         SAYS(R_CERT_UNSUPPORTED_SIGNATURE, ALERT_unsupported_certificate));
    }
}

/* ---- the transcript, confirmed --------------------------------------------------------------- */

/* The other end's Finished, sent back. */
static void reflect(void *user, struct draft *d)
{
    span other = {0};
    for (size_t i = 0; liar_said(*(const bool *)user, i).type; i++)
        other = liar_said(*(const bool *)user, i).raw;
    if (!other.p || other.p[0] != MSG_FINISHED) {
        fail_msg("the other end has not finished");
        return;
    }
    draft_remove(d, 0, d->n);
    draft_insert(d, 0, other);
}

static void zeros(void *user, struct draft *d)
{
    (void)user;
    memset(d->p + MSG_HEADER, 0, d->n - MSG_HEADER);
}

static void finished_of_others(void **state)
{
    (void)state;
    bool of_client = false;
    assert_int_equal(subject_try(CLIENT_FIN, reflect, &of_client), BAD_FINISHED);
    assert_int_equal(subject_try(CLIENT_FIN, zeros, NULL), BAD_FINISHED);
    assert_int_equal(subject_try(CLIENT_FIN_MUTUAL, zeros, NULL), BAD_FINISHED);
    assert_int_equal(subject_try(SERVER_FIN, zeros, NULL), BAD_FINISHED);
    assert_int_equal(subject_try(SERVER_FIN_MUTUAL, zeros, NULL), BAD_FINISHED);
}

/* ---- how many certificates ------------------------------------------------------------------- */

/* The second certificate again and again, until there are so many. */
static void lengthen(void *user, struct draft *d)
{
    size_t n = *(const size_t *)user;
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const size_t list = anatomy_find(&a, "certificates");
    const struct field *second = &a.fields[anatomy_find(&a, "certificates.der#2")];
    const size_t entry = 3 + second->n + 2;
    uint8_t *copy = malloc(entry);
    assert_non_null(copy);
    memcpy(copy, d->p + second->at, entry);
    anatomy_add(&a, list, d->p, (long)((n - 2) * entry));
    for (; n > 2; n--)
        draft_insert(d, d->n, (span){copy, entry});
    free(copy);
}

static void chains_have_a_limit(void **state)
{
    (void)state;
    size_t most = CHAIN_MAX, more = CHAIN_MAX + 1;
    for (int by_client = 0; by_client < 2; by_client++) {
        assert_int_equal(subject_try(certificates[by_client], lengthen, &most), OK);
        assert_int_equal(subject_try(certificates[by_client], lengthen, &more), CHAIN_TOO_LONG);
    }
}

static void no_certificate(void **state)
{
    (void)state;
    tacit_config_options client = scene_client(MUTUAL), server = scene_server(MUTUAL);
    client.n_identities = 0;
    liar_reset();
    liar.is_client = true;
    assert_int_equal(scene_play(client, server), CLIENT_CERT_MISSING);
    assert_int_equal(scene_run(ASKED, NULL), OK);
    liar.is_client = false;
    assert_int_equal(scene_play(client, server), PEER_ALERT_CERT_REQUIRED);
}

static void another_name(void **state)
{
    (void)state;
    tacit_config_options server = scene_server(PLAIN);
    tacit_identity *other = scene_identity(MADE_ED25519, "DNS:b.test");
    server.identities = &other;
    liar_reset();
    assert_int_equal(scene_play(scene_client(PLAIN), server),
                     SAYS(R_CERT_NAME_MISMATCH, ALERT_bad_certificate));
}

/* ---- what a server asks for ------------------------------------------------------------------ */

/* A list of authorities, of one name of so many bytes. */
static void long_list(void *user, struct draft *d)
{
    size_t n = *(const size_t *)user;
    uint8_t *list = calloc(1, n);
    assert_non_null(list);
    wr w = wr_of(list, n);
    wr_u16(&w, (uint16_t)(n - 2));
    draft_set(d, "certificate_authorities.names", (span){list, n});
    free(list);
}

static void long_lists_of_authorities(void **state)
{
    (void)state;
    size_t most = 65000;
    assert_int_equal(subject_try(CR, long_list, &most), OK);
    assert_true(scene_peak() < 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_over_other_things),
        cmocka_unit_test(every_scheme_with_every_key),
        cmocka_unit_test(only_what_was_offered),
        cmocka_unit_test(only_what_certificates_may_have),
        cmocka_unit_test(finished_of_others),
        cmocka_unit_test(chains_have_a_limit),
        cmocka_unit_test(no_certificate),
        cmocka_unit_test(another_name),
        cmocka_unit_test(long_lists_of_authorities),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
