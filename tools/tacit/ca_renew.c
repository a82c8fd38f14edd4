/* ca_renew.c: `tacit ca renew`: a certificate again, with a serial number and dates of its own.
 *
 * The names, the usages and, unless another is asked for, the key stay: the authority never had the
 * private half and does not need it. The old certificate stays valid and on record until it expires
 * or is revoked. In the folder for the new one, the file of the old is replaced in one step: a
 * server that reads it finds the one or the other. */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char *out_dir, *key_type;

static const struct poptOption table[] = {
    {"out", 0, POPT_ARG_STRING, &out_dir, 0, "write NAME.pem here (default: .)", "DIR"},
    {"key-type", 0, POPT_ARG_STRING, &key_type, 0,
     "make a new key: p256, rsa2048 or ed25519 (default: the key stays)", "KIND"},
    ARGS_END};

static struct args args = {
    .verb = "ca renew",
    .usage = "DIR SERIAL [OPTION...]",
    .about =
        "Issues a certificate again that the authority in DIR has issued, for the same names,\n"
        "usages and key. NAME.pem is replaced if it holds the old one.\n\n"
        "  tacit ca renew ./ca 4f12...",
    .table = table,
};

static void first_name(void *user, const char *kind, const char *text)
{
    (void)kind;
    char *name = user;
    if (!*name)
        snprintf(name, 256, "%s", text);
}

/* file_names are those that the certificate was handed out under: of an authority, ca.pem. */
static void file_names(X509 *old, char pem[310], char key[310])
{
    char name[256] = "", base[300] = "ca";
    ca_names(old, first_name, name);
    if (*name)
        ca_base_name(base, name);
    snprintf(pem, 310, "%s.pem", base);
    snprintf(key, 310, "%s.key", base);
}

static int hand_out(const struct ca *ca, X509 *cert, X509 *old, EVP_PKEY *made)
{
    char pem[310], key[310];
    const char *dir = out_dir ? out_dir : ".";
    file_names(old, pem, key);
    int status = made ? ca_check_free(dir, pem, key) : ca_check_replace(dir, pem, old);
    if (!status)
        status = ca_record(ca, cert, old);
    if (!status && made)
        status = ca_put_key(dir, key, made);
    if (!status)
        status = made ? ca_put_chain(ca, dir, pem, cert) : ca_replace_chain(ca, dir, pem, cert);
    if (!status)
        out_row(stdout, "files", made ? "%s/%s %s/%s" : "%s/%s", dir, pem, dir, key);
    return status;
}

static void report(X509 *cert, X509 *old)
{
    char serial[64], span[32], when[32];
    int64_t end = ca_not_after(cert);
    out_row(stdout, "renewed", "%s", ca_serial(old, serial));
    out_row(stdout, "serial", "%s", ca_serial(cert, serial));
    out_row(stdout, "expires", "in %s   %.10s", out_span(span, end - (int64_t)time(NULL)),
            out_time(when, end));
}

static int again(const struct ca *ca, X509 *old)
{
    EVP_PKEY *made = key_type ? ca_make_key(key_type) : NULL;
    EVP_PKEY *key = key_type ? made : X509_get0_pubkey(old);
    X509 *cert = key ? ca_make_again(ca, old, key) : NULL;
    int status = cert ? hand_out(ca, cert, old, made)
                      : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the certificate");
    if (!status)
        report(cert, old);
    X509_free(cert);
    EVP_PKEY_free(made);
    return status;
}

/* Under the lock, so that what is revoked meanwhile is not renewed. */
static int renew(const char *dir, const char *serial)
{
    struct ca ca;
    X509_CRL *crl = NULL;
    X509 *old = NULL;
    int lock = -1, status = ca_open(&ca, dir, true);
    if (!status)
        status = ca_check_current(&ca);
    if (!status)
        status = file_lock(dir, &lock);
    if (!status)
        status = ca_get_crl(&ca, &crl);
    if (!status)
        status = ca_find_issued(dir, serial, &old);
    if (!status && ca_is_revoked(crl, old))
        status = out_fail(STATUS_USAGE, "tacit ca issue makes another one, with another key",
                          "%s was revoked, and stays so", serial);
    if (!status)
        status = again(&ca, old);
    X509_free(old);
    X509_CRL_free(crl);
    if (lock >= 0)
        close(lock);
    ca_close(&ca);
    return status ? status : out_flush(STATUS_OK);
}

int ca_renew(int argc, const char **argv)
{
    int status;
    if (!args_parse(&args, argc, argv, &status))
        ;
    else if (args.n_words != 2)
        status = args_usage(&args, "it is the authority's folder and one serial");
    else if (key_type && !ca_key_kind_known(key_type))
        status = args_usage(&args, "there is no such key type; it is p256, rsa2048 or ed25519");
    else
        status = renew(args.words[0], args.words[1]);
    args_free(&args);
    return status;
}
