/* secrets12.c: the master secret of TLS 1.2, and its keys into the record layer (RFC 5246 6.3, 7.1,
 * 8.1; RFC 7627). The master secret lies in tls.exporter: exporters come from it too.
 *
 * Invariant: keys change at ChangeCipherSpec and nowhere else, and never over an undelivered byte;
 * without a master secret there is no key to change to (bug class 36). */
#include "hs/hs.h"

#include "hs/keys12.h"

static span client_random(const struct tls *t)
{
    return (span){t->randoms.client, 32};
}

static span server_random(const struct tls *t)
{
    return (span){t->randoms.server, 32};
}

bool master_secret12(struct tls *t, const struct secret *premaster)
{
    enum hash_id hash = t->facts.suite->hash;
    uint8_t digest[HASH_MAX];
    if (t->facts.extended_master)
        master12_extended(hash, &t->exporter, premaster,
                          transcript_digest(&t->hs->transcript, digest));
    else
        master12_plain(hash, &t->exporter, premaster, client_random(t), server_random(t));
    keylog_line(t, "CLIENT_RANDOM", &t->exporter);
    return true;
}

static void direction(const struct tls *t, bool of_client, struct keys12 *keys)
{
    struct keys12 other;
    keys12_block(t->facts.suite, &t->exporter, client_random(t), server_random(t),
                 of_client ? keys : &other, of_client ? &other : keys);
    wipe(&other, sizeof other);
}

bool set_read_key12(struct tls *t)
{
    struct keys12 keys;
    size_t pending = join_pending(&t->join);
    if (pending)
        return fail(&t->err, MESSAGE_OVER_KEY_CHANGE, pending);
    direction(t, !t->is_client, &keys);
    bool ok = rec_dir_key12(&t->in.dir, t->env->crypto, &t->env->hooks, t->facts.suite, &keys,
                            false, &t->err);
    wipe(&keys, sizeof keys);
    return ok;
}

bool send_change_cipher_spec(struct tls *t)
{
    static const uint8_t one[] = {1};
    struct keys12 keys;
    if (!out_flight(&t->out, &t->err)
        || !out_seal(&t->out, CT_CHANGE_CIPHER_SPEC, (span){one, sizeof one}, &t->err))
        return false;
    direction(t, t->is_client, &keys);
    bool ok = rec_dir_key12(&t->out.dir, t->env->crypto, &t->env->hooks, t->facts.suite, &keys,
                            true, &t->err);
    wipe(&keys, sizeof keys);
    t->out.mute = !ok; /* the ChangeCipherSpec is out: nothing may follow it in the clear */
    t->out.max_records =
        t->config->max_records ? t->config->max_records : t->facts.suite->max_records;
    return ok;
}
