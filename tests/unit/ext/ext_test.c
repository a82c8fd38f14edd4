/* The rules that hold for all extensions, over all of them and all messages: RFC 9846 4.3. */
#include "blocks.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* The table of RFC 9846 4.3, as far as we know its extensions, with contents that are right for
 * each message in the order CH, SH, HRR, EE, CR, CT, NST, and last the ServerHello of TLS 1.2,
 * whose own extensions are of RFC 8422, 7627, 7366 and 5746. server_name in a CertificateRequest is
 * RFC 9261's. */
#define NOT_HERE                                                                                   \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
static const struct {
    uint16_t id;
    const char *name;
    span in[8];
} table[N_EXTS] = {
    {0,
     "server_name",
     {BYTES("\0\x04\0\0\x01"
            "a"),
      NOT_HERE, NOT_HERE, BYTES(""),
      BYTES("\0\x04\0\0\x01"
            "a"),
      [7] = BYTES("")}},
    {5,
     "status_request",
     {BYTES("\x01\0\0\0\0"), NOT_HERE, NOT_HERE, NOT_HERE, BYTES(""),
      BYTES("\x01\0\0\x01r"), [7] = BYTES("")}},
    {10, "supported_groups", {BYTES("\0\x02\0\x1d"), NOT_HERE, NOT_HERE, BYTES("\0\x02\0\x1d")}},
    {13,
     "signature_algorithms",
     {BYTES("\0\x02\x04\x03"), NOT_HERE, NOT_HERE, NOT_HERE, BYTES("\0\x02\x04\x03")}},
    {16,
     "application_layer_protocol_negotiation",
     {BYTES("\0\x03\x02h2"), NOT_HERE, NOT_HERE,
      BYTES("\0\x03\x02h2"), [7] = BYTES("\0\x03\x02h2")}},
    {28,
     "record_size_limit",
     {BYTES("\0\x40"), NOT_HERE, NOT_HERE, BYTES("\0\x40"), [7] = BYTES("\0\x40")}},
    {41,
     "pre_shared_key",
     {BYTES("\0\x07\0\x01i\0\0\0\0"
            "\0\x21\x20"
            "12345678901234567890123456789012"),
      BYTES("\0\0")}},
    {42,
     "early_data",
     {BYTES(""), NOT_HERE, NOT_HERE, BYTES(""), NOT_HERE, NOT_HERE, BYTES("\0\0\x04\0")}},
    {43, "supported_versions", {BYTES("\x02\x03\x04"), BYTES("\x03\x04"), BYTES("\x03\x04")}},
    {44,
     "cookie",
     {BYTES("\0\x01"
            "c"),
      NOT_HERE,
      BYTES("\0\x01"
            "c")}},
    {45, "psk_key_exchange_modes", {BYTES("\x01\x01")}},
    {47,
     "certificate_authorities",
     {BYTES("\0\x03\0\x01"
            "d"),
      NOT_HERE, NOT_HERE, NOT_HERE,
      BYTES("\0\x03\0\x01"
            "d")}},
    {50,
     "signature_algorithms_cert",
     {BYTES("\0\x02\x04\x03"), NOT_HERE, NOT_HERE, NOT_HERE, BYTES("\0\x02\x04\x03")}},
    {51, "key_share", {BYTES("\0\x05\0\x1d\0\x01k"), BYTES("\0\x1d\0\x01k"), BYTES("\0\x1d")}},
    {11, "ec_point_formats", {BYTES("\x01\0"), [7] = BYTES("\x01\0")}},
    {22, "encrypt_then_mac", {BYTES(""), [7] = BYTES("")}},
    {23, "extended_master_secret", {BYTES(""), [7] = BYTES("")}},
    {65281, "renegotiation_info", {BYTES("\0"), [7] = BYTES("\0")}},
};

enum { MESSAGES = 8, ANSWERS = IN_SH | IN_HRR | IN_EE | IN_CT | IN_SH12 };

static enum where where_at(size_t i)
{
    return (enum where)(1u << i);
}

