/* info.c: what was agreed and who was proven, for people and programs (RFC 9846 7.5 for
 * exporters). */
#include "conn/conn.h"
#include "hs/keys12.h"

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

void tacit_conn_info(const tacit_conn *c, tacit_info *info)
{
    const struct tls *t = &c->t;
    const struct facts *f = &t->facts;
    if (info->size != sizeof *info)
        return;
    *info = (tacit_info){
        .size = sizeof *info,
        .version = f->version,
        .suite = f->suite ? f->suite->id : 0,
        .group = f->suite && f->group ? f->group->id : 0,
        .own_scheme = f->own_scheme ? f->own_scheme->id : 0,
        .peer_scheme = f->peer_scheme ? f->peer_scheme->id : 0,
        .version_name = version_name(f->version),
        .suite_bits = f->suite ? key_bits_of(f->suite) : 0,
        .suite_name = f->suite ? f->suite->short_name : NULL,
        .group_name = f->suite && f->group ? f->group->other_name : NULL,
        .own_scheme_name = scheme_name(f->own_scheme),
        .peer_scheme_name = scheme_name(f->peer_scheme),
        .alpn = f->alpn,
        .hello_retry = f->hello_retry,
        .client_auth_requested = f->client_cert_asked,
        .peer_verified =
            t->proofs & PROOF_CERT && t->proofs & PROOF_SIG && t->proofs & PROOF_FINISHED,
        .verification_skipped = t->config->insecure,
        .legacy = legacy_of(f),
        .tickets = f->tickets,
        .key_updates_in = f->key_updates_in,
        .key_updates_out = f->key_updates_out,
        .records_in = t->in.dir.seq,
        .records_out = t->out.dir.seq,
    };
    if (t->is_client && t->has_host && !t->host.ip_len)
        info->server_name = (span){(const uint8_t *)t->host.dns, t->host.dns_len};
    else if (!t->is_client)
        info->server_name = (span){f->server_name, f->server_name_n};
}

static void key_text(const struct pubkey *key, char *out, size_t cap)
{
    static const char *const names[] = {
        [KEY_NONE] = "unknown key",    [KEY_RSA] = "RSA",
        [KEY_RSA_PSS] = "RSA-PSS",     [KEY_EC_P256] = "ECDSA P-256",
        [KEY_EC_P384] = "ECDSA P-384", [KEY_EC_P521] = "ECDSA P-521",
        [KEY_ED25519] = "Ed25519",
    };
    if (key->type == KEY_RSA || key->type == KEY_RSA_PSS)
        snprintf(out, cap, "%s %zu", names[key->type], key_bits(key));
    else
        snprintf(out, cap, "%s", names[key->type]);
}

static void serial_text(span serial, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < serial.n && n + 3 <= cap; i++)
        n += (size_t)snprintf(out + n, cap - n, "%02x", serial.p[i]);
}

/* The name that matched, so that a report shows why; else the first. */
static void name_that_matters(const struct tls *t, const struct cert *cert, tacit_cert_info *info)
{
    char name[sizeof info->name];
    size_t i;
    for (i = 0; cert_name_at(cert, i, name, sizeof name); i++) {
        bool asked = t->has_host && t->host.dns_len && strcmp(name, t->host.dns) == 0;
        if (i == 0 || asked)
            memcpy(info->name, name, sizeof name);
    }
    info->n_names = (uint32_t)i;
}

static const struct cert *peer_cert(const struct tls *t, size_t index)
{
    const struct path *path = &t->peer_path;
    if (index < path->n)
        return path->certs[index];
    bool as_sent = path->n == 0 && t->peer_chain && index < t->peer_chain->n;
    return as_sent ? &t->peer_chain->certs[index] : NULL;
}

bool tacit_conn_peer_cert(const tacit_conn *c, size_t index, tacit_cert_info *info)
{
    const struct cert *cert = peer_cert(&c->t, index);
    if (!cert || info->size != sizeof *info)
        return false;
    *info = (tacit_cert_info){.size = sizeof *info};
    name_text(cert->subject, info->subject, sizeof info->subject);
    name_text(cert->issuer, info->issuer, sizeof info->issuer);
    key_text(&cert->key, info->key, sizeof info->key);
    serial_text(cert->serial, info->serial, sizeof info->serial);
    info->not_before = cert->not_before;
    info->not_after = cert->not_after;
    name_that_matters(&c->t, cert, info);
    if (!info->subject[0])
        memcpy(info->subject, info->name, sizeof info->subject);
    return true;
}

bool tacit_conn_peer_der(const tacit_conn *c, size_t index, tacit_span *der)
{
    const struct cert *cert = peer_cert(&c->t, index);
    if (cert)
        *der = cert->der;
    return cert != NULL;
}

bool tacit_conn_peer_name(const tacit_conn *c, size_t index, size_t name, char *out, size_t cap)
{
    const struct cert *cert = peer_cert(&c->t, index);
    return cert && cert_name_at(cert, name, out, cap);
}

bool tacit_conn_export(const tacit_conn *c, uint8_t *out, size_t n, const char *label,
                       tacit_span context)
{
    const struct tls *t = &c->t;
    enum { LABEL_MAX = 249 };
    if (c->failed || !conn_connected(c) || !t->exporter.n || strlen(label) > LABEL_MAX
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
static size_t server_end_point(const struct tls *t, uint8_t out[HASH_MAX])
{
    const struct cert *leaf = t->is_client        ? peer_cert(t, 0)
                              : t->facts.identity ? &t->facts.identity->chain->certs[0]
                                                  : NULL;
    if (!leaf)
        return 0;
    enum hash_id hash = leaf->sig_hash == HASH_NONE ? HASH_SHA256 : leaf->sig_hash;
    hash_once(hash, leaf->der, out);
    return hash_len(hash);
}

size_t tacit_conn_channel_binding(const tacit_conn *c, tacit_binding kind, uint8_t out[HASH_MAX])
{
    enum { EXPORTER_LEN = 32 };
    if (c->failed || !conn_connected(c))
        return 0;
    if (kind == TACIT_BINDING_SERVER_END_POINT)
        return server_end_point(&c->t, out);
    /* RFC 9266 4.1 */
    return tacit_conn_export(c, out, EXPORTER_LEN, "EXPORTER-Channel-Binding", (span){0})
               ? EXPORTER_LEN
               : 0;
}
