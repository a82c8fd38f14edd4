/* Pinned keys, lists of who is allowed, and keys that are trusted by themselves: what they ask of a
 * path, and that they only ever refuse. */
#include "x509/admit.h"

#include "crls.h"

#include <tacit/verify.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_cert *root, *sub, *leaf, *stranger;
static const struct test_cert *sent[2];

static int begin(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .key_no = 1, .ca = true}, NULL);
    sub = test_cert((struct test_cert_spec){.cn = "sub", .key_no = 2, .ca = true}, root);
    leaf = test_cert((struct test_cert_spec){.cn = "leaf",
                                             .key_no = 3,
                                             .san = "DNS:a.test,URI:spiffe://a.test/x,"
                                                    "IP:10.0.0.1,email:u@a.test"},
                     sub);
    stranger = test_cert((struct test_cert_spec){.cn = "stranger", .key_no = 4}, root);
    sent[0] = leaf;
    sent[1] = sub;
    return 0;
}

/* key_of is the SHA-256 of a certificate's key. */
static void key_of(const struct test_cert *cert, uint8_t out[SPKI_HASH])
{
    struct cert parsed;
    assert_true(cert_parse(&parsed, test_cert_der(cert), NULL));
    hash_once(HASH_SHA256, parsed.spki, out);
}

static tacit_trust *trust_of(const struct test_cert *anchor, const struct test_cert *key)
{
    uint8_t hash[SPKI_HASH];
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    assert_non_null(trust);
    if (anchor)
        assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&anchor, 1)), NULL));
    if (key) {
        key_of(key, hash);
        assert_true(tacit_trust_add_key(trust, hash, NULL));
    }
    return trust;
}

/* assert_said verifies and frees the trust: NULL for yes, otherwise the reason. */
static tacit_error assert_said(tacit_verify_options o, tacit_trust *trust, const char *reason)
{
    tacit_error error = {0};
    o.size = sizeof o;
    o.trust = trust;
    o.time = o.time ? o.time : TEST_NOW;
    bool yes = tacit_verify(test_env(), NULL, &o, &error);
    tacit_trust_free(trust);
    if (yes != !reason || (reason && strcmp(error.name, reason) != 0))
        fail_msg("expected %s, found %s", reason ? reason : "yes", yes ? "yes" : error.name);
    return error;
}

static tacit_verify_options usual(void)
{
    return (tacit_verify_options){.chain = span_str(test_chain_pem(sent, 2))};
}

/* ---- pins ------------------------------------------------------------------------------------ */

static void a_pin_is_met_anywhere_in_the_path(void **state)
{
    (void)state;
    const struct test_cert *const path[] = {leaf, sub, root};
    uint8_t pins[2][SPKI_HASH];
    tacit_verify_options o = usual();
    o.pins = pins;
    for (size_t i = 0; i < 3; i++) {
        key_of(path[i], pins[0]);
        key_of(stranger, pins[1]);
        o.n_pins = 1;
        assert_said(o, trust_of(root, NULL), NULL);
        memcpy(pins[1], pins[0], SPKI_HASH);
        key_of(stranger, pins[0]);
        o.n_pins = 2;
        assert_said(o, trust_of(root, NULL), NULL);
        pins[1][SPKI_HASH - 1] ^= 1;
        tacit_error error = assert_said(o, trust_of(root, NULL), "CERT_PIN_MISMATCH");
        assert_string_equal(error.code, "cert.pin-mismatch");
        assert_int_equal(tacit_error_exit_status(&error), 34);
        assert_int_equal(error.detail, 3);
    }
}

/* RFC 7469 2.6: what was sent along, but is not of the path, is nobody's word. */
static void a_pin_is_not_met_by_what_is_beside_the_path(void **state)
{
    (void)state;
    const struct test_cert *const more[] = {leaf, sub, stranger};
    uint8_t pin[1][SPKI_HASH];
    tacit_verify_options o = usual();
    o.chain = span_str(test_chain_pem(more, 3));
    key_of(stranger, pin[0]);
    o.pins = pin;
    o.n_pins = 1;
    assert_said(o, trust_of(root, NULL), "CERT_PIN_MISMATCH");
    /* The anchor's key is one of the path's, but only of the path that meets it. */
    key_of(root, pin[0]);
    assert_said(o, trust_of(sub, NULL), "CERT_PIN_MISMATCH");
    assert_said(o, trust_of(root, NULL), NULL);
}