/* with_each calls a test for each extension in each message. */
static void with_each(void (*test)(uint16_t id, span data, enum where where))
{
    for (size_t i = 0; i < N_EXTS; i++)
        for (size_t j = 0; j < MESSAGES; j++)
            test(table[i].id, table[i].in[j], where_at(j));
}

static void the_table_is_the_rfcs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_EXTS; i++) {
        unsigned in = 0;
        const struct ext_row *row = NULL;
        for (size_t j = 0; ext_row(j); j++)
            row = ext_row(j)->id == table[i].id ? ext_row(j) : row;
        for (size_t j = 0; j < MESSAGES; j++)
            in |= table[i].in[j].p ? where_at(j) : 0;
        assert_non_null(row);
        assert_string_equal(row->name, table[i].name);
        if (row->in != in)
            fail_msg("%s: %02x is not %02x", row->name, row->in, in);
    }
    assert_null(ext_row(N_EXTS));
}

static void check_place(uint16_t id, span data, enum where where)
{
    struct scanned s = scan_one(id, data.p ? data : BYTES(""), where);
    if (data.p && s.ok)
        return;
    if (data.p)
        fail_msg("%u in %s: %s", id, where_name(where), reason_row(s.err.reason)->name);
    assert_refused(s, R_EXT_NOT_HERE);
    assert_int_equal(s.err.detail, id);
}

/* Bug class 44 */
static void each_is_read_where_it_belongs_and_nowhere_else(void **state)
{
    (void)state;
    with_each(check_place);
}

static void check_framing(uint16_t id, span data, enum where where)
{
    uint8_t longer[128] = {0};
    bool ignored = id == 0 && where == IN_CR; /* it is for RFC 9261, not for a handshake */
    if (!data.p || ignored)
        return;
    memcpy(longer, data.p, data.n);
    for (size_t n = 0; n <= data.n + 1; n++) {
        struct scanned s = scan_one(id, (span){longer, n}, where);
        if (n == data.n)
            assert_read(s);
        else
            assert_refused(s, R_EXT_MALFORMED);
        assert_int_equal(s.err.detail, s.ok ? 0 : id);
    }
}

static void no_cut_and_no_leftover_is_read(void **state)
{
    (void)state;
    with_each(check_framing);
}

static void check_twice(uint16_t id, span data, enum where where)
{
    uint8_t block[256];
    wr w = wr_of(block, sizeof block);
    if (!data.p)
        return;
    put_ext(&w, id, data);
    put_ext(&w, id, data);
    struct scanned s = scan(wr_span(&w), where, ALL_ASKED);
    if (id == 41 && where == IN_CH)
        assert_refused(s, R_PSK_NOT_LAST);
    else
        assert_refused(s, R_EXT_TWICE);
    assert_int_equal(s.err.detail, id);
}

/* Bug class 43 */
static void none_stands_twice(void **state)
{
    (void)state;
    with_each(check_twice);
}

static void check_unasked(uint16_t id, span data, enum where where)
{
    uint8_t block[256];
    wr w = wr_of(block, sizeof block);
    if (!data.p || !(where & ANSWERS))
        return;
    put_ext(&w, id, data);
    struct scanned s = scan(wr_span(&w), where, 0);
    if (id == 44) { /* the cookie is the server's own idea */
        assert_read(s);
        return;
    }
    assert_refused(s, R_EXT_NOT_ASKED_FOR);
    assert_int_equal(s.err.detail, id);
}

/* Bug class 41 */
static void nothing_is_answered_that_was_not_asked(void **state)
{
    (void)state;
    with_each(check_unasked);
}

static void unknown_ones_are_ignored_in_what_asks(void **state)
{
    (void)state;
    static const uint16_t ids[] = {1, 35, 0x0a0a, 0x1234, 0xfafa, 0xff02, 0xffff};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0] * MESSAGES; i++) {
        enum where where = where_at(i % MESSAGES);
        struct scanned s = scan_one(ids[i / MESSAGES], BYTES("whatever"), where);
        if (where & ANSWERS)
            assert_refused(s, R_EXT_NOT_ASKED_FOR);
        else
            assert_read(s);
    }
}

