/* inspect_key.c: keys and certificate signing requests (RFC 2986) as facts. Of a private key
 * nothing is told but its kind, its size and the public half's digest. */
#include "inspect.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

/* curve_name prefers the name that people know to the one of X9.62. */
static const char *curve_name(const EVP_PKEY *key, char out[64])
{
    size_t n = 0;
    if (!EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, out, 64, &n))
        return NULL;
    const char *known = EC_curve_nid2nist(OBJ_sn2nid(out));
    return known ? known : out;
}

json_t *key_json(const EVP_PKEY *key)
{
    char curve[64];
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    if (!type)
        return NULL;
    json_t *o = json_pack("{s:s, s:i}", "algorithm", !strcmp(type, "ED25519") ? "Ed25519" : type,
                          "bits", EVP_PKEY_get_bits(key));
    if (EVP_PKEY_is_a(key, "EC"))
        fact_put(o, "curve", curve_name(key, curve) ? json_string(curve_name(key, curve)) : NULL);
    return o;
}

void key_pin(char out[72], EVP_PKEY *key)
{
    uint8_t *spki = NULL, digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int len = key ? i2d_PUBKEY(key, &spki) : 0;
    out[0] = 0;
    if (len > 0 && EVP_Digest(spki, (size_t)len, digest, &n, EVP_sha256(), NULL))
        out_hex(out, digest, n);
    OPENSSL_free(spki);
}

json_t *signature_json(int nid)
{
    return nid == NID_undef ? json_string("(unknown)") : json_string(OBJ_nid2sn(nid));
}

json_t *key_facts(EVP_PKEY *key, bool is_private)
{
    char pin[72];
    json_t *o = json_pack("{s:s}", "kind", is_private ? "private key" : "public key");
    key_pin(pin, key);
    fact_put(o, "key", key_json(key));
    if (*pin)
        fact_put(o, "key_sha256", json_string(pin));
    return o;
}

/* names_wanted are those of extensionRequest (RFC 2985 5.4.2). */
static json_t *names_wanted(X509_REQ *request)
{
    STACK_OF(X509_EXTENSION) *wanted = X509_REQ_get_extensions(request);
    GENERAL_NAMES *san = X509V3_get_d2i(wanted, NID_subject_alt_name, NULL, NULL);
    json_t *list = json_array();
    names_add(list, "", san);
    GENERAL_NAMES_free(san);
    sk_X509_EXTENSION_pop_free(wanted, X509_EXTENSION_free);
    return list;
}

json_t *request_facts(X509_REQ *request)
{
    json_t *o = json_pack("{s:s}", "kind", "signing request");
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    char pin[72];
    key_pin(pin, key);
    fact_put(o, "subject", name_json(X509_REQ_get_subject_name(request)));
    fact_put(o, "names", names_wanted(request));
    fact_put(o, "key", key_json(key));
    fact_put(o, "signature", signature_json(X509_REQ_get_signature_nid(request)));
    fact_put(o, "signed_by_its_key", json_boolean(key && X509_REQ_verify(request, key) == 1));
    if (*pin)
        fact_put(o, "key_sha256", json_string(pin));
    return o;
}
