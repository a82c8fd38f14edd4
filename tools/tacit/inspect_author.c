/* inspect_author.c: who signed a revocation list or an OCSP response.
 *
 * The library says so, by the authorities that --ca names and by the certificates that were found.
 * Invariant: where neither holds the issuer, it is said that nobody's signature was checked; and an
 * author that was only found is told as such, for nobody vouches for it. */
#include "inspect.h"

#include <tacit/verify.h>

#include <string.h>

/* struct authorship is what came of asking one set of authorities. */
struct authorship {
    bool authentic, current;
    tacit_cert_info signer;
    tacit_error error;
};

static struct authorship ask(const struct item *item, const tacit_trust *trust, int64_t now)
{
    const tacit_span der = {item->der, item->der_n};
    struct authorship a = {.signer = {.size = sizeof a.signer}};
    a.current = item->kind == ITEM_CRL
                    ? tacit_verify_crl(judge_env(), &a.signer, trust, der, now, &a.error)
                    : tacit_verify_ocsp(judge_env(), &a.signer, trust, der, now, &a.error);
    a.authentic = a.current || *a.signer.subject;
    return a;
}

static bool is_absent(const struct authorship *a)
{
    return !a->current && !strcmp(a->error.name, "SIGNER_ABSENT");
}

/* better: who is named by --ca is heard first; the others, where that tells nothing. */
static const struct authorship *better(const struct authorship *given,
                                       const struct authorship *found)
{
    return given && (given->authentic || (is_absent(found) && !is_absent(given))) ? given : found;
}

static json_t *authorship_json(const struct authorship *a, bool given)
{
    struct failure failure = {0};
    json_t *o = json_object();
    bool checked = a->authentic || !is_absent(a);
    if (!a->current)
        failure_tls(&failure, &a->error);
    failure_json(&failure, o);
    json_object_set_new(o, "checked", json_boolean(checked));
    json_object_set_new(o, "authentic", checked ? json_boolean(a->authentic) : json_null());
    json_object_set_new(o, "current", a->authentic ? json_boolean(a->current) : json_null());
    json_object_set_new(o, "signer", a->authentic ? json_string(a->signer.subject) : json_null());
    json_object_set_new(o, "signer_from",
                        a->authentic ? json_string(given ? "ca" : "input") : json_null());
    return o;
}

/* has_signature: a response may say no more than that there is none. */
static bool has_signature(const struct item *item)
{
    return item->der && !item->doubt.status && json_object_get(item->facts, "signature");
}

void judge_signatures(struct inspection *all)
{
    tacit_trust *found = NULL;
    const tacit_trust *given = judge_given();
    for (size_t i = 0; i < all->n; i++) {
        struct item *item = &all->items[i];
        if (!has_signature(item))
            continue;
        if (!found)
            found = judge_found(all);
        struct authorship by_given, by_found = ask(item, found, all->now);
        if (given)
            by_given = ask(item, given, all->now);
        const struct authorship *best = better(given ? &by_given : NULL, &by_found);
        fact_put(item->facts, "authorship", authorship_json(best, best == &by_given));
    }
    tacit_trust_free(found);
}
