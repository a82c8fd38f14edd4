/* tacit/config.h: options become an immutable configuration, or one error. */
#ifndef TACIT_CONFIG_H
#define TACIT_CONFIG_H

#include <tacit/error.h>
#include <tacit/identity.h>
#include <tacit/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_config holds everything that connections of one kind share. Immutable and counted: share it
 * among threads without a lock; replacing it for the connections to come is a pointer swap. */
typedef struct tacit_config tacit_config;

/* tacit_client_auth says what a server asks of its clients. */
typedef enum tacit_client_auth {
    TACIT_CLIENT_AUTH_OFF = 0,      /* no certificate is asked for */
    TACIT_CLIENT_AUTH_OPTIONAL = 1, /* one is asked for; none is accepted, a bad one is not */
    TACIT_CLIENT_AUTH_REQUIRED = 2 /* one is asked for, and nothing is written or lent before it has
                                 * been verified */
} tacit_client_auth;

/* tacit_legacy: what a connection may lack, if a configuration says so in these words. Each serves
 * peers that cannot do better; none is on by default. */
typedef enum tacit_legacy {
    /* TLS 1.2: the client's secret goes encrypted under the server's key: whoever gets that key
     * later reads all that was recorded. RFC 10015 forbids it. */
    TACIT_LEGACY_RSA_TRANSPORT = 1,
    /* TLS 1.2: AES-128-CBC with HMAC-SHA256, encrypt-then-MAC only. */
    TACIT_LEGACY_CBC_HMAC = 2,
    /* TLS 1.2 peers without extended master secret (RFC 7627): no resumption, no exporters. */
    TACIT_LEGACY_NO_EMS = 4
} tacit_legacy;

/* tacit_revocation says what is asked of the revocation lists in `trust`, and of OCSP responses
 * that come with certificates, for each certificate of a peer's path but the anchor. A response
 * that says "revoked", or that is not the authority's, refuses the peer in any case. */
typedef enum tacit_revocation {
    TACIT_REVOCATION_OFF = 0, /* nothing */
    /* That none revokes it. Where no current one is there, it passes, and
     * tacit_info.revocation_unknown says so. */
    TACIT_REVOCATION_SOFT = 1,
    TACIT_REVOCATION_HARD = 2 /* that a current one says that it is not revoked */
} tacit_revocation;

/* tacit_named_config is a server's configuration for one server name ("www.example.org") or for one
 * left-most label of any kind ("*.example.org"). The most exact name wins; a client that names
 * nothing, or something else, gets the configuration that holds the table. */
typedef struct tacit_named_config {
    const char *name;
    tacit_config *config;
} tacit_named_config;

/* tacit_message is a handshake message in the clear: before it is encrypted, or after it has been
 * decrypted. It holds what the wire holds, and so no secret of ours, but names, certificates and
 * tickets that are meant for the peer alone. */
typedef struct tacit_message {
    bool sent;        /* by us; otherwise it was received                             */
    uint8_t type;     /* HandshakeType: 1 is ClientHello                              */
    const char *name; /* of the type, such as "ClientHello"; "unknown" for others     */
    tacit_span body;  /* without the header; lent during the call                     */
} tacit_message;

/* tacit_config_options serves both roles; fields of the other role must stay zero. Everything is
 * copied, and counted objects are referenced, so nothing needs to outlive the call. Lists of code
 * points are in order of preference. */
