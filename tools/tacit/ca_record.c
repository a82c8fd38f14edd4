/* ca_record.c: what an authority has issued: DIR/issued/SERIAL.pem.
 *
 * A certificate is recorded before it is handed out, in a file that is written once and never
 * changed. One that takes the place of another says so in a line before its PEM block, where PEM
 * has room for it (RFC 7468 5.2): so that fact and the certificate appear in one step. */
#include "ca.h"

#include "out.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char replaces[] = "replaces ";

/* is_serial: is it written like one? It becomes part of a path. */
static bool is_serial(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n <= 40 && strspn(text, "0123456789abcdefABCDEF") == n;
}

/* path_of writes the path of a serial's file. */
static int path_of(char path[4096], const char *dir, const char *serial)
{
    char file[96];
    snprintf(file, sizeof file, "issued/%s.pem", serial);
    for (char *p = file; *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    return file_join(path, dir, file);
}

int ca_record(const struct ca *ca, const X509 *cert, const X509 *replaced)
{
    char issued[4096], serial[64], old[64], file[80], *bytes;
    int status = file_join(issued, ca->dir, "issued");
    if (status)
        return status;
    status = file_have_dir(issued);
    if (status)
        return status;
    snprintf(file, sizeof file, "%s.pem", ca_serial(cert, serial));
    BIO *pem = BIO_new(BIO_s_mem());
    bool ok = pem
              && (!replaced || BIO_printf(pem, "%s%s\n", replaces, ca_serial(replaced, old)) > 0)
              && PEM_write_bio_X509(pem, cert);
    long n = ok ? BIO_get_mem_data(pem, &bytes) : 0;
    status = n > 0 ? file_put(issued, file, 0644, bytes, (size_t)n)
                   : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot encode %s", file);
    BIO_free(pem);
    return status;
}

int ca_find_issued(const char *dir, const char *serial, X509 **cert)
{
    char path[4096], shown[64];
    if (!is_serial(serial))
        return out_fail(STATUS_USAGE, "tacit ca list DIR",
                        "\"%s\" is no serial: those are hexadecimal",
                        out_escape(shown, sizeof shown, serial, strlen(serial)));
    int status = path_of(path, dir, serial);
    if (!status && access(path, F_OK) && errno == ENOENT)
        return out_fail(STATUS_FILE, "tacit ca list DIR",
                        "the authority in %s has issued nothing of the serial %s", dir, serial);
    return status ? status : ca_get_cert(path, cert);
}

bool ca_replaced(const struct ca *ca, const X509 *cert, char out[64])
{
    char path[4096], line[128] = "", serial[64];
    FILE *from = path_of(path, ca->dir, ca_serial(cert, serial)) ? NULL : fopen(path, "rbe");
    bool read = from && fgets(line, sizeof line, from);
    if (from)
        fclose(from);
    line[strcspn(line, "\n")] = 0;
    const char *old = line + sizeof replaces - 1;
    if (!read || strncmp(line, replaces, sizeof replaces - 1) != 0 || !is_serial(old))
        return false;
    snprintf(out, 64, "%.40s", old);
    return true;
}

static int is_cert(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 4 && !strcmp(entry->d_name + n - 4, ".pem");
}

static int by_expiry(const void *a, const void *b)
{
    int64_t x = ca_not_after(*(X509 *const *)a), y = ca_not_after(*(X509 *const *)b);
    return (x > y) - (x < y);
}

int ca_load_issued(const char *dir, X509 ***issued, size_t *n)
{
    char folder[4096], path[4096];
    struct dirent **entries = NULL;
    int status = file_join(folder, dir, "issued");
    int count = status ? 0 : scandir(folder, &entries, is_cert, alphasort);
    *issued = calloc(count > 0 ? (size_t)count : 1, sizeof **issued);
    *n = 0;
    for (int i = 0; i < count; i++) {
        if (!status && *issued)
            status = file_join(path, folder, entries[i]->d_name);
        if (!status && *issued)
            status = ca_get_cert(path, &(*issued)[*n]);
        if (!status && *issued)
            ++*n;
        free(entries[i]);
    }
    free(entries);
    if (!*issued)
        return out_fail(STATUS_INTERNAL, NULL, "no memory");
    qsort(*issued, *n, sizeof **issued, by_expiry);
    return status;
}

void ca_free_issued(X509 **issued, size_t n)
{
    for (size_t i = 0; i < n; i++)
        X509_free(issued[i]);
    free(issued);
}
