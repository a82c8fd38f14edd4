/* client13.c: the client of TLS 1.3, top to bottom (RFC 9846 A.1).
 *
 * START -> WAIT_SH -> WAIT_KEX -> WAIT_EE -> WAIT_CERT_CR -------> WAIT_CV -> WAIT_VERIFY
 *           |  ^                                |                    ^             |
 *           +--+ retry, once                    +---> WAIT_CERT -----+             v
 *                                                (asked for one)             WAIT_FINISHED
 *                                                                              |       |
 *                       CONNECTED <- WAIT_SIGN <- WAIT_CHOOSE (asked for one) -+       |
 *                           ^----(has none)------------+                               |
 *                           +----------------------------------------------------------+
 *
 * WAIT_KEX, WAIT_VERIFY, WAIT_CHOOSE and WAIT_SIGN are ours: there a host may take the public-key
 * work and the choice of a certificate out of the connection. */
#include "hs/hs.h"

static step on_server_hello, on_agreed, on_encrypted_extensions, on_cert_or_cr, on_certificate,
    on_certificate_verify, on_verified, on_finished, on_chosen, on_signed;
static uint8_t on_hello_retry_request(struct tls *t, const struct msg *m,
                                      const struct server_hello *sh);
static bool hello_answers_ours(struct tls *t, const struct server_hello *sh, enum where where);
static bool begin_agreement(struct tls *t);
static uint8_t on_certificate_request(struct tls *t, const struct msg *m);
static bool finish(struct tls *t);

/* clang-format off */
const struct row client13[N_STATES] = {
    /*  state          accepts                   may go to, by which step */
    ROW(WAIT_SH,       ON(SERVER_HELLO),         TO(WAIT_SH) | TO(WAIT_KEX), on_server_hello)
    DO( WAIT_KEX,      TASK_KEX,                 TO(WAIT_EE), on_agreed)
    ROW(WAIT_EE,       ON(ENCRYPTED_EXTENSIONS), TO(WAIT_CERT_CR), on_encrypted_extensions)
    ROW(WAIT_CERT_CR,  ON(CERTIFICATE) | ON(CERTIFICATE_REQUEST),
                                                 TO(WAIT_CERT) | TO(WAIT_CV), on_cert_or_cr)
    ROW(WAIT_CERT,     ON(CERTIFICATE),          TO(WAIT_CV), on_certificate)
    ROW(WAIT_CV,       ON(CERTIFICATE_VERIFY),   TO(WAIT_VERIFY), on_certificate_verify)
    DO( WAIT_VERIFY,   TASK_VERIFY,              TO(WAIT_FINISHED), on_verified)
    ROW(WAIT_FINISHED, ON(FINISHED),             TO(WAIT_CHOOSE) | TO(CONNECTED), on_finished)
    DO( WAIT_CHOOSE,   TASK_CHOOSE,              TO(WAIT_SIGN) | TO(CONNECTED), on_chosen)
    DO( WAIT_SIGN,     TASK_SIGN,                TO(CONNECTED), on_signed)
    ROW(CONNECTED,     ON(NEW_SESSION_TICKET) | ON(KEY_UPDATE), TO(CONNECTED), on_post_handshake)
};
/* clang-format on */

