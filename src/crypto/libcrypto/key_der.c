/* key_der.c: private keys in DER: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2), SEC1 (RFC 5915),
 * Ed25519 (RFC 8410).
 *
 * The encodings are read here, strictly, and libcrypto is given numbers: what we do not know is
 * refused before any arithmetic (bug class 119), and none of libcrypto's decoders gets to choose a
 * format or a provider.
 *
 * Invariant: the public half is what the private half gives; what the file says of it must
 * agree. */
#include "crypto/libcrypto/key.h"
#include "wire/der.h"

#include <openssl/core_names.h>

/* clang-format off */
#define OID(...) {(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})}
/* clang-format on */

static const span oid_rsa = OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);
static const span oid_pss = OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a);
static const span oid_mgf1 = OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08);
static const span oid_ec = OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
static const span oid_ed25519 = OID(0x2b, 0x65, 0x70);

static const struct {
    enum key_type type;
    span oid;
} curve_oids[] = {
    {KEY_EC_P256, OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07)},
    {KEY_EC_P384, OID(0x2b, 0x81, 0x04, 0x00, 0x22)},
    {KEY_EC_P521, OID(0x2b, 0x81, 0x04, 0x00, 0x23)},
};

static const struct {
    enum hash_id hash;
    span oid;
} hash_oids[] = {
    {HASH_SHA256, OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01)},
    {HASH_SHA384, OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02)},
    {HASH_SHA512, OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03)},
};

/* failure names what stopped libcrypto from taking numbers that were encoded well. */
static enum key_load failure(void)
{
    bool memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    return memory ? KEY_NO_MEMORY : KEY_MALFORMED;
}

/* keep_public gives the key one block of memory for its public bytes. */
static uint8_t *keep_public(struct sign_key *key, size_t n)
{
    key->pub_bytes = mem_alloc(key->crypto->hooks, n);
    key->pub_size = key->pub_bytes ? n : 0;
    return key->pub_bytes;
}

/* ---- RSA ------------------------------------------------------------------------------------- */

enum { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_NUMBERS };

/* native writes a big-endian magnitude as the machine's own integer, which is what OSSL_PARAM
 * wants. */
