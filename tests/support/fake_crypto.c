/* fake_crypto.c: the deterministic provider. It keeps every promise of crypto.h but secrecy: both
 * sides agree, a changed bit is found, and the same inputs give the same bytes in microseconds.
 *
 * hash    FNV-1a over the bytes, stretched to the length of the real digest.
 * aead    a key stream of key and nonce; a tag over key, nonce, associated data and ciphertext.
 * kem     Diffie-Hellman modulo 2^61 - 1. A share has the real one's length. Its last eight bytes
 *         hold the number; the others are ignored (zero in ours; a point begins with 4), so that
 *         captured shares lead on into the handshake. A number that is zero is KEM_BAD_SHARE.
 * sign    text: "fake ALG HASH " and a checksum keyed by the public key.
 * random  the hook, or a counter from zero with each crypto_new (which one thread may use).
 *
 * A private key is its public key, written as
 *
 *     -----BEGIN FAKE PRIVATE KEY-----
 *     TYPE [PASSWORD]                   rsa, rsa-pss, p256, p384, p521, ed25519
 *     hex, on any number of lines       the point, or the modulus (the exponent is 65537)
 *     -----END FAKE PRIVATE KEY-----  */
#include "crypto/crypto.h"
#include "wire/wr.h"

#include <stdio.h>

struct crypto {
    const struct hooks *hooks;
    uint64_t counter;
};

struct crypto *crypto_new(const struct hooks *hooks)
{
    struct crypto *crypto = mem_alloc(hooks, sizeof *crypto);
    if (crypto)
        crypto->hooks = hooks;
    return crypto;
}

void crypto_free(struct crypto *crypto)
{
    if (crypto)
        mem_free(crypto->hooks, crypto, sizeof *crypto);
}

const char *crypto_name(void)
{
    return "fake";
}

/* ---- mixing ---------------------------------------------------------------------------------- */

/* mix is the finalizer of splitmix64: a bijection in which every bit of x moves every bit of the
 * result. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* fold chains a whole span, eight bytes at a time, and its length. */
static uint64_t fold(uint64_t h, span s)
{
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, 8);
        h = mix(h ^ word);
    }
    for (; i < s.n; i++)
        h = mix(h ^ s.p[i]);
    return mix(h ^ s.n);
}

/* stretch writes n bytes that follow from h. */
static void stretch(uint64_t h, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = mix(h ^ (i + 1));
        memcpy(out + i, &word, n - i < 8 ? n - i : 8);
    }
}

bool crypto_random(struct crypto *crypto, uint8_t *out, size_t n)
{
    if (crypto->hooks->random)
        return crypto->hooks->random(crypto->hooks->user, out, n);
    stretch(mix(++crypto->counter), out, n);
    return true;
}

/* ---- hash ------------------------------------------------------------------------------------ */

size_t hash_len(enum hash_id id)
{
    static const size_t len[] = {0, 32, 48, 64};
    return len[id];
}

size_t hash_block(enum hash_id id)
{
    static const size_t block[] = {0, 64, 128, 128};
    return block[id];
}

void hash_init(struct hash_ctx *ctx, enum hash_id id)
{
    uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)id << 32;
    *ctx = (struct hash_ctx){.id = id};
    memcpy(ctx->state, &h, sizeof h);
}

void hash_update(struct hash_ctx *ctx, span data)
{
    uint64_t h;
    memcpy(&h, ctx->state, sizeof h);
    for (size_t i = 0; i < data.n; i++)
        h = (h ^ data.p[i]) * 0x100000001b3u;
    memcpy(ctx->state, &h, sizeof h);
}

void hash_final(const struct hash_ctx *ctx, uint8_t *out)
{
    uint64_t h;
    memcpy(&h, ctx->state, sizeof h);
    stretch(mix(h), out, hash_len(ctx->id));
}

void hash_once(enum hash_id id, span data, uint8_t *out)
{
    struct hash_ctx ctx;
    hash_init(&ctx, id);
    hash_update(&ctx, data);
    hash_final(&ctx, out);
}

void sha1_label(span data, uint8_t out[SHA1_LABEL])
{
    uint8_t digest[HASH_MAX];
    hash_once(HASH_SHA256, data, digest);
    memcpy(out, digest, SHA1_LABEL);
}

/* ---- aead ------------------------------------------------------------------------------------ */

struct aead {
    const struct hooks *hooks;
    uint64_t key;
    bool seal;
};

size_t aead_key_len(enum aead_id id)
{
    static const size_t len[] = {0, 16, 32, 32};
    return len[id];
}

struct aead *aead_new(struct crypto *crypto, enum aead_id id, span key, bool seal)
{
    if (id == AEAD_NONE || key.n != aead_key_len(id))
        return NULL;
    struct aead *aead = mem_alloc(crypto->hooks, sizeof *aead);
    if (aead)
        *aead = (struct aead){crypto->hooks, fold((uint64_t)id, key), seal};
    return aead;
}

