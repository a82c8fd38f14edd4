/* crl.c: a revocation list from DER into a struct of spans (RFC 5280 5).
 *
 * Everything is read when the list is loaded, each entry too, so that looking a number up needs no
 * second look at structure. Invariant: what is critical and not processed refuses the list, on the
 * list and on its entries (RFC 5280 5.2, 5.3). */
#include "x509/crl.h"
#include "x509/parse.h"

enum { DER_ENUMERATED = 0x0a, EXTENSIONS_MAX = 16 };

/* What an extension is to us. */
enum treatment { IGNORED, IS_POINT, IS_DELTA, IS_INDIRECT, IS_REASON };

/* clang-format off */
static const struct {
    span oid;
    enum treatment treatment;
    bool of_entry;
} known[] = {
    {OID("\x55\x1d\x23"), IGNORED,     false}, /* authorityKeyIdentifier: the signature decides */
    {OID("\x55\x1d\x14"), IGNORED,     false}, /* cRLNumber */
    {OID("\x55\x1d\x1c"), IS_POINT,    false}, /* issuingDistributionPoint */
    {OID("\x55\x1d\x1b"), IS_DELTA,    false}, /* deltaCRLIndicator */
    {OID("\x55\x1d\x15"), IS_REASON,   true},  /* cRLReason */
    {OID("\x55\x1d\x18"), IGNORED,     true},  /* invalidityDate */
    {OID("\x55\x1d\x1d"), IS_INDIRECT, true},  /* certificateIssuer */
};
/* clang-format on */

/* issuing_point reads an IssuingDistributionPoint (RFC 5280 5.2.5). */
static bool issuing_point(struct crl *out, rd value, struct err *err)
{
    rd body, name;
    span flags[3], reasons, indirect;
    if (!der_enter(&value, DER_SEQUENCE, &body) || !rd_end(&value) || rd_end(&body))
        return fail(err, CRL_MALFORMED, 0);
    if (der_peek(&body, DER_CONTEXT_BODY + 0)
        && !(der_enter(&body, DER_CONTEXT_BODY + 0, &name) && dist_name_read(name, &out->point)))
        return fail(err, CRL_MALFORMED, 0);
    if (!der_optional(&body, DER_CONTEXT + 1, &flags[0])
        || !der_optional(&body, DER_CONTEXT + 2, &flags[1])
        || !der_optional(&body, DER_CONTEXT + 3, &reasons)
        || !der_optional(&body, DER_CONTEXT + 4, &indirect)
        || !der_optional(&body, DER_CONTEXT + 5, &flags[2]) || !rd_end(&body)
        || (reasons.p && !dist_reasons(reasons, &out->reasons)))
        return fail(err, CRL_MALFORMED, 0);
    for (size_t i = 0; i < 3; i++)
        if (flags[i].p && (flags[i].n != 1 || flags[i].p[0] != 0xff))
            return fail(err, CRL_MALFORMED, 0);
    out->user_only = flags[0].p;
    out->ca_only = flags[1].p;
    out->attribute_only = flags[2].p;
    /* At most one of them is true. */
    if (out->user_only + out->ca_only + out->attribute_only > 1)
        return fail(err, CRL_MALFORMED, 0);
    return !indirect.p || fail(err, CRL_INDIRECT, 0);
}

/* reason_check: RFC 5280 5.3.1: which reason it is changes nothing for us, but it is one. */
static bool reason_check(rd value)
{
    enum { UNUSED = 7, REASON_MAX = 10 };
    span code;
    return der_get(&value, DER_ENUMERATED, &code) && rd_end(&value) && code.n == 1
           && code.p[0] != UNUSED && code.p[0] <= REASON_MAX;
}

static bool extension(struct crl *out, const struct extension *ext, bool of_entry, struct err *err)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].of_entry != of_entry || !span_eq(known[i].oid, ext->oid))
            continue;
        switch (known[i].treatment) {
        case IS_POINT:
            return issuing_point(out, rd_of(ext->value), err);
        case IS_DELTA:
            return fail(err, CRL_DELTA, 0);
        case IS_INDIRECT:
            return fail(err, CRL_INDIRECT, 0);
        case IS_REASON:
            return reason_check(rd_of(ext->value)) || fail(err, CRL_MALFORMED, 0);
        case IGNORED:
            return true;
        }
    }
    return !ext->critical || fail(err, CRL_UNKNOWN_CRITICAL, 0);
}

