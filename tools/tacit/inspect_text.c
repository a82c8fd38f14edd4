/* inspect_text.c: facts as rows for a person: a block for each object, days before dates, nothing
 * wider than 100 columns.
 *
 * One table says which facts are shown, in which order, and how; kinds of objects differ only in
 * the facts that they have. */
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 100, MARGIN = 12, SHOWN = 16 };

/* ---- rows ------------------------------------------------------------------------------------ */

/* put_wrapped prints text of any length, broken where it has to be: after a comma or a blank if
 * there is one in the last third. */
static void put_wrapped(const char *label, const char *text)
{
    const size_t width = COLUMNS - MARGIN;
    for (size_t left = strlen(text); left > width;) {
        size_t n = width;
        while (n > 2 * width / 3 && text[n - 1] != ',' && text[n - 1] != ' ')
            n--;
        if (n == 2 * width / 3)
            n = width;
        out_row(stdout, label, "%.*s", (int)(text[n - 1] == ' ' ? n - 1 : n), text);
        label = "";
        text += n;
        left -= n;
    }
    out_row(stdout, label, "%s", text);
}

typedef void print_fact(const char *label, const json_t *value, const json_t *facts);

static void print_text(const char *label, const json_t *value, const json_t *facts)
{
    (void)facts;
    const char *text = json_string_value(value);
    put_wrapped(label, *text ? text : "(none)");
}

