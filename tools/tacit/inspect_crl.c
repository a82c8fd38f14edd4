/* inspect_crl.c: a revocation list as facts (RFC 5280 5). */
#include "inspect.h"

static json_t *entry_json(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    json_t *o = json_object();
    fact_put(o, "serial", serial_json(X509_REVOKED_get0_serialNumber(entry)));
    fact_put(o, "time", time_json(X509_REVOKED_get0_revocationDate(entry)));
    /* RFC 5280 5.3.1 */
    static const char *const words[] = {
        "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
        "superseded",    "cessationOfOperation", "certificateHold", NULL,
        "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};
    long code = reason ? ASN1_ENUMERATED_get(reason) : -1;
    if (code >= 0 && code < (long)(sizeof words / sizeof words[0]) && words[code])
        fact_put(o, "reason", json_string(words[code]));
    ASN1_ENUMERATED_free(reason);
    return o;
}

static void put_entries(json_t *o, X509_CRL *crl)
{
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
    int n = sk_X509_REVOKED_num(revoked);
    json_t *list = json_array();
    for (int i = 0; i < n && i < LIST_MAX; i++)
        json_array_append_new(list, entry_json(sk_X509_REVOKED_value(revoked, i)));
    fact_put(o, "n_entries", json_integer(n > 0 ? n : 0));
    fact_put(o, "entries", list);
}

static json_t *number(X509_CRL *crl, int nid)
{
    ASN1_INTEGER *found = X509_CRL_get_ext_d2i(crl, nid, NULL, NULL);
    json_t *value = found ? serial_json(found) : NULL;
    ASN1_INTEGER_free(found);
    return value;
}

/* scope says for which certificates the list speaks, if not for all of its issuer's (RFC 5280
 * 5.2.5). */
static json_t *scope(X509_CRL *crl)
{
    ISSUING_DIST_POINT *idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    json_t *list = json_array();
    const struct {
        int is;
        const char *words;
    } flags[] = {
        {idp && idp->onlyuser > 0, "end entities only"},
        {idp && idp->onlyCA > 0, "authorities only"},
        {idp && idp->onlyattr > 0, "attribute certificates only"},
        {idp && idp->indirectCRL > 0, "other issuers' certificates too (indirect)"},
        {idp && idp->onlysomereasons, "some reasons only"},
        {X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0, "changes only (delta)"},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (flags[i].is)
            json_array_append_new(list, json_string(flags[i].words));
    ISSUING_DIST_POINT_free(idp);
    return list;
}

static json_t *points(X509_CRL *crl)
{
    ISSUING_DIST_POINT *idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    json_t *list = json_array();
    if (idp && idp->distpoint && idp->distpoint->type == 0)
        names_add(list, "", idp->distpoint->name.fullname);
    ISSUING_DIST_POINT_free(idp);
    return list;
}

static json_t *authority_key_id(X509_CRL *crl)
{
    AUTHORITY_KEYID *aki = X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, NULL, NULL);
    const ASN1_OCTET_STRING *id = aki ? aki->keyid : NULL;
    json_t *value = id ? hex_json(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)) : NULL;
    AUTHORITY_KEYID_free(aki);
    return value;
}

json_t *crl_facts(X509_CRL *crl, int64_t now)
{
    json_t *o = json_pack("{s:s}", "kind", "revocation list");
    fact_put(o, "issuer", name_json(X509_CRL_get_issuer(crl)));
    fact_put(o, "signature", signature_json(X509_CRL_get_signature_nid(crl)));
    facts_dates(o, "this_update", X509_CRL_get0_lastUpdate(crl), "next_update",
                X509_CRL_get0_nextUpdate(crl), now);
    fact_put(o, "number", number(crl, NID_crl_number));
    fact_put(o, "scope", scope(crl));
    fact_put(o, "points", points(crl));
    put_entries(o, crl);
    fact_put(o, "authority_key_id", authority_key_id(crl));
    return o;
}
