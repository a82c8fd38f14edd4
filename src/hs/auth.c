/* auth.c: who the peer is, and showing who we are (RFC 9846 4.5). The only file that sets a proof.
 *
 * Invariant: a proof bit is set in one place each, after the check it stands for has succeeded, and
 * never cleared. PROOF_CERT stands for all that x509_verify asks, pins and the list of who is
 * allowed included; where verification is skipped, these two can still end the handshake, and no
 * proof comes of them. What a role must have proven before data flows stands in one table, at the
 * end. */
#include "hs/hs.h"
#include "x509/admit.h"

/* ---- the peer -------------------------------------------------------------------------------- */

/* collect walks the entries. A client's extensions answer our request, not its own hello. */
static bool collect(struct tls *t, span entries, span *ders, span *staples, size_t *n)
{
    const struct tacit_hs *hs = t->hs;
    struct certificate_entry entry;
    struct answers answers;
    struct offers asked = {
        .present = t->is_client       ? hs->offers.present
                   : hs->status_asked ? EXT_BIT(EXT_STATUS_REQUEST)
                                      : 0,
    };
    rd in = rd_of(entries);
    for (*n = 0; !rd_end(&in); ++*n) {
        if (!certificate_next(&entry, &in))
            return fail(&t->err, MESSAGE_MALFORMED, MSG_CERTIFICATE);
        if (*n == CHAIN_MAX)
            return fail(&t->err, CHAIN_TOO_LONG, CHAIN_MAX);
        answers = (struct answers){0};
        if (!ext_scan(entry.extensions, IN_CT, !t->is_client, &asked, &answers, &t->err))
            return false;
        ders[*n] = entry.der;
        staples[*n] = answers.staple; /* RFC 9846 4.5.1.1 */
    }
    return true;
}

