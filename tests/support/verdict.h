/* verdict.h: what becomes of a handshake, in the words of the tables under tests/state. A verdict
 * is a reason and the alert that goes out for it; the alerts are typed here a second time, so that
 * a slip in reasons.def shows. */
#ifndef SUPPORT_VERDICT_H
#define SUPPORT_VERDICT_H

#include "base/alerts.h"
#include "base/fail.h"

#define SAYS(reason, alert) ((int)(reason) << 8 | (int)(alert))
#define BAD_STATUS(reason) SAYS((reason), ALERT_bad_certificate_status_response)

/* HEARS: the liar confused itself, and the honest end was told so. */
#define HEARS(alert) SAYS(R_PEER_ALERT, ALERT_##alert)

/* clang-format off */
enum verdict {
    OK,       /* both ends are connected, agree, and data flows */
    WAITS,    /* the honest end has no objection, and waits: until its deadline */
    ALONE,    /* it is connected, but the liar has failed, or waits */
    ANY_CERT, /* one of the reasons against certificates, which tests/unit/x509 tells apart */
    DECODE,   /* one of the reasons for decode_error: which one depends on what follows */

    BAD_RECORD_MAC          = SAYS(R_BAD_RECORD_MAC,          ALERT_bad_record_mac),
    CLEAR_AFTER_KEYS        = SAYS(R_CLEAR_AFTER_KEYS,        ALERT_unexpected_message),
    DATA_IN_THE_CLEAR       = SAYS(R_DATA_IN_THE_CLEAR,       ALERT_unexpected_message),
    DATA_TOO_EARLY          = SAYS(R_DATA_TOO_EARLY,          ALERT_unexpected_message),
    EMPTY_RECORD            = SAYS(R_EMPTY_RECORD,            ALERT_unexpected_message),
    INTERLEAVED             = SAYS(R_INTERLEAVED,             ALERT_unexpected_message),
    NO_CONTENT_TYPE         = SAYS(R_NO_CONTENT_TYPE,         ALERT_unexpected_message),
    RECORD_TYPE             = SAYS(R_RECORD_TYPE,             ALERT_unexpected_message),
    RECORD_VERSION          = SAYS(R_RECORD_VERSION,          ALERT_protocol_version),
    RECORD_OVERFLOW         = SAYS(R_RECORD_OVERFLOW,         ALERT_record_overflow),
    NOT_TLS                 = SAYS(R_NOT_TLS,                 TACIT_NO_ALERT),
    CHANGE_CIPHER_SPEC      = SAYS(R_CHANGE_CIPHER_SPEC,      ALERT_unexpected_message),
    CHANGE_CIPHER_SPEC_FLOOD = SAYS(R_CHANGE_CIPHER_SPEC_FLOOD, ALERT_unexpected_message),
    EMPTY_RECORD_FLOOD      = SAYS(R_EMPTY_RECORD_FLOOD,      ALERT_unexpected_message),
    EARLY_DATA_TOO_MUCH     = SAYS(R_EARLY_DATA_TOO_MUCH,     ALERT_unexpected_message),
    ALERT_MALFORMED         = SAYS(R_ALERT_MALFORMED,         ALERT_decode_error),
    CLOSED_EARLY            = SAYS(R_CLOSED_EARLY,            TACIT_NO_ALERT),
    CLOSE_DURING_HANDSHAKE  = SAYS(R_CLOSE_DURING_HANDSHAKE,  ALERT_close_notify), /* received */

    PEER_ALERT_NO_COMMON    = SAYS(R_PEER_ALERT_NO_COMMON,    ALERT_handshake_failure),
    PEER_ALERT_CERT_REQUIRED = SAYS(R_PEER_ALERT_CERT_REQUIRED, ALERT_certificate_required),

