/* lookup.c: rows by what they say. The tables are small: a walk is enough. */
#include "lookup.h"

#include <ctype.h>
#include <string.h>

long lookup_column(tacit_table table, const char *column)
{
    const char *name;
    for (size_t i = 0; (name = tacit_table_column(table, i)); i++)
        if (!strcmp(name, column))
            return (long)i;
    return LOOKUP_NONE;
}

char *lookup_cell(tacit_table table, long row, const char *column, char *out, size_t cap)
{
    long c = lookup_column(table, column);
    out[0] = 0;
    if (c >= 0 && row >= 0)
        tacit_table_cell(table, (size_t)row, (size_t)c, out, cap);
    return out;
}

static int folded(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static bool same(const char *a, const char *b)
{
    while (*a && folded(*a) == folded(*b))
        a++, b++;
    return !*a && !*b;
}

long lookup_row(tacit_table table, const char *column, const char *word)
{
    char cell[256];
    for (size_t row = 0; row < tacit_table_rows(table); row++)
        if (same(lookup_cell(table, (long)row, column, cell, sizeof cell), word))
            return (long)row;
    return LOOKUP_NONE;
}
