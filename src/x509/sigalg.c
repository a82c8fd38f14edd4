/* sigalg.c: which signature an AlgorithmIdentifier means (RFC 4055, 5758, 8410).
 *
 * An identifier that is unknown, or known with parameters that are not the usual ones, is SIG_NONE:
 * the certificate can be read, and is refused when its signature would matter. Invariant: no row
 * means MD5 or SHA-1; those are told apart only so that a refusal can name them. */
#include "x509/parse.h"

enum params { PARAMS_ABSENT, PARAMS_NULL, PARAMS_PSS };

/* clang-format off */
static const struct sigalg_row {
    span oid;
    enum sig_alg alg;
    enum hash_id hash;
    enum params params;
} rows[] = {
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x02"),     SIG_ECDSA,     HASH_SHA256, PARAMS_ABSENT},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x03"),     SIG_ECDSA,     HASH_SHA384, PARAMS_ABSENT},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x04"),     SIG_ECDSA,     HASH_SHA512, PARAMS_ABSENT},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), SIG_RSA_PKCS1, HASH_SHA256, PARAMS_NULL},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), SIG_RSA_PKCS1, HASH_SHA384, PARAMS_NULL},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), SIG_RSA_PKCS1, HASH_SHA512, PARAMS_NULL},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), SIG_RSA_PSS,   HASH_NONE,   PARAMS_PSS},
    {OID("\x2b\x65\x70"),                         SIG_ED25519,   HASH_NONE,   PARAMS_ABSENT},
};

static const span broken[] = {
    OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"), /* RSA with MD5                 */
    OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), /* RSA with SHA-1               */
    OID("\x2b\x0e\x03\x02\x1d"),                 /* the same, by its older name  */
    OID("\x2a\x86\x48\xce\x3d\x04\x01"),         /* ECDSA with SHA-1             */
    OID("\x2a\x86\x48\xce\x38\x04\x03"),         /* DSA with SHA-1               */
};

static const struct {
    span oid;
    enum hash_id id;
} hashes[] = {
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), HASH_SHA256},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), HASH_SHA384},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), HASH_SHA512},
};
/* clang-format on */

static const span mgf1 = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08");

/* null_or_absent: both mean the same for a hash (RFC 4055 2.1). */
static bool null_or_absent(rd *in)
{
    return rd_end(in) || (der_null(in) && rd_end(in));
}

static bool hash_read(rd *in, enum hash_id *out)
{
    rd body;
    span oid;
    if (!der_enter(in, DER_SEQUENCE, &body) || !der_oid(&body, &oid) || !null_or_absent(&body))
        return false;
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        if (span_eq(oid, hashes[i].oid)) {
            *out = hashes[i].id;
            return true;
        }
    return false;
}

bool pss_read(rd *params, enum hash_id *hash, uint32_t *salt)
{
    rd body, field, mask;
    span oid;
    enum hash_id mask_hash;
    /* Left out, the hash would be SHA-1, the salt 20: neither is used here. The trailer has one
     * value, its default, which DER leaves out. */
    if (!der_enter(params, DER_SEQUENCE, &body) || !rd_end(params))
        return false;
    if (!der_enter(&body, DER_CONTEXT_BODY + 0, &field) || !hash_read(&field, hash)
        || !rd_end(&field))
        return false;
    if (!der_enter(&body, DER_CONTEXT_BODY + 1, &field) || !der_enter(&field, DER_SEQUENCE, &mask)
        || !rd_end(&field))
        return false;
    if (!der_oid(&mask, &oid) || !span_eq(oid, mgf1) || !hash_read(&mask, &mask_hash)
        || !rd_end(&mask) || mask_hash != *hash)
        return false;
    return der_enter(&body, DER_CONTEXT_BODY + 2, &field) && der_small(&field, salt)
           && rd_end(&field) && rd_end(&body);
}

static bool params_fit(const struct sigalg_row *row, rd params, struct sig_choice *out)
{
    uint32_t salt;
    switch (row->params) {
    case PARAMS_ABSENT:
        return rd_end(&params);
    case PARAMS_NULL:
        /* RFC 4055 5: NULL, and its absence must be accepted. */
        return null_or_absent(&params);
    case PARAMS_PSS:
        /* RFC 9846 4.3.3: the salt has the length of the digest. */
        return pss_read(&params, &out->hash, &salt) && salt == hash_len(out->hash);
    }
    return false;
}

bool sigalg_read(span algorithm, struct sig_choice *out)
{
    rd in = rd_of(algorithm), body;
    span oid;
    *out = (struct sig_choice){0};
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in) || !der_oid(&body, &oid))
        return false;
    rd params = body;
    struct der parameter;
    if (!rd_end(&body) && !(der_next(&body, &parameter) && rd_end(&body)))
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sig_choice choice = {.alg = rows[i].alg, .hash = rows[i].hash};
        if (span_eq(oid, rows[i].oid) && params_fit(&rows[i], params, &choice))
            *out = choice;
    }
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        out->broken_hash |= span_eq(oid, broken[i]);
    return true;
}
