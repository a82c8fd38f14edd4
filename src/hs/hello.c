/* hello.c: the first messages, and the version (RFC 9846 4.2.1, 4.2.2, 4.3.1, E). The only file
 * that knows more than one version: it writes the one ClientHello, reads enough of the answer to
 * pick a machine, and has the same message delivered again. After that, nobody asks which version
 * it is.
 *
 * Invariant: a version is chosen only from those that the configuration allows, and that the hello
 * on the wire offered. */
#include "hs/hs.h"

enum { FALLBACK_SCSV = 0x5600 }; /* a suite that is none: RFC 7507 */

static step start_client, first_server_hello, first_client_hello;

/* clang-format off */
const struct row hello_client[N_STATES] = {
    /*  state    accepts           may go to       step */
    ROW(START,   0,                TO(WAIT_SH),    start_client)
    ROW(WAIT_SH, ON(SERVER_HELLO), TO(REDELIVER),  first_server_hello)
};

const struct row hello_server[N_STATES] = {
    ROW(START,   ON(CLIENT_HELLO), TO(REDELIVER),  first_client_hello)
};
/* clang-format on */

static uint8_t start_client(struct tls *t, const struct msg *m)
{
    (void)m;
    t->out.clear_version = 0x0301; /* RFC 9846 5.1: some middleboxes want it so */
    if (!hello_send(t) || !out_flight(&t->out, &t->err))
        return ST_FAILED;
    t->out.clear_version = TLS12;
    t->in.ccs_allowed = t->config->max_version >= TLS13;
    return ST_WAIT_SH;
}

/* GREASE values come from one byte each: 0x?a?a (RFC 8701 2). The two extensions must differ. */
static uint16_t grease_value(uint8_t seed)
{
    uint16_t half = (uint16_t)((seed & 0xf0) | 0x0a);
    return (uint16_t)(half << 8 | half);
}

static struct grease grease_of(const uint8_t seed[5])
{
    struct grease g = {
        .on = true,
        .suite = grease_value(seed[0]),
        .group = grease_value(seed[1]),
        .version = grease_value(seed[2]),
        .first = grease_value(seed[3]),
        .last = grease_value(seed[4]),
    };
    if (g.first == g.last)
        g.last ^= 0x1010;
    return g;
}

/* One share, for the group that we like best or that the server asked for. Key pairs serve one
 * connection only. RFC 9846 4.3.8 */
static bool make_share(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    if (!t->facts.group) {
        rd ours = rd_of(list16_span(&t->config->groups));
        uint16_t first = 0;
        t->facts.group = rd_u16(&ours, &first) ? group_by_id(first) : NULL;
    }
    const struct group *g = t->facts.group;
    if (!g)
        return fail(&t->err, INTERNAL_FAULT, 0); /* a configuration has a group at least */
    uint8_t share[KEM_SHARE_MAX];
    hs->kem = kem_generate(t->env->crypto, g->kem,
                           hs->retried ? hs->seeds.kem_retry : hs->seeds.kem, share);
    if (!hs->kem)
        return fail(&t->err, KEY_GENERATION_FAILED, g->id);
    wr w = wr_of(hs->shares, sizeof hs->shares);
    wr_u16(&w, g->id);
    wr_vec(&w, 2, (span){share, g->share_len});
    hs->shares_n = w.n;
    return wr_ok(&w) || fail(&t->err, INTERNAL_FAULT, g->id);
}

static void fill_offers(struct tls *t)
{
    const struct tacit_config *c = t->config;
    struct tacit_hs *hs = t->hs;
    bool tls13 = c->max_version >= TLS13, tls12 = c->min_version <= TLS12;
    static const uint8_t versions[] = {TLS13 >> 8, TLS13 & 0xff, TLS12 >> 8, TLS12 & 0xff};
    hs->offers = (struct offers){
        .tls13 = tls13,
        .tls12 = tls12,
        .cbc = c->legacy & LEGACY_CBC_HMAC,
        .groups = list16_span(&c->groups),
        .schemes = list16_span(&c->schemes),
        .cert_schemes = list16_span(&c->cert_schemes),
        .alpn = {c->alpn.p, c->alpn.n},
        .versions = {versions, tls12 ? 4 : 2},
        .cookie = {hs->cookie.p, hs->cookie.n},
        .shares = {hs->shares, hs->shares_n},
        .record_size_limit = own_size_limit(c, c->max_version),
        .retry = hs->retried && hs->answers.present & EXT_BIT(EXT_KEY_SHARE),
        .grease = grease_of(hs->seeds.grease),
    };
    hs->offers.status_request = hs->status_asked = !c->insecure;    /* else nobody would look */
    if (hs->has_host && hs->host.ip_len == 0 && !c->no_server_name) /* RFC 6066 3: no addresses */
        hs->offers.server_name = (span){(const uint8_t *)hs->host.dns, hs->host.dns_len};
}

