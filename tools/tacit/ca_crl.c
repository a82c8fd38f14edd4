/* ca_crl.c: `tacit ca revoke` and `tacit ca crl`: the authority's revocation list.
 *
 * The list in ca.crl is the only place where it is written what is revoked. Each change makes a new
 * list from it, signs that, and puts it in its place in one step, under a lock, so that a crash or
 * a second process loses nothing. (RFC 5280 5) */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CRL_DAYS = 30, NO_REASON = 0 };

static char *reason_word;

static const struct poptOption revoke_table[] = {
    {"reason", 0, POPT_ARG_STRING, &reason_word, 0,
     "key-compromise, superseded, affiliation-changed, cessation or privilege-withdrawn", "WORD"},
    ARGS_END};

static const struct poptOption crl_table[] = {ARGS_END};

static struct args revoke_args = {
    .verb = "ca revoke",
    .usage = "DIR SERIAL [--reason WORD]",
    .about = "Withdraws a certificate that was issued: it goes into the list DIR/ca.crl, which\n"
             "those who verify need to get. `tacit ca list DIR` shows the serials.",
    .table = revoke_table,
};

static struct args crl_args = {
    .verb = "ca crl",
    .usage = "DIR",
    .about = "Dates the revocation list DIR/ca.crl anew; an empty one is made if there is none.\n"
             "It is current for 30 days.",
    .table = crl_table,
};

/* The reasons of RFC 5280 5.3.1 that fit a leaf and are for good. */
static const struct {
    const char *word;
    long code;
} reasons[] = {
    {"key-compromise", 1}, {"affiliation-changed", 3}, {"superseded", 4},
    {"cessation", 5},      {"privilege-withdrawn", 9},
};

static long reason_code(const char *word)
{
    for (size_t i = 0; word && i < sizeof reasons / sizeof reasons[0]; i++)
        if (!strcmp(reasons[i].word, word))
            return reasons[i].code;
    return NO_REASON;
}

/* ---- the list -------------------------------------------------------------------------------- */

int ca_get_crl(const struct ca *ca, X509_CRL **crl)
{
    char path[4096];
    *crl = NULL;
    int status = file_join(path, ca->dir, "ca.crl");
    if (status)
        return status;
    FILE *from = fopen(path, "rbe");
    if (!from && errno != ENOENT)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(errno));
    *crl = from ? PEM_read_X509_CRL(from, NULL, ca_no_password, NULL) : X509_CRL_new();
    if (from)
        fclose(from);
    if (!*crl || (from && X509_CRL_verify(*crl, X509_get0_pubkey(ca->cert)) != 1))
        return out_fail(STATUS_FILE, NULL, "%s is no revocation list of this authority", path);
    return 0;
}

bool ca_is_revoked(X509_CRL *crl, X509 *cert)
{
    X509_REVOKED *entry;
    return X509_CRL_get0_by_serial(crl, &entry, X509_get_serialNumber(cert)) != 0;
}

const char *ca_state(X509_CRL *crl, X509 *cert)
{
    bool expired = ca_not_after(cert) < (int64_t)time(NULL);
    return ca_is_revoked(crl, cert) ? "revoked" : expired ? "expired" : "valid";
}

static bool add_entry(X509_CRL *crl, X509 *cert, long reason)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, time(NULL));
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    bool ok = entry && now && code
              && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert))
              && X509_REVOKED_set_revocationDate(entry, now) && ASN1_ENUMERATED_set(code, reason)
              && (reason == NO_REASON
                  || X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0) == 1)
              && X509_CRL_add0_revoked(crl, entry);
    if (!ok)
        X509_REVOKED_free(entry);
    ASN1_TIME_free(now);
    ASN1_ENUMERATED_free(code);
    return ok;
}

/* number makes the list's number one more than it was. */
static bool number(X509_CRL *crl)
{
    ASN1_INTEGER *old = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    BIGNUM *n = old ? ASN1_INTEGER_to_BN(old, NULL) : BN_new();
    ASN1_INTEGER *next = n && BN_add_word(n, 1) ? BN_to_ASN1_INTEGER(n, NULL) : NULL;
    bool ok = next && X509_CRL_add1_ext_i2d(crl, NID_crl_number, next, 0, X509V3_ADD_REPLACE) == 1;
    ASN1_INTEGER_free(old);
    ASN1_INTEGER_free(next);
    BN_free(n);
    return ok;
}

