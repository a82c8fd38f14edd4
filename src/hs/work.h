/* work.h: the steps of a handshake that may be done outside it.
 *
 * A struct work owns its inputs, so that it can leave the connection: a host may take it to another
 * thread, or to another process that has the key. It comes back with its result, or stale. A
 * connection whose host takes nothing does the same work in place. */
#ifndef HS_WORK_H
#define HS_WORK_H

#include "hs/config.h"
#include "msg/msg.h"

enum task { TASK_NONE, TASK_HELLO, TASK_VERIFY, TASK_SIGN, TASK_KEX, TASK_CHOOSE };

#define TASK_BIT(kind) (1u << (kind))

/* struct hello_work: which configuration shall serve this hello? */
struct hello_work {
    tacit_buf hello;             /* the ClientHello's body, a copy                        */
    struct tacit_config *answer; /* a reference; NULL: the one that it came with          */
};

/* struct sign_work: a signature over the handshake (RFC 9846 4.5.2). */
struct sign_work {
    struct tacit_identity *identity; /* a reference */
    const struct scheme *scheme;
    tacit_buf content; /* own memory */
    uint8_t sig[SIG_MAX];
    size_t sig_n;
};

/* struct verify_work: the peer's path, and its signature over the handshake. */
struct verify_work {
    struct tacit_config *config; /* a reference: anchors and schemes                      */
    struct chain *chain;
    bool of_server, insecure, has_host;
    bool by_allow; /* who is on the list is who was meant: no other name is in the question */
    struct host host;
    int64_t now;
    enum stapling stapling;
    uint16_t usage;              /* KU_ bit that the leaf's key must be for               */
    const struct scheme *scheme; /* NULL: nothing is signed (RSA transport)               */
    tacit_buf content;           /* own memory                                            */
    uint8_t sig[SIG_MAX];
    size_t sig_n;
    struct path path; /* the result: the path found, or the best that failed           */
    bool cert_ok, name_ok, sig_ok;
};

/* How a secret is agreed on: by a KEM, or (TLS 1.2's RSA transport, which a configuration must
 * name) by the client's making it up. */
enum transport { TRANSPORT_NONE, TRANSPORT_WRAP, TRANSPORT_UNWRAP };

/* struct kex_work: the agreement on a shared secret (RFC 9846 7.4; RFC 5246 7.4.7, 8.1). */
struct kex_work {
    enum transport transport;
    uint16_t version;                 /* of the ClientHello: part of a transported secret       */
    struct tacit_identity *identity;  /* a server that unwraps: whose key it is; a reference    */
    uint8_t rsa_n[SIG_MAX], rsa_e[8]; /* a client that wraps: the server's key                 */
    size_t rsa_n_n, rsa_e_n;
    uint8_t wrapped[SIG_MAX];
    size_t wrapped_n;
    const struct group *group;
    struct kem_key *key;          /* a client's, of its share; NULL: a server                 */
    uint8_t seed[KEM_SEED_MAX];   /* a server's                                               */
    uint8_t share[KEM_SHARE_MAX]; /* the peer's                                              */
    size_t share_n;
    uint8_t own_share[KEM_SHARE_MAX]; /* a server's answer                                   */
    struct secret secret;
};

/* struct choose_work: which certificate shall a client show, and does it show one at all? */
struct choose_work {
    struct tacit_config *config; /* a reference                                           */
    uint16_t version;
    tacit_buf request;                       /* the CertificateRequest's body; own memory  */
    span schemes, cert_schemes, authorities; /* in `request`                               */
    span cert_types;                         /* there, too, in TLS 1.2                     */
    struct tacit_identity *answer;           /* a reference; NULL: the configuration's     */
    const struct scheme *scheme;             /* to sign with by the answer's key           */
};

struct work {
    struct tacit_env *env; /* a reference, while there is work */
    enum task kind;
    bool done;    /* `err` or the result is there      */
    bool refused; /* by the host                       */
    struct err err;
    union {
        struct hello_work hello;
        struct sign_work sign;
        struct verify_work verify;
        struct kex_work kex;
        struct choose_work choose;
    };
};

/* work_begin makes room for work of a kind: everything zero, its kind's part to be filled in. */
void work_begin(struct work *w, struct tacit_env *env, enum task kind);

/* kex_wrap_for and kex_unwrap_with fill in RSA transport: for the leaf of a chain, with an
 * identity. */
bool kex_wrap_for(struct kex_work *k, const struct chain *chain, struct err *err);
bool kex_unwrap_with(struct kex_work *k, struct tacit_identity *identity, span wrapped,
                     struct err *err);

/* work_run does it, unless it is done: any thread may, one at a time. HELLO and CHOOSE have nothing
 * to run. */
void work_run(struct work *w);

/* work_end releases what the work owns, and wipes it. */
void work_end(struct work *w);

#endif
