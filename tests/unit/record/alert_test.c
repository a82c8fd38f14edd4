/* Alerts in and out: RFC 9846 6. */
#include "base/alerts.h"
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hooks hooks;

static void two_alerts_are_warnings(void **state)
{
    (void)state;
    for (unsigned alert = 0; alert < 256; alert++) {
        struct err err = {0};
        struct rec_out out = {.hooks = &hooks, .plain_max = REC_PLAIN_MAX, .clear_version = TLS12};
        bool warning = alert == ALERT_close_notify || alert == ALERT_user_canceled;
        assert_true(alert_send(&out, (uint8_t)alert, &err));
        const uint8_t record[] = {CT_ALERT, 3, 3, 0, 2, warning ? 1 : 2, (uint8_t)alert};
        assert_int_equal(out.queued, sizeof record);
        assert_memory_equal(out.head->bytes, record, sizeof record);
        out_wipe(&out);
    }
}

/* What was said before an alert goes before it. */
static void an_alert_follows_the_flight(void **state)
{
    (void)state;
    struct err err = {0};
    struct rec_out out = {.hooks = &hooks, .plain_max = REC_PLAIN_MAX, .clear_version = TLS12};
    uint8_t *at = out_flight_room(&out, 1, &err);
    assert_non_null(at);
    *at = 'x';
    out.flight_n = 1;
    assert_true(alert_send(&out, ALERT_close_notify, &err));
    assert_int_equal(out.queued, 6 + 7);
    assert_memory_equal(out.head->bytes, "\x16\x03\x03\x00\x01x\x15\x03\x03\x00\x02\x01\x00", 13);
    out_wipe(&out);
}

/* Bug classes 55, 56: the level says nothing; an alert that is not known ends the connection. */
static void all_but_two_alerts_are_the_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256 * 256; i++) {
        uint8_t body[] = {(uint8_t)(i >> 8), (uint8_t)i}, alert = 1;
        const struct rec rec = {.type = CT_ALERT, .p = body, .n = 2};
        enum alert_kind kind = alert_read(&rec, false, &alert);
        assert_int_equal(alert, body[1]);
        assert_int_equal(kind, alert == ALERT_close_notify    ? ALERT_IN_CLOSE
                               : alert == ALERT_user_canceled ? ALERT_IN_IGNORE
                                                              : ALERT_IN_FATAL);
    }
}

/* RFC 9846 5.1: one alert fills one record. */
static void an_alert_is_two_bytes(void **state)
{
    (void)state;
    uint8_t body[8] = {0}, alert = 77;
    for (size_t n = 0; n <= sizeof body; n++) {
        const struct rec rec = {.type = CT_ALERT, .p = body, .n = n};
        if (n != 2)
            assert_int_equal(alert_read(&rec, false, &alert), ALERT_IN_MALFORMED);
    }
    assert_int_equal(alert, 77);
}

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_alerts_are_warnings),
        cmocka_unit_test(an_alert_follows_the_flight),
        cmocka_unit_test(all_but_two_alerts_are_the_end),
        cmocka_unit_test(an_alert_is_two_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
