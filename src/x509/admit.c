/* admit.c: pinned keys and lists of who is allowed (RFC 7469 2.6 for what a pin means; RFC 9846 6.2
 * for access_denied).
 *
 * Invariant: these functions only refuse; a list or a set of pins that is there and is not met is a
 * refusal, and one that is not there asks nothing. */
#include "x509/admit.h"

#include "wire/wr.h"
#include "x509/check.h"

struct admit {
    const struct hooks *hooks;
    size_t size, n_pins, n_patterns;
    uint8_t (*pins)[SPKI_HASH];
    struct pattern patterns[]; /* then the pins, then the patterns' text */
};

/* read_patterns copies each text to `room`, where its pattern lends it. */
static bool read_patterns(struct admit *a, wr *room, const tacit_allow *allow, struct err *err)
{
    for (size_t i = 0; i < a->n_patterns; i++) {
        span from = span_str(allow[i].pattern ? allow[i].pattern : "");
        uint8_t *to = wr_room(room, from.n);
        if (to && from.n)
            memcpy(to, from.p, from.n);
        if (!to || !pattern_read(&a->patterns[i], allow[i].kind, (span){to, from.n}))
            return fail(err, BAD_ALLOW_OPTION, i);
    }
    return true;
}

bool admit_new(struct admit **out, const struct hooks *hooks, const uint8_t (*pins)[SPKI_HASH],
               size_t n_pins, const tacit_allow *allow, size_t n_allow, struct err *err)
{
    size_t text = 0, keys = n_pins * SPKI_HASH;
    *out = NULL;
    /* An empty list would admit everybody: so it is not taken for none. */
    if (!pins != !n_pins)
        return fail(err, BAD_LIST_OPTION, n_pins);
    if (!allow != !n_allow)
        return fail(err, BAD_LIST_OPTION, n_allow);
    if (!n_pins && !n_allow)
        return true;
    for (size_t i = 0; i < n_allow; i++)
        text += allow[i].pattern ? strlen(allow[i].pattern) : 0;
    size_t size = sizeof(struct admit) + n_allow * sizeof(struct pattern) + keys + text;
    struct admit *a = mem_alloc(hooks, size);
    if (!a)
        return fail(err, NO_MEMORY, size);
    a->hooks = hooks;
    a->size = size;
    a->n_pins = n_pins;
    a->n_patterns = n_allow;
    a->pins = (uint8_t(*)[SPKI_HASH])(a->patterns + n_allow);
    if (n_pins)
        memcpy(a->pins, pins, keys);
    wr room = wr_of((uint8_t *)(a->pins + n_pins), text);
    if (!read_patterns(a, &room, allow, err)) {
        admit_free(a);
        return false;
    }
    *out = a;
    return true;
}

void admit_free(struct admit *admit)
{
    if (admit)
        mem_free(admit->hooks, admit, admit->size);
}

bool admit_pins(const struct admit *admit)
{
    return admit && admit->n_pins;
}

bool admit_lists(const struct admit *admit)
{
    return admit && admit->n_patterns;
}

static bool is_pinned(const struct admit *admit, const struct cert *cert)
{
    uint8_t hash[SPKI_HASH];
    hash_once(HASH_SHA256, cert->spki, hash);
    for (size_t i = 0; i < admit->n_pins; i++)
        if (memcmp(admit->pins[i], hash, sizeof hash) == 0)
            return true;
    return false;
}

/* RFC 7469 2.6: the keys of the path that was verified, not those that were sent. */
bool admit_path(const struct admit *admit, const struct path *path, struct err *err)
{
    if (!admit || !admit->n_pins)
        return true;
    for (size_t i = 0; i < path->n; i++)
        if (is_pinned(admit, path->certs[i]))
            return true;
    return fail(err, CERT_PIN_MISMATCH, path->n);
}

/* struct census is what is known of a leaf's names before any is compared. */
struct census {
    uint8_t hash[SPKI_HASH];
    size_t names, uris;
    size_t cost; /* of holding one pattern against all of them: long ones take longer */
};

static struct census census_of(const struct cert *leaf)
{
    struct census c = {.cost = leaf->san.n / 16};
    struct gname name;
    hash_once(HASH_SHA256, leaf->spki, c.hash);
    for (rd in = rd_of(leaf->san); !rd_end(&in) && gname_next(&in, &name); c.names++)
        c.uris += name.kind == GN_URI;
    c.cost += c.names;
    return c;
}

/* named: is one of the leaf's names what the pattern means? */
static bool named(const struct pattern *p, const struct cert *leaf, const struct census *c)
{
    struct gname name;
    /* A SPIFFE ID stands alone: with a second URI, who it is would be anybody's choice. */
    if (p->spiffe && c->uris != 1)
        return false;
    for (rd in = rd_of(leaf->san); !rd_end(&in) && gname_next(&in, &name);)
        if (pattern_is(p, &name))
            return true;
    return false;
}

bool admit_leaf(const struct admit *admit, const struct cert *leaf, bool own_word, struct err *err)
{
    if (!admit || !admit->n_patterns)
        return true;
    const struct census c = census_of(leaf);
    size_t budget = COMPARISONS_MAX;
    for (size_t i = 0; i < admit->n_patterns; i++) {
        const struct pattern *p = &admit->patterns[i];
        if (p->kind == TACIT_ALLOW_SPKI) {
            if (memcmp(p->bytes, c.hash, sizeof c.hash) == 0)
                return true;
            continue;
        }
        if (own_word)
            continue;
        if (budget < c.cost)
            return fail_depth(err, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX, 0);
        budget -= c.cost;
        if (named(p, leaf, &c))
            return true;
    }
    return fail_depth(err, CERT_NOT_ALLOWED, c.names, 0);
}

bool admit_unproven(const struct admit *admit, const struct cert *leaf, struct err *err)
{
    const struct path alone = {.n = 1, .certs = {leaf}};
    return admit_path(admit, &alone, err) && admit_leaf(admit, leaf, false, err);
}