/* Bug class 43: also of those that nobody here has ever heard of. */
static void unknown_ones_do_not_stand_twice_either(void **state)
{
    (void)state;
    static const enum where asking[] = {IN_CH, IN_CR, IN_NST};
    static const uint16_t neighbours[] = {0x1235, 0x123c, 0x1334, 0x9234};
    for (size_t i = 0; i < 3; i++) {
        uint8_t block[64];
        wr w = wr_of(block, sizeof block);
        put_ext(&w, 0x1234, BYTES("x"));
        for (size_t j = 0; j < 4; j++)
            put_ext(&w, neighbours[j], BYTES(""));
        assert_read(scan(wr_span(&w), asking[i], 0));
        put_ext(&w, 0x1234, BYTES(""));
        struct scanned s = scan(wr_span(&w), asking[i], 0);
        assert_refused(s, R_EXT_TWICE);
        assert_int_equal(s.err.detail, 0x1234);
    }
}

static void a_block_is_filled_by_its_extensions(void **state)
{
    (void)state;
    static const uint8_t block[] = {0x12, 0x34, 0, 2, 'a', 'b', 0x12, 0x35, 0, 0};
    for (size_t j = 0; j < MESSAGES; j++) {
        assert_read(scan(BYTES(""), where_at(j), ALL_ASKED));
        for (size_t n = 1; n < sizeof block && !(where_at(j) & ANSWERS); n++) {
            struct scanned s = scan((span){block, n}, where_at(j), ALL_ASKED);
            if (n == 6)
                assert_read(s);
            else
                assert_refused(s, R_EXT_BLOCK_MALFORMED);
        }
    }
}

/* Bug class 45: RFC 9846 4.3.11. In a ServerHello it may stand anywhere. */
static void pre_shared_key_is_the_last(void **state)
{
    (void)state;
    static const uint16_t after[] = {0, 43, 51, 0x1234, 0x0a0a};
    uint8_t block[256];
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
        wr w = wr_of(block, sizeof block);
        put_ext(&w, 41, table[6].in[0]);
        assert_read(scan(wr_span(&w), IN_CH, 0));
        put_ext(&w, after[i], BYTES(""));
        struct scanned s = scan(wr_span(&w), IN_CH, 0);
        assert_refused(s, R_PSK_NOT_LAST);
        assert_int_equal(s.err.detail, after[i]);
    }
    wr w = wr_of(block, sizeof block);
    put_ext(&w, 41, BYTES("\0\0"));
    put_ext(&w, 43, BYTES("\x03\x04"));
    assert_read(scan(wr_span(&w), IN_SH, ALL_ASKED));
}

/* What was seen in one message does not count in the next. */
static void present_is_of_the_last_message(void **state)
{
    (void)state;
    struct offers o = {.present = ALL_ASKED};
    struct answers a = {0};
    struct err err = {0};
    uint8_t block[64];
    wr w = wr_of(block, sizeof block);
    put_ext(&w, 43, BYTES("\x03\x04"));
    assert_true(ext_scan(wr_span(&w), IN_HRR, false, &o, &a, &err));
    assert_int_equal(a.present, EXT_BIT(EXT_SUPPORTED_VERSIONS));
    assert_true(ext_scan(wr_span(&w), IN_SH, false, &o, &a, &err));
    assert_true(ext_scan(BYTES(""), IN_EE, false, &o, &a, &err));
    assert_int_equal(a.present, 0);
    assert_int_equal(o.present, ALL_ASKED);
    assert_true(ext_scan(BYTES(""), IN_CH, true, &o, &a, &err));
    assert_int_equal(o.present, 0);
}

/* ---- cost ------------------------------------------------------------------------------------ */

