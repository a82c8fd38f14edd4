/* NULL where an object belongs (tacit/base.h): every call that takes an object takes none as well,
 * does nothing, and says so. A host whose constructors failed can go on to its end, and is told the
 * first failure. The rule `null-tested` asks that each function is here. */
#include "certs.h"

#include <tacit/tacit.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[1024];
static char text[64];
static tacit_span lent;
static const tacit_span none;

/* missing: NULL and NO_OBJECT; or what had failed before, which stays. */
#define assert_missing(call)                                                                       \
    do {                                                                                           \
        tacit_error error = {0};                                                                   \
        assert_false(call);                                                                        \
        assert_string_equal(error.name, "NO_OBJECT");                                              \
        assert_int_equal(error.origin, TACIT_ORIGIN_API_MISUSE);                                   \
        error = (tacit_error){.reason = 1, .name = "EARLIER"};                                     \
        assert_false(call);                                                                        \
        assert_string_equal(error.name, "EARLIER");                                                \
    } while (0)

static void nothing_is_made_of_nothing(void **state)
{
    (void)state;
    tacit_config_options options = {.size = sizeof options};
    assert_missing(tacit_client_config(NULL, &options, &error));
    assert_missing(tacit_server_config(NULL, &options, &error));
    assert_missing(tacit_config_with_user(NULL, NULL, &error));
    assert_missing(tacit_client_new(NULL, "a.test", &error));
    assert_missing(tacit_server_new(NULL, &error));
    assert_missing(tacit_stream_new(NULL, &error));
    assert_missing(tacit_identity_pem(NULL, none, none, NULL, NULL, &error));
    assert_missing(tacit_identity_chain(NULL, none, &error));
    assert_missing(tacit_identity_files(NULL, "a", "b", NULL, NULL, &error));
    assert_missing(tacit_identity_files(test_env(), NULL, "b", NULL, NULL, &error));
    assert_missing(tacit_identity_files(test_env(), "a", NULL, NULL, NULL, &error));
    assert_missing(tacit_identity_with_staple(NULL, none, &error));
    assert_missing(tacit_trust_new(NULL, &error));
    assert_missing(tacit_trust_system(NULL, &error));
    assert_null(tacit_client_new(NULL, "a.test", NULL));
    assert_null(tacit_config_ref(NULL));
    assert_null(tacit_identity_ref(NULL));
    assert_null(tacit_trust_ref(NULL));
}

/* ADR 0011: nor by a set that could not be made; why it could not is what is told. */
static void a_set_that_failed_keeps_its_error(void **state)
{
    (void)state;
    const tacit_config_options options = {.size = sizeof options};
    const tacit_verify_options question = {.size = sizeof question};
    tacit_error error = {0};
    assert_null(tacit_client_config(test_env(), &options, &error));
    assert_string_equal(error.name, "NO_TRUST");
    error = (tacit_error){0};
    assert_false(tacit_verify(test_env(), NULL, &question, &error));
    assert_string_equal(error.name, "NO_TRUST");
    error = (tacit_error){.reason = 1, .name = "EARLIER"};
    assert_null(tacit_client_config(test_env(), &options, &error));
    assert_false(tacit_verify(test_env(), NULL, &question, &error));
    assert_string_equal(error.name, "EARLIER");
}

static void nobody_is_trusted_by_nothing(void **state)
{
    (void)state;
    size_t added = 7;
    tacit_verdict *verdict = (tacit_verdict *)bytes;
    tacit_verify_options options = {.size = sizeof options};
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    assert_missing(tacit_trust_add_pem(NULL, none, &error));
    assert_missing(tacit_trust_add_file(NULL, "a", &error));
    assert_missing(tacit_trust_add_file(trust, NULL, &error));
    assert_missing(tacit_trust_add_folder(NULL, &added, "a", &error));
    assert_missing(tacit_trust_add_folder(trust, &added, NULL, &error));
    assert_int_equal(added, 0);
    assert_missing(tacit_trust_add_crl_pem(NULL, none, &error));
    assert_missing(tacit_trust_add_crl_file(NULL, "a", &error));
    assert_missing(tacit_trust_add_crl_file(trust, NULL, &error));
    assert_missing(tacit_trust_add_crl_folder(NULL, "a", &error));
    assert_missing(tacit_trust_add_crl_folder(trust, NULL, &error));
    assert_missing(tacit_trust_add_key(NULL, bytes, &error));
    assert_missing(tacit_trust_add_key(trust, NULL, &error));
    assert_int_equal(tacit_trust_count(NULL), 0);
    assert_missing(tacit_verify(NULL, &verdict, &options, &error));
    assert_null(verdict);
    assert_missing(tacit_verify(test_env(), &verdict, NULL, &error));
    assert_missing(tacit_verify_crl(NULL, NULL, trust, none, 0, &error));
    assert_missing(tacit_verify_crl(test_env(), NULL, NULL, none, 0, &error));
    assert_missing(tacit_verify_ocsp(NULL, NULL, trust, none, 0, &error));
    assert_missing(tacit_verify_ocsp(test_env(), NULL, NULL, none, 0, &error));
    tacit_trust_free(trust);
}

