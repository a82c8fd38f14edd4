/* evidence.c: what a broken rule expected, and what was found, in words for a person.
 *
 * A row for each reason that a path can be refused for says what its rule is about; the facts are
 * read again from the certificates, so that verifying carries none of them. Invariant: every name
 * comes through name_text and its like, and every list is cut between its items: no control byte,
 * and no half of a character. */
#include "x509/crl.h"
#include "x509/parse.h"
#include "x509/report.h"

#include <stdio.h>

enum { NAME_SHOWN = 160 };

/* struct matter is the attempt that is put in words. */
struct matter {
    const struct tacit_report *report;
    const struct attempt *attempt;
    const struct path *path;
    const struct cert *cert; /* that broke the rule */
    struct words *expected, *found;
};

static const char *subject(const struct cert *cert, char out[NAME_SHOWN])
{
    name_text(cert->subject, out, NAME_SHOWN);
    return out;
}

static void say_signature(struct words *w, const struct cert *cert)
{
    rd in = rd_of(cert->der), body, algorithm;
    span tbs, oid;
    if (der_enter(&in, DER_SEQUENCE, &body) && der_whole(&body, DER_SEQUENCE, &tbs)
        && der_enter(&body, DER_SEQUENCE, &algorithm) && der_oid(&algorithm, &oid))
        say_algorithm(w, oid);
}

/* say_key_kind names the curve of a key that has one. */
static void say_key_kind(struct words *w, const struct cert *cert)
{
    rd in = rd_of(cert->spki), body, algorithm;
    span oid;
    if (!der_enter(&in, DER_SEQUENCE, &body) || !der_enter(&body, DER_SEQUENCE, &algorithm)
        || !der_oid(&algorithm, &oid))
        return;
    der_oid(&algorithm, &oid);
    say_algorithm(w, oid);
}

static void list_usage(struct words *w, const struct cert *cert)
{
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly"};
    say_bits(w, names, sizeof names / sizeof names[0], cert->key_usage);
    say_end(w, "no keyUsage");
}

static void list_purposes(struct words *w, const struct cert *cert)
{
    static const char *const names[] = {"serverAuth", "clientAuth", "anyExtendedKeyUsage",
                                        "OCSPSigning", "others"};
    say_bits(w, names, sizeof names / sizeof names[0], cert->eku);
    say_end(w, "no extendedKeyUsage");
}

static void list_names(struct words *w, const struct cert *cert)
{
    char name[WORDS_MAX];
    struct gname g;
    for (rd in = rd_of(cert->san); !rd_end(&in) && gname_next(&in, &g);) {
        gname_text(&g, name, sizeof name);
        say_item(w, name);
    }
    say_end(w, "no subjectAltName");
}

/* ---- one function for each rule -------------------------------------------------------------- */

static void expired(struct matter *m)
{
    char now[32];
    time_text(m->report->now, now);
    say(m->expected, "valid at %s", now);
    say(m->found, "expired ");
    say_when(m->found, m->cert->not_after, m->report->now);
}

static void not_yet_valid(struct matter *m)
{
    char now[32];
    time_text(m->report->now, now);
    say(m->expected, "valid at %s", now);
    say(m->found, "valid ");
    say_when(m->found, m->cert->not_before, m->report->now);
}

static void name_mismatch(struct matter *m)
{
    const struct host *host = &m->report->host;
    char name[WORDS_MAX];
    struct gname g = {GN_DNS, {(const uint8_t *)host->dns, host->dns_len}};
    if (host->ip_len)
        g = (struct gname){GN_IP, {host->ip, host->ip_len}};
    gname_text(&g, name, sizeof name);
    say(m->expected, "%s", name);
    list_names(m->found, m->cert);
}

static void no_host_name(struct matter *m)
{
    char name[NAME_SHOWN];
    name_mismatch(m);
    name_common(m->cert->subject, name, sizeof name);
    if (*name) /* shown as part of the subject, where it is escaped */
        say(m->found, "; the common name in %s does not count", subject(m->cert, name));
}

static void pin_mismatch(struct matter *m)
{
    uint8_t hash[HASH_MAX];
    hash_once(HASH_SHA256, m->path->certs[0]->spki, hash);
    say(m->expected, "a path with a pinned key");
    say(m->found, "the leaf's key is ");
    for (size_t i = 0; i < hash_len(HASH_SHA256); i++)
        say(m->found, "%02x", hash[i]);
}

static void not_allowed(struct matter *m)
{
    say(m->expected, "a name or a key that is allowed");
    list_names(m->found, m->cert);
}

static void no_issuer(struct matter *m)
{
    char name[NAME_SHOWN];
    name_text(m->cert->issuer, name, sizeof name);
    say(m->expected, "the certificate of its issuer, %s", name);
    say(m->found, "it is not trusted, and was not sent");
}

static void untrusted(struct matter *m)
{
    char name[NAME_SHOWN];
    say(m->expected, "a trusted authority");
    say(m->found, "%s, which is not trusted", subject(m->cert, name));
}

