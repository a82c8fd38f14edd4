/* Errors as sentences. */
#include "base/alerts.h"
#include "certs.h"

#include <tacit/tacit.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static tacit_error error_of(enum reason reason, uint32_t detail)
{
    struct err err = {0};
    tacit_error error;
    fail_record(&err, reason, detail, -1, __FILE__, __LINE__);
    err_export(&err, &error);
    return error;
}

static void assert_sentence(enum reason reason, uint32_t detail, const char *expected)
{
    char out[512];
    tacit_error error = error_of(reason, detail);
    size_t n = tacit_error_sentence(&error, out, sizeof out);
    assert_string_equal(out, expected);
    assert_int_equal(n, strlen(expected));
}

/* Whatever the detail is, no brace is left, and nothing that a terminal would obey. */
static void each_reason_makes_a_sentence(void **state)
{
    (void)state;
    static const uint32_t details[] = {0, 1, 13, 51, 0x0403, 0x1301, 0x7a7a, 65536, UINT32_MAX};
    for (int reason = 0; reason < N_REASONS; reason++) {
        for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
            char out[512];
            tacit_error error = error_of((enum reason)reason, details[i]);
            size_t n = tacit_error_sentence(&error, out, sizeof out);
            assert_in_range(n, 1, 300);
            assert_int_equal(n, strlen(out));
            for (size_t at = 0; at < n; at++)
                if (!isprint((unsigned char)out[at]) || strchr("{}", out[at]))
                    fail_msg("%s: %s", error.name, out);
            assert_non_null(tacit_error_advice(&error));
            assert_true(tacit_error_advice(&error)[0]);
            assert_int_equal(!tacit_error_exit_status(&error), !reason);
        }
    }
}

static void details_are_named(void **state)
{
    (void)state;
    assert_sentence(R_RECORD_OVERFLOW, 70000,
                    "the peer sent a record of 70000 bytes, which is over the limit");
    assert_sentence(R_SUITE_NOT_OFFERED, 0x1305,
                    "the server chose cipher suite 0x1305, which was not offered");
    assert_sentence(R_EXT_TWICE, 51, "the peer sent the extension key_share twice in one message");
    assert_sentence(R_EXT_TWICE, 0x7777, "the peer sent the extension 0x7777 twice in one message");
    assert_sentence(R_MESSAGE_UNEXPECTED, 20,
                    "the peer sent a Finished at a point where it may not stand");
    assert_sentence(R_PEER_ALERT, ALERT_unknown_ca,
                    "the peer ended the connection with the alert unknown_ca");
    assert_sentence(R_PEER_ALERT, 77, "the peer ended the connection with the alert unknown");
    assert_sentence(R_NONE, 0, "no error");
}

/* What is no TLS, and what is a TLS of the past, is called by its name. */
static void who_speaks_something_else_is_told_what(void **state)
{
    (void)state;
    static const struct {
        enum reason reason;
        uint32_t detail;
        const char *words;
    } rows[] = {
        {R_NOT_TLS, 0x47455420, "it speaks plain HTTP"},
        {R_NOT_TLS, 0x50524920, "it speaks plain HTTP"},
        {R_NOT_TLS, 0x48545450, "it speaks plain HTTP"},
        {R_NOT_TLS, 0x5353482d, "it speaks SSH"},
        {R_NOT_TLS, 0x32323020, "it speaks plain SMTP or FTP"},
        {R_NOT_TLS, 0x802e0100, "it says hello in the form of SSL 2.0"},
        {R_NOT_TLS, 0x802e0103, "it says hello in the form of SSL 2.0"},
        {R_NOT_TLS, 0x802e0203, "they begin with byte 128"}, /* another type */
        {R_NOT_TLS, 0x802e0104, "they begin with byte 128"}, /* no version */
        {R_NOT_TLS, 0x47000000, "they begin with byte 71"},  /* nothing more has come */
        {R_NOT_TLS, 0, "they begin with byte 0"},
        {R_VERSION_TOO_OLD, 0x0002, "nothing newer than SSL 2.0"},
        {R_VERSION_TOO_OLD, 0x0300, "nothing newer than SSL 3.0"},
        {R_VERSION_TOO_OLD, 0x0301, "nothing newer than TLS 1.0"},
        {R_VERSION_TOO_OLD, 0x02ff, "nothing newer than 0x02ff"},
        {R_VERSION_REFUSED, 0x0302, "the server chose TLS 1.1, "},
        {R_VERSION_REFUSED, 0x0303, "the server chose TLS 1.2, "},
        {R_VERSION_NOT_OFFERED, 0x7f1c, "the server chose 0x7f1c, "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[512];
        tacit_error error = error_of(rows[i].reason, rows[i].detail);
        tacit_error_sentence(&error, out, sizeof out);
        if (!strstr(out, rows[i].words))
            fail_msg("%s: %s", rows[i].words, out);
    }
}

/* An error from another version of the library, or from uninitialised memory. */
static void a_reason_that_is_not_known_is_no_error(void **state)
{
    (void)state;
    const tacit_error error = {.reason = 65535};
    char out[64];
    tacit_error_sentence(&error, out, sizeof out);
    assert_string_equal(out, "no error");
    assert_int_equal(tacit_error_exit_status(&error), 0);
}

static void a_sentence_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    char out[16] = "***************";
    tacit_error error = error_of(R_BAD_FINISHED, 0);
    size_t n = tacit_error_sentence(&error, NULL, 0);
    assert_true(n > 20);
    assert_int_equal(tacit_error_sentence(&error, out, 5), n);
    assert_string_equal(out, "the ");
    assert_int_equal(out[5], '*');
    assert_int_equal(tacit_error_sentence(&error, out, 1), n);
    assert_string_equal(out, "");
}

