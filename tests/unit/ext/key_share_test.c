/* supported_groups and key_share: RFC 9846 4.3.7, 4.3.8. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GROUPS = 10, KEY_SHARE = 51 };

static void a_list_of_groups_has_whole_values(void **state)
{
    (void)state;
    struct scanned s = scan_one(GROUPS, BYTES("\0\x06\0\x1d\0\x17\x1a\x1a"), IN_CH);
    assert_read(s);
    assert_int_equal(s.offers.groups.n, 6);
    assert_refused(scan_one(GROUPS, BYTES("\0\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(GROUPS, BYTES("\0\x01\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(GROUPS, BYTES("\0\x03\0\x1d\0"), IN_CH), R_EXT_MALFORMED);
}

/* RFC 9846 4.3.7: what a server tells of its groups decides nothing, but is read all the same. */
static void a_server_may_tell_its_groups(void **state)
{
    (void)state;
    struct scanned s = scan_one(GROUPS, BYTES("\0\x02\0\x17"), IN_EE);
    assert_read(s);
    assert_int_equal(s.answers.group, 0);
    assert_refused(scan_one(GROUPS, BYTES("\0\x03\0\x17\0"), IN_EE), R_EXT_MALFORMED);
}

static void shares_are_walked(void **state)
{
    (void)state;
    struct scanned s = scan_one(KEY_SHARE,
                                BYTES("\0\x0b\0\x1d\0\x02"
                                      "ab\0\x17\0\x01"
                                      "c"),
                                IN_CH);
    uint16_t group;
    span share;
    assert_read(s);
    rd in = rd_of(s.offers.shares);
    assert_true(share_next(&in, &group, &share));
    assert_int_equal(group, 0x001d);
    assert_memory_equal(share.p, "ab", share.n);
    assert_true(share_next(&in, &group, &share));
    assert_int_equal(group, 0x0017);
    assert_memory_equal(share.p, "c", share.n);
    assert_false(share_next(&in, &group, &share));
    assert_true(rd_end(&in));
}

static void a_share_has_a_byte_at_least(void **state)
{
    (void)state;
    assert_refused(scan_one(KEY_SHARE, BYTES("\0\x04\0\x1d\0\0"), IN_CH), R_EXT_MALFORMED);
    assert_refused(scan_one(KEY_SHARE, BYTES("\0\x1d\0\0"), IN_SH), R_EXT_MALFORMED);
    assert_read(scan_one(KEY_SHARE, BYTES("\0\x05\0\x1d\0\x01x"), IN_CH));
    assert_refused(scan_one(KEY_SHARE, BYTES("\0\x06\0\x1d\0\x01x\0"), IN_CH), R_EXT_MALFORMED);
}

/* RFC 9846 4.3.8: no share at all asks the server to choose the group. */
static void there_may_be_no_share(void **state)
{
    (void)state;
    struct scanned s = scan_one(KEY_SHARE, BYTES("\0\0"), IN_CH);
    assert_read(s);
    assert_int_equal(s.offers.shares.n, 0);
    s.offers.groups = BYTES("\0\x1d");
    assert_true(offers_shares_ok(&s.offers));
}

static void a_server_answers_with_one_share_or_asks_for_a_group(void **state)
{
    (void)state;
    struct scanned s = scan_one(KEY_SHARE,
                                BYTES("\0\x17\0\x03"
                                      "abc"),
                                IN_SH);
    assert_read(s);
    assert_int_equal(s.answers.group, 0x0017);
    assert_int_equal(s.answers.share.n, 3);
    s = scan_one(KEY_SHARE, BYTES("\0\x18"), IN_HRR);
    assert_read(s);
    assert_int_equal(s.answers.group, 0x0018);
    assert_int_equal(s.answers.share.n, 0);
    assert_refused(scan_one(KEY_SHARE,
                            BYTES("\0\x17\0\x03"
                                  "abc"),
                            IN_HRR),
                   R_EXT_MALFORMED);
    assert_refused(scan_one(KEY_SHARE, BYTES("\0\x17"), IN_SH), R_EXT_MALFORMED);
}

static bool ok(span groups, span shares)
{
    const struct offers o = {.groups = groups, .shares = shares};
    return offers_shares_ok(&o);
}

/* Bug class 43: each of a group that is listed, in the order of the list, none twice. */
static void shares_follow_the_groups(void **state)
{
    (void)state;
    span groups = BYTES("\0\x01\0\x02\0\x03");
    assert_true(ok(groups, BYTES("\0\x01\0\x01x\0\x02\0\x01x\0\x03\0\x01x")));
    assert_true(ok(groups, BYTES("\0\x01\0\x01x\0\x03\0\x01x")));
    assert_true(ok(groups, BYTES("\0\x03\0\x01x")));
    assert_false(ok(groups, BYTES("\0\x02\0\x01x\0\x01\0\x01x")));
    assert_false(ok(groups, BYTES("\0\x01\0\x01x\0\x01\0\x01x")));
    assert_false(ok(groups, BYTES("\0\x01\0\x01x\0\x02\0\x01x\0\x02\0\x01y")));
    assert_false(ok(groups, BYTES("\0\x04\0\x01x")));
    assert_false(ok(BYTES(""), BYTES("\0\x01\0\x01x")));
}

/* The first hello has a share of grease as well; the second only what was asked for. */
static void grease_has_a_share_in_the_first_hello(void **state)
{
    (void)state;
    for (unsigned retry = 0; retry < 2; retry++) {
        uint8_t out[128];
        struct offers o = {
            .tls13 = true,
            .groups = BYTES("\0\x1d"),
            .versions = BYTES("\x03\x04"),
            .shares = BYTES("\0\x1d\0\x01k"),
            .retry = retry,
            .grease = {.on = true, .group = 0x2a2a, .first = 0x4a4a, .last = 0x5a5a},
        };
        wr w = wr_of(out, sizeof out);
        ext_write(&w, IN_CH, true, &o, NULL);
        assert_true(wr_ok(&w));
        struct scanned s = scan((span){out + 2, w.n - 2}, IN_CH, 0);
        assert_read(s);
        rd in = rd_of(s.offers.shares);
        uint16_t group;
        span share;
        assert_true(share_next(&in, &group, &share));
        assert_int_equal(group, retry ? 0x001d : 0x2a2a);
        assert_int_equal(rd_end(&in), retry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_groups_has_whole_values),
        cmocka_unit_test(a_server_may_tell_its_groups),
        cmocka_unit_test(shares_are_walked),
        cmocka_unit_test(a_share_has_a_byte_at_least),
        cmocka_unit_test(there_may_be_no_share),
        cmocka_unit_test(a_server_answers_with_one_share_or_asks_for_a_group),
        cmocka_unit_test(shares_follow_the_groups),
        cmocka_unit_test(grease_has_a_share_in_the_first_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
