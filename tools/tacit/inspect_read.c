/* inspect_read.c: from bytes to items.
 *
 * PEM is split here, block by block, so that a damaged one takes none of its neighbours with it.
 * Binary bytes are tried as each kind, and belong to one only if it takes all of them. Invariant:
 * every block, and every file, becomes at least one item: nothing is passed over in silence. What
 * was read is wiped, for there may be keys in it. */
#define _GNU_SOURCE /* memmem */
#include "inspect.h"

#include "tool.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 16 << 20, ITEMS_MAX = 4096 };

/* ---- items ----------------------------------------------------------------------------------- */

struct item *inspection_add(struct inspection *all, enum item_kind kind)
{
    if (all->n == all->cap) {
        size_t cap = all->cap ? 2 * all->cap : 8;
        struct item *more = cap <= ITEMS_MAX ? realloc(all->items, cap * sizeof *more) : NULL;
        if (!more) {
            failure_own(&all->failure, STATUS_FILE, "file", "there is too much in %s", all->source);
            return NULL;
        }
        all->items = more;
        all->cap = cap;
    }
    all->items[all->n] = (struct item){.kind = kind};
    return &all->items[all->n++];
}

void inspection_free(struct inspection *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct item *item = &all->items[i];
        X509_free(item->cert);
        X509_CRL_free(item->crl);
        X509_REQ_free(item->request);
        EVP_PKEY_free(item->key);
        OCSP_RESPONSE_free(item->ocsp);
        OPENSSL_free(item->der);
        json_decref(item->facts);
    }
    free(all->items);
    json_decref(all->verification);
    json_decref(all->warnings);
    paths_end(&all->paths);
    OPENSSL_cleanse(all->password, sizeof all->password);
}

struct item *inspection_add_unreadable(struct inspection *all, const char *what)
{
    struct item *item = inspection_add(all, ITEM_NONE);
    if (item)
        snprintf(item->what, sizeof item->what, "%s", what);
    return item;
}

/* ---- each kind ------------------------------------------------------------------------------- */

/* A reader takes all of the bytes, or says false and has added nothing. */
typedef bool reader(struct inspection *all, const uint8_t *der, size_t n);

bool read_cert(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)n);
    struct item *item = cert && p == der + n ? inspection_add(all, ITEM_CERT) : NULL;
    if (!item) {
        X509_free(cert);
        return false;
    }
    item->cert = cert;
    item->key = X509_get_pubkey(cert);
    judge_cert(&item->doubt, der, n);
    return true;
}

/* keep_der keeps the bytes of an object for the library, which is asked about it once all of them
 * are known. */
static void keep_der(struct item *item, const uint8_t *der, size_t n)
{
    item->der = OPENSSL_memdup(der, n);
    item->der_n = item->der ? n : 0;
}

static bool read_crl(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)n);
    struct item *item = crl && p == der + n ? inspection_add(all, ITEM_CRL) : NULL;
    if (!item) {
        X509_CRL_free(crl);
        return false;
    }
    item->crl = crl;
    keep_der(item, der, n);
    judge_crl(&item->doubt, der, n);
    return true;
}

static bool read_request(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)n);
    struct item *item = request && p == der + n ? inspection_add(all, ITEM_REQUEST) : NULL;
    if (!item) {
        X509_REQ_free(request);
        return false;
    }
    item->request = request;
    item->key = X509_REQ_get_pubkey(request);
    return true;
}

bool inspection_add_key(struct inspection *all, EVP_PKEY *key, enum item_kind kind)
{
    struct item *item = key ? inspection_add(all, kind) : NULL;
    if (!item) {
        EVP_PKEY_free(key);
        return false;
    }
    item->key = key;
    return true;
}

static bool read_private(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)n);
    if (key && p == der + n)
        return inspection_add_key(all, key, ITEM_KEY);
    EVP_PKEY_free(key);
    return false;
}

static bool read_public(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)n);
    if (key && p == der + n)
        return inspection_add_key(all, key, ITEM_PUBLIC);
    EVP_PKEY_free(key);
    return false;
}

static bool read_ocsp(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)n);
    struct item *item = response && p == der + n ? inspection_add(all, ITEM_OCSP) : NULL;
    if (!item) {
        OCSP_RESPONSE_free(response);
        return false;
    }
    item->ocsp = response;
    keep_der(item, der, n);
    judge_ocsp(&item->doubt, der, n);
    return true;
}

static reader *const readers[] = {read_cert,   read_crl,     read_request,    read_store,
                                  read_public, read_private, read_locked_key, read_ocsp};

/* looks_like_cert: is it a SEQUENCE of a SEQUENCE that begins with [0] { INTEGER v2 or v3 }? Then
 * our parser can say what is wrong with it. */
static bool looks_like_cert(const uint8_t *der, size_t n)
{
    return n > 16 && der[0] == 0x30 && memmem(der, 16, "\xa0\x03\x02\x01", 4);
}

static void add_broken_cert(struct inspection *all, const uint8_t *der, size_t n)
{
    struct item *item = inspection_add(all, ITEM_CERT);
    if (!item)
        return;
    kind_of_bytes(item->what, der, n);
    judge_cert(&item->doubt, der, n);
}

void inspect_der(struct inspection *all, const uint8_t *der, size_t n)
{
    if (!read_cert(all, der, n))
        add_broken_cert(all, der, n);
}

static void read_binary(struct inspection *all, const uint8_t *bytes, size_t n)
{
    char what[256];
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (n && n <= FILE_BYTES && readers[i](all, bytes, n))
            return;
    if (looks_like_cert(bytes, n)) {
        add_broken_cert(all, bytes, n);
        return;
    }
    kind_of_bytes(what, bytes, n);
    inspection_add_unreadable(all, what);
}

