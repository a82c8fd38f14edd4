/* groups.c: the key exchange groups (RFC 9846 4.3.7, 4.3.8.2). */
#include "registry/registry.h"

/* clang-format off */
const struct group groups[] = {
    {0x001d, "x25519",    "X25519", KEM_X25519, 32},
    {0x0017, "secp256r1", "P-256",  KEM_P256,   65},
    {0x0018, "secp384r1", "P-384",  KEM_P384,   97},
};
/* clang-format on */

const size_t n_groups = sizeof groups / sizeof groups[0];

const struct group *group_by_id(uint16_t id)
{
    for (size_t i = 0; i < n_groups; i++)
        if (groups[i].id == id)
            return &groups[i];
    return NULL;
}
