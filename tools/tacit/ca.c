/* ca.c: `tacit ca`: finds the verb. */
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <string.h>

static const struct ca_verb {
    const char *name;
    int (*run)(int argc, const char **argv);
    const char *usage;
} verbs[] = {
    {"init", ca_init, "DIR [--name NAME...]        make an authority"},
    {"issue", ca_issue, "DIR NAME... [OPTION...]     issue a certificate"},
    {"renew", ca_renew, "DIR SERIAL [OPTION...]      issue a certificate again, with new dates"},
    {"revoke", ca_revoke, "DIR SERIAL [--reason WORD]  withdraw a certificate"},
    {"crl", ca_crl, "DIR                         date the revocation list anew"},
    {"ocsp", ca_ocsp, "DIR --listen ADDR:PORT      answer questions about certificates"},
    {"list", ca_list, "DIR                         what was issued, and what became of it"},
    {"show", ca_show, "DIR                         what the authority is, and what it issued"},
};

int ca_main(int argc, const char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (!strcmp(word, verbs[i].name))
            return verbs[i].run(argc - 1, argv + 1);
    bool asked = !strcmp(word, "--help") || !strcmp(word, "-h");
    FILE *to = asked ? stdout : stderr;
    if (!asked)
        out_failed(STATUS_USAGE, "usage", NULL, "tacit ca needs one of these verbs");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        fprintf(to, "  tacit ca %-6s %s\n", verbs[i].name, verbs[i].usage);
    return asked ? out_flush(STATUS_OK) : STATUS_USAGE;
}
