/* info.c: what was agreed and who was proven, for people and programs (RFC 9846 7.5 for
 * exporters). */
#include "conn/conn.h"
#include "hs/keys12.h"
#include "x509/admit.h"

#include <tacit/info.h>

#include <stdio.h>

/* What a connection lacks, in the words of tacit_legacy. */
static uint32_t legacy_of(const struct facts *f)
{
    if (!f->suite || f->suite->version != TLS12)
        return 0;
    return f->suite->legacy | (f->extended_master ? 0u : (uint32_t)LEGACY_NO_EMS);
}

static uint16_t key_bits_of(const struct suite *suite)
{
    return (uint16_t)(8 * (suite->cbc ? (size_t)CBC_KEY : aead_key_len(suite->aead)));
}

static const char *scheme_name(const struct scheme *s)
{
    return s ? s->name : NULL;
}

/* Pins are asked of whoever shows a certificate: who got as far as to prove its key has met one. */
static bool pinned(const struct tls *t)
{
    const unsigned key_proven = PROOF_SIG | PROOF_FINISHED;
    return admit_pins(t->config->admit) && t->facts.peer_cert_shown
           && (t->proofs & key_proven) == key_proven;
}

bool tacit_conn_info(const tacit_conn *c, tacit_info *info)
{
    if (!c || !info || info->size != sizeof *info)
        return false;
    const struct tls *t = &c->t;
    const struct facts *f = &t->facts;
    *info = (tacit_info){
        .size = sizeof *info,
        .version = f->version,
        .suite = f->suite ? f->suite->id : 0,
        .group = f->suite && f->group ? f->group->id : 0,
        .own_scheme = f->own_scheme ? f->own_scheme->id : 0,
        .peer_scheme = f->peer_scheme ? f->peer_scheme->id : 0,
        .version_name = version_name(f->version),
        .encryption_name = f->suite ? suite_encryption(f->suite) : NULL,
        .integrity_name = f->suite ? suite_integrity(f->suite) : NULL,
        .suite_bits = f->suite ? key_bits_of(f->suite) : 0,
        .forward_secret = f->suite && suite_forward_secret(f->suite),
        .suite_name = f->suite ? f->suite->short_name : NULL,
        .group_name = f->suite && f->group ? f->group->other_name : NULL,
        .own_scheme_name = scheme_name(f->own_scheme),
        .peer_scheme_name = scheme_name(f->peer_scheme),
        .alpn = f->alpn,
        .hello_retry = f->hello_retry,
        .client_auth_requested = f->client_cert_asked,
        .peer_verified = peer_proven(t),
        .revocation_unknown = f->revocation_unknown,
        .stapled = f->stapled,
        .pinned = pinned(t),
        .verification_skipped = t->config->insecure,
        .name_skipped = t->config->insecure_name,
        .name_by_allow = t->config->name_by_allow,
        .legacy = legacy_of(f),
        .tickets = f->tickets,
        .key_updates_in = f->key_updates_in,
        .key_updates_out = f->key_updates_out,
        .records_in = t->in.dir.seq,
        .records_out = t->out.dir.seq,
    };
    if (!f->server_is_ip)
        info->server_name = (span){f->server_name, f->server_name_n};
    return true;
}

/* What was asked for, as it was before the handshake forgot it. */
static bool asked_host(const struct facts *f, struct host *out)
{
    *out = (struct host){0};
    if (!f->server_is_ip)
        return f->server_name_n && host_parse(out, (span){f->server_name, f->server_name_n}, NULL);
    out->ip_len = (uint8_t)f->server_name_n;
    memcpy(out->ip, f->server_name, f->server_name_n);
    return true;
}

static const struct cert *peer_cert(const struct tacit_conn *c, size_t index)
{
    if (!c)
        return NULL;
    const struct tls *t = &c->t;
    const struct path *path = &t->peer_path;
    if (index < path->n)
        return path->certs[index];
    bool as_sent = path->n == 0 && t->peer_chain && index < t->peer_chain->n;
    return as_sent ? &t->peer_chain->certs[index] : NULL;
}