static void native(uint8_t *out, span magnitude)
{
    for (size_t i = 0; i < magnitude.n; i++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        out[i] = magnitude.p[magnitude.n - 1 - i];
#else
        out[i] = magnitude.p[i];
#endif
}

static EVP_PKEY *rsa_from_params(const struct crypto *crypto, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(crypto->lib, "RSA", NULL);
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static enum key_load rsa_private(struct sign_key *key, const span *numbers)
{
    static const char *const names[RSA_NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    const struct crypto *crypto = key->crypto;
    OSSL_PARAM params[RSA_NUMBERS + 1];
    size_t size = 0, at = 0;
    for (size_t i = 0; i < RSA_NUMBERS; i++)
        size += numbers[i].n;
    uint8_t *bytes = mem_alloc(crypto->hooks, size);
    if (!bytes)
        return KEY_NO_MEMORY;
    for (size_t i = 0; i < RSA_NUMBERS; at += numbers[i++].n) {
        native(bytes + at, numbers[i]);
        params[i] = OSSL_PARAM_construct_BN(names[i], bytes + at, numbers[i].n);
    }
    params[RSA_NUMBERS] = OSSL_PARAM_construct_end();
    key->pkey = rsa_from_params(crypto, params);
    mem_free(crypto->hooks, bytes, size);
    return key->pkey ? KEY_LOADED : failure();
}

static bool rsa_keep(struct sign_key *key, enum key_type type, span n, span e)
{
    uint8_t *p = keep_public(key, n.n + e.n);
    if (!p)
        return false;
    memcpy(p, n.p, n.n);
    memcpy(p + n.n, e.p, e.n);
    key->pub.type = type;
    key->pub.rsa_n = (span){p, n.n};
    key->pub.rsa_e = (span){p + n.n, e.n};
    return true;
}

/* rsa_works makes one signature: a file whose numbers do not belong together is found out at
 * loading, not in the first handshake. */
static bool rsa_works(struct sign_key *key)
{
    uint8_t sig[SIG_MAX];
    size_t n;
    enum hash_id hash = key->pub.pss_hash ? key->pub.pss_hash : HASH_SHA256;
    bool ok = sign(key, SIG_RSA_PSS, hash, span_str("tacit"), sig, &n);
    wipe(sig, sizeof sig);
    return ok;
}

/* read_numbers lends the numbers of an RSAPrivateKey, of which none is zero. */
static enum key_load read_numbers(span *numbers, span der)
{
    rd in = rd_of(der), body;
    uint32_t version;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in) || !der_small(&body, &version))
        return KEY_MALFORMED;
    if (version != 0) /* 1: more than two primes */
        return KEY_UNSUPPORTED;
    for (size_t i = 0; i < RSA_NUMBERS; i++)
        if (!der_unsigned(&body, &numbers[i]) || !numbers[i].p[0])
            return KEY_MALFORMED;
    return rd_end(&body) ? KEY_LOADED : KEY_MALFORMED;
}

static enum key_load read_rsa(struct sign_key *key, enum key_type type, span der)
{
    span numbers[RSA_NUMBERS];
    enum key_load result = read_numbers(numbers, der);
    if (result != KEY_LOADED)
        return result;
    if (!rsa_acceptable(numbers[RSA_N], numbers[RSA_E]))
        return KEY_UNSUPPORTED;
    for (size_t i = 0; i < RSA_NUMBERS; i++)
        if (numbers[i].n > numbers[RSA_N].n)
            return KEY_MALFORMED;
    if (!rsa_keep(key, type, numbers[RSA_N], numbers[RSA_E]))
        return KEY_NO_MEMORY;
    result = rsa_private(key, numbers);
    if (result != KEY_LOADED)
        return result;
    return rsa_works(key) ? KEY_LOADED : failure();
}

/* hash_of reads the AlgorithmIdentifier of a hash: parameters absent or NULL. */
static enum hash_id hash_of(rd *in)
{
    rd body;
    span oid;
    if (!der_enter(in, DER_SEQUENCE, &body) || !der_oid(&body, &oid))
        return HASH_NONE;
    if (!rd_end(&body) && (!der_null(&body) || !rd_end(&body)))
        return HASH_NONE;
    for (size_t i = 0; i < sizeof hash_oids / sizeof hash_oids[0]; i++)
        if (span_eq(oid, hash_oids[i].oid))
            return hash_oids[i].hash;
    return HASH_NONE;
}

/* read_mgf reads a MaskGenAlgorithm: MGF1 of this hash. */
static bool read_mgf(rd *in, enum hash_id hash)
{
    rd body;
    span oid;
    return der_enter(in, DER_SEQUENCE, &body) && rd_end(in) && der_oid(&body, &oid)
           && span_eq(oid, oid_mgf1) && hash_of(&body) == hash && rd_end(&body);
}

/* read_pss_params reads RSASSA-PSS-params (RFC 4055 3.1). What they leave out means SHA-1, so hash
 * and MGF must stand there, and must be the same hash, as RFC 9846 4.3.3 asks of signatures. */
static bool read_pss_params(struct pubkey *pub, rd *in)
{
    rd body, part;
    if (rd_end(in))
        return true;
    if (!der_enter(in, DER_SEQUENCE, &body) || !rd_end(in)
        || !der_enter(&body, DER_CONTEXT_BODY + 0, &part))
        return false;
    pub->pss_hash = hash_of(&part);
    if (!pub->pss_hash || !rd_end(&part) || !der_enter(&body, DER_CONTEXT_BODY + 1, &part)
        || !read_mgf(&part, pub->pss_hash))
        return false;
    pub->pss_salt = 20; /* RFC 4055 3.1: the default */
    if (der_enter(&body, DER_CONTEXT_BODY + 2, &part)
        && (!der_small(&part, &pub->pss_salt) || !rd_end(&part)))
        return false;
    return rd_end(&body) && pub->pss_salt <= hash_len(pub->pss_hash);
}

/* ---- EC -------------------------------------------------------------------------------------- */

static enum key_type curve_by_oid(span oid)
{
    for (size_t i = 0; i < sizeof curve_oids / sizeof curve_oids[0]; i++)
        if (span_eq(oid, curve_oids[i].oid))
            return curve_oids[i].type;
    return KEY_NONE;
}

/* read_curve reads ECParameters: a curve by its name. Explicit parameters are a SEQUENCE. */
static enum key_load read_curve(rd *in, enum key_type *type)
{
    span oid;
    if (!der_oid(in, &oid))
        return der_peek(in, DER_SEQUENCE) ? KEY_UNSUPPORTED : KEY_MALFORMED;
    enum key_type found = curve_by_oid(oid);
    if (found == KEY_NONE)
        return KEY_UNSUPPORTED;
    if (!rd_end(in) || (*type != KEY_NONE && *type != found))
        return KEY_MALFORMED;
    *type = found;
    return KEY_LOADED;
}

/* same_point: are these bytes our point, uncompressed or compressed? */
static bool same_point(span theirs, span point)
{
    size_t field = (point.n - 1) / 2;
    uint8_t parity = point.p[point.n - 1] & 1;
    return span_eq(theirs, point)
           || (theirs.n == 1 + field && theirs.p[0] == (POINT_CONVERSION_COMPRESSED | parity)
               && memcmp(theirs.p + 1, point.p + 1, field) == 0);
}

static enum key_load ec_private(struct sign_key *key, const struct curve *curve, const uint8_t *x)
{
    const struct crypto *crypto = key->crypto;
    size_t n = 1 + 2 * curve->field;
    uint8_t *point = keep_public(key, n);
    if (!point)
        return KEY_NO_MEMORY;
    BIGNUM *scalar = scalar_bignum(curve, x);
    key->ec = EC_KEY_new_ex(crypto->lib, NULL);
    bool ok = scalar && key->ec && scalar_base(crypto, curve, scalar, point)
              && EC_KEY_set_group(key->ec, curve->group) == 1
              && EC_KEY_oct2key(key->ec, point, n, NULL) == 1
              && EC_KEY_set_private_key(key->ec, scalar) == 1;
    BN_clear_free(scalar);
    key->pub.point = (span){point, n};
    return ok ? KEY_LOADED : failure();
}

/* struct sec1 is an ECPrivateKey (RFC 5915 3), parsed. */
struct sec1 {
    span secret, point; /* point.p NULL: absent */
    enum key_type type;
};

/* read_sec1 parses; the curve may be known already, from PKCS#8, and is read again if it is
 * there. */
static enum key_load read_sec1(struct sec1 *out, span der)
{
    rd in = rd_of(der), body, part;
    uint32_t version;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in) || !der_small(&body, &version)
        || version != 1 || !der_get(&body, DER_OCTET_STRING, &out->secret))
        return KEY_MALFORMED;
    if (der_enter(&body, DER_CONTEXT_BODY + 0, &part)) {
        enum key_load result = read_curve(&part, &out->type);
        if (result != KEY_LOADED)
            return result;
    }
    if (der_enter(&body, DER_CONTEXT_BODY + 1, &part)
        && (!der_bit_bytes(&part, &out->point) || !rd_end(&part)))
        return KEY_MALFORMED;
    return rd_end(&body) && out->type != KEY_NONE ? KEY_LOADED : KEY_MALFORMED;
}

