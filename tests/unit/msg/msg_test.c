/* The names and limits of messages: RFC 9846 4. */
#include "codec.h"
#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    uint8_t type;
    const char *name;
    size_t least; /* what every implementation must be able to send us */
} known[] = {
    {0, "HelloRequest", 0},
    {1, "ClientHello", 16384},
    {2, "ServerHello", 1024},
    {4, "NewSessionTicket", 131338},
    {5, "EndOfEarlyData", 0},
    {8, "EncryptedExtensions", 512},
    {11, "Certificate", 65536},
    {12, "ServerKeyExchange", 4 + 133 + 4 + 1024},
    {13, "CertificateRequest", 512},
    {14, "ServerHelloDone", 0},
    {15, "CertificateVerify", 4 + 1024},
    {16, "ClientKeyExchange", 2 + 1024},
    {20, "Finished", 48},
    {22, "CertificateStatus", 4 + 16384},
    {24, "KeyUpdate", 1},
};

static void each_type_has_a_name_and_a_limit(void **state)
{
    (void)state;
    size_t i = 0, limit;
    for (unsigned type = 0; type < 256; type++) {
        limit = 99;
        if (i < sizeof known / sizeof known[0] && known[i].type == type) {
            assert_string_equal(msg_name((uint8_t)type), known[i].name);
            assert_true(msg_limit((uint8_t)type, &limit));
            assert_in_range(limit, known[i].least, 1 << 18);
            i++;
        } else if (type == MSG_CHANGE_CIPHER_SPEC) { /* no handshake message: it has a name alone */
            assert_string_equal(msg_name((uint8_t)type), "ChangeCipherSpec");
            assert_false(msg_limit((uint8_t)type, &limit));
        } else { /* certificate_url and message_hash among them */
            assert_string_equal(msg_name((uint8_t)type), "unknown");
            assert_false(msg_limit((uint8_t)type, &limit));
            assert_int_equal(limit, 99);
        }
    }
}

/* Messages whose length is fixed leave the peer no room at all. */
static void short_messages_have_tight_limits(void **state)
{
    (void)state;
    size_t limit;
    assert_true(msg_limit(MSG_END_OF_EARLY_DATA, &limit));
    assert_int_equal(limit, 0);
    assert_true(msg_limit(MSG_KEY_UPDATE, &limit));
    assert_int_equal(limit, 1);
    assert_true(msg_limit(MSG_FINISHED, &limit));
    assert_int_equal(limit, HASH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_a_name_and_a_limit),
        cmocka_unit_test(short_messages_have_tight_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
