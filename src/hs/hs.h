/* hs.h: the handshake.
 *
 * struct tls is the protocol state of one connection: what the handshake works on and what outlives
 * it. struct tacit_hs is what only the handshake needs; it is wiped and freed when the connection
 * is CONNECTED or has failed.
 *
 * A state machine is a table of rows: which messages a state accepts, to which states its step may
 * go. hs_deliver is the only caller of a step, and the only source of MESSAGE_UNEXPECTED for the
 * order of messages. A step parses, decides and derives, in that order, and returns the next state.
 * A row with a task accepts no message: its step runs when the task has been done. */
#ifndef HS_HS_H
#define HS_HS_H

#include "ext/ext.h"
#include "hs/join.h"
#include "hs/keys13.h"
#include "hs/transcript.h"
#include "hs/work.h"
#include "msg/msg.h"
#include "record/record.h"

enum state {
    ST_FAILED = 0, /* so that a step can `return fail(...)` */
    ST_REDELIVER,  /* the machine was changed: give it the same message */
    ST_START,
    ST_WAIT_SH,
    ST_WAIT_KEX,
    ST_WAIT_EE,
    ST_WAIT_CERT_CR,
    ST_WAIT_CERT,
    ST_WAIT_VERIFY,
    ST_WAIT_CV,
    ST_WAIT_STATUS,
    ST_WAIT_STATUS_SKE,
    ST_WAIT_SKE,
    ST_WAIT_CR_DONE,
    ST_WAIT_DONE,
    ST_WAIT_CKE,
    ST_WAIT_CCS,
    ST_WAIT_FINISHED,
    ST_WAIT_CHOOSE,
    ST_WAIT_SIGN,
    ST_RECVD_CH,
    ST_NEGOTIATED,
    ST_CONNECTED,
    N_STATES
};

#define STATE(s) (1u << (s))
#define MSG(t) (1u << (t))

/* The words of the tables: a row accepts messages, or waits for a task. */
#define ON(type) MSG(MSG_##type)
#define TO(state) STATE(ST_##state)
#define ROW(state, accepts, next, step) [ST_##state] = {#state, accepts, next, TASK_NONE, step},
#define DO(state, task, next, step) [ST_##state] = {#state, 0, next, task, step},

/* Proofs: what has been shown about the peer. Only the verifying functions of auth.c set a bit. */
enum {
    PROOF_CERT = 1 << 0,     /* its certificate: path, time, purpose, pins, allow-list */
    PROOF_SIG = 1 << 1,      /* CertificateVerify: it has the certificate's key */
    PROOF_FINISHED = 1 << 2, /* Finished: it has the keys and saw the same handshake */
    PROOF_NAME = 1 << 3,     /* of a server: the certificate bears the name that was asked for */
};

/* Seeds: one draw of randomness at the start of a handshake. */
struct seeds {
    uint8_t random[32], session_id[32], kem[KEM_SEED_MAX], kem_retry[KEM_SEED_MAX];
    uint8_t cookie[16], grease[5];
};

enum { SKE_PARAMS_MAX = 1 + 2 + 1 + KEM_SHARE_MAX };

struct tacit_hs {
    struct seeds seeds;
    struct transcript transcript;
    struct keys13 keys;
    struct secret traffic_in, traffic_out; /* application secrets, until they are used */
    struct offers offers; /* of the client: spans lie in `hello` or in the config */
    struct answers answers;
    span suites;                          /* a server: what the client offers, in `hello` */
    tacit_buf hello;                      /* a server: the ClientHello's body, for its spans */
    tacit_buf cookie;                     /* a client: the server's cookie */
    tacit_buf request;                    /* a client: the CertificateRequest's body */
    span cert_types;                      /* a client of TLS 1.2: in `request` */
    uint8_t client_random[32];            /* names the secrets in a key log */
    uint8_t session_id[32], session_id_n; /* the client's, to be echoed */
    struct kem_key *kem;
    bool safe_renegotiation, could_do_13; /* a server: the client's word; and ours */
    uint16_t hello_version;               /* the client's legacy_version */
    uint8_t params[SKE_PARAMS_MAX];       /* a server of TLS 1.2: of its key exchange */
    size_t params_n;
    uint8_t shares[4 + KEM_SHARE_MAX]; /* a client: its KeyShareEntry */
    size_t shares_n;
    bool retried;                   /* a HelloRetryRequest has been sent or received */
    uint8_t hello_digest[HASH_MAX]; /* a server: of what a second hello must not change */
    bool client_cert_asked;
    bool status_asked; /* we have asked the peer for an OCSP response */
    bool ccs_sent;
    struct host host; /* a client: what the server must prove; a server: what it is asked for */
    bool has_host;
    struct tacit_identity *identity; /* with which we prove ourselves; NULL: none */
    struct work work;                /* of the present state's task */
};

