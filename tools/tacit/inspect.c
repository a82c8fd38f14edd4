/* inspect.c: `tacit inspect`: what lies in a file, or what a server shows.
 *
 * First everything is read, then facts are drawn from it, then it is told. The exit status is that
 * of the worst news: something that is none of the kinds we know (3), something that the library
 * refuses (its own status), or, with --lint, a broken rule. What a server's certificates verify to
 * is told, and never changes the status: that is what `tacit connect` is for. */
#include "inspect.h"

#include "args.h"
#include "lookup.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int json, lint;
static char *password_file;
static char **anchors;

static const struct poptOption table[] = {
    {"json", 0, POPT_ARG_NONE, &json, 0, "report as JSON", NULL},
    {"lint", 0, POPT_ARG_NONE, &lint, 0, "say what is wrong with it, and by which rule", NULL},
    {"ca", 0, POPT_ARG_ARGV, &anchors, 0, "trust the authorities in FILE, instead of the system's",
     "FILE"},
    {"password-file", 0, POPT_ARG_STRING, &password_file, 0,
     "the first line of FILE opens keys and PKCS#12 stores", "FILE"},
    ARGS_END};

static struct args args = {
    .verb = "inspect",
    .usage = "FILE|HOST[:PORT]|- [OPTION...]",
    .about =
        "Shows certificates, requests, revocation lists, OCSP responses and keys: from a file\n"
        "(PEM, DER or PKCS#12), from a server, or from standard input. Of a private key its\n"
        "kind and size are told, and nothing else.\n\n"
        "  tacit inspect server.pem --lint\n"
        "  tacit inspect example.org",
    .table = table,
};

void facts_of(struct item *item, int64_t now)
{
    switch (item->kind) {
    case ITEM_CERT:
        item->facts = item->cert
                          ? cert_facts(item->cert, now)
                          : json_pack("{s:s, s:s}", "kind", "certificate", "what", item->what);
        break;
    case ITEM_CRL:
        item->facts = crl_facts(item->crl, now);
        break;
    case ITEM_REQUEST:
        item->facts = request_facts(item->request);
        break;
    case ITEM_KEY:
    case ITEM_PUBLIC:
        item->facts = key_facts(item->key, item->kind == ITEM_KEY);
        break;
    case ITEM_OCSP:
        item->facts = ocsp_facts(item->ocsp);
        break;
    case ITEM_NONE:
        item->facts = json_pack("{s:s, s:s}", "kind", "unknown", "what", item->what);
    }
}

static json_t *doubt_json(const struct failure *doubt)
{
    if (!doubt->status)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "code", doubt->code, "reason", doubt->tls.name, "rule",
                     doubt->tls.rule, "sentence", doubt->sentence);
}

json_t *inspection_json(const struct inspection *all)
{
    json_t *o = json_object(), *objects = json_array();
    for (size_t i = 0; i < all->n; i++) {
        json_t *facts = json_incref(all->items[i].facts);
        json_object_set_new(facts, "object", json_integer((json_int_t)i + 1));
        json_object_set_new(facts, "refused", doubt_json(&all->items[i].doubt));
        if (*all->items[i].label)
            json_object_set_new(facts, "label", json_string(all->items[i].label));
        json_array_append_new(objects, facts);
    }
    json_object_set_new(o, "schema", json_string("tacit.inspect/1"));
    json_object_set_new(o, "source", json_string(all->source));
    json_object_set_new(o, "objects", objects);
    json_object_set_new(o, "verification",
                        all->verification ? json_incref(all->verification) : json_null());
    json_object_set_new(o, "lint", all->warnings ? json_incref(all->warnings) : json_null());
    failure_json(&all->failure, o);
    return o;
}

/* is_file: a word is a file if there is one of that name, or if it hardly is a host's. */
static bool is_file(const char *word)
{
    static const char *const endings[] = {".pem", ".crt", ".cer", ".der", ".key",
                                          ".csr", ".crl", ".p12", ".pfx"};
    struct stat st;
    size_t n = strlen(word);
    for (size_t i = 0; n > 4 && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcmp(word + n - 4, endings[i]))
            return true;
    return !stat(word, &st) || strchr(word, '/');
}

static int read_password(struct inspection *all)
{
    int fd = open(password_file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, all->password, sizeof all->password - 1);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return out_fail(STATUS_FILE, NULL, "cannot read the password file %s: %s", password_file,
                        strerror(why));
    all->password[strcspn(all->password, "\r\n")] = 0;
    all->passwords = true;
    return 0;
}

static int gather(struct inspection *all, const char *word)
{
    int status = password_file ? read_password(all) : 0;
    if (!status)
        status = judge_begin(anchors);
    if (status)
        return status;
    if (!strcmp(word, "-"))
        return inspect_file(all, NULL);
    return is_file(word) ? inspect_file(all, word) : inspect_host(all, word, &args);
}

/* advise says what to do about an object that cannot be read: what the library would say, if it is
 * locked. */
static void advise(struct failure *failure, const struct item *item)
{
    const char *reason = strstr(item->what, "--password-file") ? "KEY_NEEDS_PASSWORD"
                         : strstr(item->what, "does not open") ? "KEY_WRONG_PASSWORD"
                                                               : NULL;
    if (reason)
        lookup_cell(TACIT_TABLE_ADVICE, lookup_row(TACIT_TABLE_ADVICE, "reason", reason), "advice",
                    failure->advice, sizeof failure->advice);
    else
        snprintf(failure->advice, sizeof failure->advice,
                 "certificates, requests, revocation lists, OCSP responses and keys can be shown, "
                 "from PEM, DER or PKCS#12");
}

/* settle finds what decides the exit status, unless something does already. */
static void settle(struct inspection *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct item *item = &all->items[i];
        if (item->doubt.status && !all->failure.status)
            all->failure = item->doubt;
        if (item->kind != ITEM_NONE || all->failure.status)
            continue;
        failure_own(&all->failure, STATUS_FILE, "file", "object %zu is %s", i + 1, item->what);
        advise(&all->failure, item);
    }
}

static int tell(struct inspection *all)
{
    if (json) {
        int status = out_json(stdout, inspection_json(all));
        return all->failure.status ? all->failure.status : status;
    }
    text_print(all);
    int status = out_flush(all->failure.status);
    if (all->failure.status) {
        failure_print(&all->failure);
        failure_hint(&all->failure);
    }
    return status;
}

static int run(struct inspection *all)
{
    if (args.n_words != 1)
        return args_usage(&args, args.n_words ? "one FILE or HOST is enough" : "FILE is missing");
    const char *word = args.words[0];
    out_escape(all->source, sizeof all->source, word, strlen(word));
    if (!strcmp(word, "-"))
        snprintf(all->source, sizeof all->source, "standard input");
    all->now = (int64_t)time(NULL);
    int status = gather(all, word);
    if (status)
        return status;
    for (size_t i = 0; i < all->n; i++)
        facts_of(&all->items[i], all->now);
    chain_find(all);
    judge_signatures(all);
    verify_first(all, *all->name ? all->name : NULL, *all->handshake ? all->handshake : NULL);
    settle(all);
    if (lint)
        lint_all(all);
    return tell(all);
}

int inspect_main(int argc, const char **argv)
{
    static struct inspection all;
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = run(&all);
    inspection_free(&all);
    judge_end();
    args_free(&args);
    return status;
}
