/* lookup.h: finding a row of the library's tables (tacit/tables.h). */
#ifndef TOOL_LOOKUP_H
#define TOOL_LOOKUP_H

#include <tacit/tables.h>

enum { LOOKUP_NONE = -1 };

/* lookup_column is the number of the column with that name, or LOOKUP_NONE. */
long lookup_column(tacit_table table, const char *column);

/* lookup_row is the first row whose cell in `column` is `word`, case ignored and - taken for _; or
 * LOOKUP_NONE. */
long lookup_row(tacit_table table, const char *column, const char *word);

/* lookup_cell writes a cell, or "" if there is no such column; returns `out`. */
char *lookup_cell(tacit_table table, long row, const char *column, char *out, size_t cap);

#endif
