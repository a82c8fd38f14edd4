/* keys13.c: which secret comes from which (RFC 9846 7.1, 7.2, 7.5). */
#include "hs/keys13.h"

static const struct {
    const char *text;
    enum stage stage;
    const char *keylog;
} labels[N_LABELS] = {
    [LABEL_CLIENT_HANDSHAKE] = {"c hs traffic", STAGE_HANDSHAKE, "CLIENT_HANDSHAKE_TRAFFIC_SECRET"},
    [LABEL_SERVER_HANDSHAKE] = {"s hs traffic", STAGE_HANDSHAKE, "SERVER_HANDSHAKE_TRAFFIC_SECRET"},
    [LABEL_CLIENT_APPLICATION] = {"c ap traffic", STAGE_MAIN, "CLIENT_TRAFFIC_SECRET_0"},
    [LABEL_SERVER_APPLICATION] = {"s ap traffic", STAGE_MAIN, "SERVER_TRAFFIC_SECRET_0"},
    [LABEL_EXPORTER] = {"exp master", STAGE_MAIN, "EXPORTER_SECRET"},
};

static void derive(enum hash_id hash, struct secret *out, const struct secret *from,
                   const char *label, span digest)
{
    out->n = (uint8_t)hash_len(hash);
    hkdf_expand_label(hash, out->b, out->n, secret_span(from), label, digest);
}

void keys13_begin(struct keys13 *k, enum hash_id hash, span psk)
{
    static const uint8_t zeros[HASH_MAX];
    *k = (struct keys13){.hash = hash, .stage = STAGE_EARLY};
    span ikm = psk.n ? psk : (span){zeros, hash_len(hash)};
    hkdf_extract(hash, &k->secret, (span){0}, ikm);
}

/* The salt of the next stage is derived from this one with the digest of nothing. */
static bool next_stage(struct keys13 *k, enum stage from, span ikm)
{
    if (k->stage != from)
        return false;
    uint8_t empty[HASH_MAX];
    struct secret salt;
    hash_once(k->hash, (span){0}, empty);
    derive(k->hash, &salt, &k->secret, "derived", (span){empty, hash_len(k->hash)});
    hkdf_extract(k->hash, &k->secret, secret_span(&salt), ikm);
    secret_wipe(&salt);
    k->stage++;
    return true;
}

bool keys13_handshake(struct keys13 *k, const struct secret *shared)
{
    return next_stage(k, STAGE_EARLY, secret_span(shared));
}

bool keys13_main(struct keys13 *k)
{
    static const uint8_t zeros[HASH_MAX];
    return next_stage(k, STAGE_HANDSHAKE, (span){zeros, hash_len(k->hash)});
}

bool keys13_derive(const struct keys13 *k, struct secret *out, enum label label, span digest)
{
    if (k->stage != labels[label].stage)
        return false;
    derive(k->hash, out, &k->secret, labels[label].text, digest);
    return true;
}

void keys13_wipe(struct keys13 *k)
{
    wipe(k, sizeof *k);
}

const char *label_keylog(enum label label)
{
    return labels[label].keylog;
}

void keys13_finished(enum hash_id hash, uint8_t *out, const struct secret *traffic, span digest)
{
    struct secret key;
    derive(hash, &key, traffic, "finished", (span){0});
    hmac_once(hash, secret_span(&key), digest, out);
    secret_wipe(&key);
}

void keys13_update(enum hash_id hash, struct secret *traffic)
{
    struct secret next;
    derive(hash, &next, traffic, "traffic upd", (span){0});
    *traffic = next;
    secret_wipe(&next);
}

void keys13_export(enum hash_id hash, uint8_t *out, size_t n, const struct secret *exporter,
                   const char *label, span context)
{
    uint8_t digest[HASH_MAX];
    struct secret secret;
    hash_once(hash, (span){0}, digest);
    derive(hash, &secret, exporter, label, (span){digest, hash_len(hash)});
    hash_once(hash, context, digest);
    hkdf_expand_label(hash, out, n, secret_span(&secret), "exporter",
                      (span){digest, hash_len(hash)});
    secret_wipe(&secret);
}
