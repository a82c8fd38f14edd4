/* provider.c: the provider over libcrypto. */
#include "crypto/crypto.h"

const char *crypto_name(void)
{
    return "libcrypto";
}
