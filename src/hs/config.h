/* config.h: a configuration and an identity as the handshake reads them. Made by src/conn/config.c
 * and identity.c, immutable from then on. Lists are kept in wire form, ready to be written. */
#ifndef HS_CONFIG_H
#define HS_CONFIG_H

#include "base/ref.h"
#include "crypto/env.h"
#include "registry/registry.h"
#include "x509/x509.h"

#include <tacit/config.h>

enum { LIST_MAX = 16 };

/* struct list16 is a list of code points in wire form. */
struct list16 {
    uint8_t b[2 * LIST_MAX];
    uint8_t n;
};

static inline span list16_span(const struct list16 *l)
{
    return (span){l->b, l->n};
}

struct tacit_identity {
    struct ref ref;
    struct tacit_env *env;
    struct chain *chain;  /* leaf first */
    struct sign_key *key; /* NULL: elsewhere */
    bool transport;       /* its key is for RSA transport, and signs nothing */
    /* One with a staple has its chain and key from the one without; a reference. */
    struct tacit_identity *bare;
    tacit_buf staple; /* an OCSP response of the leaf; p NULL: none */
    int64_t staple_from, staple_until;
};

/* struct named is a configuration for one server name, or for a wildcard of names. */
struct named {
    tacit_buf pattern; /* lower case */
    struct tacit_config *config;
};

struct tacit_config {
    struct ref ref;
    struct tacit_env *env;
    /* One with a user of its own has all else from the one without; a reference. Only connections
     * are made from it, and they keep `bare`. */
    struct tacit_config *bare;
    bool is_client;
    uint16_t min_version, max_version;
    struct list16 suites, groups, schemes, cert_schemes; /* cert_schemes empty: as schemes */
    uint16_t cert_scheme_ids[LIST_MAX];                  /* what x509_verify may accept */
    size_t n_cert_scheme_ids;
    tacit_buf alpn;        /* ProtocolNames, in wire form */
    tacit_buf authorities; /* a server that asks for certificates: the names of its anchors */
    bool alpn_required;
    uint16_t record_size_limit;
    uint32_t handshake_timeout;
    struct tacit_identity **identities;
    size_t n_identities;
    struct tacit_trust *trust;
    enum revocation revocation;
    bool staple_required;       /* a client */
    struct admit *admit;        /* pins and allow-list; NULL: whoever is valid */
    struct named *names;        /* a server */
    size_t n_names, names_size; /* the table's room in bytes */
    uint8_t legacy;             /* LEGACY_ words */
    uint32_t tasks;             /* TACIT_TASK_ bits: what the host takes */
    uint8_t client_auth;
    bool insecure;       /* a client: nothing is verified          */
    bool insecure_name;  /* a client: the path is, the name is not */
    bool name_by_allow;  /* a client: who is on the list is who was meant, by whatever name */
    bool no_server_name; /* a client: the name is kept to itself   */
    bool fallback;       /* a client: it could do more than this   */
    bool keep_peer_chain;
    uint64_t max_records; /* under one key; 0: as the suite says. For tests of the limit */
    void *user;
    void (*keylog)(void *user, const char *line);
    void (*trace)(void *user, const tacit_message *message);
};

#endif