static uint8_t on_server_hello(struct tls *t, const struct msg *m) /* RFC 9846 4.2.3 */
{
    struct server_hello sh;
    if (!server_hello_parse(&sh, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (server_hello_is_retry(&sh))
        return on_hello_retry_request(t, m, &sh);
    if (!hello_answers_ours(t, &sh, IN_SH))
        return ST_FAILED;
    if (!(t->hs->answers.present & EXT_BIT(EXT_KEY_SHARE)))
        return fail(&t->err, EXT_MISSING, 51);
    if (t->hs->answers.group != t->facts.group->id)
        return fail(&t->err, GROUP_NOT_OFFERED, t->hs->answers.group);

    transcript_choose(&t->hs->transcript, t->facts.suite->hash);
    return hear(t, m) && begin_agreement(t) ? ST_WAIT_KEX : ST_FAILED;
}

/* What a ServerHello and a HelloRetryRequest must have in common with our hello, and with each
 * other. */
static bool hello_answers_ours(struct tls *t, const struct server_hello *sh, enum where where)
{
    struct tacit_hs *hs = t->hs;
    const struct suite *suite = suite_by_id(sh->suite);
    if (sh->legacy_version != TLS12)
        return fail(&t->err, LEGACY_VERSION, sh->legacy_version);
    if (!span_eq(sh->session_id, (span){hs->session_id, hs->session_id_n}))
        return fail(&t->err, SESSION_ID_NOT_ECHOED, sh->session_id.n);
    /* Those of TLS 1.2 that we offered are not for this version (RFC 9846 4.2.3, B.4). */
    if (!suite || suite->version != TLS13 || !list_has(list16_span(&t->config->suites), sh->suite))
        return fail(&t->err, SUITE_NOT_OFFERED, sh->suite);
    if (hs->retried && where == IN_SH && sh->suite != t->facts.suite->id)
        return fail(&t->err, SUITE_CHANGED, sh->suite); /* RFC 9846 4.2.4 */
    if (sh->compression != 0)
        return fail(&t->err, COMPRESSION, sh->compression);
    hs->answers = (struct answers){0};
    if (!ext_scan(sh->extensions, where, false, &hs->offers, &hs->answers, &t->err))
        return false;
    if (!(hs->answers.present & EXT_BIT(EXT_SUPPORTED_VERSIONS)))
        return fail(&t->err, EXT_MISSING, 43);
    if (hs->answers.version != TLS13)
        return fail(&t->err, VERSION_NOT_OFFERED, hs->answers.version);
    t->facts.version = hs->answers.version;
    t->facts.suite = suite;
    return true;
}

static uint8_t on_hello_retry_request(struct tls *t, const struct msg *m,
                                      const struct server_hello *sh) /* RFC 9846 4.2.4 */
{
    struct tacit_hs *hs = t->hs;
    if (hs->retried)
        return fail(&t->err, SECOND_HELLO_RETRY, m->type);
    if (join_pending(&t->join)) /* nothing can follow before our second hello: send none */
        return fail(&t->err, MESSAGE_OVER_KEY_CHANGE, join_pending(&t->join));
    if (!hello_answers_ours(t, sh, IN_HRR))
        return ST_FAILED;
    bool new_group = hs->answers.present & EXT_BIT(EXT_KEY_SHARE);
    if (!new_group && !hs->answers.cookie.n)
        return fail(&t->err, HELLO_RETRY_CHANGES_NOTHING, 0);
    if (new_group && !list_has(list16_span(&t->config->groups), hs->answers.group))
        return fail(&t->err, GROUP_NOT_OFFERED, hs->answers.group);
    if (new_group && hs->answers.group == t->facts.group->id)
        return fail(&t->err, HELLO_RETRY_SAME_GROUP, hs->answers.group);
    if (hs->answers.cookie.n > COOKIE_MAX)
        return fail(&t->err, COOKIE_TOO_LONG, hs->answers.cookie.n);

    hs->retried = t->facts.hello_retry = true;
    if (new_group) { /* else the shares must stay as they were; RFC 9846 4.2.2 */
        t->facts.group = group_by_id(hs->answers.group);
        kem_free(hs->kem);
        hs->kem = NULL;
    }
    if (hs->answers.cookie.n) {
        hs->cookie = (tacit_buf){mem_dup(&t->env->hooks, hs->answers.cookie), hs->answers.cookie.n};
        if (!hs->cookie.p)
            return fail(&t->err, NO_MEMORY, hs->cookie.n);
    }
    transcript_choose(&hs->transcript, t->facts.suite->hash);
    transcript_retry(&hs->transcript);
    /* The second hello must not share a record with anything after it: flush. RFC 9846 5.1 */
    if (!hear(t, m) || !flight_ccs(t) || !hello_send(t) || !out_flight(&t->out, &t->err))
        return ST_FAILED;
    return ST_WAIT_SH;
}

static bool begin_agreement(struct tls *t) /* RFC 9846 7.4 */
{
    struct tacit_hs *hs = t->hs;
    span share = hs->answers.share;
    struct kex_work *k = &hs->work.kex;
    if (share.n > sizeof k->share) /* no group's share is that long */
        return fail(&t->err, BAD_KEY_SHARE, hs->answers.group);
    work_begin(&hs->work, t->env, TASK_KEX);
    k->group = t->facts.group;
    k->key = hs->kem;
    hs->kem = NULL;
    memcpy(k->share, share.p, share.n);
    k->share_n = share.n;
    return true;
}

static uint8_t on_agreed(struct tls *t, const struct msg *m)
{
    struct tacit_hs *hs = t->hs;
    (void)m;
    bool ok = work_result(t) && handshake_secrets(t, &hs->work.kex.secret)
              && set_read_key(t, &hs->keys.server) && flight_ccs(t)
              && set_write_key(t, &hs->keys.client);
    work_end(&hs->work);
    return ok ? ST_WAIT_EE : ST_FAILED;
}

static uint8_t on_encrypted_extensions(struct tls *t, const struct msg *m) /* RFC 9846 4.4.1 */
{
    struct tacit_hs *hs = t->hs;
    span block;
    if (!encrypted_extensions_parse(&block, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!ext_scan(block, IN_EE, false, &hs->offers, &hs->answers, &t->err))
        return ST_FAILED;
    if (t->config->alpn_required && !hs->answers.alpn.n)
        return fail(&t->err, NO_COMMON_ALPN, 0);
    t->facts.alpn = alpn_of_config(t->config, hs->answers.alpn);
    limit_records(t, hs->answers.record_size_limit);
    return hear(t, m) ? ST_WAIT_CERT_CR : ST_FAILED;
}

static uint8_t on_cert_or_cr(struct tls *t, const struct msg *m)
{
    return m->type == MSG_CERTIFICATE_REQUEST ? on_certificate_request(t, m) : on_certificate(t, m);
}

static uint8_t on_certificate_request(struct tls *t, const struct msg *m) /* RFC 9846 4.4.2 */
{
    struct tacit_hs *hs = t->hs;
    struct certificate_request cr;
    hs->request = (tacit_buf){mem_dup(&t->env->hooks, m->body), mem_dup_size(m->body)};
    if (!hs->request.p)
        return fail(&t->err, NO_MEMORY, m->body.n);
    if (!certificate_request_parse(&cr, (span){hs->request.p, m->body.n}))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (cr.context.n)
        return fail(&t->err, REQUEST_CONTEXT, cr.context.n);
    if (!ext_scan(cr.extensions, IN_CR, false, &hs->offers, &hs->answers, &t->err))
        return ST_FAILED;
    if (!(hs->answers.present & EXT_BIT(EXT_SIGNATURE_ALGORITHMS)))
        return fail(&t->err, EXT_MISSING, 13);
    hs->client_cert_asked = t->facts.client_cert_asked = true;
    return hear(t, m) ? ST_WAIT_CERT : ST_FAILED;
}

static uint8_t on_certificate(struct tls *t, const struct msg *m) /* RFC 9846 4.5.1 */
{
    bool empty;
    if (!auth_certificate(t, m, &empty))
        return ST_FAILED;
    if (empty)
        return fail(&t->err, SERVER_CERT_EMPTY, 0);
    return hear(t, m) ? ST_WAIT_CV : ST_FAILED;
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
    if (!auth_finished(t, m, &hs->keys.server) || !hear(t, m) || !application_secrets(t))
        return ST_FAILED;
    if (!set_read_key(t, &hs->traffic_in))
        return ST_FAILED;
    t->in.ccs_allowed = false; /* RFC 9846 5 */
    if (!hs->client_cert_asked)
        return finish(t) ? ST_CONNECTED : ST_FAILED;
    choose_begin(t);
    return ST_WAIT_CHOOSE;
}

static uint8_t on_chosen(struct tls *t, const struct msg *m) /* RFC 9846 4.5.1 */
{
    (void)m;
    choose_settle(t);
    if (!send_certificate(t))
        return ST_FAILED;
    if (!t->hs->identity)
        return finish(t) ? ST_CONNECTED : ST_FAILED;
    t->facts.own_cert_sent = true;
    return begin_signature(t) ? ST_WAIT_SIGN : ST_FAILED;
}

static uint8_t on_signed(struct tls *t, const struct msg *m)
{
    (void)m;
    return send_certificate_verify(t) && finish(t) ? ST_CONNECTED : ST_FAILED;
}

static bool finish(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    if (!send_finished(t, &hs->keys.client) || !set_write_key(t, &hs->traffic_out))
        return false;
    t->traffic_in = hs->traffic_in;
    t->traffic_out = hs->traffic_out;
    t->app_in_keyed = t->app_out_keyed = true;
    return true;
}
