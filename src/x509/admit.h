/* admit.h: whom, of those with a valid path, a configuration admits: pinned keys, and a list of who
 * is allowed.
 *
 * Both only ever refuse: they are asked after the rules of a path, and of a certificate that is
 * believed without one they are asked all the same. */
#ifndef X509_ADMIT_H
#define X509_ADMIT_H

#include "x509/parse.h"

enum { SPKI_HASH = 32 };

/* ---- pattern.c ------------------------------------------------------------------------------- */

/* struct pattern is one entry of a list, understood. */
struct pattern {
    enum tacit_allow_kind kind;
    bool wild;                /* DNS: any one label before `text`                             */
    bool spiffe;              /* URI: one that a leaf may have but one of                     */
    uint8_t n, bits;          /* IP: its length, and how many bits of it count; SPKI: SPKI_HASH */
    uint8_t bytes[SPKI_HASH]; /* IP and SPKI                                                  */
    span text;                /* DNS, URI and EMAIL: lent from what was read                  */
};

/* pattern_read reads a pattern of a kind (a tacit_allow_kind). False for any other text or kind. */
bool pattern_read(struct pattern *out, unsigned kind, span text);

/* pattern_is: is this name of a certificate what the pattern means? No name is a key. */
bool pattern_is(const struct pattern *pattern, const struct gname *name);

/* ---- admit.c --------------------------------------------------------------------------------- */

/* struct admit is one block, immutable; NULL admits everybody. */
struct admit;

/* admit_new copies pins and patterns. *out is NULL after success if there are none of either. Free
 * with admit_free. */
bool admit_new(struct admit **out, const struct hooks *hooks, const uint8_t (*pins)[SPKI_HASH],
               size_t n_pins, const tacit_allow *allow, size_t n_allow, struct err *err);
void admit_free(struct admit *admit);

/* admit_pins: are keys pinned? */
bool admit_pins(const struct admit *admit);

/* admit_lists: is there a list of who is allowed? */
bool admit_lists(const struct admit *admit);

/* admit_path: does a certificate of the path, anchor and leaf included, have a pinned key? */
bool admit_path(const struct admit *admit, const struct path *path, struct err *err);

/* admit_leaf: is the leaf on the list? `own_word`: only its own key vouches for its names, so that
 * they do not count. */
bool admit_leaf(const struct admit *admit, const struct cert *leaf, bool own_word, struct err *err);

/* admit_unproven asks both of a certificate for which no path was looked for: no key but the leaf's
 * own, which signs the handshake, can be pinned. */
bool admit_unproven(const struct admit *admit, const struct cert *leaf, struct err *err);

#endif
