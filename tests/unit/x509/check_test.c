/* The rules of a path, one broken at a time, at its depth (bug classes 12, 13, 97, 107, 113 to
 * 120). */
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* struct story is a chain of leaf, intermediate and root, each usual but for what a test
 * changes. */
struct story {
    struct test_cert_spec leaf, middle, root;
    struct test_verify v;
};

static struct story usual(void)
{
    return (struct story){
        .leaf = {.cn = "leaf", .key_no = 1, .san = "DNS:a.test", .eku = "serverAuth"},
        .middle = {.cn = "middle", .key_no = 2, .ca = true},
        .root = {.cn = "root", .key_no = 3, .ca = true},
        .v = {.host = "a.test"},
    };
}

static struct test_verdict tell(struct story s)
{
    const struct test_cert *root = test_cert(s.root, NULL);
    const struct test_cert *middle = test_cert(s.middle, root);
    const struct test_cert *leaf = test_cert(s.leaf, middle);
    s.v.anchors = test_chain_pem(&root, 1);
    s.v.chain = test_chain_pem((const struct test_cert *[]){leaf, middle}, 2);
    return test_verify(s.v);
}

/* WITH tells the usual story with one change. */
#define WITH(change, name, depth)                                                                  \
    do {                                                                                           \
        struct story s = usual();                                                                  \
        s.change;                                                                                  \
        assert_verdict(tell(s), name, depth);                                                      \
    } while (0)

static void the_usual_path_is_accepted(void **state)
{
    (void)state;
    struct test_verdict verdict = tell(usual());
    assert_verdict(verdict, R_NONE, 0);
    assert_int_equal(verdict.path_n, 3);
    assert_true(verdict.anchored);
}

static void dates_bind_at_every_depth_to_the_second(void **state)
{
    (void)state;
    /* Bug class 117: both ends are inside. */
    WITH(leaf.not_after = TEST_NOW, R_NONE, 0);
    WITH(leaf.not_before = TEST_NOW, R_NONE, 0);
    WITH(leaf.not_after = TEST_NOW - 1, R_CERT_EXPIRED, 0);
    WITH(leaf.not_before = TEST_NOW + 1, R_CERT_NOT_YET_VALID, 0);
    WITH(middle.not_after = TEST_NOW - 1, R_CERT_EXPIRED, 1);
    WITH(middle.not_before = TEST_NOW + 1, R_CERT_NOT_YET_VALID, 1);
    WITH(root.not_after = TEST_NOW - 1, R_CERT_EXPIRED, 2);
    WITH(root.not_before = TEST_NOW + 1, R_CERT_NOT_YET_VALID, 2);
    struct story s = usual();
    s.leaf.not_before = TEST_NOW + 10;
    s.leaf.not_after = TEST_NOW - 10;
    assert_verdict(tell(s), R_CERT_NOT_YET_VALID, 0);
    s.v.now = TEST_NOW + 20;
    assert_verdict(tell(s), R_CERT_EXPIRED, 0);
}

static void only_authorities_issue(void **state)
{
    (void)state;
    /* Bug class 114. */
    WITH(middle.bc = "", R_CERT_NOT_CA, 1);
    WITH(middle.bc = "critical,CA:FALSE", R_CERT_NOT_CA, 1);
    WITH(middle.bc = "CA:TRUE", R_NONE, 0);
    WITH(middle.ku = "digitalSignature", R_CERT_NO_KEY_CERT_SIGN, 1);
    WITH(middle.ku = "critical,cRLSign", R_CERT_NO_KEY_CERT_SIGN, 1);
    WITH(middle.ku = "", R_NONE, 0);
    WITH(root.bc = "", R_CERT_NOT_CA, 2);
    WITH(root.ku = "digitalSignature", R_CERT_NO_KEY_CERT_SIGN, 2);
    WITH(middle.version = 1, R_CERT_NOT_CA, 1);
    WITH(middle.version = 2, R_CERT_NOT_CA, 1);
    WITH(root.version = 1, R_NONE, 0); /* its owner says that it is one */
}

static void path_lengths_count_what_is_between(void **state)
{
    (void)state;
    WITH(middle.bc = "critical,CA:TRUE,pathlen:0", R_NONE, 0);
    WITH(root.bc = "critical,CA:TRUE,pathlen:1", R_NONE, 0);
    WITH(root.bc = "critical,CA:TRUE,pathlen:0", R_CERT_PATH_TOO_LONG, 2);
}