bool tacit_conn_peer_cert(const tacit_conn *c, size_t index, tacit_cert_info *info)
{
    const struct cert *cert = peer_cert(c, index);
    if (!cert || !info || info->size != sizeof *info)
        return false;
    struct host host;
    cert_describe(cert, asked_host(&c->t.facts, &host) ? &host : NULL, info);
    return true;
}

bool tacit_conn_peer_der(const tacit_conn *c, size_t index, tacit_span *der)
{
    const struct cert *cert = peer_cert(c, index);
    if (cert)
        *der = cert->der;
    return cert != NULL;
}

bool tacit_conn_peer_spki(const tacit_conn *c, size_t index, tacit_span *der)
{
    const struct cert *cert = peer_cert(c, index);
    if (cert)
        *der = cert->spki;
    return cert != NULL;
}

bool tacit_conn_peer_name(const tacit_conn *c, size_t index, size_t name, tacit_name_kind *kind,
                          char *out, size_t cap)
{
    const struct cert *cert = peer_cert(c, index);
    return cert && cert_name_at(cert, name, kind, out, cap);
}

static const struct cert *own_cert(const struct tacit_conn *c, size_t index)
{
    const struct tacit_identity *id = c ? c->t.facts.identity : NULL;
    return id && index < id->chain->n ? &id->chain->certs[index] : NULL;
}

bool tacit_conn_own_cert(const tacit_conn *c, size_t index, tacit_cert_info *info)
{
    const struct cert *cert = own_cert(c, index);
    if (!cert || !info || info->size != sizeof *info)
        return false;
    cert_describe(cert, NULL, info);
    return true;
}

bool tacit_conn_own_der(const tacit_conn *c, size_t index, tacit_span *der)
{
    const struct cert *cert = own_cert(c, index);
    if (cert)
        *der = cert->der;
    return cert != NULL;
}

const tacit_report *tacit_conn_report(const tacit_conn *c)
{
    return c && c->t.peer_chain ? c->t.peer_chain->report : NULL;
}

bool tacit_conn_export(const tacit_conn *c, uint8_t *out, size_t n, const char *label,
                       tacit_span context)
{
    enum { LABEL_MAX = 249 };
    if (!c || c->failed || !conn_connected(c))
        return false;
    const struct tls *t = &c->t;
    if (!label || !t->exporter.n || strlen(label) > LABEL_MAX
        || n > 255 * hash_len(t->facts.suite->hash))
        return false;
    if (t->facts.version == TLS13)
        keys13_export(t->facts.suite->hash, out, n, &t->exporter, label, context);
    else if (!t->facts.extended_master || context.n > 65535) /* RFC 7627 5.4 */
        return false;
    else
        keys12_export(t->facts.suite->hash, out, n, &t->exporter, label,
                      (span){t->randoms.client, 32}, (span){t->randoms.server, 32}, context);
    return true;
}

/* The digest is that of the certificate's signature, but never one weaker than SHA-256 (RFC 5929
 * 4.1). */
static size_t server_end_point(const struct tacit_conn *c, uint8_t out[HASH_MAX])
{
    const struct cert *leaf = c->t.is_client ? peer_cert(c, 0) : own_cert(c, 0);
    if (!leaf)
        return 0;
    enum hash_id hash = leaf->sig_hash == HASH_NONE ? HASH_SHA256 : leaf->sig_hash;
    hash_once(hash, leaf->der, out);
    return hash_len(hash);
}

size_t tacit_conn_channel_binding(const tacit_conn *c, tacit_binding kind, uint8_t out[HASH_MAX])
{
    enum { EXPORTER_LEN = 32 };
    if (!c || c->failed || !conn_connected(c))
        return 0;
    if (kind == TACIT_BINDING_SERVER_END_POINT)
        return server_end_point(c, out);
    /* RFC 9266 4.1 */
    return tacit_conn_export(c, out, EXPORTER_LEN, "EXPORTER-Channel-Binding", (span){0})
               ? EXPORTER_LEN
               : 0;
}
