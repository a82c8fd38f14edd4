/* describe.c: a certificate in words, for reports: escaped, cut to size, and deciding nothing. */
#include "x509/parse.h"

#include <stdio.h>

static void key_text(const struct pubkey *key, char *out, size_t cap)
{
    static const char *const names[] = {
        [KEY_NONE] = "unknown key",    [KEY_RSA] = "RSA",
        [KEY_RSA_PSS] = "RSA-PSS",     [KEY_EC_P256] = "ECDSA P-256",
        [KEY_EC_P384] = "ECDSA P-384", [KEY_EC_P521] = "ECDSA P-521",
        [KEY_ED25519] = "Ed25519",
    };
    if (key_is_rsa(key->type))
        snprintf(out, cap, "%s %zu", names[key->type], key_bits(key));
    else
        snprintf(out, cap, "%s", names[key->type]);
}

static void serial_text(span serial, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < serial.n && n + 3 <= cap; i++)
        n += (size_t)snprintf(out + n, cap - n, "%02x", serial.p[i]);
}

/* Does a name of a certificate, as text, stand for what was asked for? A wildcard stands for the
 * first label. */
static bool names_host(const char *name, const struct host *host)
{
    struct host h;
    const char *dot = host->dns_len ? strchr(host->dns, '.') : NULL;
    if (name[0] == '*')
        return dot && strcmp(name + 1, dot) == 0;
    return host_parse(&h, span_str(name), NULL) && h.ip_len == host->ip_len
           && (h.ip_len ? memcmp(h.ip, host->ip, h.ip_len) == 0 : strcmp(h.dns, host->dns) == 0);
}

/* The name that matched, so that a report shows why; else the first. A URI or a mailbox never
 * stands where a host is looked for. */
static void name_that_matters(const struct cert *cert, const struct host *host,
                              tacit_cert_info *info)
{
    char name[sizeof info->name];
    bool any = false, matched = false;
    tacit_name_kind kind;
    for (rd in = rd_of(cert->san); cert_name_next(&in, &kind, name, sizeof name); info->n_names++) {
        bool is_host = kind == TACIT_NAME_DNS || kind == TACIT_NAME_IP;
        bool matches = is_host && !matched && host && names_host(name, host);
        if ((is_host && !any) || matches)
            memcpy(info->name, name, sizeof name);
        any |= is_host;
        matched |= matches;
    }
}

/* A leaf may go without a subject, and bear names alone (RFC 5280 4.1.2.6). */
static void name_for_subject(const struct cert *cert, tacit_cert_info *info)
{
    if (info->name[0])
        memcpy(info->subject, info->name, sizeof info->subject);
    else
        (void)!cert_name_at(cert, 0, NULL, info->subject, sizeof info->subject);
}

void cert_describe(const struct cert *cert, const struct host *host, tacit_cert_info *info)
{
    *info = (tacit_cert_info){.size = sizeof *info};
    name_text(cert->subject, info->subject, sizeof info->subject);
    name_common(cert->subject, info->common_name, sizeof info->common_name);
    name_text(cert->issuer, info->issuer, sizeof info->issuer);
    key_text(&cert->key, info->key, sizeof info->key);
    serial_text(cert->serial, info->serial, sizeof info->serial);
    info->not_before = cert->not_before;
    info->not_after = cert->not_after;
    name_that_matters(cert, host, info);
    hash_once(HASH_SHA256, cert->spki, info->key_sha256);
    if (!info->subject[0])
        name_for_subject(cert, info);
}