static void another_path_may_meet_the_pin(void **state)
{
    (void)state;
    uint8_t pin[1][SPKI_HASH];
    /* sub is an anchor itself, and is also issued by root: both end a path. */
    tacit_trust *trust = trust_of(sub, NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
    tacit_verify_options o = usual();
    key_of(root, pin[0]);
    o.pins = pin;
    o.n_pins = 1;
    assert_said(o, trust, NULL);
}

static void a_pin_makes_nothing_valid(void **state)
{
    (void)state;
    uint8_t pin[1][SPKI_HASH];
    tacit_verify_options o = usual();
    key_of(leaf, pin[0]);
    o.pins = pin;
    o.n_pins = 1;
    assert_said(o, trust_of(stranger, NULL), "CERT_NO_ISSUER");
    o.time = TEST_NOT_AFTER + 1;
    assert_said(o, trust_of(root, NULL), "CERT_EXPIRED");
}

/* ---- lists ----------------------------------------------------------------------------------- */

static const char *key_text(const struct test_cert *cert)
{
    uint8_t key[SPKI_HASH];
    char text[2 * SPKI_HASH + 1];
    key_of(cert, key);
    for (size_t i = 0; i < SPKI_HASH; i++)
        snprintf(text + 2 * i, 3, i % 2 ? "%02x" : "%02X", key[i]);
    return test_text("%s", text);
}

static void one_entry_is_enough(void **state)
{
    (void)state;
    const tacit_allow all[] = {
        {TACIT_ALLOW_DNS, "*.b.test"},      {TACIT_ALLOW_URI, "spiffe://b.test/*"},
        {TACIT_ALLOW_EMAIL, "*@b.test"},    {TACIT_ALLOW_IP, "10.0.0.2"},
        {TACIT_ALLOW_SPKI, key_text(sub)}, /* the leaf's key alone counts */
        {TACIT_ALLOW_DNS, "a.test"},        {TACIT_ALLOW_URI, "spiffe://a.test/*"},
        {TACIT_ALLOW_EMAIL, "*@a.test"},    {TACIT_ALLOW_IP, "10.0.0.0/24"},
        {TACIT_ALLOW_SPKI, key_text(leaf)},
    };
    tacit_verify_options o = usual();
    o.allow = all;
    o.n_allow = 5;
    tacit_error error = assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
    assert_string_equal(error.code, "cert.name-mismatch");
    assert_int_equal(tacit_error_exit_status(&error), 31);
    assert_int_equal(error.detail, 4);
    assert_int_equal(error.depth, 0);
    for (size_t i = 5; i < sizeof all / sizeof all[0]; i++) {
        const tacit_allow two[] = {all[i - 5], all[i]};
        o.allow = two;
        o.n_allow = 2;
        assert_said(o, trust_of(root, NULL), NULL);
        o.n_allow = 1;
        assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
    }
}

/* Bug class 109: neither a common name nor an address in a subject is a name. */
static void who_has_no_names_is_on_no_list(void **state)
{
    (void)state;
    const tacit_allow allow[] = {{TACIT_ALLOW_DNS, "stranger"}, {TACIT_ALLOW_DNS, "*.a.test"}};
    tacit_verify_options o = usual();
    o.chain = span_str(test_chain_pem(&stranger, 1));
    o.allow = allow;
    o.n_allow = 2;
    assert_int_equal(assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED").detail, 0);
}

/* The issuer's names are not the leaf's. */
static void an_issuers_names_do_not_count(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "named", .key_no = 5, .ca = true, .san = "DNS:a.test"};
    const struct test_cert *named = test_cert(spec, root);
    spec = (struct test_cert_spec){.cn = "below", .key_no = 6, .san = "DNS:b.test"};
    const struct test_cert *chain[] = {test_cert(spec, named), named};
    const tacit_allow allow = {TACIT_ALLOW_DNS, "a.test"};
    tacit_verify_options o = {
        .chain = span_str(test_chain_pem(chain, 2)), .allow = &allow, .n_allow = 1};
    assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
}

/* SPIFFE X.509-SVID 2: exactly one URI. Other URIs may be several. */
static void a_spiffe_id_stands_alone(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "two", .key_no = 7};
    spec.san = "URI:spiffe://a.test/x,URI:https://a.test/x,DNS:a.test";
    const struct test_cert *two = test_cert(spec, root);
    tacit_verify_options o = {.chain = span_str(test_chain_pem(&two, 1)), .n_allow = 1};
    tacit_allow allow = {TACIT_ALLOW_URI, "spiffe://a.test/x"};
    o.allow = &allow;
    assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
    allow.pattern = "SPIFFE://a.test/*";
    assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
    allow.pattern = "https://a.test/x";
    assert_said(o, trust_of(root, NULL), NULL);
}

