/* Public keys: libcrypto's are read, odd ones refused or left unused (bug classes 119, 120). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static enum key_type made(enum made_key kind, struct pubkey *key)
{
    struct cert cert;
    span der = test_cert_der(test_cert((struct test_cert_spec){.cn = "k", .key = kind}, NULL));
    assert_true(cert_parse(&cert, der, NULL));
    *key = cert.key;
    return key->type;
}

static void keys_of_every_kind_are_read(void **state)
{
    (void)state;
    struct pubkey key;
    assert_int_equal(made(MADE_P256, &key), KEY_EC_P256);
    assert_int_equal(key.point.n, 65);
    assert_int_equal(made(MADE_P384, &key), KEY_EC_P384);
    assert_int_equal(made(MADE_P521, &key), KEY_EC_P521);
    assert_int_equal(key.point.n, 133);
    assert_int_equal(made(MADE_ED25519, &key), KEY_ED25519);
    assert_int_equal(key.point.n, 32);
    assert_int_equal(made(MADE_RSA, &key), KEY_RSA);
    assert_int_equal(key_bits(&key), 2048);
    assert_int_equal(key.rsa_n.n, 256);
    assert_int_equal(key.rsa_e.n, 3);
}

static void unknown_curves_and_forms_are_left_unused(void **state)
{
    (void)state;
    struct pubkey key;
    assert_int_equal(made(MADE_SECP256K1, &key), KEY_NONE);
    /* Bug class 119: nothing of the parameters is looked at. */
    assert_int_equal(made(MADE_EXPLICIT, &key), KEY_NONE);
    assert_true(spki_read(asn1("30{30{06{2a8648ce3d0201}30{ff}}03{0004}}"), &key));
    assert_int_equal(key.type, KEY_NONE);
    assert_true(spki_read(asn1("30{30{06{2a03}}03{00}}"), &key));
    assert_int_equal(key.type, KEY_NONE);
}

#define RSA(params, key) "30{30{06{2a864886f70d010101}" params "}03{00" key "}}"
#define EC(curve, point) "30{30{06{2a8648ce3d0201}06{" curve "}}03{00" point "}}"
#define P256 "2a8648ce3d030107"
#define B32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void malformed_keys_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        RSA("", "30{02{03}02{03}}"), /* bug class 120: no parameters */
        RSA("06{2a03}", "30{02{03}02{03}}"),
        RSA("0500", "30{02{83}02{03}}"),
        RSA("0500", "30{02{03}}"),
        RSA("0500", "30{02{03}02{03}02{03}}"),
        RSA("0500", "30{02{03}02{03}}00"),
        RSA("0500", "04{03}"),
        EC(P256, ""),
        EC(P256, "04" B32),
        EC(P256, "02" B32),
        EC(P256, "04" B32 B32 "00"),
        EC(P256, "06" B32 B32),
        EC(P256, "00"),
        EC("2b81040022", "04" B32 B32),
        EC("80", "04" B32 B32),
        "30{30{06{2a03}05000500}03{00}}",
        "30{30{06{2a8648ce3d0201}06{" P256 "}0500}03{0004" B32 B32 "}}",
        "30{30{06{2a8648ce3d0201}06{" P256 "}}03{0104" B32 B32 "}}",
        "30{30{06{2b6570}0500}03{00" B32 "}}",
        "30{30{06{2b6570}}03{00" B32 "00}}",
        "30{30{06{2b6570}}03{00" B32 "}0500}",
        "30{30{06{2b6570}}03{00" B32 "}}00",
        "30{30{06{2b6570}}04{00" B32 "}}",
        "30{30{}03{00}}",
        "30{}",
    };
    struct pubkey key;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (spki_read(asn1(rows[i]), &key))
            fail_msg("%s was read", rows[i]);
    assert_true(spki_read(asn1(RSA("0500", "30{02{03}02{03}}")), &key));
    assert_true(spki_read(asn1(EC(P256, "04" B32 B32)), &key));
    assert_int_equal(key.type, KEY_EC_P256);
}

#define SHA256_ID "30{06{608648016503040201}0500}"
#define PSS_PARAMS(salt)                                                                           \
    "30{a0{" SHA256_ID "}a1{30{06{2a864886f70d010108}" SHA256_ID "}}a2{02{" salt "}}}"
#define PSS(params) "30{30{06{2a864886f70d01010a}" params "}03{0030{02{03}02{03}}}}"

static void pss_keys_keep_what_binds_them(void **state)
{
    (void)state;
    struct pubkey key;
    assert_true(spki_read(asn1(PSS("")), &key));
    assert_int_equal(key.type, KEY_RSA_PSS);
    assert_int_equal(key.pss_hash, HASH_NONE);
    assert_true(spki_read(asn1(PSS(PSS_PARAMS("20"))), &key));
    assert_int_equal(key.type, KEY_RSA_PSS);
    assert_int_equal(key.pss_hash, HASH_SHA256);
    assert_int_equal(key.pss_salt, 32);
    assert_true(spki_read(asn1(PSS("30{}")), &key)); /* SHA-1 */
    assert_int_equal(key.type, KEY_NONE);
    assert_false(spki_read(asn1("30{30{06{2a864886f70d01010a}}03{0030{02{03}}}}"), &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_every_kind_are_read),
        cmocka_unit_test(unknown_curves_and_forms_are_left_unused),
        cmocka_unit_test(malformed_keys_are_refused),
        cmocka_unit_test(pss_keys_keep_what_binds_them),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
