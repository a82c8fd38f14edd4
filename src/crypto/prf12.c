/* prf12.c: P_hash (RFC 5246 5): A(i) is the HMAC of A(i-1), and each block of the output the HMAC
 * of A(i), label and seed. */
#include "crypto/prf12.h"

#include "crypto/hkdf.h"

void prf12(enum hash_id id, uint8_t *out, size_t n, span secret, const char *label, span seed,
           span more)
{
    uint8_t a[HASH_MAX], block[HASH_MAX];
    struct hmac_key key;
    size_t len = hash_len(id);
    const span text[] = {span_str(label), seed, more};
    hmac_init(&key, id, secret);
    hmac_parts(&key, (span){0}, text, 3, a);
    while (n > 0) {
        size_t part = n < len ? n : len;
        hmac_parts(&key, (span){a, len}, text, 3, block);
        memcpy(out, block, part);
        out += part;
        n -= part;
        hmac_with(&key, (span){a, len}, a);
    }
    wipe(&key, sizeof key);
    wipe(a, sizeof a);
    wipe(block, sizeof block);
}
