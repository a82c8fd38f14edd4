/* server12.c: the server of TLS 1.2, top to bottom (RFC 5246 7.3).
 *
 *   START -> RECVD_CH -> NEGOTIATED -> WAIT_CKE -> WAIT_KEX ------------------> WAIT_CCS
 *                \___ RSA transport __/   |            \                          /    |
 *                                     WAIT_CERT         WAIT_CV -> WAIT_VERIFY --   WAIT_FINISHED
 *                                         (if asked for a certificate)                  |
 *                                                                                   CONNECTED
 *
 * In NEGOTIATED the parameters of the key exchange are signed. Extended master secret is demanded
 * (RFC 7627); renegotiation is refused (RFC 5746). */
#include "hs/hs.h"

#include "hs/keys12.h"

static step on_client_hello, on_hello_settled, on_signed, on_certificate, on_client_key_exchange,
    on_agreed, on_certificate_verify, on_verified, on_change_cipher_spec, on_finished,
    on_renegotiation;
static bool negotiate(struct tls *t);
static bool send_server_hello(struct tls *t);
static bool begin_server_key_exchange(struct tls *t);
static bool send_server_key_exchange(struct tls *t);
static uint8_t send_rest(struct tls *t);

/* clang-format off */
const struct row server12[N_STATES] = {
    /*  state          accepts                  may go to, by which step */
    ROW(START,         ON(CLIENT_HELLO),        TO(RECVD_CH), on_client_hello)
    DO( RECVD_CH,      TASK_HELLO,              TO(NEGOTIATED) | TO(WAIT_CERT) | TO(WAIT_CKE),
                                                on_hello_settled)
    DO( NEGOTIATED,    TASK_SIGN,               TO(WAIT_CERT) | TO(WAIT_CKE), on_signed)
    ROW(WAIT_CERT,     ON(CERTIFICATE),         TO(WAIT_CKE), on_certificate)
    ROW(WAIT_CKE,      ON(CLIENT_KEY_EXCHANGE), TO(WAIT_KEX), on_client_key_exchange)
    DO( WAIT_KEX,      TASK_KEX,                TO(WAIT_CV) | TO(WAIT_CCS), on_agreed)
    ROW(WAIT_CV,       ON(CERTIFICATE_VERIFY),  TO(WAIT_VERIFY), on_certificate_verify)
    DO( WAIT_VERIFY,   TASK_VERIFY,             TO(WAIT_CCS), on_verified)
    ROW(WAIT_CCS,      ON(CHANGE_CIPHER_SPEC),  TO(WAIT_FINISHED), on_change_cipher_spec)
    ROW(WAIT_FINISHED, ON(FINISHED),            TO(CONNECTED), on_finished)
    ROW(CONNECTED,     ON(CLIENT_HELLO),        TO(CONNECTED), on_renegotiation)
};
/* clang-format on */

static uint8_t on_client_hello(struct tls *t, const struct msg *m) /* RFC 5246 7.4.1.2 */
{
    enum { RENEGOTIATION_SCSV = 0x00ff };
    struct tacit_hs *hs = t->hs;
    struct client_hello ch;
    if (!hello_take(t, m, &ch))
        return ST_FAILED;
    const struct offers *o = &hs->offers;
    if (!memchr(ch.compressions.p, 0, ch.compressions.n))
        return fail(&t->err, COMPRESSION, ch.compressions.n);
    hs->safe_renegotiation = o->present & EXT_BIT(EXT_RENEGOTIATION_INFO)
                             || list_has(ch.suites, RENEGOTIATION_SCSV); /* RFC 5746 3.6 */
    t->in.tls12 = true;
    return hear(t, m) && hello_ask_host(t) ? ST_RECVD_CH : ST_FAILED;
}

static uint8_t on_hello_settled(struct tls *t, const struct msg *m)
{
    (void)m;
    if (!hello_settle_config(t) || !negotiate(t) || !send_server_hello(t) || !send_certificate12(t)
        || !send_certificate_status12(t))
        return ST_FAILED;
    if (t->facts.suite->kx == KX_RSA)
        return send_rest(t);
    return begin_server_key_exchange(t) ? ST_NEGOTIATED : ST_FAILED;
}