static void purposes_bind_down_the_path(void **state)
{
    (void)state;
    /* Bug class 115. */
    WITH(leaf.eku = "", R_NONE, 0);
    WITH(leaf.eku = "anyExtendedKeyUsage", R_NONE, 0);
    WITH(leaf.eku = "clientAuth", R_CERT_WRONG_PURPOSE, 0);
    WITH(leaf.eku = "OCSPSigning,codeSigning", R_CERT_WRONG_PURPOSE, 0);
    WITH(middle.eku = "serverAuth", R_NONE, 0);
    WITH(middle.eku = "clientAuth", R_CERT_WRONG_PURPOSE, 1);
    WITH(middle.eku = "clientAuth,anyExtendedKeyUsage", R_NONE, 0);
    WITH(root.eku = "emailProtection", R_CERT_WRONG_PURPOSE, 2);
    WITH(v.purpose = PURPOSE_CLIENT, R_CERT_WRONG_PURPOSE, 0);
    struct story s = usual();
    s.v.purpose = PURPOSE_CLIENT;
    s.leaf.eku = "clientAuth";
    assert_verdict(tell(s), R_NONE, 0);
}

static void a_leaf_signs_handshakes(void **state)
{
    (void)state;
    WITH(leaf.ku = "", R_NONE, 0);
    WITH(leaf.ku = "digitalSignature,keyEncipherment", R_NONE, 0);
    WITH(leaf.ku = "keyEncipherment", R_CERT_KEY_USAGE, 0);
    WITH(leaf.ku = "keyAgreement", R_CERT_KEY_USAGE, 0);
}

static void a_leaf_does_not_contradict_itself(void **state)
{
    (void)state;
    WITH(leaf.ku = "digitalSignature,keyCertSign", R_CERT_CA_CLAIMS, 0);
    WITH(leaf.bc = "CA:TRUE", R_CERT_CA_CLAIMS, 0);
    WITH(leaf.nc = "permitted;DNS:a.test", R_CERT_CA_CLAIMS, 0);
    struct story s = usual();
    s.leaf.bc = "critical,CA:TRUE,pathlen:0";
    s.leaf.ku = "digitalSignature,keyCertSign";
    assert_verdict(tell(s), R_NONE, 0); /* RFC 5280 4.2.1.9 lets a CA be the last */
    s.leaf.ku = "";
    assert_verdict(tell(s), R_NONE, 0);
}

static void critical_extensions_are_processed_or_refused(void **state)
{
    (void)state;
    /* Bug class 116: at any depth. */
    WITH(leaf.more[0][0] = "1.2.3.4";
         s.leaf.more[0][1] = "critical,DER:0500", R_CERT_UNKNOWN_CRITICAL, 0);
    WITH(middle.more[0][0] = "1.2.3.4";
         s.middle.more[0][1] = "critical,DER:0500", R_CERT_UNKNOWN_CRITICAL, 1);
    WITH(root.more[0][0] = "1.2.3.4";
         s.root.more[0][1] = "critical,DER:0500", R_CERT_UNKNOWN_CRITICAL, 2);
    WITH(middle.more[0][0] = "1.2.3.4"; s.middle.more[0][1] = "DER:0500", R_NONE, 0);
    WITH(middle.more[0][0] = "policyConstraints";
         s.middle.more[0][1] = "requireExplicitPolicy:0", R_CERT_POLICY, 1);
    WITH(middle.more[0][0] = "certificatePolicies";
         s.middle.more[0][1] = "critical,DER:3006300406022a03", R_NONE, 0);
}

static void keys_are_strong_and_of_known_kinds(void **state)
{
    (void)state;
    /* Bug classes 107 and 119. */
    WITH(leaf.key = MADE_RSA, R_NONE, 0);
    WITH(leaf.key = MADE_P384, R_NONE, 0);
    WITH(leaf.key = MADE_ED25519, R_NONE, 0);
    struct story s = usual();
    s.leaf.key_no = 0;
    s.leaf.key = MADE_P521;
    assert_verdict(tell(s), R_NONE, 0);
    s.leaf.key = MADE_RSA_1024;
    assert_verdict(tell(s), R_CERT_WEAK_KEY, 0);
    s.leaf.key = MADE_SECP256K1;
    assert_verdict(tell(s), R_CERT_UNSUPPORTED_KEY, 0);
    s.leaf.key = MADE_EXPLICIT;
    assert_verdict(tell(s), R_CERT_UNSUPPORTED_KEY, 0);
    s.leaf.key = MADE_P256;
    s.middle.key_no = 0;
    s.middle.key = MADE_RSA_1024;
    assert_verdict(tell(s), R_CERT_WEAK_KEY, 1);
    s.middle.key = MADE_SECP256K1;
    assert_verdict(tell(s), R_CERT_UNSUPPORTED_KEY, 1);
}

