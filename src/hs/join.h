/* join.h: whole handshake messages out of records (RFC 9846 5.1). A message that lies in one record
 * is lent where it lies; only one that straddles records is copied, into memory that grows with
 * what was received. */
#ifndef HS_JOIN_H
#define HS_JOIN_H

#include "base/fail.h"
#include "msg/msg.h"

struct join {
    const struct hooks *hooks;
    rd rest;       /* of the open record: not yet delivered */
    uint8_t *part; /* the beginning of a message */
    size_t n, cap;
    bool lent; /* the last message lay in `part` */
};

/* join_push takes the contents of a handshake record; the one before must be used up. */
void join_push(struct join *j, span content);

enum join_status { JOIN_MORE, JOIN_MESSAGE, JOIN_FAILED };

/* join_next lends the next whole message, until the call after it. A length over its type's limit
 * fails before it is waited for. */
enum join_status join_next(struct join *j, struct msg *m, struct err *err)
    __attribute__((warn_unused_result));

/* join_pending is how many bytes wait undelivered; a key may not change over them. */
size_t join_pending(const struct join *j);

/* join_partial: is a message half received? Then no record of another type may come. */
bool join_partial(const struct join *j);
void join_wipe(struct join *j);

#endif