static bool name_key(X509_CRL *crl, const struct ca *ca)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, ca->cert, NULL, NULL, crl, 0);
    X509_EXTENSION *e =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    int at = X509_CRL_get_ext_by_NID(crl, NID_authority_key_identifier, -1);
    bool ok = e && (at >= 0 || X509_CRL_add_ext(crl, e, -1));
    X509_EXTENSION_free(e);
    return ok;
}

static bool date_and_sign(X509_CRL *crl, const struct ca *ca)
{
    ASN1_TIME *now = ASN1_TIME_set(NULL, time(NULL));
    ASN1_TIME *next = ASN1_TIME_adj(NULL, time(NULL), CRL_DAYS, 0);
    bool ok =
        now && next && X509_CRL_set_version(crl, X509_CRL_VERSION_2)
        && X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert))
        && X509_CRL_set1_lastUpdate(crl, now) && X509_CRL_set1_nextUpdate(crl, next) && number(crl)
        && name_key(crl, ca) && X509_CRL_sort(crl)
        && X509_CRL_sign(crl, ca->key, EVP_PKEY_is_a(ca->key, "ED25519") ? NULL : EVP_sha256());
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    return ok;
}

static int publish(X509_CRL *crl, const struct ca *ca)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char *bytes;
    bool ok = pem && date_and_sign(crl, ca) && PEM_write_bio_X509_CRL(pem, crl);
    long n = ok ? BIO_get_mem_data(pem, &bytes) : 0;
    int status = n > 0 ? file_replace(ca->dir, "ca.crl", 0644, bytes, (size_t)n)
                       : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the list");
    BIO_free(pem);
    if (!status)
        out_row(stdout, "list", "%s/ca.crl, current for %d days", ca->dir, CRL_DAYS);
    return status;
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static int revoke_one(const struct ca *ca, X509_CRL *crl, X509 *cert)
{
    char serial[64];
    if (ca_is_revoked(crl, cert)) {
        out_row(stdout, "revoked", "%s, already before; nothing was changed",
                ca_serial(cert, serial));
        return 0;
    }
    if (!add_entry(crl, cert, reason_code(reason_word)))
        return out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the entry");
    int status = publish(crl, ca);
    if (!status)
        out_row(stdout, "revoked", "%s", ca_serial(cert, serial));
    return status;
}

/* change opens the authority and its list under the lock, and changes it: by a certificate that is
 * revoked, or, without `serial`, by its date alone. */
static int change(const char *dir, const char *serial)
{
    struct ca ca;
    X509_CRL *crl = NULL;
    X509 *cert = NULL;
    int lock = -1, status = ca_open(&ca, dir, true);
    if (!status)
        status = file_lock(dir, &lock);
    if (!status)
        status = ca_get_crl(&ca, &crl);
    if (!status && serial)
        status = ca_find_issued(dir, serial, &cert);
    if (!status)
        status = serial ? revoke_one(&ca, crl, cert) : publish(crl, &ca);
    X509_free(cert);
    X509_CRL_free(crl);
    if (lock >= 0)
        close(lock);
    ca_close(&ca);
    return status ? status : out_flush(STATUS_OK);
}

int ca_revoke(int argc, const char **argv)
{
    int status;
    if (!args_parse(&revoke_args, argc, argv, &status))
        ;
    else if (revoke_args.n_words != 2)
        status = args_usage(&revoke_args, "it is the authority's folder and one serial");
    else if (reason_word && !reason_code(reason_word))
        status = args_usage(&revoke_args, "there is no such reason");
    else
        status = change(revoke_args.words[0], revoke_args.words[1]);
    args_free(&revoke_args);
    return status;
}

int ca_crl(int argc, const char **argv)
{
    int status;
    if (!args_parse(&crl_args, argc, argv, &status))
        ;
    else if (crl_args.n_words != 1)
        status = args_usage(&crl_args, "name the authority's folder, and nothing else");
    else
        status = change(crl_args.words[0], NULL);
    args_free(&crl_args);
    return status;
}
