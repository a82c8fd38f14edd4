/* services.h: the three services of TLS, named separately: how data is encrypted, who is
 * authenticated, how integrity is kept. */
#ifndef TOOL_SERVICES_H
#define TOOL_SERVICES_H

#include <jansson.h>
#include <stdio.h>

#include <tacit/info.h>

/* services_rows prints a row for each. */
void services_rows(const tacit_info *info, FILE *to);

/* services_json makes an object with a field for each, or null before a suite is agreed. `name` is
 * what the server has proven. */
json_t *services_json(const tacit_info *info, const char *name);

#endif
