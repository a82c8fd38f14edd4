/* load.h: what the command line names by path, from files into memory: our identities, and whom to
 * believe. `serve` does it again whenever they change. */
#ifndef TOOL_LOAD_H
#define TOOL_LOAD_H

#include "fault.h"

#include <tacit/config.h>

struct setup_options;

enum { LOAD_IDENTITIES = 16 };

/* struct loaded is what came of the files; all zero: nothing. */
struct loaded {
    tacit_identity *identities[LOAD_IDENTITIES];
    size_t n_identities;
    tacit_trust *trust; /* NULL: none is needed */
    tacit_revocation revocation;
};

/* load_files reads keys, certificates, anchors and revocation lists. `again`: others are in use, so
 * it may not wait. Returns 0 or the exit status of the fault; call load_end in any case. */
int load_files(struct loaded *loaded, tacit_env *env, const struct setup_options *given, bool again,
               struct fault *fault);
void load_end(struct loaded *loaded);

/* load_into puts them into the options of a configuration, which lend them. */
void load_into(const struct loaded *loaded, tacit_config_options *options);

#endif
