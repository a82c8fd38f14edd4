/* A chain and its key become an identity, or one error: RFC 9846 4.5.1.2; bug class 128. */
#include "certs.h"
#include "hs/config.h"
#include "ocsps.h"

#include <tacit/tacit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct test_cert *root, *leaf;

static tacit_identity *load(const char *chain, const char *key, tacit_password password, void *user,
                            tacit_error *error)
{
    return tacit_identity_pem(test_env(), span_str(chain), span_str(key), password, user, error);
}

static void assert_refused(const char *chain, const char *key, const char *name)
{
    tacit_error error = {0};
    tacit_identity *id = load(chain, key, NULL, NULL, &error);
    if (id || strcmp(error.name, name) != 0)
        fail_msg("expected %s, found %s", name, id ? "none" : error.name);
    assert_int_equal(error.alert,
                     error.origin == TACIT_ORIGIN_RESOURCE ? TACIT_NO_ALERT : error.alert);
    assert_null(load(chain, key, NULL, NULL, NULL));
}

static const char *chain_of(const struct test_cert *cert)
{
    return test_chain_pem(&cert, 1);
}

static const struct test_cert *cert_of(enum made_key key, const char *ku)
{
    return test_cert((struct test_cert_spec){.cn = "x", .key = key, .ku = ku}, root);
}

/* pem lends what pem_key makes. */
static const char *pem(enum made_key key, enum made_form form, const char *cipher,
                       const char *password)
{
    char *text = pem_key(key, form, cipher, password);
    const char *kept = test_text("%s", text);
    free(text);
    return kept;
}

/* ---- accepted -------------------------------------------------------------------------------- */

static const enum made_key usable[] = {MADE_P256, MADE_P384, MADE_P521,      MADE_ED25519,
                                       MADE_RSA,  MADE_PSS,  MADE_PSS_SHA256};

enum { N_USABLE = sizeof usable / sizeof usable[0] };

static void each_kind_of_key_fits_its_certificate_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_USABLE; i++) {
        const char *chain = chain_of(cert_of(usable[i], NULL));
        for (size_t j = 0; j < N_USABLE; j++) {
            tacit_error error = {0};
            const char *key = pem(usable[j], FORM_PKCS8, NULL, NULL);
            tacit_identity *id = load(chain, key, NULL, NULL, &error);
            if (!id != (i != j))
                fail_msg("certificate %zu, key %zu: %s", i, j, id ? "taken" : error.name);
            if (!id)
                assert_string_equal(error.name, "KEY_MISMATCH");
            tacit_identity_free(id);
        }
    }
}

static void another_key_of_the_same_kind_does_not_fit(void **state)
{
    (void)state;
    static const enum made_key kinds[] = {MADE_P256, MADE_P384, MADE_ED25519, MADE_RSA};
    for (size_t i = 0; i < 4; i++) {
        const struct test_cert *other =
            test_cert((struct test_cert_spec){.key = kinds[i], .key_no = 1, .cn = "o"}, root);
        assert_refused(chain_of(cert_of(kinds[i], NULL)), test_key_pem(other), "KEY_MISMATCH");
    }
}

static void one_text_may_hold_both(void **state)
{
    (void)state;
    const char *both = test_text("notes\n%sand\n%s", test_key_pem(leaf), chain_of(leaf));
    tacit_identity *id = load(both, both, NULL, NULL, NULL);
    assert_non_null(id);
    assert_int_equal(id->chain->n, 1);
    tacit_identity_free(id);
}

static void the_leaf_comes_first(void **state)
{
    (void)state;
    const struct test_cert *right[] = {leaf, root}, *wrong[] = {root, leaf};
    tacit_identity *id = load(test_chain_pem(right, 2), test_key_pem(leaf), NULL, NULL, NULL);
    assert_non_null(id);
    assert_int_equal(id->chain->n, 2);
    assert_true(span_eq(id->chain->certs[0].der, test_cert_der(leaf)));
    tacit_identity_free(id);
    assert_refused(test_chain_pem(wrong, 2), test_key_pem(leaf), "IDENTITY_UNUSABLE");
}

