/* report_json.c: the report for a program: schema "tacit.connect/1". Fields are only ever added;
 * what was not reached is null; times are RFC 3339 in UTC; every number is there by its name
 * too. */
#include "report.h"

#include "legacy.h"
#include "out.h"
#include "services.h"

#include <stdlib.h>

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *text(const char *value)
{
    return value && *value ? json_string(value) : json_null();
}

static void set_code_point(json_t *object, const char *key, const char *id_key, const char *name,
                           uint16_t id)
{
    set(object, key, id ? text(name) : json_null());
    set(object, id_key, id ? json_integer(id) : json_null());
}

static json_t *milliseconds(uint64_t ns)
{
    return ns ? json_real((double)ns / 1e6) : json_null();
}

json_t *report_cert_json(const tacit_cert_info *cert)
{
    char from[32], to[32], sha256[65];
    json_t *o = json_object();
    set(o, "subject", text(cert->subject));
    set(o, "issuer", text(cert->issuer));
    set(o, "key", text(cert->key));
    set(o, "key_sha256", text(out_hex(sha256, cert->key_sha256, sizeof cert->key_sha256)));
    set(o, "serial", text(cert->serial));
    set(o, "not_before", text(out_time(from, cert->not_before)));
    set(o, "not_after", text(out_time(to, cert->not_after)));
    return o;
}

static json_t *peer(const struct report *r)
{
    if (!r->n_certs)
        return json_null();
    json_t *o = report_cert_json(&r->certs[0]), *chain = json_array(), *names = json_array();
    for (size_t i = 0; i < r->n_leaf_names; i++)
        json_array_append_new(names, text(r->leaf_names[i]));
    set(o, "name", text(r->certs[0].name));
    set(o, "names", names);
    set(o, "n_names", json_integer(r->certs[0].n_names));
    for (size_t i = 0; i < r->n_certs; i++)
        json_array_append_new(chain, report_cert_json(&r->certs[i]));
    set(o, "chain", chain);
    return o;
}

static json_t *legacy(uint32_t bits)
{
    json_t *words = json_array();
    for (size_t i = 0; i < LEGACY_WORDS; i++)
        if (bits & legacy_words[i].bit)
            json_array_append_new(words, json_string(legacy_words[i].word));
    return words;
}

static void agreed(json_t *o, const struct report *r)
{
    const tacit_info *i = &r->info;
    set_code_point(o, "version", "version_id", i->version_name, i->version);
    set_code_point(o, "suite", "suite_id", i->suite_name, i->suite);
    set_code_point(o, "group", "group_id", i->group_name, i->group);
    set_code_point(o, "peer_scheme", "peer_scheme_id", i->peer_scheme_name, i->peer_scheme);
    set_code_point(o, "own_scheme", "own_scheme_id", i->own_scheme_name, i->own_scheme);
    set(o, "alpn", text(r->alpn));
    set(o, "resumed", json_boolean(i->resumed));
    set(o, "early_data", json_boolean(i->early_data));
    set(o, "hello_retry", json_boolean(i->hello_retry));
    set(o, "client_auth_requested", json_boolean(i->client_auth_requested));
    set(o, "verified", json_boolean(i->peer_verified));
    set(o, "revocation_unknown", json_boolean(i->revocation_unknown));
    set(o, "stapled", json_boolean(i->stapled));
    set(o, "verification_skipped", json_boolean(i->verification_skipped));
    set(o, "pinned", json_boolean(i->pinned));
    set(o, "name_by_allow", json_boolean(i->name_by_allow));
    set(o, "services", r->connected ? services_json(i, r->name) : json_null());
    set(o, "legacy", legacy(i->legacy));
    set(o, "tickets", json_integer(i->tickets));
    set(o, "key_updates_in", json_integer(i->key_updates_in));
    set(o, "key_updates_out", json_integer(i->key_updates_out));
}

json_t *report_json(const struct report *r)
{
    json_t *o = json_object();
    set(o, "schema", json_string("tacit.connect/1"));
    set(o, "host", json_string(r->target->host));
    set(o, "port", json_integer(strtol(r->target->port, NULL, 10)));
    set(o, "address", text(r->dial->address));
    set(o, "connected", json_boolean(r->connected));
    failure_json(&r->failure, o);
    agreed(o, r);
    set(o, "peer", peer(r));
    set(o, "paths", paths_json(&r->paths));
    set(o, "timings_ms",
        json_pack("{s:o, s:o, s:o}", "dns", milliseconds(r->dial->dns_ns), "tcp",
                  milliseconds(r->dial->tcp_ns), "tls", milliseconds(r->tls_ns)));
    if (r->http_status)
        set(o, "http",
            json_pack("{s:i, s:s, s:I}", "status", r->http_status, "phrase", r->http_phrase, "body",
                      (json_int_t)r->http_body));
    return o;
}
