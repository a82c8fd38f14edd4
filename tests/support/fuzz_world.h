/* fuzz_world.h: what the fuzz targets of connections share: an environment over the deterministic
 * provider, in which the same input always does the same. */
#ifndef SUPPORT_FUZZ_WORLD_H
#define SUPPORT_FUZZ_WORLD_H

#include "base/span.h"

#include <tacit/tacit.h>

enum { FUZZ_SCENES = 8 };

/* fuzz_client and fuzz_server make an end of a scene: 0 a server alone is proven, 1 both are, 2 the
 * hello is retried, 3 both, with the smallest record_size_limit and tasks; and in TLS 1.2 alone,
 * which the others would take too: 4 a server alone, 5 both by RSA transport, 6 both with CBC and
 * HMAC, 7 both, with everything that needs a word, the smallest records and tasks. */
tacit_conn *fuzz_client(unsigned scene);
tacit_conn *fuzz_server(unsigned scene);

/* fuzz_rewind begins the randomness anew: call it first for each input. */
void fuzz_rewind(void);

/* fuzz_require aborts, so that the fuzzer notices, unless `holds`. */
void fuzz_require(bool holds);

/* fuzz_feed gives bytes to an end in pieces of at most `piece`, doing its tasks, and throwing away
 * what it sends and what it lends. False when it takes no more. */
bool fuzz_feed(tacit_conn *conn, span bytes, size_t piece);

/* fuzz_carry moves what one end has to send to the other. */
void fuzz_carry(tacit_conn *from, tacit_conn *to);

/* fuzz_finish requires that an end wants something, can be ended, and says why; then frees it. */
void fuzz_finish(tacit_conn *conn);

#endif
