/* inspect_lint_chain.c: the rules for what a server would send (RFC 9846 4.5.1): the leaf, then
 * each certificate's issuer, and no root. They are asked if the first certificate is no authority:
 * a bundle of roots is no chain. */
#include "inspect.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static bool is_ca(const struct item *item)
{
    return json_is_true(json_object_get(item->facts, "ca"));
}

/* next_cert is the index of the next certificate from `i` on; all->n if there is none. */
static size_t next_cert(const struct inspection *all, size_t i)
{
    while (i < all->n && !all->items[i].cert)
        i++;
    return i;
}

/* mark_path marks the leaf's path and returns its last certificate. */
static size_t mark_path(const struct inspection *all, size_t leaf, bool *on_path)
{
    size_t at = leaf;
    on_path[at] = true;
    while (all->items[at].link == LINK_SIGNED && !on_path[all->items[at].issuer]) {
        at = all->items[at].issuer;
        on_path[at] = true;
    }
    return at;
}

/* lint_order: does each certificate on the path stand behind the one that it issued? */
static void lint_order(struct inspection *all, size_t leaf)
{
    size_t at = leaf;
    for (size_t i = 0; i < all->n && all->items[at].link == LINK_SIGNED; i++) {
        size_t next = next_cert(all, at + 1), issuer = all->items[at].issuer;
        if (issuer != next) {
            lint_say(all, (long)issuer, "chain-order",
                     "it issued object %zu, and has to stand right behind it", at + 1);
            return;
        }
        at = issuer;
    }
}

static void lint_strangers(struct inspection *all, const bool *on_path)
{
    for (size_t i = 0; i < all->n; i++) {
        if (!all->items[i].cert || on_path[i])
            continue;
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++)
            twice = all->items[j].cert && !X509_cmp(all->items[i].cert, all->items[j].cert);
        if (twice)
            lint_say(all, (long)i, "chain-twice", "it was there before");
        else
            lint_say(all, (long)i, "chain-stranger", "it is not on the first certificate's path");
    }
}

/* lint_end: whether something is missing at the path's end only the anchors can tell. */
static void lint_end(struct inspection *all, size_t last)
{
    char anchor[256];
    struct failure verdict = {0};
    struct paths paths = {0};
    if (all->items[last].link == LINK_SELF)
        return;
    judge_path(&verdict, anchor, &paths, all, NULL, false);
    paths_end(&paths);
    if (verdict.status && !strcmp(verdict.code, "cert.untrusted"))
        lint_say(all, (long)last, "chain-incomplete",
                 "its issuer is neither here nor trusted here: an intermediate is missing, or --ca "
                 "has to name a private authority");
}

static void lint_keys(struct inspection *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const json_t *matches = json_object_get(all->items[i].facts, "matches");
        if (all->items[i].kind == ITEM_KEY && matches && !json_array_size(matches))
            lint_say(all, (long)i, "key-mismatch",
                     "the private key belongs to no certificate here");
    }
}

void lint_chain(struct inspection *all)
{
    size_t leaf = next_cert(all, 0);
    bool *on_path = calloc(all->n + 1, sizeof *on_path);
    lint_keys(all);
    if (on_path && leaf < all->n && !is_ca(&all->items[leaf])) {
        size_t last = mark_path(all, leaf, on_path);
        lint_order(all, leaf);
        lint_strangers(all, on_path);
        if (last != leaf && all->items[last].link == LINK_SELF)
            lint_say(all, (long)last, "chain-root",
                     "the root need not be sent: who trusts it has it, and who does not will not");
        lint_end(all, last);
    }
    free(on_path);
}
