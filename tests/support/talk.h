/* talk.h: a whole conversation of two joined connections: handshake, data both ways, a KeyUpdate
 * that asks for another (in TLS 1.3), more data, both closes. */
#ifndef SUPPORT_TALK_H
#define SUPPORT_TALK_H

#include "pair.h"

/* What came of it. */
enum talk_end {
    TALK_DONE,   /* all of it happened, and nobody has an error                        */
    TALK_FAILED, /* an end says that it failed                                         */
    TALK_WRONG,  /* data arrived changed, or it stopped although nobody has an error   */
};

/* talk has the two of `p` converse, as far as they get. `client_proven`: the server must have
 * verified its client. It ends after a bounded number of steps: one that does not is WRONG. */
enum talk_end talk(struct pair *p, bool client_proven);

#endif
