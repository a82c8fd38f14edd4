/* parse.h: what cert.c is made of: one function for each part of a certificate. None of them knows
 * the path, the time or the peer; each reads strictly and lends spans. */
#ifndef X509_PARSE_H
#define X509_PARSE_H

#include "wire/der.h"
#include "x509/x509.h"

/* OID lends the contents of an OBJECT IDENTIFIER that is written as a string literal. */
#define OID(bytes)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(bytes), sizeof(bytes) - 1                                                \
    }

/* ---- sigalg.c -------------------------------------------------------------------------------- */

/* struct sig_choice is what an AlgorithmIdentifier says of a signature. */
struct sig_choice {
    enum sig_alg alg; /* SIG_NONE: not verified here                     */
    enum hash_id hash;
    bool broken_hash; /* MD5 or SHA-1                                    */
};

/* sigalg_read reads an AlgorithmIdentifier (with its header). False only for what is not one at
 * all. */
bool sigalg_read(span algorithm, struct sig_choice *out);

/* pss_read reads RSASSA-PSS-params (RFC 4055 3.1) to their end. False for what is malformed or
 * outside what is used here: one hash for the message and for MGF1, and the usual trailer. */
bool pss_read(rd *params, enum hash_id *hash, uint32_t *salt);

/* ---- spki.c ---------------------------------------------------------------------------------- */

/* spki_read reads a SubjectPublicKeyInfo (with its header). A key of a kind that is not used here
 * gives KEY_NONE; false is for a key of a known kind that is malformed. */
bool spki_read(span spki, struct pubkey *out);

/* spki_bits lends subjectPublicKey: what is hashed to name a key (RFC 6960 4.1.1). */
bool spki_bits(span spki, span *bits);

/* ---- name.c ---------------------------------------------------------------------------------- */

/* struct ava is one AttributeTypeAndValue of a Name. */
struct ava {
    span type;
    struct der value;
    bool joined; /* it shares its RelativeDistinguishedName with the one before */
};

/* struct name_walk goes through the attributes of a Name in their order.
 *     for (struct name_walk w = name_walk_of(name); name_walk_next(&w, &ava);) ... */
struct name_walk {
    rd rdns, avas;
    bool bad;
};

struct name_walk name_walk_of(span name);
bool name_walk_next(struct name_walk *w, struct ava *out);

/* name_check: is this (with its header) a well-formed Name, its strings made of their own
 * characters? */
bool name_check(span name);

static inline bool name_is_empty(span name)
{
    return name.n == 2;
}

/* name_eq compares two Names that name_check accepted: PrintableString, UTF8String and IA5String
 * without regard to ASCII case or to runs of spaces, everything else byte by byte (RFC 5280 7.1,
 * 7.3). */
bool name_eq(span a, span b);

/* name_hash is equal for Names that are equal. */
uint32_t name_hash(span name);

/* name_within: does the name begin with the whole of the base (RFC 5280 7.1)? `doubt` is the answer
 * where the writing of a value leaves it open. */
bool name_within(span name, span base, bool doubt);

/* name_extends: is the name the base, and then just this RelativeDistinguishedName? */
bool name_extends(span name, span base, span rdn);

/* rdn_check: are these the well-formed contents of a RelativeDistinguishedName? rdn_eq compares
 * two. */
bool rdn_check(span rdn);
bool rdn_eq(span a, span b);

/* name_email_next lends the value of the next emailAddress attribute. */
bool name_email_next(struct name_walk *w, span *out);

/* ---- gname.c --------------------------------------------------------------------------------- */

/* The choices of GeneralName (RFC 5280 4.2.1.6). */
enum gname_kind {
    GN_OTHER = 0,
    GN_EMAIL = 1,
    GN_DNS = 2,
    GN_X400 = 3,
    GN_DIRECTORY = 4,
    GN_EDI = 5,
    GN_URI = 6,
    GN_IP = 7,
    GN_REGISTERED_ID = 8,
    GN_KINDS
};

struct gname {
    enum gname_kind kind;
    span value; /* the string or the address; of a directory name, the Name with its header */
};

