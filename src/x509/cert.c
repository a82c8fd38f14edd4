/* cert.c: a certificate from DER into a struct of spans (RFC 5280 4.1).
 *
 * This file decides what is a certificate; whether to believe it is for path.c and check.c. Nothing
 * is allocated, and nothing but the spans of the caller's bytes is kept. Invariant: cert_parse
 * either reads every byte of its input by the grammar, or fails; a struct cert that it filled needs
 * no second look at its structure. */
#include "x509/parse.h"

enum { V1 = 1, V2, V3 };

/* RFC 5280 4.1.2.2: at most 20 bytes. Zero is read, for the sake of old roots: check.c refuses it
 * in what is no anchor. */
static bool read_serial(rd *tbs, span *out)
{
    enum { SERIAL_MAX = 20 };
    return der_unsigned(tbs, out) && out->n <= SERIAL_MAX;
}

static bool read_version(rd *tbs, uint8_t *out)
{
    rd body;
    uint32_t number;
    *out = V1;
    if (!der_peek(tbs, DER_CONTEXT_BODY + 0))
        return true;
    /* v1 is the default, which DER leaves out. */
    if (!der_enter(tbs, DER_CONTEXT_BODY + 0, &body) || !der_small(&body, &number) || !rd_end(&body)
        || number < V2 - 1 || number > V3 - 1)
        return false;
    *out = (uint8_t)(number + 1);
    return true;
}

static bool read_validity(rd *tbs, struct cert *out)
{
    rd body;
    return der_enter(tbs, DER_SEQUENCE, &body) && time_read(&body, &out->not_before)
           && time_read(&body, &out->not_after) && rd_end(&body);
}

/* read_unique_id skips an identifier that RFC 5280 4.1.2.8 asks nobody to use. */
static bool read_unique_id(rd *tbs, unsigned number, uint8_t version)
{
    span id;
    if (!der_optional(tbs, (uint8_t)(DER_CONTEXT + number), &id))
        return false;
    return !id.p || (version >= V2 && id.n >= 1 && id.p[0] <= 7);
}

static bool read_extensions(struct cert *out, rd *tbs, struct err *err)
{
    rd tagged, list;
    if (!der_peek(tbs, DER_CONTEXT_BODY + 3))
        return true;
    if (out->version != V3)
        return fail(err, CERT_VERSION, out->version);
    if (!der_enter(tbs, DER_CONTEXT_BODY + 3, &tagged) || !der_enter(&tagged, DER_SEQUENCE, &list)
        || !rd_end(&tagged))
        return fail(err, CERT_EXTENSION_MALFORMED, 0);
    return ext_read_all(out, list, err);
}

/* read_tbs reads what is signed; `algorithm` is what the signature outside says of itself. */
static bool read_tbs(struct cert *out, span algorithm, struct err *err)
{
    rd in = rd_of(out->tbs), tbs;
    span inner;
    if (!der_enter(&in, DER_SEQUENCE, &tbs))
        return fail(err, CERT_MALFORMED, 0);
    if (!read_version(&tbs, &out->version))
        return fail(err, CERT_VERSION, 0);
    if (!read_serial(&tbs, &out->serial))
        return fail(err, CERT_SERIAL, 0);
    if (!der_whole(&tbs, DER_SEQUENCE, &inner))
        return fail(err, CERT_MALFORMED, 0);
    /* RFC 5280 4.1.1.2: or the signature could be read as one of another kind. */
    if (!span_eq(inner, algorithm))
        return fail(err, CERT_ALGORITHMS_DIFFER, 0);
    if (!der_whole(&tbs, DER_SEQUENCE, &out->issuer) || !name_check(out->issuer))
        return fail(err, CERT_NAME_MALFORMED, 0);
    if (!read_validity(&tbs, out))
        return fail(err, CERT_TIME_MALFORMED, 0);
    if (!der_whole(&tbs, DER_SEQUENCE, &out->subject) || !name_check(out->subject))
        return fail(err, CERT_NAME_MALFORMED, 0);
    if (!der_whole(&tbs, DER_SEQUENCE, &out->spki) || !spki_read(out->spki, &out->key))
        return fail(err, CERT_KEY_MALFORMED, 0);
    if (!read_unique_id(&tbs, 1, out->version) || !read_unique_id(&tbs, 2, out->version))
        return fail(err, CERT_MALFORMED, 0);
    return read_extensions(out, &tbs, err) && (rd_end(&tbs) || fail(err, CERT_MALFORMED, 0));
}

bool cert_parse(struct cert *out, span der, struct err *err)
{
    rd in = rd_of(der), body;
    span algorithm;
    struct sig_choice choice;
    *out = (struct cert){
        .der = der,
        .path_len = -1,
        .need_policy = POLICY_NEVER,
        .inhibit_mapping = POLICY_NEVER,
        .inhibit_any = POLICY_NEVER,
    };
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in)
        || !der_whole(&body, DER_SEQUENCE, &out->tbs) || !der_whole(&body, DER_SEQUENCE, &algorithm)
        || !der_bit_bytes(&body, &out->sig) || !rd_end(&body) || !sigalg_read(algorithm, &choice))
        return fail(err, CERT_MALFORMED, 0);
    out->sig_alg = choice.alg;
    out->sig_hash = choice.hash;
    out->broken_hash = choice.broken_hash;
    if (!read_tbs(out, algorithm, err))
        return false;
    out->self_issued = name_eq(out->issuer, out->subject);
    return true;
}
