/* check.c: the rules of RFC 5280 6.1 on a candidate path, one certificate at a time from the leaf
 * up.
 *
 * An anchor is a certificate like the others: its dates, path length, key usage, purposes and name
 * constraints bind (the stricter reading of RFC 5937), only its own signature is not checked.
 * Invariant: every certificate of a path that is accepted has been through check_any, and every one
 * above the leaf through check_issuer and check_signature. */
#include "x509/check.h"

#include "x509/parse.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

static bool key_fits(const struct cert *cert, struct err *err, int32_t depth)
{
    const struct pubkey *key = &cert->key;
    if (key->type == KEY_NONE)
        return fail_depth(err, CERT_UNSUPPORTED_KEY, 0, depth);
    if (!key_is_rsa(key->type))
        return true;
    size_t bits = key_bits(key);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return fail_depth(err, CERT_WEAK_KEY, bits, depth);
    return true;
}

/* check_any asks what every certificate of a path must obey. */
static bool check_any(const struct verify *v, const struct cert *cert, bool anchored,
                      struct err *err, int32_t depth)
{
    /* RFC 5280 4.1.2.2: serial numbers are positive. Eight roots of Mozilla's have the number
     * zero. */
    if (!anchored && cert->serial.p[0] == 0)
        return fail_depth(err, CERT_SERIAL, 0, depth);
    if (cert->unknown_critical)
        return fail_depth(err, CERT_UNKNOWN_CRITICAL, 0, depth);
    /* RFC 5280 4.1.2.5: both ends are inside. */
    if (v->now < cert->not_before)
        return fail_depth(err, CERT_NOT_YET_VALID, 0, depth);
    if (v->now > cert->not_after)
        return fail_depth(err, CERT_EXPIRED, 0, depth);
    /* RFC 5280 4.1.2.4. What has an issuer with a name has that name's bearer above it. */
    if (name_is_empty(cert->issuer))
        return fail_depth(err, CERT_NO_NAME, 0, depth);
    return key_fits(cert, err, depth);
}

/* has_purpose: RFC 5280 4.2.1.12: anyExtendedKeyUsage is for any purpose, ours too. An issuer's
 * list bounds what is below it, as all browsers have it. */
static bool has_purpose(const struct verify *v, const struct cert *cert)
{
    uint16_t wanted = v->purpose == PURPOSE_SERVER ? EKU_SERVER : EKU_CLIENT;
    return !cert->has_eku || cert->eku & (wanted | EKU_ANY);
}

static bool has_usage(const struct cert *cert, uint16_t usage)
{
    return !cert->has_key_usage || cert->key_usage & usage;
}

/* check_claims: a leaf may be a CA (RFC 5280 4.2.1.9: "usually an end entity"), but its extensions
 * must agree on it: keyCertSign and name constraints are for CAs alone (4.2.1.3, 4.2.1.10), and a
 * CA that may not sign certificates is none. One that is trusted by itself, as self-signed ones
 * are, may contradict itself: its owner chose it. */
static bool check_claims(const struct cert *leaf, bool anchored, struct err *err)
{
    bool signs = leaf->key_usage & KU_KEY_CERT_SIGN;
    bool agree = leaf->is_ca ? signs || !leaf->has_key_usage : !signs && !leaf->name_constraints.p;
    return anchored || agree || fail_depth(err, CERT_CA_CLAIMS, 0, 0);
}

bool check_leaf(const struct verify *v, const struct cert *leaf, bool anchored, struct err *err)
{
    if (!check_any(v, leaf, anchored, err, 0) || !check_claims(leaf, anchored, err))
        return false;
    /* RFC 5280 4.2.1.6: with an empty subject, the alternative names are the subject. */
    if (name_is_empty(leaf->subject) && !(leaf->san.p && leaf->san_critical))
        return fail_depth(err, CERT_NO_NAME, 0, 0);
    if (!has_purpose(v, leaf))
        return fail_depth(err, CERT_WRONG_PURPOSE, 0, 0);
    /* RFC 9846 4.5.1.2: the key signs the handshake. */
    if (!has_usage(leaf, v->usage ? v->usage : KU_DIGITAL_SIGNATURE))
        return fail_depth(err, CERT_KEY_USAGE, 0, 0);
    return true;
}

/* issuers_between counts what a path length counts: neither the leaf nor the self-issued (RFC 5280
 * 4.2.1.9). */
static int32_t issuers_between(const struct path *path)
{
    int32_t n = 0;
    for (size_t i = 1; i + 1 < path->n; i++)
        n += !path->certs[i]->self_issued;
    return n;
}

bool check_issuer(const struct verify *v, const struct path *path, struct budget *budget,
                  struct err *err)
{
    const struct cert *ca = path->certs[path->n - 1];
    int32_t depth = (int32_t)path->n - 1;
    if (!check_any(v, ca, path->anchored, err, depth))
        return false;
    /* Before version 3 nothing says what is a CA: only the owner of the anchors can. */
    if (ca->version == 3 ? !ca->is_ca : !path->anchored)
        return fail_depth(err, CERT_NOT_CA, 0, depth);
    if (!has_usage(ca, KU_KEY_CERT_SIGN))
        return fail_depth(err, CERT_NO_KEY_CERT_SIGN, 0, depth);
    if (!has_purpose(v, ca))
        return fail_depth(err, CERT_WRONG_PURPOSE, 0, depth);
    if (ca->path_len >= 0 && issuers_between(path) > ca->path_len)
        return fail_depth(err, CERT_PATH_TOO_LONG, ca->path_len, depth);
    return constraints_apply(path, budget, err);
}

