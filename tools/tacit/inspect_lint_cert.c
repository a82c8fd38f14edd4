/* inspect_lint_cert.c: the rules for one certificate. */
#include "inspect.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, LEAF_DAYS_MAX = 398, SOON_DAYS = 30, SERIAL_BITS = 64, SERIAL_BYTES = 20 };

/* struct subject is the certificate under examination. */
struct subject {
    struct inspection *all;
    long i;
    X509 *cert;
    const json_t *facts;
    bool ca, root;
};

static bool has(const struct subject *s, const char *list, const char *word)
{
    size_t n;
    json_t *one;
    json_array_foreach(json_object_get(s->facts, list), n,
                       one) if (!strcmp(json_string_value(one), word)) return true;
    return false;
}

static bool has_fact(const struct subject *s, const char *fact)
{
    return json_object_get(s->facts, fact) != NULL;
}

/* is_critical is 1 or 0, and -1 where the extension is absent. */
static int is_critical(const struct subject *s, int nid)
{
    int at = X509_get_ext_by_NID(s->cert, nid, -1);
    return at < 0 ? -1 : X509_EXTENSION_get_critical(X509_get_ext(s->cert, at)) != 0;
}

static void lint_serial(const struct subject *s)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(s->cert), NULL);
    if (!n)
        return;
    if (BN_is_negative(n))
        lint_say(s->all, s->i, "serial-negative", "its serial number is negative");
    else if (BN_is_zero(n))
        lint_say(s->all, s->i, "serial-zero", "its serial number is zero");
    else if (BN_num_bits(n) > 8 * SERIAL_BYTES)
        lint_say(s->all, s->i, "serial-long", "its serial number is longer than 20 bytes");
    else if (BN_num_bits(n) < SERIAL_BITS - 8 && !s->root) /* leading zeros happen */
        lint_say(s->all, s->i, "serial-short",
                 "its serial number has %d bits, too few to be random: 64 are the least",
                 BN_num_bits(n));
    BN_free(n);
}

