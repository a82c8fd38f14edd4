/* ocsp.c: an OCSP response from DER into a struct of spans (RFC 6960 4.2).
 *
 * Everything but the embedded certificates is read at once, each SingleResponse too, so that asking
 * needs no second look at structure. Invariant: what is critical and not processed refuses the
 * response, whatever it says (RFC 6960 4.4). */
#include "x509/ocsp.h"

#include "x509/parse.h"

enum {
    DER_ENUMERATED = 0x0a,
    EXTENSIONS_MAX = 16,
    SINGLES_MAX = 64, /* ours: a staple needs one */
    CERTS_MAX = 8,    /* ours: a responder needs one */
    /* ours: without nextUpdate "newer information is available all the time" (4.2.2.1): then a
     * response is held to be current for a day. */
    NO_NEXT_UPDATE = 24 * 3600,
};

/* ---- pieces ---------------------------------------------------------------------------------- */

static bool generalized_time(rd *in, int64_t *out)
{
    return der_peek(in, DER_GENERALIZED_TIME) && time_read(in, out);
}

/* extensions reads the Extensions that may stand at the end, tagged 1. Only the nonce (4.4.1) may
 * be critical. */
static bool extensions(rd *in, struct err *err)
{
    static const span nonce = OID("\x2b\x06\x01\x05\x05\x07\x30\x01\x02");
    span seen[EXTENSIONS_MAX];
    struct extension ext;
    rd tagged, list;
    if (!der_peek(in, DER_CONTEXT_BODY + 1))
        return true;
    if (!der_enter(in, DER_CONTEXT_BODY + 1, &tagged) || !der_enter(&tagged, DER_SEQUENCE, &list)
        || !rd_end(&tagged) || rd_end(&list))
        return fail(err, OCSP_MALFORMED, 0);
    for (size_t n = 0; !rd_end(&list); n++) {
        if (n == EXTENSIONS_MAX || !extension_next(&list, &ext))
            return fail(err, OCSP_MALFORMED, 0);
        for (size_t i = 0; i < n; i++)
            if (span_eq(seen[i], ext.oid))
                return fail(err, OCSP_MALFORMED, 0);
        seen[n] = ext.oid;
        if (ext.critical && !span_eq(ext.oid, nonce))
            return fail(err, OCSP_UNKNOWN_CRITICAL, 0);
    }
    return true;
}

/* hash_read reads the AlgorithmIdentifier of a CertID; its parameters are NULL or absent. */
static bool hash_read(rd *in, struct cert_id *out)
{
    static const span sha1 = OID("\x2b\x0e\x03\x02\x1a");
    static const struct {
        span oid;
        enum hash_id hash;
    } rows[] = {
        {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), HASH_SHA256},
        {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), HASH_SHA384},
        {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), HASH_SHA512},
    };
    rd body;
    span oid;
    if (!der_enter(in, DER_SEQUENCE, &body) || !der_oid(&body, &oid)
        || !(rd_end(&body) || (der_null(&body) && rd_end(&body))))
        return false;
    out->sha1 = span_eq(oid, sha1);
    out->hash = HASH_NONE;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_eq(oid, rows[i].oid))
            out->hash = rows[i].hash;
    return true;
}

static bool cert_id_read(rd *in, struct cert_id *out)
{
    rd body;
    return der_enter(in, DER_SEQUENCE, &body) && hash_read(&body, out)
           && der_get(&body, DER_OCTET_STRING, &out->name_hash)
           && der_get(&body, DER_OCTET_STRING, &out->key_hash) && der_unsigned(&body, &out->serial)
           && rd_end(&body);
}

/* revoked_read reads a RevokedInfo: when and why change nothing for us, but they are there. */
static bool revoked_read(rd body)
{
    enum { UNUSED = 7, REASON_MAX = 10 };
    int64_t date;
    rd tagged;
    span code;
    if (!generalized_time(&body, &date))
        return false;
    if (rd_end(&body))
        return true;
    return der_enter(&body, DER_CONTEXT_BODY + 0, &tagged) && rd_end(&body)
           && der_get(&tagged, DER_ENUMERATED, &code) && rd_end(&tagged) && code.n == 1
           && code.p[0] != UNUSED && code.p[0] <= REASON_MAX;
}

