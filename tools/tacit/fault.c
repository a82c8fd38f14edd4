/* fault.c: see fault.h. */
#include "fault.h"

#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fault_own(struct fault *fault, int status, const char *hint, const char *format, ...)
{
    va_list args;
    fault->status = status;
    fault->hint = hint;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    return status;
}

int fault_tls(struct fault *fault, const tacit_error *error, const char *what)
{
    char sentence[512];
    tacit_error_sentence(error, sentence, sizeof sentence);
    if (!strcmp(error->name, "FILE_UNREADABLE") && error->detail) /* the system knows it better */
        snprintf(sentence, sizeof sentence, "%s", strerror((int)error->detail));
    return fault_own(fault, tacit_error_exit_status(error), tacit_error_advice(error), "%s%s%s",
                     what ? what : "", what ? ": " : "", sentence);
}

int fault_print(const struct fault *fault)
{
    return fault->status ? out_fail(fault->status, fault->hint, "%s", fault->text) : 0;
}
