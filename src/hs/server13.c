/* server13.c: the server of TLS 1.3, top to bottom (RFC 9846 A.2).
 *
 * START -> RECVD_CH -> WAIT_KEX -> NEGOTIATED ---------------> WAIT_FINISHED -> CONNECTED
 *     ^         |                       \                           ^
 *     +---------+ retry, once            WAIT_CERT -> WAIT_CV -> WAIT_VERIFY   (if asked for)
 *
 * In RECVD_CH a host may choose the configuration by the hello; in WAIT_KEX the secret is agreed
 * on; in NEGOTIATED the handshake is signed; in WAIT_VERIFY the client's path is checked. WAIT_EOED
 * and WAIT_FLIGHT2 of the RFC are passed through: there is no early data. */
#include "hs/hs.h"

static step on_client_hello, on_hello_settled, on_agreed, on_signed, on_certificate,
    on_certificate_verify, on_verified, on_finished;
static bool hello_rules(struct tls *t, const struct client_hello *ch);
static bool same_hello(struct tls *t, const struct client_hello *ch);
static bool negotiate(struct tls *t);
static uint8_t send_hello_retry_request(struct tls *t);
static bool begin_agreement(struct tls *t, span share);
static bool send_server_hello(struct tls *t);
static bool send_encrypted_extensions(struct tls *t);
static bool send_certificate_request(struct tls *t);

/* clang-format off */
const struct row server13[N_STATES] = {
    /*  state          accepts                 may go to, by which step */
    ROW(START,         ON(CLIENT_HELLO),       TO(RECVD_CH), on_client_hello)
    DO( RECVD_CH,      TASK_HELLO,             TO(START) | TO(WAIT_KEX), on_hello_settled)
    DO( WAIT_KEX,      TASK_KEX,               TO(NEGOTIATED), on_agreed)
    DO( NEGOTIATED,    TASK_SIGN,              TO(WAIT_CERT) | TO(WAIT_FINISHED), on_signed)
    ROW(WAIT_CERT,     ON(CERTIFICATE),        TO(WAIT_CV) | TO(WAIT_FINISHED), on_certificate)
    ROW(WAIT_CV,       ON(CERTIFICATE_VERIFY), TO(WAIT_VERIFY), on_certificate_verify)
    DO( WAIT_VERIFY,   TASK_VERIFY,            TO(WAIT_FINISHED), on_verified)
    ROW(WAIT_FINISHED, ON(FINISHED),           TO(CONNECTED), on_finished)
    ROW(CONNECTED,     ON(KEY_UPDATE),         TO(CONNECTED), on_post_handshake)
};
/* clang-format on */

static uint8_t on_client_hello(struct tls *t, const struct msg *m) /* RFC 9846 4.2.2 */
{
    struct tacit_hs *hs = t->hs;
    struct client_hello ch;
    if (!hello_take(t, m, &ch) || !hello_rules(t, &ch))
        return ST_FAILED;
    if (hs->retried && !same_hello(t, &ch))
        return ST_FAILED;
    t->in.skip = hs->offers.present & EXT_BIT(EXT_EARLY_DATA) ? EARLY_SKIP_MAX + 1 : 0;
    return hear(t, m) && hello_ask_host(t) ? ST_RECVD_CH : ST_FAILED;
}