static void the_class_gives_status_and_advice(void **state)
{
    (void)state;
    tacit_error error = error_of(R_CERT_EXPIRED, 0);
    assert_int_equal(tacit_error_exit_status(&error), 32);
    error = error_of(R_NO_IDENTITY, 0);
    assert_int_equal(tacit_error_exit_status(&error), 2);
    assert_string_equal(tacit_error_advice(&error), code_row(CODE_USAGE)->advice);
}

static const char *advice_at(enum reason reason, int32_t depth)
{
    struct err err = {0};
    tacit_error error;
    fail_depth_at(&err, reason, 0, depth, __FILE__, __LINE__);
    err_export(&err, &error);
    return tacit_error_advice(&error);
}

/* What is to be done about an old intermediate is not what is to be done about an old leaf. */
static void a_reason_gives_finer_advice(void **state)
{
    (void)state;
    static const enum reason by_place[] = {R_CERT_NO_ISSUER, R_CERT_EXPIRED, R_CERT_REVOKED,
                                           R_CERT_NOT_YET_VALID, R_CERT_WRONG_PURPOSE};
    for (size_t i = 0; i < sizeof by_place / sizeof by_place[0]; i++) {
        assert_string_not_equal(advice_at(by_place[i], 0), advice_at(by_place[i], 1));
        assert_string_equal(advice_at(by_place[i], 1), advice_at(by_place[i], 3));
    }
    assert_string_equal(advice_at(R_CERT_REVOKED, 0), code_row(CODE_CERT_REVOKED)->advice);
    assert_string_equal(advice_at(R_CERT_EXPIRED, -1), code_row(CODE_CERT_EXPIRED)->advice);
    assert_string_equal(advice_at(R_CRL_EXPIRED, 0), advice_at(R_CRL_EXPIRED, 2));
    assert_string_not_equal(advice_at(R_CRL_EXPIRED, 0), advice_at(R_CRL_MISSING, 0));
}

/* A row that another one before it hides, or that fits nowhere, is of no use. */
static void each_row_of_advice_is_reached(void **state)
{
    (void)state;
    static const int32_t depths[] = {[FAULT_ANY] = -1, [FAULT_LEAF] = 0, [FAULT_ISSUER] = 1};
    const struct advice_row *row;
    for (size_t i = 0; (row = advice_row(i)) != NULL; i++) {
        assert_ptr_equal(advice_at(row->reason, depths[row->at_fault]), row->advice);
        assert_true(strlen(row->advice) < 256);
        assert_string_not_equal(row->advice, code_row(reason_row(row->reason)->code)->advice);
    }
}

static void a_connection_without_failure_has_no_error(void **state)
{
    (void)state;
    const tacit_config_options o = {.size = sizeof o, .insecure_skip_verification = true};
    tacit_config *config = tacit_client_config(test_env(), &o, NULL);
    tacit_conn *conn = tacit_client_new(config, NULL, NULL);
    assert_non_null(conn);
    assert_null(tacit_conn_error(conn));
    tacit_conn_wire_in_eof(conn);
    const tacit_error *error = tacit_conn_error(conn);
    assert_non_null(error);
    assert_string_equal(error->name, "CLOSED_EARLY");
    assert_string_equal(error->state, "WAIT_SH");
    assert_int_equal(error->alert, TACIT_NO_ALERT);
    tacit_conn_free(conn);
    tacit_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_makes_a_sentence),
        cmocka_unit_test(details_are_named),
        cmocka_unit_test(who_speaks_something_else_is_told_what),
        cmocka_unit_test(a_reason_that_is_not_known_is_no_error),
        cmocka_unit_test(a_sentence_that_does_not_fit_is_cut),
        cmocka_unit_test(the_class_gives_status_and_advice),
        cmocka_unit_test(a_reason_gives_finer_advice),
        cmocka_unit_test(each_row_of_advice_is_reached),
        cmocka_unit_test(a_connection_without_failure_has_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