static void signatures_of_every_accepted_kind_verify(void **state)
{
    (void)state;
    static const struct {
        enum made_key key;
        bool pss;
        const char *digest;
    } rows[] = {
        {MADE_P256, false, "SHA256"}, {MADE_P256, false, "SHA512"},
        {MADE_P384, false, "SHA384"}, {MADE_P384, false, "SHA256"},
        {MADE_P521, false, "SHA512"}, {MADE_ED25519, false, NULL},
        {MADE_RSA, false, "SHA256"},  {MADE_RSA, false, "SHA384"},
        {MADE_RSA, false, "SHA512"},  {MADE_RSA, true, "SHA256"},
        {MADE_RSA, true, "SHA384"},   {MADE_RSA, true, "SHA512"},
        {MADE_PSS, true, "SHA256"},   {MADE_PSS_SHA256, true, "SHA256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story s = usual();
        s.middle.key = rows[i].key;
        s.middle.key_no = 0;
        s.leaf.pss = rows[i].pss;
        s.leaf.digest = rows[i].digest;
        assert_verdict(tell(s), R_NONE, 0);
        s.leaf.forged = true;
        assert_verdict(tell(s), R_CERT_BAD_SIGNATURE, 0);
    }
}

static void other_signatures_are_refused(void **state)
{
    (void)state;
    WITH(leaf.forged = true, R_CERT_BAD_SIGNATURE, 0);
    WITH(middle.forged = true, R_CERT_BAD_SIGNATURE, 1);
    WITH(root.forged = true, R_NONE, 0); /* nobody asks an anchor's */
    /* Bug class 97. */
    WITH(leaf.digest = "SHA1", R_CERT_BROKEN_HASH, 0);
    WITH(middle.digest = "SHA1", R_CERT_BROKEN_HASH, 1);
    WITH(root.digest = "SHA1", R_NONE, 0);
    WITH(leaf.digest = "SHA224", R_CERT_UNSUPPORTED_SIGNATURE, 0);
    WITH(leaf.digest = "SHA3-256", R_CERT_UNSUPPORTED_SIGNATURE, 0);
}

static void what_was_not_offered_is_refused(void **state)
{
    (void)state;
    /* Bug class 12: the alert is unsupported_certificate. */
    static const uint16_t p256[] = {0x0403}, p384[] = {0x0503}, rsa[] = {0x0804, 0x0401};
    WITH(v.schemes = p256; s.v.n_schemes = 1, R_NONE, 0);
    WITH(v.schemes = p384; s.v.n_schemes = 1, R_CERT_UNSUPPORTED_SIGNATURE, 0);
    WITH(v.schemes = rsa; s.v.n_schemes = 2, R_CERT_UNSUPPORTED_SIGNATURE, 0);
    WITH(v.schemes = rsa; s.v.n_schemes = 2;
         s.middle.key = MADE_RSA, R_CERT_UNSUPPORTED_SIGNATURE, 1);
    WITH(v.schemes = rsa; s.v.n_schemes = 1;
         s.middle.key = MADE_RSA, R_CERT_UNSUPPORTED_SIGNATURE, 0);
    assert_int_equal(reason_row(R_CERT_UNSUPPORTED_SIGNATURE)->alert, 43);
}

static void names_that_must_be_there_are(void **state)
{
    (void)state;
    WITH(leaf.cn = NULL; s.leaf.san = "critical,DNS:a.test", R_NONE, 0);
    WITH(leaf.cn = NULL, R_CERT_NO_NAME, 0); /* the names are not critical */
    WITH(leaf.cn = NULL; s.leaf.san = ""; s.v.host = NULL, R_CERT_NO_NAME, 0);
    WITH(middle.cn = NULL, R_CERT_NO_NAME, 0); /* an empty issuer */
}

static void serial_numbers_are_positive_below_the_anchor(void **state)
{
    (void)state;
    WITH(leaf.serial = "0", R_CERT_SERIAL, 0);
    WITH(middle.serial = "0", R_CERT_SERIAL, 1);
    WITH(root.serial = "0", R_NONE, 0);
}

static void constraints_bind_from_any_height(void **state)
{
    (void)state;
    /* Bug class 111. */
    WITH(middle.nc = "critical,permitted;DNS:a.test", R_NONE, 0);
    WITH(root.nc = "permitted;DNS:a.test", R_NONE, 0);
    WITH(middle.nc = "critical,permitted;DNS:b.test", R_CERT_NAME_CONSTRAINED, 0);
    WITH(middle.nc = "critical,excluded;DNS:a.test", R_CERT_NAME_CONSTRAINED, 0);
    WITH(root.nc = "critical,excluded;DNS:a.test", R_CERT_NAME_CONSTRAINED, 0);
    WITH(root.nc = "permitted;DNS:a.test"; s.middle.san = "DNS:b.test", R_CERT_NAME_CONSTRAINED, 1);
    WITH(root.nc = "permitted;email:b.test"; s.leaf.san = "DNS:a.test,email:a@b.test", R_NONE, 0);
    WITH(root.nc = "permitted;email:b.test";
         s.leaf.san = "DNS:a.test,email:a@c.test", R_CERT_NAME_CONSTRAINED, 0);
    WITH(root.nc = "permitted;RID:1.2.3";
         s.leaf.san = "DNS:a.test,RID:1.2.3", R_CERT_CONSTRAINT_UNSUPPORTED, 0);
}

static void the_name_that_was_asked_for_is_proven(void **state)
{
    (void)state;
    WITH(v.host = "b.test", R_CERT_NAME_MISMATCH, 0);
    WITH(leaf.san = "", R_CERT_NO_HOST_NAME, 0);
    WITH(leaf.san = "email:a@a.test", R_CERT_NO_HOST_NAME, 0);
    WITH(leaf.san = "IP:10.0.0.1", R_CERT_NAME_MISMATCH, 0);
    WITH(v.host = NULL, R_NONE, 0);
    WITH(leaf.san = "IP:10.0.0.1"; s.v.host = "10.0.0.1", R_NONE, 0);
    WITH(leaf.san = "DNS:10.0.0.1"; s.v.host = "10.0.0.1", R_CERT_NAME_MISMATCH, 0);
}

static void reasons_carry_the_alerts_of_the_rfc(void **state)
{
    (void)state;
    /* RFC 9846 6.2 */
    static const struct {
        enum reason reason;
        uint8_t alert;
    } rows[] = {
        {R_CERT_EXPIRED, 45},       {R_CERT_NOT_YET_VALID, 45},  {R_CERT_NO_ISSUER, 48},
        {R_CERT_SELF_SIGNED, 48},   {R_CERT_UNTRUSTED_ROOT, 48}, {R_CERT_BROKEN_HASH, 42},
        {R_CERT_BAD_SIGNATURE, 42}, {R_CERT_NAME_MISMATCH, 42},  {R_CERT_UNSUPPORTED_KEY, 43},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(reason_row((uint16_t)rows[i].reason)->alert, rows[i].alert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_path_is_accepted),
        cmocka_unit_test(dates_bind_at_every_depth_to_the_second),
        cmocka_unit_test(only_authorities_issue),
        cmocka_unit_test(path_lengths_count_what_is_between),
        cmocka_unit_test(purposes_bind_down_the_path),
        cmocka_unit_test(a_leaf_signs_handshakes),
        cmocka_unit_test(a_leaf_does_not_contradict_itself),
        cmocka_unit_test(critical_extensions_are_processed_or_refused),
        cmocka_unit_test(keys_are_strong_and_of_known_kinds),
        cmocka_unit_test(signatures_of_every_accepted_kind_verify),
        cmocka_unit_test(other_signatures_are_refused),
        cmocka_unit_test(what_was_not_offered_is_refused),
        cmocka_unit_test(names_that_must_be_there_are),
        cmocka_unit_test(serial_numbers_are_positive_below_the_anchor),
        cmocka_unit_test(constraints_bind_from_any_height),
        cmocka_unit_test(the_name_that_was_asked_for_is_proven),
        cmocka_unit_test(reasons_carry_the_alerts_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
