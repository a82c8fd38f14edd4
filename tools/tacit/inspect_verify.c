/* inspect_verify.c: what the first certificate verifies to, with the others as its chain.
 *
 * It is asked if that one is no authority: a bundle of roots is no chain. The verdict is the
 * library's, and its report is the one that `connect` and `verify` show. It is told, and never
 * changes the exit status: to ask is what `tacit verify` is for. */
#include "inspect.h"

#include <string.h>

static const struct item *first_cert(const struct inspection *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].cert)
            return &all->items[i];
    return NULL;
}

/* is_for_clients: a certificate that names clients and not servers is asked about as one. */
static bool is_for_clients(const struct item *item)
{
    size_t i;
    json_t *word;
    bool client = false, server = false;
    json_array_foreach(json_object_get(item->facts, "extended_key_usage"), i, word)
    {
        client |= !strcmp(json_string_value(word), "clientAuth");
        server |= !strcmp(json_string_value(word), "serverAuth");
    }
    return client && !server;
}

void verify_first(struct inspection *all, const char *name, const char *handshake)
{
    char anchor[256], shown[1024];
    const struct item *first = first_cert(all);
    if (!first || (!handshake && json_is_true(json_object_get(first->facts, "ca"))))
        return;
    bool for_clients = !handshake && is_for_clients(first);
    judge_path(&all->verdict, anchor, &all->paths, all, name, for_clients);
    out_escape(shown, sizeof shown, anchor, strlen(anchor));
    json_t *o = json_object();
    failure_json(&all->verdict, o);
    json_object_set_new(o, "valid", json_boolean(!all->verdict.status));
    json_object_set_new(o, "name", name ? json_string(name) : json_null());
    json_object_set_new(o, "purpose", json_string(for_clients ? "client" : "server"));
    json_object_set_new(o, "anchor", all->verdict.status ? json_null() : json_string(shown));
    json_object_set_new(o, "revocation_checked", json_false());
    json_object_set_new(o, "handshake", handshake ? json_string(handshake) : json_null());
    json_object_set_new(o, "paths", paths_json(&all->paths));
    all->verification = o;
}