/* struct facts is what was agreed; it outlives the handshake. */
struct facts {
    uint16_t version;
    const struct suite *suite;
    const struct group *group;
    const struct scheme *own_scheme, *peer_scheme;
    span alpn;            /* in the configuration's list */
    uint8_t *server_name; /* that the client asked for, or the address's bytes; own memory */
    size_t server_name_n;
    bool server_is_ip;
    struct tacit_identity *identity; /* that we showed; a reference */
    bool hello_retry, client_cert_asked, own_cert_sent, peer_cert_shown;
    bool extended_master, revocation_unknown, stapled;
    uint32_t tickets, key_updates_in, key_updates_out;
};

struct tls;

typedef uint8_t step(struct tls *t, const struct msg *m);

struct row {
    const char *name;
    uint32_t accepts; /* MSG bits */
    uint32_t next;    /* STATE bits */
    enum task task;   /* to be done before the step may run */
    step *step;
};

struct tls {
    struct tacit_env *env;
    struct tacit_config *config;
    void *user; /* for callbacks, if has_user; else the configuration's is meant: tls_user */
    bool has_user;
    bool is_client;
    struct err err;
    struct rec_in in;
    struct rec_out out;
    struct join join;
    const struct row *machine;
    uint8_t state; /* enum state */
    struct tacit_hs *hs;
    uint8_t proofs;
    struct facts facts;
    struct chain *peer_chain;
    struct path peer_path;
    struct secret traffic_in, traffic_out; /* application traffic secrets in use */
    struct secret exporter;                /* TLS 1.2: the master secret */
    struct {
        uint8_t client[32], server[32];
    } randoms;              /* TLS 1.2 */
    bool app_out_keyed;     /* application keys are in place to write with */
    bool app_in_keyed;      /* and to read with */
    bool update_owed;       /* the peer asked for a KeyUpdate */
    bool update_request;    /* we asked, and have no answer yet */
    bool waiting;           /* a task is the host's to do */
    uint64_t token;         /* of the task that was taken; 0: none */
    uint8_t updates_in_row; /* KeyUpdates received without data between them, nor asked for */
};

/* ---- run.c ----------------------------------------------------------------------------------- */

/* hs_begin makes the handshake's state and, for a client, its first flight; `host` is what the
 * server must prove, NULL: nothing. */
bool hs_begin(struct tls *t, const struct host *host) __attribute__((warn_unused_result));

/* hs_deliver hands a message to the present state, and goes on until a message is needed. */
bool hs_deliver(struct tls *t, const struct msg *m) __attribute__((warn_unused_result));

/* hs_resume goes on after the host has answered a task: hs->work holds the answer. */
bool hs_resume(struct tls *t) __attribute__((warn_unused_result));

/* work_result: the work was done, not refused, and has come out well. */
bool work_result(struct tls *t) __attribute__((warn_unused_result));

/* hs_end wipes and frees the handshake's state. */
void hs_end(struct tls *t);

/* tls_forget drops what a connected end need not keep: the peer's chain, unless it was asked
 * for. */
void tls_forget(struct tls *t);

/* state_name is the name of the present state. */
const char *state_name(const struct tls *t);

/* hs_machine lends the tables, by index: 0.. ; NULL past the last. */
const struct row *hs_machine(size_t index, const char **name);

/* ---- hello.c: the first messages; alone in knowing more than one version --------------------- */

extern const struct row hello_client[N_STATES], hello_server[N_STATES];

/* hello_send writes a ClientHello: the first, or the one after a HelloRetryRequest. */
bool hello_send(struct tls *t) __attribute__((warn_unused_result));

/* ---- accept.c: a ClientHello at a server of any version -------------------------------------- */

/* hello_take copies and reads it: the offers, the client's random and session id. */
bool hello_take(struct tls *t, const struct msg *m, struct client_hello *ch)
    __attribute__((warn_unused_result));

/* hello_ask_host begins the work HELLO; hello_settle_config takes its result. */
bool hello_ask_host(struct tls *t) __attribute__((warn_unused_result));
bool hello_settle_config(struct tls *t) __attribute__((warn_unused_result));

/* negotiate_names settles the protocol, the server's name and the size of records. */
bool negotiate_names(struct tls *t) __attribute__((warn_unused_result));

/* ---- the machines ---------------------------------------------------------------------------- */

extern const struct row client13[N_STATES], server13[N_STATES];
extern const struct row client12[N_STATES], server12[N_STATES];

/* ---- flight.c: handshake messages out -------------------------------------------------------- */

/* flight_begin starts a message of at most `room` bytes of body; flight_end ends it and adds it to
 * the transcript. */
