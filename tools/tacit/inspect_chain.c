/* inspect_chain.c: what belongs together: which certificate issued which, and which key is whose.
 *
 * A certificate's issuer is the one that bears the issuer's name and whose key verifies its
 * signature; names and key identifiers alone make a claim, and are told as one. Invariant: at most
 * SIGNATURES are verified, whatever the file holds. */
#include "inspect.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

enum { SIGNATURES = 4096 };

/* key_ids_differ: both identifiers are there, and are not the same. */
static bool key_ids_differ(const struct item *of, const struct item *by)
{
    const char *asked = fact_text(of->facts, "authority_key_id");
    const char *has = fact_text(by->facts, "subject_key_id");
    return *asked && *has && strcmp(asked, has) != 0;
}

static enum link check(const struct item *of, const struct item *by, unsigned *budget)
{
    if (!*budget)
        return LINK_UNCHECKED;
    --*budget;
    bool signed_by = by->key && X509_verify(of->cert, by->key) == 1;
    return !signed_by ? LINK_NOT_BY : of == by ? LINK_SELF : LINK_SIGNED;
}

/* better: is a link of this kind worth more than that one? */
static bool better(enum link a, enum link b)
{
    static const int worth[] = {[LINK_NONE] = 0,
                                [LINK_NOT_BY] = 1,
                                [LINK_UNCHECKED] = 2,
                                [LINK_SELF] = 3,
                                [LINK_SIGNED] = 3};
    return worth[a] > worth[b];
}

static void find_issuer(struct inspection *all, size_t i, unsigned *budget)
{
    struct item *of = &all->items[i];
    const X509_NAME *wanted = X509_get_issuer_name(of->cert);
    for (size_t k = 0; k < all->n; k++) {
        size_t j = (i + k) % all->n; /* itself first */
        const struct item *by = &all->items[j];
        if (!by->cert || X509_NAME_cmp(wanted, X509_get_subject_name(by->cert)) != 0)
            continue;
        if (key_ids_differ(of, by) && of->link != LINK_NONE)
            continue;
        enum link link = check(of, by, budget);
        if (better(link, of->link)) {
            of->link = link;
            of->issuer = j;
        }
        if (link == LINK_SIGNED || link == LINK_SELF)
            return;
    }
}

static const char *link_word(enum link link)
{
    static const char *const words[] = {[LINK_NONE] = "absent",
                                        [LINK_SIGNED] = "signed",
                                        [LINK_SELF] = "self-signed",
                                        [LINK_NOT_BY] = "not-signed-by-it",
                                        [LINK_UNCHECKED] = "not-checked"};
    return words[link];
}

static void tell_link(struct inspection *all, size_t i)
{
    struct item *item = &all->items[i];
    fact_put(item->facts, "issuer_link", json_string(link_word(item->link)));
    if (item->link != LINK_NONE)
        fact_put(item->facts, "issuer_object", json_integer((json_int_t)item->issuer + 1));
}

/* match_key lists the certificates, by their number, that have this key. */
static void match_key(struct inspection *all, size_t i)
{
    struct item *item = &all->items[i];
    json_t *list = json_array();
    bool any = false;
    for (size_t j = 0; item->key && j < all->n; j++) {
        if (!all->items[j].cert || !all->items[j].key)
            continue;
        any = true;
        if (EVP_PKEY_eq(item->key, all->items[j].key) == 1)
            json_array_append_new(list, json_integer((json_int_t)j + 1));
    }
    if (any) /* also if it matches none */
        json_object_set(item->facts, "matches", list);
    json_decref(list);
}

void chain_find(struct inspection *all)
{
    unsigned budget = SIGNATURES;
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].cert)
            find_issuer(all, i, &budget);
    for (size_t i = 0; i < all->n; i++) {
        enum item_kind kind = all->items[i].kind;
        if (all->items[i].cert)
            tell_link(all, i);
        else if (kind == ITEM_KEY || kind == ITEM_PUBLIC || kind == ITEM_REQUEST)
            match_key(all, i);
    }
    ERR_clear_error();
}
