/* ca_show.c: `tacit ca show`: what an authority is and what it issued, for people and as
 * "tacit.ca/1". */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int as_json;

static const struct poptOption table[] = {
    {"json", 0, POPT_ARG_NONE, &as_json, 0, "print it as JSON", NULL}, ARGS_END};

static struct args args = {
    .verb = "ca show",
    .usage = "DIR [--json]",
    .about = "Shows the authority in DIR: its limits, its fingerprint, and what it has issued.",
    .table = table,
};

static void collect(void *user, const char *kind, const char *text)
{
    json_array_append_new(user, json_pack("{s:s, s:s}", "kind", kind, "name", text));
}

static json_t *describe(const X509 *cert)
{
    char serial[64], fingerprint[96], when[32];
    json_t *names = json_array();
    ca_names(cert, collect, names);
    return json_pack("{s:s, s:s, s:s, s:o}", "serial", ca_serial(cert, serial), "sha256",
                     ca_fingerprint(cert, fingerprint), "not_after",
                     out_time(when, ca_not_after(cert)), "names", names);
}

static int show_json(const struct ca *ca, X509_CRL *crl, X509 *const *issued, size_t n)
{
    char subject[256];
    json_t *root = describe(ca->cert), *list = json_array(), *constraints = json_array();
    ca_constraints(ca->cert, collect, constraints);
    for (size_t i = 0; i < n; i++) {
        char replaced[64];
        json_t *one = describe(issued[i]);
        json_object_set_new(one, "state", json_string(ca_state(crl, issued[i])));
        if (ca_replaced(ca, issued[i], replaced))
            json_object_set_new(one, "replaces", json_string(replaced));
        json_array_append_new(list, one);
    }
    json_object_set_new(root, "issuer", json_string(ca_issuer(ca->cert, subject)));
    json_object_set_new(root, "schema", json_string("tacit.ca/1"));
    json_object_set_new(root, "subject", json_string(ca_subject(ca->cert, subject)));
    json_object_set_new(root, "constraints", constraints);
    json_object_set_new(root, "issued", list);
    return out_json(stdout, root);
}

static void print_constraint(void *user, const char *kind, const char *text)
{
    bool *first = user;
    out_row(stdout, *first ? "limits" : "", "%s %s", kind, *text ? text : "(all)");
    *first = false;
}

static void append_name(void *user, const char *kind, const char *text)
{
    (void)kind;
    char *line = user;
    size_t used = strlen(line);
    snprintf(line + used, 200 - used, "%s%s", used ? " " : "", text);
}

static void print_issued(X509_CRL *crl, X509 *cert, int64_t now)
{
    char serial[64], span[32], subject[256], names[200] = "";
    int64_t left = ca_not_after(cert) - now;
    ca_names(cert, append_name, names);
    out_row(stdout, ca_is_revoked(crl, cert) ? "revoked" : "issued", "%s  %s %s%s  %s",
            ca_serial(cert, serial), left < 0 ? "expired" : "expires in", out_span(span, left),
            left < 0 ? " ago" : "", *names ? names : ca_subject(cert, subject));
}

static int show_text(const struct ca *ca, X509_CRL *crl, X509 *const *issued, size_t n)
{
    char subject[256], fingerprint[96], span[32], when[32];
    int64_t now = (int64_t)time(NULL), end = ca_not_after(ca->cert);
    bool unlimited = true;
    out_row(stdout, "authority", "%s", ca_subject(ca->cert, subject));
    if (ca_is_under(ca))
        out_row(stdout, "under", "%s", ca_issuer(ca->cert, subject));
    ca_constraints(ca->cert, print_constraint, &unlimited);
    if (unlimited)
        out_row(stdout, "limits", "none: it can vouch for any name");
    out_row(stdout, end < now ? "expired" : "expires", "%s%s%s   %.10s", end < now ? "" : "in ",
            out_span(span, end - now), end < now ? " ago" : "", out_time(when, end));
    out_row(stdout, "sha256", "%s", ca_fingerprint(ca->cert, fingerprint));
    for (size_t i = 0; i < n; i++)
        print_issued(crl, issued[i], now);
    if (!n)
        out_row(stdout, "issued", "nothing yet");
    return out_flush(STATUS_OK);
}

static int show(void)
{
    if (args.n_words != 1)
        return args_usage(&args, "name the authority's folder, and nothing else");
    struct ca ca;
    X509 **issued = NULL;
    X509_CRL *crl = NULL;
    size_t n = 0;
    int status = ca_open(&ca, args.words[0], false);
    if (!status)
        status = ca_get_crl(&ca, &crl);
    if (!status)
        status = ca_load_issued(args.words[0], &issued, &n);
    if (!status)
        status = as_json ? show_json(&ca, crl, issued, n) : show_text(&ca, crl, issued, n);
    ca_free_issued(issued, n);
    X509_CRL_free(crl);
    ca_close(&ca);
    return status;
}

int ca_show(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = show();
    args_free(&args);
    return status;
}