    MESSAGE_MALFORMED       = SAYS(R_MESSAGE_MALFORMED,       ALERT_decode_error),
    MESSAGE_TOO_LONG        = SAYS(R_MESSAGE_TOO_LONG,        ALERT_decode_error),
    MESSAGE_UNKNOWN         = SAYS(R_MESSAGE_UNKNOWN,         ALERT_unexpected_message),
    MESSAGE_UNEXPECTED      = SAYS(R_MESSAGE_UNEXPECTED,      ALERT_unexpected_message),
    MESSAGE_OVER_KEY_CHANGE = SAYS(R_MESSAGE_OVER_KEY_CHANGE, ALERT_unexpected_message),
    EXT_BLOCK_MALFORMED     = SAYS(R_EXT_BLOCK_MALFORMED,     ALERT_decode_error),
    EXT_MALFORMED           = SAYS(R_EXT_MALFORMED,           ALERT_decode_error),
    EXT_TWICE               = SAYS(R_EXT_TWICE,               ALERT_illegal_parameter),
    EXT_NOT_HERE            = SAYS(R_EXT_NOT_HERE,            ALERT_illegal_parameter),
    EXT_NOT_ASKED_FOR       = SAYS(R_EXT_NOT_ASKED_FOR,       ALERT_unsupported_extension),
    EXT_MISSING             = SAYS(R_EXT_MISSING,             ALERT_missing_extension),
    ALPN_NOT_OFFERED        = SAYS(R_ALPN_NOT_OFFERED,        ALERT_illegal_parameter),
    SIZE_LIMIT_TOO_SMALL    = SAYS(R_SIZE_LIMIT_TOO_SMALL,    ALERT_illegal_parameter),
    PSK_NOT_LAST            = SAYS(R_PSK_NOT_LAST,            ALERT_illegal_parameter),
    PSK_BINDER_COUNT        = SAYS(R_PSK_BINDER_COUNT,        ALERT_illegal_parameter),

    CERT_REVOKED            = SAYS(R_CERT_REVOKED,            ALERT_certificate_revoked),
    OCSP_MALFORMED          = BAD_STATUS(R_OCSP_MALFORMED),
    OCSP_UNKNOWN_CRITICAL   = BAD_STATUS(R_OCSP_UNKNOWN_CRITICAL),
    OCSP_NOT_SUCCESSFUL     = BAD_STATUS(R_OCSP_NOT_SUCCESSFUL),
    OCSP_OTHER_CERT         = BAD_STATUS(R_OCSP_OTHER_CERT),
    OCSP_NOT_AUTHENTIC      = BAD_STATUS(R_OCSP_NOT_AUTHENTIC),
    OCSP_NOT_CURRENT        = BAD_STATUS(R_OCSP_NOT_CURRENT),
    OCSP_UNKNOWN_CERT       = BAD_STATUS(R_OCSP_UNKNOWN_CERT),
    STAPLE_MISSING          = BAD_STATUS(R_STAPLE_MISSING),

