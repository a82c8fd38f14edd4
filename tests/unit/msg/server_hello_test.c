/* ServerHello and HelloRetryRequest: RFC 9846 4.2.3, 4.2.4. */
#include "codec.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static span hello(const uint8_t random[32], size_t session_id, bool with_block)
{
    static uint8_t out[512], zeros[256];
    wr w = wr_of(out, sizeof out);
    wr_u16(&w, TLS12);
    wr_bytes(&w, random, 32);
    wr_vec(&w, 1, (span){zeros, session_id});
    wr_u16(&w, 0x1301);
    wr_u8(&w, 7);
    if (with_block) {
        size_t block = wr_open(&w, 2);
        wr_u16(&w, 43);
        wr_vec(&w, 2, (span){zeros, 2});
        wr_close(&w, block, 2);
    }
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static const uint8_t some_random[32] = {1, 2, 3};

static void every_cut_is_refused(void **state)
{
    (void)state;
    codec_check(MSG_SERVER_HELLO, hello(some_random, 32, true));
    codec_check(MSG_SERVER_HELLO, hello(hello_retry_random, 0, true));
    codec_check(MSG_SERVER_HELLO, hello(some_random, 1, false));
}

/* Bug class 66 */
static void a_session_id_has_at_most_32_bytes(void **state)
{
    (void)state;
    struct server_hello m;
    for (size_t n = 0; n < 256; n++)
        assert_int_equal(server_hello_parse(&m, hello(some_random, n, true)), n <= 32);
}

static void fields_are_found(void **state)
{
    (void)state;
    struct server_hello m;
    assert_true(server_hello_parse(&m, hello(some_random, 9, true)));
    assert_int_equal(m.legacy_version, TLS12);
    assert_memory_equal(m.random.p, some_random, 32);
    assert_int_equal(m.session_id.n, 9);
    assert_int_equal(m.suite, 0x1301);
    assert_int_equal(m.compression, 7);
    assert_int_equal(m.extensions.n, 6);
}

/* It is the digest of the words, and each bit of it counts. */
static void one_random_means_retry(void **state)
{
    (void)state;
    uint8_t random[32];
    struct server_hello m;
    hash_once(HASH_SHA256, span_str("HelloRetryRequest"), random);
    assert_memory_equal(random, hello_retry_random, 32);
    assert_true(server_hello_parse(&m, hello(random, 0, true)));
    assert_true(server_hello_is_retry(&m));
    for (size_t bit = 0; bit < 256; bit++) {
        random[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(server_hello_parse(&m, hello(random, 0, true)));
        assert_false(server_hello_is_retry(&m));
        random[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(a_session_id_has_at_most_32_bytes),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(one_random_means_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