static enum key_load read_ec(struct sign_key *key, enum key_type type, span der)
{
    struct sec1 sec1 = {.type = type};
    uint8_t x[FIELD_MAX] = {0};
    enum key_load result = read_sec1(&sec1, der);
    if (result != KEY_LOADED)
        return result;
    const struct curve *curve = curve_of_key(key->crypto, sec1.type);
    if (!sec1.secret.n || sec1.secret.n > curve->field)
        return KEY_MALFORMED;
    /* some writers drop leading zeros */
    memcpy(x + curve->field - sec1.secret.n, sec1.secret.p, sec1.secret.n);
    result = scalar_valid(curve, x) ? ec_private(key, curve, x) : KEY_MALFORMED;
    wipe(x, sizeof x);
    key->pub.type = sec1.type;
    if (result == KEY_LOADED && sec1.point.p && !same_point(sec1.point, key->pub.point))
        return KEY_MALFORMED;
    return result;
}

/* ---- Ed25519, and the envelope --------------------------------------------------------------- */

static enum key_load read_ed25519(struct sign_key *key, span der)
{
    rd in = rd_of(der);
    span seed;
    size_t n = ED25519_LEN;
    if (!der_get(&in, DER_OCTET_STRING, &seed) || !rd_end(&in) || seed.n != ED25519_LEN)
        return KEY_MALFORMED;
    uint8_t *point = keep_public(key, n);
    if (!point)
        return KEY_NO_MEMORY;
    key->pkey = EVP_PKEY_new_raw_private_key_ex(key->crypto->lib, "ED25519", NULL, seed.p, seed.n);
    if (!key->pkey || EVP_PKEY_get_raw_public_key(key->pkey, point, &n) != 1)
        return failure();
    key->pub.type = KEY_ED25519;
    key->pub.point = (span){point, n};
    return KEY_LOADED;
}