static void too_deep(struct matter *m)
{
    say(m->expected, "a trusted authority within %d certificates", PATH_MAX_CERTS);
    say(m->found, "none among the first %zu", m->path->n);
}

static void bad_signature(struct matter *m)
{
    char name[NAME_SHOWN];
    say(m->expected, "signed by the key of %s",
        subject(m->path->certs[m->attempt->err.depth + 1], name));
    say(m->found, "signed by another key, or changed since");
}

static void broken_hash(struct matter *m)
{
    say(m->expected, "a signature over SHA-256 or better");
    say_signature(m->found, m->cert);
}

static void unsupported_signature(struct matter *m)
{
    say(m->expected, "a signature scheme that is accepted in certificates");
    say_signature(m->found, m->cert);
}

static void unsupported_key(struct matter *m)
{
    say(m->expected, "RSA, ECDSA on P-256, P-384 or P-521, or Ed25519");
    say_key_kind(m->found, m->cert);
}

static void weak_key(struct matter *m)
{
    say(m->expected, "RSA 2048 to 8192");
    say(m->found, "RSA %u", m->attempt->err.detail);
}

static void serial(struct matter *m)
{
    say(m->expected, "a positive number");
    say(m->found, "0");
}

static void unknown_critical(struct matter *m)
{
    char text[NAME_SHOWN];
    span oid;
    say(m->expected, "no critical extension that is unknown here");
    if (ext_unknown_critical(m->cert, &oid)) {
        oid_text(oid, text, sizeof text);
        say(m->found, "%s", text);
    } else {
        say(m->found, "a policy qualifier");
    }
}

static void no_name(struct matter *m)
{
    bool issuer = name_is_empty(m->cert->issuer);
    say(m->expected,
        issuer ? "an issuer with a name" : "a subject, or a critical subjectAltName in its place");
    say(m->found, issuer ? "an empty issuer" : "an empty subject");
}

static void ca_claims(struct matter *m)
{
    say(m->expected, m->cert->is_ca
                         ? "keyCertSign, as it is an authority"
                         : "neither keyCertSign nor name constraints: it is no authority");
    list_usage(m->found, m->cert);
    if (m->cert->name_constraints.p)
        say(m->found, ", name constraints");
}

static void not_ca(struct matter *m)
{
    say(m->expected, "basicConstraints with CA:TRUE");
    if (m->cert->version < 3)
        say(m->found, "a version %d certificate, which has no extensions", m->cert->version);
    else
        say(m->found, m->cert->has_basic ? "CA:FALSE" : "no basicConstraints");
}

static void no_key_cert_sign(struct matter *m)
{
    say(m->expected, "keyCertSign");
    list_usage(m->found, m->cert);
}

static void path_too_long(struct matter *m)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < m->path->n; i++)
        n += !m->path->certs[i]->self_issued;
    say(m->expected, "at most %d authorities below it", m->cert->path_len);
    say(m->found, "%zu", n);
}

static void wrong_purpose(struct matter *m)
{
    say(m->expected, m->report->purpose == PURPOSE_SERVER ? "serverAuth" : "clientAuth");
    list_purposes(m->found, m->cert);
}

static void key_usage(struct matter *m)
{
    say(m->expected,
        m->report->usage == KU_DIGITAL_SIGNATURE ? "digitalSignature" : "keyEncipherment");
    list_usage(m->found, m->cert);
}

static void name_constrained(struct matter *m)
{
    char text[WORDS_MAX];
    struct culprit c;
    struct gname base;
    if (!constraints_culprit(m->path, &c))
        return;
    gname_text(&c.name, text, sizeof text);
    say(m->found, "%s", text);
    if (c.side == EXCLUDED) {
        gname_text(c.base.value.p ? &c.base : &c.name, text, NAME_SHOWN);
        say(m->expected, "no name within %s", text);
        return;
    }
    say(m->expected, "a name within ");
    for (rd in = rd_of(c.bases); !rd_end(&in) && constraints_next(&in, &base);) {
        if (base.kind != c.name.kind)
            continue;
        gname_text(&base, text, sizeof text);
        say_item(m->expected, text);
    }
    say_end(m->expected, "what is permitted");
}

static void constraint_unsupported(struct matter *m)
{
    char text[NAME_SHOWN];
    const struct gname form = {(enum gname_kind)(m->attempt->err.detail % GN_KINDS), {0}};
    gname_text(&form, text, sizeof text);
    say(m->expected, "no name of a form whose constraints are not processed here");
    say(m->found, "%s", text);
}

static void policy(struct matter *m)
{
    char text[NAME_SHOWN];
    rd body;
    span oid;
    say(m->expected, "an acceptable policy that is valid along the whole path");
    for (rd in = rd_of(m->path->certs[0]->policies);
         !rd_end(&in) && der_enter(&in, DER_SEQUENCE, &body) && der_oid(&body, &oid);) {
        oid_text(oid, text, sizeof text);
        say_item(m->found, text);
    }
    say_end(m->found, "no policies in the leaf");
}

/* ---- revocation ------------------------------------------------------------------------------ */

