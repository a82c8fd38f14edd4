/* tacit/identity.h: a certificate chain and the private key that proves it. */
#ifndef TACIT_IDENTITY_H
#define TACIT_IDENTITY_H

#include <tacit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tacit_identity is immutable and counted: share it among configurations and threads. */
typedef struct tacit_identity tacit_identity;

/* tacit_password asks for the password of an encrypted key: write at most `cap` bytes to `out` and
 * return how many, or 0 to refuse. Without one, an encrypted key is an error: nothing ever
 * prompts. */
typedef size_t (*tacit_password)(void *user, char *out, size_t cap);

/* tacit_identity_pem makes an identity from PEM text. `chain` holds the leaf first and its
 * intermediates after it; `key` the PKCS#8, SEC1 or PKCS#1 private key, encrypted or not (it may be
 * the same text). The key must match the leaf. Copies both. Returns NULL and fills `error`
 * otherwise. */
TACIT_API tacit_identity *tacit_identity_pem(tacit_env *env, tacit_span chain, tacit_span key,
                                             tacit_password password, void *user,
                                             tacit_error *error);

/* tacit_identity_chain makes an identity whose key is elsewhere: it can serve only where the host
 * takes the task SIGN (tacit/task.h). */
TACIT_API tacit_identity *tacit_identity_chain(tacit_env *env, tacit_span chain,
                                               tacit_error *error);

/* tacit_identity_sign writes to `signature` that of `content` by the identity's key and a signature
 * scheme (its code point): the other half of the task SIGN, for the process that has the key.
 * Returns its length, 0 if there is no key, or the scheme does not fit it or TLS 1.3. It signs
 * whatever it is given: a signer that answers others first looks whether it is what TLS signs
 * (RFC 9846 4.5.2). */
TACIT_API size_t tacit_identity_sign(const tacit_identity *identity, uint8_t signature[1024],
                                     uint16_t scheme, tacit_span content);

/* tacit_identity_files is tacit_identity_pem over two files. */
TACIT_API tacit_identity *tacit_identity_files(tacit_env *env, const char *chain_path,
                                               const char *key_path, tacit_password password,
                                               void *user, tacit_error *error);

/* tacit_identity_with_staple makes an identity that shares key and chain with `identity`, and
 * staples an OCSP response (DER) to its leaf for peers that ask (RFC 6066 8, RFC 9846 4.5.1.1), as
 * long as the response is current. It must be so now, be about the leaf and say that it is good; if
 * the chain holds the issuer, it must be signed as it should. Else NULL, and `error` says why. A
 * newer response makes a newer identity, and that a newer configuration. */
TACIT_API tacit_identity *tacit_identity_with_staple(tacit_identity *identity, tacit_span response,
                                                     tacit_error *error);

/* tacit_identity_info is what a host that renews identities asks about one. Times are seconds since
 * 1970. */
typedef struct tacit_identity_info {
    size_t size;
    int64_t not_before, not_after; /* of the leaf */
    int64_t staple_until;          /* after that its OCSP response is not sent any more; 0: there is
                                    * none */
    bool must_staple;              /* the leaf promises one (RFC 7633): peers that know of that
                                    * refuse it without */
} tacit_identity_info;

/* tacit_identity_describe fills in `info`, whose `size` is set by the caller. False if the size is
 * another. */
TACIT_API bool tacit_identity_describe(const tacit_identity *identity, tacit_identity_info *info);

/* tacit_identity_ref takes a reference and returns its argument. */
TACIT_API tacit_identity *tacit_identity_ref(tacit_identity *identity);

/* tacit_identity_free drops a reference; the last one wipes the key. NULL is fine. */
TACIT_API void tacit_identity_free(tacit_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
