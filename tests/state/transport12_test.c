/* RSA transport is no oracle (RFC 5246 7.4.7.1; bug class 93: Bleichenbacher, ROBOT, Marvin):
 * whatever the block that a client encrypts holds, a server goes on with some secret, and ends the
 * connection at the Finished, in the same state, by the same alert, after the same records. */
#include "scene.h"

#include "conn/conn.h"

#include <openssl/bn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BLOCK = 256, SECRET = 48, SEPARATOR = BLOCK - SECRET - 1 };

static const struct test_cert *root, *leaf;
static tacit_trust *trust;
static tacit_identity *identity;

/* ---- blocks ---------------------------------------------------------------------------------- */

/* struct padded is what is encrypted: 00 02, padding, 00, the secret. */
struct padded {
    uint8_t b[BLOCK];
};

static void make(struct padded *block, const struct secret *secret)
{
    memset(block->b, 0xa5, BLOCK);
    block->b[0] = 0;
    block->b[1] = 2;
    block->b[SEPARATOR] = 0;
    memcpy(block->b + SEPARATOR + 1, secret->b, SECRET);
}

static void no_zero(struct padded *block)
{
    for (size_t i = SEPARATOR; i < BLOCK; i++)
        block->b[i] |= block->b[i] ? 0 : 0x77;
}

static void shorter(struct padded *block)
{
    block->b[SEPARATOR] = 0x11;
    block->b[SEPARATOR + 1] = 0;
}

static void longer(struct padded *block)
{
    block->b[SEPARATOR - 1] = 0;
}

static void nothing(struct padded *block)
{
    no_zero(block);
    block->b[BLOCK - 1] = 0;
}

static void all_zero(struct padded *block)
{
    memset(block->b, 0, BLOCK);
}

static void just_one(struct padded *block)
{
    all_zero(block);
    block->b[BLOCK - 1] = 1;
}

static void random_secret(struct padded *block)
{
    memset(block->b + SEPARATOR + 3, 0x3c, SECRET - 2);
}

static void nothing_wrong(struct padded *block)
{
    (void)block;
}

/* ---- what a client sends instead ------------------------------------------------------------- */

/* Each row changes a block as a whole, or one byte of it, or the ciphertext: its length, or all of
 * it to one value. */
static const struct attack {
    const char *what;
    void (*change)(struct padded *block);
    size_t at;     /* byte of the block, */
    int value;     /* its value; EVERY of the ciphertext; NONE */
    int more;      /* bytes of the ciphertext, more or less than there should be */
    bool is_right; /* the control */
} attacks[] = {
/* clang-format off */
#define NONE (-1)
#define EVERY (-2)
    {"nothing wrong",                     nothing_wrong, 0, NONE, 0, true},
    {"another secret",                    random_secret, 0, NONE, 0, false},
    {"a first byte of 1",                 nothing_wrong, 0, 0x01, 0, false},
    {"block type 0",                      nothing_wrong, 1, 0x00, 0, false},
    {"block type 1",                      nothing_wrong, 1, 0x01, 0, false},
    {"block type 3",                      nothing_wrong, 1, 0x03, 0, false},
    {"a zero as first byte of padding",   nothing_wrong, 2, 0x00, 0, false},
    {"a zero as eighth byte of padding",  nothing_wrong, 9, 0x00, 0, false},
    {"a zero as ninth byte of padding",   nothing_wrong, 10, 0x00, 0, false},
    {"a zero in the middle of padding",   nothing_wrong, 100, 0x00, 0, false},
    {"no zero after the padding",         no_zero, 0, NONE, 0, false},
    {"a secret of 47 bytes",              shorter, 0, NONE, 0, false},
    {"a secret of 49 bytes",              longer, 0, NONE, 0, false},
    {"a secret of no bytes",              nothing, 0, NONE, 0, false},
    {"version 2.3",                       nothing_wrong, SEPARATOR + 1, 0x02, 0, false},
    {"version 3.1",                       nothing_wrong, SEPARATOR + 2, 0x01, 0, false},
    {"version 3.2",                       nothing_wrong, SEPARATOR + 2, 0x02, 0, false},
    {"version 3.4",                       nothing_wrong, SEPARATOR + 2, 0x04, 0, false},
    {"a block of zeros",                  all_zero, 0, NONE, 0, false},
    {"a block of 1",                      just_one, 0, NONE, 0, false},
    {"a ciphertext of zeros",             nothing_wrong, 0, EVERY, 0, false},
    {"a ciphertext over the modulus",     nothing_wrong, 0xff, EVERY, 0, false},
    {"a ciphertext of one byte",          nothing_wrong, 0, NONE, 1 - BLOCK, false},
    {"a ciphertext of one byte less",     nothing_wrong, 0, NONE, -1, false},
    {"a ciphertext of one byte more",     nothing_wrong, 0, NONE, 1, false},
    {"a ciphertext of twice the length",  nothing_wrong, 0, NONE, BLOCK, false},
    /* clang-format on */
};

