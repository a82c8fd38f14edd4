/* ca_list.c: `tacit ca list`: a line for each certificate that was issued, easily cut by scripts:
 * state, serial, last day, names, and, of a renewed one, the serial that it replaces. */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/x509.h>
#include <string.h>

static const struct poptOption table[] = {ARGS_END};

static struct args args = {
    .verb = "ca list",
    .usage = "DIR",
    .about = "Lists what the authority in DIR has issued: valid, expired or revoked, the serial,\n"
             "the last day, and the names; replaces=SERIAL is said of what was renewed.",
    .table = table,
};

static void append_name(void *user, const char *kind, const char *text)
{
    (void)kind;
    char *line = user;
    size_t used = strlen(line);
    snprintf(line + used, 512 - used, " %s", text);
}

static void print(const struct ca *ca, X509_CRL *crl, X509 *cert)
{
    char serial[64], old[64] = "", subject[256], when[32], names[512] = "";
    bool replaces = ca_replaced(ca, cert, old);
    ca_names(cert, append_name, names);
    out_row(stdout, ca_state(crl, cert), "%s %.10s%s%s%s%s", ca_serial(cert, serial),
            out_time(when, ca_not_after(cert)), *names ? names : " ",
            *names ? "" : ca_subject(cert, subject), replaces ? " replaces=" : "", old);
}

static int list(void)
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
    for (size_t i = 0; !status && i < n; i++)
        print(&ca, crl, issued[i]);
    ca_free_issued(issued, n);
    X509_CRL_free(crl);
    ca_close(&ca);
    return status ? status : out_flush(STATUS_OK);
}

int ca_list(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = list();
    args_free(&args);
    return status;
}
