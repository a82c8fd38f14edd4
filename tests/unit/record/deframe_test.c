/* Where a record ends and whether it may stand where it does: lengths, first bytes, the
 * change_cipher_spec rule, records in the clear, skipped early data. */
#include "lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;
static struct crypto *crypto;

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static struct lane in_the_clear(void)
{
    struct lane l;
    lane_begin(&l, crypto, NULL);
    return l;
}

static struct lane keyed(void)
{
    struct lane l;
    lane_begin(&l, crypto, &suites[0]);
    return l;
}

/* put_length leaves a header alone on the wire. */
static void put_length(struct lane *l, uint8_t type, size_t n)
{
    lane_raw(l, type, (span){0});
    l->wire[3] = (uint8_t)(n >> 8);
    l->wire[4] = (uint8_t)n;
}

static void a_header_in_pieces_is_waited_for(void **state)
{
    (void)state;
    struct lane l = in_the_clear();
    l.in.begun = false;
    put_length(&l, CT_HANDSHAKE, 100);
    for (l.n = 0; l.n < REC_HEADER; l.n++) {
        assert_int_equal(lane_next(&l), REC_MORE);
        assert_int_equal(l.need, REC_HEADER);
    }
    assert_int_equal(lane_next(&l), REC_MORE);
    assert_int_equal(l.need, REC_HEADER + 100);
    assert_false(l.in.begun);
    l.n = REC_HEADER + 99;
    assert_int_equal(lane_next(&l), REC_MORE);
    l.n = REC_HEADER + 100 + 7; /* the next record has begun to arrive */
    assert_int_equal(lane_next(&l), REC_OPENED);
    assert_int_equal(l.used, REC_HEADER + 100);
    assert_int_equal(l.rec.n, 100);
    assert_true(l.in.begun);
    lane_end(&l);
}

/* Bug class 73: refused before a byte of the body is waited for. RFC 9846 5.1, 5.2 */
static void a_length_over_the_limit_is_refused_by_the_header(void **state)
{
    (void)state;
    struct lane l = in_the_clear(), k = keyed();
    put_length(&l, CT_HANDSHAKE, REC_PLAIN_MAX);
    assert_int_equal(lane_next(&l), REC_MORE);
    put_length(&l, CT_HANDSHAKE, REC_PLAIN_MAX + 1);
    assert_refused(&l, R_RECORD_OVERFLOW);
    put_length(&l, CT_ALERT, 65535);
    assert_refused(&l, R_RECORD_OVERFLOW);
    assert_int_equal(l.err.detail, 65535);

    put_length(&k, CT_APPLICATION_DATA, REC_CIPHER_MAX);
    assert_int_equal(lane_next(&k), REC_MORE);
    assert_int_equal(k.need, REC_HEADER + REC_CIPHER_MAX);
    put_length(&k, CT_APPLICATION_DATA, REC_CIPHER_MAX + 1);
    assert_refused(&k, R_RECORD_OVERFLOW);
    put_length(&k, CT_APPLICATION_DATA, 65535);
    assert_refused(&k, R_RECORD_OVERFLOW);
    put_length(&k, CT_CHANGE_CIPHER_SPEC, REC_PLAIN_MAX + 1);
    assert_refused(&k, R_RECORD_OVERFLOW);
    lane_end(&l);
    lane_end(&k);
}

/* Bug class 60: whoever speaks something else is told so by as few bytes as show it. */
static void what_is_no_tls_is_known_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        span bytes;
        size_t enough;
    } others[] = {
        {"HTTP", {(const uint8_t *)"GET / HTTP/1.1\r\n", 16}, 1},
        {"SSH", {(const uint8_t *)"SSH-2.0-x\r\n", 11}, 1},
        {"SSL 2", {(const uint8_t *)"\x80\x2e\x01\x03\x01\x00\x15", 7}, 1},
        {"zeros", {(const uint8_t *)"\0\0\0\0\0\0\0", 7}, 1},
        {"a type and no version", {(const uint8_t *)"\x16\x13\x01\x00\x05", 5}, 2},
        {"SMTP", {(const uint8_t *)"220 mail ESMTP\r\n", 16}, 1},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct lane l = in_the_clear();
        l.in.begun = false;
        memcpy(l.wire, others[i].bytes.p, others[i].bytes.n);
        for (l.n = 1; l.n <= others[i].bytes.n; l.n++) {
            if (l.n < others[i].enough) {
                assert_int_equal(lane_next(&l), REC_MORE);
                continue;
            }
            assert_refused(&l, R_NOT_TLS);
            for (size_t j = 0; j < 4; j++)
                assert_int_equal(l.err.detail >> (8 * (3 - j)) & 0xff,
                                 j < l.n ? others[i].bytes.p[j] : 0);
        }
        lane_end(&l);
    }
    assert_int_equal(reason_row(R_NOT_TLS)->alert, TACIT_NO_ALERT);
}

