/* ca_pem.c: keys and certificates as PEM, through libcrypto. No password is ever asked for at a
 * terminal. */
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

static EVP_PKEY *make_p256(void)
{
    return EVP_EC_gen("P-256");
}

static EVP_PKEY *make_rsa2048(void)
{
    return EVP_RSA_gen(2048);
}

static EVP_PKEY *make_ed25519(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static const struct key_kind {
    const char *name;
    EVP_PKEY *(*make)(void);
} kinds[] = {{"p256", make_p256}, {"rsa2048", make_rsa2048}, {"ed25519", make_ed25519}};

static const struct key_kind *kind_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

bool ca_key_kind_known(const char *kind)
{
    return kind_by_name(kind) != NULL;
}

EVP_PKEY *ca_make_key(const char *kind)
{
    const struct key_kind *row = kind_by_name(kind);
    return row ? row->make() : NULL;
}

int ca_no_password(char *out, int cap, int writing, void *user)
{
    (void)out, (void)cap, (void)writing, (void)user;
    return -1;
}

/* write_chain writes a certificate, and behind it what those who trust the root lack: the
 * authority's own, if that is no root. */
static bool write_chain(BIO *pem, const struct ca *ca, const X509 *cert)
{
    return pem && PEM_write_bio_X509(pem, cert)
           && (!ca_is_under(ca) || PEM_write_bio_X509(pem, ca->cert));
}

static int put(const char *dir, const char *file, mode_t mode, BIO *pem, bool made)
{
    char *bytes;
    long n = pem ? BIO_get_mem_data(pem, &bytes) : 0;
    int status = made && n > 0
                     ? file_put(dir, file, mode, bytes, (size_t)n)
                     : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot encode %s", file);
    BIO_free(pem);
    return status;
}

int ca_put_cert(const char *dir, const char *file, const X509 *cert)
{
    BIO *pem = BIO_new(BIO_s_mem());
    return put(dir, file, 0644, pem, pem && PEM_write_bio_X509(pem, cert));
}

int ca_put_chain(const struct ca *ca, const char *dir, const char *file, const X509 *cert)
{
    BIO *pem = BIO_new(BIO_s_mem());
    return put(dir, file, 0644, pem, write_chain(pem, ca, cert));
}

static int taken(const char *path)
{
    return out_fail(STATUS_FILE, "remove it first, or name another folder with --out",
                    "%s exists and is left as it is", path);
}

/* holds: is this certificate the first one of the file? */
static bool holds(const char *path, const X509 *cert)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *found = file ? PEM_read_bio_X509(file, NULL, ca_no_password, NULL) : NULL;
    bool same = found && X509_cmp(found, cert) == 0;
    X509_free(found);
    BIO_free(file);
    return same;
}

int ca_check_replace(const char *dir, const char *file, const X509 *old)
{
    char path[4096];
    struct stat st;
    int status = file_join(path, dir, file);
    if (!status && !lstat(path, &st) && !holds(path, old))
        status = taken(path);
    return status ? status : file_have_dir(dir);
}

int ca_replace_chain(const struct ca *ca, const char *dir, const char *file, const X509 *cert)
{
    char *bytes;
    BIO *pem = BIO_new(BIO_s_mem());
    long n = write_chain(pem, ca, cert) ? BIO_get_mem_data(pem, &bytes) : 0;
    int status = n > 0 ? file_replace(dir, file, 0644, bytes, (size_t)n)
                       : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot encode %s", file);
    BIO_free(pem);
    return status;
}

int ca_put_key(const char *dir, const char *file, const EVP_PKEY *key)
{
    BIO *pem = BIO_new(BIO_s_secmem());
    return put(dir, file, 0600, pem,
               pem && PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL));
}

static BIO *open_file(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    if (!file)
        out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(errno));
    return file;
}

int ca_get_cert(const char *path, X509 **cert)
{
    BIO *file = open_file(path);
    if (!file)
        return STATUS_FILE;
    *cert = PEM_read_bio_X509(file, NULL, ca_no_password, NULL);
    BIO_free(file);
    return *cert ? 0 : out_fail(STATUS_FILE, NULL, "there is no certificate in %s", path);
}

int ca_get_key(const char *path, EVP_PKEY **key)
{
    BIO *file = open_file(path);
    if (!file)
        return STATUS_FILE;
    *key = PEM_read_bio_PrivateKey(file, NULL, ca_no_password, NULL);
    BIO_free(file);
    return *key ? 0 : out_fail(STATUS_FILE, NULL, "there is no usable private key in %s", path);
}

void ca_base_name(char out[300], const char *name)
{
    bool wildcard = name[0] == '*';
    snprintf(out, 300, "%s%s", wildcard ? "_wildcard" : "", wildcard ? name + 1 : name);
    for (char *p = out; *p; p++)
        if (*p == ':')
            *p = '_';
}

int ca_check_free(const char *dir, const char *pem, const char *key)
{
    const char *files[] = {pem, key};
    for (int i = 0; i < 2; i++) {
        char path[4096];
        struct stat st;
        int status = file_join(path, dir, files[i]);
        if (status)
            return status;
        if (!lstat(path, &st))
            return taken(path);
    }
    return file_have_dir(dir);
}
