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

int ca_put_key(const char *dir, const char *file, const EVP_PKEY *key)
{
    BIO *pem = BIO_new(BIO_s_secmem());
    return put(dir, file, 0600, pem,
               pem && PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL));
}

static int no_password(char *out, int cap, int writing, void *user)
{
    (void)out, (void)cap, (void)writing, (void)user;
    return -1;
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
    *cert = PEM_read_bio_X509(file, NULL, no_password, NULL);
    BIO_free(file);
    return *cert ? 0 : out_fail(STATUS_FILE, NULL, "there is no certificate in %s", path);
}

int ca_get_key(const char *path, EVP_PKEY **key)
{
    BIO *file = open_file(path);
    if (!file)
        return STATUS_FILE;
    *key = PEM_read_bio_PrivateKey(file, NULL, no_password, NULL);
    BIO_free(file);
    return *key ? 0 : out_fail(STATUS_FILE, NULL, "there is no usable private key in %s", path);
}