bool hello_send(struct tls *t)
{
    const struct tacit_config *c = t->config;
    struct tacit_hs *hs = t->hs;
    enum { FIXED_ROOM = 1024 };
    if (c->max_version >= TLS13 && !hs->kem && !make_share(t))
        return false;
    fill_offers(t);
    uint8_t offered[2 + 2 * LIST_MAX + 2];
    wr list = wr_of(offered, sizeof offered);
    wr_u16(&list, hs->offers.grease.suite);
    wr_span_bytes(&list, list16_span(&c->suites));
    if (c->fallback) /* RFC 7507 4: the last one */
        wr_u16(&list, FALLBACK_SCSV);
    memcpy(hs->client_random, hs->seeds.random, 32);
    memcpy(hs->session_id, hs->seeds.session_id, 32);
    hs->session_id_n = hs->offers.tls13 ? 32 : 0; /* RFC 9846 E.4: middleboxes expect one */
    const struct client_hello m = {
        .legacy_version = TLS12,
        .random = {hs->client_random, 32},
        .session_id = {hs->session_id, hs->session_id_n},
        .suites = wr_span(&list),
        .compressions = {(const uint8_t[]){0}, 1},
    };
    wr w = flight_begin(t, MSG_CLIENT_HELLO,
                        FIXED_ROOM + c->alpn.n + hs->cookie.n + hs->offers.server_name.n);
    client_hello_write(&w, &m);
    ext_write(&w, IN_CH, true, &hs->offers, NULL);
    return flight_end(t, &w);
}

/* ---- the client picks a machine -------------------------------------------------------------- */

static bool is_downgrade(span random)
{
    const span sentinel = span_str("DOWNGRD"), end = {random.p + 24, sentinel.n};
    return span_eq(end, sentinel) && random.p[31] <= 1;
}

/* An extension's data, or no span at all if it is not there. */
static bool find_extension(struct tls *t, span block, uint16_t wanted, enum where where, span *data)
{
    rd in = rd_of(block);
    uint16_t id;
    while (!rd_end(&in)) {
        if (!ext_next(&in, &id, data))
            return fail(&t->err, EXT_BLOCK_MALFORMED, where);
        if (id == wanted)
            return true;
    }
    *data = (span){0};
    return true;
}

static uint8_t first_server_hello(struct tls *t, const struct msg *m)
{
    const struct tacit_config *c = t->config;
    struct server_hello sh;
    span version;
    if (!server_hello_parse(&sh, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!find_extension(t, sh.extensions, 43, IN_SH, &version))
        return ST_FAILED;
    if (version.p && c->max_version >= TLS13) {
        t->machine = client13;
        return ST_REDELIVER;
    }
    if (c->max_version >= TLS13 && is_downgrade(sh.random)) /* RFC 9846 4.2.3 */
        return fail(&t->err, DOWNGRADE, sh.legacy_version);
    if (sh.legacy_version != TLS12 || c->min_version > TLS12)
        return fail(&t->err, VERSION_REFUSED, sh.legacy_version);
    t->machine = client12;
    return ST_REDELIVER;
}

/* ---- the server picks a machine -------------------------------------------------------------- */

/* The highest version that both speak; 0: none. */
static uint16_t common_version(const struct tacit_config *c, const struct client_hello *ch,
                               span versions)
{
    static const uint16_t ours[] = {TLS13, TLS12};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        bool offered = versions.n ? list_has(versions, ours[i]) /* RFC 9846 4.3.1 */
                                  : ours[i] == TLS12 && ch->legacy_version >= TLS12;
        if (offered && c->min_version <= ours[i] && ours[i] <= c->max_version)
            return ours[i];
    }
    return 0;
}

static uint8_t first_client_hello(struct tls *t, const struct msg *m)
{
    struct client_hello ch;
    span data, versions = {0};
    if (!client_hello_parse(&ch, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    t->in.ccs_allowed = true;
    if (!find_extension(t, ch.extensions, 43, IN_CH, &data))
        return ST_FAILED;
    if (data.p) {
        rd in = rd_of(data);
        if (!rd_vec8(&in, 2, 254, &versions) || !rd_end(&in))
            return fail(&t->err, EXT_MALFORMED, 43);
    } else if (ch.legacy_version < TLS12) {
        return fail(&t->err, VERSION_TOO_OLD, ch.legacy_version);
    }
    uint16_t version = common_version(t->config, &ch, versions);
    if (!version)
        return fail(&t->err, VERSION_NOT_SHARED, 0);
    /* Who comes back with less than before, though we speak more, was made to (RFC 7507 3). */
    if (version < t->config->max_version && list_has(ch.suites, FALLBACK_SCSV))
        return fail(&t->err, INAPPROPRIATE_FALLBACK, version);
    t->facts.version = version;
    t->machine = version == TLS13 ? server13 : server12;
    return ST_REDELIVER;
}
