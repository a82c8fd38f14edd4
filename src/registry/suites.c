/* suites.c: the cipher suites (RFC 9846 B.4; RFC 5288, 5289, 7905). AES-128 stands first: it is
 * enough, and the cheapest. */
#include "registry/registry.h"

/* RFC 9846 5.5: AES-GCM holds 2^24.5 full records for a margin of 2^-57; we change keys at 2^24.
 * ChaCha20-Poly1305 would last to the end of the sequence numbers; we stop well before they could
 * wrap (RFC 9846 5.3). */
enum { GCM_MAX_RECORDS = 1 << 24 };
#define CHACHA_MAX_RECORDS ((uint64_t)1 << 62)

/* clang-format off */
#define GCM128 AEAD_AES_128_GCM, HASH_SHA256
#define GCM256 AEAD_AES_256_GCM, HASH_SHA384
#define CHACHA AEAD_CHACHA20_POLY1305, HASH_SHA256

const struct suite suites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", "AES-128-GCM",
     TLS13, GCM128, KX_ANY, false, 0, GCM_MAX_RECORDS},
    {0x1302, "TLS_AES_256_GCM_SHA384", "AES-256-GCM",
     TLS13, GCM256, KX_ANY, false, 0, GCM_MAX_RECORDS},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305",
     TLS13, CHACHA, KX_ANY, false, 0, CHACHA_MAX_RECORDS},

    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES-128-GCM",
     TLS12, GCM128, KX_ECDHE_ECDSA, false, 0, GCM_MAX_RECORDS},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES-128-GCM",
     TLS12, GCM128, KX_ECDHE_RSA, false, 0, GCM_MAX_RECORDS},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES-256-GCM",
     TLS12, GCM256, KX_ECDHE_ECDSA, false, 0, GCM_MAX_RECORDS},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES-256-GCM",
     TLS12, GCM256, KX_ECDHE_RSA, false, 0, GCM_MAX_RECORDS},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
     TLS12, CHACHA, KX_ECDHE_ECDSA, false, 0, CHACHA_MAX_RECORDS},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
     TLS12, CHACHA, KX_ECDHE_RSA, false, 0, CHACHA_MAX_RECORDS},

    {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES-128-CBC-HMAC",
     TLS12, AEAD_NONE, HASH_SHA256, KX_ECDHE_ECDSA, true, LEGACY_CBC_HMAC, GCM_MAX_RECORDS},
    {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES-128-CBC-HMAC",
     TLS12, AEAD_NONE, HASH_SHA256, KX_ECDHE_RSA, true, LEGACY_CBC_HMAC, GCM_MAX_RECORDS},
    {0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", "RSA-AES-128-GCM",
     TLS12, GCM128, KX_RSA, false, LEGACY_RSA_TRANSPORT, GCM_MAX_RECORDS},
    {0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", "RSA-AES-256-GCM",
     TLS12, GCM256, KX_RSA, false, LEGACY_RSA_TRANSPORT, GCM_MAX_RECORDS},
};
/* clang-format on */

const size_t n_suites = sizeof suites / sizeof suites[0];

const struct suite *suite_by_id(uint16_t id)
{
    for (size_t i = 0; i < n_suites; i++)
        if (suites[i].id == id)
            return &suites[i];
    return NULL;
}

const char *suite_encryption(const struct suite *suite)
{
    static const char *const names[] = {
        [AEAD_NONE] = "AES-128-CBC",
        [AEAD_AES_128_GCM] = "AES-128-GCM",
        [AEAD_AES_256_GCM] = "AES-256-GCM",
        [AEAD_CHACHA20_POLY1305] = "CHACHA20-POLY1305",
    };
    return names[suite->aead];
}

const char *suite_integrity(const struct suite *suite)
{
    return suite->cbc ? "HMAC-SHA256" : suite_encryption(suite);
}

bool suite_forward_secret(const struct suite *suite)
{
    return suite->kx != KX_RSA;
}

const char *version_name(uint16_t version)
{
    return version == TLS13 ? "TLS 1.3" : version == TLS12 ? "TLS 1.2" : NULL;
}
