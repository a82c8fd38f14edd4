/* Names for people: RFC 4514's manner, and nothing that a terminal or a log would obey (bug class
 * 129). */
#include "x509/parse.h"

#include "asn1.h"
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void assert_text(const char *name, const char *text)
{
    char out[256];
    span der = asn1(name);
    assert_true(name_check(der));
    assert_int_equal(name_text(der, out, sizeof out), strlen(text));
    assert_string_equal(out, text);
}

#define CN(value) "30{31{30{06{550403}" value "}}}"

static void names_are_written_last_part_first(void **state)
{
    (void)state;
    assert_text("30{31{30{06{550406}13{'US'}}}31{30{06{55040a}13{'Example'}}}"
                "31{30{06{550403}0c{'a.test'}}30{06{55040b}0c{'b'}}}}",
                "CN=a.test+OU=b,O=Example,C=US");
    assert_text("30{}", "");
    assert_text(CN("0c{}"), "CN=");
    assert_text("30{31{30{06{09922689 93f22c640119}16{'example'}}}}", "DC=example");
    assert_text("30{31{30{06{2b06010401823702}0c{'x'}}}}", "1.3.6.1.4.1.311.2=x");
    assert_text("30{31{30{06{8837}0c{'x'}}}}", "2.999=x");
    assert_text("30{31{30{06{2a9fffffffffff7f}0c{'x'}}}}", "1.2.?=x");
}

static void strings_of_every_kind_become_utf8(void **state)
{
    (void)state;
    assert_text(CN("0c{c3a9}"), "CN=\xc3\xa9");
    assert_text(CN("14{e9}"), "CN=\xc3\xa9");
    assert_text(CN("1e{00e920ac}"), "CN=\xc3\xa9\xe2\x82\xac");
    assert_text(CN("1c{0001f600}"), "CN=\xf0\x9f\x98\x80");
    assert_text(CN("1e{d83d}"), "CN=\\ef\\bf\\bd");
    assert_text(CN("1c{00110000}"), "CN=\\ef\\bf\\bd");
    assert_text(CN("03{00ff}"), "CN=#030200ff");
}

static void what_would_be_obeyed_is_escaped(void **state)
{
    (void)state;
    assert_text(CN("0c{'a,b+c\"d\\e<f>g;h=i'}"), "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i");
    assert_text(CN("0c{'#a#'}"), "CN=\\#a#");
    assert_text(CN("0c{' a b '}"), "CN=\\ a b\\ ");
    assert_text(CN("0c{0a0d1b00}"), "CN=\\0a\\0d\\1b\\00");
    assert_text(CN("0c{7fc29b}"), "CN=\\7f\\c2\\9b"); /* DEL and C1's CSI       */
    assert_text(CN("14{9b}"), "CN=\\c2\\9b");
    assert_text(CN("0c{e280ae}"), "CN=\\e2\\80\\ae"); /* right to left override */
    assert_text(CN("0c{e281a6}"), "CN=\\e2\\81\\a6"); /* an isolate             */
    assert_text(CN("0c{e280a8}"), "CN=\\e2\\80\\a8"); /* line separator         */
    assert_text(CN("0c{e2808b}"), "CN=\\e2\\80\\8b"); /* zero width space       */
    assert_text(CN("0c{efbbbf}"), "CN=\\ef\\bb\\bf");
    assert_text(CN("0c{f3a08081}"), "CN=\\f3\\a0\\80\\81"); /* a tag                  */
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
    (void)state;
    span name = asn1(CN("0c{'a'c3a90a'b'}"));
    static const char *const cuts[] = {
        "", "", "C", "CN", "CN=", "CN=a", "CN=a", "CN=a\xc3\xa9",
    };
    for (size_t cap = 1; cap < sizeof cuts / sizeof cuts[0]; cap++) {
        char *out = malloc(cap);
        name_text(name, out, cap);
        assert_true(strlen(out) < cap);
        if (cap >= 4)
            assert_string_equal(out, cuts[cap]);
        free(out);
    }
    char untouched = 'x';
    assert_int_equal(name_text(name, &untouched, 0), 0);
    assert_int_equal(untouched, 'x');
}

static void long_names_end(void **state)
{
    (void)state;
    const char *many = "";
    for (size_t i = 0; i < 64; i++)
        many = test_text("%s31{30{06{550403}0c{'a'}}}", many);
    char out[1024];
    assert_int_equal(name_text(asn1(test_text("30{%s}", many)), out, sizeof out), 32 * 5 - 1);
}

