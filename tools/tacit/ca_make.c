/* ca_make.c: the certificates themselves (RFC 5280 4), through libcrypto.
 *
 * A root may vouch for authorities, and those for leaves only (path length 1 and 0). Where names
 * were given, all below has to lie within them: a kind of name for which nothing was permitted is
 * excluded altogether, since RFC 5280 4.2.1.10 leaves it free otherwise. A leaf has no subject: its
 * names are in subjectAltName, which is therefore critical (RFC 5280 4.2.1.6). */
#include "ca.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum {
    ROOT_DAYS = 3650,
    UNDER_DAYS = 1825,
    LEAF_DAYS = 30,
    BACKDATE = 300, /* seconds: clocks differ */
    SERIAL_LEN = 16,
};

/* RFC 5280 4.1.2.2: positive, at most 20 bytes. The two fixed top bits keep it positive and 16
 * bytes long. */
static bool set_serial(X509 *cert)
{
    uint8_t serial[SERIAL_LEN];
    if (RAND_bytes(serial, SERIAL_LEN) != 1)
        return false;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    BIGNUM *n = BN_bin2bn(serial, SERIAL_LEN, NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
    BN_free(n);
    return ok;
}

static bool set_dates(X509 *cert, int days, const X509 *issuer)
{
    time_t now = time(NULL);
    ASN1_TIME *end = X509_getm_notAfter(cert);
    if (!ASN1_TIME_set(X509_getm_notBefore(cert), now - BACKDATE)
        || !ASN1_TIME_adj(end, now, days, 0))
        return false;
    /* nothing outlives its issuer */
    if (issuer && ASN1_TIME_compare(end, X509_get0_notAfter(issuer)) > 0)
        return ASN1_STRING_copy(end, X509_get0_notAfter(issuer));
    return true;
}

static bool add(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    bool ok = ext && X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    return ok;
}

static bool start(X509 *cert, EVP_PKEY *key, int days, const X509 *issuer)
{
    return X509_set_version(cert, X509_VERSION_3) && set_serial(cert)
           && set_dates(cert, days, issuer) && X509_set_pubkey(cert, key);
}

static const EVP_MD *digest_for(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

/* ---- names ----------------------------------------------------------------------------------- */

static GENERAL_NAME *general_name(int type, const void *bytes, size_t n)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value =
        ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (!name || !value || !ASN1_STRING_set(value, bytes, (int)n)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, type, value);
    return name;
}

static bool push_name(GENERAL_NAMES *list, int type, const void *bytes, size_t n)
{
    GENERAL_NAME *name = general_name(type, bytes, n);
    if (name && sk_GENERAL_NAME_push(list, name))
        return true;
    GENERAL_NAME_free(name);
    return false;
}

static bool add_san(X509 *cert, const struct ca_request *request)
{
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < request->n_names; i++) {
        const struct ca_name *name = &request->names[i];
        ok = name->is_ip ? push_name(list, GEN_IPADD, name->addr, name->addr_len)
                         : push_name(list, GEN_DNS, name->text, strlen(name->text));
    }
    if (ok && request->uri)
        ok = push_name(list, GEN_URI, request->uri, strlen(request->uri));
    ok = ok && X509_add1_ext_i2d(cert, NID_subject_alt_name, list, 1, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(list);
    return ok;
}

/* ---- constraints ----------------------------------------------------------------------------- */

static bool push_subtree(STACK_OF(GENERAL_SUBTREE) * *list, int type, const void *bytes, size_t n)
{
    if (!*list)
        *list = sk_GENERAL_SUBTREE_new_null();
    GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
    GENERAL_NAME *base = general_name(type, bytes, n);
    if (!*list || !tree || !base || !sk_GENERAL_SUBTREE_push(*list, tree)) {
        GENERAL_SUBTREE_free(tree);
        GENERAL_NAME_free(base);
        return false;
    }
    GENERAL_NAME_free(tree->base);
    tree->base = base;
    return true;
}

/* RFC 5280 4.2.1.10: an address and its mask, in one octet string */
static bool permit_address(NAME_CONSTRAINTS *nc, const struct ca_name *name)
{
    uint8_t both[32] = {0};
    memcpy(both, name->addr, name->addr_len);
    for (unsigned bit = 0; bit < name->prefix; bit++)
        both[name->addr_len + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    return push_subtree(&nc->permittedSubtrees, GEN_IPADD, both, 2 * name->addr_len);
}

static bool fill_constraints(NAME_CONSTRAINTS *nc, const struct ca_name *names, size_t n_names)
{
    static const uint8_t everything[32]; /* ::/0, and its first 8 bytes are 0.0.0.0/0 */
    bool ok = true, any_dns = false, any_ip = false;
    for (size_t i = 0; ok && i < n_names; i++) {
        any_ip = any_ip || names[i].is_ip;
        any_dns = any_dns || !names[i].is_ip;
        ok = names[i].is_ip ? permit_address(nc, &names[i])
                            : push_subtree(&nc->permittedSubtrees, GEN_DNS, names[i].text,
                                           strlen(names[i].text));
    }
    if (ok && !any_dns)
        ok = push_subtree(&nc->excludedSubtrees, GEN_DNS, "", 0);
    if (ok && !any_ip)
        ok = push_subtree(&nc->excludedSubtrees, GEN_IPADD, everything, 8)
             && push_subtree(&nc->excludedSubtrees, GEN_IPADD, everything, 32);
    return ok;
}

static bool add_constraints(X509 *cert, const struct ca_name *names, size_t n_names)
{
    if (!n_names)
        return true;
    NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
    bool ok = nc && fill_constraints(nc, names, n_names)
              && X509_add1_ext_i2d(cert, NID_name_constraints, nc, 1, X509V3_ADD_DEFAULT) == 1;
    NAME_CONSTRAINTS_free(nc);
    return ok;
}

/* ---- certificates ---------------------------------------------------------------------------- */

/* The subject tells authorities apart; it comes from the key, so that two of them have two. */
static bool name_authority(X509 *cert)
{
    char text[64];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    if (!X509_pubkey_digest(cert, EVP_sha256(), digest, &n))
        return false;
    snprintf(text, sizeof text, "tacit private CA %02x%02x%02x%02x", digest[0], digest[1],
             digest[2], digest[3]);
    X509_NAME *subject = X509_get_subject_name(cert);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)text, -1, -1,
                                      0);
}