static void print_number(const char *label, const json_t *value, const json_t *facts)
{
    (void)facts;
    out_row(stdout, label, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

/* print_words joins a list of words. */
static void print_words(const char *label, const json_t *list, const json_t *facts)
{
    (void)facts;
    char line[2000] = "";
    size_t i, n = json_array_size(list);
    json_t *word;
    json_array_foreach(list, i, word)
    {
        size_t used = strlen(line);
        if (i == SHOWN)
            snprintf(line + used, sizeof line - used, ", and %zu more", n - i);
        if (i >= SHOWN)
            break;
        snprintf(line + used, sizeof line - used, "%s%.100s", i ? ", " : "",
                 json_string_value(word));
    }
    put_wrapped(label, line);
}

/* print_more says how many of a list were not shown. */
static void print_more(size_t n)
{
    if (n > SHOWN)
        out_row(stdout, "", "and %zu more", n - SHOWN);
}

static void print_names(const char *label, const json_t *list, const json_t *facts)
{
    (void)facts;
    size_t i;
    json_t *name;
    json_array_foreach(list, i, name)
    {
        char line[5000];
        if (i >= SHOWN)
            break;
        const char *text = fact_text(name, "name");
        snprintf(line, sizeof line, "%s %s", fact_text(name, "kind"), *text ? text : "(all)");
        put_wrapped(i ? "" : label, line);
    }
    print_more(json_array_size(list));
}

static void print_key(const char *label, const json_t *key, const json_t *facts)
{
    (void)facts;
    const char *curve = fact_text(key, "curve");
    out_row(stdout, label, "%s%s%s, %d bits", fact_text(key, "algorithm"), *curve ? " " : "", curve,
            (int)json_integer_value(json_object_get(key, "bits")));
}

/* print_end puts the distance to a day before the day. */
static void print_end(const char *label, const json_t *value, const json_t *facts)
{
    (void)label;
    const char *from = fact_text(facts, "not_before");
    const char *begun = *from ? from : fact_text(facts, "this_update");
    long days = (long)json_integer_value(json_object_get(facts, "days_left"));
    const char *state = json_is_true(json_object_get(facts, "expired")) ? "expired" : "expires";
    char distance[64];
    if (!strcmp(state, "expired"))
        snprintf(distance, sizeof distance, days == 0 ? "today" : "%ld day%s ago", -days,
                 days == -1 ? "" : "s");
    else
        snprintf(distance, sizeof distance, days == 0 ? "within a day" : "in %ld day%s", days,
                 days == 1 ? "" : "s");
    out_row(stdout, state, "%s   %.10s   (%s %.10s)", distance, json_string_value(value),
            json_is_true(json_object_get(facts, "early")) ? "NOT valid before" : "since", begun);
}

static void print_ca(const char *label, const json_t *value, const json_t *facts)
{
    const json_t *length = json_object_get(facts, "path_length");
    if (json_is_false(value))
        out_row(stdout, label, "no");
    else if (length && !json_integer_value(length))
        out_row(stdout, label, "yes, for leaves only");
    else if (length)
        out_row(stdout, label, "yes, with at most %" JSON_INTEGER_FORMAT " authorities below it",
                json_integer_value(length));
    else
        out_row(stdout, label, "yes, with any number of authorities below it");
}

static void print_signed(const char *label, const json_t *value, const json_t *facts)
{
    (void)facts;
    out_row(stdout, label, "%s",
            json_is_true(value) ? "by its own key: checked"
                                : "NOT by its own key: nobody has shown to "
                                  "have it");
}

/* print_author says who signed, and what of that is known. */
static void print_author(const char *label, const json_t *author, const json_t *facts)
{
    (void)facts;
    char line[1000];
    const char *signer = fact_text(author, "signer");
    bool given = !strcmp(fact_text(author, "signer_from"), "ca");
    if (*signer)
        snprintf(line, sizeof line, "by %s, %s: checked%s", signer,
                 given ? "given by --ca" : "which lies here too",
                 json_is_true(json_object_get(author, "current")) ? ", and current"
                                                                  : "; but it is NOT current");
    else if (json_is_true(json_object_get(author, "checked")))
        snprintf(line, sizeof line, "NOT authentic: %s (%s)", fact_text(author, "sentence"),
                 fact_text(author, "rule"));
    else
        snprintf(line, sizeof line,
                 "nobody's signature was checked: its issuer is not here, nor given by --ca");
    put_wrapped(label, line);
}

static void print_matches(const char *label, const json_t *list, const json_t *facts)
{
    (void)facts;
    size_t n = json_array_size(list);
    if (!n)
        out_row(stdout, label, "no certificate here");
    for (size_t i = 0; i < n && i < SHOWN; i++)
        out_row(stdout, i ? "" : label, "certificate %d",
                (int)json_integer_value(json_array_get(list, i)));
    print_more(n);
}

static void print_entries(const char *label, const json_t *list, const json_t *facts)
{
    size_t i, n = (size_t)json_integer_value(json_object_get(facts, "n_entries"));
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (i >= SHOWN)
            break;
        out_row(stdout, i ? "" : label, "%s  %.10s  %s", fact_text(entry, "serial"),
                fact_text(entry, "time"), fact_text(entry, "reason"));
    }
    print_more(n);
}

static void print_answers(const char *label, const json_t *list, const json_t *facts)
{
    size_t i, n = (size_t)json_integer_value(json_object_get(facts, "n_answers"));
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *next = fact_text(entry, "next_update");
        if (i >= SHOWN)
            break;
        out_row(stdout, i ? "" : label, "%s  %s  %.10s to %.10s", fact_text(entry, "status"),
                fact_text(entry, "serial"), fact_text(entry, "this_update"),
                *next ? next : "(open)");
    }
    print_more(n);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
    const char *fact, *label;
    print_fact *print;
} rows[] = {
    {"subject", "subject", print_text},
    {"issuer", "issuer", print_text},
    {"response_status", "status", print_text},
    {"responder", "responder", print_text},
    {"responder_key_sha1", "responder", print_text},
    {"produced_at", "produced", print_text},
    {"names", "names", print_names},
    {"key", "key", print_key},
    {"signature", "signature", print_text},
    {"authorship", "signed", print_author},
    {"signed_by_its_key", "signed", print_signed},
    {"not_after", "", print_end},
    {"next_update", "", print_end},
    {"serial", "serial", print_text},
    {"number", "number", print_text},
    {"scope", "scope", print_words},
    {"points", "point", print_names},
    {"ca", "authority", print_ca},
    {"key_usage", "usages", print_words},
    {"extended_key_usage", "for", print_words},
    {"name_constraints", "limits", print_names},
    {"policies", "policies", print_words},
    {"tls_features", "demands", print_words},
    {"crl_urls", "CRL", print_names},
    {"ocsp_urls", "OCSP", print_names},
    {"issuer_urls", "issuer at", print_names},
    {"unknown_critical", "CRITICAL", print_words},
    {"other_extensions", "also", print_words},
    {"n_entries", "entries", print_number},
    {"entries", "revoked", print_entries},
    {"answers", "answers", print_answers},
    {"subject_key_id", "key id", print_text},
    {"authority_key_id", "issuer's", print_text},
    {"sha256", "sha256", print_text},
    {"key_sha256", "pin", print_text},
    {"matches", "belongs to", print_matches},
};