static bool status_read(rd *in, enum ocsp_status *out)
{
    struct der e;
    if (!der_next(in, &e))
        return false;
    switch (e.tag) {
    case DER_CONTEXT + 0:
        *out = OCSP_GOOD;
        return e.body.n == 0;
    case DER_CONTEXT_BODY + 1:
        *out = OCSP_REVOKED;
        return revoked_read(rd_of(e.body));
    case DER_CONTEXT + 2:
        *out = OCSP_UNKNOWN;
        return e.body.n == 0;
    default:
        return false;
    }
}

static bool next_update_read(rd *in, struct ocsp_single *out)
{
    rd tagged;
    out->next_update = out->this_update + NO_NEXT_UPDATE;
    if (!der_peek(in, DER_CONTEXT_BODY + 0))
        return true;
    return der_enter(in, DER_CONTEXT_BODY + 0, &tagged)
           && generalized_time(&tagged, &out->next_update) && rd_end(&tagged)
           && out->next_update >= out->this_update;
}

bool ocsp_single_next(rd *singles, struct ocsp_single *out, struct err *err)
{
    rd body;
    if (!der_enter(singles, DER_SEQUENCE, &body) || !cert_id_read(&body, &out->id)
        || !status_read(&body, &out->status) || !generalized_time(&body, &out->this_update)
        || !next_update_read(&body, out))
        return fail(err, OCSP_MALFORMED, 0);
    return extensions(&body, err) && (rd_end(&body) || fail(err, OCSP_MALFORMED, 0));
}

/* ---- the response ---------------------------------------------------------------------------- */

static bool responder_read(struct ocsp *out, rd *in)
{
    rd tagged;
    if (der_peek(in, DER_CONTEXT_BODY + 1))
        return der_enter(in, DER_CONTEXT_BODY + 1, &tagged)
               && der_whole(&tagged, DER_SEQUENCE, &out->by_name) && rd_end(&tagged)
               && name_check(out->by_name);
    return der_enter(in, DER_CONTEXT_BODY + 2, &tagged)
           && der_get(&tagged, DER_OCTET_STRING, &out->by_key) && rd_end(&tagged)
           && out->by_key.n == SHA1_LABEL;
}

/* data_read reads ResponseData. Its version is the default, which DER leaves out. */
static bool data_read(struct ocsp *out, struct err *err)
{
    rd in = rd_of(out->tbs), data;
    struct ocsp_single single;
    if (!der_enter(&in, DER_SEQUENCE, &data) || !responder_read(out, &data)
        || !generalized_time(&data, &out->produced_at)
        || !der_get(&data, DER_SEQUENCE, &out->singles))
        return fail(err, OCSP_MALFORMED, 0);
    for (rd singles = rd_of(out->singles); !rd_end(&singles); out->n_singles++) {
        if (out->n_singles == SINGLES_MAX)
            return fail(err, OCSP_MALFORMED, out->n_singles);
        if (!ocsp_single_next(&singles, &single, err))
            return false;
    }
    return extensions(&data, err) && (rd_end(&data) || fail(err, OCSP_MALFORMED, 0));
}

static bool certs_read(struct ocsp *out, rd *in)
{
    rd tagged;
    span one;
    if (rd_end(in))
        return true;
    if (!der_enter(in, DER_CONTEXT_BODY + 0, &tagged)
        || !der_get(&tagged, DER_SEQUENCE, &out->certs) || !rd_end(&tagged))
        return false;
    size_t n = 0;
    for (rd certs = rd_of(out->certs); !rd_end(&certs); n++)
        if (n == CERTS_MAX || !der_whole(&certs, DER_SEQUENCE, &one))
            return false;
    return true;
}

