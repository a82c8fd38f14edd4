/* select.c: what a server chooses from a hello, and which identity an end shows (RFC 9846 4.2.1,
 * 4.3.8, 4.5.1.2).
 *
 * Our own order of preference decides, among what the peer offers. */
#include "hs/hs.h"

const struct suite *select_suite(const struct tacit_config *config, uint16_t version, span offered)
{
    rd ours = rd_of(list16_span(&config->suites));
    uint16_t id;
    while (rd_u16(&ours, &id))
        if (suite_by_id(id)->version == version && list_has(offered, id))
            return suite_by_id(id);
    return NULL;
}

static span share_of(span shares, uint16_t wanted)
{
    rd in = rd_of(shares);
    uint16_t group;
    span share;
    while (share_next(&in, &group, &share))
        if (group == wanted)
            return share;
    return (span){0};
}

/* A group for which the client has sent a share saves a round trip, so it goes before one that we
 * like better. */
const struct group *select_group(const struct tacit_config *config, const struct offers *offers,
                                 span *share)
{
    const struct group *without_share = NULL;
    rd ours = rd_of(list16_span(&config->groups));
    uint16_t id;
    *share = (span){0};
    while (rd_u16(&ours, &id)) {
        if (!list_has(offers->groups, id))
            continue;
        *share = share_of(offers->shares, id);
        if (share->p)
            return group_by_id(id);
        if (!without_share)
            without_share = group_by_id(id);
    }
    return without_share;
}

static bool has_name(span names, span wanted)
{
    rd in = rd_of(names);
    span name;
    while (rd_vec8(&in, 1, 255, &name))
        if (span_eq(name, wanted))
            return true;
    return false;
}

span select_alpn(const struct tacit_config *config, span offered)
{
    rd ours = rd_of((span){config->alpn.p, config->alpn.n});
    span name;
    while (rd_vec8(&ours, 1, 255, &name))
        if (has_name(offered, name))
            return name;
    return (span){0};
}

span alpn_of_config(const struct tacit_config *config, span wanted)
{
    rd ours = rd_of((span){config->alpn.p, config->alpn.n});
    span name;
    while (rd_vec8(&ours, 1, 255, &name))
        if (span_eq(name, wanted))
            return name;
    return (span){0};
}

/* known_schemes is which rows of our table are in a list, which may have 32,767 values: a peer's is
 * gone through once, not for each certificate that we have. */
static uint64_t known_schemes(span list)
{
    uint64_t known = 0;
    uint16_t id;
    for (rd in = rd_of(list); rd_u16(&in, &id);) {
        const struct scheme *s = scheme_by_id(id);
        if (s)
            known |= (uint64_t)1 << (s - schemes);
    }
    return known;
}

/* The scheme to sign with: the peer takes it, our configuration allows it, the key can. */
static const struct scheme *scheme_for(const struct tacit_config *config,
                                       const struct tacit_identity *identity, uint16_t version,
                                       uint64_t accepted)
{
    rd ours = rd_of(list16_span(&config->schemes));
    enum key_type key = identity->chain->certs[0].key.type;
    uint16_t id;
    while (rd_u16(&ours, &id)) {
        const struct scheme *s = scheme_by_id(id);
        if (scheme_fits(s, key, version) && accepted >> (s - schemes) & 1)
            return s;
    }
    return NULL;
}

uint16_t group_of_key(enum key_type key)
{
    return key == KEY_EC_P256   ? 0x0017
           : key == KEY_EC_P384 ? 0x0018
           : key == KEY_EC_P521 ? 0x0019
                                : 0;
}

/* In TLS 1.2 a client's groups bound the curves of certificates as well (RFC 8422 5.1). */
static bool curve_fits(enum key_type key, span offered)
{
    uint16_t curve = group_of_key(key);
    return !curve || !offered.n || list_has(offered, curve);
}

/* A server of TLS 1.2 names the kinds of certificate that it takes: rsa_sign, or ecdsa_sign, which
 * stands for EdDSA as well (RFC 5246 7.4.6, RFC 8422 5.5). */
static bool type_fits(enum key_type key, span types)
{
    enum { RSA_SIGN = 1, ECDSA_SIGN = 64 };
    return !types.n || memchr(types.p, key_is_rsa(key) ? RSA_SIGN : ECDSA_SIGN, types.n);
}

/* A key serves transport or signing, never both (RFC 9846 F.10), and a suite of TLS 1.2 names its
 * kind. */
static bool kind_fits(const struct tacit_identity *identity, enum kx kx)
{
    bool rsa = key_is_rsa(identity->chain->certs[0].key.type);
    if (identity->transport || kx == KX_RSA)
        return identity->transport && kx == KX_RSA;
    return kx == KX_ANY || rsa == (kx == KX_ECDHE_RSA);
}

/* Can the peer check the signatures within the chain? A self-signed certificate's own does not
 * count. RFC 9846 4.5.1.2 */
static bool chain_fits(const struct chain *chain, uint64_t accepted)
{
    for (size_t i = 0; i < chain->n; i++) {
        const struct cert *c = &chain->certs[i];
        bool fits = c->self_issued;
        for (size_t k = 0; k < n_schemes && !fits; k++)
            fits =
                accepted >> k & 1 && schemes[k].alg == c->sig_alg && schemes[k].hash == c->sig_hash;
        if (!fits)
            return false;
    }
    return true;
}

/* Does one of the peer's authorities stand in the chain, or above it? They guide the selection, and
 * do not rule it: a server may know an intermediate that we do not send, and who gave us one
 * identity is better told that it was refused than left nobody. RFC 9846 4.3.4 */