void aead_free(struct aead *aead)
{
    if (aead)
        mem_free(aead->hooks, aead, sizeof *aead);
}

/* apply mixes n bytes into the key stream, from position `at` of it. */
static void apply(uint64_t stream, size_t at, uint8_t *out, span in)
{
    for (size_t i = 0; i < in.n; i++, at++)
        out[i] = in.p[i] ^ (uint8_t)(mix(stream ^ (at / 8)) >> at % 8 * 8);
}

static void make_tag(uint64_t stream, span ad, span sealed, uint8_t tag[AEAD_TAG])
{
    stretch(fold(fold(~stream, ad), sealed), tag, AEAD_TAG);
}

bool aead_seal(struct aead *aead, uint8_t *out, const uint8_t nonce[AEAD_NONCE], span ad, span in,
               span tail)
{
    if (!aead->seal)
        return false;
    uint64_t stream = fold(aead->key, (span){nonce, AEAD_NONCE});
    size_t n = in.n + tail.n;
    apply(stream, 0, out, in);
    apply(stream, in.n, out + in.n, tail);
    make_tag(stream, ad, (span){out, n}, out + n);
    return true;
}

bool aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE], span ad)
{
    uint64_t stream = fold(aead->key, (span){nonce, AEAD_NONCE});
    uint8_t tag[AEAD_TAG];
    bool ok = false;
    if (!aead->seal && n >= AEAD_TAG) {
        make_tag(stream, ad, (span){p, n - AEAD_TAG}, tag);
        ok = ct_eq(tag, p + n - AEAD_TAG, AEAD_TAG);
    }
    if (ok)
        apply(stream, 0, p, (span){p, n - AEAD_TAG});
    else
        wipe(p, n);
    return ok;
}

/* ---- cbc: a block is itself, the one before it and the key ----------------------------------- */

struct cbc {
    const struct hooks *hooks;
    uint8_t key[CBC_KEY];
    bool encrypt;
};

struct cbc *cbc_new(struct crypto *crypto, span key, bool encrypt)
{
    struct cbc *cbc = key.n == CBC_KEY ? mem_alloc(crypto->hooks, sizeof *cbc) : NULL;
    if (cbc) {
        *cbc = (struct cbc){.hooks = crypto->hooks, .encrypt = encrypt};
        memcpy(cbc->key, key.p, CBC_KEY);
    }
    return cbc;
}

void cbc_free(struct cbc *cbc)
{
    if (cbc)
        mem_free(cbc->hooks, cbc, sizeof *cbc);
}

bool cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK])
{
    uint8_t before[CBC_BLOCK];
    memcpy(before, iv, CBC_BLOCK);
    for (size_t i = 0; i < n; i++) {
        uint8_t in = p[i];
        p[i] = (uint8_t)(in ^ before[i % CBC_BLOCK] ^ cbc->key[i % CBC_BLOCK]);
        before[i % CBC_BLOCK] = cbc->encrypt ? p[i] : in;
    }
    return n > 0 && n % CBC_BLOCK == 0;
}

/* ---- RSA transport: the secret goes as it is, behind the modulus' checksum ------------------- */

enum { PREMASTER_LEN = 48 };

bool premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                    const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster)
{
    (void)crypto;
    premaster->n = PREMASTER_LEN;
    premaster->b[0] = (uint8_t)(version >> 8);
    premaster->b[1] = (uint8_t)version;
    memcpy(premaster->b + 2, seed, PREMASTER_LEN - 2);
    stretch(fold(1, key->rsa_n), out, 8);
    memcpy(out + 8, premaster->b, PREMASTER_LEN);
    *n = 8 + PREMASTER_LEN;
    return true;
}

bool premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                      struct secret *premaster)
{
    uint8_t mark[8];
    stretch(fold(1, sign_key_public(key)->rsa_n), mark, sizeof mark);
    stretch(fold(2, wrapped), premaster->b, PREMASTER_LEN);
    premaster->n = PREMASTER_LEN;
    if (wrapped.n == 8 + PREMASTER_LEN && memcmp(wrapped.p, mark, 8) == 0
        && wrapped.p[8] == version >> 8 && wrapped.p[9] == (uint8_t)version)
        memcpy(premaster->b, wrapped.p + 8, PREMASTER_LEN);
    return true;
}

/* ---- kem ------------------------------------------------------------------------------------- */

#define PRIME (((uint64_t)1 << 61) - 1)

static const struct {
    size_t share, seed, secret;
} kems[] = {
    [KEM_NONE] = {0, 0, 0},
    [KEM_X25519] = {32, 32, 32},
    [KEM_P256] = {65, 64, 32},
    [KEM_P384] = {97, 48, 48},
};