/* Bug class 72: a heartbeat is a record of type 24. */
static void types_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    struct lane l = in_the_clear(), k = keyed();
    for (unsigned type = 0; type < 256; type++) {
        if (type >= CT_CHANGE_CIPHER_SPEC && type <= CT_APPLICATION_DATA)
            continue;
        lane_raw(&l, (uint8_t)type, span_str("x"));
        assert_refused(&l, R_RECORD_TYPE);
        lane_raw(&k, (uint8_t)type, span_str("x"));
        assert_refused(&k, R_RECORD_TYPE);
    }
    lane_end(&l);
    lane_end(&k);
}

/* RFC 9846 5.1: legacy_record_version is ignored. */
static void the_version_of_a_record_is_ignored(void **state)
{
    (void)state;
    struct lane l = in_the_clear();
    for (unsigned minor = 0; minor < 256; minor++) {
        l.in.begun = false;
        lane_raw(&l, CT_HANDSHAKE, span_str("x"));
        l.wire[2] = (uint8_t)minor;
        assert_int_equal(lane_next(&l), REC_OPENED);
    }
    l.wire[1] = 7; /* later, even of this */
    assert_int_equal(lane_next(&l), REC_OPENED);
    lane_end(&l);
}

/* RFC 5246 6.2.1: of what TLS 1.2 seals it is not; what came before, it is. */
static void the_version_of_a_sealed_record_is_that_of_tls12(void **state)
{
    (void)state;
    struct lane l = in_the_clear(), k = keyed();
    l.in.tls12 = k.in.tls12 = true;
    lane_raw(&l, CT_HANDSHAKE, span_str("x"));
    l.wire[2] = 4;
    assert_int_equal(lane_next(&l), REC_OPENED);
    for (unsigned minor = 0; minor < 256; minor++) {
        put_length(&k, CT_HANDSHAKE, 100);
        k.wire[2] = (uint8_t)minor;
        if (minor == 3)
            assert_int_equal(lane_next(&k), REC_MORE);
        else
            assert_refused(&k, R_RECORD_VERSION);
    }
    lane_end(&l);
    lane_end(&k);
}

/* ---- change_cipher_spec: bug class 54, RFC 9846 5 -------------------------------------------- */

static void a_change_cipher_spec_is_dropped_between_the_hellos_and_finished(void **state)
{
    (void)state;
    static const uint8_t one[] = {1};
    struct lane l = in_the_clear(), k = keyed();
    lane_raw(&l, CT_CHANGE_CIPHER_SPEC, (span){one, 1});
    assert_refused(&l, R_CHANGE_CIPHER_SPEC);
    l.in.ccs_allowed = k.in.ccs_allowed = true;
    for (size_t i = 0; i < CCS_MAX; i++) {
        assert_int_equal(lane_next(&l), REC_DROPPED);
        assert_int_equal(l.used, l.n);
    }
    assert_refused(&l, R_CHANGE_CIPHER_SPEC_FLOOD);
    lane_raw(&k, CT_CHANGE_CIPHER_SPEC, (span){one, 1});
    assert_int_equal(lane_next(&k), REC_DROPPED);
    k.in.ccs_allowed = false; /* after the peer's Finished */
    assert_refused(&k, R_CHANGE_CIPHER_SPEC);
    lane_end(&l);
    lane_end(&k);
}

static void a_change_cipher_spec_holds_a_one(void **state)
{
    (void)state;
    static const uint8_t ones[] = {1, 1};
    struct lane l = in_the_clear();
    l.in.ccs_allowed = true;
    for (unsigned value = 0; value < 256; value++) {
        const uint8_t body = (uint8_t)value;
        lane_raw(&l, CT_CHANGE_CIPHER_SPEC, (span){&body, 1});
        if (value == 1)
            assert_int_equal(lane_next(&l), REC_DROPPED);
        else
            assert_refused(&l, R_CHANGE_CIPHER_SPEC);
    }
    lane_raw(&l, CT_CHANGE_CIPHER_SPEC, (span){0});
    assert_refused(&l, R_CHANGE_CIPHER_SPEC);
    lane_raw(&l, CT_CHANGE_CIPHER_SPEC, (span){ones, 2});
    assert_refused(&l, R_CHANGE_CIPHER_SPEC);
    assert_int_equal(l.in.ccs_seen, 1);
    lane_end(&l);
}

/* ---- in the clear ---------------------------------------------------------------------------- */

static void empty_records_in_the_clear_are_refused(void **state)
{
    (void)state;
    struct lane l = in_the_clear();
    lane_raw(&l, CT_HANDSHAKE, (span){0}); /* bug class 48 */
    assert_refused(&l, R_EMPTY_RECORD);
    lane_raw(&l, CT_ALERT, (span){0});
    assert_refused(&l, R_EMPTY_RECORD);
    lane_end(&l);
}