static bool extensions(struct crl *out, rd list, bool of_entry, struct err *err)
{
    span seen[EXTENSIONS_MAX];
    struct extension ext;
    if (rd_end(&list))
        return fail(err, CRL_MALFORMED, 0);
    for (size_t n = 0; !rd_end(&list); n++) {
        if (n == EXTENSIONS_MAX || !extension_next(&list, &ext))
            return fail(err, CRL_MALFORMED, 0);
        for (size_t i = 0; i < n; i++)
            if (span_eq(seen[i], ext.oid))
                return fail(err, CRL_MALFORMED, 0);
        seen[n] = ext.oid;
        if (!extension(out, &ext, of_entry, err))
            return false;
    }
    return true;
}

bool crl_entry_next(rd *entries, span *number, rd *more)
{
    return der_enter(entries, DER_SEQUENCE, more) && der_integer(more, number);
}

static bool entries_check(struct crl *out, bool v2, struct err *err)
{
    span serial;
    int64_t date;
    for (rd in = rd_of(out->entries), more, list; !rd_end(&in); out->n_entries++) {
        if (!crl_entry_next(&in, &serial, &more) || !time_read(&more, &date))
            return fail(err, CRL_MALFORMED, 0);
        if (rd_end(&more))
            continue;
        if (!v2 || !der_enter(&more, DER_SEQUENCE, &list) || !rd_end(&more))
            return fail(err, CRL_MALFORMED, 0);
        if (!extensions(out, list, true, err))
            return false;
    }
    return true;
}

static bool tbs_read(struct crl *out, span algorithm, struct err *err)
{
    rd in = rd_of(out->tbs), tbs, tagged, list;
    span inner;
    uint32_t version = 0;
    if (!der_enter(&in, DER_SEQUENCE, &tbs))
        return fail(err, CRL_MALFORMED, 0);
    bool v2 = der_peek(&tbs, DER_INTEGER);
    if (v2 && !(der_small(&tbs, &version) && version == 1))
        return fail(err, CRL_MALFORMED, 0);
    /* RFC 5280 5.1.2.5: nextUpdate is required. */
    if (!der_whole(&tbs, DER_SEQUENCE, &inner) || !span_eq(inner, algorithm)
        || !der_whole(&tbs, DER_SEQUENCE, &out->issuer) || !name_check(out->issuer)
        || name_is_empty(out->issuer) || !time_read(&tbs, &out->this_update)
        || !time_read(&tbs, &out->next_update) || !der_optional(&tbs, DER_SEQUENCE, &out->entries))
        return fail(err, CRL_MALFORMED, 0);
    /* 5.1.2.6: a list of none is left out; some authorities write it. */
    if (!entries_check(out, v2, err))
        return false;
    if (rd_end(&tbs))
        return true;
    if (!v2 || !der_enter(&tbs, DER_CONTEXT_BODY + 0, &tagged)
        || !der_enter(&tagged, DER_SEQUENCE, &list) || !rd_end(&tagged) || !rd_end(&tbs))
        return fail(err, CRL_MALFORMED, 0);
    return extensions(out, list, false, err);
}

bool crl_parse(struct crl *out, span der, struct err *err)
{
    rd in = rd_of(der), body;
    span algorithm;
    struct sig_choice choice;
    *out = (struct crl){.reasons = ALL_REASONS};
    if (!der_enter(&in, DER_SEQUENCE, &body) || !rd_end(&in)
        || !der_whole(&body, DER_SEQUENCE, &out->tbs) || !der_whole(&body, DER_SEQUENCE, &algorithm)
        || !der_bit_bytes(&body, &out->sig) || !rd_end(&body) || !sigalg_read(algorithm, &choice))
        return fail(err, CRL_MALFORMED, 0);
    out->sig_alg = choice.alg;
    out->sig_hash = choice.hash;
    out->broken_hash = choice.broken_hash;
    if (out->sig_hash != HASH_NONE)
        hash_once(out->sig_hash, out->tbs, out->digest);
    return tbs_read(out, algorithm, err);
}

uint16_t crl_covers(const struct crl *crl, const struct cert *cert)
{
    if (crl->attribute_only || (crl->user_only && cert->is_ca) || (crl->ca_only && !cert->is_ca))
        return 0;
    if (!crl->point.full.p && !crl->point.relative.p)
        return crl->reasons;
    return crl->reasons & dist_points_reasons(cert, &crl->point);
}
