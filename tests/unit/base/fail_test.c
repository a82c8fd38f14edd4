/* Recording a failure, and the tables of reasons and classes. */
#include "base/fail.h"

#include "base/alerts.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_first_failure_wins(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(fail_at(&err, R_COMPRESSION, 7, "a.c", 11));
    assert_false(fail_depth_at(&err, R_CERT_EXPIRED, 8, 2, "b.c", 12));
    assert_int_equal(err.reason, R_COMPRESSION);
    assert_int_equal(err.detail, 7);
    assert_int_equal(err.depth, -1);
    assert_string_equal(err.file, "a.c");
    assert_int_equal(err.line, 11);
    assert_false(fail_at(NULL, R_COMPRESSION, 7, "a.c", 11));
}

static void a_failure_of_a_certificate_has_a_depth(void **state)
{
    (void)state;
    struct err err = {0};
    tacit_error error;
    fail_depth_at(&err, R_CERT_EXPIRED, 0, 2, "a.c", 1);
    assert_false(err_export(&err, &error));
    assert_int_equal(error.depth, 2);
    assert_string_equal(error.code, "cert.expired");
    assert_string_equal(error.name, "CERT_EXPIRED");
    assert_int_equal(error.alert, ALERT_certificate_expired);
}

static void what_is_exported_hangs_off_the_reason(void **state)
{
    (void)state;
    struct err err = {.state = "WAIT_SH"};
    tacit_error error;
    fail_at(&err, R_SUITE_NOT_OFFERED, 0x1305, "a.c", 9);
    err.alert = 200; /* only of a PEER_ALERT does this count */
    assert_false(err_export(&err, &error));
    assert_int_equal(error.reason, R_SUITE_NOT_OFFERED);
    assert_int_equal(error.origin, TACIT_ORIGIN_PEER_MISBEHAVED);
    assert_int_equal(error.alert, ALERT_illegal_parameter);
    assert_int_equal(error.detail, 0x1305);
    assert_int_equal(error.depth, -1);
    assert_string_equal(error.code, "tls.protocol");
    assert_string_equal(error.rule, "RFC 9846 4.2.3");
    assert_string_equal(error.state, "WAIT_SH");
    assert_string_equal(error.file, "a.c");
    assert_int_equal(error.line, 9);
    assert_false(err_export(&err, NULL));
}

static void an_alert_that_was_received_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    tacit_error error;
    fail_at(&err, R_PEER_ALERT, ALERT_unknown_ca, "a.c", 9);
    err.alert = ALERT_unknown_ca;
    err_export(&err, &error);
    assert_int_equal(error.origin, TACIT_ORIGIN_PEER_ALERT);
    assert_int_equal(error.alert, ALERT_unknown_ca);
}

static void no_failure_is_all_zero(void **state)
{
    (void)state;
    const struct err none = {0};
    tacit_error error;
    err_export(&none, &error);
    assert_int_equal(error.reason, R_NONE);
    assert_int_equal(error.origin, TACIT_ORIGIN_NONE);
    assert_int_equal(error.alert, TACIT_NO_ALERT);
    assert_int_equal(error.depth, -1);
    assert_string_equal(error.code, "ok");
}

/* ---- the tables ------------------------------------------------------------------------------ */

/* Who may be silent: the peer that has gone, or that speaks another protocol. */
static bool may_be_silent(const struct reason_row *r)
{
    return r->origin == TACIT_ORIGIN_PEER_ALERT || r->origin == TACIT_ORIGIN_API_MISUSE
           || r->origin == TACIT_ORIGIN_RESOURCE || r->code == CODE_NOT_TLS
           || r->code == CODE_TRUNCATED;
}

static void each_reason_is_whole(void **state)
{
    (void)state;
    for (int i = 1; i < N_REASONS; i++) {
        const struct reason_row *r = reason_row((uint16_t)i);
        assert_in_range(r->origin, TACIT_ORIGIN_PEER_MISBEHAVED, TACIT_ORIGIN_INTERNAL);
        assert_in_range(r->code, CODE_OK + 1, N_CODES - 1);
        assert_true(r->name[0] && r->sentence[0]);
        assert_int_equal(r->origin == TACIT_ORIGIN_API_MISUSE,
                         !strcmp(code_row(r->code)->text, "usage"));
        if (r->alert == TACIT_NO_ALERT ? !may_be_silent(r)
                                       : !strcmp(alert_name(r->alert), "unknown"))
            fail_msg("%s: the alert %u", r->name, r->alert);
        if (r->sentence[strlen(r->sentence) - 1] == '.' || (r->sentence[0] & 0x60) == 0x40)
            fail_msg("%s: a sentence to be put after a colon", r->name);
        for (uint16_t j = 1; j < i; j++)
            assert_string_not_equal(r->name, reason_row(j)->name);
    }
}

static void a_reason_that_does_not_exist_is_none(void **state)
{
    (void)state;
    assert_ptr_equal(reason_row(N_REASONS), reason_row(R_NONE));
    assert_ptr_equal(reason_row(65535), reason_row(R_NONE));
    assert_ptr_equal(code_row(N_CODES), code_row(CODE_OK));
}

/* One exit status for one class; a certificate that is too old and one that is too new are told
 * apart by their code alone. */
static void each_class_has_its_status(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_CODES; i++) {
        const struct code_row *c = code_row(i);
        assert_true(c->text[0] && c->advice[0]);
        assert_in_range(c->exit_status, i ? 2 : 0, 70);
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(c->text, code_row(j)->text);
            if (c->exit_status == code_row(j)->exit_status)
                assert_true((i == CODE_CERT_NOT_YET && j == CODE_CERT_EXPIRED)
                            || (i == CODE_CERT_STATUS && j == CODE_CERT_REVOKED));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failure_wins),
        cmocka_unit_test(a_failure_of_a_certificate_has_a_depth),
        cmocka_unit_test(what_is_exported_hangs_off_the_reason),
        cmocka_unit_test(an_alert_that_was_received_is_told),
        cmocka_unit_test(no_failure_is_all_zero),
        cmocka_unit_test(each_reason_is_whole),
        cmocka_unit_test(a_reason_that_does_not_exist_is_none),
        cmocka_unit_test(each_class_has_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
