/* ca_init.c: `tacit ca init`: a new authority. */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMES = 100 };

static char **names_given;

static const struct poptOption table[] = {
    {"name", 0, POPT_ARG_ARGV, &names_given, 0,
     "limit it to this name and all below it, or to an address (range); may be repeated", "NAME"},
    ARGS_END};

static struct args args = {
    .verb = "ca init",
    .usage = "DIR [--name NAME...]",
    .about =
        "Makes a private certificate authority in the folder DIR, which must be new or empty.\n"
        "With names it can vouch for nothing else: whoever steals its key gains that much only.\n\n"
        "  tacit ca init ./ca --name example.test --name 10.0.0.0/8",
    .table = table,
};

/* read_names takes `--name A --name B` and also `--name A B`: words after the folder are names
 * too. */
static int read_names(struct ca_name *names, size_t *n)
{
    const char *given[MAX_NAMES];
    *n = 0;
    for (char **p = names_given; p && *p && *n < MAX_NAMES; p++)
        given[(*n)++] = *p;
    if (args.n_words > 1 && !*n)
        return args_usage(&args, "names are given with --name");
    if (args.n_words - 1 + (int)*n > MAX_NAMES)
        return args_usage(&args, "more than %d names", MAX_NAMES);
    for (int i = 1; i < args.n_words; i++)
        given[(*n)++] = args.words[i];
    for (size_t i = 0; i < *n; i++) {
        char shown[128];
        const char *wrong = ca_name_constraint(&names[i], given[i]);
        if (wrong)
            return args_usage(&args, "the name \"%s\": %s",
                              out_escape(shown, sizeof shown, given[i], strlen(given[i])), wrong);
    }
    return 0;
}

static int write_root(const char *dir, const struct ca_name *names, size_t n, X509 **cert)
{
    EVP_PKEY *key = ca_make_key("p256");
    *cert = key ? ca_make_root(key, names, n) : NULL;
    int status = *cert ? 0 : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the root");
    if (!status)
        status = ca_put_key(dir, "ca.key", key);
    if (!status)
        status = ca_put_cert(dir, "ca.pem", *cert);
    EVP_PKEY_free(key);
    return status;
}

static void print_constraint(void *user, const char *kind, const char *text)
{
    bool *first = user;
    if (strncmp(kind, "permitted", 9) != 0)
        return;
    out_row(stdout, *first ? "limited to" : "", "%s", text);
    *first = false;
}

static void report(const char *dir, const X509 *cert, const char *example)
{
    char subject[256];
    bool unlimited = true;
    out_row(stdout, "authority", "%s", ca_subject(cert, subject));
    ca_constraints(cert, print_constraint, &unlimited);
    if (unlimited)
        out_row(stdout, "limited to", "nothing: it can vouch for any name");
    out_row(stdout, "root", "%s/ca.pem   give this to whoever shall trust it", dir);
    out_row(stdout, "key", "%s/ca.key   keep it; nobody else needs it", dir);
    out_row(stdout, "next", "tacit ca issue %s %s", dir, example);
}

static int init(void)
{
    static struct ca_name names[MAX_NAMES];
    size_t n;
    if (args.n_words < 1)
        return args_usage(&args, "the folder is missing");
    int status = read_names(names, &n);
    const char *dir = args.words[0];
    if (!status)
        status = file_make_dir(dir);
    if (status)
        return status;
    X509 *cert = NULL;
    status = write_root(dir, names, n, &cert);
    if (!status)
        report(dir, cert,
               n && !strchr(names[0].text, '/') ? names[0].text
               : n                              ? "NAME"
                                                : "localhost");
    X509_free(cert);
    return status ? status : out_flush(STATUS_OK);
}

int ca_init(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = init();
    args_free(&args);
    return status;
}
