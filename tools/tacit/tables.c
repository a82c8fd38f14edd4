/* tables.c: `tacit tables`: the facts that the library works by, in columns or as JSON. */
#include "args.h"
#include "out.h"
#include "tool.h"

#include <tacit/tables.h>

#include <string.h>

enum { CELL = 512, COLUMNS = 16 };

static int as_json;

static const struct poptOption options[] = {
    {"json", 0, POPT_ARG_NONE, &as_json, 0, "print it as JSON", NULL}, ARGS_END};

static struct args args = {
    .verb = "tables",
    .usage = "suites|groups|schemes|extensions|reasons|states|codes|advice|alerts [--json]",
    .about = "Prints one of the tables that the library works by, in its order of preference.",
    .table = options,
};

static const struct {
    const char *name;
    tacit_table table;
} tables[] = {
    {"suites", TACIT_TABLE_SUITES},   {"groups", TACIT_TABLE_GROUPS},
    {"schemes", TACIT_TABLE_SCHEMES}, {"extensions", TACIT_TABLE_EXTENSIONS},
    {"reasons", TACIT_TABLE_REASONS}, {"states", TACIT_TABLE_STATES},
    {"codes", TACIT_TABLE_CODES},     {"alerts", TACIT_TABLE_ALERTS},
    {"advice", TACIT_TABLE_ADVICE},
};

static const char *cell(tacit_table table, size_t row, size_t column, char out[CELL])
{
    out[0] = 0;
    tacit_table_cell(table, row, column, out, CELL);
    return out;
}

static int print_json(tacit_table table, const char *name)
{
    char text[CELL];
    const char *column;
    json_t *rows = json_array();
    for (size_t row = 0; row < tacit_table_rows(table); row++) {
        json_t *object = json_object();
        for (size_t c = 0; (column = tacit_table_column(table, c)); c++)
            json_object_set_new(object, column, json_string(cell(table, row, c, text)));
        json_array_append_new(rows, object);
    }
    return out_json(stdout, json_pack("{s:s, s:s, s:o}", "schema", "tacit.tables/1", "table", name,
                                      "rows", rows));
}

static size_t measure(tacit_table table, int width[COLUMNS])
{
    char text[CELL];
    const char *column;
    size_t n = 0;
    for (; n < COLUMNS && (column = tacit_table_column(table, n)); n++) {
        width[n] = (int)strlen(column);
        for (size_t row = 0; row < tacit_table_rows(table); row++) {
            int len = (int)strlen(cell(table, row, n, text));
            width[n] = len > width[n] ? len : width[n];
        }
    }
    return n;
}

static int print_text(tacit_table table)
{
    int width[COLUMNS];
    char text[CELL];
    size_t columns = measure(table, width), rows = tacit_table_rows(table);
    for (size_t c = 0; c < columns; c++)
        printf("%-*s%s", c + 1 < columns ? width[c] : 0, tacit_table_column(table, c),
               c + 1 < columns ? "  " : "\n");
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < columns; c++)
            printf("%-*s%s", c + 1 < columns ? width[c] : 0, cell(table, row, c, text),
                   c + 1 < columns ? "  " : "\n");
    return out_flush(STATUS_OK);
}

static int print(void)
{
    if (args.n_words != 1)
        return args_usage(&args, "name one table");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (!strcmp(args.words[0], tables[i].name))
            return as_json ? print_json(tables[i].table, tables[i].name)
                           : print_text(tables[i].table);
    return args_usage(&args, "there is no such table");
}

int tables_main(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = print();
    args_free(&args);
    return status;
}
