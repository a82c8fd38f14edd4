/* client12.c: the client of TLS 1.2, top to bottom (RFC 5246 7.3).
 *
 *   WAIT_SH -> WAIT_CERT -> WAIT_SKE -> WAIT_VERIFY -> WAIT_CR_DONE -> WAIT_KEX -> WAIT_CCS
 *                      \_ RSA transport _/             |            |    \         /     |
 *                                          WAIT_DONE <-+            |    WAIT_SIGN   WAIT_FINISHED
 *                                              \                    |                    |
 *                                              WAIT_CHOOSE ---------+                CONNECTED
 *                                              (if asked for a certificate)
 *
 * Between WAIT_CERT and what follows stands WAIT_STATUS_SKE, or WAIT_STATUS with RSA transport, if
 * the server has said that it will staple (RFC 6066 8). It may then leave CertificateStatus out
 * where its next message says so; with RSA transport we verify before that one, and it must come.
 *
 * Extended master secret and renegotiation_info are demanded (RFC 7627, RFC 5746); renegotiation is
 * refused, and so is a HelloRequest before it (RFC 5246 7.4.1.1, deviation 1). */
#include "hs/hs.h"

#include "hs/keys12.h"

static step on_server_hello, on_certificate, on_status_or_ske, on_status, on_server_key_exchange,
    on_verified, on_cr_or_done, on_server_hello_done, on_chosen, on_agreed, on_signed,
    on_change_cipher_spec, on_finished, on_renegotiation;
static bool hello_answers_ours(struct tls *t, const struct server_hello *sh);
static uint8_t on_certificate_request(struct tls *t, const struct msg *m);
static bool begin_agreement(struct tls *t);
static bool finish(struct tls *t);

/* clang-format off */
const struct row client12[N_STATES] = {
    /*  state          accepts                   may go to, by which step */
    ROW(WAIT_SH,       ON(SERVER_HELLO),         TO(WAIT_CERT), on_server_hello)
    ROW(WAIT_CERT,     ON(CERTIFICATE),          TO(WAIT_SKE) | TO(WAIT_STATUS_SKE)
                                                 | TO(WAIT_STATUS) | TO(WAIT_VERIFY),
                                                 on_certificate)
    ROW(WAIT_STATUS,   ON(CERTIFICATE_STATUS),   TO(WAIT_VERIFY), on_status)
    ROW(WAIT_STATUS_SKE, ON(CERTIFICATE_STATUS) | ON(SERVER_KEY_EXCHANGE),
                                                 TO(WAIT_SKE) | TO(WAIT_VERIFY), on_status_or_ske)
    ROW(WAIT_SKE,      ON(SERVER_KEY_EXCHANGE),  TO(WAIT_VERIFY), on_server_key_exchange)
    DO( WAIT_VERIFY,   TASK_VERIFY,              TO(WAIT_CR_DONE), on_verified)
    ROW(WAIT_CR_DONE,  ON(CERTIFICATE_REQUEST) | ON(SERVER_HELLO_DONE),
                                                 TO(WAIT_DONE) | TO(WAIT_KEX), on_cr_or_done)
    ROW(WAIT_DONE,     ON(SERVER_HELLO_DONE),    TO(WAIT_CHOOSE), on_server_hello_done)
    DO( WAIT_CHOOSE,   TASK_CHOOSE,              TO(WAIT_KEX), on_chosen)
    DO( WAIT_KEX,      TASK_KEX,                 TO(WAIT_SIGN) | TO(WAIT_CCS), on_agreed)
    DO( WAIT_SIGN,     TASK_SIGN,                TO(WAIT_CCS), on_signed)
    ROW(WAIT_CCS,      ON(CHANGE_CIPHER_SPEC),   TO(WAIT_FINISHED), on_change_cipher_spec)
    ROW(WAIT_FINISHED, ON(FINISHED),             TO(CONNECTED), on_finished)
    ROW(CONNECTED,     ON(HELLO_REQUEST),        TO(CONNECTED), on_renegotiation)
};
/* clang-format on */

