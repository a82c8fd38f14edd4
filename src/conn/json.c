/* json.c: a connection as JSON, for logs and bindings (RFC 8259). It writes; it reads none.
 *
 * Invariant: what a peer chose goes through put_text, which escapes everything that is not
 * printable ASCII: no peer writes into somebody's log (bug class 129). */
#include "conn/conn.h"

#include <tacit/info.h>

#include <stdio.h>

/* struct json counts what it would have written, like snprintf. */
struct json {
    char *out;
    size_t cap, n;
    bool first; /* of the present object or array */
};

static void put(struct json *j, char c)
{
    if (j->n + 1 < j->cap)
        j->out[j->n] = c;
    j->n++;
}

static void put_raw(struct json *j, const char *s)
{
    while (*s)
        put(j, *s++);
}

static void put_text(struct json *j, span text)
{
    put(j, '"');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            put(j, '\\');
            put(j, (char)c);
        } else if (c >= 0x20 && c < 0x7f) {
            put(j, (char)c);
        } else {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            put_raw(j, escape);
        }
    }
    put(j, '"');
}

static void key(struct json *j, const char *name)
{
    if (!j->first)
        put(j, ',');
    j->first = false;
    if (!name)
        return;
    put_text(j, span_str(name));
    put(j, ':');
}

static void open_with(struct json *j, const char *name, char bracket)
{
    key(j, name);
    put(j, bracket);
    j->first = true;
}

static void close_with(struct json *j, char bracket)
{
    put(j, bracket);
    j->first = false;
}

static void text(struct json *j, const char *name, const char *value)
{
    key(j, name);
    if (value)
        put_text(j, span_str(value));
    else
        put_raw(j, "null");
}

static void number(struct json *j, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    key(j, name);
    put_raw(j, digits);
}

static void boolean(struct json *j, const char *name, bool value)
{
    key(j, name);
    put_raw(j, value ? "true" : "false");
}

static void agreed(struct json *j, const tacit_info *i)
{
    text(j, "version", i->version_name);
    text(j, "suite", i->suite_name);
    text(j, "group", i->group_name);
    text(j, "own_scheme", i->own_scheme_name);
    text(j, "peer_scheme", i->peer_scheme_name);
    key(j, "alpn");
    put_text(j, i->alpn);
    key(j, "server_name");
    put_text(j, i->server_name);
    boolean(j, "resumed", i->resumed);
    boolean(j, "early_data", i->early_data);
    boolean(j, "hello_retry", i->hello_retry);
    boolean(j, "client_auth_requested", i->client_auth_requested);
    boolean(j, "peer_verified", i->peer_verified);
    boolean(j, "revocation_unknown", i->revocation_unknown);
    boolean(j, "stapled", i->stapled);
    boolean(j, "verification_skipped", i->verification_skipped);
    boolean(j, "name_skipped", i->name_skipped);
    number(j, "legacy", i->legacy);
    number(j, "tickets", i->tickets);
    number(j, "key_updates_in", i->key_updates_in);
    number(j, "key_updates_out", i->key_updates_out);
}

/* Each kind has a list of its own, for a text does not say what it names; two share the first. */
static void names(struct json *j, const tacit_conn *c, size_t index, const char *label,
                  tacit_name_kind first, tacit_name_kind last)
{
    enum { NAMES_SHOWN = 64 };
    char name[1024];
    tacit_name_kind kind;
    open_with(j, label, '[');
    for (size_t n = 0;
         n < NAMES_SHOWN && tacit_conn_peer_name(c, index, n, &kind, name, sizeof name); n++)
        if (first <= kind && kind <= last)
            text(j, NULL, name);
    close_with(j, ']');
}

static void certificates(struct json *j, const tacit_conn *c)
{
    tacit_cert_info info = {.size = sizeof info};
    open_with(j, "peer", '[');
    for (size_t i = 0; tacit_conn_peer_cert(c, i, &info); i++) {
        open_with(j, NULL, '{');
        text(j, "subject", info.subject);
        text(j, "issuer", info.issuer);
        text(j, "key", info.key);
        text(j, "serial", info.serial);
        number(j, "not_before", info.not_before);
        number(j, "not_after", info.not_after);
        names(j, c, i, "names", TACIT_NAME_DNS, TACIT_NAME_IP);
        names(j, c, i, "uris", TACIT_NAME_URI, TACIT_NAME_URI);
        names(j, c, i, "emails", TACIT_NAME_EMAIL, TACIT_NAME_EMAIL);
        close_with(j, '}');
    }
    close_with(j, ']');
}

static void failure(struct json *j, const tacit_error *error)
{
    char sentence[512];
    text(j, "code", error ? error->code : "ok");
    if (!error)
        return;
    tacit_error_sentence(error, sentence, sizeof sentence);
    text(j, "reason", error->name);
    text(j, "rule", error->rule);
    text(j, "state", error->state);
    number(j, "alert", error->alert);
    number(j, "depth", error->depth);
    text(j, "sentence", sentence);
    text(j, "advice", tacit_error_advice(error));
}

size_t tacit_conn_json(const tacit_conn *c, char *out, size_t cap)
{
    struct json j = {.out = out, .cap = cap, .first = true};
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(c, &info);
    put(&j, '{');
    text(&j, "schema", "tacit.conn/1");
    agreed(&j, &info);
    certificates(&j, c);
    failure(&j, tacit_conn_error(c));
    put(&j, '}');
    if (cap)
        out[j.n < cap ? j.n : cap - 1] = 0;
    return j.n;
}
