/* inspect_cert.c: a certificate as facts (RFC 5280 4), as libcrypto reads it.
 *
 * What is absent is left out; what is malformed is left out as well, since inspect_judge.c says
 * that it is. */
#include "inspect.h"

#include <openssl/evp.h>

void *cert_extension(const X509 *cert, int nid)
{
    return X509_get_ext_d2i(cert, nid, NULL, NULL);
}

/* RFC 5280 4.2.1.3, in the order of the bits. */
static json_t *key_usage(const X509 *cert)
{
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly"};
    ASN1_BIT_STRING *bits = cert_extension(cert, NID_key_usage);
    json_t *list = json_array();
    for (int i = 0; bits && i < (int)(sizeof names / sizeof names[0]); i++)
        if (ASN1_BIT_STRING_get_bit(bits, i))
            json_array_append_new(list, json_string(names[i]));
    ASN1_BIT_STRING_free(bits);
    return list;
}

static json_t *extended_key_usage(const X509 *cert)
{
    EXTENDED_KEY_USAGE *usages = cert_extension(cert, NID_ext_key_usage);
    json_t *list = json_array();
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && i < LIST_MAX; i++)
        json_array_append_new(list, oid_json(sk_ASN1_OBJECT_value(usages, i)));
    EXTENDED_KEY_USAGE_free(usages);
    return list;
}

static json_t *names(const X509 *cert)
{
    GENERAL_NAMES *san = cert_extension(cert, NID_subject_alt_name);
    json_t *list = json_array();
    names_add(list, "", san);
    GENERAL_NAMES_free(san);
    return list;
}

static void add_subtrees(json_t *list, const char *side, const STACK_OF(GENERAL_SUBTREE) * trees)
{
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
        name_add(list, side, sk_GENERAL_SUBTREE_value(trees, i)->base);
}

static json_t *name_constraints(const X509 *cert)
{
    NAME_CONSTRAINTS *nc = cert_extension(cert, NID_name_constraints);
    json_t *list = json_array();
    if (nc) {
        add_subtrees(list, "permitted ", nc->permittedSubtrees);
        add_subtrees(list, "excluded ", nc->excludedSubtrees);
    }
    NAME_CONSTRAINTS_free(nc);
    return list;
}

static json_t *policies(const X509 *cert)
{
    CERTIFICATEPOLICIES *found = cert_extension(cert, NID_certificate_policies);
    json_t *list = json_array();
    char text[128];
    for (int i = 0; i < sk_POLICYINFO_num(found) && i < LIST_MAX; i++) {
        const ASN1_OBJECT *oid = sk_POLICYINFO_value(found, i)->policyid;
        int n = OBJ_obj2txt(text, sizeof text, oid, 1);
        json_array_append_new(list, text_json(text, n > 0 && n < 128 ? (size_t)n : 0));
    }
    CERTIFICATEPOLICIES_free(found);
    return list;
}

static json_t *crl_urls(const X509 *cert)
{
    STACK_OF(DIST_POINT) *points = cert_extension(cert, NID_crl_distribution_points);
    json_t *list = json_array();
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT_NAME *name = sk_DIST_POINT_value(points, i)->distpoint;
        if (name && name->type == 0)
            names_add(list, "", name->name.fullname);
    }
    CRL_DIST_POINTS_free(points);
    return list;
}

/* access_urls are where to ask for the certificate's status, or to get its issuer (RFC 5280
 * 4.2.2.1). */
static json_t *access_urls(const X509 *cert, int method)
{
    AUTHORITY_INFO_ACCESS *info = cert_extension(cert, NID_info_access);
    json_t *list = json_array();
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(one->method) == method)
            name_add(list, "", one->location);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return list;
}

static json_t *subject_key_id(const X509 *cert)
{
    ASN1_OCTET_STRING *id = cert_extension(cert, NID_subject_key_identifier);
    json_t *value = id ? hex_json(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)) : NULL;
    ASN1_OCTET_STRING_free(id);
    return value;
}

static json_t *authority_key_id(const X509 *cert)
{
    AUTHORITY_KEYID *aki = cert_extension(cert, NID_authority_key_identifier);
    const ASN1_OCTET_STRING *id = aki ? aki->keyid : NULL;
    json_t *value = id ? hex_json(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)) : NULL;
    AUTHORITY_KEYID_free(aki);
    return value;
}

