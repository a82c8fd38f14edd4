/* inspect_tree.c: the chain, drawn: an issuer above what it issued. */
#include "inspect.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, SUBJECT_WIDTH = 52 };

/* under: is certificate `i` drawn below `parent`? Only a signature that was checked makes it so. */
static bool under(const struct inspection *all, size_t i, size_t parent)
{
    const struct item *item = &all->items[i];
    return item->cert && item->link == LINK_SIGNED && item->issuer == parent;
}

static const char *note(const struct item *item, char out[96])
{
    size_t by = item->issuer + 1;
    switch (item->link) {
    case LINK_SIGNED:
        snprintf(out, 96, "signed by %zu", by);
        break;
    case LINK_SELF:
        snprintf(out, 96, "self-signed");
        break;
    case LINK_NOT_BY:
        snprintf(out, 96, "names %zu as its issuer, which did NOT sign it", by);
        break;
    case LINK_UNCHECKED:
        snprintf(out, 96, "names %zu as its issuer: signature not checked", by);
        break;
    case LINK_NONE:
        snprintf(out, 96, "its issuer is not here");
    }
    return out;
}

static void draw(const struct inspection *all, size_t i, size_t depth, bool *drawn)
{
    const struct item *item = &all->items[i];
    const char *subject = fact_text(item->facts, "subject");
    const json_t *name = json_array_get(json_object_get(item->facts, "names"), 0);
    char words[96], who[80];
    int indent = (int)(depth ? 3 * (depth - 1) : 0), width = SUBJECT_WIDTH - indent - 2;
    drawn[i] = true;
    snprintf(who, sizeof who, "%.*s", width, *subject ? subject : fact_text(name, "name"));
    out_row(stdout, "", "%*s%s%zu  %-*s %s", indent, "", depth ? "`- " : "", i + 1,
            depth ? width - 1 : width + 2, who, note(item, words));
    for (size_t j = 0; j < all->n && depth < DEPTH_MAX; j++)
        if (!drawn[j] && under(all, j, i))
            draw(all, j, depth + 1, drawn);
}

void tree_print(const struct inspection *all)
{
    size_t certs = 0;
    for (size_t i = 0; i < all->n; i++)
        certs += all->items[i].cert != NULL;
    bool *drawn = certs > 1 ? calloc(all->n, sizeof *drawn) : NULL;
    if (!drawn)
        return;
    putchar('\n');
    out_row(stdout, "chain", "%zu certificates; an issuer stands above what it signed", certs);
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].cert && all->items[i].link != LINK_SIGNED)
            draw(all, i, 0, drawn);
    for (size_t i = 0; i < all->n; i++) /* circles have no top */
        if (all->items[i].cert && !drawn[i])
            draw(all, i, 0, drawn);
    free(drawn);
}