/* Bug class 93: a key for encipherment only signs no handshake. */
static void a_key_that_may_not_sign_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *ku;
        bool usable, transport;
    } rows[] = {
        {"critical,keyEncipherment", true, true}, /* for a configuration that has the word */
        {"keyAgreement", false, false},
        {"critical,keyCertSign,cRLSign", false, false},
        {"nonRepudiation", false, false},
        {"digitalSignature,keyEncipherment", true, false},
        {"", true, false}, /* without the extension, everything is allowed */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct test_cert *cert = cert_of(MADE_RSA, rows[i].ku);
        if (!rows[i].usable) {
            assert_refused(chain_of(cert), test_key_pem(cert), "IDENTITY_UNUSABLE");
            continue;
        }
        tacit_identity *id = load(chain_of(cert), test_key_pem(cert), NULL, NULL, NULL);
        assert_non_null(id);
        assert_int_equal(id->transport, rows[i].transport);
        tacit_identity_free(id);
    }
    const struct test_cert *ec = cert_of(MADE_P256, "keyEncipherment"); /* it enciphers nothing */
    assert_refused(chain_of(ec), test_key_pem(ec), "IDENTITY_UNUSABLE");
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void a_key_that_cannot_be_used_is_refused(void **state)
{
    (void)state;
    const char *chain = chain_of(leaf), *good = test_key_pem(leaf);
    static const enum made_key bad[] = {MADE_X25519, MADE_SECP256K1, MADE_RSA_1024, MADE_EXPLICIT};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(chain, pem(bad[i], FORM_PKCS8, NULL, NULL), "KEY_UNSUPPORTED");
    assert_refused(chain, chain, "KEY_NOT_FOUND");
    assert_refused(chain, "", "KEY_NOT_FOUND");
    assert_refused(chain, test_text("%.80s\n-----END PRIVATE KEY-----\n", good), "KEY_MALFORMED");
}

static size_t give(void *user, char *out, size_t cap)
{
    size_t n = strlen(user);
    assert_true(n <= cap);
    memcpy(out, user, n);
    return n;
}

/* Bug class 128: nothing prompts. */
static void an_encrypted_key_needs_its_password(void **state)
{
    (void)state;
    tacit_error error = {0};
    char right[] = "right", wrong[] = "wrong", none[] = "";
    const struct test_cert *cert = cert_of(MADE_P256, NULL);
    const char *chain = chain_of(cert);
    const char *key = pem(MADE_P256, FORM_PKCS8, "AES-256-CBC", right);
    assert_refused(chain, key, "KEY_NEEDS_PASSWORD");
    assert_null(load(chain, key, give, none, &error));
    assert_string_equal(error.name, "KEY_NEEDS_PASSWORD");
    assert_null(load(chain, key, give, wrong, &error));
    assert_string_equal(error.name, "KEY_WRONG_PASSWORD");
    tacit_identity *id = load(chain, key, give, right, &error);
    assert_non_null(id);
    tacit_identity_free(id);
}

/* ---- chains ---------------------------------------------------------------------------------- */

static void a_chain_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    enum { TOO_MANY = CHAIN_MAX + 1 };
    const struct test_cert *many[TOO_MANY];
    const char *key = test_key_pem(leaf);
    for (size_t i = 0; i < TOO_MANY; i++)
        many[i] = leaf;
    assert_refused("", key, "PEM_NO_CERTIFICATE");
    assert_refused(key, key, "PEM_NO_CERTIFICATE");
    assert_refused(test_text("%.100s", chain_of(leaf)), key, "PEM_MALFORMED");
    assert_refused(test_chain_pem(many, TOO_MANY), key, "PEM_TOO_MANY");
    assert_refused(test_pem_wrap(span_str("nothing like it")), key, "CERT_MALFORMED");
    tacit_identity *id = load(test_chain_pem(many, TOO_MANY - 1), key, NULL, NULL, NULL);
    assert_non_null(id);
    tacit_identity_free(id);
}