enum { N_ATTACKS = sizeof attacks / sizeof attacks[0] };

/* Textbook RSA: the block is what it is. */
static void encrypt(const struct padded *block, uint8_t out[BLOCK])
{
    const struct pubkey *key = &identity->chain->certs[0].key;
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_bin2bn(key->rsa_n.p, (int)key->rsa_n.n, NULL);
    BIGNUM *e = BN_bin2bn(key->rsa_e.p, (int)key->rsa_e.n, NULL);
    BIGNUM *m = BN_bin2bn(block->b, BLOCK, NULL);
    assert_true(ctx && n && e && m && BN_mod_exp(m, m, e, n, ctx) == 1);
    assert_int_equal(BN_bn2binpad(m, out, BLOCK), BLOCK);
    BN_free(n);
    BN_free(e);
    BN_free(m);
    BN_CTX_free(ctx);
}

static void send_block(void *user, struct tls *t, struct draft *d)
{
    const struct attack *a = user;
    struct padded block;
    uint8_t wrapped[2 * BLOCK] = {0};
    if (d->p[0] != MSG_CLIENT_KEY_EXCHANGE)
        return;
    make(&block, &t->hs->work.kex.secret);
    a->change(&block);
    if (a->value >= 0)
        block.b[a->at] = (uint8_t)a->value;
    encrypt(&block, wrapped);
    if (a->value == EVERY)
        memset(wrapped, (int)a->at, BLOCK);
    size_t n = (size_t)(BLOCK + a->more);
    const uint8_t length[] = {(uint8_t)(n >> 8), (uint8_t)n};
    d->n = MSG_HEADER;
    draft_insert(d, d->n, (span){length, 2});
    draft_insert(d, d->n, (span){wrapped, n});
    draft_fit(d);
}

/* What the client can see. */
struct seen {
    int verdict;
    const char *state;
    size_t bytes, moves, alerts;
    uint8_t alert;
};

static struct seen try(const struct attack *attack)
{
    tacit_config_options client = scene_client(PLAIN12), server = scene_server(PLAIN12);
    struct seen seen = {0};
    client.legacy = server.legacy = LEGACY_RSA_TRANSPORT;
    client.suites = (const uint16_t[]){0x009c};
    client.n_suites = 1;
    client.trust = trust;
    client.n_cert_schemes = server.n_cert_schemes = 0;
    server.identities = &identity;
    liar_reset();
    liar =
        (struct liar){.is_client = true, .user = (void *)(uintptr_t)attack, .message = send_block};
    struct pair p = scene_pair(client, server, "a.test");
    for (size_t there, back = 1; back;) {
        there = pair_move(&p, true);
        back = pair_move(&p, false);
        seen.bytes += back;
        seen.moves += back > 0;
        back += there;
    }
    seen.alerts = liar_alerts(false, &seen.alert);
    seen.verdict = scene_verdict(&p, false);
    seen.state = seen.verdict == OK ? "CONNECTED" : scene_state();
    scene_end(&p);
    return seen;
}

static void no_block_is_told_from_another(void **state)
{
    (void)state;
    struct tally t = {0};
    struct seen first = {0};
    for (size_t i = 0; i < N_ATTACKS; i++) {
        const struct seen seen = try(&attacks[i]);
        tally(&t, attacks[i].is_right ? OK : BAD_RECORD_MAC, seen.verdict, "%s", attacks[i].what);
        if (attacks[i].is_right)
            continue;
        first = first.state ? first : seen;
        assert_string_equal(seen.state, "WAIT_FINISHED");
        assert_int_equal(seen.alerts, 1);
        assert_int_equal(seen.alert, first.alert);
        assert_int_equal(seen.bytes, first.bytes);
        assert_int_equal(seen.moves, first.moves);
    }
    assert_tally(t, N_ATTACKS);
}

static int setup(void **state)
{
    int status = scene_setup(state);
    tacit_error error;
    root = test_cert((struct test_cert_spec){.cn = "transport root", .ca = true}, NULL);
    leaf = test_cert((struct test_cert_spec){.cn = "transport",
                                             .key = MADE_RSA,
                                             .san = "DNS:a.test",
                                             .ku = "critical,keyEncipherment"},
                     root);
    trust = tacit_trust_new(scene_env(), &error);
    identity = tacit_identity_pem(scene_env(), span_str(test_chain_pem(&leaf, 1)),
                                  span_str(test_key_pem(leaf)), NULL, NULL, &error);
    return status || !identity
           || !tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error);
}

static int teardown(void **state)
{
    tacit_identity_free(identity);
    tacit_trust_free(trust);
    return scene_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_block_is_told_from_another),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
