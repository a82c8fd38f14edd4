/* inspect_lint.c: `tacit inspect --lint`: the table of rules, and those that certificates, requests
 * and lists have in common.
 *
 * A rule is an error where a verifier that keeps to its document refuses what breaks it, and a
 * warning where it is bad practice or will cause trouble. Only errors change the exit status: 32 if
 * all of them are about dates, else 37. "BR" are the Baseline Requirements of the CA/Browser Forum
 * for TLS server certificates, which bind public authorities, and advise private ones. */
#include "inspect.h"

#include "tool.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <string.h>

enum severity { WARNING, ERROR, DATE /* an error, of its own exit status */ };

static const struct lint_rule {
    const char *word;
    enum severity severity;
    const char *rule;
} rules[] = {
    {"malformed", ERROR, "RFC 5280 4"},
    {"weak-key", ERROR, "BR 6.1.5"},
    {"weak-exponent", ERROR, "BR 6.1.6"},
    {"small-exponent", WARNING, "BR 6.1.6"},
    {"odd-key", WARNING, "BR 6.1.1.1"},
    {"broken-hash", ERROR, "RFC 9846 4.3.3"},
    {"unknown-signature", WARNING, "RFC 9846 4.3.3"},
    {"not-v3", ERROR, "RFC 5280 4.1.2.1"},
    {"serial-negative", ERROR, "RFC 5280 4.1.2.2"},
    {"serial-zero", ERROR, "RFC 5280 4.1.2.2"},
    {"serial-long", ERROR, "RFC 5280 4.1.2.2"},
    {"serial-short", WARNING, "BR 7.1"},
    {"empty-issuer", ERROR, "RFC 5280 4.1.2.4"},
    {"empty-subject", ERROR, "RFC 5280 4.1.2.6"},
    {"dates-reversed", ERROR, "RFC 5280 4.1.2.5"},
    {"expired", DATE, "RFC 5280 6.1.3"},
    {"not-yet-valid", DATE, "RFC 5280 6.1.3"},
    {"expires-soon", WARNING, "RFC 5280 4.1.2.5"},
    {"long-life", WARNING, "BR 6.3.2"},
    {"no-san", ERROR, "RFC 9525 6.3"},
    {"cn-not-in-san", WARNING, "BR 7.1.4.3"},
    {"wildcard-misplaced", ERROR, "RFC 9525 6.3"},
    {"wildcard-wide", WARNING, "BR 3.2.2.6"},
    {"no-eku", WARNING, "BR 7.1.2.7.6"},
    {"eku-any", WARNING, "BR 7.1.2.7.10"},
    {"eku-not-tls", WARNING, "RFC 5280 4.2.1.12"},
    {"no-key-usage", WARNING, "RFC 5280 4.2.1.3"},
    {"key-usage-not-critical", WARNING, "RFC 5280 4.2.1.3"},
    {"key-usage-no-signature", ERROR, "RFC 9846 4.5.1.2"},
    {"key-usage-unfit", WARNING, "RFC 8813 3"},
    {"cert-sign-no-ca", ERROR, "RFC 5280 4.2.1.9"},
    {"ca-no-cert-sign", ERROR, "RFC 5280 4.2.1.3"},
    {"ca-not-critical", ERROR, "RFC 5280 4.2.1.9"},
    {"path-length-no-ca", WARNING, "RFC 5280 4.2.1.9"},
    {"constraints-no-ca", ERROR, "RFC 5280 4.2.1.10"},
    {"constraints-not-critical", WARNING, "RFC 5280 4.2.1.10"},
    {"no-key-id", WARNING, "RFC 5280 4.2.1.2"},
    {"no-issuer-key-id", WARNING, "RFC 5280 4.2.1.1"},
    {"unknown-critical", ERROR, "RFC 5280 4.2"},
    {"self-signed-leaf", WARNING, "RFC 5280 6.1"},
    {"wrong-issuer", ERROR, "RFC 5280 6.1.3"},
    {"chain-order", WARNING, "RFC 9846 4.5.1"},
    {"chain-root", WARNING, "RFC 9846 4.5.1"},
    {"chain-stranger", WARNING, "RFC 9846 4.5.1"},
    {"chain-twice", WARNING, "RFC 9846 4.5.1"},
    {"chain-incomplete", WARNING, "RFC 9846 4.5.1"},
    {"key-mismatch", ERROR, "RFC 9846 4.5.1.2"},
    {"not-its-key", ERROR, "RFC 2986 4.2"},
    {"no-names", WARNING, "RFC 9525 6.3"},
    {"not-authentic", ERROR, "RFC 5280 6.3.3"},
    {"list-stale", ERROR, "RFC 5280 6.3.3"},
    {"list-no-end", ERROR, "RFC 5280 5.1.2.5"},
    {"list-no-number", WARNING, "RFC 5280 5.2.3"},
    {"list-no-key-id", WARNING, "RFC 5280 5.2.1"},
    {"answer-stale", ERROR, "RFC 6960 3.2"},
};

