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

struct fact {
    const char *key;
    char value[300];
};

enum { MAX_FACTS = 12 };

static size_t add(struct fact *facts, size_t n, const char *key, const char *value)
{
    facts[n].key = key;
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
    n = add(facts, n, "address", v->peer);
    n = add(facts, n, "version", i.version_name ? i.version_name : "");
    n = add(facts, n, "suite", i.suite_name ? i.suite_name : "");
    n = add(facts, n, "group", i.group_name ? i.group_name : "");
    n = add(facts, n, "signature", i.own_scheme_name ? i.own_scheme_name : "");
    n = add(facts, n, "server_name",
            out_escape(text, sizeof text, i.server_name.p, i.server_name.n));
    n = add(facts, n, "alpn", out_escape(text, sizeof text, i.alpn.p, i.alpn.n));
    n = add(facts, n, "resumed", i.resumed ? "yes" : "no");
    n = add(facts, n, "hello_retry", i.hello_retry ? "yes" : "no");
    if (i.client_auth_requested || i.peer_verified)
        n = add(facts, n, "client",
                i.peer_verified && tacit_conn_peer_cert(v->link.conn, 0, &cert) ? cert.subject
                                                                                : "not proven");
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

static char *as_html(const struct fact *facts, size_t n)
{
    char *page = NULL;
    size_t size;
    FILE *to = open_memstream(&page, &size);
    if (!to)
        return NULL;
    fputs("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
          "<meta name=\"color-scheme\" content=\"light dark\"><title>Your handshake</title>\n"
          "<h1>Your handshake</h1>\n<table>\n",
          to);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "<tr><th scope=\"row\" align=\"left\">%s<td>", facts[i].key);
        put_escaped(to, facts[i].value[0] ? facts[i].value : "-");
        fputs("\n", to);
    }
    fputs("</table>\n<p>The same <a href=\"/json\">as JSON</a>.\n", to);
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