/* read_inner reads the key inside PKCS#8, of the kind that the AlgorithmIdentifier says. */
static enum key_load read_inner(struct sign_key *key, rd *algorithm, span inner)
{
    span oid;
    if (!der_oid(algorithm, &oid))
        return KEY_MALFORMED;
    if (span_eq(oid, oid_rsa)) {
        bool plain = rd_end(algorithm) || (der_null(algorithm) && rd_end(algorithm));
        return plain ? read_rsa(key, KEY_RSA, inner) : KEY_MALFORMED;
    }
    if (span_eq(oid, oid_pss)) {
        bool known = read_pss_params(&key->pub, algorithm);
        return known ? read_rsa(key, KEY_RSA_PSS, inner) : KEY_UNSUPPORTED;
    }
    if (span_eq(oid, oid_ec)) {
        enum key_type type = KEY_NONE;
        enum key_load result = read_curve(algorithm, &type);
        return result == KEY_LOADED ? read_ec(key, type, inner) : result;
    }
    if (span_eq(oid, oid_ed25519))
        return rd_end(algorithm) ? read_ed25519(key, inner) : KEY_MALFORMED;
    return KEY_UNSUPPORTED;
}

/* read_pkcs8 reads OneAsymmetricKey (RFC 5958 2). Attributes and a public key may follow; the
 * private key gives the one, and nobody asks for the others. */
static enum key_load read_pkcs8(struct sign_key *key, span der)
{
    rd in = rd_of(der), body, algorithm;
    uint32_t version;
    span inner, ignored;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in) || !der_small(&body, &version)
        || version > 1 || !der_enter(&body, DER_SEQUENCE, &algorithm)
        || !der_get(&body, DER_OCTET_STRING, &inner)
        || !der_optional(&body, DER_CONTEXT_BODY + 0, &ignored)
        || !der_optional(&body, DER_CONTEXT + 1, &ignored) || !rd_end(&body))
        return KEY_MALFORMED;
    return read_inner(key, &algorithm, inner);
}

enum key_load sign_key_der(struct sign_key *key, enum key_der type, span der)
{
    switch (type) {
    case DER_PKCS1:
        return read_rsa(key, KEY_RSA, der);
    case DER_SEC1:
        return read_ec(key, KEY_NONE, der);
    case DER_PKCS8:
        break;
    }
    return read_pkcs8(key, der);
}