static void lint_dates(const struct subject *s)
{
    int64_t from = time_seconds(X509_get0_notBefore(s->cert));
    int64_t to = time_seconds(X509_get0_notAfter(s->cert));
    int64_t left = to - s->all->now, soon = (to - from) / 3;
    char span[32];
    if (soon > SOON_DAYS * DAY)
        soon = SOON_DAYS * DAY;
    if (to < from)
        lint_say(s->all, s->i, "dates-reversed", "it ends before it begins");
    else if (left < 0)
        lint_say(s->all, s->i, "expired", "it expired %s ago", out_span(span, left));
    else if (from > s->all->now)
        lint_say(s->all, s->i, "not-yet-valid", "it becomes valid in %s",
                 out_span(span, from - s->all->now));
    else if (left < soon)
        lint_say(s->all, s->i, "expires-soon", "it expires in %s", out_span(span, left));
    if (!s->ca && to - from > (int64_t)LEAF_DAYS_MAX * DAY)
        lint_say(s->all, s->i, "long-life", "it lasts %lld days: browsers take at most %d",
                 (long long)((to - from) / DAY), LEAF_DAYS_MAX);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void lint_wildcard(const struct subject *s, const char *name)
{
    const char *star = strchr(name, '*');
    if (!star)
        return;
    if (star != name || name[1] != '.' || strchr(name + 1, '*'))
        lint_say(
            s->all, s->i, "wildcard-misplaced",
            "in \"%.200s\" the wildcard is not the whole left-most label, and stands for nothing",
            name);
    else if (!strchr(name + 2, '.'))
        lint_say(s->all, s->i, "wildcard-wide",
                 "\"%.200s\" stands for everybody below a top-level "
                 "domain, and few take it",
                 name);
}

static bool looks_like_host(const char *text)
{
    return strchr(text, '.') && !strpbrk(text, " @/\\,");
}

static void lint_common_name(const struct subject *s)
{
    char cn[256];
    size_t n;
    json_t *name;
    int len =
        X509_NAME_get_text_by_NID(X509_get_subject_name(s->cert), NID_commonName, cn, sizeof cn);
    if (len <= 0 || strlen(cn) != (size_t)len || !looks_like_host(cn))
        return;
    json_array_foreach(json_object_get(s->facts, "names"), n,
                       name) if (!strcasecmp(fact_text(name, "name"), cn)) return;
    char shown[256];
    lint_say(s->all, s->i, "cn-not-in-san",
             "its common name \"%s\" is not in subjectAltName, and counts for nothing",
             out_escape(shown, sizeof shown, cn, strlen(cn)));
}

static void lint_names(const struct subject *s)
{
    size_t n;
    json_t *name;
    bool subject = X509_NAME_entry_count(X509_get_subject_name(s->cert)) > 0;
    if (!X509_NAME_entry_count(X509_get_issuer_name(s->cert)))
        lint_say(s->all, s->i, "empty-issuer", "it does not say who issued it");
    if (!subject && (s->ca || is_critical(s, NID_subject_alt_name) != 1))
        lint_say(s->all, s->i, "empty-subject",
                 s->ca ? "an authority without a name"
                       : "it has no subject, so subjectAltName has "
                         "to be critical");
    if (s->ca)
        return;
    if (!has_fact(s, "names"))
        lint_say(s->all, s->i, "no-san", "it has no subjectAltName: it proves no name");
    else
        lint_common_name(s);
    json_array_foreach(json_object_get(s->facts, "names"), n,
                       name) if (!strcmp(fact_text(name, "kind"), "DNS"))
        lint_wildcard(s, fact_text(name, "name"));
}

/* ---- usages ---------------------------------------------------------------------------------- */

static void lint_authority(const struct subject *s)
{
    if (is_critical(s, NID_basic_constraints) == 0)
        lint_say(s->all, s->i, "ca-not-critical", "its basicConstraints is not critical");
    if (!has(s, "key_usage", "keyCertSign"))
        lint_say(s->all, s->i, "ca-no-cert-sign",
                 "an authority whose key usage does not have keyCertSign");
    if (is_critical(s, NID_name_constraints) == 0)
        lint_say(s->all, s->i, "constraints-not-critical",
                 "its name constraints are not critical: who does not know them ignores them");
    if (!has_fact(s, "subject_key_id"))
        lint_say(s->all, s->i, "no-key-id", "an authority without a subject key identifier");
}

static void lint_leaf_usage(const struct subject *s)
{
    bool usage = has_fact(s, "key_usage");
    EVP_PKEY *key = X509_get0_pubkey(s->cert);
    bool rsa = key && EVP_PKEY_is_a(key, "RSA");
    if (!has_fact(s, "extended_key_usage"))
        lint_say(s->all, s->i, "no-eku", "it does not say what it is for (extended key usage)");
    else if (has(s, "extended_key_usage", "anyExtendedKeyUsage"))
        lint_say(s->all, s->i, "eku-any", "it is for any purpose, so for too many");
    else if (!has(s, "extended_key_usage", "serverAuth")
             && !has(s, "extended_key_usage", "clientAuth")
             && !has(s, "extended_key_usage", "OCSPSigning"))
        lint_say(s->all, s->i, "eku-not-tls", "it is neither for servers nor for clients of TLS");
    if (usage && !has(s, "key_usage", "digitalSignature"))
        lint_say(s->all, s->i, "key-usage-no-signature",
                 "its key usage lacks digitalSignature: it can do no handshake of TLS 1.3");
    if (!rsa && (has(s, "key_usage", "keyEncipherment") || has(s, "key_usage", "dataEncipherment")))
        lint_say(s->all, s->i, "key-usage-unfit",
                 "its key usage speaks of encryption, which a key of this kind cannot do");
    if (has(s, "key_usage", "keyCertSign"))
        lint_say(s->all, s->i, "cert-sign-no-ca",
                 "its key usage has keyCertSign, but it is no authority");
    if (has_fact(s, "path_length"))
        lint_say(s->all, s->i, "path-length-no-ca",
                 "it limits the authorities below it, but is none");
    if (has_fact(s, "name_constraints"))
        lint_say(s->all, s->i, "constraints-no-ca", "it has name constraints, but is no authority");
}

static void lint_usage(const struct subject *s)
{
    if (!has_fact(s, "key_usage") && !s->ca)
        lint_say(s->all, s->i, "no-key-usage", "it does not say what its key may do (key usage)");
    if (is_critical(s, NID_key_usage) == 0)
        lint_say(s->all, s->i, "key-usage-not-critical", "its key usage is not critical");
    if (s->ca)
        lint_authority(s);
    else
        lint_leaf_usage(s);
}

static void lint_issuer(const struct subject *s)
{
    enum link link = s->all->items[s->i].link;
    if (link != LINK_SELF && !has_fact(s, "authority_key_id"))
        lint_say(s->all, s->i, "no-issuer-key-id", "it does not name the key that signed it");
    if (link == LINK_SELF && !s->ca)
        lint_say(s->all, s->i, "self-signed-leaf", "it is signed by itself: nobody vouches for it");
    if (link == LINK_NOT_BY)
        lint_say(s->all, s->i, "wrong-issuer",
                 "object %zu bears the name of its issuer, but did not sign it",
                 s->all->items[s->i].issuer + 1);
}

void lint_cert(struct inspection *all, size_t i)
{
    const struct item *item = &all->items[i];
    struct subject s = {.all = all, .i = (long)i, .cert = item->cert, .facts = item->facts};
    s.ca = json_is_true(json_object_get(s.facts, "ca"));
    s.root = item->link == LINK_SELF;
    const X509_ALGOR *algorithm;
    X509_get0_signature(NULL, &algorithm, item->cert);
    lint_key(all, i, item->key);
    if (!s.root) /* whoever trusts a root does not look at its signature */
        lint_signature(all, i, algorithm);
    if (X509_get_version(item->cert) != X509_VERSION_3 && !s.root)
        lint_say(all, s.i, "not-v3", "it is of version %ld, which knows no extensions",
                 X509_get_version(item->cert) + 1);
    lint_serial(&s);
    lint_dates(&s);
    lint_names(&s);
    lint_usage(&s);
    lint_issuer(&s);
    if (has_fact(&s, "unknown_critical"))
        lint_say(all, s.i, "unknown-critical", "it has a critical extension that nobody knows");
}
