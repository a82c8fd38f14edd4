/* registry.h: one row per code point: suites, groups, schemes. Everything that is offered, chosen,
 * printed or tested walks these tables; the order of the rows is the default order of
 * preference. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "crypto/crypto.h"

enum { TLS12 = 0x0303, TLS13 = 0x0304 };

/* How a suite of TLS 1.2 agrees on a secret and proves the server; TLS 1.3 says it elsewhere. */
enum kx { KX_ANY, KX_ECDHE_ECDSA, KX_ECDHE_RSA, KX_RSA };

/* What a configuration must name before it is used (tacit_legacy). */
enum { LEGACY_RSA_TRANSPORT = 1, LEGACY_CBC_HMAC = 2, LEGACY_NO_EMS = 4 };

/* struct suite is a cipher suite: how records are protected, what the key schedule hashes with. */
struct suite {
    uint16_t id;
    const char *name;       /* IANA's                                         */
    const char *short_name; /* ours, in reports                               */
    uint16_t version;
    enum aead_id aead;
    enum hash_id hash;
    enum kx kx;
    bool cbc;             /* AES-128-CBC, then HMAC-SHA256, instead of an AEAD */
    uint8_t legacy;       /* LEGACY_ word that it needs, 0 for none */
    uint64_t max_records; /* under one key, before a KeyUpdate is due (RFC 9846 5.5) */
};

struct group {
    uint16_t id;
    const char *name;
    const char *other_name;
    enum kem_id kem;
    size_t share_len; /* of the client's key share: checked before any arithmetic */
};

struct scheme {
    uint16_t id;
    const char *name;
    enum sig_alg alg;
    enum hash_id hash;
    enum key_type key; /* the key that may sign with it                                        */
    bool verify13;     /* in CertificateVerify of TLS 1.3 (RFC 9846 4.3.3)                     */
    bool certificates; /* in the signatures of certificates                                    */
};

extern const struct suite suites[];
extern const struct group groups[];
extern const struct scheme schemes[];
extern const size_t n_suites, n_groups, n_schemes;

/* suite_by_id and its siblings return the row, or NULL: the code point is unknown here. */
const struct suite *suite_by_id(uint16_t id);
const struct group *group_by_id(uint16_t id);
const struct scheme *scheme_by_id(uint16_t id);

/* suite_encryption and suite_integrity name what encrypts a suite's records, and what keeps them
 * whole: one AEAD, or the two halves of encrypt-then-MAC. */
const char *suite_encryption(const struct suite *suite);
const char *suite_integrity(const struct suite *suite);

/* suite_forward_secret: are keys agreed upon for one connection, instead of sent under a key that
 * stays? In TLS 1.3 they always are. */
bool suite_forward_secret(const struct suite *suite);

/* scheme_fits: may a key of this type sign a handshake of this version by it? In TLS 1.3 the curve
 * belongs to the scheme and RSA-PKCS1 is out (RFC 9846 4.3.3); in TLS 1.2 a curve is just a key
 * (RFC 8422). */
bool scheme_fits(const struct scheme *scheme, enum key_type key, uint16_t version);

/* version_name is "TLS 1.3", or NULL. */
const char *version_name(uint16_t version);

/* is_grease: one of the 16 values that mean nothing and must be ignored (RFC 8701). */
static inline bool is_grease(uint16_t id)
{
    return (id & 0x0f0f) == 0x0a0a && id >> 8 == (id & 0xff);
}

#endif