struct kem_key {
    const struct hooks *hooks;
    enum kem_id id;
    uint64_t exponent;
};

size_t kem_share_len(enum kem_id id)
{
    return kems[id].share;
}

size_t kem_cipher_len(enum kem_id id)
{
    return kems[id].share;
}

size_t kem_seed_len(enum kem_id id)
{
    return kems[id].seed;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b % PRIME);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;
    for (; exponent; exponent >>= 1, base = times(base, base))
        if (exponent & 1)
            result = times(result, base);
    return result;
}

static uint64_t exponent_of(enum kem_id id, const uint8_t *seed)
{
    return fold(0, (span){seed, kem_seed_len(id)}) % (PRIME - 1);
}

static void write_share(enum kem_id id, uint64_t number, uint8_t *share)
{
    size_t n = kem_share_len(id);
    memset(share, 0, n);
    share[0] = id == KEM_X25519 ? 0 : 4;
    for (size_t i = n; i-- > n - 8; number >>= 8)
        share[i] = (uint8_t)number;
}

struct kem_key *kem_generate(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                             uint8_t *share)
{
    if (id == KEM_NONE)
        return NULL;
    struct kem_key *key = mem_alloc(crypto->hooks, sizeof *key);
    if (!key)
        return NULL;
    *key = (struct kem_key){crypto->hooks, id, exponent_of(id, seed)};
    write_share(id, power(3, key->exponent), share);
    return key;
}

void kem_free(struct kem_key *key)
{
    if (key)
        mem_free(key->hooks, key, sizeof *key);
}

static enum kem_result complete(enum kem_id id, uint64_t exponent, span share, struct secret *out)
{
    secret_wipe(out);
    if (share.n != kem_share_len(id) || (id != KEM_X25519 && share.p[0] != 4))
        return KEM_BAD_SHARE;
    uint64_t number = 0;
    for (size_t i = share.n - 8; i < share.n; i++)
        number = number << 8 | share.p[i];
    number %= PRIME;
    if (!number)
        return KEM_BAD_SHARE;
    out->n = (uint8_t)kems[id].secret;
    stretch(power(number, exponent) ^ (uint64_t)id << 61, out->b, out->n);
    return KEM_OK;
}

enum kem_result kem_decap(struct kem_key *key, struct secret *out, span cipher)
{
    return complete(key->id, key->exponent, cipher, out);
}

enum kem_result kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed, span share,
                          uint8_t *cipher, struct secret *out)
{
    (void)crypto;
    uint64_t exponent = exponent_of(id, seed);
    write_share(id, power(3, exponent), cipher);
    return complete(id, exponent, share, out);
}

/* ---- signatures ------------------------------------------------------------------------------ */

enum { FAKE_SIG = 5 + 2 + 2 + 32 };

struct sign_key {
    const struct hooks *hooks;
    struct pubkey pub;
    size_t n;
    uint8_t bytes[];
};

size_t key_bits(const struct pubkey *key)
{
    static const size_t bits[] = {
        [KEY_EC_P256] = 256, [KEY_EC_P384] = 384, [KEY_EC_P521] = 521, [KEY_ED25519] = 256};
    if (key->type != KEY_RSA && key->type != KEY_RSA_PSS)
        return bits[key->type];
    size_t n = key->rsa_n.n ? (key->rsa_n.n - 1) * 8 : 0;
    for (unsigned top = key->rsa_n.n ? key->rsa_n.p[0] : 0; top; top >>= 1)
        n++;
    return n;
}

static bool fits(enum sig_alg alg, enum hash_id hash, const struct pubkey *key)
{
    switch (alg) {
    case SIG_ECDSA:
        return hash && key->type >= KEY_EC_P256 && key->type <= KEY_EC_P521;
    case SIG_RSA_PKCS1:
        return hash && key->type == KEY_RSA;
    case SIG_RSA_PSS:
        return hash
               && (key->type == KEY_RSA
                   || (key->type == KEY_RSA_PSS && key->pss_salt <= hash_len(hash)
                       && (!key->pss_hash || key->pss_hash == hash)));
    case SIG_ED25519:
        return !hash && key->type == KEY_ED25519;
    case SIG_NONE:
        break;
    }
    return false;
}

static void write_sig(enum sig_alg alg, enum hash_id hash, const struct pubkey *key, span msg,
                      uint8_t *out)
{
    char text[FAKE_SIG + 1];
    bool rsa = key->type == KEY_RSA || key->type == KEY_RSA_PSS;
    uint64_t h = fold((uint64_t)alg << 8 | (uint64_t)hash, rsa ? key->rsa_n : key->point);
    h = fold(h, msg);
    snprintf(text, sizeof text, "fake %d %d %016llx%016llx", (int)alg, (int)hash,
             (unsigned long long)h, (unsigned long long)mix(h));
    memcpy(out, text, FAKE_SIG);
}

