/* crypto.h: the boundary. All that tacit knows of cryptography: hash, aead, kem, sign, verify,
 * random. No type of any library shows here. A provider implements these functions; which one is
 * chosen when a program is linked: src/crypto/libcrypto (the real one) or
 * tests/support/fake_crypto.c (deterministic, for fuzzing and byte-exact tests).
 *
 * Functions that can fail return false or NULL and say nothing more: the caller knows what it asked
 * for, and names the reason. None of them leaves anything in libcrypto's error queue that was not
 * there before. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/secret.h"
#include "base/span.h"

/* struct crypto is a provider at work: fetched algorithms in a library context of its own.
 * Immutable once made, shared by threads. */
struct crypto;

/* crypto_new keeps the pointer to `hooks`, which must outlive it. */
struct crypto *crypto_new(const struct hooks *hooks);
void crypto_free(struct crypto *crypto);

/* crypto_name names the provider and its version, such as "libcrypto 3.0.22". */
const char *crypto_name(void);

/* crypto_random fills `out` from the hook if there is one, else from the private generator. */
bool crypto_random(struct crypto *crypto, uint8_t *out, size_t n)
    __attribute__((warn_unused_result));

/* ---- hash: a value without pointers; copying the struct is the snapshot ---------------------- */

enum hash_id { HASH_NONE = 0, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

enum { HASH_MAX = 64, HASH_BLOCK_MAX = 128 };

struct hash_ctx {
    enum hash_id id;
    _Alignas(max_align_t) uint8_t state[224]; /* no more than a host's allocator gives */
};

size_t hash_len(enum hash_id id);   /* of the digest: 32, 48, 64 */
size_t hash_block(enum hash_id id); /* 64 or 128                 */
void hash_init(struct hash_ctx *ctx, enum hash_id id);
void hash_update(struct hash_ctx *ctx, span data);
/* hash_final writes hash_len bytes and leaves ctx as it was: more can be added after it. */
void hash_final(const struct hash_ctx *ctx, uint8_t *out);
void hash_once(enum hash_id id, span data, uint8_t *out);

/* sha1_label writes the SHA-1 of `data`: the name that OCSP has for a key (RFC 6960 4.1.1), and a
 * proof of nothing. */
enum { SHA1_LABEL = 20 };
void sha1_label(span data, uint8_t out[SHA1_LABEL]);

/* ---- aead: one key, one direction ------------------------------------------------------------ */

enum aead_id { AEAD_NONE = 0, AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305 };

enum { AEAD_TAG = 16, AEAD_NONCE = 12, AEAD_KEY_MAX = 32 };

struct aead;

size_t aead_key_len(enum aead_id id);
struct aead *aead_new(struct crypto *crypto, enum aead_id id, span key, bool seal);
void aead_free(struct aead *aead); /* wipes the key; NULL is fine */

/* aead_seal encrypts `in` followed by `tail` (which may be empty) to out: in.n + tail.n + AEAD_TAG
 * bytes. `in` may lie at `out` exactly; otherwise the two do not overlap. */
bool aead_seal(struct aead *aead, uint8_t *out, const uint8_t nonce[AEAD_NONCE], span ad, span in,
               span tail) __attribute__((warn_unused_result));

/* aead_open decrypts the n bytes at p (with the tag at their end) in place: n - AEAD_TAG bytes of
 * plaintext. If the tag does not match, or n < AEAD_TAG, false, and the bytes are wiped. */
bool aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE], span ad)
    __attribute__((warn_unused_result));

/* ---- cbc: AES-128 in CBC mode, for the one MAC suite of TLS 1.2 ------------------------------ */

enum { CBC_KEY = 16, CBC_BLOCK = 16 };

struct cbc;

struct cbc *cbc_new(struct crypto *crypto, span key, bool encrypt);
void cbc_free(struct cbc *cbc); /* wipes the key; NULL is fine */

/* cbc_run encrypts or decrypts n bytes, whole blocks, in place. */
bool cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK])
    __attribute__((warn_unused_result));

/* ---- kem: key agreement in the shape of a KEM, so that a hybrid group is one more row -------- */

enum kem_id { KEM_NONE = 0, KEM_X25519, KEM_P256, KEM_P384 };

enum { KEM_SEED_MAX = 64, KEM_SHARE_MAX = 97 };

struct kem_key; /* the client's private half; ephemeral, used once */

size_t kem_share_len(enum kem_id id);  /* of the client's share                        */
size_t kem_cipher_len(enum kem_id id); /* of the server's share                        */
size_t kem_seed_len(enum kem_id id);   /* random bytes that generate and encap consume */

/* kem_generate makes a key pair that depends on the kem_seed_len bytes of `seed` alone, and writes
 * its share. X25519 takes the seed as the private key. For P-256 and P-384 a candidate that is no
 * valid scalar (chance below 2^-60) fails. */
struct kem_key *kem_generate(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                             uint8_t *share);
void kem_free(struct kem_key *key); /* wipes; NULL is fine */

