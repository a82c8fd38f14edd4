/* ClientHello: RFC 9846 4.2.2. */
#include "codec.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The parts of a hello that may have more than one length. */
struct parts {
    size_t session_id, suites, compressions, extension;
    bool with_block;
};

static span hello(struct parts s)
{
    static uint8_t out[1 << 17], zeros[1 << 16];
    wr w = wr_of(out, sizeof out);
    wr_u16(&w, TLS12);
    wr_bytes(&w, zeros, 32);
    wr_vec(&w, 1, (span){zeros, s.session_id});
    wr_vec(&w, 2, (span){zeros, s.suites});
    wr_vec(&w, 1, (span){zeros, s.compressions});
    if (s.with_block) {
        size_t block = wr_open(&w, 2);
        wr_u16(&w, 0x1234);
        wr_vec(&w, 2, (span){zeros, s.extension});
        wr_close(&w, block, 2);
    }
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static bool reads(struct parts s)
{
    struct client_hello m;
    return client_hello_parse(&m, hello(s));
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    codec_check(MSG_CLIENT_HELLO, hello((struct parts){32, 6, 1, 20, true}));
    codec_check(MSG_CLIENT_HELLO, hello((struct parts){0, 2, 255, 0, true}));
    codec_check(MSG_CLIENT_HELLO, hello((struct parts){5, 2, 1, 0, false}));
}

/* Bug class 66: a session id of more than 32 bytes. */
static void lengths_outside_their_range_are_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < 256; n++)
        assert_int_equal(reads((struct parts){n, 2, 1, 0, true}), n <= 32);
    for (size_t n = 0; n < 10; n++)
        assert_int_equal(reads((struct parts){0, n, 1, 0, true}), n >= 2 && n % 2 == 0);
    assert_true(reads((struct parts){0, 65534, 1, 0, true}));
    for (size_t n = 0; n < 256; n++)
        assert_int_equal(reads((struct parts){0, 2, n, 0, true}), n >= 1);
    assert_true(reads((struct parts){0, 2, 1, 65531, true}));
}

static void fields_are_found_where_they_lie(void **state)
{
    (void)state;
    struct client_hello m;
    span body = hello((struct parts){3, 4, 2, 1, true});
    assert_true(client_hello_parse(&m, body));
    assert_int_equal(m.legacy_version, TLS12);
    assert_ptr_equal(m.random.p, body.p + 2);
    assert_int_equal(m.random.n, 32);
    assert_ptr_equal(m.session_id.p, body.p + 35);
    assert_int_equal(m.session_id.n, 3);
    assert_ptr_equal(m.suites.p, body.p + 40);
    assert_int_equal(m.suites.n, 4);
    assert_ptr_equal(m.compressions.p, body.p + 45);
    assert_int_equal(m.compressions.n, 2);
    assert_ptr_equal(m.extensions.p, body.p + 49);
    assert_int_equal(m.extensions.n, 5);
    assert_true(m.has_extensions);
}

/* A hello of TLS 1.2 may have no block, which is not the same as an empty one. */
static void a_hello_without_a_block_is_told_from_an_empty_block(void **state)
{
    (void)state;
    struct client_hello m;
    span body = hello((struct parts){0, 2, 1, 0, false});
    assert_true(client_hello_parse(&m, body));
    assert_false(m.has_extensions);
    uint8_t with[128] = {0};
    memcpy(with, body.p, body.n);
    assert_true(client_hello_parse(&m, (span){with, body.n + 2}));
    assert_true(m.has_extensions);
    assert_int_equal(m.extensions.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(lengths_outside_their_range_are_refused),
        cmocka_unit_test(fields_are_found_where_they_lie),
        cmocka_unit_test(a_hello_without_a_block_is_told_from_an_empty_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
