/* ca_answer.c: OCSP responses of the authority (RFC 6960), made with libcrypto.
 *
 * What is answered stands in the authority's folder at the moment of the question: a certificate in
 * issued/ is good unless ca.crl names it, and one that is in neither is unknown. Nothing is
 * remembered between two questions. */
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_MAX = 16, NONCE_MAX = 32, NO_REASON = -1 };

/* ---- who signs ------------------------------------------------------------------------------- */

static int check_delegate(const struct ca_responder *r, const char *path)
{
    bool ours = X509_verify(r->cert, X509_get0_pubkey(r->ca.cert)) == 1;
    bool entitled = X509_get_extension_flags(r->cert) & EXFLAG_XKUSAGE
                    && X509_get_extended_key_usage(r->cert) & XKU_OCSP_SIGN;
    if (!ours || !entitled)
        return out_fail(STATUS_FILE, "tacit ca issue DIR NAME --responder",
                        "%s is no responder's certificate of this authority", path);
    if (X509_cmp_current_time(X509_get0_notAfter(r->cert)) < 0)
        return out_fail(STATUS_FILE, "tacit ca issue DIR NAME --responder", "%s has expired", path);
    return X509_check_private_key(r->cert, r->key) == 1
               ? 0
               : out_fail(STATUS_FILE, NULL, "the key does not belong to %s", path);
}

int ca_responder_open(struct ca_responder *r, const char *dir, const char *cert, const char *key)
{
    *r = (struct ca_responder){.cert = NULL};
    int status = ca_open(&r->ca, dir, !cert);
    if (!status && cert)
        status = ca_get_cert(cert, &r->cert);
    if (!status && cert)
        status = ca_get_key(key, &r->key);
    if (!status && cert)
        return check_delegate(r, cert);
    if (!status && X509_up_ref(r->ca.cert) && EVP_PKEY_up_ref(r->ca.key)) {
        r->cert = r->ca.cert;
        r->key = r->ca.key;
    }
    return status;
}

void ca_responder_close(struct ca_responder *r)
{
    X509_free(r->cert);
    EVP_PKEY_free(r->key);
    ca_close(&r->ca);
}

/* ---- what is known --------------------------------------------------------------------------- */

/* struct standing is what the folder says of a certificate. */
struct standing {
    int status, reason;
    const ASN1_TIME *since;
};