/* clang-format off */
typedef struct tacit_config_options {
    size_t size;
    uint16_t min_version, max_version; /* 0x0304 is TLS 1.3; default: all that the library speaks */
    const uint16_t *suites;            /* cipher suites; default: see `tacit tables suites` */
    size_t n_suites;
    const uint16_t *groups;            /* key exchange groups; default: see `tacit tables groups` */
    size_t n_groups;
    const uint16_t *schemes;           /* signature schemes; default: see `tacit tables schemes` */
    size_t n_schemes;
    const uint16_t *cert_schemes;      /* schemes in certificates; default: those of `schemes` */
    size_t n_cert_schemes;
    const char *const *alpn;           /* protocol names, 1 to 255 bytes each (RFC 7301) */
    size_t n_alpn;
    bool alpn_required;                /* refuse a peer with whom no protocol is shared, also one
                                        * without ALPN */
    uint16_t record_size_limit;        /* largest plaintext we take, 64 to 16385 (RFC 8449);
                                        * default: 16385 */
    bool keep_peer_chain;              /* keep the peer's certificates after the handshake, for
                                        * tacit/info.h; without it, only those of a failure */
    uint32_t handshake_timeout;        /* milliseconds from the first tick to CONNECTED; default:
                                        * none */
    tacit_identity *const *identities; /* a server: at least one; the first fits all names. A
                                        * client: optional */
    size_t n_identities;
    tacit_trust *trust;                /* whom to believe. A client: always, also if it is
                                        * tacit_trust_system's. A server: with client_auth */
    uint8_t revocation;                /* a tacit_revocation */
    bool staple_required;              /* a client: refuse a server without a current OCSP response
                                        * that says its certificate is good (RFC 6066 8). Those
                                        * that promise one are held to it in any case (RFC 7633) */
    const uint8_t (*pins)[32];         /* SHA-256 of SubjectPublicKeyInfo: some certificate of the
                                        * verified path, leaf and anchor included, has such a key */
    size_t n_pins;
    const tacit_allow *allow;          /* who is allowed: the leaf matches one entry, or more */
    size_t n_allow;
    const tacit_named_config *names;   /* a server: configurations for server names */
    size_t n_names;
    uint32_t legacy;                   /* tacit_legacy words, for TLS 1.2 */
    bool fallback;                     /* a client that tries again with less than it speaks: say
                                        * so, and a server that speaks more refuses (RFC 7507) */
    uint32_t tasks;                    /* TACIT_TASK_ bits that the host takes (tacit/task.h) */
    uint8_t client_auth;               /* a server: a tacit_client_auth */
    bool insecure_skip_verification;   /* a client: believe any certificate. Shown in tacit_info and
                                        * in reports */
    bool insecure_skip_name;           /* a client: believe a certificate of `trust` that bears any
                                        * name, or none. Shown in tacit_info */
    bool name_by_allow;                /* a client: the server is who is meant if `allow`, which may
                                        * not be empty, has it. The name given to tacit_client_new
                                        * is only told to it. Shown in tacit_info */
    bool no_server_name;               /* a client: do not tell the server which name is meant; it
                                        * must prove it all the same */
    void *user;                        /* for the callbacks below; of one connection alone:
                                        * tacit_config_with_user */
    /* Callbacks may not call into their connection. This one is given lines of RFC 9850, without
     * newline: whoever has them reads all. */
    void (*keylog)(void *user, const char *line);
    /* This one, each handshake message, also those after the handshake, when it is written (a
     * ClientHello by tacit_client_new) or before it is looked at: for debugging. */
    void (*trace)(void *user, const tacit_message *message);
} tacit_config_options;
/* clang-format on */

/* tacit_client_config validates options for clients as a whole. Returns NULL and fills `error`
 * (API_MISUSE) otherwise. `options` may be NULL: everything by default, the system's authorities
 * trusted. Where there are options, their `trust` says whom to believe: NULL is refused, so that a
 * tacit_trust that could not be made never stands for the whole system's. */
TACIT_API tacit_config *tacit_client_config(tacit_env *env, const tacit_config_options *options,
                                            tacit_error *error);

/* tacit_server_config validates options for servers as a whole. Returns NULL and fills `error`
 * (API_MISUSE) otherwise. */
TACIT_API tacit_config *tacit_server_config(tacit_env *env, const tacit_config_options *options,
                                            tacit_error *error);

/* tacit_config_with_user makes a configuration that differs from `config` in `user` alone, and
 * shares the rest: for hosts that log each connection apart. Connections are made from it, and hand
 * this `user` to the callbacks of whichever configuration they come to have, by `names` or the task
 * HELLO too; it is no entry of `names` and no answer to HELLO. NULL without memory. */
TACIT_API tacit_config *tacit_config_with_user(tacit_config *config, void *user,
                                               tacit_error *error);

/* tacit_config_ref takes a reference and returns its argument. */
TACIT_API tacit_config *tacit_config_ref(tacit_config *config);

/* tacit_config_free drops a reference. NULL is fine. */
TACIT_API void tacit_config_free(tacit_config *config);

#ifdef __cplusplus
}
#endif
#endif