/* ---- PEM ------------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    reader *read;
    const char *what; /* if it cannot be read */
} labels[] = {
    {"CERTIFICATE", read_cert, NULL},
    {"X509 CERTIFICATE", read_cert, NULL},
    {"X509 CRL", read_crl, "a revocation list that is malformed"},
    {"CERTIFICATE REQUEST", read_request, "a signing request that is malformed"},
    {"NEW CERTIFICATE REQUEST", read_request, "a signing request that is malformed"},
    {"PUBLIC KEY", read_public, "a public key that is malformed, or of an unknown kind"},
    {"PRIVATE KEY", read_private, "a private key that is malformed, or of an unknown kind"},
    {"ENCRYPTED PRIVATE KEY", read_locked_key, "an encrypted private key that is malformed"},
    {"RSA PRIVATE KEY", read_private, "an RSA private key that is malformed"},
    {"EC PRIVATE KEY", read_private, "an EC private key that is malformed"},
    {"DSA PRIVATE KEY", read_private, "a DSA private key that is malformed"},
    {"PKCS12", read_store, "a PKCS#12 store that is malformed"},
    {"OCSP RESPONSE", read_ocsp, "an OCSP response that is malformed"},
};

static void read_labelled(struct inspection *all, const char *label, const uint8_t *der, size_t n)
{
    char what[256], shown[64];
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (strcmp(labels[i].label, label) != 0)
            continue;
        if (labels[i].read(all, der, n))
            return;
        if (labels[i].read == read_cert) {
            add_broken_cert(all, der, n);
            return;
        }
        struct item *item = inspection_add_unreadable(all, labels[i].what);
        if (item && labels[i].read == read_crl)
            judge_crl(&item->doubt, der, n);
        return;
    }
    if (!kind_of_label(what, label))
        snprintf(what, sizeof what, "a PEM block \"%s\" of an unknown kind",
                 out_escape(shown, sizeof shown, label, strlen(label)));
    inspection_add_unreadable(all, what);
}

/* read_block reads one block, from its BEGIN line to its END line. */
static void read_block(struct inspection *all, const uint8_t *text, size_t n)
{
    char *label = NULL, *header = NULL;
    uint8_t *der = NULL;
    long len = 0;
    size_t first = all->n;
    BIO *in = BIO_new_mem_buf(text, (int)n);
    bool ok = in && PEM_read_bio(in, &label, &header, &der, &len);
    if (!ok) {
        inspection_add_unreadable(all, "a PEM block that is damaged: it holds no base64");
    } else if (strstr(header, "ENCRYPTED")) {
        (void)BIO_reset(in);
        read_old_locked_key(all, in);
    } else {
        read_labelled(all, label, der, (size_t)len);
    }
    for (size_t i = first; ok && i < all->n; i++)
        out_escape(all->items[i].label, sizeof all->items[i].label, label, strlen(label));
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    BIO_free(in);
}

static const uint8_t *find(const uint8_t *from, const uint8_t *end, const char *what)
{
    return from < end ? memmem(from, (size_t)(end - from), what, strlen(what)) : NULL;
}

/* read_pem goes from one BEGIN line to the next. */
static void read_pem(struct inspection *all, const uint8_t *text, size_t n)
{
    static const char begin[] = "-----BEGIN ", finish[] = "-----END ";
    const uint8_t *end = text + n, *at = find(text, end, begin);
    while (at && !all->failure.status) {
        const uint8_t *next = find(at + 1, end, begin), *limit = next ? next : end;
        const uint8_t *last = find(at, limit, finish); /* each byte is looked at once */
        if (last) {
            const uint8_t *line = memchr(last, '\n', (size_t)(limit - last));
            read_block(all, at, (size_t)((line ? line + 1 : limit) - at));
        } else {
            inspection_add_unreadable(all, "a PEM block that was cut short: it has no END line");
        }
        at = next;
    }
}

void inspect_bytes(struct inspection *all, const uint8_t *bytes, size_t n)
{
    if (find(bytes, bytes + n, "-----BEGIN "))
        read_pem(all, bytes, n);
    else
        read_binary(all, bytes, n);
    ERR_clear_error();
}

/* ---- files ----------------------------------------------------------------------------------- */

/* read_whole reads up to FILE_BYTES bytes; more of them is an error. */
static int read_whole(FILE *from, const char *name, uint8_t **bytes, size_t *n)
{
    size_t cap = 0;
    for (size_t got = 1; got; *n += got) {
        if (*n == cap) {
            size_t more = cap ? 2 * cap : 65536;
            uint8_t *grown = more <= FILE_BYTES ? OPENSSL_clear_realloc(*bytes, cap, more) : NULL;
            if (!grown)
                return out_fail(STATUS_FILE, NULL, "%s is larger than %d MiB", name,
                                FILE_BYTES >> 20);
            *bytes = grown;
            cap = more;
        }
        got = fread(*bytes + *n, 1, cap - *n, from);
    }
    return ferror(from) ? out_fail(STATUS_FILE, NULL, "cannot read %s: %s", name, strerror(errno))
                        : 0;
}

int inspect_file(struct inspection *all, const char *path)
{
    FILE *from = path ? fopen(path, "rbe") : stdin;
    uint8_t *bytes = NULL;
    size_t n = 0;
    if (!from)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", all->source, strerror(errno));
    setvbuf(from, NULL, _IONBF, 0); /* no second copy of a key */
    int status = read_whole(from, all->source, &bytes, &n);
    if (path)
        fclose(from);
    if (!status)
        inspect_bytes(all, bytes, n);
    OPENSSL_clear_free(bytes, n);
    return status;
}
