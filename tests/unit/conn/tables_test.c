/* The tables as text: each cell of each table, and names to code points. */
#include "base/fail.h"
#include "registry/registry.h"

#include <tacit/tables.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_TABLES = TACIT_TABLE_ADVICE + 1, CELL = 512 };

static const struct {
    size_t columns, rows;
    unsigned may_be_empty; /* columns: bits */
} shapes[N_TABLES] = {
    [TACIT_TABLE_SUITES] = {8, 13, 0},
    [TACIT_TABLE_GROUPS] = {4, 3, 0},
    [TACIT_TABLE_SCHEMES] = {4, 13, 1 << 2},
    [TACIT_TABLE_EXTENSIONS] = {3, 18, 0},
    [TACIT_TABLE_REASONS] = {6, N_REASONS - 1, 1 << 3 | 1 << 4},
    [TACIT_TABLE_CODES] = {3, N_CODES, 0},
    [TACIT_TABLE_STATES] = {4, 0, 0}, /* its rows are those of the machines */
    [TACIT_TABLE_ALERTS] = {2, 33, 0},
    [TACIT_TABLE_ADVICE] = {3, 0, 0},
};

static tacit_table table_at(size_t i)
{
    return (tacit_table)i;
}

static void columns_have_names(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t n = 0;
        for (const char *name; (name = tacit_table_column(table_at(t), n)) != NULL; n++)
            for (; *name; name++)
                assert_true(islower((unsigned char)*name));
        assert_int_equal(n, shapes[t].columns);
        assert_null(tacit_table_column(table_at(t), 1000));
    }
    assert_null(tacit_table_column(table_at(N_TABLES), 0));
    assert_null(tacit_table_column(table_at(9999), 0));
}

static void check_cell(size_t t, size_t row, size_t column)
{
    char cell[CELL], cut[8] = "*******";
    size_t n = tacit_table_cell(table_at(t), row, column, cell, sizeof cell);
    if (!n && !(shapes[t].may_be_empty & 1u << column))
        fail_msg("table %zu, row %zu, column %zu is empty", t, row, column);
    assert_true(n < sizeof cell);
    if (n)
        assert_int_equal(strlen(cell), n);
    for (size_t i = 0; i < n; i++)
        assert_true(isprint((unsigned char)cell[i]));
    /* What does not fit is cut and counted. */
    assert_int_equal(tacit_table_cell(table_at(t), row, column, cut, 4), n);
    if (n)
        assert_int_equal(strlen(cut), n < 4 ? n : 3);
    assert_int_equal(cut[4], '*');
    assert_int_equal(tacit_table_cell(table_at(t), row, column, NULL, 0), n);
}

static void each_cell_can_be_printed(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t rows = tacit_table_rows(table_at(t));
        if (shapes[t].rows)
            assert_int_equal(rows, shapes[t].rows);
        assert_true(rows > 0);
        for (size_t row = 0; row < rows; row++)
            for (size_t column = 0; column < shapes[t].columns; column++)
                check_cell(t, row, column);
    }
}

static void there_is_nothing_outside_a_table(void **state)
{
    (void)state;
    char cell[CELL] = "untouched";
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t rows = tacit_table_rows(table_at(t));
        assert_int_equal(tacit_table_cell(table_at(t), rows, 0, cell, CELL), 0);
        assert_int_equal(tacit_table_cell(table_at(t), SIZE_MAX, 0, cell, CELL), 0);
        assert_int_equal(tacit_table_cell(table_at(t), 0, shapes[t].columns, cell, CELL), 0);
    }
    assert_int_equal(tacit_table_rows(table_at(N_TABLES)), 0);
    assert_int_equal(tacit_table_cell(table_at(N_TABLES), 0, 0, cell, CELL), 0);
    assert_string_equal(cell, "untouched");
}

/* row_of finds a row by the text of its first columns, " " between them. */
static size_t row_of(tacit_table table, const char *wanted, size_t columns)
{
    for (size_t row = 0; row < tacit_table_rows(table); row++) {
        char text[2 * CELL] = "";
        for (size_t i = 0, n = 0; i < columns; i++, n = strlen(text)) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", i ? " " : "");
            tacit_table_cell(table, row, i, text + n, sizeof text - n);
        }
        if (!strcmp(text, wanted))
            return row;
    }
    fail_msg("there is no row '%s'", wanted);
    return 0;
}

static void assert_cell(tacit_table table, size_t row, size_t column, const char *expected)
{
    char cell[CELL];
    tacit_table_cell(table, row, column, cell, sizeof cell);
    assert_string_equal(cell, expected);
}

