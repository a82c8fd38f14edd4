/* ca_init.c: `tacit ca init`: a new authority. */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMES = 100 };

static char **names_given;
static char *parent;

static const struct poptOption table[] = {
    {"name", 0, POPT_ARG_ARGV, &names_given, 0,
     "limit it to this name and all below it, or to an address (range); may be repeated", "NAME"},
    {"under", 0, POPT_ARG_STRING, &parent, 0, "an authority below the one in PARENT; needs --name",
     "PARENT"},
    ARGS_END};

static struct args args = {
    .verb = "ca init",
    .usage = "DIR [--name NAME...] [--under PARENT]",
    .about =
        "Makes a private certificate authority in the folder DIR, which must be new or empty.\n"
        "With names it can vouch for nothing else: whoever steals its key gains that much only.\n\n"
        "  tacit ca init ./ca --name example.test --name 10.0.0.0/8\n"
        "  tacit ca init ./east --under ./ca --name east.example.test",
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

/* get_key makes the key, or takes the one that an interrupted `init` left. */
static int get_key(const char *dir, EVP_PKEY **key)
{
    char path[4096];
    int status = file_join(path, dir, "ca.key");
    if (!status && !access(path, F_OK))
        return ca_get_key(path, key);
    *key = status ? NULL : ca_make_key("p256");
    if (!status && !*key)
        status = out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the key");
    return status ? status : ca_put_key(dir, "ca.key", *key);
}

/* may_vouch: may the authority vouch for another one with these limits? */
static int may_vouch(const struct ca *above, const struct ca_name *names, size_t n)
{
    if (ca_is_under(above) || X509_get_pathlen(above->cert) == 0)
        return out_fail(STATUS_USAGE, "take its root as PARENT",
                        "the authority in %s may issue leaves only", above->dir);
    for (size_t i = 0; i < n; i++)
        if (!ca_permits(above, &names[i]))
            return out_fail(STATUS_USAGE, "tacit ca show tells what it may vouch for",
                            "the limits of the authority in %s do not cover \"%s\"", above->dir,
                            names[i].text);
    return 0;
}

/* write_authority makes the certificate and writes it last: a folder without ca.pem is an `init`
 * that was interrupted. `above` is NULL for a root. */
static int write_authority(const char *dir, const struct ca *above, const struct ca_name *names,
                           size_t n, X509 **cert)
{
    EVP_PKEY *key = NULL;
    int status = get_key(dir, &key);
    if (!status) {
        *cert = above ? ca_make_under(above, key, names, n) : ca_make_root(key, names, n);
        if (!*cert)
            status = out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the certificate");
    }
    if (!status && above)
        status = ca_record(above, *cert, NULL);
    if (!status && above)
        status = ca_replace_chain(above, dir, "root.pem", above->cert);
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
    out_row(stdout, "root", "%s/%s.pem   give this to whoever shall trust it", dir,
            parent ? "root" : "ca");
    out_row(stdout, "key", "%s/ca.key   keep it; nobody else needs it", dir);
    out_row(stdout, "next", "tacit ca issue %s %s", dir, example);
}

static int make(const char *dir, const struct ca *above, const struct ca_name *names, size_t n)
{
    X509 *cert = NULL;
    int status = above ? may_vouch(above, names, n) : 0;
    if (!status)
        status = file_make_dir(dir);
    if (!status)
        status = write_authority(dir, above, names, n, &cert);
    if (!status)
        report(dir, cert,
               n && !strchr(names[0].text, '/') ? names[0].text
               : n                              ? "NAME"
                                                : "localhost");
    X509_free(cert);
    return status ? status : out_flush(STATUS_OK);
}

static int init(void)
{
    static struct ca_name names[MAX_NAMES];
    size_t n;
    struct ca above = {0};
    if (args.n_words < 1)
        return args_usage(&args, "the folder is missing");
    int status = read_names(names, &n);
    if (!status && parent && !n)
        status = args_usage(&args, "--under needs --name: what may the new authority vouch for?");
    if (!status && parent)
        status = ca_open(&above, parent, true);
    if (!status && parent)
        status = ca_check_current(&above);
    if (!status)
        status = make(args.words[0], parent ? &above : NULL, names, n);
    ca_close(&above);
    return status;
}

int ca_init(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = init();
    args_free(&args);
    return status;
}