/* tls_features: 5 is status_request: a staple is demanded (RFC 7633). */
static json_t *tls_features(const X509 *cert)
{
    TLS_FEATURE *features = cert_extension(cert, NID_tlsfeature);
    json_t *list = json_array();
    for (int i = 0; i < sk_ASN1_INTEGER_num(features) && i < LIST_MAX; i++) {
        long id = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i));
        char text[32];
        snprintf(text, sizeof text, id == 5 ? "status_request" : "%ld", id);
        json_array_append_new(list, json_string(text));
    }
    TLS_FEATURE_free(features);
    return list;
}

/* is_shown: is the extension among the facts? */
static bool is_shown(int nid)
{
    static const int shown[] = {
        NID_key_usage,        NID_ext_key_usage,          NID_subject_alt_name,
        NID_name_constraints, NID_certificate_policies,   NID_crl_distribution_points,
        NID_info_access,      NID_subject_key_identifier, NID_authority_key_identifier,
        NID_tlsfeature,       NID_basic_constraints};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (shown[i] == nid)
            return true;
    return false;
}

/* other_extensions names those that are not shown: the critical ones that nobody processes, or all
 * the others. */
static json_t *other_extensions(const X509 *cert, bool critical)
{
    json_t *list = json_array();
    for (int i = 0; i < X509_get_ext_count(cert) && i < LIST_MAX; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        const ASN1_OBJECT *oid = X509_EXTENSION_get_object(extension);
        bool fatal = X509_EXTENSION_get_critical(extension) && !X509_supported_extension(extension);
        if (!is_shown(OBJ_obj2nid(oid)) && fatal == critical)
            json_array_append_new(list, oid_json(oid));
    }
    return list;
}

static void put_authority(json_t *o, const X509 *cert)
{
    BASIC_CONSTRAINTS *basic = cert_extension(cert, NID_basic_constraints);
    fact_put(o, "ca", json_boolean(basic && basic->ca));
    if (basic && basic->pathlen)
        fact_put(o, "path_length", json_integer(ASN1_INTEGER_get(basic->pathlen)));
    BASIC_CONSTRAINTS_free(basic);
}

json_t *cert_facts(X509 *cert, int64_t now)
{
    json_t *o = json_pack("{s:s}", "kind", "certificate");
    EVP_PKEY *key = X509_get0_pubkey(cert);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    char pin[72];
    key_pin(pin, key);
    fact_put(o, "subject", name_json(X509_get_subject_name(cert)));
    fact_put(o, "issuer", name_json(X509_get_issuer_name(cert)));
    fact_put(o, "names", names(cert));
    fact_put(o, "key", key_json(key));
    fact_put(o, "signature", signature_json(X509_get_signature_nid(cert)));
    facts_dates(o, "not_before", X509_get0_notBefore(cert), "not_after", X509_get0_notAfter(cert),
                now);
    fact_put(o, "serial", serial_json(X509_get0_serialNumber(cert)));
    fact_put(o, "version", json_integer(X509_get_version(cert) + 1));
    put_authority(o, cert);
    fact_put(o, "key_usage", key_usage(cert));
    fact_put(o, "extended_key_usage", extended_key_usage(cert));
    fact_put(o, "name_constraints", name_constraints(cert));
    fact_put(o, "policies", policies(cert));
    fact_put(o, "tls_features", tls_features(cert));
    fact_put(o, "crl_urls", crl_urls(cert));
    fact_put(o, "ocsp_urls", access_urls(cert, NID_ad_OCSP));
    fact_put(o, "issuer_urls", access_urls(cert, NID_ad_ca_issuers));
    fact_put(o, "unknown_critical", other_extensions(cert, true));
    fact_put(o, "other_extensions", other_extensions(cert, false));
    fact_put(o, "subject_key_id", subject_key_id(cert));
    fact_put(o, "authority_key_id", authority_key_id(cert));
    if (X509_digest(cert, EVP_sha256(), digest, &n))
        fact_put(o, "sha256", hex_json(digest, n));
    if (*pin)
        fact_put(o, "key_sha256", json_string(pin));
    return o;
}