static void print_item(const struct inspection *all, size_t i)
{
    static const char *const labels[] = {
        [ITEM_CERT] = "certificate", [ITEM_CRL] = "revocation",    [ITEM_REQUEST] = "request",
        [ITEM_KEY] = "private key",  [ITEM_PUBLIC] = "public key", [ITEM_OCSP] = "OCSP",
        [ITEM_NONE] = "unread"};
    const struct item *item = &all->items[i];
    if (i)
        putchar('\n');
    out_row(stdout, labels[item->kind], "%zu of %zu in %s", i + 1, all->n, all->source);
    if (*item->what)
        put_wrapped("is", item->what);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const json_t *value = json_object_get(item->facts, rows[r].fact);
        if (value)
            rows[r].print(rows[r].label, value, item->facts);
    }
    if (item->doubt.status) {
        char line[700];
        snprintf(line, sizeof line, "%s (%s)", item->doubt.sentence,
                 item->doubt.tls.rule ? item->doubt.tls.rule : "");
        put_wrapped("refused", line);
    }
}

static void print_path_row(void *user, const char *label, char *text)
{
    (void)user;
    put_wrapped(label, text);
}

/* print_refusal is what `verify` says, in the same rows. */
static void print_refusal(const struct inspection *all)
{
    char line[1000];
    const struct failure *f = &all->verdict;
    if (*f->subject)
        snprintf(line, sizeof line, "%s (certificate %d: %s)", f->sentence, (int)f->tls.depth,
                 f->subject);
    else
        snprintf(line, sizeof line, "%s", f->sentence);
    put_wrapped("NOT valid", line);
    paths_each(&all->paths, print_path_row, NULL);
    snprintf(line, sizeof line, "%s   tacit explain %s", f->advice, f->code);
    put_wrapped("hint", line);
}

static void print_verification(const struct inspection *all)
{
    char line[1000];
    const json_t *v = all->verification;
    if (!v)
        return;
    putchar('\n');
    if (*all->handshake && strcmp(all->handshake, "done") != 0)
        put_wrapped("handshake", all->handshake);
    if (all->verdict.status) {
        print_refusal(all);
        return;
    }
    if (*all->name)
        snprintf(line, sizeof line, "as %s, by %s; revocation was not checked", all->name,
                 fact_text(v, "anchor"));
    else
        snprintf(line, sizeof line, "for %ss, by %s; no name and no revocation was checked",
                 fact_text(v, "purpose"), fact_text(v, "anchor"));
    put_wrapped("verified", line);
}

static void print_warnings(const json_t *warnings)
{
    size_t i;
    json_t *w;
    if (!warnings)
        return;
    putchar('\n');
    if (!json_array_size(warnings))
        out_row(stdout, "lint", "no rule of this linter is broken");
    json_array_foreach(warnings, i, w)
    {
        char line[1000];
        int of = (int)json_integer_value(json_object_get(w, "object"));
        snprintf(line, sizeof line, "%s%.0d%s%s: %s (%s)", of ? "" : "all: ", of, of ? ": " : "",
                 fact_text(w, "word"), fact_text(w, "sentence"), fact_text(w, "rule"));
        put_wrapped(fact_text(w, "severity"), line);
    }
}

void text_print(const struct inspection *all)
{
    for (size_t i = 0; i < all->n; i++)
        print_item(all, i);
    tree_print(all);
    print_verification(all);
    print_warnings(all->warnings);
}
