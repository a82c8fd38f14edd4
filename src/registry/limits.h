/* limits.h: every limit of the protocol, each with its rule. A length is refused by these before
 * memory is promised. What is marked "ours" no RFC demands. */
#ifndef REGISTRY_LIMITS_H
#define REGISTRY_LIMITS_H

/* clang-format off */
enum {
    REC_HEADER = 5,
    REC_PLAIN_MAX = 1 << 14,             /* content of a record; RFC 9846 5.1 */
    REC_INNER_MAX = REC_PLAIN_MAX + 1,   /* content, type and padding; RFC 9846 5.4 */
    REC_CIPHER_MAX = REC_PLAIN_MAX + 256, /* body of a protected record; RFC 9846 5.2 */
    REC_CIPHER_MAX12 = REC_PLAIN_MAX + 2048, /* RFC 5246 6.2.3 */
    REC_WIRE_MAX = REC_HEADER + REC_CIPHER_MAX12,
    REC_SIZE_LIMIT_MIN = 64,             /* of record_size_limit; RFC 8449 4 */

    MSG_HEADER = 4,
    MSG_CLIENT_HELLO_MAX = 1 << 16,      /* ours: post-quantum shares and padding fit many times */
    MSG_SERVER_HELLO_MAX = 1 << 16,      /* ours: a cookie may be long; RFC 9846 4.3.2 */
    MSG_ENCRYPTED_EXTENSIONS_MAX = 1 << 14, /* ours */
    MSG_CERTIFICATE_MAX = 100 << 10,     /* ours: what other stacks accept */
    MSG_CERTIFICATE_REQUEST_MAX = 100 << 10, /* ours: lists of authorities are long */
    MSG_CERTIFICATE_STATUS_MAX = 1 + 3 + 65535, /* ours: what fits TLS 1.3; RFC 6066 8 */
    MSG_CERTIFICATE_VERIFY_MAX = 2 + 2 + 1024, /* ours: RSA of 8192 bits */
    MSG_SERVER_KEY_EXCHANGE_MAX = 1 + 2 + 1 + 255 + 2 + 2 + 1024, /* RFC 8422 5.4 */
    MSG_CLIENT_KEY_EXCHANGE_MAX = 2 + 1024, /* RFC 5246 7.4.7.1: RSA of 8192 bits */
    MSG_FINISHED_MAX = 64,               /* one digest; RFC 9846 4.5.3 */
    MSG_KEY_UPDATE_MAX = 1,              /* RFC 9846 4.7.3 */
    MSG_NEW_SESSION_TICKET_MAX = 4 + 4 + 1 + 255 + 2 + 65535 + 2 + 65535, /* RFC 9846 4.7.1 */

    COOKIE_MAX = 1 << 12,        /* ours, of a cookie that we send back */
    CCS_MAX = 32,                /* ours: dropped change_cipher_specs in a handshake */
    EMPTY_RECORDS_MAX = 32,      /* ours: application data records without data, in a row */
    KEY_UPDATES_MAX = 32,        /* ours: KeyUpdates without application data between them */
    EARLY_SKIP_MAX = 1 << 16,    /* ours: bytes of early data skipped; RFC 9846 4.3.10 */
    OUT_QUEUE_MAX = 1 << 16,     /* ours: sealed bytes waiting, then tacit_conn_write takes none */
};
/* clang-format on */

#endif