static bool issued_by(const struct chain *chain, span authorities)
{
    rd in = rd_of(authorities);
    span name;
    if (!authorities.n)
        return true;
    while (rd_vec16(&in, 1, 65535, &name))
        for (size_t i = 0; i < chain->n; i++)
            if (span_eq(name, chain->certs[i].issuer) || span_eq(name, chain->certs[i].subject))
                return true;
    return false;
}

/* fits is identity_fits, where what of w->schemes is known has been found out. */
static bool fits(const struct tacit_config *config, const struct tacit_identity *identity,
                 const struct wanted *w, uint64_t known, const struct scheme **scheme)
{
    const struct scheme *s = scheme_for(config, identity, w->version, known);
    enum key_type key = identity->chain->certs[0].key.type;
    *scheme = w->kx == KX_RSA ? NULL : s;
    return kind_fits(identity, w->kx) && (s || w->kx == KX_RSA) && curve_fits(key, w->groups)
           && type_fits(key, w->cert_types);
}

bool identity_fits(const struct tacit_config *config, const struct tacit_identity *identity,
                   const struct wanted *w, const struct scheme **scheme)
{
    return fits(config, identity, w, known_schemes(w->schemes), scheme);
}

/* A certificate that does not prove the name is refused for sure, one of an authority that was not
 * named perhaps. */
bool select_identity(const struct tacit_config *config, struct tacit_identity **identity,
                     const struct scheme **scheme, const struct wanted *w)
{
    int best = -1;
    uint64_t known = known_schemes(w->schemes);
    uint64_t in_chain = w->cert_schemes.n ? known_schemes(w->cert_schemes) : known;
    for (size_t i = 0; i < config->n_identities; i++) {
        struct tacit_identity *id = config->identities[i];
        const struct scheme *s;
        if (!fits(config, id, w, known, &s))
            continue;
        int score = (w->name && host_matches(&id->chain->certs[0], w->name) ? 4 : 0)
                    + (issued_by(id->chain, w->authorities) ? 2 : 0)
                    + (chain_fits(id->chain, in_chain) ? 1 : 0);
        if (score > best) {
            best = score;
            *identity = id;
            *scheme = s;
        }
    }
    return best >= 0;
}

/* A client that lists no groups takes any (RFC 8422 4). */
static const struct group *group12(const struct tacit_config *config, const struct offers *o)
{
    rd ours = rd_of(list16_span(&config->groups));
    uint16_t id;
    while (rd_u16(&ours, &id))
        if (!o->groups.n || list_has(o->groups, id))
            return group_by_id(id);
    return NULL;
}

/* Why nobody could be chosen: is it the curve alone? */
static enum reason nobody(const struct tacit_config *config, struct wanted wanted)
{
    struct tacit_identity *identity;
    const struct scheme *scheme;
    wanted.groups = (span){0};
    return select_identity(config, &identity, &scheme, &wanted) ? R_NO_COMMON_CURVE
                                                                : R_NO_COMMON_SCHEME;
}

bool select12(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    const struct offers *o = &hs->offers;
    struct wanted wanted = {
        .name = t->hs->has_host ? &t->hs->host : NULL,
        .version = TLS12,
        .groups = o->groups,
        .schemes = o->schemes,
        .cert_schemes = o->cert_schemes,
        .authorities = o->authorities,
    };
    enum reason missing = R_NO_COMMON_SUITE;
    rd ours = rd_of(list16_span(&t->config->suites));
    uint16_t id;
    while (rd_u16(&ours, &id)) {
        const struct suite *suite = suite_by_id(id);
        bool etm = !suite->cbc || o->present & EXT_BIT(EXT_ENCRYPT_THEN_MAC); /* RFC 7366 */
        if (suite->version != TLS12 || !etm || !list_has(hs->suites, id))
            continue;
        const struct group *group = suite->kx == KX_RSA ? NULL : group12(t->config, o);
        if (!group && suite->kx != KX_RSA) {
            missing = R_NO_COMMON_GROUP;
            continue;
        }
        wanted.kx = suite->kx;
        if (!select_identity(t->config, &hs->identity, &t->facts.own_scheme, &wanted)) {
            if (missing != R_NO_COMMON_CURVE) /* it says more than what other suites lack */
                missing = nobody(t->config, wanted);
            continue;
        }
        t->facts.suite = suite;
        t->facts.group = group;
        return true;
    }
    return fail_at(&t->err, missing, 0, __FILE__, __LINE__);
}

/* A wildcard stands for one whole label, the left-most (RFC 9525 6.3). */
static bool name_fits(span pattern, span name)
{
    if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.') {
        const uint8_t *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
        if (!dot || dot == name.p)
            return false;
        name = (span){dot, name.n - (size_t)(dot - name.p)};
        pattern = (span){pattern.p + 1, pattern.n - 1};
    }
    return span_eq(pattern, name);
}

struct tacit_config *config_for_name(const struct tacit_config *config, span name)
{
    struct tacit_config *found = NULL;
    struct host host;
    size_t best = 0;
    if (!config->n_names || !host_parse(&host, name, NULL) || host.ip_len)
        return NULL;
    span asked = {(const uint8_t *)host.dns, host.dns_len}; /* lower case, no trailing dot */
    for (size_t i = 0; i < config->n_names; i++) {
        span pattern = {config->names[i].pattern.p, config->names[i].pattern.n};
        bool exact = pattern.p[0] != '*';
        size_t rank = pattern.n + (exact ? 256 : 0);
        if (rank > best && name_fits(pattern, asked)) {
            best = rank;
            found = config->names[i].config;
        }
    }
    return found;
}