/* add_key_ids names the certificate's key, and the one that signs it, which is not the same. */
static bool add_key_ids(X509 *cert, const struct ca *ca)
{
    return add(cert, ca->cert, NID_subject_key_identifier, "hash")
           && add(cert, ca->cert, NID_authority_key_identifier, "keyid:always");
}

/* sign_by has the authority sign: the last step. */
static bool sign_by(X509 *cert, const struct ca *ca)
{
    return X509_sign(cert, ca->key, digest_for(ca->key));
}

X509 *ca_make_root(EVP_PKEY *key, const struct ca_name *names, size_t n_names)
{
    X509 *cert = X509_new();
    if (cert && start(cert, key, ROOT_DAYS, NULL) && name_authority(cert)
        && X509_set_issuer_name(cert, X509_get_subject_name(cert))
        && add(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:1")
        && add(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign")
        && add(cert, cert, NID_subject_key_identifier, "hash")
        && add_constraints(cert, names, n_names) && X509_sign(cert, key, digest_for(key)))
        return cert;
    X509_free(cert);
    return NULL;
}

X509 *ca_make_under(const struct ca *ca, EVP_PKEY *key, const struct ca_name *names, size_t n_names)
{
    X509 *cert = X509_new();
    if (cert && start(cert, key, UNDER_DAYS, ca->cert) && name_authority(cert)
        && X509_set_issuer_name(cert, X509_get_subject_name(ca->cert))
        && add(cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        && add(cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign")
        && add_key_ids(cert, ca) && add_constraints(cert, names, n_names) && sign_by(cert, ca))
        return cert;
    X509_free(cert);
    return NULL;
}

static const char *usages(unsigned roles)
{
    return roles == CA_RESPONDER ? "OCSPSigning"
           : roles == CA_SERVER  ? "serverAuth"
           : roles == CA_CLIENT  ? "clientAuth"
                                 : "serverAuth,clientAuth";
}

X509 *ca_make_leaf(const struct ca *ca, const struct ca_request *request)
{
    X509 *cert = X509_new();
    if (cert && start(cert, request->key, LEAF_DAYS, ca->cert)
        && X509_set_issuer_name(cert, X509_get_subject_name(ca->cert))
        && add(cert, ca->cert, NID_key_usage, "critical,digitalSignature")
        && add(cert, ca->cert, NID_ext_key_usage, usages(request->roles)) && add_key_ids(cert, ca)
        && (request->roles != CA_RESPONDER || add(cert, ca->cert, NID_id_pkix_OCSP_noCheck, ""))
        && add_san(cert, request) && sign_by(cert, ca))
        return cert;
    X509_free(cert);
    return NULL;
}

/* copy_extensions takes over all but the key identifiers, which are of the keys. */
static bool copy_extensions(X509 *cert, const X509 *old)
{
    bool ok = true;
    for (int i = 0; ok && i < X509_get_ext_count(old); i++) {
        X509_EXTENSION *e = X509_get_ext(old, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
        if (nid != NID_subject_key_identifier && nid != NID_authority_key_identifier)
            ok = X509_add_ext(cert, e, -1);
    }
    return ok;
}

X509 *ca_make_again(const struct ca *ca, X509 *old, EVP_PKEY *key)
{
    X509 *cert = X509_new();
    int days = X509_get_extension_flags(old) & EXFLAG_CA ? UNDER_DAYS : LEAF_DAYS;
    if (cert && start(cert, key, days, ca->cert)
        && X509_set_subject_name(cert, X509_get_subject_name(old))
        && X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) && copy_extensions(cert, old)
        && add_key_ids(cert, ca) && sign_by(cert, ca))
        return cert;
    X509_free(cert);
    return NULL;
}
