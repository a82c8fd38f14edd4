/* HKDF and its labels; RFC 5869 A.1, and the first steps of RFC 8448 3 (whose labels are RFC
 * 9846's). */
#include "crypto/hkdf.h"
#include "hex.h"
#include "vectors.h"
#include "wycheproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

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

/* A prepared secret serves label after label, and longer than a digest. */
static void labels_of_a_prepared_secret(void **state)
{
    (void)state;
    static const char *const names[] = {"key", "iv", "key"};
    struct hmac_key prk;
    hmac_init(&prk, HASH_SHA384, span_str("secret"));
    for (size_t i = 0; i < 3; i++) {
        uint8_t a[100], b[100];
        hkdf_label_with(&prk, a, sizeof a, names[i], span_str("context"));
        hkdf_expand_label(HASH_SHA384, b, sizeof b, span_str("secret"), names[i],
                          span_str("context"));
        assert_memory_equal(a, b, sizeof a);
    }
}

static bool hmac_case(const struct wy_case *wy, const void *user)
{
    enum hash_id id = *(const enum hash_id *)user;
    span key = wy_hex(wy->test, "key"), msg = wy_hex(wy->test, "msg"),
         tag = wy_hex(wy->test, "tag");
    uint8_t once[HASH_MAX], kept[HASH_MAX];
    struct hmac_key k;
    hmac_init(&k, id, key);
    hmac_with(&k, span_str("another message"), kept);
    hmac_with(&k, msg, kept);
    hmac_once(id, key, msg, once);
    assert_memory_equal(once, kept, hash_len(id));
    wy_check(wy, ct_eq(once, tag.p, tag.n) == wy->valid);
    return true;
}

static void wycheproof_hmac(void **state)
{
    (void)state;
    static const enum hash_id sha256 = HASH_SHA256, sha384 = HASH_SHA384;
    assert_int_equal(wy_run("hmac_sha256_test.json", hmac_case, &sha256), 174);
    assert_int_equal(wy_run("hmac_sha384_test.json", hmac_case, &sha384), 174);
}

static bool hkdf_case(const struct wy_case *wy, const void *user)
{
    enum hash_id id = *(const enum hash_id *)user;
    size_t size = (size_t)wy_int(wy->test, "size");
    if (size > 255 * hash_len(id)) /* ours to call, not to refuse */
        return false;
    span okm = wy_hex(wy->test, "okm");
    struct secret prk;
    hkdf_extract(id, &prk, wy_hex(wy->test, "salt"), wy_hex(wy->test, "ikm"));
    uint8_t *out = malloc(size);
    assert_non_null(out);
    hkdf_expand(id, out, size, secret_span(&prk), wy_hex(wy->test, "info"));
    wy_check(wy, okm.n == size && memcmp(out, okm.p, size) == 0);
    free(out);
    return true;
}

static void wycheproof_hkdf(void **state)
{
    (void)state;
    static const enum hash_id sha256 = HASH_SHA256, sha384 = HASH_SHA384;
    assert_int_equal(wy_run("hkdf_sha256_test.json", hkdf_case, &sha256), 83);
    assert_int_equal(wy_run("hkdf_sha384_test.json", hkdf_case, &sha384), 80);
}

/* struct step is one paragraph of the file of TLS 1.3 steps. */
struct step {
    bool extract, expand;
    enum hash_id id;
    uint8_t key[64], salt[64], data[64], output[64];
    size_t key_n, salt_n, data_n, output_n;
    char label[32];
};

static const char *after(const char *line, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(line, prefix, n) == 0 ? line + n : NULL;
}

static void read_line(struct step *step, const char *line)
{
    const char *v;
    if ((v = after(line, "Ctrl.mode = mode:"))) {
        step->extract = strcmp(v, "EXTRACT_ONLY") == 0;
        step->expand = strcmp(v, "EXPAND_ONLY") == 0;
    } else if ((v = after(line, "Ctrl.digest = digest:")))
        step->id = strcmp(v, "SHA2-384") == 0 ? HASH_SHA384 : HASH_SHA256;
    else if ((v = after(line, "Ctrl.key = hexkey:")))
        step->key_n = hex_bytes(v, step->key, sizeof step->key);
    else if ((v = after(line, "Ctrl.salt = hexsalt:")))
        step->salt_n = hex_bytes(v, step->salt, sizeof step->salt);
    else if ((v = after(line, "Ctrl.data = hexdata:")))
        step->data_n = hex_bytes(v, step->data, sizeof step->data);
    else if ((v = after(line, "Ctrl.label = hexlabel:")))
        step->label[hex_bytes(v, (uint8_t *)step->label, sizeof step->label - 1)] = 0;
    else if ((v = after(line, "Output = ")))
        step->output_n = hex_bytes(v, step->output, sizeof step->output);
}

/* extract_step: the salt of the file goes through Derive-Secret(salt, "derived", "") first (RFC
 * 9846 7.1). */
static void extract_step(const struct step *step)
{
    static const uint8_t zeros[HASH_MAX];
    uint8_t empty[HASH_MAX], derived[HASH_MAX];
    size_t len = hash_len(step->id);
    span salt = {0}, ikm = {step->key_n ? step->key : zeros, step->key_n ? step->key_n : len};
    hash_once(step->id, (span){0}, empty);
    if (step->salt_n) {
        hkdf_expand_label(step->id, derived, len, (span){step->salt, step->salt_n}, step->label,
                          (span){empty, len});
        salt = (span){derived, len};
    }
    struct secret out;
    hkdf_extract(step->id, &out, salt, ikm);
    assert_int_equal(out.n, step->output_n);
    assert_memory_equal(out.b, step->output, out.n);
}

static void expand_step(const struct step *step)
{
    uint8_t out[64];
    hkdf_expand_label(step->id, out, step->output_n, (span){step->key, step->key_n}, step->label,
                      (span){step->data, step->data_n});
    assert_memory_equal(out, step->output, step->output_n);
}

static void tls13_steps(void **state)
{
    (void)state;
    size_t n, extracted = 0, expanded = 0;
    char *text = vectors_read("kdf/evpkdf_tls13_kdf.txt", &n), *rest = text, *line;
    struct step step = {0};
    while ((line = strsep(&rest, "\n"))) {
        read_line(&step, line);
        if (*line || !step.output_n)
            continue;
        if (step.extract)
            extract_step(&step);
        if (step.expand)
            expand_step(&step);
        extracted += step.extract;
        expanded += step.expand;
        step = (struct step){0};
    }
    free(text);
    assert_int_equal(extracted + expanded, 561);
    assert_true(extracted && expanded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5869_first_example), cmocka_unit_test(early_secret_and_derived),
        cmocka_unit_test(extracting_in_place),   cmocka_unit_test(longest_label_and_context),
        cmocka_unit_test(labels_of_a_prepared_secret),
        cmocka_unit_test(wycheproof_hmac),       cmocka_unit_test(wycheproof_hkdf),
        cmocka_unit_test(tls13_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
