/* Long revocation lists: with an index or without one, in whatever order, the same numbers stand in
 * them. */
#include "x509/crl.h"

#include "asn1.h"
#include "certs.h"
#include "crypto/env.h"
#include "wire/wr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ENTRY_MAX = 48, SERIAL = 12 };

/* struct list is a list that is only entries. */
struct list {
    struct crl crl;
    uint8_t *p;
    wr w;
};

static struct list list_of(size_t entries)
{
    struct list l = {.p = malloc(entries * ENTRY_MAX)};
    assert_non_null(l.p);
    l.w = wr_of(l.p, entries * ENTRY_MAX);
    return l;
}

/* add appends an entry; `number` is as DER has it, with a sign. */
static void add(struct list *l, span number)
{
    static const char date[] = "\x17\x0d"
                               "230101000000Z";
    wr_u8(&l->w, 0x30);
    wr_u8(&l->w, (uint8_t)(2 + number.n + 15));
    wr_u8(&l->w, 0x02);
    wr_u8(&l->w, (uint8_t)number.n);
    wr_span_bytes(&l->w, number);
    wr_bytes(&l->w, (const uint8_t *)date, 15);
    l->crl.n_entries++;
    assert_true(wr_ok(&l->w));
}

static void finish(struct list *l)
{
    struct err err = {0};
    l->crl.entries = wr_span(&l->w);
    assert_true(crl_index(&l->crl, &test_env()->hooks, &err));
}

static void list_free(struct list *l)
{
    crl_index_free(&l->crl, &test_env()->hooks);
    free(l->p);
}

/* lists asks with the index, and holds the answer against a walk; `walked` where the list is not
 * too long for that. */
static bool lists(const struct list *l, span serial, bool walked)
{
    struct crl bare = l->crl;
    bare.rows = NULL;
    bool found = crl_lists(&l->crl, serial);
    if (walked)
        assert_int_equal(crl_lists(&bare, serial), found);
    return found;
}

/* numbered writes the number i in SERIAL bytes, after a byte that makes it positive. */
static span numbered(uint8_t out[SERIAL], uint32_t i)
{
    memset(out, 0x11, SERIAL);
    for (size_t b = 0; b < 4; b++)
        out[SERIAL - 1 - b] = (uint8_t)(i >> 8 * b);
    return (span){out, SERIAL};
}

/* at_of is where the i-th of n stands: in order, in the opposite one, and scattered. */
static uint32_t at_of(int order, uint32_t i, uint32_t n)
{
    return order == 0 ? i : order == 1 ? n - 1 - i : (uint32_t)((uint64_t)i * 7919 % n);
}

static void any_order_will_do(void **state)
{
    enum { N = 100000 };
    uint8_t serial[SERIAL];
    (void)state;
    for (int order = 0; order < 3; order++) {
        struct list l = list_of(N);
        for (uint32_t i = 0; i < N; i++)
            add(&l, numbered(serial, 3 * at_of(order, i, N)));
        finish(&l);
        assert_non_null(l.crl.rows);
        assert_int_equal(l.crl.n_rows, N);
        for (uint32_t i = 0; i < 3 * N; i++)
            if (lists(&l, numbered(serial, i), i % 50021 < 2) != (i % 3 == 0))
                fail_msg("order %d: number %u", order, i);
        list_free(&l);
    }
}

/* All end in the same four bytes, some are the same, some are one another's beginning or end. */
static void numbers_that_look_alike(void **state)
{
    enum { N = 200 };
    uint8_t serial[SERIAL];
    (void)state;
    struct list l = list_of(N + 8);
    for (uint32_t i = 0; i < N; i++) {
        memset(serial, 0x22, SERIAL);
        serial[0] = (uint8_t)(i % 100 + 1);
        add(&l, (span){serial, SERIAL});
    }
    add(&l, asn1("22222222"));
    add(&l, asn1("00ff222222"));
    add(&l, asn1("8022222222"));
    add(&l, asn1("05"));
    add(&l, asn1("00"));
    add(&l, asn1("ff"));
    finish(&l);
    assert_int_equal(l.crl.n_rows, N + 4); /* two are below zero */
    for (unsigned first = 0; first < 256; first++) {
        memset(serial, 0x22, SERIAL);
        serial[0] = (uint8_t)first;
        assert_int_equal(lists(&l, (span){serial, SERIAL}, true), first >= 1 && first <= 100);
        assert_false(lists(&l, (span){serial + 1, SERIAL - 1}, true));
    }
    assert_true(lists(&l, asn1("22222222"), true));
    assert_true(lists(&l, asn1("ff222222"), true));
    assert_true(lists(&l, asn1("05"), true));
    assert_true(lists(&l, asn1("00"), true));
    assert_false(lists(&l, asn1("222222"), true));
    assert_false(lists(&l, asn1("2222222222"), true));
    assert_false(lists(&l, asn1("00ff222222"), true));
    assert_false(lists(&l, asn1("8022222222"), true));
    assert_false(lists(&l, asn1("22222205"), true));
    assert_false(lists(&l, asn1("ff"), true));
    assert_false(lists(&l, asn1("01"), true));
    list_free(&l);
}

static void short_lists_have_no_index(void **state)
{
    uint8_t serial[SERIAL];
    (void)state;
    for (uint32_t n = 31; n <= 34; n++) {
        struct list l = list_of(n);
        for (uint32_t i = 0; i < n; i++)
            add(&l, numbered(serial, i));
        finish(&l);
        assert_int_equal(l.crl.rows != NULL, n > 32);
        for (uint32_t i = 0; i < n + 5; i++)
            assert_int_equal(lists(&l, numbered(serial, i), true), i < n);
        list_free(&l);
    }
}

/* What is loaded gets its index, and gives it back. */
static void a_loaded_list_has_one(void **state)
{
    char entries[50 * 64] = "";
    (void)state;
    for (size_t i = 0, at = 0; i < 50; i++)
        at += (size_t)sprintf(entries + at, "30{02{01%02zx}17{'230101000000Z'}}", i);
    span der = asn1(test_text("30{30{02{01}30{06{2a8648ce3d040302}}30{31{30{06{550403}0c{'a'}}}}"
                              "17{'230101000000Z'}17{'240101000000Z'}30{%s}}"
                              "30{06{2a8648ce3d040302}}03{00ff}}",
                              entries));
    tacit_error error;
    tacit_trust *trust = tacit_trust_new(test_env(), &error);
    if (!tacit_trust_add_crl_pem(trust, der, &error))
        fail_msg("%s", error.name);
    const struct crl *crl = &trust_crls(trust)->first->crl;
    assert_int_equal(crl->n_entries, 50);
    assert_non_null(crl->rows);
    assert_true(crl_lists(crl, asn1("0131")));
    assert_false(crl_lists(crl, asn1("0132")));
    tacit_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_will_do),
        cmocka_unit_test(numbers_that_look_alike),
        cmocka_unit_test(short_lists_have_no_index),
        cmocka_unit_test(a_loaded_list_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
