/* tape.h: a recorded flow as text: every byte that two ends say, and what libcrypto drew at random.
 *
 *     > HEX     a record from the client to the server; lines that begin with a space go on
 *     < HEX     one from the server to the client
 *     sign HEX  a signature that has randomness in it, in the order in which they were made
 *     wrap HEX  a pre-master secret under the server's RSA key, with its random padding
 *
 * Everything else comes from the seed of the handshake and is made anew. A program with a tape is
 * linked with --wrap, so that `sign` and `premaster_wrap` pass through here. */
#ifndef GOLDEN_TAPE_H
#define GOLDEN_TAPE_H

#include "base/span.h"

/* tape_begin forgets the last flow. `recorded` is the text to play, which must outlive it; NULL:
 * record. tape_end leaves it as it is: signatures are made as ever (a private key that is loaded
 * is tried). */
void tape_begin(const char *recorded);
void tape_end(void);

/* tape_tap is the tap of a pair: it writes down what goes over. */
void tape_tap(void *user, bool to_server, uint8_t *p, size_t n);

/* tape_text lends what was written so far. */
const char *tape_text(void);

/* tape_same compares what was written with what is played, and prints the first line that
 * differs. */
bool tape_same(const char *name);

#endif