/* The last ones of very many are found as fast as those of a few. */
static void many_parts_cost_their_number(void **state)
{
    (void)state;
    enum { PARTS = 40000 };
    char out[1024];
    span part = asn1("31{30{06{550403}0c{'a'}}}");
    uint8_t *all = malloc(4 + 1 + PARTS * part.n);
    assert_non_null(all);
    const size_t n = PARTS * part.n;
    const uint8_t head[] = {0x30, 0x83, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    memcpy(all, head, sizeof head);
    for (size_t i = 0; i < PARTS; i++)
        memcpy(all + sizeof head + i * part.n, part.p, part.n);
    clock_t began = clock();
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(name_text((span){all, sizeof head + n}, out, sizeof out), 32 * 5 - 1);
    assert_true(clock() - began < CLOCKS_PER_SEC); /* sanitized; a tenth of it otherwise */
    free(all);
}

/* Bug class 130: a description goes through the names once, however many they are. */
static void many_names_cost_their_number(void **state)
{
    (void)state;
    enum { NAMES = 100000, EACH = 10 };
    uint8_t *san = malloc(NAMES * EACH), serial = 1;
    assert_non_null(san);
    for (size_t i = 0; i < NAMES; i++)
        memcpy(san + i * EACH,
               "\x82\x08"
               "xyz.test",
               EACH);
    span none = asn1("30{}");
    struct cert cert = {
        .subject = none, .issuer = none, .serial = {&serial, 1}, .san = {san, NAMES * EACH}};
    struct host host;
    tacit_cert_info info;
    assert_true(host_parse(&host, span_str("a.test"), NULL));
    clock_t began = clock();
    cert_describe(&cert, &host, &info);
    assert_true(clock() - began < CLOCKS_PER_SEC); /* sanitized; a minute if each is looked for */
    assert_int_equal(info.n_names, NAMES);
    assert_string_equal(info.name, "xyz.test");
    free(san);
}

static tacit_name_kind kind;

static const char *name_at(const char *san, size_t index)
{
    static char out[128];
    struct cert cert = {.san = asn1(san)};
    assert_true(gname_list_check(cert.san));
    return cert_name_at(&cert, index, &kind, out, sizeof out) ? out : NULL;
}

static void assert_name(const char *san, size_t index, tacit_name_kind expected, const char *text)
{
    assert_string_equal(name_at(san, index), text);
    assert_int_equal(kind, expected);
}

static void alternative_names_are_counted_from_0(void **state)
{
    (void)state;
    const char *san = "86{'http://a.test'} 82{'a.test'} 88{2a03} a4{30{}} 81{'a@b'} 87{0a000001}"
                      "82{'b.test'}";
    assert_name(san, 0, TACIT_NAME_URI, "http://a.test");
    assert_name(san, 1, TACIT_NAME_DNS, "a.test");
    assert_name(san, 2, TACIT_NAME_EMAIL, "a@b");
    assert_name(san, 3, TACIT_NAME_IP, "10.0.0.1");
    assert_name(san, 4, TACIT_NAME_DNS, "b.test");
    kind = TACIT_NAME_URI;
    assert_null(name_at(san, 5));
    assert_int_equal(kind, TACIT_NAME_URI);
    struct cert cert = {.san = asn1(san)};
    char out[8];
    assert_true(cert_name_at(&cert, 4, NULL, out, sizeof out));
    assert_string_equal(name_at("82{'a'00'.test'}", 0), "a\\00.test");
    assert_string_equal(name_at("82{'*.a.test'}", 0), "*.a.test");
    assert_string_equal(name_at("87{ffffffff}", 0), "255.255.255.255");
}

/* What stands in a URI or a mailbox by right is not escaped, so that it can be compared; what no
 * terminal should see is, and no two names have the same text. */
static void uris_and_mailboxes_stay_as_they_are(void **state)
{
    (void)state;
    assert_name("86{'spiffe://a.test/b+c;d,e?#\"<>'}", 0, TACIT_NAME_URI,
                "spiffe://a.test/b+c;d,e?#\"<>");
    assert_name("81{'a+b@a.test'}", 0, TACIT_NAME_EMAIL, "a+b@a.test");
    assert_name("81{'admin'00'@a.test'}", 0, TACIT_NAME_EMAIL, "admin\\00@a.test");
    assert_name("81{'admin\\00@a.test'}", 0, TACIT_NAME_EMAIL, "admin\\\\00@a.test");
    assert_name("86{'a:'1b0a7f}", 0, TACIT_NAME_URI, "a:\\1b\\0a\\7f");
}

/* Bug class 20: the beginning of a name is another name. */
static void a_name_that_does_not_fit_is_empty(void **state)
{
    (void)state;
    static const char *const sans[] = {"86{'a:123456'}", "82{'a.test12'}", "81{'a@123456'}",
                                       "87{ffff01ff}", "87{fff0000000000000fff0000000000001}"};
    for (size_t i = 0; i < sizeof sans / sizeof sans[0]; i++) {
        struct cert cert = {.san = asn1(sans[i])};
        char whole[64], out[64];
        assert_true(cert_name_at(&cert, 0, NULL, whole, sizeof whole));
        size_t n = strlen(whole);
        assert_in_range(n, 8, 16);
        for (size_t cap = 1; cap <= n + 1; cap++) {
            memset(out, 'x', sizeof out);
            assert_true(cert_name_at(&cert, 0, NULL, out, cap));
            assert_string_equal(out, cap > n ? whole : "");
            assert_int_equal(out[cap], 'x');
        }
        assert_true(cert_name_at(&cert, 0, NULL, NULL, 0));
    }
}

static void assert_common(const char *name, const char *text)
{
    char out[24];
    span der = asn1(name);
    assert_true(name_check(der));
    name_common(der, out, sizeof out);
    assert_string_equal(out, text);
}

/* Bug class 20: whoever decides by a common name gets the whole of the only one, or nothing. */
static void a_common_name_is_exact_or_empty(void **state)
{
    (void)state;
    assert_common(CN("0c{'alice'}"), "alice");
    assert_common(CN("13{' Alice, B.'}"), " Alice, B.");
    assert_common(CN("0c{'a\\b+c\"'}"), "a\\b+c\"");
    assert_common(CN("0c{c3a9}"), "\xc3\xa9");
    assert_common(CN("1e{00e920ac}"), "\xc3\xa9\xe2\x82\xac");
    assert_common(CN("14{'alice'}"), "alice");
    assert_common("30{31{30{06{55040a}0c{'org'}}}31{30{06{550403}0c{'alice'}}}}", "alice");
    /* none, and more than one, apart or in one part */
    assert_common("30{}", "");
    assert_common("30{31{30{06{55040a}0c{'alice'}}}}", "");
    assert_common("30{31{30{06{550403}0c{'alice'}}}31{30{06{550403}0c{'bob'}}}}", "");
    assert_common("30{31{30{06{550403}0c{'alice'}}}31{30{06{550403}0c{'alice'}}}}", "");
    assert_common("30{31{30{06{550403}0c{'alice'}}30{06{550403}0c{'bob'}}}}", "");
    assert_common("30{31{30{06{550403}0c{'alice'}}}31{30{06{550403}0c{}}}}", "");
    /* read otherwise by somebody */
    assert_common(CN("0c{'alice'00'.evil'}"), "");
    assert_common(CN("16{'alice'00}"), "");
    assert_common(CN("0c{'alice'0a}"), "");
    assert_common(CN("0c{'alice'e2808b}"), ""); /* a space without width */
    assert_common(CN("14{e9}"), "");
    assert_common(CN("1e{d83d}"), "");
    assert_common(CN("1c{00110000}"), "");
    assert_common(CN("03{00'alice'}"), "");
    /* cut */
    assert_common(CN("0c{'12345678901234567890123'}"), "12345678901234567890123");
    assert_common(CN("0c{'123456789012345678901234'}"), "");
}

static void addresses_are_written_short(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } rows[] = {
        /* RFC 5952 */
        {"20010db8000000000000000000000001", "2001:db8::1"},
        {"20010db8000000000001000000000001", "2001:db8::1:0:0:1"},
        {"20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"},
        {"00000000000000000000000000000000", "::"},
        {"00000000000000000000000000000001", "::1"},
        {"00010000000000000000000000000000", "1::"},
        {"0001000200030004000500060007abcd", "1:2:3:4:5:6:7:abcd"},
        {"20010000000100000000000100000000", "2001:0:1::1:0:0"},
        {"00000000000000000000ffff0a000001", "::ffff:a00:1"},
        {"0000000000020003000400050006f000", "::2:3:4:5:6:f000"},
        {"f000000200030004000500060000"
         "0000",
         "f000:2:3:4:5:6::"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(name_at(test_text("87{%s}", rows[i].hex), 0), rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_written_last_part_first),
        cmocka_unit_test(strings_of_every_kind_become_utf8),
        cmocka_unit_test(what_would_be_obeyed_is_escaped),
        cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(long_names_end),
        cmocka_unit_test(many_parts_cost_their_number),
        cmocka_unit_test(many_names_cost_their_number),
        cmocka_unit_test(alternative_names_are_counted_from_0),
        cmocka_unit_test(uris_and_mailboxes_stay_as_they_are),
        cmocka_unit_test(a_name_that_does_not_fit_is_empty),
        cmocka_unit_test(a_common_name_is_exact_or_empty),
        cmocka_unit_test(addresses_are_written_short),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