wr flight_begin(struct tls *t, enum msg_type type, size_t room);
bool flight_end(struct tls *t, wr *w) __attribute__((warn_unused_result));

/* trace_message shows the host a handshake message, header and all, if it wants to see them. */
void trace_message(const struct tls *t, bool sent, span raw);

/* flight_ccs sends the change_cipher_spec of middlebox compatibility, once (RFC 9846 E.4). */
bool flight_ccs(struct tls *t) __attribute__((warn_unused_result));

/* own_size_limit is the record_size_limit that we announce where `version` is the highest that may
 * come of it: none may be over what its records can hold (RFC 8449 4). */
uint16_t own_size_limit(const struct tacit_config *config, uint16_t version);

/* limit_records obeys the peer's record_size_limit; 0: it has none, and then ours binds nobody (RFC
 * 8449 4). */
void limit_records(struct tls *t, uint16_t limit);

/* hear adds a received message to the transcript. */
bool hear(struct tls *t, const struct msg *m) __attribute__((warn_unused_result));

/* ---- secrets.c: keys into the record layer --------------------------------------------------- */

/* set_read_key refuses while a byte received under the old key is undelivered (RFC 9846 5.1). */
bool set_read_key(struct tls *t, const struct secret *traffic) __attribute__((warn_unused_result));
bool set_write_key(struct tls *t, const struct secret *traffic) __attribute__((warn_unused_result));

/* derive_secret derives by label over the transcript so far, and tells the key log. */
bool derive_secret(struct tls *t, struct secret *out, enum label label)
    __attribute__((warn_unused_result));

/* tls_user is what callbacks are handed: the configuration in use and its callbacks may have been
 * chosen for the name of a server, a user of the connection's own stays. */
static inline void *tls_user(const struct tls *t)
{
    return t->has_user ? t->user : t->config->user;
}

/* keylog_line tells the key log, if there is one. */
void keylog_line(struct tls *t, const char *label, const struct secret *secret);

/* handshake_secrets goes from the shared secret to both handshake traffic secrets. */
bool handshake_secrets(struct tls *t, const struct secret *shared)
    __attribute__((warn_unused_result));

/* application_secrets derives both application secrets and the exporter's, over the transcript to
 * the server's Finished. */
bool application_secrets(struct tls *t) __attribute__((warn_unused_result));

/* ---- secrets12.c ----------------------------------------------------------------------------- */

/* master_secret12 derives the master secret, over the messages up to ClientKeyExchange. */
bool master_secret12(struct tls *t, const struct secret *premaster)
    __attribute__((warn_unused_result));

/* set_read_key12 and send_change_cipher_spec change keys: RFC 5246 7.1. */
bool set_read_key12(struct tls *t) __attribute__((warn_unused_result));
bool send_change_cipher_spec(struct tls *t) __attribute__((warn_unused_result));

/* ---- auth.c: the only maker of proofs -------------------------------------------------------- */

/* auth_certificate reads the peer's Certificate. `*empty`: it has none. */
bool auth_certificate(struct tls *t, const struct msg *m, bool *empty)
    __attribute__((warn_unused_result));

/* auth_keep_chain parses what the peer showed, and what was stapled to it (NULL: nothing). */
bool auth_keep_chain(struct tls *t, const span *ders, const span *staples, size_t n)
    __attribute__((warn_unused_result));

/* auth_certificate_status reads the peer's CertificateStatus, of TLS 1.2. */
bool auth_certificate_status(struct tls *t, const struct msg *m)
    __attribute__((warn_unused_result));

/* auth_begin_verify begins the work of checking the path and (scheme NULL: not) a signature over
 * `content`. `usage` is the KU_ bit that the leaf's key must be for. */
bool auth_begin_verify(struct tls *t, const struct scheme *scheme, span content, span signature,
                       uint16_t usage) __attribute__((warn_unused_result));

/* auth_certificate_verify reads the peer's CertificateVerify, and begins the work of checking it
 * and the path. */
bool auth_certificate_verify(struct tls *t, const struct msg *m)
    __attribute__((warn_unused_result));

/* auth_verified takes that work's result: the proofs CERT, NAME and SIG. */
bool auth_verified(struct tls *t) __attribute__((warn_unused_result));

/* auth_finished checks the peer's Finished against `traffic`, the peer's handshake secret: the
 * proof FINISHED. */
bool auth_finished(struct tls *t, const struct msg *m, const struct secret *traffic)
    __attribute__((warn_unused_result));

/* auth_finished_is compares a Finished with what it must be: the proof FINISHED. */
bool auth_finished_is(struct tls *t, const struct msg *m, span expected)
    __attribute__((warn_unused_result));

bool send_certificate(struct tls *t) __attribute__((warn_unused_result));