/* assert_bounded: a hundred entries are within the bound, all of them are not. */
static void assert_bounded(const struct test_cert *many, const tacit_allow *allow, size_t n)
{
    tacit_verify_options o = {.chain = span_str(test_chain_pem(&many, 1)), .allow = allow};
    o.n_allow = 100;
    assert_said(o, trust_of(root, NULL), "CERT_NOT_ALLOWED");
    o.n_allow = n;
    assert_said(o, trust_of(root, NULL), "CERT_BUDGET_COMPARISONS");
}

/* Bug class 112: names times entries are bounded, and what is over the bound is refused. */
static void the_work_is_bounded(void **state)
{
    enum { NAMES = 1100, ENTRIES = 1000 };
    static tacit_allow allow[ENTRIES];
    (void)state;
    char *san = calloc(NAMES, 16);
    assert_non_null(san);
    for (size_t i = 0, at = 0; i < NAMES; i++)
        at += (size_t)sprintf(san + at, "%sDNS:n%zu.test", i ? "," : "", i);
    for (size_t i = 0; i < ENTRIES; i++)
        allow[i] = (tacit_allow){TACIT_ALLOW_DNS, test_text("e%zu.test", i)};
    struct test_cert_spec spec = {.cn = "many", .key_no = 8, .san = san};
    const struct test_cert *many = test_cert(spec, root);
    free(san);
    assert_bounded(many, allow, ENTRIES);
}

/* Forty names that are long cost what five thousand short ones do. */
static void long_names_cost_more(void **state)
{
    enum { NAMES = 40, LONG = 2000, ENTRIES = 300 };
    static tacit_allow allow[ENTRIES];
    (void)state;
    char *san = calloc(NAMES, LONG + 32);
    assert_non_null(san);
    for (size_t i = 0, at = 0; i < NAMES; i++)
        at += (size_t)sprintf(san + at, "%sURI:https://a.test/%0*zu", i ? "," : "", LONG, i);
    for (size_t i = 0; i < ENTRIES; i++)
        allow[i] = (tacit_allow){TACIT_ALLOW_URI, "https://a.test/b"};
    struct test_cert_spec spec = {.cn = "long", .key_no = 8, .san = san};
    const struct test_cert *many = test_cert(spec, root);
    free(san);
    assert_bounded(many, allow, ENTRIES);
}

static void patterns_at_fault_are_told(void **state)
{
    (void)state;
    tacit_allow allow[] = {{TACIT_ALLOW_DNS, "a.test"}, {TACIT_ALLOW_DNS, "*.test"}};
    tacit_verify_options o = usual();
    o.allow = allow;
    o.n_allow = 2;
    assert_int_equal(assert_said(o, trust_of(root, NULL), "BAD_ALLOW_OPTION").detail, 1);
    allow[0].pattern = NULL;
    assert_int_equal(assert_said(o, trust_of(root, NULL), "BAD_ALLOW_OPTION").detail, 0);
}

/* ---- keys that are trusted by themselves ----------------------------------------------------- */

