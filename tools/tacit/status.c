/* status.c: `serve --status`: a page that shows a visitor his own handshake, as HTML or as
 * "tacit.status/1".
 *
 * Everything that the visitor himself chose (name, protocol, certificate) is escaped twice: control
 * bytes first, then what HTML would obey. */
#include "visitor.h"

#include "out.h"

#include <tacit/info.h>

#include <stdlib.h>
#include <string.h>

/* struct fact: its key is for programs, its label for people. */
struct fact {
    const char *key, *label;
    char value[300];
};

enum { MAX_FACTS = 12 };

static size_t add(struct fact *facts, size_t n, const char *key, const char *label,
                  const char *value)
{
    facts[n].key = key;
    facts[n].label = label;
    snprintf(facts[n].value, sizeof facts[n].value, "%s", value);
    return n + 1;
}

static size_t collect(const struct visitor *v, struct fact *facts)
{
    tacit_info i = {.size = sizeof i};
    tacit_cert_info cert = {.size = sizeof cert};
    char text[300];
    size_t n = 0;
    tacit_conn_info(v->link.conn, &i);
    n = add(facts, n, "version", "Protocol", i.version_name ? i.version_name : "");
    n = add(facts, n, "suite", "Cipher suite", i.suite_name ? i.suite_name : "");
    n = add(facts, n, "group", "Key exchange", i.group_name ? i.group_name : "");
    n = add(facts, n, "signature", "Signed with", i.own_scheme_name ? i.own_scheme_name : "");
    n = add(facts, n, "server_name", "Name asked for",
            out_escape(text, sizeof text, i.server_name.p, i.server_name.n));
    n = add(facts, n, "alpn", "Application protocol",
            out_escape(text, sizeof text, i.alpn.p, i.alpn.n));
    n = add(facts, n, "resumed", "Resumed", i.resumed ? "yes" : "no");
    n = add(facts, n, "hello_retry", "Asked to try again", i.hello_retry ? "yes" : "no");
    snprintf(text, sizeof text, "%u", (unsigned)i.key_updates_in);
    n = add(facts, n, "key_updates_in", "Keys renewed by you", text);
    if (i.client_auth_requested || i.peer_verified)
        n = add(facts, n, "client", "Your certificate",
                i.peer_verified && tacit_conn_peer_cert(v->link.conn, 0, &cert) ? cert.subject
                                                                                : "not proven");
    n = add(facts, n, "address", "Your address", v->peer);
    return n;
}

static char *as_json(const struct fact *facts, size_t n)
{
    json_t *object = json_object();
    json_object_set_new(object, "schema", json_string("tacit.status/1"));
    for (size_t i = 0; i < n; i++)
        json_object_set_new(object, facts[i].key,
                            facts[i].value[0] ? json_string(facts[i].value) : json_null());
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(object);
    return text;
}

static void put_escaped(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (strchr("<>&\"'", *text))
            fprintf(to, "&#%d;", *text);
        else
            fputc(*text, to);
    }
}

/* The whole look, so that the page asks for nothing else; browsers choose the colours. */
static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n<title>Your handshake</title>\n<style>\n"
    ":root { --ink: #1c2430; --soft: #5d6878; --line: #dfe4ea; --card: #fff; --page: #f3f5f8;"
    " --mark: #0b7a4b }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #98a3b3;"
    " --line: #2c3644; --card: #19212c; --page: #10161e; --mark: #4cc38a } }\n"
    "body { margin: 0; padding: 4rem 1rem; background: var(--page); color: var(--ink);"
    " font: 16px/1.5 system-ui, sans-serif }\n"
    "main { max-width: 36rem; margin: auto; padding: 2rem 2.25rem; background: var(--card);"
    " border: 1px solid var(--line); border-top: 4px solid var(--mark); border-radius: 8px }\n"
    "h1 { margin: 0; font-size: 1.6rem }\n"
    "h1 + p { margin: .25rem 0 1.5rem; color: var(--soft) }\n"
    "table { width: 100%; border-collapse: collapse }\n"
    "tr { border-top: 1px solid var(--line) }\n"
    "th, td { padding: .5rem 0; text-align: left; vertical-align: top }\n"
    "th { width: 40%; font-weight: 400; color: var(--soft) }\n"
    "td { font: 15px/1.6 ui-monospace, monospace; overflow-wrap: anywhere }\n"
    "footer { margin-top: 1.5rem; color: var(--soft) }\na { color: var(--mark) }\n"
    "</style>\n";

/* The first fact is the version, which is in the headline. */
static char *as_html(const struct fact *facts, size_t n)
{
    char *page = NULL;
    size_t size;
    FILE *to = open_memstream(&page, &size);
    if (!to)
        return NULL;
    fprintf(to, "%s<main>\n<h1>Your handshake</h1>\n<p>This connection is protected by ", head);
    put_escaped(to, facts[0].value);
    fputs(".</p>\n<table>\n", to);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "<tr><th scope=\"row\">%s<td id=\"%s\">", facts[i].label, facts[i].key);
        put_escaped(to, facts[i].value[0] ? facts[i].value : "-");
        fputs("\n", to);
    }
    fputs("</table>\n<footer>The same <a href=\"/json\">as JSON</a>.</footer>\n</main>\n", to);
    if (fclose(to)) {
        free(page);
        return NULL;
    }
    return page;
}

char *status_page(const struct visitor *v, bool json)
{
    struct fact facts[MAX_FACTS];
    size_t n = collect(v, facts);
    return json ? as_json(facts, n) : as_html(facts, n);
}