/* A connection that is not there has failed: whoever loops over what it wants comes to an end. */
static void a_connection_that_is_not_there_has_failed(void **state)
{
    (void)state;
    assert_int_equal(tacit_conn_wants(NULL), TACIT_WANT_CLOSED);
    assert_int_equal(tacit_conn_phase(NULL), TACIT_PHASE_CLOSED);
    assert_int_equal(tacit_conn_read_end(NULL), TACIT_READ_FAILED);
    assert_int_equal(tacit_conn_wire_in_buf(NULL).n, 0);
    assert_int_equal(tacit_conn_wire_out_buf(NULL).n, 0);
    assert_int_equal(tacit_conn_app_in_buf(NULL).n, 0);
    tacit_conn_wire_in_done(NULL, 1);
    tacit_conn_wire_out_done(NULL, 1);
    tacit_conn_app_in_done(NULL, 1);
    tacit_conn_wire_in_eof(NULL);
    tacit_conn_close(NULL);
    tacit_conn_tick(NULL, 1);
    assert_true(tacit_conn_deadline(NULL) == UINT64_MAX);
    assert_int_equal(tacit_conn_write(NULL, "x", 1), 0);
    assert_false(tacit_conn_key_update(NULL, true));
    assert_null(tacit_conn_error(NULL));
    assert_null(tacit_conn_take_task(NULL));
    assert_false(tacit_conn_answer(NULL, NULL));
}

