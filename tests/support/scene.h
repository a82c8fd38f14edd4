/* scene.h: the handshakes on which the lies are tried, the same bytes each time but for P-256, and
 * a strict answer to the question of what became of one.
 *
 * Everything is as long as it always is: Ed25519 identities, X25519 (P-256 after a retry), one
 * clock, one stream of randomness. The tables can therefore name bytes, and count them. */
#ifndef SUPPORT_SCENE_H
#define SUPPORT_SCENE_H

#include "certs.h"
#include "liar.h"
#include "ocsps.h"
#include "pair.h"
#include "verdict.h"

enum scene {
    PLAIN,   /* the server alone shows a certificate */
    MUTUAL,  /* client authentication required, and given */
    ASKED,   /* client authentication optional, and declined */
    RETRY,   /* MUTUAL after a HelloRetryRequest with a cookie */
    PLAIN12, /* the same in TLS 1.2 */
    MUTUAL12,
    ASKED12,
    CBC12,       /* PLAIN12, with CBC and HMAC */
    TRANSPORT12, /* MUTUAL12, by RSA transport */
    N_SCENES
};

/* scene_setup, scene_teardown: cmocka's group setup and teardown of every program here. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* scene_env is the environment of all scenes; its memory is counted. */
tacit_env *scene_env(void);

/* scene_identity makes an identity with a key of its own (but for P-521 and RSASSA-PSS); it lives
 * until scene_teardown. `name` is its subjectAltName. */
tacit_identity *scene_identity(enum made_key key, const char *name);

/* scene_response makes an OCSP response about the server's or the client's certificate in the
 * scenes, or about their common issuer's; scene_stapled makes an identity of the server's or the
 * client's with such a response, until scene_teardown. */
enum scene_whose { OF_SERVER, OF_CLIENT, OF_ISSUER };
span scene_response(struct test_ocsp_spec spec, enum scene_whose whose);
tacit_identity *scene_stapled(span response, enum scene_whose whose);

/* scene_trust lends the anchors that every identity of scene_identity leads to. */
tacit_trust *scene_trust(void);

/* scene_client, scene_server are the options of a scene, to be varied. */
tacit_config_options scene_client(enum scene scene);
tacit_config_options scene_server(enum scene scene);

/* scene_start makes the two ends of a scene; scene_pair those of options, where the client looks
 * for a server of that name. Randomness begins anew. scene_end frees them, and fails the test if
 * memory is left over. */
struct pair scene_start(enum scene scene);
struct pair scene_pair(tacit_config_options client, tacit_config_options server, const char *name);
void scene_end(struct pair *p);

/* scene_peak is the most memory that was in use since the last scene_start. */
size_t scene_peak(void);

/* scene_verdict says what became of the handshake for one end, after data was tried in both
 * directions if it connected. It fails the test unless the end's error, its alert on the wire and
 * its phase agree, and it has nothing more to say. */
int scene_verdict(struct pair *p, bool of_client);

/* scene_state is the name of the state in which the last end failed that got a verdict. */
const char *scene_state(void);

/* scene_run is a whole handshake of a scene, with `after` (if any) done to connected ends; the
 * verdict is that of the end that does not lie. */
int scene_run(enum scene scene, void (*after)(struct pair *p));

/* scene_play is scene_run with options that were varied, and nothing after the handshake. */
int scene_play(tacit_config_options client, tacit_config_options server);

/* scene_ticket has the server send a NewSessionTicket. */
void scene_ticket(struct pair *p);

/* ---- counting -------------------------------------------------------------------------------- */

/* struct tally counts mutations, and those that did not end as the tables say. */
struct tally {
    size_t run, wrong;
};

/* tally compares, and prints what differs: the verdicts and, like printf, of what. */
void tally(struct tally *tally, int want, int got, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* assert_tally: so many mutations, all of which ended as the tables say. */
#define assert_tally(tally, count) assert_tally_at((tally), (count), __FILE__, __LINE__)
void assert_tally_at(struct tally tally, size_t count, const char *file, int line);

#endif