static void a_chain_without_its_key_is_an_identity_too(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_identity *id = tacit_identity_chain(test_env(), span_str(chain_of(leaf)), &error);
    assert_non_null(id);
    assert_null(id->key);
    tacit_identity_free(id);
    span bad = span_str(chain_of(cert_of(MADE_RSA, "keyAgreement")));
    assert_null(tacit_identity_chain(test_env(), bad, &error));
    assert_string_equal(error.name, "IDENTITY_UNUSABLE");
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char *file_with(const char *name, const char *text, size_t size)
{
    const char *path = test_text("/tmp/tacit-identity-%d-%s", (int)getpid(), name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    if (size)
        assert_int_equal(ftruncate(fileno(f), (off_t)size), 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void assert_files(const char *chain, const char *key, const char *name)
{
    tacit_error error = {0};
    tacit_identity *id = tacit_identity_files(test_env(), chain, key, NULL, NULL, &error);
    if (!name && !id)
        fail_msg("%s", error.name);
    if (name)
        assert_string_equal(id ? "none" : error.name, name);
    tacit_identity_free(id);
}

static void files_are_read(void **state)
{
    (void)state;
    const char *chain = file_with("chain", chain_of(leaf), 0);
    const char *key = file_with("key", test_key_pem(leaf), 0);
    const char *large = file_with("large", "x", (1 << 20) + 1);
    assert_files(chain, key, NULL);
    assert_files("/nonexistent", key, "FILE_UNREADABLE");
    assert_files(chain, "/nonexistent", "FILE_UNREADABLE");
    assert_files("/tmp", key, "FILE_UNREADABLE");
    assert_files(large, key, "FILE_TOO_LARGE");
    assert_files(chain, large, "FILE_TOO_LARGE");
    assert_files(chain, chain, "KEY_NOT_FOUND");
    unlink(chain);
    unlink(key);
    unlink(large);
}

/* staple makes an identity with a response, and says what is wrong with that. */
static const char *staple(tacit_identity *id, span response, tacit_identity **out)
{
    tacit_error error = {.name = NULL};
    tacit_identity *made = tacit_identity_with_staple(id, response, &error);
    assert_true(!made == !!error.name);
    if (out)
        *out = made;
    else
        tacit_identity_free(made);
    return made ? NULL : error.name;
}

static struct test_ocsp_spec current(enum test_ocsp_status status)
{
    int64_t now = time(NULL);
    return (struct test_ocsp_spec){
        .singles = {{.status = status, .this_update = now - 60, .next_update = now + 60}},
        .produced_at = now - 60,
    };
}

static void a_staple_makes_another_identity_of_the_same_key(void **state)
{
    (void)state;
    tacit_identity *id = load(chain_of(leaf), test_key_pem(leaf), NULL, NULL, NULL), *one, *two;
    span good = test_ocsp(current(TEST_OCSP_GOOD), leaf, root);
    assert_null(staple(id, good, &one));
    assert_null(staple(one, good, &two));
    assert_ptr_equal(one->chain, id->chain);
    assert_ptr_equal(two->key, id->key);
    assert_true(two->bare == id && !id->staple.p && one->staple.p != good.p);
    tacit_identity_info info = {.size = sizeof info};
    assert_true(tacit_identity_describe(id, &info));
    assert_true(info.staple_until == 0 && !info.must_staple);
    assert_true(info.not_before == id->chain->certs[0].not_before);
    assert_true(info.not_after == id->chain->certs[0].not_after);
    assert_true(info.not_before < info.not_after);
    assert_true(tacit_identity_describe(two, &info));
    assert_true(info.staple_until == two->staple_until && info.staple_until > time(NULL));
    tacit_identity_free(id);
    tacit_identity_free(one);
    uint8_t signature[SIG_MAX];
    assert_true(tacit_identity_sign(two, signature, 0x0403, span_str("x")) > 0);
    tacit_identity_free(two);
    assert_null(tacit_identity_with_staple(NULL, good, NULL));
}

static void a_promise_of_a_staple_shows(void **state)
{
    (void)state;
    const struct test_cert *promising = test_cert(
        (struct test_cert_spec){.cn = "p", .more = {{"tlsfeature", "status_request"}}}, root);
    tacit_identity *id =
        load(test_chain_pem(&promising, 1), test_key_pem(promising), NULL, NULL, NULL);
    tacit_identity_info info = {.size = sizeof info};
    assert_true(tacit_identity_describe(id, &info) && info.must_staple);
    tacit_identity_free(id);
}

static void a_staple_that_would_be_refused_is_refused_at_once(void **state)
{
    (void)state;
    tacit_identity *id = load(chain_of(leaf), test_key_pem(leaf), NULL, NULL, NULL);
    const struct test_cert *both[] = {leaf, root};
    tacit_identity *whole = load(test_chain_pem(both, 2), test_key_pem(leaf), NULL, NULL, NULL);
    struct test_ocsp_spec forged = current(TEST_OCSP_GOOD);
    forged.forged = true;
    span response = test_ocsp(forged, leaf, root);
    assert_null(staple(id, response, NULL)); /* by whom it should be signed, it does not know */
    assert_string_equal(staple(whole, response, NULL), "OCSP_NOT_AUTHENTIC");
    response = test_ocsp(current(TEST_OCSP_REVOKED), leaf, root);
    assert_string_equal(staple(id, response, NULL), "CERT_REVOKED");
    response = test_ocsp(current(TEST_OCSP_UNKNOWN), leaf, root);
    assert_string_equal(staple(id, response, NULL), "OCSP_UNKNOWN_CERT");
    response = test_ocsp((struct test_ocsp_spec){0}, leaf, root); /* of TEST_NOW */
    assert_string_equal(staple(id, response, NULL), "OCSP_NOT_CURRENT");
    response = test_ocsp(current(TEST_OCSP_GOOD), root, root);
    assert_string_equal(staple(id, response, NULL), "OCSP_OTHER_CERT");
    response = test_ocsp((struct test_ocsp_spec){.unsuccessful = 1}, leaf, root);
    assert_string_equal(staple(id, response, NULL), "OCSP_NOT_SUCCESSFUL");
    assert_string_equal(staple(id, span_str("none"), NULL), "OCSP_UNREADABLE");
    tacit_identity_free(whole);
    tacit_identity_free(id);
}

static void references_and_null(void **state)
{
    (void)state;
    tacit_error error = {.reason = 1, .name = "EARLIER"};
    tacit_identity *id = load(chain_of(leaf), test_key_pem(leaf), NULL, NULL, NULL);
    assert_ptr_equal(tacit_identity_ref(id), id);
    tacit_identity_free(id);
    assert_int_equal(id->chain->n, 1);
    tacit_identity_free(id);
    tacit_identity_free(NULL);
    assert_null(tacit_identity_pem(NULL, (span){0}, (span){0}, NULL, NULL, &error));
    assert_null(tacit_identity_chain(NULL, (span){0}, &error));
    assert_null(tacit_identity_files(NULL, "x", "x", NULL, NULL, &error));
    assert_string_equal(error.name, "EARLIER");
}

static int set_up(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key_no = 9}, NULL);
    leaf = test_cert((struct test_cert_spec){.cn = "leaf", .san = "DNS:a.test"}, root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key_fits_its_certificate_alone),
        cmocka_unit_test(another_key_of_the_same_kind_does_not_fit),
        cmocka_unit_test(one_text_may_hold_both),
        cmocka_unit_test(the_leaf_comes_first),
        cmocka_unit_test(a_key_that_may_not_sign_is_refused),
        cmocka_unit_test(a_key_that_cannot_be_used_is_refused),
        cmocka_unit_test(an_encrypted_key_needs_its_password),
        cmocka_unit_test(a_chain_that_cannot_be_read_is_refused),
        cmocka_unit_test(a_chain_without_its_key_is_an_identity_too),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(a_staple_makes_another_identity_of_the_same_key),
        cmocka_unit_test(a_promise_of_a_staple_shows),
        cmocka_unit_test(a_staple_that_would_be_refused_is_refused_at_once),
        cmocka_unit_test(references_and_null),
    };
    return cmocka_run_group_tests(tests, set_up, test_certs_end);
}
