/* fake_pki.c: see fake_pki.h. Certificates are put together from the inside out; each piece is a
 * span in one arena. */
#include "fake_pki.h"

#include "crypto/env.h"
#include "wire/wr.h"

#include <stdio.h>

enum { POINT = 65, MODULUS = 256, PIECES_MAX = 1 << 14 };

enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_UTF8 = 0x0c,
    TAG_TIME = 0x17,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_VERSION = 0xa0,
    TAG_EXTENSIONS = 0xa3,
    TAG_DNS = 0x82,
};

#define BYTES(s) ((span){(const uint8_t *)(s), sizeof(s) - 1})

static uint8_t arena[PIECES_MAX];
static wr pieces;

/* piece joins spans, the last of them {0}, behind a tag and a length (tag 0: neither). */
static span piece(uint8_t tag, const span *parts)
{
    size_t n = 0, start = pieces.n;
    for (const span *s = parts; s->p; s++)
        n += s->n;
    if (tag) {
        wr_u8(&pieces, tag);
        if (n >= 0x100) {
            wr_u8(&pieces, 0x82);
            wr_u16(&pieces, (uint16_t)n);
        } else {
            if (n >= 0x80)
                wr_u8(&pieces, 0x81);
            wr_u8(&pieces, (uint8_t)n);
        }
    }
    for (const span *s = parts; s->p; s++)
        wr_span_bytes(&pieces, *s);
    return (span){arena + start, pieces.n - start};
}

#define PIECE(tag, ...) piece((tag), (const span[]){__VA_ARGS__, {0}})

static span name_of(const char *cn)
{
    span type = PIECE(TAG_OID, BYTES("\x55\x04\x03"));
    span pair = PIECE(TAG_SEQUENCE, type, PIECE(TAG_UTF8, span_str(cn)));
    return PIECE(TAG_SEQUENCE, PIECE(TAG_SET, pair));
}

static span extension(span oid, bool critical, span value)
{
    span yes = PIECE(TAG_BOOLEAN, BYTES("\xff"));
    span id = PIECE(TAG_OID, oid), octets = PIECE(TAG_OCTETS, value);
    return critical ? PIECE(TAG_SEQUENCE, id, yes, octets) : PIECE(TAG_SEQUENCE, id, octets);
}

static span extensions_of(const char *dns, bool rsa)
{
    static const uint8_t cert_sign[] = {1, 0x06}, digital_signature[] = {7, 0x80},
                         key_encipherment[] = {5, 0x20};
    bool ca = dns == NULL;
    span basic = ca ? PIECE(TAG_SEQUENCE, PIECE(TAG_BOOLEAN, BYTES("\xff")))
                    : PIECE(TAG_SEQUENCE, BYTES(""));
    span usage = PIECE(TAG_BITS, (span){ca    ? cert_sign
                                        : rsa ? key_encipherment
                                              : digital_signature,
                                        2});
    span list = PIECE(0, extension(BYTES("\x55\x1d\x13"), true, basic),
                      extension(BYTES("\x55\x1d\x0f"), true, usage));
    if (!ca) {
        span names = PIECE(TAG_SEQUENCE, PIECE(TAG_DNS, span_str(dns)));
        list = PIECE(0, list, extension(BYTES("\x55\x1d\x11"), false, names));
    }
    return PIECE(TAG_EXTENSIONS, PIECE(TAG_SEQUENCE, list));
}

/* struct owner is somebody with a key. The fake key is its point, or its modulus. */
struct owner {
    const char *name;
    bool rsa;
    uint8_t number[MODULUS];
    size_t number_n;
    struct sign_key *key;
    char pem[1024];
};