enum sig_result sig_verify(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                           const struct pubkey *key, span msg, span sig)
{
    return sig_verify_digested(crypto, alg, hash, key, msg, NULL, sig);
}

enum sig_result sig_verify_digested(struct crypto *crypto, enum sig_alg alg, enum hash_id hash,
                                    const struct pubkey *key, span msg, const uint8_t *digest,
                                    span sig)
{
    (void)crypto;
    (void)digest;
    uint8_t right[FAKE_SIG];
    if (!fits(alg, hash, key) || sig.n != FAKE_SIG)
        return SIG_BAD;
    write_sig(alg, hash, key, msg, right);
    return memcmp(sig.p, right, FAKE_SIG) == 0 ? SIG_GOOD : SIG_BAD;
}

bool sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
          size_t *n)
{
    if (!fits(alg, hash, &key->pub))
        return false;
    write_sig(alg, hash, &key->pub, msg, out);
    *n = FAKE_SIG;
    return true;
}

const struct pubkey *sign_key_public(const struct sign_key *key)
{
    return &key->pub;
}

void sign_key_free(struct sign_key *key)
{
    if (key)
        mem_free(key->hooks, key, sizeof *key + key->n);
}

/* ---- private keys ---------------------------------------------------------------------------- */

static const char BEGIN[] = "-----BEGIN FAKE PRIVATE KEY-----\n";
static const char END[] = "-----END FAKE PRIVATE KEY-----";

static span cut(span s, size_t n)
{
    return (span){s.p + n, s.n - n};
}

/* find returns the offset of `what` in s, or s.n. */
static size_t find(span s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, what, n) == 0)
            return i;
    return s.n;
}

static enum key_type type_by_name(span name)
{
    static const char *const names[] = {"", "rsa", "rsa-pss", "p256", "p384", "p521", "ed25519"};
    for (size_t i = KEY_RSA; i < sizeof names / sizeof names[0]; i++)
        if (span_eq(name, span_str(names[i])))
            return (enum key_type)i;
    return KEY_NONE;
}

static enum key_load ask(span expected, key_password password, void *user)
{
    char given[64];
    size_t n = password ? password(user, given, sizeof given) : 0;
    if (!n || n > sizeof given)
        return KEY_NEEDS_PASSWORD;
    return span_eq(expected, (span){(uint8_t *)given, n}) ? KEY_LOADED : KEY_WRONG_PASSWORD;
}

/* read_hex writes the bytes of a text of hex digits and newlines. */
static bool read_hex(span text, wr *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned half = 1; /* a marker bit above what has been read of a byte */
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            continue;
        const char *at = text.p[i] ? strchr(digits, text.p[i]) : NULL;
        if (!at)
            return false;
        half = half << 4 | (unsigned)(at - digits);
        if (half < 0x100)
            continue;
        wr_u8(out, (uint8_t)half);
        half = 1;
    }
    return half == 1 && out->n && wr_ok(out);
}

static struct sign_key *make_key(struct crypto *crypto, enum key_type type, span bytes)
{
    static const uint8_t exponent[] = {1, 0, 1};
    struct sign_key *key = mem_alloc(crypto->hooks, sizeof *key + bytes.n);
    if (!key)
        return NULL;
    key->hooks = crypto->hooks;
    key->n = bytes.n;
    memcpy(key->bytes, bytes.p, bytes.n);
    span own = {key->bytes, key->n};
    if (type == KEY_RSA || type == KEY_RSA_PSS)
        key->pub = (struct pubkey){.type = type, .rsa_n = own, .rsa_e = {exponent, 3}};
    else
        key->pub = (struct pubkey){.type = type, .point = own};
    return key;
}

enum key_load sign_key_pem(struct crypto *crypto, struct sign_key **out, span pem,
                           key_password password, void *user)
{
    uint8_t bytes[1024];
    wr w = wr_of(bytes, sizeof bytes);
    *out = NULL;
    size_t begin = find(pem, BEGIN);
    if (begin == pem.n)
        return KEY_NOT_FOUND;
    span text = cut(pem, begin + strlen(BEGIN));
    size_t end = find(text, END);
    if (end == text.n)
        return KEY_MALFORMED;
    text.n = end;
    span head = {text.p, find(text, "\n")};
    size_t name = find(head, " ");
    enum key_type type = type_by_name((span){head.p, name});
    if (type == KEY_NONE)
        return KEY_UNSUPPORTED;
    if (name < head.n) {
        enum key_load result = ask(cut(head, name + 1), password, user);
        if (result != KEY_LOADED)
            return result;
    }
    if (!read_hex(cut(text, head.n), &w))
        return KEY_MALFORMED;
    *out = make_key(crypto, type, wr_span(&w));
    return *out ? KEY_LOADED : KEY_NO_MEMORY;
}
