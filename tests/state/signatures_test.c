/* Signatures that are none, in handshakes (RFC 9846 4.5.2, RFC 5246 7.4.3; bug class 16): of
 * numbers out of range, in the place of each that a peer makes, under each curve. */
#include "psychic.h"
#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Each row is a message with a signature; P-521 signs no handshake of TLS 1.2 here. */
static const struct signed_message {
    enum subject_id subject;
    enum scene scene;
    enum made_key last;
} messages[] = {
    {SERVER_CV, PLAIN, MADE_P521},
    {CLIENT_CV, MUTUAL, MADE_P521},
    {SKE12, PLAIN12, MADE_P384},
    {CLIENT_CV12, MUTUAL12, MADE_P384},
};

enum { N_MESSAGES = sizeof messages / sizeof messages[0] };

static void set_signature(void *user, struct draft *d)
{
    const span *sig = user;
    if (sig->p)
        draft_set(d, "signature", *sig);
}

/* play has a peer of this identity sign so; NULL: as it should. */
static int play(const struct signed_message *m, tacit_identity *id, span sig)
{
    tacit_config_options client = scene_client(m->scene), server = scene_server(m->scene);
    static const uint16_t curves[] = {0x001d, 0x0017, 0x0018};
    struct editor e = {.edit = set_signature, .user = &sig};
    (subjects[m->subject].by_client ? &client : &server)->identities = &id;
    client.groups = curves; /* those of TLS 1.2 bind the curve of a certificate */
    client.n_groups = 3;
    subject_lie(m->subject, &e);
    int verdict = scene_play(client, server);
    assert_true(e.now > e.at);
    return verdict;
}

static void numbers_out_of_range(void **state)
{
    (void)state;
    struct tally t = {0};
    tacit_identity *ids[MADE_P521 + 1];
    for (enum made_key key = MADE_P256; key <= MADE_P521; key++)
        ids[key] = scene_identity(key, "DNS:a.test");
    for (size_t i = 0; i < N_MESSAGES; i++)
        for (enum made_key key = MADE_P256; key <= messages[i].last; key++) {
            tally(&t, OK, play(&messages[i], ids[key], (span){0}), "key %d in message %zu", key, i);
            for (size_t k = 0; k < PSYCHICS; k++) {
                uint8_t sig[PSYCHIC_MAX];
                span of = {sig, psychic(key, k, sig)};
                tally(&t, BAD_SIGNATURE, play(&messages[i], ids[key], of),
                      "key %d, signature %zu in message %zu", key, k, i);
            }
        }
    assert_tally(t, (3 + 3 + 2 + 2) * (1 + PSYCHICS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_out_of_range),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
