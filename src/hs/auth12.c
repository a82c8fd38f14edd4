/* auth12.c: who the peer is, and who we are, in TLS 1.2 (RFC 5246 7.4.2, 7.4.6, 7.4.8, 7.4.9; RFC
 * 8422 5.4). The proofs themselves are made in auth.c.
 *
 * Invariant: what is signed or checked covers both randoms, or every message so far. */
#include "hs/hs.h"

#include "hs/keys12.h"

/* ---- the peer -------------------------------------------------------------------------------- */

bool auth_certificate12(struct tls *t, const struct msg *m, bool *empty)
{
    span entries, ders[CHAIN_MAX];
    size_t n = 0;
    if (!certificate12_parse(&entries, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    for (rd in = rd_of(entries); !rd_end(&in); n++) {
        if (n == CHAIN_MAX)
            return fail(&t->err, CHAIN_TOO_LONG, CHAIN_MAX);
        if (!certificate12_next(&ders[n], &in))
            return fail(&t->err, MESSAGE_MALFORMED, m->type);
    }
    *empty = n == 0;
    return *empty || auth_keep_chain(t, ders, NULL, n);
}

/* A server that is proven by what it can decrypt signs nothing (RSA transport). */
bool auth_begin_path12(struct tls *t)
{
    return auth_begin_verify(t, NULL, (span){0}, (span){0}, KU_KEY_ENCIPHERMENT);
}

static bool begin_verify(struct tls *t, uint16_t id, span content, span signature)
{
    const struct scheme *scheme = scheme_by_id(id);
    const struct pubkey *key = &t->peer_chain->certs[0].key;
    if (!scheme || !list_has(list16_span(&t->config->schemes), id))
        return fail(&t->err, SCHEME_NOT_OFFERED, id);
    if (!scheme_fits(scheme, key->type, TLS12))
        return fail(&t->err, SCHEME_DOES_NOT_FIT, id);
    return auth_begin_verify(t, scheme, content, signature, KU_DIGITAL_SIGNATURE);
}

/* Both randoms, then the parameters: RFC 8422 5.4. */
static span signed_params(const struct tls *t, span params, uint8_t *out, size_t cap)
{
    wr w = wr_of(out, cap);
    wr_bytes(&w, t->randoms.client, 32);
    wr_bytes(&w, t->randoms.server, 32);
    wr_span_bytes(&w, params);
    return wr_span(&w);
}

bool auth_server_key_exchange(struct tls *t, const struct server_key_exchange *ske)
{
    uint8_t content[64 + SKE_PARAMS_MAX];
    enum key_type key = t->peer_chain->certs[0].key.type;
    uint16_t curve = group_of_key(key);
    bool rsa = key_is_rsa(key);
    if (curve && !list_has(list16_span(&t->config->groups), curve)) /* RFC 8422 5.3 */
        return fail(&t->err, CURVE_NOT_OFFERED, curve);
    if (rsa != (t->facts.suite->kx == KX_ECDHE_RSA)) /* the suite says what kind of key signs */
        return fail(&t->err, SCHEME_DOES_NOT_FIT, ske->scheme);
    return begin_verify(t, ske->scheme, signed_params(t, ske->params, content, sizeof content),
                        ske->signature);
}

bool auth_certificate_verify12(struct tls *t, const struct msg *m)
{
    struct certificate_verify cv;
    if (!certificate_verify_parse(&cv, m->body))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    return begin_verify(t, cv.scheme, transcript_kept(&t->hs->transcript), cv.signature);
}

bool auth_finished12(struct tls *t, const struct msg *m)
{
    uint8_t digest[HASH_MAX], expected[FINISHED12_LEN];
    span d = transcript_digest(&t->hs->transcript, digest);
    keys12_finished(t->facts.suite->hash, expected, &t->exporter, !t->is_client, d);
    return auth_finished_is(t, m, (span){expected, sizeof expected});
}

/* ---- ourselves ------------------------------------------------------------------------------- */

bool send_certificate12(struct tls *t)
{
    const struct chain *chain = t->hs->identity ? t->hs->identity->chain : NULL;
    size_t n = chain ? chain->n : 0, room = 8;
    if (t->hs->identity && !t->facts.identity)
        t->facts.identity = tacit_identity_ref(t->hs->identity);
    for (size_t i = 0; i < n; i++)
        room += 3 + chain->certs[i].der.n;
    wr w = flight_begin(t, MSG_CERTIFICATE, room);
    size_t list = wr_open(&w, 3);
    for (size_t i = 0; i < n; i++)
        wr_vec(&w, 3, chain->certs[i].der);
    wr_close(&w, list, 3);
    return flight_end(t, &w);
}

bool send_certificate_status12(struct tls *t) /* RFC 6066 8 */
{
    span staple = t->hs->answers.staple;
    if (!staple.p)
        return true;
    wr w = flight_begin(t, MSG_CERTIFICATE_STATUS, 1 + 3 + staple.n);
    certificate_status_write(&w, staple);
    return flight_end(t, &w);
}

bool begin_signature_params12(struct tls *t, span params)
{
    uint8_t content[64 + SKE_PARAMS_MAX];
    return begin_sign(t, signed_params(t, params, content, sizeof content));
}

bool begin_signature12(struct tls *t)
{
    return begin_sign(t, transcript_kept(&t->hs->transcript));
}

bool send_finished12(struct tls *t)
{
    uint8_t digest[HASH_MAX];
    span d = transcript_digest(&t->hs->transcript, digest);
    wr w = flight_begin(t, MSG_FINISHED, FINISHED12_LEN);
    uint8_t *at = wr_room(&w, FINISHED12_LEN);
    if (at)
        keys12_finished(t->facts.suite->hash, at, &t->exporter, t->is_client, d);
    return flight_end(t, &w);
}
