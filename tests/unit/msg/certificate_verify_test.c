/* CertificateVerify, and what is signed: RFC 9846 4.5.2. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const uint8_t body[] = {8, 4, 0, 3, 'a', 'b', 'c'}, empty[] = {8, 4, 0, 0};
    codec_check(MSG_CERTIFICATE_VERIFY, (span){body, sizeof body});
    codec_check(MSG_CERTIFICATE_VERIFY, (span){empty, sizeof empty});
    struct certificate_verify m;
    assert_true(certificate_verify_parse(&m, (span){body, sizeof body}));
    assert_int_equal(m.scheme, 0x0804);
    assert_int_equal(m.signature.n, 3);
}

static void the_signed_content_names_the_signer(void **state)
{
    (void)state;
    static const char spaces[] = "                                "
                                 "                                ";
    static const char *const who[] = {"TLS 1.3, server CertificateVerify",
                                      "TLS 1.3, client CertificateVerify"};
    uint8_t digest[64] = {1, 2, 3}, out[CERTIFICATE_VERIFY_CONTENT_MAX];
    for (unsigned by_client = 0; by_client < 2; by_client++) {
        for (size_t n = 32; n <= 64; n += 16) {
            wr w = wr_of(out, sizeof out);
            certificate_verify_content(&w, by_client, (span){digest, n});
            assert_true(wr_ok(&w));
            assert_int_equal(w.n, 64 + 33 + 1 + n);
            assert_memory_equal(out, spaces, 64);
            assert_memory_equal(out + 64, who[by_client], 34);
            assert_memory_equal(out + 98, digest, n);
        }
    }
}

static void content_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    uint8_t digest[32] = {0}, out[64 + 33 + 1 + 32 - 1];
    wr w = wr_of(out, sizeof out);
    certificate_verify_content(&w, true, (span){digest, sizeof digest});
    assert_false(wr_ok(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(the_signed_content_names_the_signer),
        cmocka_unit_test(content_that_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
