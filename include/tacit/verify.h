/* tacit/verify.h: the path validator alone, without a connection (RFC 5280 6, RFC 9525). */
#ifndef TACIT_VERIFY_H
#define TACIT_VERIFY_H

#include <tacit/config.h>
#include <tacit/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_purpose is what the leaf is for. */
typedef enum tacit_purpose { TACIT_PURPOSE_SERVER = 0, TACIT_PURPOSE_CLIENT = 1 } tacit_purpose;

/* tacit_verify_options is the question; zero means the usual. Nothing in it needs to outlive the
 * call. */
/* clang-format off */
typedef struct tacit_verify_options {
    size_t size;
    tacit_span chain;            /* PEM: the leaf, then other certificates in any order */
    tacit_trust *trust;          /* whom to believe; sealed by the call */
    const char *name;            /* a DNS name or IP address to prove; NULL: none is checked */
    uint8_t purpose;             /* a tacit_purpose */
    uint8_t revocation;          /* a tacit_revocation */
    const tacit_span *ocsp;      /* OCSP responses in DER, asked where `revocation` says so */
    size_t n_ocsp;
    int64_t time;                /* seconds since 1970; default: now */
    const char *const *policies; /* such as "1.2.3": one of them must be valid along the path */
    size_t n_policies;
    bool explicit_policy;        /* a policy, whichever, must be valid along the path */
    bool inhibit_mapping;        /* policies are not mapped */
    bool inhibit_any;            /* anyPolicy is no policy */
    const uint8_t (*pins)[32];   /* as in tacit_config_options */
    size_t n_pins;
    const tacit_allow *allow;    /* as in tacit_config_options */
    size_t n_allow;
} tacit_verify_options;
/* clang-format on */

/* tacit_verdict owns the certificates of a path that was verified, or of the one that came
 * furthest. */
typedef struct tacit_verdict tacit_verdict;

/* tacit_verify finds a path from the leaf to an anchor and checks it. True only if the leaf is to
 * be believed; otherwise `error` says why, and which certificate is meant. `verdict` (may be NULL)
 * is filled in both cases, and is NULL if the question itself was at fault. */
TACIT_API bool tacit_verify(tacit_env *env, tacit_verdict **verdict,
                            const tacit_verify_options *options, tacit_error *error);

/* tacit_verdict_cert describes certificate `index` of the path: 0 is the leaf, the last one the
 * anchor, if one was found. False past the end. `info->size` is set by the caller. */
TACIT_API bool tacit_verdict_cert(const tacit_verdict *verdict, size_t index,
                                  tacit_cert_info *info);

/* tacit_verdict_der lends the certificate as DER, until the verdict is freed. */
TACIT_API bool tacit_verdict_der(const tacit_verdict *verdict, size_t index, tacit_span *der);

/* tacit_verdict_name is tacit_conn_peer_name (tacit/info.h) for it. */
TACIT_API bool tacit_verdict_name(const tacit_verdict *verdict, size_t index, size_t name,
                                  tacit_name_kind *kind, char *out, size_t cap);

/* tacit_verdict_report lends the report of all paths that were tried, until the verdict is freed;
 * NULL without memory for it. */
TACIT_API const tacit_report *tacit_verdict_report(const tacit_verdict *verdict);

/* tacit_verdict_revocation_unknown: TACIT_REVOCATION_SOFT let a certificate pass that no current
 * list covers. */
TACIT_API bool tacit_verdict_revocation_unknown(const tacit_verdict *verdict);

/* tacit_verify_crl asks whether a revocation list was signed by an authority of `trust` that may
 * sign lists, and is current at `time` (seconds since 1970; 0: now). True only if both are so, of
 * each list of a PEM text or of the one in DER. `error` is SIGNER_ABSENT if no certificate of the
 * list's issuer is in the set, so that nothing was checked, and CRL_EXPIRED of what is authentic
 * but not current. Whether that authority is itself to be believed, or revoked, is not asked. The
 * set is not sealed: the lists may be added to it afterwards. `signer` (may be NULL; its `size` is
 * set by the caller) describes who signed, if that is known. */
TACIT_API bool tacit_verify_crl(tacit_env *env, tacit_cert_info *signer, const tacit_trust *trust,
                                tacit_span crls, int64_t time, tacit_error *error);

/* tacit_verify_ocsp is tacit_verify_crl for an OCSP response (DER), which may also be signed by a
 * responder that the authority has certified for that; whether the responder is revoked is not
 * asked. Each of its answers has to be one that the signer may give. (RFC 6960 4.2.2.2) */
TACIT_API bool tacit_verify_ocsp(tacit_env *env, tacit_cert_info *signer, const tacit_trust *trust,
                                 tacit_span response, int64_t time, tacit_error *error);

/* tacit_verdict_free frees it. NULL is fine. */
TACIT_API void tacit_verdict_free(tacit_verdict *verdict);

#ifdef __cplusplus
}
#endif
#endif