static const struct lint_rule *rule_of(const char *word)
{
    size_t i = 0;
    while (strcmp(rules[i].word, word) != 0)
        i++;
    return &rules[i];
}

void lint_say(struct inspection *all, long item, const char *word, const char *format, ...)
{
    const struct lint_rule *rule = rule_of(word);
    char sentence[512];
    va_list list;
    va_start(list, format);
    vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    json_t *w = json_pack("{s:s, s:s, s:s, s:s}", "word", word, "severity",
                          rule->severity == WARNING ? "warning" : "error", "sentence", sentence,
                          "rule", rule->rule);
    if (item >= 0)
        json_object_set_new(w, "object", json_integer(item + 1));
    json_array_append_new(all->warnings, w);
}

/* ---- what several kinds have in common ------------------------------------------------------- */

static void lint_exponent(struct inspection *all, size_t i, const EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
        return;
    if (!BN_is_odd(e) || BN_is_one(e))
        lint_say(all, (long)i, "weak-exponent", "the RSA exponent is even, or 1: this is no key");
    else if (BN_num_bits(e) < 17)
        lint_say(all, (long)i, "small-exponent", "the RSA exponent is below 65537");
    BN_free(e);
}

static bool is_usual_curve(const char *curve)
{
    return !strcmp(curve, "P-256") || !strcmp(curve, "P-384") || !strcmp(curve, "P-521");
}

void lint_key(struct inspection *all, size_t i, const EVP_PKEY *key)
{
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    const char *curve = fact_text(json_object_get(all->items[i].facts, "key"), "curve");
    if (!key) {
        lint_say(all, (long)i, "odd-key", "the key is of a kind that nothing here can use");
    } else if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        if (bits < 2048)
            lint_say(all, (long)i, "weak-key", "an RSA key of %d bits: 2048 are the least", bits);
        lint_exponent(all, i, key);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        if (bits < 224)
            lint_say(all, (long)i, "weak-key", "an EC key of %d bits: 256 are the least", bits);
        else if (!is_usual_curve(curve))
            lint_say(all, (long)i, "odd-key", "few take the curve \"%s\"; P-256 is taken by all",
                     curve);
    } else if (EVP_PKEY_is_a(key, "DSA")) {
        lint_say(all, (long)i, "weak-key", "a DSA key, which TLS no longer uses");
    } else if (!EVP_PKEY_is_a(key, "ED25519")) {
        lint_say(all, (long)i, "odd-key", "few take a key of the kind %s",
                 EVP_PKEY_get0_type_name(key));
    }
}

/* signed_hash is the hash that a signature is over; NID_undef: unknown. Ed25519 and Ed448 have
 * their own, which nobody doubts. */
static int signed_hash(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    const void *params = NULL;
    int type = 0, hash = NID_undef, kind = NID_undef;
    X509_ALGOR_get0(&oid, &type, &params, algorithm);
    int nid = OBJ_obj2nid(oid);
    if (nid == NID_ED25519 || nid == NID_ED448)
        return NID_sha512;
    if (nid != NID_rsassaPss)
        return OBJ_find_sigid_algs(nid, &hash, &kind) ? hash : NID_undef;
    const ASN1_STRING *der = type == V_ASN1_SEQUENCE ? params : NULL;
    const uint8_t *p = der ? ASN1_STRING_get0_data(der) : NULL;
    RSA_PSS_PARAMS *pss = der ? d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(der)) : NULL;
    if (pss) {
        hash = NID_sha1; /* RFC 4055 3.1: the default */
        if (pss->hashAlgorithm) {
            X509_ALGOR_get0(&oid, NULL, NULL, pss->hashAlgorithm);
            hash = OBJ_obj2nid(oid);
        }
    }
    RSA_PSS_PARAMS_free(pss);
    return hash;
}

