/* tacit/info.h: what was agreed, who was proven, and keys for other protocols. */
#ifndef TACIT_INFO_H
#define TACIT_INFO_H

#include <tacit/conn.h>
#include <tacit/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_info is a snapshot; its strings and spans are lent until the connection is freed. Names are
 * NULL and code points 0 until they are agreed. */
/* clang-format off */
typedef struct tacit_info {
    size_t size;
    uint16_t version, suite, group;
    uint16_t own_scheme, peer_scheme; /* with which we, and the peer, signed; 0: not at all */
    const char *version_name, *suite_name, *group_name, *own_scheme_name, *peer_scheme_name;
    const char *encryption_name;      /* what encrypts records, such as "AES-128-GCM" */
    const char *integrity_name;       /* what keeps them whole: the same where that is an AEAD, or
                                       * "HMAC-SHA256", which is then over what was encrypted (RFC
                                       * 7366) */
    uint16_t suite_bits;              /* of the key that encrypts records */
    bool forward_secret;              /* the certificate's key, had by somebody later, does not open
                                       * what was recorded */
    tacit_span alpn;                  /* the protocol agreed by ALPN, empty for none */
    tacit_span server_name;           /* the name that the client asked for (a client: that it
                                       * checked, unless one of the words below says otherwise) */
    bool resumed;                     /* from an earlier session, without certificates */
    bool early_data;                  /* early data was accepted */
    bool hello_retry;                 /* a HelloRetryRequest was needed */
    bool client_auth_requested;       /* the server asked for a certificate */
    bool peer_verified;               /* path, time, purpose, signature, and (a server's) name, all
                                       * checked */
    bool revocation_unknown;          /* TACIT_REVOCATION_SOFT: of some certificate, no current list
                                       * or OCSP response says that it is not revoked */
    bool stapled;                     /* a current OCSP response came with the peer's certificate,
                                       * and says that it is good */
    bool verification_skipped;        /* insecure_skip_verification: nothing of the above was
                                       * demanded */
    bool name_skipped;                /* insecure_skip_name: no name was demanded, and peer_verified
                                       * stays false */
    bool name_by_allow;               /* an entry of `allow` was demanded in the place of the name,
                                       * and peer_verified stands for that */
    bool pinned;                      /* one of `pins` matched, and the peer has proven to have the
                                       * key (or one that it vouches for); so also with
                                       * insecure_skip_verification, where it is the leaf's own */
    uint32_t legacy;                  /* tacit_legacy words without which it would not be */
    uint32_t tickets;                 /* NewSessionTickets received */
    uint32_t key_updates_in, key_updates_out;
    uint64_t records_in, records_out; /* protected records under the present keys */
} tacit_info;
/* clang-format on */

/* tacit_conn_info fills in `info`, whose `size` is set by the caller; it may be asked at any time.
 * False if the size is another. */
TACIT_API bool tacit_conn_info(const tacit_conn *conn, tacit_info *info);

/* The peer's certificates, by their number: 0 is the leaf, the last one the trust anchor of the
 * path that was verified, or the last of the chain as it was sent if no path was found. There are
 * some after a failure, and after a success if the configuration says `keep_peer_chain`. Each
 * function is false where there is none. */

/* tacit_conn_peer_cert fills in `info`, whose `size` is set by the caller. */
TACIT_API bool tacit_conn_peer_cert(const tacit_conn *conn, size_t index, tacit_cert_info *info);

/* tacit_conn_peer_der lends the certificate as DER, until the connection is freed. */
TACIT_API bool tacit_conn_peer_der(const tacit_conn *conn, size_t index, tacit_span *der);

/* tacit_conn_peer_spki lends the certificate's SubjectPublicKeyInfo as DER, until the connection is
 * freed: what pins are digests of (RFC 7469 2.4). */
TACIT_API bool tacit_conn_peer_spki(const tacit_conn *conn, size_t index, tacit_span *der);

/* tacit_conn_peer_name writes name number `name` of the certificate's subjectAltName and its kind
 * (NULL: not wanted), at most `cap` bytes of text, terminated. It is escaped: no control bytes, and
 * a backslash is two. What does not fit is left empty, so that no beginning passes for the whole;
 * false past the last name. */
TACIT_API bool tacit_conn_peer_name(const tacit_conn *conn, size_t index, size_t name,
                                    tacit_name_kind *kind, char *out, size_t cap);

/* tacit_conn_own_cert and tacit_conn_own_der are tacit_conn_peer_cert and tacit_conn_peer_der for
 * the certificates that we showed, as they stand in the identity: false before that, and past the
 * last. */
TACIT_API bool tacit_conn_own_cert(const tacit_conn *conn, size_t index, tacit_cert_info *info);
TACIT_API bool tacit_conn_own_der(const tacit_conn *conn, size_t index, tacit_span *der);

/* tacit_conn_report lends what became of the peer's chain, until the connection is freed: after a
 * path was refused, and after a success if the configuration says `keep_peer_chain`. NULL where
 * there is none (or no memory for it). */
TACIT_API const tacit_report *tacit_conn_report(const tacit_conn *conn);

/* tacit_binding is a kind of channel binding. */
typedef enum tacit_binding {
    TACIT_BINDING_EXPORTER = 0,        /* tls-exporter (RFC 9266): 32 bytes                 */
    TACIT_BINDING_SERVER_END_POINT = 1 /* tls-server-end-point (RFC 5929 4): a digest of its
                                        * leaf                                              */
} tacit_binding;

/* tacit_conn_channel_binding writes the binding's data (at most 64 bytes) to `out` and returns its
 * length; 0 before CONNECTED, or where the server's certificate is not there (see above). */
TACIT_API size_t tacit_conn_channel_binding(const tacit_conn *conn, tacit_binding kind,
                                            uint8_t out[64]);

/* tacit_conn_json writes tacit_info, the peer's certificates, the error and the paths of the report
 * as one JSON object with "schema":"tacit.conn/1": at most `cap` bytes, terminated. Returns its
 * length, which may be more than fits. */
TACIT_API size_t tacit_conn_json(const tacit_conn *conn, char *out, size_t cap);

/* tacit_conn_export derives `n` bytes that only the two ends know (RFC 9846 7.5). False before
 * CONNECTED, or if `n` is over 255 digests. Wipe them when done. */
TACIT_API bool tacit_conn_export(const tacit_conn *conn, uint8_t *out, size_t n, const char *label,
                                 tacit_span context);

#ifdef __cplusplus
}
#endif
#endif
