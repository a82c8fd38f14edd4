/* Certificate: RFC 9846 4.5.1. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static span message(size_t context, const size_t *ders, size_t n)
{
    static uint8_t out[1 << 17], bytes[1 << 16];
    static const uint8_t extension[] = {0, 5, 0, 1, 9};
    wr w = wr_of(out, sizeof out);
    size_t list = certificate_open(&w, (span){bytes, context});
    for (size_t i = 0; i < n; i++) {
        certificate_entry_write(&w, (span){bytes, ders[i]});
        wr_vec(&w, 2, (span){extension, i % 2 ? sizeof extension : 0});
    }
    certificate_close(&w, list);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const size_t ders[] = {100, 1, 17};
    codec_check(MSG_CERTIFICATE, message(0, NULL, 0));
    codec_check(MSG_CERTIFICATE, message(0, ders, 1));
    codec_check(MSG_CERTIFICATE, message(5, ders, 3));
}

/* Bug class 81: an entry of no bytes, and large ones. */
static void entries_are_walked(void **state)
{
    (void)state;
    static const size_t ders[] = {1, 65536, 0};
    struct certificate m;
    struct certificate_entry entry;
    assert_true(certificate_parse(&m, message(255, ders, 3)));
    assert_int_equal(m.context.n, 255);
    rd in = rd_of(m.entries);
    assert_true(certificate_next(&entry, &in));
    assert_int_equal(entry.der.n, 1);
    assert_int_equal(entry.extensions.n, 0);
    assert_true(certificate_next(&entry, &in));
    assert_int_equal(entry.der.n, 65536);
    assert_int_equal(entry.extensions.n, 5);
    assert_false(certificate_next(&entry, &in));
    assert_false(rd_end(&in));
}

static void a_list_may_be_empty(void **state)
{
    (void)state;
    struct certificate m;
    assert_true(certificate_parse(&m, message(0, NULL, 0)));
    assert_int_equal(m.context.n, 0);
    assert_int_equal(m.entries.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(entries_are_walked),
        cmocka_unit_test(a_list_may_be_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
