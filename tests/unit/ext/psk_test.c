/* What a peer that does not resume reads of resumption: RFC 9846 4.3.9, 4.3.10, 4.3.11. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PSK = 41, EARLY_DATA = 42, MODES = 45 };

/* offered writes a pre_shared_key of so many identities and binders of these lengths. */
static span offered(size_t identities, size_t identity_n, size_t binders, size_t binder_n)
{
    static uint8_t out[65535], zeros[65535];
    wr w = wr_of(out, sizeof out);
    size_t list = wr_open(&w, 2);
    for (size_t i = 0; i < identities; i++) {
        wr_vec(&w, 2, (span){zeros, identity_n});
        wr_u32(&w, 0);
    }
    wr_close(&w, list, 2);
    list = wr_open(&w, 2);
    for (size_t i = 0; i < binders; i++)
        wr_vec(&w, 1, (span){zeros, binder_n});
    wr_close(&w, list, 2);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

/* Bug class 24: as many binders as identities. */
static void binders_match_identities(void **state)
{
    (void)state;
    for (size_t i = 1; i < 6; i++) {
        for (size_t b = 1; b < 6; b++) {
            struct scanned s = scan_one(PSK, offered(i, 3, b, 32), IN_CH);
            if (i == b) {
                assert_read(s);
                assert_int_equal(s.offers.psk.n, 4 + i * 9 + b * 33);
            } else {
                assert_refused(s, R_PSK_BINDER_COUNT);
                assert_int_equal(s.err.detail, b);
            }
        }
    }
}

/* Bug classes 23, 24 */
static void identities_and_binders_have_their_lengths(void **state)
{
    (void)state;
    for (size_t n = 0; n < 256; n++) {
        struct scanned s = scan_one(PSK, offered(1, 1, 1, n), IN_CH);
        if (n >= 32)
            assert_read(s);
        else
            assert_refused(s, R_EXT_MALFORMED);
    }
    assert_read(scan_one(PSK, offered(1, 65000, 1, 32), IN_CH));
    assert_refused(scan_one(PSK, offered(1, 0, 1, 32), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(PSK, offered(2, 0, 2, 32), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(PSK, offered(0, 0, 1, 32), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(PSK, offered(1, 1, 0, 0), IN_CH), R_EXT_MALFORMED);
}

/* Bug class 83: a hello full of identities. */
static void many_identities_are_counted(void **state)
{
    (void)state;
    assert_read(scan_one(PSK, offered(1600, 1, 1600, 32), IN_CH));
    assert_refused(scan_one(PSK, offered(1600, 1, 1599, 32), IN_CH), R_PSK_BINDER_COUNT);
}

/* Bug classes 6, 25: this client offers no key of before, so none can be selected. */
static void a_selected_identity_was_not_offered(void **state)
{
    (void)state;
    uint8_t block[16];
    wr w = wr_of(block, sizeof block);
    put_ext(&w, PSK, BYTES("\0\0"));
    assert_refused(scan(wr_span(&w), IN_SH, ALL_ASKED & ~EXT_BIT(EXT_PRE_SHARED_KEY)),
                   R_EXT_NOT_ASKED_FOR);
    assert_refused(scan_one(PSK, BYTES("\0"), IN_SH), R_EXT_MALFORMED);
}

static void there_is_a_mode_at_least(void **state)
{
    (void)state;
    assert_read(scan_one(MODES, BYTES("\x03\x01\x00\x0b"), IN_CH));
    assert_refused(scan_one(MODES, BYTES("\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(MODES, BYTES("\x02\x01"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(MODES, BYTES("\x01\x01\x01"), IN_CH), R_EXT_MALFORMED);
}

/* Empty where it asks and answers, a number of bytes in a ticket. */
static void early_data_has_a_size_in_a_ticket_only(void **state)
{
    (void)state;
    static const uint8_t zeros[8];
    for (size_t n = 0; n <= sizeof zeros; n++) {
        assert_int_equal(scan_one(EARLY_DATA, (span){zeros, n}, IN_CH).ok, n == 0);
        assert_int_equal(scan_one(EARLY_DATA, (span){zeros, n}, IN_EE).ok, n == 0);
        assert_int_equal(scan_one(EARLY_DATA, (span){zeros, n}, IN_NST).ok, n == 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binders_match_identities),
        cmocka_unit_test(identities_and_binders_have_their_lengths),
        cmocka_unit_test(many_identities_are_counted),
        cmocka_unit_test(a_selected_identity_was_not_offered),
        cmocka_unit_test(there_is_a_mode_at_least),
        cmocka_unit_test(early_data_has_a_size_in_a_ticket_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
