/* PEM: blocks are found among text for people, and damage is refused where it is (bug class
 * 128). */
#include "wire/pem.h"

#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN "-----BEGIN X-----\n"
#define END "-----END X-----\n"

/* decode reads the first block of a text, which lies alone in memory; SIZE_MAX for a failure. */
static size_t decode(const char *text, uint8_t *out, struct err *err)
{
    struct pem pem = pem_of(test_bytes(span_str(text)));
    struct pem_block block;
    size_t n;
    *err = (struct err){0};
    if (!pem_next(&pem, &block, err))
        return SIZE_MAX;
    uint8_t *room = malloc(pem_decoded_max(&block));
    bool ok = pem_decode(&block, room, &n, err);
    if (ok && n)
        memcpy(out, room, n);
    free(room);
    return ok ? n : SIZE_MAX;
}

static void assert_decodes(const char *text, const char *bytes)
{
    uint8_t out[256];
    struct err err;
    assert_int_equal(decode(text, out, &err), strlen(bytes));
    assert_memory_equal(out, bytes, strlen(bytes));
    assert_int_equal(err.reason, R_NONE);
}

static void assert_damaged(const char *text, size_t at)
{
    uint8_t out[256];
    struct err err;
    assert_true(decode(text, out, &err) == SIZE_MAX);
    assert_int_equal(err.reason, R_PEM_MALFORMED);
    assert_int_equal(err.detail, at);
}

static void blocks_are_decoded(void **state)
{
    (void)state;
    assert_decodes(BEGIN "Zm9vYmFy\n" END, "foobar"); /* RFC 4648 10 */
    assert_decodes(BEGIN "Zm9vYmE=\n" END, "fooba");
    assert_decodes(BEGIN "Zm9vYg==\n" END, "foob");
    assert_decodes(BEGIN END, "");
    assert_decodes(BEGIN "Zm9v\nYmFy\n" END, "foobar");
    assert_decodes(BEGIN " Z m9v\n\n\tYmFy \n" END, "foobar");
    assert_decodes(BEGIN "+/+/\n" END, "\xfb\xff\xbf");
    assert_decodes(BEGIN "Zm9v\n-----END X-----", "foo");
}

static void line_ends_marks_and_surroundings_do_not_matter(void **state)
{
    (void)state;
    assert_decodes("-----BEGIN X-----\r\nZm9v\r\n-----END X-----\r\n", "foo");
    assert_decodes("\xef\xbb\xbf" BEGIN "Zm9v\n" END, "foo");
    assert_decodes("subject=/CN=a\n  -----BEGIN X----- is not here\n" BEGIN "Zm9v\n" END "more",
                   "foo");
    assert_decodes("-----BEGIN X-----  \nZm9v\n-----END X----- \t\n", "foo");
}

static void damage_is_found_where_it_is(void **state)
{
    (void)state;
    size_t body = strlen(BEGIN);
    assert_damaged(BEGIN "Zm9v!\n" END, body + 4);
    assert_damaged(BEGIN "Zm9\n" END, body + 4);
    assert_damaged(BEGIN "Zg=\n" END, body + 4);
    assert_damaged(BEGIN "Zg===\n" END, body + 4);
    assert_damaged(BEGIN "Zh==\n" END, body + 3); /* stray bits           */
    assert_damaged(BEGIN "Zm9=\n" END, body + 3);
    assert_damaged(BEGIN "Zg==Zg==\n" END, body + 4);
    assert_damaged(BEGIN "Z===\n" END, body + 1);
    assert_damaged(BEGIN "====\n" END, body);
    assert_damaged(BEGIN "Proc-Type: 4,ENCRYPTED\n\nZm9v\n" END, body + 4);
    assert_damaged(BEGIN "Zm9v\n", strlen("-----BEGIN "));
    assert_damaged(BEGIN "Zm9v\n-----END Y-----\n", body + 5);
    assert_damaged(BEGIN "Zm9v\n" BEGIN "Zm9v\n" END, body + 5);
    assert_damaged("text\n" END, 5);
}

static void blocks_come_one_after_the_other(void **state)
{
    (void)state;
    struct pem pem = pem_of(span_str("-----BEGIN A-----\nZg==\n-----END A-----\n"
                                     "-----BEGIN TRUSTED CERTIFICATE-----\n!\n"
                                     "-----END TRUSTED CERTIFICATE-----\n"));
    struct pem_block block;
    struct err err = {0};
    assert_true(pem_next(&pem, &block, &err));
    assert_true(pem_is(&block, "A"));
    assert_false(pem_is(&block, "AB"));
    assert_true(pem_next(&pem, &block, &err));
    assert_false(pem_is(&block, "CERTIFICATE"));
    assert_false(pem_next(&pem, &block, &err));
    assert_int_equal(err.reason, R_NONE);
}

static void every_truncation_is_refused_or_empty(void **state)
{
    (void)state;
    const char *text = BEGIN "Zm9vYmFy\n" END;
    uint8_t out[64];
    struct err err;
    for (size_t n = 0; n < strlen(text) - 1; n++)
        assert_true(decode(test_text("%.*s", (int)n, text), out, &err) == SIZE_MAX);
}

static void a_line_of_a_megabyte_is_fine(void **state)
{
    (void)state;
    enum { QUADS = 1 << 18 };
    char *line = malloc(4 * QUADS + 1);
    uint8_t *out = malloc(3 * QUADS);
    struct err err;
    for (size_t i = 0; i < QUADS; i++)
        memcpy(line + 4 * i, "Zm9v", 4);
    line[4 * QUADS] = 0;
    assert_int_equal(decode(test_text(BEGIN "%s\n" END, line), out, &err), 3 * QUADS);
    assert_memory_equal(out + 3 * QUADS - 3, "foo", 3);
    free(line);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_decoded),
        cmocka_unit_test(line_ends_marks_and_surroundings_do_not_matter),
        cmocka_unit_test(damage_is_found_where_it_is),
        cmocka_unit_test(blocks_come_one_after_the_other),
        cmocka_unit_test(every_truncation_is_refused_or_empty),
        cmocka_unit_test(a_line_of_a_megabyte_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