bool may_sign_crls(const struct cert *cert)
{
    return has_usage(cert, KU_CRL_SIGN);
}

bool check_crl_signer(const struct verify *v, const struct cert *cert)
{
    return cert->key_usage & KU_CRL_SIGN && check_any(v, cert, false, NULL, -1);
}

bool check_ocsp_signer(const struct verify *v, const struct cert *cert)
{
    enum { KU_NON_REPUDIATION = 1 << 1 }; /* RFC 5280 4.2.1.12 has either go with the purpose */
    return cert->eku & EKU_OCSP_SIGNING
           && has_usage(cert, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)
           && check_any(v, cert, false, NULL, -1);
}

void schemes_all(struct verify *v, uint16_t room[SCHEMES_ROOM])
{
    v->schemes = room;
    v->n_schemes = n_schemes < SCHEMES_ROOM ? n_schemes : SCHEMES_ROOM;
    for (size_t i = 0; i < v->n_schemes; i++)
        room[i] = schemes[i].id;
}

/* The curve of a scheme binds handshakes, not certificates' signers: P-384 keys that sign with
 * SHA-256 are in use. */
bool signature_accepted(const struct verify *v, enum sig_alg alg, enum hash_id hash)
{
    for (size_t i = 0; i < v->n_schemes; i++) {
        const struct scheme *s = scheme_by_id(v->schemes[i]);
        if (s && s->certificates && s->alg == alg && s->hash == hash)
            return true;
    }
    return false;
}

void signature_key(const struct cert *cert, const struct cert *issuer, uint8_t out[SIG_CACHE_KEY])
{
    const span parts[] = {cert->der, issuer->spki};
    struct hash_ctx hash;
    hash_init(&hash, HASH_SHA256);
    for (size_t i = 0; i < 2; i++) {
        uint8_t n[8];
        for (size_t b = 0; b < sizeof n; b++)
            n[b] = (uint8_t)((uint64_t)parts[i].n >> 8 * b);
        hash_update(&hash, (span){n, sizeof n});
        hash_update(&hash, parts[i]);
    }
    hash_final(&hash, out);
}

/* was_good: only what decides the arithmetic is in the key, so all rules are asked before. */
static bool was_good(const struct verify *v, const struct cert *cert, const struct cert *issuer)
{
    uint8_t key[SIG_CACHE_KEY];
    if (!v->cache)
        return false;
    signature_key(cert, issuer, key);
    return sig_cache_has(v->cache, key);
}

void remember_signatures(const struct verify *v, const struct path *path)
{
    uint8_t key[SIG_CACHE_KEY];
    for (size_t i = 0; v->cache && i + 1 < path->n; i++)
        if (path->fresh >> i & 1) {
            signature_key(path->certs[i], path->certs[i + 1], key);
            sig_cache_add(v->cache, key);
        }
}

/* RSA of more than 4096 bits, and curves above P-256, take libcrypto 0.3 to 0.6 ms; whatever else
 * is accepted, under 0.2 (OpenSSL 3.0.19, one core). */
static size_t signature_price(const struct pubkey *key)
{
    enum { RSA_CHEAP = 4096, EC_CHEAP = 256 };
    return key_bits(key) > (key_is_rsa(key->type) ? RSA_CHEAP : EC_CHEAP) ? 2 : 1;
}

bool budget_sign(struct budget *budget, const struct pubkey *key, struct err *err)
{
    size_t price = signature_price(key);
    if (budget->signatures < price)
        return fail(err, CERT_BUDGET_SIGNATURES, SIGNATURES_MAX);
    budget->signatures -= price;
    return true;
}

bool check_signature(const struct verify *v, struct path *path, struct err *err)
{
    const struct cert *cert = path->certs[path->n - 2], *issuer = path->certs[path->n - 1];
    int32_t depth = (int32_t)path->n - 2;
    uint16_t bit = (uint16_t)(1u << depth);
    if (cert->broken_hash)
        return fail_depth(err, CERT_BROKEN_HASH, 0, depth);
    if (cert->sig_alg == SIG_NONE || !signature_accepted(v, cert->sig_alg, cert->sig_hash))
        return fail_depth(err, CERT_UNSUPPORTED_SIGNATURE, 0, depth);
    path->fresh &= (uint16_t)~bit;
    if (was_good(v, cert, issuer))
        return true;
    enum sig_result verdict =
        sig_verify(v->crypto, cert->sig_alg, cert->sig_hash, &issuer->key, cert->tbs, cert->sig);
    if (verdict == SIG_FAILED)
        return fail_depth(err, CRYPTO_FAILED, 0, depth);
    if (verdict == SIG_BAD)
        return fail_depth(err, CERT_BAD_SIGNATURE, 0, depth);
    path->fresh |= bit;
    return true;
}
