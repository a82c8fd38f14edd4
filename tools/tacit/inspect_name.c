/* inspect_name.c: the small change of facts: names, times, numbers and bytes as JSON values.
 *
 * Invariant: a string that is made here is printable ASCII, whatever a certificate holds: a
 * terminal obeys control bytes, and JSON must be UTF-8. */
#include "inspect.h"

#include "ca.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_MAX = 4096 };

json_t *text_json(const void *bytes, size_t n)
{
    size_t shown = n < TEXT_MAX ? n : TEXT_MAX;
    char *text = malloc(4 * shown + 8);
    if (!text)
        return NULL;
    out_escape(text, 4 * shown + 1, bytes ? bytes : "", shown);
    if (shown < n)
        memcpy(text + strlen(text), "...", sizeof "...");
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *string_json(const ASN1_STRING *string)
{
    return text_json(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

json_t *hex_json(const uint8_t *bytes, size_t n)
{
    char text[2 * 256 + 1];
    return json_string(out_hex(text, bytes, n < 256 ? n : 256));
}

/* A negative number, which no serial may be, keeps its sign. */
json_t *serial_json(const ASN1_INTEGER *serial)
{
    char text[2 * 256 + 2] = "";
    BIGNUM *n = ASN1_INTEGER_to_BN(serial, NULL);
    uint8_t bytes[256];
    size_t len = n && BN_num_bytes(n) <= (int)sizeof bytes ? (size_t)BN_bn2bin(n, bytes) : 0;
    size_t at = n && BN_is_negative(n) ? (size_t)snprintf(text, sizeof text, "-") : 0;
    out_hex(text + at, bytes, len);
    if (n && !len)
        snprintf(text, sizeof text, BN_is_zero(n) ? "00" : "(over 256 bytes)");
    BN_free(n);
    return json_string(text);
}

json_t *name_json(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n = 0;
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        n = BIO_get_mem_data(bio, &text);
    json_t *value = text_json(text, n > 0 ? (size_t)n : 0);
    BIO_free(bio);
    return value;
}

json_t *oid_json(const ASN1_OBJECT *oid)
{
    char text[128];
    int nid = OBJ_obj2nid(oid);
    const char *known = nid != NID_undef ? OBJ_nid2sn(nid) : NULL;
    if (known)
        return json_string(known);
    int n = OBJ_obj2txt(text, sizeof text, oid, 1);
    return text_json(text, n < 0 ? 0 : n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

int64_t time_seconds(const ASN1_TIME *time)
{
    struct tm tm;
    return time && ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : 0;
}

json_t *time_json(const ASN1_TIME *time)
{
    struct tm tm;
    char text[32];
    return time && ASN1_TIME_to_tm(time, &tm) ? json_string(out_time(text, (int64_t)timegm(&tm)))
                                              : NULL;
}

void facts_dates(json_t *facts, const char *from_name, const ASN1_TIME *from, const char *to_name,
                 const ASN1_TIME *to, int64_t now)
{
    fact_put(facts, from_name, time_json(from));
    fact_put(facts, to_name, time_json(to));
    if (!json_object_get(facts, from_name) || !json_object_get(facts, to_name))
        return;
    int64_t left = time_seconds(to) - now;
    fact_put(facts, "days_left", json_integer(left / 86400));
    fact_put(facts, "expired", json_boolean(left < 0));
    fact_put(facts, "early", json_boolean(time_seconds(from) > now));
}

/* ---- general names (RFC 5280 4.2.1.6) -------------------------------------------------------- */

static void push(json_t *list, const char *prefix, const char *kind, json_t *name)
{
    char words[48];
    snprintf(words, sizeof words, "%s%s", prefix, kind);
    if (name && json_array_size(list) < LIST_MAX)
        json_array_append_new(list, json_pack("{s:s, s:o}", "kind", words, "name", name));
    else
        json_decref(name);
}

static json_t *address_json(const ASN1_STRING *address)
{
    char text[96];
    int n = ASN1_STRING_length(address);
    ca_address_text(text, sizeof text, ASN1_STRING_get0_data(address), n);
    return *text ? json_string(text) : hex_json(ASN1_STRING_get0_data(address), (size_t)n);
}

void name_add(json_t *list, const char *prefix, const GENERAL_NAME *name)
{
    int type;
    void *value = GENERAL_NAME_get0_value(name, &type);
    switch (type) {
    case GEN_DNS:
        push(list, prefix, "DNS", string_json(value));
        break;
    case GEN_EMAIL:
        push(list, prefix, "email", string_json(value));
        break;
    case GEN_URI:
        push(list, prefix, "URI", string_json(value));
        break;
    case GEN_IPADD:
        push(list, prefix, "IP", address_json(value));
        break;
    case GEN_DIRNAME:
        push(list, prefix, "directory", name_json(value));
        break;
    case GEN_RID:
        push(list, prefix, "id", oid_json(value));
        break;
    default:
        push(list, prefix, "other",
             json_string(type == GEN_OTHERNAME ? "(a name of its own kind)" : "(not shown)"));
    }
}

void names_add(json_t *list, const char *prefix, const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        name_add(list, prefix, sk_GENERAL_NAME_value(names, i));
}

/* ---- objects --------------------------------------------------------------------------------- */

void fact_put(json_t *object, const char *key, json_t *value)
{
    if (json_is_array(value) && !json_array_size(value)) {
        json_decref(value);
        return;
    }
    if (value)
        json_object_set_new(object, key, value);
}

const char *fact_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
