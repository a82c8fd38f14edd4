/* json.c: a connection as JSON, for logs and bindings. It writes; it reads none. */
#include "conn/conn.h"
#include "conn/json_out.h"

#include <tacit/info.h>

static void agreed(struct json *j, const tacit_info *i)
{
    js_text(j, "version", i->version_name);
    js_text(j, "suite", i->suite_name);
    js_text(j, "group", i->group_name);
    js_text(j, "encryption", i->encryption_name);
    js_text(j, "integrity", i->integrity_name);
    js_boolean(j, "forward_secret", i->forward_secret);
    js_text(j, "own_scheme", i->own_scheme_name);
    js_text(j, "peer_scheme", i->peer_scheme_name);
    js_span(j, "alpn", i->alpn);
    js_span(j, "server_name", i->server_name);
    js_boolean(j, "resumed", i->resumed);
    js_boolean(j, "early_data", i->early_data);
    js_boolean(j, "hello_retry", i->hello_retry);
    js_boolean(j, "client_auth_requested", i->client_auth_requested);
    js_boolean(j, "peer_verified", i->peer_verified);
    js_boolean(j, "revocation_unknown", i->revocation_unknown);
    js_boolean(j, "stapled", i->stapled);
    js_boolean(j, "pinned", i->pinned);
    js_boolean(j, "verification_skipped", i->verification_skipped);
    js_boolean(j, "name_skipped", i->name_skipped);
    js_boolean(j, "name_by_allow", i->name_by_allow);
    js_number(j, "legacy", i->legacy);
    js_number(j, "tickets", i->tickets);
    js_number(j, "key_updates_in", i->key_updates_in);
    js_number(j, "key_updates_out", i->key_updates_out);
}

/* Each kind has a list of its own, for a text does not say what it names; two share the first. */
static void names(struct json *j, const tacit_conn *c, size_t index, const char *label,
                  tacit_name_kind first, tacit_name_kind last)
{
    enum { NAMES_SHOWN = 64 };
    char name[1024];
    tacit_name_kind kind;
    js_open(j, label, '[');
    for (size_t n = 0;
         n < NAMES_SHOWN && tacit_conn_peer_name(c, index, n, &kind, name, sizeof name); n++)
        if (first <= kind && kind <= last)
            js_text(j, NULL, name);
    js_close(j, ']');
}

static void certificates(struct json *j, const tacit_conn *c)
{
    tacit_cert_info info = {.size = sizeof info};
    js_open(j, "peer", '[');
    for (size_t i = 0; tacit_conn_peer_cert(c, i, &info); i++) {
        js_open(j, NULL, '{');
        js_text(j, "subject", info.subject);
        js_text(j, "issuer", info.issuer);
        js_text(j, "key", info.key);
        js_text(j, "serial", info.serial);
        js_hex(j, "key_sha256", info.key_sha256, sizeof info.key_sha256);
        js_number(j, "not_before", info.not_before);
        js_number(j, "not_after", info.not_after);
        names(j, c, i, "names", TACIT_NAME_DNS, TACIT_NAME_IP);
        names(j, c, i, "uris", TACIT_NAME_URI, TACIT_NAME_URI);
        names(j, c, i, "emails", TACIT_NAME_EMAIL, TACIT_NAME_EMAIL);
        js_close(j, '}');
    }
    js_close(j, ']');
}

size_t tacit_conn_json(const tacit_conn *c, char *out, size_t cap)
{
    struct json j = {.out = out, .cap = cap};
    tacit_info info = {.size = sizeof info};
    const tacit_error *error = tacit_conn_error(c);
    tacit_conn_info(c, &info);
    if (!c)
        return js_end(&j);
    js_open(&j, NULL, '{');
    js_text(&j, "schema", "tacit.conn/1");
    agreed(&j, &info);
    certificates(&j, c);
    js_text(&j, "code", error ? error->code : "ok");
    if (error) {
        js_error(&j, error);
        js_text(&j, "state", error->state);
        js_number(&j, "alert", error->alert);
    }
    js_paths(&j, tacit_conn_report(c));
    js_close(&j, '}');
    return js_end(&j);
}
