/* main.c: the command's front door: finds the verb and hands over. Every verb is a file of this
 * folder. */
#include "out.h"
#include "tool.h"

#include <signal.h>
#include <string.h>

static const struct verb {
    const char *name;
    int (*run)(int argc, const char **argv);
    const char *what;
} verbs[] = {
    {"connect", connect_main, "a TLS client: what protects a server, and who it is"},
    {"serve", serve_main, "a folder over HTTPS"},
    {"ca", ca_main, "a private certificate authority in a folder"},
    {"inspect", inspect_main,
     "what lies in a file of certificates or keys, or what a server shows"},
    {"verify", verify_main, "the path validator alone, on files"},
    {"tables", tables_main, "the facts that the library works by"},
    {"explain", explain_main, "what an error code, a reason or an alert means"},
};

enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static void help(FILE *to)
{
    fputs("tacit: TLS from the command line\n\nUsage: tacit VERB [OPTION...]\n\n", to);
    for (size_t i = 0; i < N_VERBS; i++)
        fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].what);
    fputs("\nEach verb has its own --help. The exit status says what happened; it is 0 only if\n"
          "everything that was asked for is so.\n",
          to);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a failed write, which is reported */
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!word) {
        help(stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
        help(stdout);
        return out_flush(STATUS_OK);
    }
    if (!strcmp(word, "--version") || !strcmp(word, "version")) {
        puts("tacit " TOOL_VERSION);
        return out_flush(STATUS_OK);
    }
    for (size_t i = 0; i < N_VERBS; i++)
        if (!strcmp(word, verbs[i].name))
            return verbs[i].run(argc - 1, (const char **)(argv + 1));
    char shown[64];
    return out_fail(STATUS_USAGE, "tacit --help", "there is no verb \"%s\"",
                    out_escape(shown, sizeof shown, word, strlen(word)));
}
