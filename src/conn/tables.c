/* tables.c: the library's tables as rows of text, for tools, documents and tests. */
#include <tacit/tables.h>

#include "base/alerts.h"
#include "hs/hs.h"

#include <stdio.h>

enum { COLUMNS_MAX = 8 };

static const char *const columns[][COLUMNS_MAX] = {
    [TACIT_TABLE_SUITES] = {"id", "name", "short", "version", "hash", "encryption", "integrity",
                            "secrecy"},
    [TACIT_TABLE_GROUPS] = {"id", "name", "short", "share"},
    [TACIT_TABLE_SCHEMES] = {"id", "name", "handshake", "certificates"},
    [TACIT_TABLE_EXTENSIONS] = {"id", "name", "messages"},
    [TACIT_TABLE_REASONS] = {"name", "code", "origin", "alert", "rule", "sentence"},
    [TACIT_TABLE_CODES] = {"code", "exit", "advice"},
    [TACIT_TABLE_STATES] = {"machine", "state", "accepts", "next"},
    [TACIT_TABLE_ALERTS] = {"number", "name"},
    [TACIT_TABLE_ADVICE] = {"reason", "certificate", "advice"},
};

enum { N_TABLES = sizeof columns / sizeof columns[0] };

const char *tacit_table_column(tacit_table table, size_t column)
{
    return (size_t)table < N_TABLES && column < COLUMNS_MAX ? columns[table][column] : NULL;
}

static const char *hash_name(enum hash_id id)
{
    return id == HASH_SHA256 ? "SHA-256" : id == HASH_SHA384 ? "SHA-384" : "SHA-512";
}

static size_t text(char *out, size_t cap, const char *s)
{
    return (size_t)snprintf(out, cap, "%s", s);
}

static size_t suite_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct suite *s = &suites[i];
    switch (column) {
    case 0:
        return (size_t)snprintf(out, cap, "0x%04x", s->id);
    case 1:
        return text(out, cap, s->name);
    case 2:
        return text(out, cap, s->short_name);
    case 3:
        return text(out, cap, version_name(s->version));
    case 4:
        return text(out, cap, hash_name(s->hash));
    case 5:
        return text(out, cap, suite_encryption(s));
    case 6:
        return text(out, cap, suite_integrity(s));
    default:
        return text(out, cap, suite_forward_secret(s) ? "forward" : "none");
    }
}

static size_t group_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct group *g = &groups[i];
    switch (column) {
    case 0:
        return (size_t)snprintf(out, cap, "0x%04x", g->id);
    case 1:
        return text(out, cap, g->name);
    case 2:
        return text(out, cap, g->other_name);
    default:
        return (size_t)snprintf(out, cap, "%zu", g->share_len);
    }
}

static size_t scheme_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct scheme *s = &schemes[i];
    switch (column) {
    case 0:
        return (size_t)snprintf(out, cap, "0x%04x", s->id);
    case 1:
        return text(out, cap, s->name);
    case 2:
        return text(out, cap, s->verify13 ? "TLS 1.3" : "");
    default:
        return text(out, cap, s->certificates ? "yes" : "no");
    }
}

static size_t list(char *out, size_t cap, uint32_t bits, const char *(*name)(unsigned bit))
{
    size_t n = 0;
    if (cap)
        out[0] = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        if (!(bits & 1u << bit))
            continue;
        size_t room = n < cap ? cap - n : 0;
        n += (size_t)snprintf(room ? out + n : NULL, room, "%s%s", n ? " " : "", name(bit));
    }
    return n;
}

static const char *where_name(unsigned bit)
{
    static const char *const names[] = {"CH", "SH", "HRR", "EE", "CR", "CT", "NST", "SH12"};
    return names[bit];
}

static size_t extension_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct ext_row *e = ext_row(i);
    if (column == 0)
        return (size_t)snprintf(out, cap, "%u", e->id);
    return column == 1 ? text(out, cap, e->name) : list(out, cap, e->in, where_name);
}

static const char *origin_name(uint8_t origin)
{
    static const char *const names[] = {
        "none",   "peer-misbehaved", "peer-incompatible", "peer-alert",
        "crypto", "resource",        "api-misuse",        "internal",
    };
    return names[origin];
}

static size_t reason_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct reason_row *r = reason_row((uint16_t)(i + 1));
    switch (column) {
    case 0:
        return text(out, cap, r->name);
    case 1:
        return text(out, cap, code_row(r->code)->text);
    case 2:
        return text(out, cap, origin_name(r->origin));
    case 3:
        return text(out, cap, r->alert == TACIT_NO_ALERT ? "" : alert_name(r->alert));
    case 4:
        return text(out, cap, r->rule);
    default:
        return text(out, cap, r->sentence);
    }
}

static size_t code_cell(size_t i, size_t column, char *out, size_t cap)
{
    const struct code_row *c = code_row((unsigned)i);
    if (column == 1)
        return (size_t)snprintf(out, cap, "%d", c->exit_status);
    return text(out, cap, column == 0 ? c->text : c->advice);
}

