/* schemes.c: the signature schemes (RFC 9846 4.3.3). In TLS 1.3 the curve belongs to the scheme,
 * and RSA-PKCS1 may sign certificates only. */
#include "registry/registry.h"

/* clang-format off */
const struct scheme schemes[] = {
    /* id     name                      alg            hash         key          1.3    certs */
    {0x0403, "ecdsa_secp256r1_sha256", SIG_ECDSA,     HASH_SHA256, KEY_EC_P256, true,  true},
    {0x0804, "rsa_pss_rsae_sha256",    SIG_RSA_PSS,   HASH_SHA256, KEY_RSA,     true,  true},
    {0x0807, "ed25519",                SIG_ED25519,   HASH_NONE,   KEY_ED25519, true,  true},
    {0x0503, "ecdsa_secp384r1_sha384", SIG_ECDSA,     HASH_SHA384, KEY_EC_P384, true,  true},
    {0x0805, "rsa_pss_rsae_sha384",    SIG_RSA_PSS,   HASH_SHA384, KEY_RSA,     true,  true},
    {0x0806, "rsa_pss_rsae_sha512",    SIG_RSA_PSS,   HASH_SHA512, KEY_RSA,     true,  true},
    {0x0603, "ecdsa_secp521r1_sha512", SIG_ECDSA,     HASH_SHA512, KEY_EC_P521, true,  true},
    {0x0809, "rsa_pss_pss_sha256",     SIG_RSA_PSS,   HASH_SHA256, KEY_RSA_PSS, true,  true},
    {0x080a, "rsa_pss_pss_sha384",     SIG_RSA_PSS,   HASH_SHA384, KEY_RSA_PSS, true,  true},
    {0x080b, "rsa_pss_pss_sha512",     SIG_RSA_PSS,   HASH_SHA512, KEY_RSA_PSS, true,  true},
    {0x0401, "rsa_pkcs1_sha256",       SIG_RSA_PKCS1, HASH_SHA256, KEY_RSA,     false, true},
    {0x0501, "rsa_pkcs1_sha384",       SIG_RSA_PKCS1, HASH_SHA384, KEY_RSA,     false, true},
    {0x0601, "rsa_pkcs1_sha512",       SIG_RSA_PKCS1, HASH_SHA512, KEY_RSA,     false, true},
};
/* clang-format on */

const size_t n_schemes = sizeof schemes / sizeof schemes[0];

const struct scheme *scheme_by_id(uint16_t id)
{
    for (size_t i = 0; i < n_schemes; i++)
        if (schemes[i].id == id)
            return &schemes[i];
    return NULL;
}

static bool is_curve(enum key_type key)
{
    return key == KEY_EC_P256 || key == KEY_EC_P384 || key == KEY_EC_P521;
}

bool scheme_fits(const struct scheme *scheme, enum key_type key, uint16_t version)
{
    if (version == TLS13)
        return scheme->verify13 && scheme->key == key;
    return scheme->key == key || (scheme->alg == SIG_ECDSA && is_curve(key));
}
