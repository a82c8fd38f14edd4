/* transport.c: see transport.h. */
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/bn.h>

static void make(struct padded *block, const struct secret *secret)
{
    memset(block->b, 0xa5, BLOCK);
    block->b[0] = 0;
    block->b[1] = 2;
    block->b[SEPARATOR] = 0;
    memcpy(block->b + SEPARATOR + 1, secret->b, PREMASTER);
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
    memset(block->b + SEPARATOR + 3, 0x3c, PREMASTER - 2);
}

static void nothing_wrong(struct padded *block)
{
    (void)block;
}

/* clang-format off */
const struct attack attacks[N_ATTACKS] = {
    {"nothing wrong",                     nothing_wrong, 0, NONE, 0, true, false},
    {"another secret",                    random_secret, 0, NONE, 0, false, false},
    {"a first byte of 1",                 nothing_wrong, 0, 0x01, 0, false, false},
    {"block type 0",                      nothing_wrong, 1, 0x00, 0, false, false},
    {"block type 1",                      nothing_wrong, 1, 0x01, 0, false, false},
    {"block type 3",                      nothing_wrong, 1, 0x03, 0, false, false},
    {"a zero as first byte of padding",   nothing_wrong, 2, 0x00, 0, false, false},
    {"a zero as eighth byte of padding",  nothing_wrong, 9, 0x00, 0, false, false},
    {"a zero as ninth byte of padding",   nothing_wrong, 10, 0x00, 0, false, false},
    {"a zero in the middle of padding",   nothing_wrong, 100, 0x00, 0, false, false},
    {"no zero after the padding",         no_zero, 0, NONE, 0, false, false},
    {"a secret of 47 bytes",              shorter, 0, NONE, 0, false, false},
    {"a secret of 49 bytes",              longer, 0, NONE, 0, false, false},
    {"a secret of no bytes",              nothing, 0, NONE, 0, false, false},
    {"version 2.3",                       nothing_wrong, SEPARATOR + 1, 0x02, 0, false, false},
    {"version 3.1",                       nothing_wrong, SEPARATOR + 2, 0x01, 0, false, false},
    {"version 3.2",                       nothing_wrong, SEPARATOR + 2, 0x02, 0, false, false},
    {"version 3.4",                       nothing_wrong, SEPARATOR + 2, 0x04, 0, false, false},
    {"a block of zeros",                  all_zero, 0, NONE, 0, false, false},
    {"a block of 1",                      just_one, 0, NONE, 0, false, false},
    {"a ciphertext of zeros",             nothing_wrong, 0, EVERY, 0, false, true},
    {"a ciphertext over the modulus",     nothing_wrong, 0xff, EVERY, 0, false, true},
    {"a ciphertext of one byte",          nothing_wrong, 0, NONE, 1 - BLOCK, false, true},
    {"a ciphertext of one byte less",     nothing_wrong, 0, NONE, -1, false, true},
    {"a ciphertext of one byte more",     nothing_wrong, 0, NONE, 1, false, true},
    {"a ciphertext of twice the length",  nothing_wrong, 0, NONE, BLOCK, false, true},
};
/* clang-format on */

/* Textbook RSA: the block is what it is. */
static void encrypt(const struct padded *block, const struct pubkey *key, uint8_t out[BLOCK])
{
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

size_t attack_wrap(const struct attack *attack, const struct pubkey *key,
                   const struct secret *premaster, uint8_t out[WRAPPED_MAX])
{
    struct padded block;
    memset(out, 0, WRAPPED_MAX);
    make(&block, premaster);
    attack->change(&block);
    if (attack->value >= 0)
        block.b[attack->at] = (uint8_t)attack->value;
    encrypt(&block, key, out);
    if (attack->value == EVERY)
        memset(out, (int)attack->at, BLOCK);
    return (size_t)(BLOCK + attack->more);
}