void lint_signature(struct inspection *all, size_t i, const X509_ALGOR *algorithm)
{
    int hash = signed_hash(algorithm);
    if (hash == NID_md5 || hash == NID_md2 || hash == NID_md4 || hash == NID_sha1)
        lint_say(all, (long)i, "broken-hash", "it is signed over %s, which can be forged",
                 OBJ_nid2sn(hash));
    else if (hash != NID_sha256 && hash != NID_sha384 && hash != NID_sha512)
        lint_say(all, (long)i, "unknown-signature", "few can verify this kind of signature");
}

/* ---- the other kinds ------------------------------------------------------------------------- */

static void lint_request(struct inspection *all, size_t i)
{
    const struct item *item = &all->items[i];
    lint_key(all, i, item->key);
    const X509_ALGOR *algorithm;
    X509_REQ_get0_signature(item->request, NULL, &algorithm);
    lint_signature(all, i, algorithm);
    if (!json_is_true(json_object_get(item->facts, "signed_by_its_key")))
        lint_say(all, (long)i, "not-its-key", "whoever made the request has not shown the key");
    if (!json_object_get(item->facts, "names"))
        lint_say(all, (long)i, "no-names", "it asks for no names in subjectAltName");
}

/* lint_author: what is signed by somebody else than its issuer is worth nothing, and a verifier
 * passes it over. */
static void lint_author(struct inspection *all, size_t i)
{
    const json_t *author = json_object_get(all->items[i].facts, "authorship");
    if (json_is_false(json_object_get(author, "authentic")))
        lint_say(all, (long)i, "not-authentic", "%s", fact_text(author, "sentence"));
}

static void lint_list(struct inspection *all, size_t i)
{
    const struct item *item = &all->items[i];
    const json_t *facts = item->facts;
    const X509_ALGOR *algorithm;
    lint_author(all, i);
    X509_CRL_get0_signature(item->crl, NULL, &algorithm);
    lint_signature(all, i, algorithm);
    if (!json_object_get(facts, "next_update"))
        lint_say(all, (long)i, "list-no-end", "it does not say when the next one will come");
    else if (json_is_true(json_object_get(facts, "expired")))
        lint_say(all, (long)i, "list-stale", "its successor was due on %.10s",
                 fact_text(facts, "next_update"));
    if (!json_object_get(facts, "number"))
        lint_say(all, (long)i, "list-no-number", "it has no number");
    if (!json_object_get(facts, "authority_key_id"))
        lint_say(all, (long)i, "list-no-key-id", "it does not name the key that signed it");
}

static void lint_answers(struct inspection *all, size_t i)
{
    char now[32];
    size_t n;
    json_t *answer;
    lint_author(all, i);
    out_time(now, all->now);
    json_array_foreach(json_object_get(all->items[i].facts, "answers"), n, answer)
    {
        const char *next = fact_text(answer, "next_update");
        if (*next && strcmp(next, now) < 0) /* RFC 3339 in UTC sorts by time */
            lint_say(all, (long)i, "answer-stale", "the answer about %s was good until %.10s",
                     fact_text(answer, "serial"), next);
    }
}

static void lint_item(struct inspection *all, size_t i)
{
    const struct item *item = &all->items[i];
    if (item->doubt.status)
        lint_say(all, (long)i, "malformed", "tacit refuses it: %s (%s)", item->doubt.sentence,
                 item->doubt.tls.rule ? item->doubt.tls.rule : "");
    if (item->cert)
        lint_cert(all, i);
    else if (item->crl)
        lint_list(all, i);
    else if (item->request)
        lint_request(all, i);
    else if (item->ocsp)
        lint_answers(all, i);
    else if (item->key)
        lint_key(all, i, item->key);
}

/* settle turns errors into a status, unless there is one. */
static void settle(struct inspection *all)
{
    const char *first = NULL;
    bool only_dates = true;
    size_t n, errors = 0;
    json_t *w;
    json_array_foreach(all->warnings, n, w)
    {
        enum severity severity = rule_of(fact_text(w, "word"))->severity;
        if (severity == WARNING)
            continue;
        only_dates = only_dates && severity == DATE;
        if (!errors++)
            first = fact_text(w, "word");
    }
    if (errors && only_dates)
        failure_own(&all->failure, 32,
                    strcmp(first, "expired") ? "cert.not-yet-valid" : "cert.expired",
                    "it is outside of its dates");
    else if (errors)
        failure_own(&all->failure, 37, "cert.invalid", "%zu rule%s broken, the first is %s", errors,
                    errors == 1 ? " is" : "s are", first);
}

void lint_all(struct inspection *all)
{
    all->warnings = json_array();
    for (size_t i = 0; i < all->n; i++)
        lint_item(all, i);
    lint_chain(all);
    settle(all);
}
