/* CertificateRequest: RFC 9846 4.4.2. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const uint8_t body[] = {3, 'a', 'b', 'c', 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};
    static const uint8_t empty[] = {0, 0, 0};
    codec_check(MSG_CERTIFICATE_REQUEST, (span){body, sizeof body});
    codec_check(MSG_CERTIFICATE_REQUEST, (span){empty, sizeof empty});
}

static void a_context_may_be_long(void **state)
{
    (void)state;
    uint8_t body[1 + 255 + 2] = {255};
    struct certificate_request m;
    assert_true(certificate_request_parse(&m, (span){body, sizeof body}));
    assert_int_equal(m.context.n, 255);
    assert_int_equal(m.extensions.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(a_context_may_be_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
