/* SHA-2: FIPS 180-4's examples, and what a value without pointers must do. */
#include "crypto/crypto.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

static const char *const evp_names[] = {
    [HASH_SHA256] = "SHA256", [HASH_SHA384] = "SHA384", [HASH_SHA512] = "SHA512"};

static void known_answers(void **state)
{
    (void)state;
    static const struct {
        enum hash_id id;
        const char *text, *digest;
    } rows[] = {
        {HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {HASH_SHA384, "abc",
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
         "8086072ba1e7cc2358baeca134c825a7"},
        {HASH_SHA512, "abc",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t expected[HASH_MAX], digest[HASH_MAX];
        hex_exact(rows[i].digest, expected, hash_len(rows[i].id));
        hash_once(rows[i].id, span_str(rows[i].text), digest);
        assert_memory_equal(digest, expected, hash_len(rows[i].id));
    }
}

/* Every length across several blocks, in two pieces, against libcrypto's other interface. */
static void pieces_of_every_length(void **state)
{
    (void)state;
    uint8_t data[300], expected[HASH_MAX], digest[HASH_MAX];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (enum hash_id id = HASH_SHA256; id <= HASH_SHA512; id++)
        for (size_t n = 0; n <= sizeof data; n++) {
            size_t len;
            struct hash_ctx ctx;
            assert_int_equal(EVP_Q_digest(NULL, evp_names[id], NULL, data, n, expected, &len), 1);
            assert_int_equal(len, hash_len(id));
            hash_init(&ctx, id);
            hash_update(&ctx, (span){data, n / 3});
            hash_update(&ctx, (span){NULL, 0});
            hash_update(&ctx, (span){data + n / 3, n - n / 3});
            hash_final(&ctx, digest);
            assert_memory_equal(digest, expected, len);
        }
}

static void a_copy_is_a_snapshot(void **state)
{
    (void)state;
    for (enum hash_id id = HASH_SHA256; id <= HASH_SHA512; id++) {
        uint8_t a[HASH_MAX], b[HASH_MAX], ab[HASH_MAX];
        struct hash_ctx ctx, copy;
        hash_init(&ctx, id);
        hash_update(&ctx, span_str("one"));
        copy = ctx;
        hash_final(&ctx, a); /* leaves ctx as it was */
        hash_final(&ctx, b);
        assert_memory_equal(a, b, hash_len(id));
        hash_update(&ctx, span_str("two"));
        hash_final(&ctx, a);
        hash_once(id, span_str("onetwo"), ab);
        assert_memory_equal(a, ab, hash_len(id));
        hash_final(&copy, a);
        assert_memory_equal(a, b, hash_len(id));
    }
}

static void a_label_is_sha1(void **state)
{
    (void)state;
    /* RFC 3174 7.3 */
    static const uint8_t abc[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                  0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    uint8_t label[SHA1_LABEL];
    sha1_label(span_str("abc"), label);
    assert_memory_equal(label, abc, SHA1_LABEL);
}

static void lengths(void **state)
{
    (void)state;
    static const size_t len[] = {0, 32, 48, 64}, block[] = {0, 64, 128, 128};
    for (enum hash_id id = HASH_NONE; id <= HASH_SHA512; id++) {
        assert_int_equal(hash_len(id), len[id]);
        assert_int_equal(hash_block(id), block[id]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_of_every_length),
        cmocka_unit_test(a_copy_is_a_snapshot),
        cmocka_unit_test(a_label_is_sha1),
        cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
