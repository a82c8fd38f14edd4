/* setup.h: flags become a configuration. */
#ifndef BOGO_SETUP_H
#define BOGO_SETUP_H

#include "flags.h"
#include "heard.h"

#include <tacit/tacit.h>

/* setup makes the configuration of a connection, which tells `heard` what its callbacks hear. NULL
 * with `error` filled in otherwise; what tacit does not have ends the program by unimplemented().
 */
tacit_config *setup(const struct flags *f, struct heard *heard, tacit_error *error);

/* refuses says whether a peer's certificate is to be refused. A failure that nobody has asked to
 * hear of is none: BoringSSL's default is to verify nothing. */
bool refuses(const struct flags *f);

#endif
