/* suites.c: the cipher suites (RFC 9846 B.4). AES-128 stands first: it is enough, and the
 * cheapest. */
#include "registry/registry.h"

/* RFC 9846 5.5: AES-GCM holds 2^24.5 full records for a margin of 2^-57; we change keys at 2^24.
 * ChaCha20-Poly1305 would last to the end of the sequence numbers; we stop well before they could
 * wrap (RFC 9846 5.3). */
enum { GCM_MAX_RECORDS = 1 << 24 };
#define CHACHA_MAX_RECORDS ((uint64_t)1 << 62)

/* clang-format off */
const struct suite suites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256",       "AES-128-GCM",       TLS13,
             AEAD_AES_128_GCM,       HASH_SHA256, GCM_MAX_RECORDS},
    {0x1302, "TLS_AES_256_GCM_SHA384",       "AES-256-GCM",       TLS13,
             AEAD_AES_256_GCM,       HASH_SHA384, GCM_MAX_RECORDS},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", TLS13,
             AEAD_CHACHA20_POLY1305, HASH_SHA256, CHACHA_MAX_RECORDS},
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

const char *version_name(uint16_t version)
{
    return version == TLS13 ? "TLS 1.3" : version == TLS12 ? "TLS 1.2" : NULL;
}
