/* secrets.c: where the key schedule meets the record layer and the key log (RFC 9846 7, 5.1; RFC
 * 9850).
 *
 * Invariant: a read key changes only when nothing received under the old one is undelivered. */
#include "hs/hs.h"

bool set_read_key(struct tls *t, const struct secret *traffic)
{
    size_t pending = join_pending(&t->join);
    if (pending)
        return fail(&t->err, MESSAGE_OVER_KEY_CHANGE, pending); /* RFC 9846 5.1 */
    return rec_dir_key(&t->in.dir, t->env->crypto, t->facts.suite, traffic, false, &t->err);
}

bool set_write_key(struct tls *t, const struct secret *traffic)
{
    if (!out_key(&t->out, t->env->crypto, t->facts.suite, traffic, &t->err))
        return false;
    if (t->config->max_records)
        t->out.max_records = t->config->max_records;
    return true;
}

static void hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
}

/* LABEL <client random> <secret>, in hexadecimal: RFC 9850. */
void keylog_line(struct tls *t, const char *label, const struct secret *secret)
{
    char line[40 + 1 + 64 + 1 + 2 * SECRET_MAX + 1];
    if (!t->config->keylog)
        return;
    size_t n = strlen(label);
    memcpy(line, label, n);
    line[n++] = ' ';
    hex(line + n, t->hs->client_random, 32);
    n += 64;
    line[n++] = ' ';
    hex(line + n, secret->b, secret->n);
    line[n + 2 * (size_t)secret->n] = 0;
    t->config->keylog(tls_user(t), line);
    wipe(line, sizeof line);
}

bool derive_secret(struct tls *t, struct secret *out, enum label label)
{
    uint8_t digest[HASH_MAX];
    if (!keys13_derive(&t->hs->keys, out, label, transcript_digest(&t->hs->transcript, digest)))
        return fail(&t->err, INTERNAL_FAULT, label);
    keylog_line(t, label_keylog(label), out);
    return true;
}

bool handshake_secrets(struct tls *t, const struct secret *shared)
{
    struct keys13 *k = &t->hs->keys;
    keys13_begin(k, t->facts.suite->hash, (span){0});
    if (!keys13_handshake(k, shared))
        return fail(&t->err, INTERNAL_FAULT, k->stage);
    return derive_secret(t, &k->client, LABEL_CLIENT_HANDSHAKE)
           && derive_secret(t, &k->server, LABEL_SERVER_HANDSHAKE);
}

bool application_secrets(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    struct secret *client = t->is_client ? &hs->traffic_out : &hs->traffic_in;
    struct secret *server = t->is_client ? &hs->traffic_in : &hs->traffic_out;
    if (!keys13_main(&hs->keys))
        return fail(&t->err, INTERNAL_FAULT, hs->keys.stage);
    return derive_secret(t, client, LABEL_CLIENT_APPLICATION)
           && derive_secret(t, server, LABEL_SERVER_APPLICATION)
           && derive_secret(t, &t->exporter, LABEL_EXPORTER);
}