static void nothing_is_known_of_nothing(void **state)
{
    (void)state;
    tacit_info info = {.size = sizeof info};
    tacit_cert_info cert = {.size = sizeof cert};
    tacit_attempt attempt = {.size = sizeof attempt};
    assert_false(tacit_conn_info(NULL, &info));
    assert_false(tacit_conn_peer_cert(NULL, 0, &cert));
    assert_false(tacit_conn_peer_der(NULL, 0, &lent));
    assert_false(tacit_conn_peer_spki(NULL, 0, &lent));
    assert_false(tacit_conn_peer_name(NULL, 0, 0, NULL, text, sizeof text));
    assert_false(tacit_conn_own_cert(NULL, 0, &cert));
    assert_false(tacit_conn_own_der(NULL, 0, &lent));
    assert_null(tacit_conn_report(NULL));
    assert_int_equal(tacit_conn_channel_binding(NULL, TACIT_BINDING_EXPORTER, bytes), 0);
    assert_int_equal(tacit_conn_channel_binding(NULL, TACIT_BINDING_SERVER_END_POINT, bytes), 0);
    assert_false(tacit_conn_export(NULL, bytes, 8, "label", none));
    text[0] = 'x';
    assert_int_equal(tacit_conn_json(NULL, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(tacit_report_tried(NULL), 0);
    assert_false(tacit_report_attempt(NULL, 0, &attempt));
    assert_false(tacit_report_cert(NULL, 0, 0, &cert));
    tacit_report_text(NULL, text, sizeof text);
    tacit_report_json(NULL, text, sizeof text);
    assert_false(tacit_verdict_cert(NULL, 0, &cert));
    assert_false(tacit_verdict_der(NULL, 0, &lent));
    assert_false(tacit_verdict_name(NULL, 0, 0, NULL, text, sizeof text));
    assert_null(tacit_verdict_report(NULL));
    assert_false(tacit_verdict_revocation_unknown(NULL));
    assert_true(tacit_error_sentence(NULL, text, sizeof text) > 0);
    assert_non_null(tacit_error_advice(NULL));
    assert_int_equal(tacit_error_exit_status(NULL), 0);
    assert_int_equal(tacit_code_by_name(TACIT_TABLE_SUITES, NULL), 0);
}

static void assert_invalid(ptrdiff_t result)
{
    assert_int_equal(result, TACIT_STREAM_ERROR);
    assert_int_equal(errno, EINVAL);
    errno = 0;
}

static void a_stream_that_is_not_there_has_failed(void **state)
{
    (void)state;
    tacit_stream_attach(NULL, 0, 0);
    tacit_stream_attach_callbacks(NULL, NULL, NULL, NULL);
    tacit_stream_timeout(NULL, 0);
    assert_invalid(tacit_stream_handshake(NULL));
    assert_invalid(tacit_stream_read(NULL, text, sizeof text));
    assert_invalid(tacit_stream_write(NULL, text, sizeof text));
    assert_invalid(tacit_stream_close(NULL, true));
    assert_int_equal(tacit_stream_pending(NULL), 0);
    assert_int_equal(tacit_stream_deadline(NULL), -1);
    assert_null(tacit_stream_error(NULL));
    assert_null(tacit_stream_conn(NULL));
}

static void nothing_is_to_be_done(void **state)
{
    (void)state;
    tacit_hello hello = {.size = sizeof hello};
    tacit_signing signing = {.size = sizeof signing};
    tacit_request request = {.size = sizeof request};
    tacit_identity_info described = {.size = sizeof described};
    assert_int_equal(tacit_task_what(NULL), 0);
    assert_false(tacit_task_run(NULL));
    tacit_task_refuse(NULL);
    assert_false(tacit_task_hello(NULL, &hello));
    assert_false(tacit_task_use(NULL, NULL));
    assert_false(tacit_task_signing(NULL, &signing));
    assert_false(tacit_task_signed(NULL, none));
    assert_false(tacit_task_cert(NULL, 0, &lent));
    assert_false(tacit_task_request(NULL, &request));
    assert_false(tacit_task_choose(NULL, NULL));
    assert_false(tacit_identity_describe(NULL, &described));
    assert_int_equal(tacit_identity_sign(NULL, bytes, 0x0403, none), 0);
    assert_false(tacit_env_random(NULL, bytes, 8));
}

static void nothing_is_freed(void **state)
{
    (void)state;
    tacit_env_free(NULL);
    tacit_config_free(NULL);
    tacit_conn_free(NULL);
    tacit_stream_free(NULL);
    tacit_identity_free(NULL);
    tacit_trust_free(NULL);
    tacit_task_free(NULL);
    tacit_verdict_free(NULL);
}

/* A number without its list is a host's slip; a list that would refuse, and has no entries, may be
 * one as well, and would let everybody in. */
static void lists_and_their_numbers_go_together(void **state)
{
    (void)state;
    static const uint8_t pin[1][32];
    static const tacit_allow allow = {TACIT_ALLOW_DNS, "a.test"};
    static const char *const policy = "1.2.3";
    const tacit_config_options wrong[] = {
        {.n_suites = 3},     {.n_groups = 3}, {.n_schemes = 3}, {.n_cert_schemes = 3},
        {.n_alpn = 3},       {.n_pins = 3},   {.n_allow = 3},   {.n_names = 3},
        {.n_identities = 3}, {.pins = pin},   {.allow = &allow}};
    const tacit_verify_options unasked[] = {{.n_pins = 3},        {.n_allow = 3}, {.n_policies = 3},
                                            {.n_ocsp = 3},        {.pins = pin},  {.allow = &allow},
                                            {.policies = &policy}};
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    tacit_error error = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tacit_config_options o = wrong[i];
        o.size = sizeof o;
        o.trust = trust;
        assert_null(tacit_client_config(test_env(), &o, &error));
        assert_string_equal(error.name, "BAD_LIST_OPTION");
        assert_int_equal(error.detail, i < 9 ? 3 : 0);
    }
    for (size_t i = 0; i < sizeof unasked / sizeof unasked[0]; i++) {
        tacit_verify_options o = unasked[i];
        o.size = sizeof o;
        o.trust = trust;
        o.chain = span_str(test_chain_pem(&root, 1));
        assert_false(tacit_verify(test_env(), NULL, &o, &error));
        assert_string_equal(error.name, "BAD_LIST_OPTION");
    }
    /* The others are preferences: an empty list is none. */
    const uint16_t nothing[1] = {0};
    const tacit_config_options o = {
        .size = sizeof o, .trust = trust, .suites = nothing, .groups = nothing};
    tacit_config *config = tacit_client_config(test_env(), &o, &error);
    assert_non_null(config);
    tacit_config_free(config);
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_made_of_nothing),
        cmocka_unit_test(a_set_that_failed_keeps_its_error),
        cmocka_unit_test(nobody_is_trusted_by_nothing),
        cmocka_unit_test(a_connection_that_is_not_there_has_failed),
        cmocka_unit_test(nothing_is_known_of_nothing),
        cmocka_unit_test(a_stream_that_is_not_there_has_failed),
        cmocka_unit_test(nothing_is_to_be_done),
        cmocka_unit_test(nothing_is_freed),
        cmocka_unit_test(lists_and_their_numbers_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
