/* args.h: one option parser for all verbs, over popt. */
#ifndef TOOL_ARGS_H
#define TOOL_ARGS_H

#include <popt.h>
#include <stdbool.h>

/* struct args is a verb's command line. The verb fills in the first four fields, args_parse the
 * others. */
struct args {
    const char *verb;               /* "connect", or "ca issue"                           */
    const char *usage;              /* "HOST[:PORT] [OPTION...]"                          */
    const char *about;              /* a sentence or two, and an example, for --help      */
    const struct poptOption *table; /* ends with ARGS_END                                 */
    const char **words;             /* what is no option; lent until args_free            */
    int n_words;
    poptContext popt;
    char command[32];
};

/* ARGS_END ends an option table: it adds --help. */
#define ARGS_END {"help", 'h', POPT_ARG_NONE, NULL, ARGS_HELP, "show this", NULL}, POPT_TABLEEND

enum { ARGS_HELP = 1000 };

/* args_parse reads the command line into the variables that the table points to. Returns true to
 * go on; false with the exit status in `status` after --help or a usage error, which it has
 * printed. Always call args_free. */
bool args_parse(struct args *args, int argc, const char **argv, int *status);

/* args_usage prints a usage error, with the hint to look at --help, and returns STATUS_USAGE. */
int args_usage(const struct args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* args_free frees the strings of the table's variables and the words. */
void args_free(struct args *args);

#endif
