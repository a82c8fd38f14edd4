/* args.c: reading a command line.
 *
 * Every mistake is a usage error (2): an unknown option, a value that is missing or no number.
 * popt's configuration files and aliases are not read: what a command does must not depend on
 * files that its user does not know. */
#include "args.h"

#include "out.h"
#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int help(const struct args *args)
{
    printf("%s\n\n", args->about);
    poptPrintHelp(args->popt, stdout, 0);
    return out_flush(STATUS_OK);
}

bool args_parse(struct args *args, int argc, const char **argv, int *status)
{
    args->words = NULL;
    args->n_words = 0;
    snprintf(args->command, sizeof args->command, "tacit %s", args->verb);
    argv[0] = args->command; /* what --help calls it */
    args->popt = poptGetContext(NULL, argc, argv, args->table, POPT_CONTEXT_NO_EXEC);
    if (!args->popt) {
        *status = out_fail(STATUS_INTERNAL, NULL, "no memory to read the command line");
        return false;
    }
    poptSetOtherOptionHelp(args->popt, args->usage);
    int got;
    while ((got = poptGetNextOpt(args->popt)) >= 0) {
        if (got == ARGS_HELP) {
            *status = help(args);
            return false;
        }
    }
    if (got < -1) {
        char option[128];
        const char *bad = poptBadOption(args->popt, 0);
        *status = args_usage(args, "%s: %s",
                             out_escape(option, sizeof option, bad, bad ? strlen(bad) : 0),
                             poptStrerror(got));
        return false;
    }
    args->words = poptGetArgs(args->popt);
    while (args->words && args->words[args->n_words])
        args->n_words++;
    return true;
}

int args_usage(const struct args *args, const char *format, ...)
{
    char text[512], hint[128];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    snprintf(hint, sizeof hint, "tacit %s --help", args->verb);
    return out_fail(STATUS_USAGE, hint, "%s", text);
}

void args_free(struct args *args)
{
    for (const struct poptOption *o = args->table; o->longName; o++) {
        unsigned kind = o->argInfo & POPT_ARG_MASK;
        if (kind == POPT_ARG_STRING && o->arg) {
            free(*(char **)o->arg);
            *(char **)o->arg = NULL;
        } else if (kind == POPT_ARG_ARGV && o->arg) {
            char **list = *(char ***)o->arg;
            for (char **p = list; p && *p; p++)
                free(*p);
            free(list);
            *(char ***)o->arg = NULL;
        }
    }
    poptFreeContext(args->popt);
    args->popt = NULL;
}
