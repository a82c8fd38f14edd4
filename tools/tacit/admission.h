/* admission.h: --pin and --allow: whom, of those with a valid certificate, we want to speak to. */
#ifndef TOOL_ADMISSION_H
#define TOOL_ADMISSION_H

#include "setup.h"

/* admission_read turns the values of both options into setup->options. Returns 0 or an exit status
 * after saying why. */
int admission_read(struct setup *setup, const struct setup_options *given);

/* admission_kind: does the text begin as a value of --allow does, with a kind of name? No name of a
 * host does. */
bool admission_kind(const char *text);

#endif