/* gname_next reads one GeneralName. Addresses may have any length: see gname_list_check. */
bool gname_next(rd *in, struct gname *out);

/* gname_text prints a name with its form before it ("DNS:a.test"), escaped, whole attributes and
 * characters: at most cap bytes, terminated. */
size_t gname_text(const struct gname *name, char *out, size_t cap);

/* oid_text prints the contents of an OBJECT IDENTIFIER ("1.2.840.113549"). */
size_t oid_text(span oid, char *out, size_t cap);

/* gname_list_check: are these the contents of GeneralNames: one or more, addresses of 4 or 16
 * bytes? */
bool gname_list_check(span names);

/* ---- hostname.c ------------------------------------------------------------------------------ */

/* dns_check: is this a DNS name (no trailing dot) of letters, digits, '-' and '_'? */
bool dns_check(span name);

/* dns_eq compares without regard to ASCII case. */
bool dns_eq(span a, span b);

/* dns_label takes the left-most label and the dot after it. */
bool dns_label(rd *name, span *label);

/* dns_wildcard: does "*." stand before a DNS name? Then that name is lent. */
bool dns_wildcard(span name, span *under);

/* ---- time.c ---------------------------------------------------------------------------------- */

/* time_read reads a Time (RFC 5280 4.1.2.5): UTCTime or GeneralizedTime, with seconds, in Zulu. */
bool time_read(rd *in, int64_t *out);

/* time_text prints seconds since 1970 as RFC 3339 in UTC ("2027-01-20T10:11:12Z"). */
void time_text(int64_t seconds, char out[32]);

/* ---- ext.c ----------------------------------------------------------------------------------- */

/* struct extension is one Extension of a certificate, a revocation list or an entry of one. */
struct extension {
    span oid, value;
    bool critical;
};

bool extension_next(rd *extensions, struct extension *out);

/* ext_unknown_critical finds the first critical extension that is not processed here. */
bool ext_unknown_critical(const struct cert *cert, span *oid);

/* ext_read_all reads the contents of Extensions into the certificate. */
bool ext_read_all(struct cert *out, rd extensions, struct err *err);

/* ---- policies.c ------------------------------------------------------------------------------ */

/* is_any_policy: RFC 5280 4.2.1.4's anyPolicy. */
bool is_any_policy(span oid);

/* mapping_next reads one row of PolicyMappings. */
bool mapping_next(rd *mappings, span *from, span *to);

/* ---- text.c ---------------------------------------------------------------------------------- */

/* cert_name_next does what cert_name_at does with the next name, from rd_of(cert->san) on: whoever
 * wants all of them goes through them once. */
bool cert_name_next(rd *names, tacit_name_kind *kind, char *out, size_t cap);

/* ---- subtree.c ------------------------------------------------------------------------------- */

/* enum side is on which side of NameConstraints a base stands. */
enum side { PERMITTED, EXCLUDED };

/* subtree_check: is the base well-formed for its kind? */
bool subtree_check(const struct gname *base);

/* subtree_processes: are constraints on names of this kind processed? */
bool subtree_processes(enum gname_kind kind);

/* subtree_can_hold: is the name one of its form, so that a base can cover it? */
bool subtree_can_hold(const struct gname *name);

/* subtree_covers: does the base cover a name of the same kind? */
bool subtree_covers(const struct gname *base, const struct gname *name, enum side side);

/* ---- constraints.c --------------------------------------------------------------------------- */

/* constraints_check: are these well-formed contents of NameConstraints (RFC 5280 4.2.1.10)? */
bool constraints_check(span constraints);

/* struct culprit is a name that constraints refuse: by a base that excludes it, or by all of one
 * side, of which `bases` lends the list. */
struct culprit {
    struct gname name;
    enum side side;
    struct gname base; /* that covers it; EXCLUDED alone */
    span bases;
};

/* constraints_culprit finds what constraints_apply has refused. */
bool constraints_culprit(const struct path *path, struct culprit *out);

/* constraints_next reads the next base of a side's list. */
bool constraints_next(rd *bases, struct gname *base);

#endif
