/* What the tables of code points may not hold, whoever adds a row (bug classes 39, 96, 97, 98). */
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void no_suite_is_weak(void **state)
{
    (void)state;
    static const char *const words[] = {"NULL",  "EXPORT", "anon",   "RC2",  "RC4",     "DES",
                                        "IDEA",  "SEED",   "MD5",    "_DH_", "_DHE_",   "_DSS_",
                                        "CCM_8", "ECDH_",  "CAMEL",  "ARIA", "KRB5",    "SRP",
                                        "GOST",  "_PSK",   "INTEGR", "SSL",  "FORTEZZA"};
    for (size_t i = 0; i < n_suites; i++) {
        const struct suite *s = &suites[i];
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            if (strstr(s->name, words[w]))
                fail_msg("%s has %s in it", s->name, words[w]);
        if (strcmp(strrchr(s->name, '_'), "_SHA") == 0)
            fail_msg("%s is of SHA-1", s->name);
        assert_true(s->version == TLS12 || s->version == TLS13);
        assert_true(s->hash >= HASH_SHA256);
        assert_true(s->max_records > 0);
    }
}

/* Without forward secrecy, or without an AEAD, by a word alone. */
static void what_is_old_needs_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_suites; i++) {
        const struct suite *s = &suites[i];
        assert_int_equal(s->kx == KX_RSA, s->legacy == LEGACY_RSA_TRANSPORT);
        assert_int_equal(s->aead == AEAD_NONE, s->legacy == LEGACY_CBC_HMAC);
        assert_true(s->version == TLS12 || !s->legacy);
        assert_int_equal(strstr(s->name, "_ECDHE_") != NULL,
                         s->kx == KX_ECDHE_ECDSA || s->kx == KX_ECDHE_RSA);
    }
}

static void no_scheme_is_of_a_broken_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_schemes; i++) {
        const struct scheme *s = &schemes[i];
        assert_null(strstr(s->name, "sha1"));
        assert_true(s->alg == SIG_ED25519 ? s->hash == HASH_NONE : s->hash >= HASH_SHA256);
        assert_true(s->alg != SIG_NONE && s->key != KEY_NONE);
        assert_false(s->alg == SIG_RSA_PKCS1 && s->verify13);
    }
}

/* RFC 7919's groups are 0x0100 to 0x01ff. */
static void no_group_is_of_a_finite_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_groups; i++) {
        assert_true(groups[i].id >> 8 != 0x01);
        assert_true(groups[i].share_len >= 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_suite_is_weak),
        cmocka_unit_test(what_is_old_needs_its_word),
        cmocka_unit_test(no_scheme_is_of_a_broken_hash),
        cmocka_unit_test(no_group_is_of_a_finite_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
