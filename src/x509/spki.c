/* spki.c: SubjectPublicKeyInfo (RFC 3279 2.3, 4055 1.2, 5480 2, 8410 4).
 *
 * Curves go by name: explicit parameters are never looked into (CVE-2020-0601), they make the key
 * KEY_NONE. Whether a key is strong enough is for check.c to say. */
#include "x509/parse.h"

static const span rsa_oid = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
static const span pss_oid = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
static const span ec_oid = OID("\x2a\x86\x48\xce\x3d\x02\x01");
static const span ed25519_oid = OID("\x2b\x65\x70");

static const struct {
    span oid;
    enum key_type type;
    size_t field;
} curves[] = {
    {OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), KEY_EC_P256, 32},
    {OID("\x2b\x81\x04\x00\x22"), KEY_EC_P384, 48},
    {OID("\x2b\x81\x04\x00\x23"), KEY_EC_P521, 66},
};

static bool read_rsa(rd params, span key, struct pubkey *out)
{
    rd in = rd_of(key), body;
    /* RFC 3279 2.3.1: the parameters are NULL. */
    if (!der_null(&params) || !rd_end(&params))
        return false;
    out->type = KEY_RSA;
    return der_enter(&in, DER_SEQUENCE, &body) && rd_end(&in) && der_unsigned(&body, &out->rsa_n)
           && der_unsigned(&body, &out->rsa_e) && rd_end(&body);
}

static bool read_pss(rd params, span key, struct pubkey *out)
{
    rd in = rd_of(key), body;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in) || !der_unsigned(&body, &out->rsa_n)
        || !der_unsigned(&body, &out->rsa_e) || !rd_end(&body))
        return false;
    /* Parameters that are there bind the key to them; ones that we do not use make it useless. */
    if (rd_end(&params) || pss_read(&params, &out->pss_hash, &out->pss_salt))
        out->type = KEY_RSA_PSS;
    return true;
}

static bool read_ec(rd params, span key, struct pubkey *out)
{
    enum { UNCOMPRESSED = 0x04 };
    span oid;
    if (!der_peek(&params, DER_OID))
        return true;
    if (!der_oid(&params, &oid) || !rd_end(&params))
        return false;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (!span_eq(oid, curves[i].oid))
            continue;
        if (key.n != 1 + 2 * curves[i].field || key.p[0] != UNCOMPRESSED)
            return false;
        out->type = curves[i].type;
        out->point = key;
    }
    return true;
}

static bool read_ed25519(rd params, span key, struct pubkey *out)
{
    out->type = KEY_ED25519;
    out->point = key;
    return rd_end(&params) && key.n == 32;
}

static const struct {
    const span *oid;
    bool (*read)(rd params, span key, struct pubkey *out);
} kinds[] = {
    {&ec_oid, read_ec},
    {&rsa_oid, read_rsa},
    {&pss_oid, read_pss},
    {&ed25519_oid, read_ed25519},
};

bool spki_bits(span spki, span *bits)
{
    rd in = rd_of(spki), body;
    span algorithm;
    return der_enter(&in, DER_SEQUENCE, &body) && der_whole(&body, DER_SEQUENCE, &algorithm)
           && der_bit_bytes(&body, bits);
}

bool spki_read(span spki, struct pubkey *out)
{
    rd in = rd_of(spki), body, algorithm;
    span oid, key;
    *out = (struct pubkey){0};
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in)
        || !der_enter(&body, DER_SEQUENCE, &algorithm) || !der_oid(&algorithm, &oid)
        || !der_bit_bytes(&body, &key) || !rd_end(&body))
        return false;
    rd params = algorithm;
    struct der parameter;
    if (!rd_end(&algorithm) && !(der_next(&algorithm, &parameter) && rd_end(&algorithm)))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (span_eq(oid, *kinds[i].oid))
            return kinds[i].read(params, key, out);
    return true;
}
