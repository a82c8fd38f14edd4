/* KeyUpdate: RFC 9846 4.7.3. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The codec takes every value; which of them mean something is the handshake's to say. */
static void it_is_one_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t body = (uint8_t)i;
        uint8_t request = 77;
        codec_check(MSG_KEY_UPDATE, (span){&body, 1});
        assert_true(key_update_parse(&request, (span){&body, 1}));
        assert_int_equal(request, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_one_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