static void a_trusted_key_needs_no_issuer(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "alone", .key_no = 9, .san = "DNS:alone.test"};
    const struct test_cert *alone = test_cert(spec, NULL);
    tacit_verify_options o = {.chain = span_str(test_chain_pem(&alone, 1))};
    assert_said(o, trust_of(NULL, alone), NULL);
    assert_said(o, trust_of(NULL, leaf), "CERT_SELF_SIGNED");
    assert_said(o, trust_of(root, NULL), "CERT_SELF_SIGNED");
    o.name = "alone.test";
    assert_said(o, trust_of(root, alone), NULL);
    o.name = "other.test";
    assert_said(o, trust_of(root, alone), "CERT_NAME_MISMATCH");
    o.name = NULL;
    o.time = TEST_NOT_AFTER + 1;
    assert_said(o, trust_of(NULL, alone), "CERT_EXPIRED");
    /* Another certificate of the same key will do; one that it issued will not. */
    spec = (struct test_cert_spec){.cn = "again", .key_no = 9};
    const struct test_cert *again = test_cert(spec, root);
    o = (tacit_verify_options){.chain = span_str(test_chain_pem(&again, 1))};
    assert_said(o, trust_of(NULL, alone), NULL);
    spec = (struct test_cert_spec){.cn = "issuer", .key_no = 10, .ca = true};
    const struct test_cert *issuer = test_cert(spec, NULL);
    spec = (struct test_cert_spec){.cn = "issued", .key_no = 11};
    const struct test_cert *chain[] = {test_cert(spec, issuer), issuer};
    o.chain = span_str(test_chain_pem(chain, 2));
    assert_said(o, trust_of(NULL, issuer), "CERT_UNTRUSTED_ROOT");
}

/* Its holder can write any name into it. */
static void the_names_of_a_trusted_key_are_its_own_word(void **state)
{
    (void)state;
    struct test_cert_spec spec = {.cn = "alone", .key_no = 9, .san = "DNS:alone.test"};
    const struct test_cert *alone = test_cert(spec, NULL);
    tacit_allow allow = {TACIT_ALLOW_DNS, "alone.test"};
    tacit_verify_options o = {
        .chain = span_str(test_chain_pem(&alone, 1)), .allow = &allow, .n_allow = 1};
    assert_said(o, trust_of(NULL, alone), "CERT_NOT_ALLOWED");
    assert_said(o, trust_of(alone, alone), NULL); /* the certificate itself is trusted as well */
    allow = (tacit_allow){TACIT_ALLOW_SPKI, key_text(alone)};
    assert_said(o, trust_of(NULL, alone), NULL);
    uint8_t pin[1][SPKI_HASH];
    key_of(root, pin[0]);
    o.pins = pin;
    o.n_pins = 1;
    assert_said(o, trust_of(NULL, alone), "CERT_PIN_MISMATCH");
}

static void a_sealed_trust_takes_no_key(void **state)
{
    (void)state;
    uint8_t key[SPKI_HASH];
    tacit_error error = {0};
    tacit_trust *trust = trust_of(root, leaf);
    assert_int_equal(tacit_trust_count(trust), 2);
    assert_said(usual(), tacit_trust_ref(trust), NULL);
    key_of(sub, key);
    assert_false(tacit_trust_add_key(trust, key, &error));
    assert_string_equal(error.name, "TRUST_SEALED");
    assert_int_equal(tacit_trust_count(trust), 2);
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_is_met_anywhere_in_the_path),
        cmocka_unit_test(a_pin_is_not_met_by_what_is_beside_the_path),
        cmocka_unit_test(another_path_may_meet_the_pin),
        cmocka_unit_test(a_pin_makes_nothing_valid),
        cmocka_unit_test(one_entry_is_enough),
        cmocka_unit_test(who_has_no_names_is_on_no_list),
        cmocka_unit_test(an_issuers_names_do_not_count),
        cmocka_unit_test(a_spiffe_id_stands_alone),
        cmocka_unit_test(the_work_is_bounded),
        cmocka_unit_test(long_names_cost_more),
        cmocka_unit_test(patterns_at_fault_are_told),
        cmocka_unit_test(a_trusted_key_needs_no_issuer),
        cmocka_unit_test(the_names_of_a_trusted_key_are_its_own_word),
        cmocka_unit_test(a_sealed_trust_takes_no_key),
    };
    return cmocka_run_group_tests(tests, begin, test_certs_end);
}