/* own_staple is the OCSP response that goes with our certificate: one that is current, if the peer
 * asks. */
span own_staple(const struct tls *t);

/* begin_sign begins the work of signing `content`, begin_signature that of signing the handshake;
 * send_certificate_verify sends what came of it. */
bool begin_sign(struct tls *t, span content) __attribute__((warn_unused_result));
bool begin_signature(struct tls *t) __attribute__((warn_unused_result));
bool send_certificate_verify(struct tls *t) __attribute__((warn_unused_result));
bool send_finished(struct tls *t, const struct secret *traffic) __attribute__((warn_unused_result));

/* peer_proven: has everything been shown that a peer of its role can show? */
bool peer_proven(const struct tls *t);

/* may_open_app, may_seal_app: do the proofs suffice to lend the peer's data, or to send it ours?
 * One table answers. */
bool may_open_app(const struct tls *t);
bool may_seal_app(const struct tls *t);

/* ---- auth12.c: the same for TLS 1.2 ---------------------------------------------------------- */

bool auth_certificate12(struct tls *t, const struct msg *m, bool *empty)
    __attribute__((warn_unused_result));
bool auth_begin_path12(struct tls *t) __attribute__((warn_unused_result));
bool auth_server_key_exchange(struct tls *t, const struct server_key_exchange *ske)
    __attribute__((warn_unused_result));
bool auth_certificate_verify12(struct tls *t, const struct msg *m)
    __attribute__((warn_unused_result));
bool auth_finished12(struct tls *t, const struct msg *m) __attribute__((warn_unused_result));
bool send_certificate12(struct tls *t) __attribute__((warn_unused_result));
bool send_certificate_status12(struct tls *t) __attribute__((warn_unused_result));
bool begin_signature12(struct tls *t) __attribute__((warn_unused_result));
bool begin_signature_params12(struct tls *t, span params) __attribute__((warn_unused_result));
bool send_finished12(struct tls *t) __attribute__((warn_unused_result));

/* ---- select.c: what to choose ---------------------------------------------------------------- */

const struct suite *select_suite(const struct tacit_config *config, uint16_t version, span offered);
const struct group *select_group(const struct tacit_config *config, const struct offers *offers,
                                 span *share);

/* group_of_key is the group that a key of ECDSA lies on, by its code point; 0 for another key. */
uint16_t group_of_key(enum key_type key);

/* select_alpn lends the first of our protocols that the client offers too; alpn_of_config the one
 * of our list that equals `wanted`. Empty: none. */
span select_alpn(const struct tacit_config *config, span offered);
span alpn_of_config(const struct tacit_config *config, span wanted);

/* config_for_name is the configuration that `config` names for a server name: an exact name beats a
 * wildcard, the longest of these the others. NULL: it names none. */
struct tacit_config *config_for_name(const struct tacit_config *config, span name);

/* struct wanted is what an identity must be good for. */
struct wanted {
    const struct host *name; /* NULL: any                                       */
    uint16_t version;
    enum kx kx;        /* of TLS 1.2: the kind of key that the suite wants */
    span groups;       /* of TLS 1.2: a client's, for curves; empty: any  */
    span schemes;      /* that the peer takes from us                     */
    span cert_schemes; /* in certificates; empty: as `schemes`            */
    span cert_types;   /* of TLS 1.2: a server's; empty: any              */
    span authorities;  /* of the peer; empty: any                         */
};

/* select_identity finds the identity that fits best, and the scheme to sign with (NULL for RSA
 * transport, which signs nothing). False: none fits. */
bool select_identity(const struct tacit_config *config, struct tacit_identity **identity,
                     const struct scheme **scheme, const struct wanted *wanted);

/* identity_fits: can this one be shown? Then `scheme` is the one to sign with (NULL for RSA
 * transport). */
bool identity_fits(const struct tacit_config *config, const struct tacit_identity *identity,
                   const struct wanted *wanted, const struct scheme **scheme);

/* select12 finds suite, group, identity and scheme of a TLS 1.2 handshake. */
bool select12(struct tls *t) __attribute__((warn_unused_result));

/* ---- choose.c: which certificate a client shows ---------------------------------------------- */

/* choose_begin begins the work CHOOSE, which takes the request over; choose_settle takes its
 * result: hs->identity and the scheme to sign with. */
void choose_begin(struct tls *t);
void choose_settle(struct tls *t);

/* choose_wanted is what the request wants of an identity. */
struct wanted choose_wanted(const struct choose_work *c);

/* ---- post13.c: after the handshake ----------------------------------------------------------- */

step on_post_handshake;

/* key_update_send changes our keys after a KeyUpdate. */
bool key_update_send(struct tls *t, bool request) __attribute__((warn_unused_result));

#endif