/* The rows of the machines one after the other, unused states left out. */
static const struct row *state_row(size_t index, const char **machine, const struct row **rows)
{
    for (size_t i = 0; (*rows = hs_machine(i, machine)) != NULL; i++)
        for (size_t s = 0; s < N_STATES; s++)
            if ((*rows)[s].name && index-- == 0)
                return &(*rows)[s];
    return NULL;
}

static const char *message_bit(unsigned bit)
{
    return msg_name((uint8_t)bit);
}

static size_t accepts_cell(const struct row *r, char *out, size_t cap)
{
    static const char *const tasks[] = {
        [TASK_NONE] = "(begin)", [TASK_HELLO] = "(hello)", [TASK_VERIFY] = "(verify)",
        [TASK_SIGN] = "(sign)",  [TASK_KEX] = "(kex)",     [TASK_CHOOSE] = "(choose)",
    };
    return r->accepts ? list(out, cap, r->accepts, message_bit) : text(out, cap, tasks[r->task]);
}

static size_t next_cell(const struct row *rows, uint32_t next, char *out, size_t cap)
{
    size_t n = 0;
    if (cap)
        out[0] = 0;
    for (unsigned s = 0; s < N_STATES; s++) {
        if (!(next & STATE(s)))
            continue;
        const char *name = s == ST_REDELIVER ? "(machine of the version)" : rows[s].name;
        size_t room = n < cap ? cap - n : 0;
        n += (size_t)snprintf(room ? out + n : NULL, room, "%s%s", n ? " " : "", name);
    }
    return n;
}

static size_t alert_cell(size_t i, size_t column, char *out, size_t cap)
{
    return column == 0 ? (size_t)snprintf(out, cap, "%u", alerts[i].number)
                       : text(out, cap, alerts[i].name);
}

static size_t advice_cell(size_t i, size_t column, char *out, size_t cap)
{
    static const char *const at_fault[] = {"any", "leaf", "issuer"};
    const struct advice_row *r = advice_row(i);
    if (column == 0)
        return text(out, cap, reason_row(r->reason)->name);
    return text(out, cap, column == 1 ? at_fault[r->at_fault] : r->advice);
}

static size_t state_cell(size_t i, size_t column, char *out, size_t cap)
{
    const char *machine;
    const struct row *rows, *r = state_row(i, &machine, &rows);
    switch (column) {
    case 0:
        return text(out, cap, machine);
    case 1:
        return text(out, cap, r->name);
    case 2:
        return accepts_cell(r, out, cap);
    default:
        return next_cell(rows, r->next, out, cap);
    }
}

size_t tacit_table_rows(tacit_table table)
{
    size_t n = 0;
    const char *machine;
    const struct row *rows;
    switch (table) {
    case TACIT_TABLE_SUITES:
        return n_suites;
    case TACIT_TABLE_GROUPS:
        return n_groups;
    case TACIT_TABLE_SCHEMES:
        return n_schemes;
    case TACIT_TABLE_EXTENSIONS:
        return N_EXTS;
    case TACIT_TABLE_REASONS:
        return N_REASONS - 1;
    case TACIT_TABLE_CODES:
        return N_CODES;
    case TACIT_TABLE_STATES:
        while (state_row(n, &machine, &rows))
            n++;
        return n;
    case TACIT_TABLE_ALERTS:
        return n_alerts;
    case TACIT_TABLE_ADVICE:
        while (advice_row(n))
            n++;
        return n;
    }
    return 0;
}

size_t tacit_table_cell(tacit_table table, size_t row, size_t column, char *out, size_t cap)
{
    static size_t (*const cells[])(size_t, size_t, char *, size_t) = {
        [TACIT_TABLE_SUITES] = suite_cell,   [TACIT_TABLE_GROUPS] = group_cell,
        [TACIT_TABLE_SCHEMES] = scheme_cell, [TACIT_TABLE_EXTENSIONS] = extension_cell,
        [TACIT_TABLE_REASONS] = reason_cell, [TACIT_TABLE_CODES] = code_cell,
        [TACIT_TABLE_STATES] = state_cell,   [TACIT_TABLE_ALERTS] = alert_cell,
        [TACIT_TABLE_ADVICE] = advice_cell,
    };
    if (!tacit_table_column(table, column) || row >= tacit_table_rows(table))
        return 0;
    return cells[table](row, column, out, cap);
}

static bool same_word(const char *a, const char *b)
{
    while (*a && *b) {
        int lower_a = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a;
        int lower_b = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;
        if (lower_a != lower_b)
            return false;
        a++;
        b++;
    }
    return *a == *b;
}

uint16_t tacit_code_by_name(tacit_table table, const char *name)
{
    if (!name)
        return 0;
    for (size_t i = 0; i < n_suites && table == TACIT_TABLE_SUITES; i++)
        if (same_word(name, suites[i].name) || same_word(name, suites[i].short_name))
            return suites[i].id;
    for (size_t i = 0; i < n_groups && table == TACIT_TABLE_GROUPS; i++)
        if (same_word(name, groups[i].name) || same_word(name, groups[i].other_name))
            return groups[i].id;
    for (size_t i = 0; i < n_schemes && table == TACIT_TABLE_SCHEMES; i++)
        if (same_word(name, schemes[i].name))
            return schemes[i].id;
    return 0;
}
