/* legacy.c: see legacy.h. The sentences are printed for a person who has to decide whether the
 * connection is good enough. */
#include "legacy.h"

#include "out.h"
#include "tool.h"

#include <string.h>

const struct legacy_word legacy_words[LEGACY_WORDS] = {
    {"rsa-transport", TACIT_LEGACY_RSA_TRANSPORT,
     "encryption is not forward secret: whoever gets the server's key reads this, also later; "
     "authentication and integrity hold"},
    {"cbc-hmac", TACIT_LEGACY_CBC_HMAC,
     "encryption (AES-128-CBC) and integrity (HMAC-SHA256) are two steps, not one AEAD; "
     "authentication holds"},
    {"no-ems", TACIT_LEGACY_NO_EMS,
     "authentication is not bound to this connection alone (no extended master secret); "
     "encryption and integrity hold"},
};

int legacy_read(uint32_t *bits, char **words)
{
    for (; words && *words; words++) {
        size_t i = 0;
        while (i < LEGACY_WORDS && strcmp(*words, legacy_words[i].word) != 0)
            i++;
        if (i == LEGACY_WORDS)
            return out_fail(STATUS_USAGE, "--legacy rsa-transport, cbc-hmac or no-ems",
                            "\"%s\" is no word of --legacy", *words);
        *bits |= legacy_words[i].bit;
    }
    return 0;
}