    VERSION_TOO_OLD         = SAYS(R_VERSION_TOO_OLD,         ALERT_protocol_version),
    VERSION_NOT_SHARED      = SAYS(R_VERSION_NOT_SHARED,      ALERT_protocol_version),
    VERSION_REFUSED         = SAYS(R_VERSION_REFUSED,         ALERT_protocol_version),
    VERSION_NOT_OFFERED     = SAYS(R_VERSION_NOT_OFFERED,     ALERT_illegal_parameter),
    DOWNGRADE               = SAYS(R_DOWNGRADE,               ALERT_illegal_parameter),
    LEGACY_VERSION          = SAYS(R_LEGACY_VERSION,          ALERT_protocol_version),
    SESSION_ID_NOT_ECHOED   = SAYS(R_SESSION_ID_NOT_ECHOED,   ALERT_illegal_parameter),
    SUITE_NOT_OFFERED       = SAYS(R_SUITE_NOT_OFFERED,       ALERT_illegal_parameter),
    SUITE_CHANGED           = SAYS(R_SUITE_CHANGED,           ALERT_illegal_parameter),
    COMPRESSION             = SAYS(R_COMPRESSION,             ALERT_illegal_parameter),
    GROUP_NOT_OFFERED       = SAYS(R_GROUP_NOT_OFFERED,       ALERT_illegal_parameter),
    CURVE_NOT_OFFERED       = SAYS(R_CURVE_NOT_OFFERED,       ALERT_illegal_parameter),
    SECOND_HELLO_RETRY      = SAYS(R_SECOND_HELLO_RETRY,      ALERT_unexpected_message),
    HELLO_RETRY_CHANGES_NOTHING = SAYS(R_HELLO_RETRY_CHANGES_NOTHING, ALERT_illegal_parameter),
    HELLO_RETRY_SAME_GROUP  = SAYS(R_HELLO_RETRY_SAME_GROUP,  ALERT_illegal_parameter),
    COOKIE_TOO_LONG         = SAYS(R_COOKIE_TOO_LONG,         ALERT_illegal_parameter),
    COOKIE_NOT_ECHOED       = SAYS(R_COOKIE_NOT_ECHOED,       ALERT_illegal_parameter),
    SECOND_HELLO_CHANGED    = SAYS(R_SECOND_HELLO_CHANGED,    ALERT_illegal_parameter),
    SHARE_NOT_AS_ASKED      = SAYS(R_SHARE_NOT_AS_ASKED,      ALERT_illegal_parameter),
    SHARES_BREAK_RULES      = SAYS(R_SHARES_BREAK_RULES,      ALERT_illegal_parameter),
    BAD_KEY_SHARE           = SAYS(R_BAD_KEY_SHARE,           ALERT_illegal_parameter),
    NO_COMMON_SUITE         = SAYS(R_NO_COMMON_SUITE,         ALERT_handshake_failure),
    NO_COMMON_GROUP         = SAYS(R_NO_COMMON_GROUP,         ALERT_handshake_failure),
    NO_COMMON_SCHEME        = SAYS(R_NO_COMMON_SCHEME,        ALERT_handshake_failure),
    NO_COMMON_CURVE         = SAYS(R_NO_COMMON_CURVE,         ALERT_handshake_failure),
    NO_COMMON_ALPN          = SAYS(R_NO_COMMON_ALPN,          ALERT_no_application_protocol),
    REQUEST_CONTEXT         = SAYS(R_REQUEST_CONTEXT,         ALERT_illegal_parameter),
    CERTIFICATE_CONTEXT     = SAYS(R_CERTIFICATE_CONTEXT,     ALERT_illegal_parameter),
    CHAIN_TOO_LONG          = SAYS(R_CHAIN_TOO_LONG,          ALERT_bad_certificate),
    SERVER_CERT_EMPTY       = SAYS(R_SERVER_CERT_EMPTY,       ALERT_decode_error),
    CLIENT_CERT_MISSING     = SAYS(R_CLIENT_CERT_MISSING,     ALERT_certificate_required),
    SCHEME_NOT_OFFERED      = SAYS(R_SCHEME_NOT_OFFERED,      ALERT_illegal_parameter),
    SCHEME_DOES_NOT_FIT     = SAYS(R_SCHEME_DOES_NOT_FIT,     ALERT_illegal_parameter),
    BAD_SIGNATURE           = SAYS(R_BAD_SIGNATURE,           ALERT_decrypt_error),
    BAD_FINISHED            = SAYS(R_BAD_FINISHED,            ALERT_decrypt_error),
    INAPPROPRIATE_FALLBACK  = SAYS(R_INAPPROPRIATE_FALLBACK,  ALERT_inappropriate_fallback),
    SESSION_ID_ECHOED       = SAYS(R_SESSION_ID_ECHOED,       ALERT_illegal_parameter),
    NO_RENEGOTIATION_INFO   = SAYS(R_NO_RENEGOTIATION_INFO,   ALERT_handshake_failure),
    RENEGOTIATION_INFO      = SAYS(R_RENEGOTIATION_INFO,      ALERT_handshake_failure),
    RENEGOTIATION           = SAYS(R_RENEGOTIATION,           ALERT_no_renegotiation_RESERVED),
    NO_EXTENDED_MASTER      = SAYS(R_NO_EXTENDED_MASTER,      ALERT_handshake_failure),
    NO_ENCRYPT_THEN_MAC     = SAYS(R_NO_ENCRYPT_THEN_MAC,     ALERT_handshake_failure),
    NO_UNCOMPRESSED_POINTS  = SAYS(R_NO_UNCOMPRESSED_POINTS,  ALERT_illegal_parameter),
    CLIENT_CERT_MISSING12   = SAYS(R_CLIENT_CERT_MISSING12,   ALERT_handshake_failure),
    KEY_UPDATE_VALUE        = SAYS(R_KEY_UPDATE_VALUE,        ALERT_illegal_parameter),
    KEY_UPDATE_FLOOD        = SAYS(R_KEY_UPDATE_FLOOD,        ALERT_unexpected_message),
};
/* clang-format on */

#endif