static bool was_issued(const struct ca_responder *r, const ASN1_INTEGER *serial)
{
    char file[128], path[4096];
    BIGNUM *n = ASN1_INTEGER_to_BN(serial, NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    bool fits = hex && hex[0] != '-' && strlen(hex) <= 40;
    if (fits)
        snprintf(file, sizeof file, "issued/%s.pem", hex);
    for (char *p = file; fits && *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    OPENSSL_free(hex);
    BN_free(n);
    return fits && !file_join(path, r->ca.dir, file) && access(path, R_OK) == 0;
}

/* is_ours: does the CertID name this authority as the issuer? It may do so by any digest. */
static bool is_ours(const struct ca_responder *r, OCSP_CERTID *id)
{
    ASN1_OBJECT *digest;
    OCSP_id_get0_info(NULL, &digest, NULL, NULL, id);
    const EVP_MD *md = EVP_get_digestbyobj(digest);
    OCSP_CERTID *own = md ? OCSP_cert_to_id(md, NULL, r->ca.cert) : NULL;
    bool same = own && OCSP_id_issuer_cmp(own, id) == 0;
    OCSP_CERTID_free(own);
    return same;
}

static struct standing look_up(const struct ca_responder *r, X509_CRL *crl, OCSP_CERTID *id)
{
    ASN1_INTEGER *serial;
    X509_REVOKED *entry = NULL;
    OCSP_id_get0_info(NULL, NULL, NULL, &serial, id);
    if (!is_ours(r, id))
        return (struct standing){V_OCSP_CERTSTATUS_UNKNOWN, NO_REASON, NULL};
    if (X509_CRL_get0_by_serial(crl, &entry, serial)) {
        ASN1_ENUMERATED *code = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
        int reason = code ? (int)ASN1_ENUMERATED_get(code) : NO_REASON;
        ASN1_ENUMERATED_free(code);
        return (struct standing){V_OCSP_CERTSTATUS_REVOKED, reason,
                                 X509_REVOKED_get0_revocationDate(entry)};
    }
    return (struct standing){was_issued(r, serial) ? V_OCSP_CERTSTATUS_GOOD
                                                   : V_OCSP_CERTSTATUS_UNKNOWN,
                             NO_REASON, NULL};
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool add_entry(const struct ca_responder *r, OCSP_BASICRESP *basic, X509_CRL *crl,
                      OCSP_CERTID *id)
{
    struct standing s = look_up(r, crl, id);
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    ASN1_TIME *next = X509_gmtime_adj(NULL, CA_OCSP_HOURS * 3600);
    bool ok = now && next
              && OCSP_basic_add1_status(basic, id, s.status, s.reason,
                                        (ASN1_TIME *)(uintptr_t)s.since, now, next);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    return ok;
}

static size_t encode(int status, OCSP_BASICRESP *basic, uint8_t **answer)
{
    *answer = NULL;
    OCSP_RESPONSE *response = OCSP_response_create(status, basic);
    int n = response ? i2d_OCSP_RESPONSE(response, answer) : 0;
    OCSP_RESPONSE_free(response);
    return n > 0 ? (size_t)n : 0;
}

static size_t sign_and_encode(const struct ca_responder *r, OCSP_BASICRESP *basic, uint8_t **answer)
{
    const EVP_MD *md = EVP_PKEY_is_a(r->key, "ED25519") ? NULL : EVP_sha256();
    /* Whoever asks has the authority's certificate already. */
    unsigned long flags = OCSP_RESPID_KEY;
    if (X509_cmp(r->cert, r->ca.cert) == 0)
        flags |= OCSP_NOCERTS;
    bool ok = OCSP_basic_sign(basic, r->cert, r->key, md, NULL, flags);
    return ok ? encode(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic, answer) : 0;
}

/* copy_nonce: RFC 8954 has nonces of 1 to 32 bytes; another is left out. */
static bool copy_nonce(OCSP_BASICRESP *basic, OCSP_REQUEST *request, bool *there)
{
    int at = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
    *there = at >= 0;
    if (!*there)
        return true;
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, at));
    return ASN1_STRING_length(value) > NONCE_MAX + 2 || OCSP_copy_nonce(basic, request) > 0;
}

static OCSP_CERTID *asked_about(OCSP_REQUEST *request, int i)
{
    return OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, i));
}

static size_t answer_request(const struct ca_responder *r, OCSP_REQUEST *request, uint8_t **answer,
                             bool *cacheable)
{
    X509_CRL *crl = NULL;
    bool nonce = false;
    int n = OCSP_request_onereq_count(request);
    if (n < 1 || n > ENTRIES_MAX)
        return encode(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, NULL, answer);
    int ours = 0;
    for (int i = 0; i < n; i++)
        ours += is_ours(r, asked_about(request, i));
    if (!ours) /* RFC 6960 2.3: about others' certificates we have no say */
        return encode(OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL, answer);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    bool ok = basic && ca_get_crl(&r->ca, &crl) == 0 && copy_nonce(basic, request, &nonce);
    for (int i = 0; ok && i < n; i++)
        ok = add_entry(r, basic, crl, asked_about(request, i));
    size_t size = ok ? sign_and_encode(r, basic, answer)
                     : encode(OCSP_RESPONSE_STATUS_INTERNALERROR, NULL, answer);
    *cacheable = ok && !nonce;
    X509_CRL_free(crl);
    OCSP_BASICRESP_free(basic);
    return size;
}

size_t ca_respond(const struct ca_responder *r, const uint8_t *request, size_t n, uint8_t **answer,
                  bool *cacheable)
{
    const uint8_t *p = request;
    *cacheable = false;
    OCSP_REQUEST *parsed = d2i_OCSP_REQUEST(NULL, &p, (long)n);
    size_t size = parsed && p == request + n
                      ? answer_request(r, parsed, answer, cacheable)
                      : encode(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, NULL, answer);
    OCSP_REQUEST_free(parsed);
    return size;
}

size_t ca_respond_about(const struct ca_responder *r, const X509 *cert, uint8_t **answer)
{
    X509_CRL *crl = NULL;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, r->ca.cert);
    bool ok = basic && id && ca_get_crl(&r->ca, &crl) == 0 && add_entry(r, basic, crl, id);
    size_t size = ok ? sign_and_encode(r, basic, answer) : 0;
    X509_CRL_free(crl);
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    return size;
}