bool auth_certificate(struct tls *t, const struct msg *m, bool *empty)
{
    struct certificate c;
    span ders[CHAIN_MAX], staples[CHAIN_MAX];
    size_t n;
    if (!certificate_parse(&c, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (c.context.n)
        return fail(&t->err, CERTIFICATE_CONTEXT, c.context.n); /* RFC 9846 4.5.1 */
    if (!collect(t, c.entries, ders, staples, &n))
        return false;
    *empty = n == 0;
    if (*empty)
        return true;
    return auth_keep_chain(t, ders, staples, n);
}

bool auth_keep_chain(struct tls *t, const span *ders, const span *staples, size_t n)
{
    t->facts.peer_cert_shown = true;
    t->peer_chain = chain_new_stapled(&t->env->hooks, ders, staples, n, &t->err);
    return t->peer_chain != NULL;
}

bool auth_certificate_status(struct tls *t, const struct msg *m) /* RFC 6066 8 */
{
    span response;
    if (!certificate_status_parse(&response, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!response.n)
        return fail(&t->err, OCSP_MALFORMED, 0);
    struct chain *bare = t->peer_chain;
    t->peer_chain = chain_with_staple(bare, response, &t->err);
    chain_free(bare);
    return t->peer_chain != NULL;
}

static span signed_content(const struct tls *t, uint8_t out[CERTIFICATE_VERIFY_CONTENT_MAX],
                           bool by_client)
{
    uint8_t digest[HASH_MAX];
    wr w = wr_of(out, CERTIFICATE_VERIFY_CONTENT_MAX);
    certificate_verify_content(&w, by_client, transcript_digest(&t->hs->transcript, digest));
    return wr_span(&w);
}

bool auth_certificate_verify(struct tls *t, const struct msg *m)
{
    struct certificate_verify cv;
    if (!certificate_verify_parse(&cv, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    const struct scheme *scheme = scheme_by_id(cv.scheme);
    if (!scheme || !list_has(list16_span(&t->config->schemes), cv.scheme))
        return fail(&t->err, SCHEME_NOT_OFFERED, cv.scheme);
    if (!scheme_fits(scheme, t->peer_chain->certs[0].key.type, TLS13))
        return fail(&t->err, SCHEME_DOES_NOT_FIT, cv.scheme);
    uint8_t content[CERTIFICATE_VERIFY_CONTENT_MAX];
    span covered = signed_content(t, content, !t->is_client);
    return auth_begin_verify(t, scheme, covered, cv.signature, KU_DIGITAL_SIGNATURE);
}

bool auth_begin_verify(struct tls *t, const struct scheme *scheme, span content, span signature,
                       uint16_t usage)
{
    struct verify_work *v = &t->hs->work.verify;
    if (signature.n > SIG_MAX)
        return fail(&t->err, BAD_SIGNATURE, scheme->id);
    work_begin(&t->hs->work, t->env, TASK_VERIFY);
    v->config = tacit_config_ref(t->config);
    v->chain = t->peer_chain;
    t->peer_chain = NULL;
    v->of_server = t->is_client;
    v->insecure = t->config->insecure;
    bool named = t->is_client && t->hs->has_host && !t->config->insecure_name;
    v->has_host = named && !t->config->name_by_allow;
    v->by_allow = t->is_client && t->config->name_by_allow && admit_lists(t->config->admit);
    v->host = t->hs->host;
    v->now = t->env->hooks.now(t->env->hooks.user);
    v->usage = usage;
    v->stapling = !t->hs->status_asked         ? STAPLE_NOT_ASKED
                  : t->config->staple_required ? STAPLE_REQUIRED
                                               : STAPLE_ASKED;
    v->scheme = scheme;
    if (signature.n)
        memcpy(v->sig, signature.p, signature.n);
    v->sig_n = signature.n;
    v->content = (tacit_buf){mem_dup(&t->env->hooks, content), mem_dup_size(content)};
    return v->content.p || fail(&t->err, NO_MEMORY, content.n);
}

bool auth_verified(struct tls *t)
{
    struct verify_work *v = &t->hs->work.verify;
    t->peer_chain = v->chain;
    v->chain = NULL;
    t->peer_path = v->path;
    t->facts.revocation_unknown = v->path.unchecked;
    t->facts.stapled = v->path.stapled;
    bool ok = work_result(t);
    if (ok && v->cert_ok)
        t->proofs |= PROOF_CERT;
    if (ok && v->name_ok)
        t->proofs |= PROOF_NAME;
    if (ok && v->sig_ok) {
        t->facts.peer_scheme = v->scheme;
        t->proofs |= PROOF_SIG;
    }
    work_end(&t->hs->work);
    return ok;
}

bool auth_finished(struct tls *t, const struct msg *m, const struct secret *traffic)
{
    uint8_t digest[HASH_MAX], expected[HASH_MAX];
    enum hash_id hash = t->facts.suite->hash;
    span d = transcript_digest(&t->hs->transcript, digest);
    keys13_finished(hash, expected, traffic, d);
    return auth_finished_is(t, m, (span){expected, d.n});
}

bool auth_finished_is(struct tls *t, const struct msg *m, span expected)
{
    if (m->body.n != expected.n)
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    if (!ct_eq(m->body.p, expected.p, expected.n))
        return fail(&t->err, BAD_FINISHED, 0); /* RFC 9846 4.5.3 */
    t->proofs |= PROOF_FINISHED;
    /* With RSA transport nothing is signed: to have opened our secret is the proof of the key. */
    if (t->is_client && t->facts.suite->kx == KX_RSA)
        t->proofs |= PROOF_SIG;
    return true;
}

/* ---- ourselves ------------------------------------------------------------------------------- */

span own_staple(const struct tls *t)
{
    const struct tacit_hs *hs = t->hs;
    const struct tacit_identity *id = hs->identity;
    bool asked = t->is_client ? hs->answers.status_request : hs->offers.status_request;
    if (!asked || !id || !id->staple.p)
        return (span){0};
    int64_t now = t->env->hooks.now(t->env->hooks.user);
    bool current = id->staple_from <= now && now <= id->staple_until;
    return current ? (span){id->staple.p, id->staple.n} : (span){0};
}

bool send_certificate(struct tls *t) /* RFC 9846 4.5.1 */
{
    struct answers of_leaf = {.staple = own_staple(t)}, of_others = {0};
    if (t->hs->identity && !t->facts.identity)
        t->facts.identity = tacit_identity_ref(t->hs->identity);
    const struct chain *chain = t->hs->identity ? t->hs->identity->chain : NULL;
    size_t n = chain ? chain->n : 0, room = 32 + of_leaf.staple.n;
    for (size_t i = 0; i < n; i++)
        room += 3 + chain->certs[i].der.n + 2;
    wr w = flight_begin(t, MSG_CERTIFICATE, room);
    size_t list = certificate_open(&w, (span){0});
    for (size_t i = 0; i < n; i++) {
        certificate_entry_write(&w, chain->certs[i].der);
        ext_write(&w, IN_CT, t->is_client, &t->hs->offers, i ? &of_others : &of_leaf);
    }
    certificate_close(&w, list);
    return flight_end(t, &w);
}

bool begin_sign(struct tls *t, span content)
{
    struct sign_work *s = &t->hs->work.sign;
    work_begin(&t->hs->work, t->env, TASK_SIGN);
    s->identity = tacit_identity_ref(t->hs->identity);
    s->scheme = t->facts.own_scheme;
    s->content = (tacit_buf){mem_dup(&t->env->hooks, content), mem_dup_size(content)};
    return s->content.p || fail(&t->err, NO_MEMORY, content.n);
}

bool begin_signature(struct tls *t)
{
    uint8_t content[CERTIFICATE_VERIFY_CONTENT_MAX];
    return begin_sign(t, signed_content(t, content, t->is_client));
}

bool send_certificate_verify(struct tls *t) /* RFC 9846 4.5.2 */
{
    const struct sign_work *s = &t->hs->work.sign;
    if (!work_result(t))
        return false;
    wr w = flight_begin(t, MSG_CERTIFICATE_VERIFY, 4 + s->sig_n);
    certificate_verify_write(&w, &(struct certificate_verify){s->scheme->id, {s->sig, s->sig_n}});
    work_end(&t->hs->work);
    return flight_end(t, &w);
}

bool send_finished(struct tls *t, const struct secret *traffic) /* RFC 9846 4.5.3 */
{
    uint8_t digest[HASH_MAX];
    span d = transcript_digest(&t->hs->transcript, digest);
    wr w = flight_begin(t, MSG_FINISHED, d.n);
    uint8_t *at = wr_room(&w, d.n);
    if (at)
        keys13_finished(t->facts.suite->hash, at, traffic, d);
    return flight_end(t, &w);
}

/* ---- what suffices --------------------------------------------------------------------------- */

enum {
    PROOF_PEER = PROOF_CERT | PROOF_SIG | PROOF_FINISHED,
    /* Clients have no names that anybody asked for. A server proves the one that was, or, with
     * name_by_allow, to be one of those on the list: the same bit, and the same rows. */
    PROOF_SERVER = PROOF_PEER | PROOF_NAME,
};

enum mode { VERIFIED, NAMELESS, INSECURE, AUTH_OFF, AUTH_OPTIONAL, AUTH_REQUIRED };

/* clang-format off */
static const struct {
    bool client;
    enum mode mode;
    uint8_t to_open, to_seal;
} needs[] = {
    /* A client believes nothing, and says nothing, before all is proven; the insecure words drop
     * the name, or the certificate with it, and nothing else. */
    {true,  VERIFIED,      PROOF_SERVER,               PROOF_SERVER},
    {true,  NAMELESS,      PROOF_PEER,                 PROOF_PEER},
    {true,  INSECURE,      PROOF_SIG | PROOF_FINISHED, PROOF_SIG | PROOF_FINISHED},
    /* A server that asks for nothing may write after its own Finished: the client is nobody yet,
     * and stays so. */
    {false, AUTH_OFF,      PROOF_FINISHED,             0},
    /* A server that asks writes nothing to a client that has not answered (half-RTT data). */
    {false, AUTH_OPTIONAL, PROOF_FINISHED,             PROOF_FINISHED},
    {false, AUTH_REQUIRED, PROOF_PEER,                 PROOF_PEER},
};
/* clang-format on */

static enum mode mode_of(const struct tls *t)
{
    if (t->is_client)
        return t->config->insecure ? INSECURE : t->config->insecure_name ? NAMELESS : VERIFIED;
    return t->config->client_auth == TACIT_CLIENT_AUTH_REQUIRED   ? AUTH_REQUIRED
           : t->config->client_auth == TACIT_CLIENT_AUTH_OPTIONAL ? AUTH_OPTIONAL
                                                                  : AUTH_OFF;
}

static bool proven(const struct tls *t, bool to_open)
{
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (needs[i].client != t->is_client || needs[i].mode != mode_of(t))
            continue;
        uint8_t need = to_open ? needs[i].to_open : needs[i].to_seal;
        /* Who showed a certificate, asked or not required, has to have shown all of it. */
        if (t->facts.peer_cert_shown && !t->config->insecure)
            need |= PROOF_PEER;
        return (t->proofs & need) == need;
    }
    return false;
}

bool peer_proven(const struct tls *t)
{
    uint8_t all = t->is_client ? PROOF_SERVER : PROOF_PEER;
    return (t->proofs & all) == all;
}

bool may_open_app(const struct tls *t)
{
    return t->app_in_keyed && proven(t, true);
}

bool may_seal_app(const struct tls *t)
{
    return t->app_out_keyed && proven(t, false);
}