/* What every hello of TLS 1.3 must obey, whatever it offers. */
static bool hello_rules(struct tls *t, const struct client_hello *ch)
{
    const struct offers *o = &t->hs->offers;
    static const struct {
        enum ext ext, needs; /* RFC 9846 9.2, 4.3.9 */
        uint16_t missing;
    } rules[] = {
        {EXT_SUPPORTED_VERSIONS, EXT_SIGNATURE_ALGORITHMS, 13},
        {EXT_SUPPORTED_VERSIONS, EXT_SUPPORTED_GROUPS, 10},
        {EXT_SUPPORTED_GROUPS, EXT_KEY_SHARE, 51},
        {EXT_PRE_SHARED_KEY, EXT_PSK_KEY_EXCHANGE_MODES, 45},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (o->present & EXT_BIT(rules[i].ext) && !(o->present & EXT_BIT(rules[i].needs)))
            return fail(&t->err, EXT_MISSING, rules[i].missing);
    if (ch->legacy_version != TLS12)
        return fail(&t->err, LEGACY_VERSION, ch->legacy_version); /* RFC 9846 4.2.2 */
    if (ch->compressions.n != 1 || ch->compressions.p[0] != 0)
        return fail(&t->err, COMPRESSION, ch->compressions.n);
    return offers_shares_ok(o) || fail(&t->err, SHARES_BREAK_RULES, 0);
}

/* A digest of each extension that a second hello may not change, all of them added up without
 * carry: their order is free (RFC 9846 4.3), and there are clients that change it. */
static void extensions_digest(span extensions, uint8_t sum[HASH_MAX])
{
    static const uint8_t may_change[] = {21, 41, 42, 44, 51};
    struct hash_ctx h;
    uint8_t one[HASH_MAX];
    rd in = rd_of(extensions);
    uint16_t id;
    span data;
    memset(sum, 0, HASH_MAX);
    while (ext_next(&in, &id, &data)) {
        const uint8_t head[] = {(uint8_t)(id >> 8), (uint8_t)id};
        if (id < 256 && memchr(may_change, id, sizeof may_change))
            continue;
        hash_init(&h, HASH_SHA256);
        hash_update(&h, (span){head, sizeof head});
        hash_update(&h, data);
        hash_final(&h, one);
        for (size_t i = 0; i < hash_len(HASH_SHA256); i++)
            sum[i] ^= one[i];
    }
}

/* The digest of what a second hello may not change (RFC 9846 4.2.2). */
static void hello_digest(const struct client_hello *ch, uint8_t out[HASH_MAX])
{
    struct hash_ctx h;
    uint8_t sum[HASH_MAX];
    hash_init(&h, HASH_SHA256);
    for (const span *s =
             (const span[]){ch->random, ch->session_id, ch->suites, ch->compressions, {0}};
         s->p; s++) {
        const uint8_t len[] = {(uint8_t)(s->n >> 8), (uint8_t)s->n};
        hash_update(&h, (span){len, sizeof len});
        hash_update(&h, *s);
    }
    extensions_digest(ch->extensions, sum);
    hash_update(&h, (span){sum, hash_len(HASH_SHA256)});
    hash_final(&h, out);
}

static bool same_hello(struct tls *t, const struct client_hello *ch)
{
    struct tacit_hs *hs = t->hs;
    uint8_t digest[HASH_MAX];
    hello_digest(ch, digest);
    if (!ct_eq(digest, hs->hello_digest, hash_len(HASH_SHA256))
        || hs->offers.present & EXT_BIT(EXT_EARLY_DATA))
        return fail(&t->err, SECOND_HELLO_CHANGED, 0);
    span cookie = {hs->seeds.cookie, sizeof hs->seeds.cookie};
    return span_eq(hs->offers.cookie, cookie) || fail(&t->err, COOKIE_NOT_ECHOED, 0);
}

static uint8_t on_hello_settled(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    span share = {0};
    (void)m;
    if (!hello_settle_config(t))
        return ST_FAILED;
    t->facts.suite = select_suite(t->config, TLS13, hs->suites);
    if (!t->facts.suite)
        return fail(&t->err, NO_COMMON_SUITE, 0);
    transcript_choose(&hs->transcript, t->facts.suite->hash);
    const struct group *group = select_group(t->config, &hs->offers, &share);
    if (!group)
        return fail(&t->err, NO_COMMON_GROUP, 0);
    bool alone = hs->offers.shares.n == 2 + 2 + share.n; /* RFC 9846 4.2.2: a single share */
    if (hs->retried && (group != t->facts.group || !share.p || !alone))
        return fail(&t->err, SHARE_NOT_AS_ASKED, t->facts.group->id); /* RFC 9846 4.3.8 */
    t->facts.group = group;
    if (!share.p)
        return send_hello_retry_request(t);
    return negotiate(t) && begin_agreement(t, share) ? ST_WAIT_KEX : ST_FAILED;
}

static bool begin_agreement(struct tls *t, span share) /* RFC 9846 7.4 */
{
    struct kex_work *k = &t->hs->work.kex;
    if (share.n != t->facts.group->share_len)
        return fail(&t->err, BAD_KEY_SHARE, t->facts.group->id);
    work_begin(&t->hs->work, t->env, TASK_KEX);
    k->group = t->facts.group;
    memcpy(k->seed, t->hs->seeds.kem, sizeof k->seed);
    memcpy(k->share, share.p, share.n);
    k->share_n = share.n;
    return true;
}

static uint8_t on_agreed(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    (void)m;
    bool ok = work_result(t) && send_server_hello(t) && set_read_key(t, &hs->keys.client)
              && send_encrypted_extensions(t) && send_certificate_request(t) && send_certificate(t);
    work_end(&hs->work);
    return ok && begin_signature(t) ? ST_NEGOTIATED : ST_FAILED;
}

/* Everything that is agreed on and needs no key. */
static bool negotiate(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    if (!negotiate_names(t))
        return false;
    const struct wanted wanted = {
        .name = t->hs->has_host ? &t->hs->host : NULL,
        .version = TLS13,
        .schemes = hs->offers.schemes,
        .cert_schemes = hs->offers.cert_schemes,
        .authorities = hs->offers.authorities, /* RFC 9846 4.3.4 */
    };
    return select_identity(t->config, &hs->identity, &t->facts.own_scheme, &wanted)
           || fail(&t->err, NO_COMMON_SCHEME, 0);
}

static bool write_hello(struct tls *t, const uint8_t random[32], enum where where)
{
    enum { ROOM = 512 };
    struct tacit_hs *hs = t->hs;
    const struct server_hello sh = {
        .legacy_version = TLS12,
        .random = {random, 32},
        .session_id = {hs->session_id, hs->session_id_n},
        .suite = t->facts.suite->id,
    };
    wr w = flight_begin(t, MSG_SERVER_HELLO, ROOM);
    server_hello_write(&w, &sh);
    ext_write(&w, where, false, &hs->offers, &hs->answers);
    return flight_end(t, &w);
}

static uint8_t send_hello_retry_request(struct tls *t) /* RFC 9846 4.2.4 */
{
    struct tacit_hs *hs = t->hs;
    struct client_hello ch;
    if (join_pending(&t->join))
        return fail(&t->err, MESSAGE_OVER_KEY_CHANGE, join_pending(&t->join));
    if (!client_hello_parse(&ch, (span){hs->hello.p, hs->hello.n}))
        return fail(&t->err, INTERNAL_FAULT, MSG_CLIENT_HELLO);
    hello_digest(&ch, hs->hello_digest);
    hs->retried = t->facts.hello_retry = true;
    hs->answers = (struct answers){
        .version = TLS13,
        .group = t->facts.group->id,
        .cookie = {hs->seeds.cookie, sizeof hs->seeds.cookie},
    };
    transcript_retry(&hs->transcript);
    return write_hello(t, hello_retry_random, IN_HRR) && flight_ccs(t) ? ST_START : ST_FAILED;
}

static bool send_server_hello(struct tls *t) /* RFC 9846 4.2.3 */
{
    struct tacit_hs *hs = t->hs;
    const struct kex_work *k = &hs->work.kex;
    hs->answers = (struct answers){
        .version = TLS13,
        .group = k->group->id,
        .share = {k->own_share, kem_cipher_len(k->group->kem)},
    };
    return write_hello(t, hs->seeds.random, IN_SH) && flight_ccs(t)
           && handshake_secrets(t, &k->secret) && set_write_key(t, &hs->keys.server);
}

static bool send_encrypted_extensions(struct tls *t) /* RFC 9846 4.4.1 */
{
    enum { ROOM = 512 };
    struct tacit_hs *hs = t->hs;
    hs->answers = (struct answers){
        .alpn = t->facts.alpn,
        .server_name = hs->has_host && host_matches(&hs->identity->chain->certs[0], &hs->host),
        .record_size_limit = hs->offers.record_size_limit ? t->config->record_size_limit : 0,
    };
    wr w = flight_begin(t, MSG_ENCRYPTED_EXTENSIONS, ROOM);
    ext_write(&w, IN_EE, false, &hs->offers, &hs->answers);
    return flight_end(t, &w);
}

static bool send_certificate_request(struct tls *t) /* RFC 9846 4.4.2 */
{
    enum { ROOM = 256 };
    const struct tacit_config *c = t->config;
    if (c->client_auth == TACIT_CLIENT_AUTH_OFF)
        return true;
    t->hs->client_cert_asked = t->facts.client_cert_asked = true;
    t->hs->answers = (struct answers){
        .schemes = list16_span(&c->schemes),
        .cert_schemes = list16_span(&c->cert_schemes),
        .authorities = {c->authorities.p, c->authorities.n},
    };
    wr w = flight_begin(t, MSG_CERTIFICATE_REQUEST, ROOM + c->authorities.n);
    certificate_request_write(&w, &(struct certificate_request){0});
    ext_write(&w, IN_CR, false, &t->hs->offers, &t->hs->answers);
    return flight_end(t, &w);
}

static uint8_t on_signed(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    (void)m;
    if (!send_certificate_verify(t) || !send_finished(t, &hs->keys.server)
        || !application_secrets(t) || !set_write_key(t, &hs->traffic_out))
        return ST_FAILED;
    t->traffic_out = hs->traffic_out;
    t->app_out_keyed = true;
    return hs->client_cert_asked ? ST_WAIT_CERT : ST_WAIT_FINISHED;
}

static uint8_t on_certificate(struct tls *t, const struct msg *m) /* RFC 9846 4.5.1 */
{
    bool empty;
    if (!auth_certificate(t, m, &empty) || !hear(t, m))
        return ST_FAILED;
    if (!empty)
        return ST_WAIT_CV;
    if (t->config->client_auth == TACIT_CLIENT_AUTH_REQUIRED)
        return fail(&t->err, CLIENT_CERT_MISSING, 0); /* RFC 9846 4.5.1.3 */
    return ST_WAIT_FINISHED;
}

static uint8_t on_certificate_verify(struct tls *t, const struct msg *m) /* RFC 9846 4.5.2 */
{
    return auth_certificate_verify(t, m) && hear(t, m) ? ST_WAIT_VERIFY : ST_FAILED;
}

static uint8_t on_verified(struct tls *t, const struct msg *m)
{
    (void)m;
    return auth_verified(t) ? ST_WAIT_FINISHED : ST_FAILED;
}

static uint8_t on_finished(struct tls *t, const struct msg *m) /* RFC 9846 4.5.3 */
{
    struct tacit_hs *hs = t->hs;
    if (!auth_finished(t, m, &hs->keys.client) || !set_read_key(t, &hs->traffic_in))
        return ST_FAILED;
    t->in.ccs_allowed = false; /* RFC 9846 5 */
    t->traffic_in = hs->traffic_in;
    t->app_in_keyed = true;
    return ST_CONNECTED;
}
