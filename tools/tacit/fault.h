/* fault.h: why something was not taken, kept until somebody says it: a command ends with it, a
 * server that runs has one line of its log for it. */
#ifndef TOOL_FAULT_H
#define TOOL_FAULT_H

#include <tacit/error.h>

/* struct fault is all zero while there is none. */
struct fault {
    int status;       /* the exit status that it would be */
    const char *hint; /* or NULL                          */
    char text[800];
};

/* fault_own records what the tool found, fault_tls an error of the library about `what` (the name
 * of a file, or NULL). Both return the status. */
int fault_own(struct fault *fault, int status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int fault_tls(struct fault *fault, const tacit_error *error, const char *what);

/* fault_print prints it as the end of a command, if there is one, and returns the status. */
int fault_print(const struct fault *fault);

#endif
