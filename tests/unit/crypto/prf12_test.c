/* The PRF of TLS 1.2 against the public vectors. */
#include "crypto/prf12.h"

#include "hex.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every case is a run of lines: the digest, the secret, "seed:" the label, then seeds in
 * hexadecimal. */
struct vector {
    enum hash_id hash;
    uint8_t secret[256], seed[256], expected[256];
    size_t secret_n, seed_n;
    char label[64];
};

static void read_line(struct vector *v, const char *line)
{
    const char *value = strchr(line, '=');
    const char *colon = value ? strchr(value, ':') : NULL;
    if (strstr(line, "Ctrl.digest"))
        v->hash = strstr(line, "SHA256")   ? HASH_SHA256
                  : strstr(line, "SHA384") ? HASH_SHA384
                  : strstr(line, "SHA512") ? HASH_SHA512
                                           : HASH_NONE;
    else if (strstr(line, "hexsecret:"))
        v->secret_n = hex_bytes(colon + 1, v->secret, sizeof v->secret);
    else if (strstr(line, "hexseed:"))
        v->seed_n += hex_bytes(colon + 1, v->seed + v->seed_n, sizeof v->seed - v->seed_n);
    else if (strstr(line, "seed:"))
        snprintf(v->label, sizeof v->label, "%s", colon + 1);
}

static void check(struct vector *v, const char *output)
{
    uint8_t out[256];
    size_t n = hex_bytes(output, v->expected, sizeof v->expected);
    size_t half = v->seed_n / 2;
    prf12(v->hash, out, n, (span){v->secret, v->secret_n}, v->label, (span){v->seed, half},
          (span){v->seed + half, v->seed_n - half});
    assert_memory_equal(out, v->expected, n);
}

static void public_vectors(void **state)
{
    (void)state;
    size_t n, ran = 0;
    char *text = vectors_read("kdf/evpkdf_tls12_prf.txt", &n), *save = NULL;
    struct vector v = {0};
    bool usable = true;
    for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        if (strncmp(line, "KDF = ", 6) == 0) {
            v = (struct vector){0};
            usable = true;
        } else if (strncmp(line, "Result", 6) == 0) {
            usable = false;
        } else if (strncmp(line, "Output = ", 9) == 0) {
            if (usable && v.hash != HASH_NONE && v.secret_n) {
                check(&v, line + 9);
                ran++;
            }
        } else {
            read_line(&v, line);
        }
    }
    free(text);
    assert_true(ran >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(public_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