static void facts_are_those_of_the_core(void **state)
{
    (void)state;
    size_t row = row_of(TACIT_TABLE_SUITES, "0x1302 TLS_AES_256_GCM_SHA384", 2);
    assert_cell(TACIT_TABLE_SUITES, row, 3, "TLS 1.3");
    assert_cell(TACIT_TABLE_SUITES, row, 4, "SHA-384");
    row = row_of(TACIT_TABLE_GROUPS, "0x0017 secp256r1 P-256", 3);
    assert_cell(TACIT_TABLE_GROUPS, row, 3, "65");
    row = row_of(TACIT_TABLE_SCHEMES, "0x0401 rsa_pkcs1_sha256", 2);
    assert_cell(TACIT_TABLE_SCHEMES, row, 2, "");
    assert_cell(TACIT_TABLE_SCHEMES, row, 3, "yes");
    row = row_of(TACIT_TABLE_EXTENSIONS, "51 key_share", 2);
    assert_cell(TACIT_TABLE_EXTENSIONS, row, 2, "CH SH HRR");
    row = row_of(TACIT_TABLE_REASONS, "SUITE_NOT_OFFERED tls.protocol peer-misbehaved", 3);
    assert_cell(TACIT_TABLE_REASONS, row, 3, "illegal_parameter");
    row = row_of(TACIT_TABLE_REASONS, "NOT_TLS tls.not-tls peer-incompatible", 3);
    assert_cell(TACIT_TABLE_REASONS, row, 3, "");
    row_of(TACIT_TABLE_CODES, "cert.expired 32", 2);
    row_of(TACIT_TABLE_ALERTS, "51 decrypt_error", 2);
    row = row_of(TACIT_TABLE_STATES, "client13 WAIT_CERT_CR", 2);
    assert_cell(TACIT_TABLE_STATES, row, 2, "Certificate CertificateRequest");
    row_of(TACIT_TABLE_STATES, "hello-client START (begin) WAIT_SH", 4);
    row_of(TACIT_TABLE_STATES, "client13 WAIT_KEX (kex) WAIT_EE", 4);
    row_of(TACIT_TABLE_STATES, "client12 WAIT_CHOOSE (choose) WAIT_KEX", 4);
    row_of(TACIT_TABLE_STATES, "client13 WAIT_SIGN (sign) CONNECTED", 4);
    row_of(TACIT_TABLE_STATES, "server13 WAIT_VERIFY (verify) WAIT_FINISHED", 4);
    row_of(TACIT_TABLE_STATES, "hello-server START ClientHello (machine of the version)", 4);
}

/* ---- names to code points -------------------------------------------------------------------- */

static void upper(const char *name, char *out)
{
    while ((*out++ = (char)toupper((unsigned char)*name)) != 0)
        name++;
}

static void lower(const char *name, char *out)
{
    while ((*out++ = (char)tolower((unsigned char)*name)) != 0)
        name++;
}

static void assert_found(tacit_table table, const char *name, uint16_t id)
{
    char other[64];
    assert_int_equal(tacit_code_by_name(table, name), id);
    upper(name, other);
    assert_int_equal(tacit_code_by_name(table, other), id);
    lower(name, other);
    assert_int_equal(tacit_code_by_name(table, other), id);
    other[strlen(other) - 1] = 0; /* a part of a name is none */
    assert_int_not_equal(tacit_code_by_name(table, other), id);
    snprintf(other, sizeof other, "%sx", name);
    assert_int_equal(tacit_code_by_name(table, other), 0);
}

static void a_code_point_goes_by_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_suites; i++) {
        assert_found(TACIT_TABLE_SUITES, suites[i].name, suites[i].id);
        assert_found(TACIT_TABLE_SUITES, suites[i].short_name, suites[i].id);
        assert_int_equal(tacit_code_by_name(TACIT_TABLE_GROUPS, suites[i].name), 0);
    }
    for (size_t i = 0; i < n_groups; i++) {
        assert_found(TACIT_TABLE_GROUPS, groups[i].name, groups[i].id);
        assert_found(TACIT_TABLE_GROUPS, groups[i].other_name, groups[i].id);
    }
    for (size_t i = 0; i < n_schemes; i++)
        assert_found(TACIT_TABLE_SCHEMES, schemes[i].name, schemes[i].id);
}

static void other_words_name_nothing(void **state)
{
    (void)state;
    static const char *const words[] = {"", " ", "x", "0x1301", "TLS_AES_128_GCM_SHA256 ", "P_256"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (size_t t = 0; t < N_TABLES; t++)
            assert_int_equal(tacit_code_by_name(table_at(t), words[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_have_names),
        cmocka_unit_test(each_cell_can_be_printed),
        cmocka_unit_test(there_is_nothing_outside_a_table),
        cmocka_unit_test(facts_are_those_of_the_core),
        cmocka_unit_test(a_code_point_goes_by_its_names),
        cmocka_unit_test(other_words_name_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
