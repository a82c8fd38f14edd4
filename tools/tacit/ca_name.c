/* ca_name.c: which names an authority will put into a certificate, and which names lie within
 * its limits.
 *
 * Names are validated here once: whatever passes is plain ASCII in lower case, so that it can be
 * printed and used as a file name. Something that is nearly an IP address (all digits in the
 * last label) is refused, since nobody could tell what a verifier would make of it. */
#include "ca.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LABEL = 63, MAX_NAME = 253 };

static const char *label_check(const char *label, size_t n)
{
    if (n == 0)
        return "a label is empty";
    if (n > MAX_LABEL)
        return "a label is longer than 63 bytes";
    if (label[0] == '-' || label[n - 1] == '-')
        return "a label begins or ends with a hyphen";
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)label[i]) && label[i] != '-')
            return "only letters, digits, hyphens and dots make a DNS name";
    return NULL;
}

static const char *dns_check(const char *text)
{
    size_t n = strlen(text);
    if (n == 0)
        return "it is empty";
    if (n > MAX_NAME)
        return "it is longer than 253 bytes";
    const char *label = text, *wrong = NULL;
    for (size_t len; !wrong; label += len + 1) {
        len = strcspn(label, ".");
        wrong = label_check(label, len);
        if (!wrong && !label[len])
            return strspn(label, "0123456789") == len ? "it is neither an IP address nor a DNS name"
                                                      : NULL;
    }
    return wrong;
}

static bool ip_read(struct ca_name *name, const char *text)
{
    name->is_ip = true;
    name->addr_len = inet_pton(AF_INET, text, name->addr) == 1    ? 4
                     : inet_pton(AF_INET6, text, name->addr) == 1 ? 16
                                                                  : 0;
    name->prefix = (unsigned)name->addr_len * 8;
    return name->addr_len
           && inet_ntop(name->addr_len == 4 ? AF_INET : AF_INET6, name->addr, name->text,
                        sizeof name->text);
}

static const char *dns_read(struct ca_name *name, const char *text, const char *checked)
{
    const char *wrong = dns_check(checked);
    if (wrong)
        return wrong;
    *name = (struct ca_name){.is_ip = false};
    for (size_t i = 0; text[i]; i++)
        name->text[i] = (char)tolower((unsigned char)text[i]);
    return NULL;
}

const char *ca_name_leaf(struct ca_name *name, const char *text)
{
    *name = (struct ca_name){0};
    if (ip_read(name, text))
        return NULL;
    bool wildcard = !strncmp(text, "*.", 2);
    const char *rest = wildcard ? text + 2 : text;
    if (wildcard && !strchr(rest, '.'))
        return "a wildcard needs two labels after it, or no client will take it";
    return dns_read(name, text, rest);
}

/* prefix_read reads the "/8" of an address; host bits that are set are a mistake of the user,
 * not something to clear. */
static const char *prefix_read(struct ca_name *name, const char *digits)
{
    char *end;
    unsigned long bits = strtoul(digits, &end, 10);
    if (!isdigit((unsigned char)*digits) || *end || bits > name->addr_len * 8)
        return "the prefix length is out of range";
    name->prefix = (unsigned)bits;
    for (size_t bit = bits; bit < name->addr_len * 8; bit++)
        if (name->addr[bit / 8] >> (7 - bit % 8) & 1)
            return "the address has bits set beyond its prefix";
    snprintf(name->text + strlen(name->text), 5, "/%lu", bits);
    return NULL;
}

const char *ca_name_constraint(struct ca_name *name, const char *text)
{
    char address[64];
    size_t n = strcspn(text, "/");
    *name = (struct ca_name){0};
    if (n < sizeof address) {
        memcpy(address, text, n);
        address[n] = 0;
        if (ip_read(name, address))
            return text[n] ? prefix_read(name, text + n + 1) : NULL;
    }
    if (text[0] == '*')
        return "a limit covers all names below it: leave out the wildcard";
    return dns_read(name, text, text);
}

static bool address_within(const struct ca_name *name, const struct ca_name *constraint)
{
    if (name->addr_len != constraint->addr_len || name->prefix < constraint->prefix)
        return false;
    for (unsigned bit = 0; bit < constraint->prefix; bit++)
        if ((name->addr[bit / 8] ^ constraint->addr[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

bool ca_name_within(const struct ca_name *name, const struct ca_name *constraint)
{
    if (name->is_ip != constraint->is_ip)
        return false;
    if (name->is_ip)
        return address_within(name, constraint);
    /* RFC 5280 4.2.1.10: adding labels on the left satisfies the constraint; a wildcard is such
     * a label. */
    size_t n = strlen(name->text), c = strlen(constraint->text);
    if (n < c || strcmp(name->text + n - c, constraint->text) != 0)
        return false;
    return n == c || c == 0 || name->text[n - c - 1] == '.';
}

const char *ca_uri_check(const char *uri)
{
    static const char marks[] = "-._~:/?#[]@!$&'()*+,;=%";
    size_t scheme = strcspn(uri, ":");
    if (!uri[scheme] || !uri[scheme + 1] || !isalpha((unsigned char)uri[0]))
        return "it has no scheme, as in spiffe://example.test/service";
    if (strlen(uri) > 2048)
        return "it is longer than 2048 bytes";
    for (const char *p = uri; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr(marks, *p))
            return "it holds a byte that must be percent-encoded";
    for (size_t i = 0; i < scheme; i++)
        if (!isalnum((unsigned char)uri[i]) && !strchr("+-.", uri[i]))
            return "its scheme is malformed";
    return NULL;
}