static bool basic_read(struct ocsp *out, span der, struct err *err)
{
    rd in = rd_of(der), body;
    span algorithm;
    struct sig_choice choice;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in)
        || !der_whole(&body, DER_SEQUENCE, &out->tbs) || !der_whole(&body, DER_SEQUENCE, &algorithm)
        || !der_bit_bytes(&body, &out->sig) || !certs_read(out, &body) || !rd_end(&body)
        || !sigalg_read(algorithm, &choice))
        return fail(err, OCSP_MALFORMED, 0);
    out->sig_alg = choice.alg;
    out->sig_hash = choice.hash;
    out->broken_hash = choice.broken_hash;
    return data_read(out, err);
}

bool ocsp_parse(struct ocsp *out, span der, struct err *err)
{
    enum { UNUSED = 4, STATUS_MAX = 6 };
    static const span basic = OID("\x2b\x06\x01\x05\x05\x07\x30\x01\x01");
    rd in = rd_of(der), body, tagged, bytes;
    span status, type, response;
    *out = (struct ocsp){0};
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in)
        || !der_get(&body, DER_ENUMERATED, &status) || status.n != 1 || status.p[0] == UNUSED
        || status.p[0] > STATUS_MAX)
        return fail(err, OCSP_MALFORMED, 0);
    out->status = status.p[0];
    if (out->status != OCSP_SUCCESSFUL) /* RFC 6960 4.2.1: then there is nothing else */
        return rd_end(&body) || fail(err, OCSP_MALFORMED, 0);
    if (!der_enter(&body, DER_CONTEXT_BODY + 0, &tagged) || !rd_end(&body)
        || !der_enter(&tagged, DER_SEQUENCE, &bytes) || !rd_end(&tagged) || !der_oid(&bytes, &type)
        || !span_eq(type, basic) || !der_get(&bytes, DER_OCTET_STRING, &response)
        || !rd_end(&bytes))
        return fail(err, OCSP_MALFORMED, 0);
    return basic_read(out, response, err);
}

bool ocsp_parse_ours(struct ocsp *out, span der, struct err *err)
{
    struct err found = {0};
    return ocsp_parse(out, der, &found) || fail(err, OCSP_UNREADABLE, found.reason);
}

/* ---- names by their digests ------------------------------------------------------------------ */

static bool is_digest(const struct cert_id *id, span digest, span data)
{
    uint8_t found[HASH_MAX];
    if (id->sha1)
        sha1_label(data, found);
    else
        hash_once(id->hash, data, found);
    return span_eq(digest, (span){found, id->sha1 ? (size_t)SHA1_LABEL : hash_len(id->hash)});
}

bool cert_id_names(const struct cert_id *id, span name)
{
    return (id->sha1 || id->hash != HASH_NONE) && is_digest(id, id->name_hash, name);
}

static bool has_key(const struct cert_id *id, span spki)
{
    span key;
    return spki_bits(spki, &key) && is_digest(id, id->key_hash, key);
}

bool cert_id_issued_by(const struct cert_id *id, const struct cert *issuer)
{
    return cert_id_names(id, issuer->subject) && has_key(id, issuer->spki);
}

bool cert_id_is(const struct cert_id *id, const struct cert *cert, span issuer_spki)
{
    return span_eq(id->serial, cert->serial) && cert_id_names(id, cert->issuer)
           && (!issuer_spki.n || has_key(id, issuer_spki));
}

void ocsp_window_narrow(struct ocsp_window *window, const struct ocsp_single *single)
{
    if (window->from < single->this_update)
        window->from = single->this_update;
    if (window->until > single->next_update)
        window->until = single->next_update;
}

bool ocsp_by(const struct ocsp *ocsp, const struct cert *cert)
{
    uint8_t found[SHA1_LABEL];
    span key;
    if (ocsp->by_name.p)
        return name_eq(ocsp->by_name, cert->subject);
    if (!spki_bits(cert->spki, &key))
        return false;
    sha1_label(key, found);
    return span_eq(ocsp->by_key, (span){found, sizeof found});
}
