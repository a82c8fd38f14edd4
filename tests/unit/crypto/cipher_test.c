/* The provider's own functions, found by a name. */
#include "crypto/libcrypto/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void *take(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void give(void *user, void *p, size_t n)
{
    (void)user;
    (void)n;
    free(p);
}

static const struct hooks hooks = {.alloc = take, .release = give};
static struct crypto *crypto;

static int set_up(void **state)
{
    (void)state;
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static void any_of_its_names_finds_a_cipher(void **state)
{
    (void)state;
    static const char *const names[] = {"AES-128-GCM", "aes-128-gcm", "id-aes128-GCM",
                                        "2.16.840.1.101.3.4.1.6"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct cipher found = {0};
        assert_true(cipher_find(crypto, &found, names[i]));
        assert_memory_equal(&found, &crypto->ciphers[AEAD_AES_128_GCM], sizeof found);
    }
}

static void a_part_of_a_name_finds_none(void **state)
{
    (void)state;
    static const char *const names[] = {"AES-128-GC", "ES-128-GCM", "AES-128-GCM:id-aes128-GC",
                                        "no such cipher"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct cipher found = {0};
        assert_false(cipher_find(crypto, &found, names[i]));
    }
}

static void another_name_finds_another_cipher(void **state)
{
    (void)state;
    struct cipher found = {0};
    assert_true(cipher_find(crypto, &found, "AES-128-CBC"));
    assert_ptr_not_equal(found.update, crypto->ciphers[AEAD_AES_128_GCM].update);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_of_its_names_finds_a_cipher),
        cmocka_unit_test(a_part_of_a_name_finds_none),
        cmocka_unit_test(another_name_finds_another_cipher),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