static double cost_of(size_t n)
{
    static uint8_t block[4 * 16000];
    wr w = wr_of(block, sizeof block);
    double best = 1e9;
    for (size_t i = 0; i < n; i++)
        put_ext(&w, (uint16_t)(0x4000 + i), BYTES(""));
    for (size_t run = 0; run < 9; run++) {
        clock_t begin = clock();
        for (size_t i = 0; i < 16000; i += n)
            assert_read(scan(wr_span(&w), IN_CH, 0));
        double took = (double)(clock() - begin);
        best = took < best ? took : best;
    }
    return best;
}

/* Bug class 83: 16 blocks of 1,000 cost what one of 16,000 does; were each compared with each, the
 * one would cost 16 times as much. */
static void sixteen_thousand_extensions_cost_no_more_than_their_number(void **state)
{
    (void)state;
    double one = cost_of(16000), parts = cost_of(1000);
    if (one > 4 * parts + CLOCKS_PER_SEC / 1000)
        fail_msg("%.0f us for one block, %.0f us for its parts", one, parts);
}

/* ---- writing --------------------------------------------------------------------------------- */

static const uint8_t x25519_share[] = {0, 0x1d, 0, 4, 's', 'h', 'a', 'r'};

static struct offers some_offers(bool grease)
{
    return (struct offers){
        .server_name = BYTES("a.test"),
        .groups = BYTES("\0\x1d\0\x17"),
        .schemes = BYTES("\x04\x03\x08\x04"),
        .cert_schemes = BYTES("\x04\x01"),
        .alpn = BYTES("\x02h2\x08http/1.1"),
        .versions = BYTES("\x03\x04"),
        .cookie = BYTES("cookie"),
        .shares = {x25519_share, sizeof x25519_share},
        .record_size_limit = 1000,
        .tls13 = true,
        .tls12 = true,
        .cbc = true,
        .grease = {grease, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a},
    };
}

static span after_length(const wr *w)
{
    rd in = rd_of(wr_span(w));
    span block = {0};
    assert_true(wr_ok(w) && rd_vec16(&in, 0, 65535, &block) && rd_end(&in));
    return block;
}

static void what_a_client_offers_a_server_reads(void **state)
{
    (void)state;
    uint8_t out[512];
    struct offers o = some_offers(false);
    wr w = wr_of(out, sizeof out);
    ext_write(&w, IN_CH, true, &o, NULL);
    struct scanned s = scan(after_length(&w), IN_CH, 0);
    assert_read(s);
    assert_int_equal(s.offers.present, o.present);
    assert_true(span_eq(s.offers.server_name, o.server_name));
    assert_true(span_eq(s.offers.groups, o.groups));
    assert_true(span_eq(s.offers.schemes, o.schemes));
    assert_true(span_eq(s.offers.cert_schemes, o.cert_schemes));
    assert_true(span_eq(s.offers.alpn, o.alpn));
    assert_true(span_eq(s.offers.versions, o.versions));
    assert_true(span_eq(s.offers.cookie, o.cookie));
    assert_true(span_eq(s.offers.shares, o.shares));
    assert_int_equal(s.offers.record_size_limit, 1000);
}

static void what_is_empty_is_left_out(void **state)
{
    (void)state;
    uint8_t out[512];
    struct offers o = {.tls13 = true, .versions = BYTES("\x03\x04"), .groups = BYTES("\0\x1d")};
    wr w = wr_of(out, sizeof out);
    ext_write(&w, IN_CH, true, &o, NULL);
    assert_int_equal(o.present, EXT_BIT(EXT_SUPPORTED_GROUPS) | EXT_BIT(EXT_SUPPORTED_VERSIONS)
                                    | EXT_BIT(EXT_KEY_SHARE));
    assert_read(scan(after_length(&w), IN_CH, 0));
}

