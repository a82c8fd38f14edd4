/* HKDF and its labels; RFC 5869 A.1, and the first steps of RFC 8448 3 (whose labels are RFC
 * 9846's). */
#include "crypto/hkdf.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void rfc5869_first_example(void **state)
{
    (void)state;
    uint8_t ikm[22], salt[13], info[10], expected[42], out[42];
    struct secret prk;
    memset(ikm, 0x0b, sizeof ikm);
    hex_exact("000102030405060708090a0b0c", salt, sizeof salt);
    hex_exact("f0f1f2f3f4f5f6f7f8f9", info, sizeof info);
    hex_exact(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        expected, sizeof expected);
    hkdf_extract(HASH_SHA256, &prk, (span){salt, sizeof salt}, (span){ikm, sizeof ikm});
    hkdf_expand(HASH_SHA256, out, sizeof out, secret_span(&prk), (span){info, sizeof info});
    assert_memory_equal(out, expected, sizeof out);
}

static void early_secret_and_derived(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    uint8_t empty[32], expected[32], derived[32];
    struct secret early;
    hkdf_extract(HASH_SHA256, &early, (span){0}, (span){zeros, sizeof zeros});
    hex_exact("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a", expected, 32);
    assert_int_equal(early.n, 32);
    assert_memory_equal(early.b, expected, 32);
    hash_once(HASH_SHA256, (span){0}, empty);
    hkdf_expand_label(HASH_SHA256, derived, 32, secret_span(&early), "derived", (span){empty, 32});
    hex_exact("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba", expected, 32);
    assert_memory_equal(derived, expected, 32);
}

/* The secret that is extracted may take the place of the salt that it came from, as in a key
 * schedule. */
static void extracting_in_place(void **state)
{
    (void)state;
    struct secret a = {.n = 32, .b = {1}}, b;
    hkdf_extract(HASH_SHA384, &b, secret_span(&a), span_str("ikm"));
    hkdf_extract(HASH_SHA384, &a, secret_span(&a), span_str("ikm"));
    assert_int_equal(a.n, 48);
    assert_memory_equal(a.b, b.b, 48);
}

static void longest_label_and_context(void **state)
{
    (void)state;
    char label[250];
    uint8_t context[255] = {0}, a[16], b[16], info[2 + 1 + 255 + 1 + 255] = {0, 16, 255};
    memset(label, 'x', 249);
    label[249] = 0;
    hkdf_expand_label(HASH_SHA512, a, 16, span_str("prk"), label, (span){context, sizeof context});
    memcpy(info + 3, "tls13 ", 6);
    memset(info + 9, 'x', 249);
    info[258] = 255;
    hkdf_expand(HASH_SHA512, b, 16, span_str("prk"), (span){info, sizeof info});
    assert_memory_equal(a, b, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5869_first_example),
        cmocka_unit_test(early_secret_and_derived),
        cmocka_unit_test(extracting_in_place),
        cmocka_unit_test(longest_label_and_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