/* Bug classes 49, 50 */
static void data_in_the_clear_is_refused(void **state)
{
    (void)state;
    struct lane l = in_the_clear();
    lane_raw(&l, CT_APPLICATION_DATA, span_str("secret?"));
    assert_refused(&l, R_DATA_IN_THE_CLEAR);
    lane_raw(&l, CT_APPLICATION_DATA, (span){0});
    assert_refused(&l, R_DATA_IN_THE_CLEAR);
    lane_end(&l);
}

/* Bug class 49: a peer that could not read our first protected records may say so, until it has
 * shown that it has the keys. */
static void after_keys_only_the_first_alert_may_be_clear(void **state)
{
    (void)state;
    static const uint8_t alert[] = {2, 40};
    struct lane k = keyed();
    lane_raw(&k, CT_HANDSHAKE, span_str("x"));
    assert_refused(&k, R_CLEAR_AFTER_KEYS);
    lane_raw(&k, CT_ALERT, (span){alert, 2});
    assert_int_equal(lane_next(&k), REC_OPENED);
    assert_false(k.rec.was_protected);
    lane_content(&k, 1, CT_HANDSHAKE, 0);
    assert_int_equal(lane_next(&k), REC_OPENED);
    lane_raw(&k, CT_ALERT, (span){alert, 2});
    assert_refused(&k, R_CLEAR_AFTER_KEYS);
    lane_end(&k);
}

/* ---- early data that was rejected (RFC 9846 4.3.10) ------------------------------------------ */

static void after_a_retry_early_data_is_dropped_unread(void **state)
{
    (void)state;
    uint8_t body[100] = {0};
    struct lane l = in_the_clear();
    l.in.skip = 250;
    lane_raw(&l, CT_APPLICATION_DATA, (span){body, sizeof body});
    assert_int_equal(lane_next(&l), REC_DROPPED);
    assert_int_equal(lane_next(&l), REC_DROPPED);
    assert_int_equal(l.in.skip, 50);
    assert_refused(&l, R_EARLY_DATA_TOO_MUCH);
    lane_raw(&l, CT_HANDSHAKE, span_str("the second hello"));
    assert_int_equal(lane_next(&l), REC_OPENED);
    lane_end(&l);
}

static void with_keys_early_data_is_what_does_not_open(void **state)
{
    (void)state;
    uint8_t body[100] = {0};
    struct lane k = keyed();
    k.in.skip = 250;
    lane_raw(&k, CT_APPLICATION_DATA, (span){body, sizeof body});
    assert_int_equal(lane_next(&k), REC_DROPPED);
    assert_int_equal(lane_next(&k), REC_DROPPED);
    lane_raw(&k, CT_APPLICATION_DATA, (span){body, sizeof body});
    assert_refused(&k, R_EARLY_DATA_TOO_MUCH);
    /* What was skipped has used no sequence number. */
    lane_content(&k, 5, CT_HANDSHAKE, 0);
    assert_int_equal(lane_next(&k), REC_OPENED);
    /* And from the first record that opens, none is skipped any more. */
    assert_int_equal(k.in.skip, 0);
    lane_raw(&k, CT_APPLICATION_DATA, (span){body, sizeof body});
    assert_refused(&k, R_BAD_RECORD_MAC);
    lane_end(&k);
}

/* A record that opens is no early data, whatever is wrong with it. */
static void skipping_hides_no_other_fault(void **state)
{
    (void)state;
    struct lane k = keyed();
    k.in.skip = 1000;
    lane_seal(&k, (span){(const uint8_t[8]){0}, 8});
    assert_refused(&k, R_NO_CONTENT_TYPE);
    lane_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_in_pieces_is_waited_for),
        cmocka_unit_test(a_length_over_the_limit_is_refused_by_the_header),
        cmocka_unit_test(what_is_no_tls_is_known_by_its_first_bytes),
        cmocka_unit_test(types_that_do_not_exist_are_refused),
        cmocka_unit_test(the_version_of_a_record_is_ignored),
        cmocka_unit_test(the_version_of_a_sealed_record_is_that_of_tls12),
        cmocka_unit_test(a_change_cipher_spec_is_dropped_between_the_hellos_and_finished),
        cmocka_unit_test(a_change_cipher_spec_holds_a_one),
        cmocka_unit_test(empty_records_in_the_clear_are_refused),
        cmocka_unit_test(data_in_the_clear_is_refused),
        cmocka_unit_test(after_keys_only_the_first_alert_may_be_clear),
        cmocka_unit_test(after_a_retry_early_data_is_dropped_unread),
        cmocka_unit_test(with_keys_early_data_is_what_does_not_open),
        cmocka_unit_test(skipping_hides_no_other_fault),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