static uint8_t on_server_hello(struct tls *t, const struct msg *m) /* RFC 5246 7.4.1.3 */
{
    struct server_hello sh;
    if (!server_hello_parse(&sh, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (t->in.ccs_seen) /* TLS 1.3 may drop it, here it would be a change of keys */
        return fail(&t->err, CHANGE_CIPHER_SPEC, t->in.ccs_seen);
    if (!hello_answers_ours(t, &sh))
        return ST_FAILED;
    t->in.tls12 = true;
    t->facts.version = TLS12;
    memcpy(t->randoms.client, t->hs->client_random, 32);
    memcpy(t->randoms.server, sh.random.p, 32);
    kem_free(t->hs->kem); /* the share was for TLS 1.3, and so was its group */
    t->hs->kem = NULL;
    t->facts.group = NULL;
    transcript_keep(&t->hs->transcript);
    transcript_choose(&t->hs->transcript, t->facts.suite->hash);
    limit_records(t, t->hs->answers.record_size_limit);
    t->facts.alpn = alpn_of_config(t->config, t->hs->answers.alpn);
    return hear(t, m) ? ST_WAIT_CERT : ST_FAILED;
}

static bool hello_answers_ours(struct tls *t, const struct server_hello *sh)
{
    struct tacit_hs *hs = t->hs;
    struct answers *a = &hs->answers;
    span ours = {hs->session_id, hs->session_id_n};
    const struct suite *suite = suite_by_id(sh->suite);
    if (!suite || suite->version != TLS12 || !list_has(list16_span(&t->config->suites), sh->suite))
        return fail(&t->err, SUITE_NOT_OFFERED, sh->suite);
    if (sh->compression != 0)
        return fail(&t->err, COMPRESSION, sh->compression);
    if (ours.n && span_eq(sh->session_id, ours)) /* it names no session: we made it up for 1.3 */
        return fail(&t->err, SESSION_ID_ECHOED, sh->session_id.n);
    *a = (struct answers){0};
    if (!ext_scan(sh->extensions, IN_SH12, false, &hs->offers, a, &t->err))
        return false;
    if (!a->renegotiation)
        return fail(&t->err, NO_RENEGOTIATION_INFO, 0); /* RFC 5746 3.4 */
    if (!a->extended_master && !(t->config->legacy & LEGACY_NO_EMS))
        return fail(&t->err, NO_EXTENDED_MASTER, 0); /* RFC 7627 5.2 */
    if (suite->cbc != a->encrypt_then_mac && suite->cbc)
        return fail(&t->err, NO_ENCRYPT_THEN_MAC, sh->suite);
    if (t->config->alpn_required && !a->alpn.n)
        return fail(&t->err, NO_COMMON_ALPN, 0);
    t->facts.suite = suite;
    t->facts.extended_master = a->extended_master;
    return true;
}

static uint8_t on_certificate(struct tls *t, const struct msg *m) /* RFC 5246 7.4.2 */
{
    bool empty;
    if (!auth_certificate12(t, m, &empty))
        return ST_FAILED;
    if (empty)
        return fail(&t->err, SERVER_CERT_EMPTY, 0);
    if (!hear(t, m))
        return ST_FAILED;
    if (t->facts.suite->kx != KX_RSA)
        return t->hs->answers.status_request ? ST_WAIT_STATUS_SKE : ST_WAIT_SKE;
    if (t->hs->answers.status_request)
        return ST_WAIT_STATUS;
    return auth_begin_path12(t) ? ST_WAIT_VERIFY : ST_FAILED;
}

static uint8_t on_status_or_ske(struct tls *t, const struct msg *m)
{
    if (m->type == MSG_SERVER_KEY_EXCHANGE)
        return on_server_key_exchange(t, m);
    return auth_certificate_status(t, m) && hear(t, m) ? ST_WAIT_SKE : ST_FAILED;
}

static uint8_t on_status(struct tls *t, const struct msg *m) /* RFC 6066 8 */
{
    bool ok = auth_certificate_status(t, m) && hear(t, m) && auth_begin_path12(t);
    return ok ? ST_WAIT_VERIFY : ST_FAILED;
}

static uint8_t on_server_key_exchange(struct tls *t, const struct msg *m) /* RFC 8422 5.4 */
{
    struct tacit_hs *hs = t->hs;
    struct server_key_exchange ske;
    if (!server_key_exchange_parse(&ske, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    const struct group *group = group_by_id(ske.group);
    if (!group || !list_has(list16_span(&t->config->groups), ske.group))
        return fail(&t->err, GROUP_NOT_OFFERED, ske.group);
    if (ske.point.n != group->share_len)
        return fail(&t->err, BAD_KEY_SHARE, ske.group);
    t->facts.group = group;
    memcpy(hs->shares, ske.point.p, ske.point.n);
    hs->shares_n = ske.point.n;
    return auth_server_key_exchange(t, &ske) && hear(t, m) ? ST_WAIT_VERIFY : ST_FAILED;
}

static uint8_t on_verified(struct tls *t, const struct msg *m)
{
    (void)m;
    return auth_verified(t) ? ST_WAIT_CR_DONE : ST_FAILED;
}

static uint8_t on_cr_or_done(struct tls *t, const struct msg *m)
{
    return m->type == MSG_CERTIFICATE_REQUEST ? on_certificate_request(t, m)
                                              : on_server_hello_done(t, m);
}

static uint8_t on_certificate_request(struct tls *t, const struct msg *m) /* RFC 5246 7.4.4 */
{
    struct tacit_hs *hs = t->hs;
    struct certificate_request12 cr;
    hs->request = (tacit_buf){mem_dup(&t->env->hooks, m->body), mem_dup_size(m->body)};
    if (!hs->request.p)
        return fail(&t->err, NO_MEMORY, m->body.n);
    if (!certificate_request12_parse(&cr, (span){hs->request.p, m->body.n}))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    hs->answers.schemes = cr.schemes;
    hs->answers.authorities = cr.authorities;
    hs->cert_types = cr.types;
    hs->client_cert_asked = t->facts.client_cert_asked = true;
    return hear(t, m) ? ST_WAIT_DONE : ST_FAILED;
}

static uint8_t on_server_hello_done(struct tls *t, const struct msg *m) /* RFC 5246 7.4.5 */
{
    if (m->body.n)
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!hear(t, m))
        return ST_FAILED;
    if (t->hs->client_cert_asked) {
        choose_begin(t);
        return ST_WAIT_CHOOSE;
    }
    transcript_drop(&t->hs->transcript);
    return begin_agreement(t) ? ST_WAIT_KEX : ST_FAILED;
}

/* Its Certificate goes out with the ClientKeyExchange. */
static uint8_t on_chosen(struct tls *t, const struct msg *m)
{
    (void)m;
    choose_settle(t);
    return begin_agreement(t) ? ST_WAIT_KEX : ST_FAILED;
}

static bool begin_agreement(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    struct kex_work *k = &hs->work.kex;
    work_begin(&hs->work, t->env, TASK_KEX);
    memcpy(k->seed, hs->seeds.kem_retry, sizeof k->seed); /* the other made our share for TLS 1.3 */
    if (t->facts.suite->kx == KX_RSA) {
        k->transport = TRANSPORT_WRAP;
        k->version = TLS12; /* RFC 5246 7.4.7.1: that of our hello */
        return kex_wrap_for(k, t->peer_chain, &t->err);
    }
    k->group = t->facts.group;
    memcpy(k->share, hs->shares, hs->shares_n);
    k->share_n = hs->shares_n;
    return true;
}

static bool send_client_key_exchange(struct tls *t) /* RFC 5246 7.4.7 */
{
    const struct kex_work *k = &t->hs->work.kex;
    bool rsa = k->transport == TRANSPORT_WRAP;
    span payload = rsa ? (span){k->wrapped, k->wrapped_n}
                       : (span){k->own_share, kem_cipher_len(k->group->kem)};
    wr w = flight_begin(t, MSG_CLIENT_KEY_EXCHANGE, 2 + payload.n);
    wr_vec(&w, rsa ? 2 : 1, payload);
    return flight_end(t, &w);
}

/* Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished: RFC 5246 7.3. */
static uint8_t on_agreed(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    (void)m;
    if (!work_result(t) || (hs->client_cert_asked && !send_certificate12(t)))
        return ST_FAILED;
    bool ok = send_client_key_exchange(t) && master_secret12(t, &hs->work.kex.secret);
    work_end(&hs->work);
    if (!ok)
        return ST_FAILED;
    if (!hs->identity)
        return finish(t) ? ST_WAIT_CCS : ST_FAILED;
    t->facts.own_cert_sent = true;
    return begin_signature12(t) ? ST_WAIT_SIGN : ST_FAILED;
}

static uint8_t on_signed(struct tls *t, const struct msg *m)
{
    (void)m;
    return send_certificate_verify(t) && finish(t) ? ST_WAIT_CCS : ST_FAILED;
}

static bool finish(struct tls *t)
{
    transcript_drop(&t->hs->transcript);
    return send_change_cipher_spec(t) && send_finished12(t);
}

static uint8_t on_change_cipher_spec(struct tls *t, const struct msg *m)
{
    (void)m;
    return set_read_key12(t) ? ST_WAIT_FINISHED : ST_FAILED;
}

static uint8_t on_finished(struct tls *t, const struct msg *m) /* RFC 5246 7.4.9 */
{
    if (!auth_finished12(t, m))
        return ST_FAILED;
    t->app_in_keyed = t->app_out_keyed = true;
    return ST_CONNECTED;
}

static uint8_t on_renegotiation(struct tls *t, const struct msg *m)
{
    return fail(&t->err, RENEGOTIATION, m->type); /* RFC 5746 4.1: refused, as it may be */
}
