/* talk.h: a stream with everything that it may have to wait for. */
#ifndef BOGO_TALK_H
#define BOGO_TALK_H

#include "flags.h"
#include "heard.h"
#include "link.h"

#include <tacit/tacit.h>

/* struct talk is a connection at work. */
struct talk {
    const struct flags *f;
    tacit_config *config;
    const struct heard *heard;
    tacit_stream *stream;
    tacit_task *task; /* taken, and not answered yet                     */
    struct link link;
    bool has_signed;
    bool disagrees; /* a task saw something that the flags do not expect */
};

/* talk_on says whether what an operation returned is a wait, after seeing to what it waits for: the
 * operation is to be called again. */
bool talk_on(struct talk *t, ptrdiff_t result);

/* The operations of tacit/stream.h, as often as it takes. talk_write writes all. */
ptrdiff_t talk_handshake(struct talk *t);
ptrdiff_t talk_read(struct talk *t, void *out, size_t n);
bool talk_write(struct talk *t, const void *data, size_t n);
ptrdiff_t talk_close(struct talk *t, bool wait);

#endif
