/* Reader and writer: bounds, sticky failure, lengths that do not fit. */
#include "wire/rd.h"
#include "wire/wr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void vectors_round_trip(void **state)
{
    (void)state;
    uint8_t b[16];
    wr w = wr_of(b, sizeof b);
    size_t at = wr_open(&w, 2);
    wr_u8(&w, 7);
    wr_u24(&w, 0x010203);
    wr_close(&w, at, 2);
    assert_true(wr_ok(&w));
    assert_int_equal(w.n, 6);

    rd in = rd_of(wr_span(&w));
    span body = {0};
    assert_true(rd_vec16(&in, 4, 4, &body) && rd_end(&in));
    rd inner = rd_of(body);
    uint8_t one = 0;
    uint32_t three = 0;
    assert_true(rd_u8(&inner, &one) && rd_u24(&inner, &three) && rd_end(&inner));
    assert_int_equal(one, 7);
    assert_int_equal(three, 0x010203);
}

static void reader_refuses_every_truncation(void **state)
{
    (void)state;
    const uint8_t b[] = {0, 3, 'a', 'b', 'c'};
    for (size_t n = 0; n < sizeof b; n++) {
        rd in = rd_of((span){b, n});
        span s = {0};
        assert_false(rd_vec16(&in, 0, 9, &s));
        assert_int_equal(in.n, n);
        assert_null(s.p);
    }
    rd in = rd_of((span){b, sizeof b});
    span s;
    assert_false(rd_vec16(&in, 4, 9, &s));
    assert_false(rd_vec16(&in, 0, 2, &s));
    assert_true(rd_vec16(&in, 3, 3, &s));
}

static void writer_failure_is_sticky(void **state)
{
    (void)state;
    uint8_t b[4] = {0};
    wr w = wr_of(b, sizeof b);
    wr_u32(&w, 0xffffffff);
    wr_u8(&w, 1);
    assert_false(wr_ok(&w));
    assert_int_equal(w.n, 4);
    wr_bytes(&w, NULL, 0);
    assert_false(wr_ok(&w));
}

static void a_length_that_does_not_fit_is_a_failure(void **state)
{
    (void)state;
    uint8_t b[300];
    wr w = wr_of(b, sizeof b);
    size_t at = wr_open(&w, 1);
    assert_non_null(wr_room(&w, 256));
    wr_close(&w, at, 1);
    assert_false(wr_ok(&w));
    w = wr_of(b, sizeof b);
    wr_u8(&w, 1);
    wr_uint(&w, 1, 256);
    assert_false(wr_ok(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_round_trip),
        cmocka_unit_test(reader_refuses_every_truncation),
        cmocka_unit_test(writer_failure_is_sticky),
        cmocka_unit_test(a_length_that_does_not_fit_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
