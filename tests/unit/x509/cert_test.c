/* Certificates from DER: what is read, and which reason refuses what is not (bug classes 13, 116,
 * 117, 124, 125). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NAME(text) "30{31{30{06{550403}0c{'" text "'}}}}"
#define ECDSA_SHA256 "30{06{2a8648ce3d040302}}"
#define RSA_SHA256 "30{06{2a864886f70d01010b}0500}"
#define BYTES_16 "000102030405060708090a0b0c0d0e0f"
#define ED25519_KEY "30{30{06{2b6570}}03{00" BYTES_16 BYTES_16 "}}"

/* struct parts are the texts of a certificate; what is NULL is usual. */
struct parts {
    const char *version, *serial, *algorithm, *issuer, *validity, *subject, *spki, *tail;
    const char *outer_algorithm, *signature, *end, *after;
};

static const char *or_usual(const char *given, const char *usual)
{
    return given ? given : usual;
}

static span build(const struct parts *p)
{
    const char *algorithm = or_usual(p->algorithm, ECDSA_SHA256);
    return asn1(test_text(
        "30{30{%s%s%s%s%s%s%s%s}%s%s%s}%s", or_usual(p->version, "a0{02{02}}"),
        or_usual(p->serial, "02{01}"), algorithm, or_usual(p->issuer, NAME("an issuer")),
        or_usual(p->validity, "30{17{'200101000000Z'}17{'300101000000Z'}}"),
        or_usual(p->subject, NAME("a subject")), or_usual(p->spki, ED25519_KEY),
        or_usual(p->tail, ""), or_usual(p->outer_algorithm, algorithm),
        or_usual(p->signature, "03{00aabb}"), or_usual(p->end, ""), or_usual(p->after, "")));
}

static enum reason parse(struct parts p, struct cert *out)
{
    struct err err = {0};
    bool ok = cert_parse(out, build(&p), &err);
    assert_int_equal(ok, err.reason == R_NONE);
    return (enum reason)err.reason;
}

static void assert_reason(struct parts p, enum reason reason)
{
    struct cert cert;
    enum reason found = parse(p, &cert);
    if (found != reason)
        fail_msg("expected %s, found %s", reason_row((uint16_t)reason)->name,
                 reason_row((uint16_t)found)->name);
}

static void a_certificate_is_read(void **state)
{
    (void)state;
    struct cert c;
    assert_int_equal(parse((struct parts){.serial = "02{00f1f2}"}, &c), R_NONE);
    assert_int_equal(c.version, 3);
    assert_int_equal(c.serial.n, 2);
    assert_int_equal(c.serial.p[0], 0xf1);
    assert_int_equal(c.tbs.p[0], DER_SEQUENCE);
    assert_ptr_equal(c.tbs.p, c.der.p + 3);
    assert_int_equal(c.sig.n, 2);
    assert_int_equal(c.sig.p[0], 0xaa);
    assert_int_equal(c.sig_alg, SIG_ECDSA);
    assert_int_equal(c.sig_hash, HASH_SHA256);
    assert_int_equal(c.key.type, KEY_ED25519);
    assert_int_equal(c.not_before, 1577836800);
    assert_int_equal(c.not_after, 1893456000);
    assert_int_equal(c.path_len, -1);
    assert_true(span_eq(c.issuer, asn1(NAME("an issuer"))));
    assert_true(span_eq(c.subject, asn1(NAME("a subject"))));
    assert_true(span_eq(c.spki, asn1(ED25519_KEY)));
    assert_false(c.self_issued || c.has_basic || c.is_ca || c.has_key_usage || c.has_eku);
    assert_false(c.unknown_critical || c.broken_hash);
    assert_null(c.san.p);
    assert_int_equal(parse((struct parts){.subject = NAME("AN  issuer")}, &c), R_NONE);
    assert_true(c.self_issued);
}

static void every_byte_belongs_to_the_grammar(void **state)
{
    (void)state;
    assert_reason((struct parts){.after = "00"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.end = "0500"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.tail = "0500"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.signature = "03{07aa80}"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.signature = "04{00aa}"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.outer_algorithm = "30{0500}"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.algorithm = "31{}", .outer_algorithm = ECDSA_SHA256},
                  R_CERT_MALFORMED);
    assert_reason((struct parts){.version = "0500"}, R_CERT_SERIAL);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    span whole = build(&(struct parts){0});
    struct cert cert;
    for (size_t n = 0; n < whole.n; n++)
        assert_false(cert_parse(&cert, test_bytes((span){whole.p, n}), NULL));
    assert_true(cert_parse(&cert, whole, NULL));
}

static void no_change_of_a_byte_is_read_past_the_end(void **state)
{
    (void)state;
    span whole = build(&(struct parts){.tail = "a3{30{30{06{551d11}04{30{82{'a.test'}}}}}}"});
    struct cert cert;
    assert_true(cert_parse(&cert, whole, NULL));
    for (size_t i = 0; i < whole.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t *changed = (uint8_t *)(uintptr_t)whole.p;
            changed[i] ^= (uint8_t)(1u << bit);
            struct err err = {0};
            bool ok = cert_parse(&cert, whole, &err);
            assert_int_equal(ok, err.reason == R_NONE);
            changed[i] ^= (uint8_t)(1u << bit);
        }
}

static void the_two_algorithms_are_the_same(void **state)
{
    (void)state;
    /* Bug class 13: tbs.signature and signatureAlgorithm, parameters included. */
    assert_reason((struct parts){.outer_algorithm = RSA_SHA256}, R_CERT_ALGORITHMS_DIFFER);
    assert_reason(
        (struct parts){.algorithm = RSA_SHA256, .outer_algorithm = "30{06{2a864886f70d01010b}}"},
        R_CERT_ALGORITHMS_DIFFER);
}

