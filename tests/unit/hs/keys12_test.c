/* The secrets of TLS 1.2, against libcrypto's TLS1-PRF and the formulas of the RFCs typed a second
 * time: RFC 5246 5, 6.3, 7.4.9, 8.1; RFC 5705 4; RFC 7627 4. */
#include "hs/keys12.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const enum hash_id hashes[] = {HASH_SHA256, HASH_SHA384};

static const uint8_t client_random[32] = "the client's thirty-two bytes..";
static const uint8_t server_random[32] = "the server's thirty-two bytes..";
static const struct secret premaster = {.b = "\0\0 a premaster secret, leading zeros", .n = 32};

static span client_span(void)
{
    return (span){client_random, 32};
}

static span server_span(void)
{
    return (span){server_random, 32};
}

/* reference is libcrypto's PRF over a seed in parts. */
static void reference(enum hash_id hash, uint8_t *out, size_t n, const struct secret *secret,
                      const char *label, const span *seeds, size_t n_seeds)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    char *digest = hash == HASH_SHA256 ? "SHA256" : "SHA384";
    OSSL_PARAM params[8], *p = params;
    *p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)secret->b,
                                             secret->n);
    *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)label,
                                             strlen(label));
    for (size_t i = 0; i < n_seeds; i++)
        *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)seeds[i].p,
                                                 seeds[i].n);
    *p = OSSL_PARAM_construct_end();
    assert_int_equal(EVP_KDF_derive(ctx, out, n, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void master_secrets(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t expected[48], digest[HASH_MAX] = {7, 8, 9};
        struct secret master = {0};
        const span randoms[] = {client_span(), server_span()};
        master12_plain(hashes[i], &master, &premaster, client_span(), server_span());
        reference(hashes[i], expected, 48, &premaster, "master secret", randoms, 2);
        assert_int_equal(master.n, 48);
        assert_memory_equal(master.b, expected, 48);
        const span hash = {digest, hash_len(hashes[i])};
        master12_extended(hashes[i], &master, &premaster, hash);
        reference(hashes[i], expected, 48, &premaster, "extended master secret", &hash, 1);
        assert_memory_equal(master.b, expected, 48);
    }
}

/* Bug class 99: two secrets that differ in a leading zero are two secrets. */
static void leading_zeros_count(void **state)
{
    (void)state;
    struct secret shorter = {.n = premaster.n - 1}, a = {0}, b = {0};
    memcpy(shorter.b, premaster.b + 1, shorter.n);
    master12_plain(HASH_SHA256, &a, &premaster, client_span(), server_span());
    master12_plain(HASH_SHA256, &b, &shorter, client_span(), server_span());
    assert_memory_not_equal(a.b, b.b, 48);
}

/* What each suite cuts from the block (MAC key, key, IV), by the RFC that defines it. */
static const struct cut {
    uint16_t suite;
    size_t mac, key, iv;
} cuts[] = {
    {0xc02b, 0, 16, 4},  {0xc02f, 0, 16, 4},  {0xc02c, 0, 32, 4},  {0xc030, 0, 32, 4},
    {0xcca9, 0, 32, 12}, {0xcca8, 0, 32, 12}, {0xc023, 32, 16, 0}, {0xc027, 32, 16, 0},
    {0x009c, 0, 16, 4},  {0x009d, 0, 32, 4},
};

enum { N_CUTS = sizeof cuts / sizeof cuts[0] };

static void assert_part(const uint8_t **block, const uint8_t *got, size_t n)
{
    assert_memory_equal(got, *block, n);
    *block += n;
}

static void key_blocks(void **state)
{
    (void)state;
    size_t tls12 = 0;
    for (size_t i = 0; i < n_suites; i++)
        tls12 += suites[i].version == TLS12;
    assert_int_equal(tls12, N_CUTS);
    for (size_t i = 0; i < N_CUTS; i++) {
        const struct cut *c = &cuts[i];
        const struct suite *suite = suite_by_id(c->suite);
        struct keys12 client = {0}, server = {0};
        uint8_t block[256];
        const uint8_t *at = block;
        const span randoms[] = {server_span(), client_span()}; /* the server's first; 6.3 */
        keys12_block(suite, &premaster, client_span(), server_span(), &client, &server);
        reference(suite->hash, block, 2 * (c->mac + c->key + c->iv), &premaster, "key expansion",
                  randoms, 2);
        assert_part(&at, client.mac, c->mac);
        assert_part(&at, server.mac, c->mac);
        assert_part(&at, client.key, c->key);
        assert_part(&at, server.key, c->key);
        assert_part(&at, client.iv, c->iv);
        assert_part(&at, server.iv, c->iv);
    }
}

static void finished(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        enum hash_id hash = hashes[i / 2];
        uint8_t ours[FINISHED12_LEN], expected[FINISHED12_LEN], digest[HASH_MAX] = {1, 2, 3};
        const span d = {digest, hash_len(hash)};
        keys12_finished(hash, ours, &premaster, i % 2, d);
        reference(hash, expected, sizeof expected, &premaster,
                  i % 2 ? "client finished" : "server finished", &d, 1);
        assert_memory_equal(ours, expected, sizeof expected);
    }
}

/* RFC 5705 4: no context is another thing than an empty one. */
static void exporters(void **state)
{
    (void)state;
    const span contexts[] = {{0}, span_str(""), span_str("a context")};
    uint8_t first[77] = {0};
    for (size_t i = 0; i < 6; i++) {
        enum hash_id hash = hashes[i / 3];
        const span context = contexts[i % 3];
        const uint8_t length[] = {0, (uint8_t)context.n};
        uint8_t ours[77], expected[77];
        const span seeds[] = {client_span(), server_span(), {length, 2}, context};
        keys12_export(hash, ours, sizeof ours, &premaster, "EXPORTER-test", client_span(),
                      server_span(), context);
        reference(hash, expected, sizeof expected, &premaster, "EXPORTER-test", seeds,
                  !context.p  ? 2
                  : context.n ? 4
                              : 3);
        assert_memory_equal(ours, expected, sizeof expected);
        assert_memory_not_equal(ours, first, sizeof first);
        memcpy(first, ours, sizeof first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(master_secrets), cmocka_unit_test(leading_zeros_count),
        cmocka_unit_test(key_blocks),     cmocka_unit_test(finished),
        cmocka_unit_test(exporters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
