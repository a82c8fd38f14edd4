/* EncryptedExtensions: RFC 9846 4.4.1. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const uint8_t body[] = {0, 10, 0, 0, 0, 0, 0, 16, 0, 2, 1, 2}, empty[] = {0, 0};
    codec_check(MSG_ENCRYPTED_EXTENSIONS, (span){body, sizeof body});
    codec_check(MSG_ENCRYPTED_EXTENSIONS, (span){empty, sizeof empty});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
