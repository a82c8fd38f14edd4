/* kem.c: X25519 (RFC 7748) over raw EVP keys, P-256 and P-384 over the EC layer; private keys come
 * from a seed alone.
 *
 * The rules for a peer's share are RFC 9846 4.3.8.2 (points) and 7.4.2 (all-zero secrets).
 *
 * Invariant: KEM_BAD_SHARE blames the peer, so it is said only of what the peer's bytes alone
 * decide; everything else that fails is KEM_FAILED. */
#include "crypto/libcrypto/provider.h"

enum { X25519_LEN = 32 };

struct kem_key {
    struct crypto *crypto;
    const struct curve *curve; /* NULL: X25519 */
    EVP_PKEY *x25519;
    BIGNUM *scalar;
};

/* clang-format off */
static const struct {
    size_t share, cipher, seed;
} sizes[] = {
    [KEM_NONE]   = {0, 0, 0},
    [KEM_X25519] = {X25519_LEN, X25519_LEN, X25519_LEN},
    [KEM_P256]   = {65, 65, 2 * 32}, /* two candidates: one fails with chance 2^-32, both 2^-64 */
    [KEM_P384]   = {97, 97, 48},     /* one candidate: fails with chance 2^-194                   */
};
/* clang-format on */

size_t kem_share_len(enum kem_id id)
{
    return sizes[id].share;
}

size_t kem_cipher_len(enum kem_id id)
{
    return sizes[id].cipher;
}

size_t kem_seed_len(enum kem_id id)
{
    return sizes[id].seed;
}

/* choose_scalar takes the first valid candidate of the seed, without saying by its timing which
 * one that was. */
static bool choose_scalar(const struct curve *curve, enum kem_id id, const uint8_t *seed,
                          uint8_t *x)
{
    const uint8_t *other = seed + sizes[id].seed - curve->field; /* P-384: the only one again */
    uint32_t first = scalar_valid(curve, seed);
    uint32_t mask = ct_mask(first);
    for (size_t i = 0; i < curve->field; i++)
        x[i] = (uint8_t)((seed[i] & mask) | (other[i] & ~mask));
    uint32_t valid = first | scalar_valid(curve, other);
    CT_PUBLIC(&valid, sizeof valid);
    return valid;
}

static bool generate_ec(struct kem_key *key, enum kem_id id, const uint8_t *seed, uint8_t *share)
{
    const struct crypto *crypto = key->crypto;
    uint8_t x[FIELD_MAX];
    key->curve = &crypto->curves[id == KEM_P256 ? CURVE_P256 : CURVE_P384];
    bool ok = choose_scalar(key->curve, id, seed, x)
              && (key->scalar = scalar_bignum(key->curve, x)) != NULL
              && scalar_base(crypto, key->curve, key->scalar, share);
    wipe(x, sizeof x);
    return ok;
}

static bool generate_x25519(struct kem_key *key, const uint8_t *seed, uint8_t *share)
{
    size_t n = X25519_LEN;
    key->x25519 =
        EVP_PKEY_new_raw_private_key_ex(key->crypto->lib, "X25519", NULL, seed, X25519_LEN);
    return key->x25519 && EVP_PKEY_get_raw_public_key(key->x25519, share, &n) == 1
           && n == X25519_LEN;
}

struct kem_key *kem_generate(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                             uint8_t *share)
{
    if (id == KEM_NONE)
        return NULL;
    struct kem_key *key = mem_alloc(crypto->hooks, sizeof *key);
    if (!key)
        return NULL;
    key->crypto = crypto;
    ERR_set_mark();
    bool ok =
        id == KEM_X25519 ? generate_x25519(key, seed, share) : generate_ec(key, id, seed, share);
    ERR_pop_to_mark();
    if (ok)
        return key;
    kem_free(key);
    return NULL;
}

void kem_free(struct kem_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->x25519);
    BN_clear_free(key->scalar);
    mem_free(key->crypto->hooks, key, sizeof *key);
}

/* The last step of an X25519 agreement allocates nothing: once both keys are in place, it fails
 * for one reason, a secret of zeros. */
static enum kem_result decap_x25519(struct kem_key *key, struct secret *out, span cipher)
{
    OSSL_LIB_CTX *lib = key->crypto->lib;
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex(lib, "X25519", NULL, cipher.p, cipher.n);
    EVP_PKEY_CTX *ctx = peer ? EVP_PKEY_CTX_new_from_pkey(lib, key->x25519, NULL) : NULL;
    enum kem_result result = KEM_FAILED;
    if (ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1) {
        size_t n = X25519_LEN;
        result = EVP_PKEY_derive(ctx, out->b, &n) == 1 ? KEM_OK : KEM_BAD_SHARE;
        out->n = X25519_LEN;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return result;
}

static enum kem_result decap_ec(struct kem_key *key, struct secret *out, span cipher)
{
    const struct curve *curve = key->curve;
    if (!point_shape(curve, cipher))
        return KEM_BAD_SHARE;
    BN_CTX *bn = BN_CTX_secure_new_ex(key->crypto->lib);
    BIGNUM *x = BN_secure_new();
    EC_POINT *peer = EC_POINT_new(curve->group);
    EC_POINT *product = EC_POINT_new(curve->group);
    enum point_result load = POINT_FAILED;
    if (bn && x && peer && product)
        load = point_load(curve, peer, cipher, bn);
    enum kem_result result = load == POINT_BAD ? KEM_BAD_SHARE : KEM_FAILED;
    if (load == POINT_GOOD) {
        /* RFC 9846 7.4.2: the secret is the x coordinate, leading zeros kept (bug class 99). The
         * order of these curves is prime and the scalar below it, so a point of the curve cannot
         * give infinity. */
        bool ok = EC_POINT_mul(curve->group, product, NULL, peer, key->scalar, bn) == 1
                  && EC_POINT_get_affine_coordinates(curve->group, product, x, NULL, bn) == 1
                  && BN_bn2binpad(x, out->b, (int)curve->field) == (int)curve->field;
        out->n = (uint8_t)curve->field;
        result = ok ? KEM_OK : KEM_FAILED;
    }
    EC_POINT_clear_free(product);
    EC_POINT_free(peer);
    BN_clear_free(x);
    BN_CTX_free(bn);
    return result;
}

enum kem_result kem_decap(struct kem_key *key, struct secret *out, span cipher)
{
    if (!key->curve && cipher.n != X25519_LEN)
        return KEM_BAD_SHARE;
    ERR_set_mark();
    enum kem_result result =
        key->curve ? decap_ec(key, out, cipher) : decap_x25519(key, out, cipher);
    ERR_pop_to_mark();
    if (result != KEM_OK)
        secret_wipe(out);
    return result;
}

enum kem_result kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed, span share,
                          uint8_t *cipher, struct secret *out)
{
    struct kem_key *key = kem_generate(crypto, id, seed, cipher);
    enum kem_result result = key ? kem_decap(key, out, share) : KEM_FAILED;
    kem_free(key);
    return result;
}
