/* meet.h: a client and a server that trust the same authority, over the real provider. */
#ifndef SUPPORT_MEET_H
#define SUPPORT_MEET_H

#include "certs.h"
#include "pair.h"

/* meet_begin makes the authority and the environment in which they meet; `hooks` may be NULL.
 * meet_end, a group teardown, ends what they were made of. */
void meet_begin(const tacit_env_options *hooks);
int meet_end(void **state);

/* meet_identity lends the identity "a.test" with a key of this kind. */
tacit_identity *meet_identity(enum made_key key);

/* struct meeting says how they meet; zero: as usual, a server with a P-256 key. */
struct meeting {
    tacit_config_options client, server;
    uint64_t max_records; /* under one key */
};

/* meet makes two connections that have said nothing; meet_connected brings them to CONNECTED. */
struct pair meet(struct meeting m);
struct pair meet_connected(struct meeting m);

/* assert_connected fails the test with what went wrong, if they are not connected. */
void assert_connected(const struct pair *p);

#endif
