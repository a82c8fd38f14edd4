/* inspect_kind.c: what bytes are that are none of what can be shown, in a clear sentence. It
 * guesses from the first bytes, and says so little that the guess is right. */
#include "inspect.h"

#include <ctype.h>
#include <string.h>

/* The labels of RFC 7468, and of others who write what looks like it. */
static const struct {
    const char *label, *what;
} labels[] = {
    {"OPENSSH PRIVATE KEY", "an OpenSSH private key: `ssh-keygen -p -m PKCS8` turns it into PEM"},
    {"SSH2 PUBLIC KEY", "an SSH public key"},
    {"SSH2 ENCRYPTED PRIVATE KEY", "an SSH private key of another maker"},
    {"PKCS7", "a PKCS#7 bundle: `openssl pkcs7 -print_certs` takes its certificates out"},
    {"PKCS #7 SIGNED DATA", "a PKCS#7 bundle: `openssl pkcs7 -print_certs` unpacks it"},
    {"CMS", "a CMS message"},
    {"DH PARAMETERS", "Diffie-Hellman parameters, which are of no use here"},
    {"X9.42 DH PARAMETERS", "Diffie-Hellman parameters, which are of no use here"},
    {"EC PARAMETERS", "the name of a curve, which is also in the key that follows"},
    {"DSA PARAMETERS", "DSA parameters, which are of no use here"},
    {"ATTRIBUTE CERTIFICATE", "an attribute certificate, which TLS does not use"},
    {"SSL SESSION PARAMETERS", "a TLS session of OpenSSL: whoever has it can read and resume it"},
    {"PGP PUBLIC KEY BLOCK", "an OpenPGP public key"},
    {"PGP PRIVATE KEY BLOCK", "an OpenPGP private key"},
    {"PGP MESSAGE", "an OpenPGP message"},
    {"PGP SIGNATURE", "an OpenPGP signature"},
};

bool kind_of_label(char out[256], const char *label)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (!strcmp(labels[i].label, label)) {
            snprintf(out, 256, "%s", labels[i].what);
            return true;
        }
    return false;
}

static bool begins(const uint8_t *bytes, size_t n, const char *with, size_t with_n)
{
    return n >= with_n && memcmp(bytes, with, with_n) == 0;
}

#define MAGIC(bytes, what)                                                                         \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, what                                                             \
    }

static const char *by_first_bytes(const uint8_t *bytes, size_t n)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *what;
    } known[] = {
        MAGIC("\xfe\xed\xfe\xed", "a Java keystore (JKS): keytool turns it into PKCS#12"),
        MAGIC("\xce\xce\xce\xce", "a Java keystore (JCEKS): keytool turns it into PKCS#12"),
        MAGIC("PuTTY-User-Key-File", "a PuTTY key"),
        MAGIC("openssh-key-v1", "an OpenSSH private key without its armour"),
        MAGIC("ssh-", "an SSH public key"),
        MAGIC("ecdsa-sha2-", "an SSH public key"),
        MAGIC("sk-ssh-", "an SSH public key of a security key"),
        MAGIC("\x7f\x45LF", "a program (ELF)"),
        MAGIC("PK\x03\x04", "a zip archive"),
        MAGIC("\x1f\x8b", "a gzip archive"),
        MAGIC("\x28\xb5\x2f\xfd", "a zstd archive"),
        MAGIC("\x16\x03", "TLS records as they go over a wire"),
        MAGIC("<", "HTML or XML"),
        MAGIC("{", "JSON, perhaps a JWK, which is not read here"),
        MAGIC("[", "JSON"),
        MAGIC("%PDF", "a PDF document"),
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (begins(bytes, n, known[i].magic, known[i].n))
            return known[i].what;
    return NULL;
}

/* der_length is the size of the SEQUENCE at the start, with its header; 0: that is none. */
static uint64_t der_length(const uint8_t *bytes, size_t n)
{
    if (n < 2 || bytes[0] != 0x30)
        return 0;
    if (bytes[1] < 0x80)
        return 2 + (uint64_t)bytes[1];
    size_t more = bytes[1] & 0x7f;
    uint64_t length = 0;
    if (more == 0 || more > 4 || n < 2 + more)
        return 0;
    for (size_t i = 0; i < more; i++)
        length = length << 8 | bytes[2 + i];
    return 2 + more + length;
}

static bool holds(const uint8_t *bytes, size_t n, const char *what, size_t what_n)
{
    for (size_t i = 0; i + what_n <= n; i++)
        if (!memcmp(bytes + i, what, what_n))
            return true;
    return false;
}

static void of_der(char out[256], const uint8_t *bytes, size_t n, uint64_t length)
{
    static const char signed_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    if (length > n)
        snprintf(out, 256, "DER that was cut short: %zu bytes are here of %llu", n,
                 (unsigned long long)length);
    else if (length < n)
        snprintf(out, 256, "DER with %llu bytes of something else behind it",
                 (unsigned long long)(n - length));
    else if (holds(bytes, n < 32 ? n : 32, signed_data, sizeof signed_data - 1))
        snprintf(out, 256, "a PKCS#7 bundle: `openssl pkcs7 -inform DER -print_certs` unpacks it");
    else
        snprintf(out, 256,
                 "DER, but no certificate, list, request, key, PKCS#12 or OCSP response "
                 "that can be read");
}

/* share_of counts how many of the bytes `is` accepts. */
static size_t share_of(const uint8_t *bytes, size_t n, int (*is)(int))
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += is(bytes[i]) != 0;
    return count;
}

static int is_text(int c)
{
    return isprint(c) || isspace(c) || c >= 0x80;
}

static int is_base64(int c)
{
    return isalnum(c) || isspace(c) || c == '+' || c == '/' || c == '=';
}

void kind_of_bytes(char out[256], const uint8_t *bytes, size_t n)
{
    const char *known = by_first_bytes(bytes, n);
    uint64_t length = der_length(bytes, n);
    if (!n)
        snprintf(out, 256, "empty");
    else if (known)
        snprintf(out, 256, "%s", known);
    else if (length)
        of_der(out, bytes, n, length);
    else if (n >= 2 && bytes[0] == 'M' && share_of(bytes, n, is_base64) == n)
        snprintf(out, 256, "base64 without the BEGIN and END lines that would say of what");
    else if (memchr(bytes, 0, n) || share_of(bytes, n, is_text) < n)
        snprintf(out, 256, "binary data of an unknown kind");
    else
        snprintf(out, 256, "plain text without a PEM block in it");
}