static void revoked(struct matter *m)
{
    static const char *const reasons[] = {
        "no reason given", "keyCompromise",        "cACompromise",    "affiliationChanged",
        "superseded",      "cessationOfOperation", "certificateHold", "reason 7",
        "removeFromCRL",   "privilegeWithdrawn",   "aACompromise"};
    const struct crl_node *n = trust_crls(m->report->trust)->first;
    int64_t when;
    uint8_t reason;
    say(m->expected, "not revoked");
    for (; n; n = n->next) {
        if (!name_eq(n->crl.issuer, m->cert->issuer) || !crl_covers(&n->crl, m->cert)
            || !crl_entry(&n->crl, m->cert->serial, &when, &reason))
            continue;
        say(m->found, "revoked ");
        say_when(m->found, when, m->report->now);
        say(m->found, " (%s)", reason < 11 ? reasons[reason] : "unknown reason");
        return;
    }
}

static void no_list(struct matter *m)
{
    char name[NAME_SHOWN];
    name_text(m->cert->issuer, name, sizeof name);
    say(m->expected, "a current revocation list of %s", name);
    say(m->found, "none that covers this certificate");
}

static void list_expired(struct matter *m)
{
    char name[NAME_SHOWN];
    const struct crl_node *n = trust_crls(m->report->trust)->first;
    name_text(m->cert->issuer, name, sizeof name);
    say(m->expected, "a current revocation list of %s", name);
    for (; n; n = n->next) {
        bool early = m->report->now < n->crl.this_update;
        if (!name_eq(n->crl.issuer, m->cert->issuer) || !crl_covers(&n->crl, m->cert)
            || (!early && m->report->now <= n->crl.next_update))
            continue;
        say(m->found, early ? "one that is valid " : "one that was to be renewed ");
        say_when(m->found, early ? n->crl.this_update : n->crl.next_update, m->report->now);
        return;
    }
}

static void list_bad_signature(struct matter *m)
{
    char name[NAME_SHOWN];
    name_text(m->cert->issuer, name, sizeof name);
    say(m->expected, "a revocation list that %s has signed", name);
    say(m->found, "one that is signed by another key, or changed since");
}

/* clang-format off */
static const struct {
    enum reason reason;
    void (*tell)(struct matter *m);
} rules[] = {
    {R_CERT_EXPIRED,                expired},
    {R_CERT_NOT_YET_VALID,          not_yet_valid},
    {R_CERT_NAME_MISMATCH,          name_mismatch},
    {R_CERT_NO_HOST_NAME,           no_host_name},
    {R_CERT_NOT_ALLOWED,            not_allowed},
    {R_CERT_NO_ISSUER,              no_issuer},
    {R_CERT_SELF_SIGNED,            untrusted},
    {R_CERT_UNTRUSTED_ROOT,         untrusted},
    {R_CERT_BAD_SIGNATURE,          bad_signature},
    {R_CERT_BROKEN_HASH,            broken_hash},
    {R_CERT_UNSUPPORTED_SIGNATURE,  unsupported_signature},
    {R_CERT_UNSUPPORTED_KEY,        unsupported_key},
    {R_CERT_WEAK_KEY,               weak_key},
    {R_CERT_SERIAL,                 serial},
    {R_CERT_UNKNOWN_CRITICAL,       unknown_critical},
    {R_CERT_NO_NAME,                no_name},
    {R_CERT_CA_CLAIMS,              ca_claims},
    {R_CERT_NOT_CA,                 not_ca},
    {R_CERT_NO_KEY_CERT_SIGN,       no_key_cert_sign},
    {R_CERT_PATH_TOO_LONG,          path_too_long},
    {R_CERT_WRONG_PURPOSE,          wrong_purpose},
    {R_CERT_KEY_USAGE,              key_usage},
    {R_CERT_NAME_CONSTRAINED,       name_constrained},
    {R_CERT_CONSTRAINT_UNSUPPORTED, constraint_unsupported},
    {R_CERT_POLICY,                 policy},
    {R_CERT_REVOKED,                revoked},
    {R_CRL_MISSING,                 no_list},
    {R_CRL_EXPIRED,                 list_expired},
    {R_CRL_BAD_SIGNATURE,           list_bad_signature},
};
/* clang-format on */

void evidence(const struct tacit_report *report, const struct attempt *attempt,
              char expected[WORDS_MAX], char found[WORDS_MAX])
{
    struct words e = {.out = expected}, f = {.out = found};
    int32_t depth = attempt->err.depth;
    struct matter m = {
        .report = report, .attempt = attempt, .path = &attempt->path, .expected = &e, .found = &f};
    expected[0] = found[0] = 0;
    if (attempt->err.reason == R_CERT_TOO_DEEP) /* these are the whole path's */
        too_deep(&m);
    if (attempt->err.reason == R_CERT_PIN_MISMATCH)
        pin_mismatch(&m);
    if (depth < 0 || (size_t)depth >= attempt->path.n)
        return;
    m.cert = attempt->path.certs[depth];
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].reason == attempt->err.reason)
            rules[i].tell(&m);
}
