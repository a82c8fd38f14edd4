/* ca_read.c: what an existing certificate of the authority says. */
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int ca_open(struct ca *ca, const char *dir, bool with_key)
{
    char path[4096];
    *ca = (struct ca){.dir = dir};
    int status = file_join(path, dir, "ca.pem");
    if (!status && access(path, F_OK) && errno == ENOENT)
        return out_fail(STATUS_FILE, "tacit ca init DIR makes one", "there is no authority in %s",
                        dir);
    if (!status)
        status = ca_get_cert(path, &ca->cert);
    if (!status && with_key) {
        status = file_join(path, dir, "ca.key");
        if (!status)
            status = ca_get_key(path, &ca->key);
        if (!status && X509_check_private_key(ca->cert, ca->key) != 1)
            status = out_fail(STATUS_FILE, NULL, "%s is not the key of %s/ca.pem", path, dir);
    }
    return status;
}

int ca_check_current(const struct ca *ca)
{
    char span[32];
    int64_t left = ca_not_after(ca->cert) - (int64_t)time(NULL);
    if (left > 0)
        return 0;
    return out_failed(STATUS_EXPIRED, "expired",
                      ca_is_under(ca) ? "tacit ca renew PARENT SERIAL --out DIR"
                                      : "tacit ca init makes another one",
                      "the authority in %s expired %s ago: nobody would believe it", ca->dir,
                      out_span(span, left));
}

void ca_close(struct ca *ca)
{
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    *ca = (struct ca){0};
}

bool ca_is_under(const struct ca *ca)
{
    return X509_NAME_cmp(X509_get_subject_name(ca->cert), X509_get_issuer_name(ca->cert)) != 0;
}

const char *ca_root_file(const struct ca *ca)
{
    return ca_is_under(ca) ? "root.pem" : "ca.pem";
}

const char *ca_serial(const X509 *cert, char out[64])
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    snprintf(out, 64, "%s", hex ? hex : "");
    for (char *p = out; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
    OPENSSL_free(hex);
    BN_free(n);
    return out;
}

const char *ca_fingerprint(const X509 *cert, char out[96])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    out[0] = 0;
    if (X509_digest(cert, EVP_sha256(), digest, &n))
        out_hex(out, digest, n);
    return out;
}

static const char *name_text(const X509_NAME *name, char out[256])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n = 0;
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        n = BIO_get_mem_data(bio, &text);
    out_escape(out, 256, n > 0 ? text : "", n > 0 ? (size_t)n : 0);
    BIO_free(bio);
    return out;
}

const char *ca_subject(const X509 *cert, char out[256])
{
    return name_text(X509_get_subject_name(cert), out);
}

const char *ca_issuer(const X509 *cert, char out[256])
{
    return name_text(X509_get_issuer_name(cert), out);
}

int64_t ca_not_after(const X509 *cert)
{
    struct tm tm;
    return ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) ? (int64_t)timegm(&tm) : 0;
}

void ca_address_text(char *out, size_t cap, const uint8_t *p, int n)
{
    bool masked = n == 8 || n == 32;
    int bits = 0, len = masked ? n / 2 : n;
    out[0] = 0;
    if (len != 4 && len != 16)
        return;
    inet_ntop(len == 4 ? AF_INET : AF_INET6, p, out, (socklen_t)cap);
    for (int i = len; i < n; i++)
        bits += __builtin_popcount(p[i]);
    if (masked && bits < len * 8)
        snprintf(out + strlen(out), cap - strlen(out), "/%d", bits);
}

static void one(ca_name_fn *each, void *user, const char *prefix, const GENERAL_NAME *name)
{
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    const char *word = type == GEN_DNS ? "DNS" : type == GEN_URI ? "URI" : "IP";
    if (type != GEN_DNS && type != GEN_URI && type != GEN_IPADD)
        return;
    char kind[32], text[512];
    if (type == GEN_IPADD)
        ca_address_text(text, sizeof text, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
    else
        out_escape(text, sizeof text, ASN1_STRING_get0_data(value),
                   (size_t)ASN1_STRING_length(value));
    snprintf(kind, sizeof kind, "%s%s", prefix, word);
    each(user, kind, text);
}

void ca_names(const X509 *cert, ca_name_fn *each, void *user)
{
    GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(list); i++)
        one(each, user, "", sk_GENERAL_NAME_value(list, i));
    GENERAL_NAMES_free(list);
}

void ca_constraints(const X509 *cert, ca_name_fn *each, void *user)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(cert, NID_name_constraints, NULL, NULL);
    for (int i = 0; nc && i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); i++)
        one(each, user, "permitted ", sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base);
    for (int i = 0; nc && i < sk_GENERAL_SUBTREE_num(nc->excludedSubtrees); i++)
        one(each, user, "excluded ", sk_GENERAL_SUBTREE_value(nc->excludedSubtrees, i)->base);
    NAME_CONSTRAINTS_free(nc);
}

/* struct search asks whether a name is among what is permitted. What is excluded here is always
 * a whole kind of name, of which nothing is permitted, so that the permitted subtrees alone
 * decide. */
struct search {
    const struct ca_name *name;
    bool limited, found;
};

static void match(void *user, const char *kind, const char *text)
{
    struct search *search = user;
    struct ca_name constraint;
    search->limited = true;
    if (!strncmp(kind, "permitted ", 10) && !ca_name_constraint(&constraint, text)
        && ca_name_within(search->name, &constraint))
        search->found = true;
}

bool ca_permits(const struct ca *ca, const struct ca_name *name)
{
    struct search search = {.name = name};
    ca_constraints(ca->cert, match, &search);
    return !search.limited || search.found;
}
