/* ext.h: the extensions of TLS (RFC 9846 4.3).
 *
 * One table says of each extension in which messages it is legal and who reads and writes it.
 * ext_scan enforces every rule that does not depend on what an extension means: framing, twice, not
 * here, not asked for, leftovers. The handlers turn bytes into fields of `struct offers` and
 * `struct answers`, and back; they see no handshake. */
#ifndef EXT_EXT_H
#define EXT_EXT_H

#include "base/fail.h"
#include "wire/rd.h"
#include "wire/wr.h"

/* The messages that carry extensions: bits. */
enum where {
    IN_CH = 1 << 0,   /* ClientHello */
    IN_SH = 1 << 1,   /* ServerHello */
    IN_HRR = 1 << 2,  /* HelloRetryRequest */
    IN_EE = 1 << 3,   /* EncryptedExtensions */
    IN_CR = 1 << 4,   /* CertificateRequest */
    IN_CT = 1 << 5,   /* Certificate */
    IN_NST = 1 << 6,  /* NewSessionTicket */
    IN_SH12 = 1 << 7, /* ServerHello of TLS 1.2 */
};

/* The rows of the table, so that sets of extensions are bit masks. */
enum ext {
    EXT_SERVER_NAME,
    EXT_SUPPORTED_GROUPS,
    EXT_SIGNATURE_ALGORITHMS,
    EXT_SIGNATURE_ALGORITHMS_CERT,
    EXT_ALPN,
    EXT_RECORD_SIZE_LIMIT,
    EXT_STATUS_REQUEST,
    EXT_SUPPORTED_VERSIONS,
    EXT_COOKIE,
    EXT_PSK_KEY_EXCHANGE_MODES,
    EXT_CERTIFICATE_AUTHORITIES,
    EXT_EC_POINT_FORMATS,
    EXT_EXTENDED_MASTER_SECRET,
    EXT_ENCRYPT_THEN_MAC,
    EXT_RENEGOTIATION_INFO,
    EXT_KEY_SHARE,
    EXT_EARLY_DATA,
    EXT_PRE_SHARED_KEY,
    N_EXTS
};

#define EXT_BIT(e) (1u << (e))

/* struct grease holds the values that a client sends only so that servers learn to ignore them (RFC
 * 8701). */
struct grease {
    bool on;
    uint16_t suite, group, version, first, last;
};

/* struct offers is what a ClientHello says in its extensions: the client fills it in and writes it,
 * the server reads into it. Spans lie in memory of the caller, or in the message. Lists are the
 * contents of their vectors. */
struct offers {
    uint32_t present;  /* EXT_BITs */
    span server_name;  /* one host name */
    span groups;       /* NamedGroups */
    span schemes;      /* SignatureSchemes */
    span cert_schemes; /* SignatureSchemes for certificates; empty: as `schemes` */
    span alpn;         /* ProtocolNames */
    span versions;     /* ProtocolVersions */
    span cookie;
    span authorities;           /* DistinguishedNames */
    span shares;                /* KeyShareEntries */
    span psk;                   /* the whole extension */
    bool tls13, tls12;          /* a client: what it is ready for               */
    bool cbc;                   /* a client: it offers the MAC suite            */
    bool status_request;        /* an OCSP response is asked for                */
    uint16_t record_size_limit; /* 0: none */
    bool retry;                 /* the server asked for a share: only that one */
    struct grease grease;
};

/* struct answers is what the server says in the extensions of its messages. */
struct answers {
    uint32_t present; /* in the last message scanned */
    uint16_t version; /* selected_version */
    uint16_t group;   /* of its share, or that it asks for in a HelloRetryRequest */
    span share;
    span cookie;
    span alpn; /* the one protocol */
    uint16_t record_size_limit;
    bool extended_master, encrypt_then_mac, renegotiation, point_formats; /* of TLS 1.2 */
    bool server_name;                                                     /* it used the name */
    bool status_request; /* of TLS 1.2: it will staple; of a CertificateRequest: it asks us to */
    span staple;         /* of a CertificateEntry: an OCSP response; p NULL: none */
    span schemes, cert_schemes, authorities; /* of a CertificateRequest */
};

/* ext_scan reads the extension block of one message. `from_client` says who sent it. For messages
 * that answer (SH, HRR, EE, CT) `offers->present` tells what had been asked for. */
bool ext_scan(span block, enum where where, bool from_client, struct offers *offers,
              struct answers *answers, struct err *err) __attribute__((warn_unused_result));

/* ext_write writes the extension block of one message, with its length. */
void ext_write(wr *w, enum where where, bool by_client, struct offers *offers,
               const struct answers *answers);

/* ext_next walks a block: the raw pieces, for looking at a message without understanding it. */
bool ext_next(rd *block, uint16_t *id, span *data) __attribute__((warn_unused_result));

/* struct ext_row is what the table says of one, for reports. */
struct ext_row {
    uint16_t id;
    const char *name;
    uint8_t in;
};
const struct ext_row *ext_row(size_t index); /* NULL past the last */

/* share_next walks KeyShareEntries (RFC 9846 4.3.8); */
bool share_next(rd *shares, uint16_t *group, span *share) __attribute__((warn_unused_result));

/* offers_shares_ok: each share is of a group that is listed, in the same order, none twice (RFC
 * 9846 4.3.8). A question about two extensions, so it waits until both have been read. */
bool offers_shares_ok(const struct offers *o);

/* list_has: is a code point in a list of 16-bit values? */
bool list_has(span list, uint16_t value);

#endif
