/* certs_pair.h: pairs whose server has a certificate that the client trusts, and records that one
 * end could never want to send. */
#ifndef SUPPORT_CERTS_PAIR_H
#define SUPPORT_CERTS_PAIR_H

#include "certs.h"
#include "conn/conn.h"
#include "pair.h"

/* struct people is who takes part: an authority, a.test, and somebody with a client certificate. */
struct people {
    const struct test_cert *root;
    tacit_trust *trust;
    tacit_identity *server, *client;
};

/* people_begin makes them in `env` (NULL: test_env()), people_end ends them and all
 * certificates. */
void people_begin(struct people *people, tacit_env *env);
void people_end(struct people *people);

/* people_pair makes a pair by these options, to which trust and identities are added where they
 * are missing; people_connected also lets it shake hands. */
struct pair people_pair(struct people *people, tacit_config_options client,
                        tacit_config_options server);
struct pair people_connected(struct people *people);

/* pair_connected: have both ends come so far, without a failure? */
bool pair_connected(const struct pair *p);

/* pair_inject has one end send a record of its own, under the keys that it writes with. */
void pair_inject(struct pair *p, bool to_server, enum content_type type, span content);

/* assert_failed: this end has failed for this reason, and stays so. What it has queued is sent. */
#define assert_failed(conn, reason) assert_failed_at((conn), (reason), __FILE__, __LINE__)

void assert_failed_at(tacit_conn *conn, enum reason reason, const char *file, int line);

#endif