/* RFC 8701: values that mean nothing, in every list; a server reads past them. */
static void grease_is_offered_and_ignored(void **state)
{
    (void)state;
    uint8_t out[512];
    struct offers o = some_offers(true);
    wr w = wr_of(out, sizeof out);
    ext_write(&w, IN_CH, true, &o, NULL);
    rd in = rd_of(after_length(&w));
    uint16_t id, last = 0;
    span data;
    assert_true(ext_next(&in, &id, &data));
    assert_int_equal(id, 0x4a4a);
    while (ext_next(&in, &id, &data))
        last = id;
    assert_true(rd_end(&in));
    assert_int_equal(last, 0x5a5a);
    struct scanned s = scan(after_length(&w), IN_CH, 0);
    assert_read(s);
    assert_true(list_has(s.offers.groups, 0x2a2a) && list_has(s.offers.versions, 0x3a3a));
    assert_true(offers_shares_ok(&s.offers));
    assert_int_equal(s.offers.present, o.present);
}

static void what_a_server_answers_a_client_reads(void **state)
{
    (void)state;
    static const enum where messages[] = {IN_SH, IN_HRR, IN_EE, IN_CR};
    const struct answers a = {
        .version = 0x0304,
        .group = 0x001d,
        .share = BYTES("share"),
        .cookie = BYTES("cookie"),
        .alpn = BYTES("h2"),
        .record_size_limit = 500,
        .server_name = true,
        .schemes = BYTES("\x04\x03"),
        .cert_schemes = BYTES("\x08\x04"),
        .authorities = BYTES("\0\x02"
                             "ca"),
    };
    struct scanned s[4];
    for (size_t i = 0; i < 4; i++) {
        uint8_t out[256];
        struct offers o = {.present = ALL_ASKED};
        wr w = wr_of(out, sizeof out);
        ext_write(&w, messages[i], false, &o, &a);
        assert_int_equal(o.present, ALL_ASKED);
        s[i] = scan(after_length(&w), messages[i], ALL_ASKED);
        assert_read(s[i]);
        s[i].answers.share.p = NULL; /* it lived until now */
    }
    assert_int_equal(s[0].answers.version, 0x0304);
    assert_int_equal(s[0].answers.group, 0x001d);
    assert_int_equal(s[0].answers.share.n, 5);
    assert_int_equal(s[1].answers.group, 0x001d);
    assert_int_equal(s[1].answers.cookie.n, 6);
    assert_int_equal(s[2].answers.alpn.n, 2);
    assert_int_equal(s[2].answers.record_size_limit, 500);
    assert_true(s[2].answers.server_name);
    assert_int_equal(s[3].answers.schemes.n, 2);
    assert_int_equal(s[3].answers.cert_schemes.n, 2);
    assert_int_equal(s[3].answers.authorities.n, 4);
}

static void list_has_looks_at_whole_values(void **state)
{
    (void)state;
    span list = BYTES("\x13\x01\x13\x02\x01\x13");
    assert_true(list_has(list, 0x1301) && list_has(list, 0x1302) && list_has(list, 0x0113));
    assert_false(list_has(list, 0x0201));
    assert_false(list_has(list, 0x1303));
    assert_false(list_has((span){list.p, 1}, 0x1301));
    assert_false(list_has((span){0}, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_rfcs),
        cmocka_unit_test(each_is_read_where_it_belongs_and_nowhere_else),
        cmocka_unit_test(no_cut_and_no_leftover_is_read),
        cmocka_unit_test(none_stands_twice),
        cmocka_unit_test(nothing_is_answered_that_was_not_asked),
        cmocka_unit_test(unknown_ones_are_ignored_in_what_asks),
        cmocka_unit_test(unknown_ones_do_not_stand_twice_either),
        cmocka_unit_test(a_block_is_filled_by_its_extensions),
        cmocka_unit_test(pre_shared_key_is_the_last),
        cmocka_unit_test(present_is_of_the_last_message),
        cmocka_unit_test(sixteen_thousand_extensions_cost_no_more_than_their_number),
        cmocka_unit_test(what_a_client_offers_a_server_reads),
        cmocka_unit_test(what_is_empty_is_left_out),
        cmocka_unit_test(grease_is_offered_and_ignored),
        cmocka_unit_test(what_a_server_answers_a_client_reads),
        cmocka_unit_test(list_has_looks_at_whole_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