static void versions_are_known_and_bound_what_follows(void **state)
{
    (void)state;
    const char *extensions = "a3{30{30{06{551d0e}04{04{01}}}}}";
    struct cert c;
    assert_int_equal(parse((struct parts){.version = ""}, &c), R_NONE);
    assert_int_equal(c.version, 1);
    assert_int_equal(parse((struct parts){.version = "a0{02{01}}", .tail = "81{00ff}82{00ff}"}, &c),
                     R_NONE);
    assert_int_equal(c.version, 2);
    assert_int_equal(parse((struct parts){.tail = extensions}, &c), R_NONE);
    assert_int_equal(c.ski.n, 1);
    assert_reason((struct parts){.version = "a0{02{00}}"}, R_CERT_VERSION);
    assert_reason((struct parts){.version = "a0{02{03}}"}, R_CERT_VERSION);
    assert_reason((struct parts){.version = "a0{02{02}0500}"}, R_CERT_VERSION);
    assert_reason((struct parts){.version = "", .tail = extensions}, R_CERT_VERSION);
    assert_reason((struct parts){.version = "a0{02{01}}", .tail = extensions}, R_CERT_VERSION);
    assert_reason((struct parts){.version = "", .tail = "81{00ff}"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.tail = "81{}"}, R_CERT_MALFORMED);
    assert_reason((struct parts){.tail = "81{08ff}"}, R_CERT_MALFORMED);
}

static void serial_numbers_are_short_and_not_negative(void **state)
{
    (void)state;
    const char *bytes_20 = "ff" BYTES_16 "010203";
    assert_reason((struct parts){.serial = test_text("02{00%s}", bytes_20)}, R_NONE);
    assert_reason((struct parts){.serial = test_text("02{01%s}", bytes_20)}, R_CERT_SERIAL);
    assert_reason((struct parts){.serial = "02{ff}"}, R_CERT_SERIAL);
    assert_reason((struct parts){.serial = "02{0001}"}, R_CERT_SERIAL);
    assert_reason((struct parts){.serial = "02{}"}, R_CERT_SERIAL);
    assert_reason((struct parts){.serial = "02{00}"}, R_NONE); /* check.c asks */
}

static void parts_are_refused_by_their_reasons(void **state)
{
    (void)state;
    assert_reason((struct parts){.issuer = "30{31{}}"}, R_CERT_NAME_MALFORMED);
    assert_reason((struct parts){.subject = "31{}"}, R_CERT_NAME_MALFORMED);
    assert_reason((struct parts){.subject = "30{31{30{06{550403}13{'a_b'}}}}"},
                  R_CERT_NAME_MALFORMED);
    assert_reason((struct parts){.validity = "30{17{'200101000000Z'}}"}, R_CERT_TIME_MALFORMED);
    assert_reason((struct parts){.validity = "30{17{'200101000000Z'}17{'300101000000Z'}0500}"},
                  R_CERT_TIME_MALFORMED);
    assert_reason((struct parts){.validity = "30{17{'200101000060Z'}17{'300101000000Z'}}"},
                  R_CERT_TIME_MALFORMED);
    assert_reason((struct parts){.spki = "30{30{06{2b6570}}03{00" BYTES_16 "}}"},
                  R_CERT_KEY_MALFORMED);
    assert_reason((struct parts){.tail = "a3{0500}"}, R_CERT_EXTENSION_MALFORMED);
    assert_reason((struct parts){.tail = "a3{30{30{06{551d0e}04{04{01}}}}0500}"},
                  R_CERT_EXTENSION_MALFORMED);
}

static void depth_of_nesting_costs_nothing(void **state)
{
    (void)state;
    /* Bug class 124: ten thousand levels in an attribute are bytes like others. */
    enum { LEVELS = 10000 };
    char *text = malloc(LEVELS * 4 + 1);
    assert_non_null(text);
    for (size_t i = 0; i < LEVELS; i++) {
        memcpy(text + 3 * i, "30{", 3);
        text[3 * LEVELS + i] = '}';
    }
    text[4 * LEVELS] = 0;
    struct cert c;
    const char *deep = test_text("30{31{30{06{550403}%s}}}", text);
    free(text);
    assert_int_equal(parse((struct parts){.subject = deep}, &c), R_NONE);
    assert_true(c.subject.n > 2 * LEVELS);
    assert_reason((struct parts){.spki = test_text("30{%s}", deep)}, R_CERT_KEY_MALFORMED);
}

static void public_authorities_are_all_read(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    /* Strictly, so that one root that we misread fails. */
    if (!tacit_trust_add_file(trust, "/etc/ssl/certs/ca-certificates.crt", &error)) {
        tacit_trust_free(trust);
        if (strcmp(error.name, "FILE_UNREADABLE") == 0)
            skip();
        fail_msg("%s", error.name);
    }
    assert_true(tacit_trust_count(trust) >= 100);
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_read),
        cmocka_unit_test(every_byte_belongs_to_the_grammar),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_change_of_a_byte_is_read_past_the_end),
        cmocka_unit_test(the_two_algorithms_are_the_same),
        cmocka_unit_test(versions_are_known_and_bound_what_follows),
        cmocka_unit_test(serial_numbers_are_short_and_not_negative),
        cmocka_unit_test(parts_are_refused_by_their_reasons),
        cmocka_unit_test(depth_of_nesting_costs_nothing),
        cmocka_unit_test(public_authorities_are_all_read),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
