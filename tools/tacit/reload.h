/* reload.h: what `serve` was given by path, watched, and read again when it has changed.
 *
 * A reload is a whole new set of identities, trust and configuration, made beside the one in use;
 * new connections get it if it is in order, and else go on with the old one. Connections that are
 * there keep theirs, which their references hold. */
#ifndef TOOL_RELOAD_H
#define TOOL_RELOAD_H

#include "picture.h"
#include "setup.h"
#include "staple.h"

#include <uv.h>

/* struct set is all that comes of the files at one time. */
struct set {
    struct loaded files;
    tacit_config *config;
    int64_t until[STAPLE_FILES]; /* each response is stapled; 0: it is left out */
    struct fault left_out[STAPLE_FILES];
};

enum { RELOAD_LISTS = 6 };

struct reload {
    struct set set; /* in use */

    /* the rest is reload.c's */
    const struct setup *setup;
    const struct setup_options *given;
    char **ocsp;
    char *password_file[2];
    char *const *watched[RELOAD_LISTS];
    uv_timer_t timer;
    uv_signal_t hangup;
    uv_work_t work;
    bool working, hung_up, ended;
    bool overdue;   /* what was refused may be in order now                  */
    uint64_t tried; /* when something was read last, on the clock of uv_now */
    bool told[STAPLE_FILES];
    char said[1024]; /* why the last one was refused, if it was */

    /* belongs to the work while there is some */
    struct picture known, last; /* what was read last, and what was seen last */
    unsigned looks;             /* at something that is still changing        */
    bool forced, again;
    struct set next;
    struct fault fault;
    char what[1024];
    int outcome;
};

/* reload_first reads everything for the first time into reload->set, by `setup`, whose words have
 * been read. Returns 0 or an exit status after saying why. Call reload_end in any case, after the
 * loop. */
int reload_first(struct reload *reload, const struct setup *setup,
                 const struct setup_options *given, char **ocsp);

/* reload_watch begins to watch; SIGHUP is a change of everything. It keeps no loop alive, but for a
 * look that is under way. */
void reload_watch(struct reload *reload, uv_loop_t *loop);

/* reload_stop ends that. */
void reload_stop(struct reload *reload);

void reload_end(struct reload *reload);

#endif
