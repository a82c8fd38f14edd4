/* explain.c: `tacit explain`: what a code, a reason, an alert or an exit status means, and what to
 * do about it.
 *
 * The word may be any of them; a number is an exit status, an alert, or both. All that is told
 * comes from the library's tables. */
#include "args.h"
#include "lookup.h"
#include "out.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

enum { CELL = 512 };

static const struct poptOption options[] = {ARGS_END};

static struct args args = {
    .verb = "explain",
    .usage = "CODE | REASON | ALERT | STATUS",
    .about = "Explains an error code, a reason, an alert (by name or number) or an exit status.\n\n"
             "  tacit explain cert.expired\n"
             "  tacit explain unknown-ca",
    .table = options,
};

static const char *reason_cell(long row, const char *column, char out[CELL])
{
    return lookup_cell(TACIT_TABLE_REASONS, row, column, out, CELL);
}

/* list_reasons prints the reasons whose cell is `word`: what happened, and where the rule is
 * written. */
static void list_reasons(const char *column, const char *word)
{
    char cell[CELL], name[CELL], rule[CELL], sentence[CELL];
    const char *label = "reasons";
    for (long row = 0; row < (long)tacit_table_rows(TACIT_TABLE_REASONS); row++) {
        if (strcmp(reason_cell(row, column, cell), word) != 0)
            continue;
        reason_cell(row, "rule", rule);
        out_row(stdout, label, "%-28s %s%s%s%s", reason_cell(row, "name", name),
                reason_cell(row, "sentence", sentence), rule[0] ? " (" : "", rule,
                rule[0] ? ")" : "");
        label = "";
    }
}

/* advise prints what a reason has to say beyond its code, for each certificate that may be at
 * fault; false: nothing. */
static bool advise(const char *reason)
{
    static const struct {
        const char *certificate, *words;
    } at_fault[] = {{"any", ""}, {"leaf", "of the leaf: "}, {"issuer", "of an authority: "}};
    char cell[CELL], advice[CELL];
    const char *label = "advice";
    for (long row = 0; row < (long)tacit_table_rows(TACIT_TABLE_ADVICE); row++) {
        if (strcmp(lookup_cell(TACIT_TABLE_ADVICE, row, "reason", cell, CELL), reason) != 0)
            continue;
        lookup_cell(TACIT_TABLE_ADVICE, row, "certificate", cell, CELL);
        for (size_t i = 0; i < sizeof at_fault / sizeof at_fault[0]; i++)
            if (!strcmp(at_fault[i].certificate, cell))
                out_row(stdout, label, "%s%s", at_fault[i].words,
                        lookup_cell(TACIT_TABLE_ADVICE, row, "advice", advice, CELL));
        label = "";
    }
    return !*label;
}

/* explain_code tells of a class: of one of its reasons, unless that is NULL. */
static void explain_code(long row, const char *reason)
{
    char code[CELL], exit_status[CELL], advice[CELL];
    lookup_cell(TACIT_TABLE_CODES, row, "code", code, CELL);
    out_row(stdout, "code", "%s   (exit status %s)", code,
            lookup_cell(TACIT_TABLE_CODES, row, "exit", exit_status, CELL));
    if (!reason || !advise(reason))
        out_row(stdout, "advice", "%s",
                lookup_cell(TACIT_TABLE_CODES, row, "advice", advice, CELL));
    if (!reason)
        list_reasons("code", code);
}

static bool code_by_name(const char *word)
{
    long row = lookup_row(TACIT_TABLE_CODES, "code", word);
    if (row >= 0)
        explain_code(row, NULL);
    return row >= 0;
}

static bool code_by_status(const char *word)
{
    char cell[CELL];
    bool found = false;
    for (long row = 0; row < (long)tacit_table_rows(TACIT_TABLE_CODES); row++) {
        if (strcmp(lookup_cell(TACIT_TABLE_CODES, row, "exit", cell, CELL), word) != 0)
            continue;
        explain_code(row, NULL);
        found = true;
    }
    return found;
}

static bool reason_by_name(const char *word)
{
    char cell[CELL], name[CELL];
    long row = lookup_row(TACIT_TABLE_REASONS, "name", word);
    if (row < 0)
        return false;
    out_row(stdout, "reason", "%s", reason_cell(row, "name", name));
    out_row(stdout, "what", "%s", reason_cell(row, "sentence", cell));
    if (*reason_cell(row, "rule", cell))
        out_row(stdout, "rule", "%s", cell);
    out_row(stdout, "whose", "%s", reason_cell(row, "origin", cell));
    out_row(stdout, "alert", "%s", *reason_cell(row, "alert", cell) ? cell : "none is sent");
    explain_code(lookup_row(TACIT_TABLE_CODES, "code", reason_cell(row, "code", cell)), name);
    return true;
}

static bool alert_by(const char *column, const char *word)
{
    char name[CELL], number[CELL];
    long row = lookup_row(TACIT_TABLE_ALERTS, column, word);
    if (row < 0)
        return false;
    lookup_cell(TACIT_TABLE_ALERTS, row, "name", name, CELL);
    out_row(stdout, "alert", "%s   (number %s)", name,
            lookup_cell(TACIT_TABLE_ALERTS, row, "number", number, CELL));
    list_reasons("alert", name);
    return true;
}

static int explain(void)
{
    if (args.n_words != 1)
        return args_usage(&args, "one word to explain");
    const char *word = args.words[0];
    bool found = code_by_name(word);
    found = code_by_status(word) || found;
    found = reason_by_name(word) || found;
    found = alert_by("name", word) || found;
    found = alert_by("number", word) || found;
    if (found)
        return out_flush(STATUS_OK);
    char shown[80];
    return out_fail(STATUS_USAGE, "tacit tables codes, or reasons, or alerts",
                    "nothing here is called \"%s\"",
                    out_escape(shown, sizeof shown, word, strlen(word)));
}

int explain_main(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = explain();
    args_free(&args);
    return status;
}
