/* The numbers and names of the alerts: RFC 9846 B.2. */
#include "base/alerts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    uint8_t number;
    const char *name;
} rfc[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed_RESERVED"},
    {22, "record_overflow"},
    {30, "decompression_failure_RESERVED"},
    {40, "handshake_failure"},
    {41, "no_certificate_RESERVED"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction_RESERVED"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation_RESERVED"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {117, "general_error"},
    {120, "no_application_protocol"},
};

static void each_number_has_the_rfcs_name(void **state)
{
    (void)state;
    size_t i = 0;
    assert_int_equal(n_alerts, sizeof rfc / sizeof rfc[0]);
    for (unsigned number = 0; number < 256; number++) {
        if (i < n_alerts && rfc[i].number == number) {
            assert_int_equal(alerts[i].number, number);
            assert_string_equal(alerts[i].name, rfc[i].name);
            assert_string_equal(alert_name((uint8_t)number), rfc[i].name);
            i++;
        } else {
            assert_string_equal(alert_name((uint8_t)number), "unknown");
        }
    }
    assert_int_equal(i, n_alerts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_has_the_rfcs_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
