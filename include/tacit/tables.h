/* tacit/tables.h: the facts that the library works by, as rows of text. */
#ifndef TACIT_TABLES_H
#define TACIT_TABLES_H

#include <tacit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_table names one. */
typedef enum tacit_table {
    TACIT_TABLE_SUITES = 0,
    TACIT_TABLE_GROUPS = 1,
    TACIT_TABLE_SCHEMES = 2,
    TACIT_TABLE_EXTENSIONS = 3,
    TACIT_TABLE_REASONS = 4,
    TACIT_TABLE_CODES = 5,  /* the classes of reasons, with their exit status                  */
    TACIT_TABLE_STATES = 6, /* every transition of every state machine                        */
    TACIT_TABLE_ALERTS = 7, /* alerts: name and number                                        */
    TACIT_TABLE_ADVICE = 8  /* what to do, where a reason says more than its class            */
} tacit_table;

/* tacit_table_column is the name of column `column` in lower case, or NULL past the last. */
TACIT_API const char *tacit_table_column(tacit_table table, size_t column);

/* tacit_table_rows is the number of rows. */
TACIT_API size_t tacit_table_rows(tacit_table table);

/* tacit_table_cell writes one cell as text, at most `cap` bytes, terminated, and returns its
 * length; 0 if it is empty or there is no such cell. Numbers are decimal, code points
 * hexadecimal. */
TACIT_API size_t tacit_table_cell(tacit_table table, size_t row, size_t column, char *out,
                                  size_t cap);

/* tacit_code_by_name finds the code point that goes by an IANA name or a usual short one (suites,
 * groups, schemes), case ignored; 0 if there is none. */
TACIT_API uint16_t tacit_code_by_name(tacit_table table, const char *name);

#ifdef __cplusplus
}
#endif
#endif