/* A suite is one of a kind of key exchange and of a kind of certificate, so suite, group, identity
 * and scheme are found together: the first suite of ours for which all the others exist. */
static bool negotiate(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    const struct offers *o = &hs->offers;
    if (!(o->present & EXT_BIT(EXT_EXTENDED_MASTER_SECRET)) && !(t->config->legacy & LEGACY_NO_EMS))
        return fail(&t->err, NO_EXTENDED_MASTER, 0); /* RFC 7627 5.3 */
    t->facts.extended_master = o->present & EXT_BIT(EXT_EXTENDED_MASTER_SECRET);
    if (!negotiate_names(t) || !select12(t))
        return false;
    if (t->config->client_auth != TACIT_CLIENT_AUTH_OFF)
        transcript_keep(&hs->transcript); /* CertificateVerify signs the messages as they are */
    transcript_choose(&hs->transcript, t->facts.suite->hash);
    return true;
}

static bool send_server_hello(struct tls *t) /* RFC 5246 7.4.1.3 */
{
    enum { ROOM = 512 };
    struct tacit_hs *hs = t->hs;
    memcpy(t->randoms.client, hs->client_random, 32);
    memcpy(t->randoms.server, hs->seeds.random, 32);
    if (hs->could_do_13) /* RFC 9846 4.2.3 */
        memcpy(t->randoms.server + 24, "DOWNGRD\x01", 8);
    span staple = own_staple(t);
    hs->answers = (struct answers){
        .status_request = staple.p,
        .staple = staple,
        .alpn = t->facts.alpn,
        .server_name = hs->has_host && host_matches(&hs->identity->chain->certs[0], &hs->host),
        .record_size_limit =
            hs->offers.record_size_limit ? own_size_limit(t->config, TLS12) : 0,
        .extended_master = t->facts.extended_master,
        .encrypt_then_mac = t->facts.suite->cbc,
        .renegotiation = hs->safe_renegotiation,
        .point_formats =
            hs->offers.present & EXT_BIT(EXT_EC_POINT_FORMATS) && t->facts.suite->kx != KX_RSA,
    };
    const struct server_hello sh = {
        .legacy_version = TLS12,
        .random = {t->randoms.server, 32},
        .suite = t->facts.suite->id, /* no session id: it cannot be resumed */
    };
    wr w = flight_begin(t, MSG_SERVER_HELLO, ROOM);
    server_hello_write(&w, &sh);
    ext_write(&w, IN_SH12, false, &hs->offers, &hs->answers);
    return flight_end(t, &w);
}

static bool begin_server_key_exchange(struct tls *t) /* RFC 8422 5.4 */
{
    struct tacit_hs *hs = t->hs;
    const struct group *g = t->facts.group;
    hs->kem = kem_generate(t->env->crypto, g->kem, hs->seeds.kem, hs->shares);
    if (!hs->kem)
        return fail(&t->err, KEY_GENERATION_FAILED, g->id);
    wr w = wr_of(hs->params, sizeof hs->params);
    server_key_exchange_params(&w, g->id, (span){hs->shares, g->share_len});
    hs->params_n = w.n;
    return begin_signature_params12(t, wr_span(&w));
}

static bool send_server_key_exchange(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    const struct sign_work *s = &hs->work.sign;
    if (!work_result(t))
        return false;
    wr w = flight_begin(t, MSG_SERVER_KEY_EXCHANGE, hs->params_n + 4 + s->sig_n);
    wr_bytes(&w, hs->params, hs->params_n);
    certificate_verify_write(&w, &(struct certificate_verify){s->scheme->id, {s->sig, s->sig_n}});
    work_end(&hs->work);
    return flight_end(t, &w);
}

static uint8_t on_signed(struct tls *t, const struct msg *m)
{
    (void)m;
    return send_server_key_exchange(t) ? send_rest(t) : ST_FAILED;
}