enum kem_result { KEM_OK, KEM_BAD_SHARE, KEM_FAILED };

/* kem_decap completes the client's side. KEM_BAD_SHARE: the peer's share has the wrong length, is
 * no point of the curve, is compressed or infinity, or gives an all-zero secret (RFC 9846
 * 7.4.2). */
enum kem_result kem_decap(struct kem_key *key, struct secret *out, span cipher)
    __attribute__((warn_unused_result));

/* kem_encap is the server's side: from the client's share, the server's share and the secret. */
enum kem_result kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed, span share,
                          uint8_t *cipher, struct secret *out) __attribute__((warn_unused_result));

/* ---- public keys and signatures -------------------------------------------------------------- */

enum key_type {
    KEY_NONE = 0,
    KEY_RSA,
    KEY_RSA_PSS,
    KEY_EC_P256,
    KEY_EC_P384,
    KEY_EC_P521,
    KEY_ED25519
};

/* struct pubkey is a public key as plain spans; the caller parsed it and keeps its bytes. For
 * KEY_RSA_PSS, `pss_hash` is what the key's own parameters demand (HASH_NONE: nothing), and the
 * salt must be at least `pss_salt`. */
struct pubkey {
    enum key_type type;
    span point;        /* EC: uncompressed; Ed25519: 32 bytes       */
    span rsa_n, rsa_e; /* big-endian magnitudes, no leading zeros  */
    enum hash_id pss_hash;
    uint32_t pss_salt;
};

/* key_bits is the size of a key: of the modulus, or of the curve. */
size_t key_bits(const struct pubkey *key);

/* key_is_rsa: is its number a modulus, whatever its signatures are padded with? */
static inline bool key_is_rsa(enum key_type type)
{
    return type == KEY_RSA || type == KEY_RSA_PSS;
}

enum sig_alg { SIG_NONE = 0, SIG_ECDSA, SIG_RSA_PKCS1, SIG_RSA_PSS, SIG_ED25519 };

enum sig_result { SIG_GOOD, SIG_BAD, SIG_FAILED };

/* sig_verify: is `sig` a signature of `msg` by `key`? ECDSA signatures are strict DER with r and s
 * in [1, n-1]; PSS salts have the length of the digest. Keys are refused that are weak or
 * oversized: RSA moduli outside 2048..8192 bits, even or oversized exponents, points off their
 * curve. Ed25519 takes HASH_NONE. SIG_BAD: the key, the message and the signature say no;
 * SIG_FAILED: memory or libcrypto failed, and nothing is known of the signature. */
enum sig_result sig_verify(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                           const struct pubkey *key, span msg, span sig)
    __attribute__((warn_unused_result));

/* sig_verify_digested is sig_verify for a message that is asked about again and again: `digest` is
 * its digest by `hash`; NULL: it is not known yet. */
enum sig_result sig_verify_digested(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                                    const struct pubkey *key, span msg, const uint8_t *digest,
                                    span sig) __attribute__((warn_unused_result));

/* struct sign_key is a private key: immutable, shared by threads. */
struct sign_key;

/* key_password asks for a password: at most cap bytes to out, returns how many; 0 refuses. */
typedef size_t (*key_password)(void *user, char *out, size_t cap);

enum key_load {
    KEY_LOADED,
    KEY_NOT_FOUND,
    KEY_NEEDS_PASSWORD,
    KEY_WRONG_PASSWORD,
    KEY_UNSUPPORTED,
    KEY_MALFORMED,
    KEY_NO_MEMORY
};

/* sign_key_pem loads the first private key of a PEM text: PKCS#8 (plain or encrypted), SEC1, PKCS#1
 * (plain, or encrypted in the old way). Curves by name only; explicit parameters are
 * KEY_UNSUPPORTED. */
enum key_load sign_key_pem(struct crypto *crypto, struct sign_key **out, span pem,
                           key_password password, void *user);
void sign_key_free(struct sign_key *key);

/* sign_key_public lends the public half, for comparing with a certificate; valid as long as the
 * key. */
const struct pubkey *sign_key_public(const struct sign_key *key);

enum { SIG_MAX = 1024 };

/* premaster_wrap makes a pre-master secret from the 46 bytes of `seed` and the client's version,
 * and encrypts it under an RSA key (RFC 5246 7.4.7.1): at most SIG_MAX bytes to `out`. */
bool premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                    const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster)
    __attribute__((warn_unused_result));

/* premaster_unwrap decrypts one. A wrong padding, length or version gives a random secret, in time
 * and manner that do not tell it from a right one; false only for want of memory or randomness. */
bool premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                      struct secret *premaster) __attribute__((warn_unused_result));

/* sign makes a signature of `msg`: at most SIG_MAX bytes to `out`, their number to `n`. PSS salts
 * have the length of the digest. An RSA signature is checked before it is given out, so that a
 * fault cannot leak the key. */
bool sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
          size_t *n) __attribute__((warn_unused_result));

#endif