static void hex_of(char *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static bool owner_make(struct owner *o, tacit_env *env, const char *name, bool rsa)
{
    char hex[2 * MODULUS + 1];
    o->name = name;
    o->rsa = rsa;
    o->number_n = rsa ? (size_t)MODULUS : (size_t)POINT;
    memset(o->number, name[0] | (rsa ? 0x81 : 0), o->number_n);
    o->number[0] = rsa ? 0xff : 4;
    hex_of(hex, o->number, o->number_n);
    snprintf(o->pem, sizeof o->pem,
             "-----BEGIN FAKE PRIVATE KEY-----\n%s\n%s\n-----END FAKE PRIVATE KEY-----\n",
             rsa ? "rsa" : "p256", hex);
    return sign_key_pem(env->crypto, &o->key, span_str(o->pem), NULL, NULL) == KEY_LOADED;
}

static span key_info(const struct owner *o)
{
    span number = {o->number, o->number_n};
    if (o->rsa) {
        span algorithm =
            PIECE(TAG_SEQUENCE, PIECE(TAG_OID, BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")),
                  BYTES("\x05\0"));
        span key = PIECE(TAG_SEQUENCE, PIECE(TAG_INTEGER, BYTES("\0"), number),
                         PIECE(TAG_INTEGER, BYTES("\1\0\1")));
        return PIECE(TAG_SEQUENCE, algorithm, PIECE(TAG_BITS, BYTES("\0"), key));
    }
    span algorithm = PIECE(TAG_SEQUENCE, PIECE(TAG_OID, BYTES("\x2a\x86\x48\xce\x3d\x02\x01")),
                           PIECE(TAG_OID, BYTES("\x2a\x86\x48\xce\x3d\x03\x01\x07")));
    return PIECE(TAG_SEQUENCE, algorithm, PIECE(TAG_BITS, BYTES("\0"), number));
}

/* certify makes the DER of a certificate; without a DNS name, an authority's. */
static span certify(const struct owner *subject, const struct owner *issuer, const char *dns)
{
    uint8_t sig[SIG_MAX];
    size_t n = 0;
    span algorithm = PIECE(TAG_SEQUENCE, PIECE(TAG_OID, BYTES("\x2a\x86\x48\xce\x3d\x04\x03\x02")));
    span validity = PIECE(TAG_SEQUENCE, PIECE(TAG_TIME, BYTES("000101000000Z")),
                          PIECE(TAG_TIME, BYTES("491231235959Z")));
    span tbs = PIECE(TAG_SEQUENCE, PIECE(TAG_VERSION, PIECE(TAG_INTEGER, BYTES("\x02"))),
                     PIECE(TAG_INTEGER, (span){(const uint8_t *)subject->name, 1}), algorithm,
                     name_of(issuer->name), validity, name_of(subject->name), key_info(subject),
                     extensions_of(dns, subject->rsa));
    if (!sign(issuer->key, SIG_ECDSA, HASH_SHA256, tbs, sig, &n))
        return (span){0};
    return PIECE(TAG_SEQUENCE, tbs, algorithm, PIECE(TAG_BITS, BYTES("\0"), (span){sig, n}));
}

/* pem_of wraps DER in PEM. */
static span pem_of_der(span der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t start = pieces.n;
    wr_span_bytes(&pieces, span_str("-----BEGIN CERTIFICATE-----\n"));
    for (size_t i = 0; i < der.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < der.n ? der.p[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            wr_u8(&pieces, (uint8_t)(i + k > der.n ? '=' : digits[v >> (18 - 6 * k) & 63]));
        if (i % 48 == 45 && i + 3 < der.n)
            wr_u8(&pieces, '\n');
    }
    wr_span_bytes(&pieces, span_str("\n-----END CERTIFICATE-----\n"));
    return (span){arena + start, pieces.n - start};
}

static tacit_identity *identity(tacit_env *env, const struct owner *o, const struct owner *issuer,
                                const char *dns)
{
    span pem = pem_of_der(certify(o, issuer, dns));
    return tacit_identity_pem(env, pem, span_str(o->pem), NULL, NULL, NULL);
}

bool fake_pki_make(struct fake_pki *pki, tacit_env *env)
{
    struct owner root = {0}, server = {0}, transport = {0}, client = {0};
    *pki = (struct fake_pki){0};
    pieces = wr_of(arena, sizeof arena);
    bool ok = owner_make(&root, env, "root", false) && owner_make(&server, env, "server", false)
              && owner_make(&transport, env, "transport", true)
              && owner_make(&client, env, "client", false);
    if (ok) {
        pki->trust = tacit_trust_new(env, NULL);
        ok = pki->trust
             && tacit_trust_add_pem(pki->trust, pem_of_der(certify(&root, &root, NULL)), NULL)
             && (pki->server = identity(env, &server, &root, "a.test")) != NULL
             && (pki->transport = identity(env, &transport, &root, "a.test")) != NULL
             && (pki->client = identity(env, &client, &root, "client.test")) != NULL;
    }
    sign_key_free(root.key);
    sign_key_free(server.key);
    sign_key_free(transport.key);
    sign_key_free(client.key);
    return ok && wr_ok(&pieces);
}

void fake_pki_free(struct fake_pki *pki)
{
    tacit_identity_free(pki->server);
    tacit_identity_free(pki->transport);
    tacit_identity_free(pki->client);
    tacit_trust_free(pki->trust);
    *pki = (struct fake_pki){0};
}