static bool send_certificate_request(struct tls *t) /* RFC 5246 7.4.4 */
{
    enum { ROOM = 256 };
    const struct tacit_config *c = t->config;
    static const uint8_t types[] = {64, 1}; /* ecdsa_sign, rsa_sign */
    const struct certificate_request12 cr = {
        .types = {types, sizeof types},
        .schemes = list16_span(&c->schemes),
        .authorities = {c->authorities.p, c->authorities.n},
    };
    wr w = flight_begin(t, MSG_CERTIFICATE_REQUEST, ROOM + c->authorities.n);
    certificate_request12_write(&w, &cr);
    return flight_end(t, &w);
}

static uint8_t send_rest(struct tls *t)
{
    bool ask = t->config->client_auth != TACIT_CLIENT_AUTH_OFF;
    t->hs->client_cert_asked = t->facts.client_cert_asked = ask;
    if (ask && !send_certificate_request(t))
        return ST_FAILED;
    wr w = flight_begin(t, MSG_SERVER_HELLO_DONE, 0);
    if (!flight_end(t, &w))
        return ST_FAILED;
    return ask ? ST_WAIT_CERT : ST_WAIT_CKE;
}

static uint8_t on_certificate(struct tls *t, const struct msg *m) /* RFC 5246 7.4.6 */
{
    bool empty;
    if (!auth_certificate12(t, m, &empty) || !hear(t, m))
        return ST_FAILED;
    if (empty && t->config->client_auth == TACIT_CLIENT_AUTH_REQUIRED)
        return fail(&t->err, CLIENT_CERT_MISSING12, 0);
    return ST_WAIT_CKE;
}

static uint8_t on_client_key_exchange(struct tls *t, const struct msg *m) /* RFC 5246 7.4.7 */
{
    struct tacit_hs *hs = t->hs;
    struct kex_work *k = &hs->work.kex;
    span payload;
    bool rsa = t->facts.suite->kx == KX_RSA;
    if (!(rsa ? client_key_exchange_rsa : client_key_exchange_ecdhe)(&payload, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!hear(t, m))
        return ST_FAILED;
    work_begin(&hs->work, t->env, TASK_KEX);
    if (rsa) {
        k->transport = TRANSPORT_UNWRAP;
        k->version = hs->hello_version;
        return kex_unwrap_with(k, hs->identity, payload, &t->err) ? ST_WAIT_KEX : ST_FAILED;
    }
    if (payload.n != t->facts.group->share_len)
        return fail(&t->err, BAD_KEY_SHARE, t->facts.group->id);
    k->group = t->facts.group;
    k->key = hs->kem;
    hs->kem = NULL;
    memcpy(k->share, payload.p, payload.n);
    k->share_n = payload.n;
    return ST_WAIT_KEX;
}

static uint8_t on_agreed(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    (void)m;
    bool ok = work_result(t) && master_secret12(t, &hs->work.kex.secret);
    work_end(&hs->work);
    if (!ok)
        return ST_FAILED;
    if (t->peer_chain)
        return ST_WAIT_CV;
    transcript_drop(&hs->transcript);
    return ST_WAIT_CCS;
}

static uint8_t on_certificate_verify(struct tls *t, const struct msg *m) /* RFC 5246 7.4.8 */
{
    return auth_certificate_verify12(t, m) && hear(t, m) ? ST_WAIT_VERIFY : ST_FAILED;
}

static uint8_t on_verified(struct tls *t, const struct msg *m)
{
    (void)m;
    transcript_drop(&t->hs->transcript);
    return auth_verified(t) ? ST_WAIT_CCS : ST_FAILED;
}

static uint8_t on_change_cipher_spec(struct tls *t, const struct msg *m)
{
    (void)m;
    return set_read_key12(t) ? ST_WAIT_FINISHED : ST_FAILED;
}

static uint8_t on_finished(struct tls *t, const struct msg *m) /* RFC 5246 7.4.9 */
{
    if (!auth_finished12(t, m) || !hear(t, m) || !send_change_cipher_spec(t) || !send_finished12(t))
        return ST_FAILED;
    t->app_in_keyed = t->app_out_keyed = true;
    return ST_CONNECTED;
}

static uint8_t on_renegotiation(struct tls *t, const struct msg *m)
{
    return fail(&t->err, RENEGOTIATION, m->type); /* RFC 5746 4.4: refused, as it may be */
}
