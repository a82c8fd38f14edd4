#include "psychic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

static const int curves[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};

/* number makes one of the numbers that no signature has, or 1. */
static BIGNUM *number(const EC_GROUP *group, size_t which)
{
    BIGNUM *n = BN_new();
    assert_non_null(n);
    if (which < 2)
        assert_true(BN_set_word(n, which));
    else
        assert_true(BN_copy(n, EC_GROUP_get0_order(group)) && BN_add_word(n, which - 2));
    return n;
}

size_t psychic(enum made_key key, size_t index, uint8_t out[PSYCHIC_MAX])
{
    enum { NUMBERS = 4 };                                           /* 0, 1, n, n + 1 */
    static const char minus[] = "\x30\x06\x02\x01\xff\x02\x01\xff"; /* -1, -1 */
    static const char empty[] = "\x30\x04\x02\x00\x02\x00";
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curves[key - MADE_P256]);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_true(group && sig && PSYCHICS == NUMBERS * NUMBERS + 2);
    if (index >= NUMBERS * NUMBERS) {
        bool last = index > NUMBERS * NUMBERS;
        EC_GROUP_free(group);
        ECDSA_SIG_free(sig);
        memcpy(out, last ? empty : minus, last ? sizeof empty - 1 : sizeof minus - 1);
        return last ? sizeof empty - 1 : sizeof minus - 1;
    }
    assert_true(
        ECDSA_SIG_set0(sig, number(group, index / NUMBERS), number(group, index % NUMBERS)));
    int n = i2d_ECDSA_SIG(sig, &out);
    EC_GROUP_free(group);
    ECDSA_SIG_free(sig);
    assert_true(n > 0);
    return (size_t)n;
}
