/* exchange.h: one connection with the runner, from the first byte to the last. */
#ifndef BOGO_EXCHANGE_H
#define BOGO_EXCHANGE_H

#include "flags.h"
#include "heard.h"

#include <tacit/tacit.h>

/* exchange connects to the runner and does what the flags say; `heard` is what the configuration
 * tells. False if anything came out otherwise than they expect, with a line on stderr that says
 * why. */
bool exchange(const struct flags *f, tacit_config *config, const struct heard *heard);

#endif
