/* sealed_fuzz.c: an end whose peer has the right keys and says anything. Up to some message of the
 * peer's protected flight all is honest; from there on the input is sealed with the keys that the
 * end reads with. It gets to CONNECTED only if what it was told is what an honest peer says.
 *
 *     1 byte    the scene (bits 0, 1, and 3: TLS 1.2), and (bit 2) which end is told lies
 *     1 byte    how many honest messages go before; with all of them, the end is connected
 *     then, any number of times: 1 byte a content type, 2 bytes a length, and the content */
#include "conn/conn.h"
#include "fuzz_world.h"
#include "hs/keys12.h"
#include "wire/rd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { FLIGHT_MAX = 1 << 14 };

struct play {
    tacit_conn *victim, *peer;
    uint8_t flight[FLIGHT_MAX]; /* the messages that the peer sends under its handshake keys */
    size_t n, at;               /* at: what of it the victim has been told */
    bool changed;               /* it has been told something else */
};

/* reading is the secret that the victim reads with now. */
static const struct secret *reading(const struct tls *t)
{
    if (t->app_in_keyed)
        return &t->traffic_in;
    return t->is_client ? &t->hs->keys.server : &t->hs->keys.client;
}

/* key gives a direction the keys that the victim reads with, to seal or to open. */
static bool key(struct rec_dir *dir, const struct tls *t, bool seal)
{
    struct err err = {0};
    struct keys12 client, server;
    const struct suite *suite = t->facts.suite;
    if (!t->in.tls12)
        return rec_dir_key(dir, t->env->crypto, suite, reading(t), seal, &err);
    keys12_block(suite, &t->exporter, (span){t->randoms.client, 32}, (span){t->randoms.server, 32},
                 &client, &server);
    return rec_dir_key12(dir, t->env->crypto, &t->env->hooks, suite,
                         t->is_client ? &server : &client, seal, &err);
}

/* say seals a record as the peer could, and gives it to the victim. False when that reads no
 * more. */
static bool say(struct play *p, uint8_t type, span content)
{
    struct tls *t = &p->victim->t;
    if (tacit_conn_read_end(p->victim) != TACIT_READ_OPEN)
        return false;
    uint8_t wire[REC_WIRE_MAX];
    size_t n = 0;
    struct err err = {0};
    struct rec_out out = {.hooks = &t->env->hooks};
    fuzz_require(key(&out.dir, t, true));
    out.dir.seq = t->in.dir.seq;
    fuzz_require(out_seal(&out, (enum content_type)type, content, &err));
    for (const struct block *b = out.head; b; b = b->next) {
        memcpy(wire + n, b->bytes, b->end);
        n += b->end;
    }
    out_wipe(&out);
    return fuzz_feed(p->victim, (span){wire, n}, SIZE_MAX);
}

/* overhear opens the peer's protected records and keeps their handshake messages. What goes in the
 * clear is carried to the victim. */
static void overhear(struct play *p)
{
    struct tls *t = &p->victim->t;
    struct rec_in in = {.inner_max = REC_INNER_MAX};
    bool keyed = false, changed = false;
    for (tacit_span out; (out = tacit_conn_wire_out_buf(p->peer)).n;) {
        size_t size = REC_HEADER + ((size_t)out.p[3] << 8 | out.p[4]), used, need;
        uint8_t record[REC_WIRE_MAX];
        struct rec rec;
        fuzz_require(size <= out.n);
        memcpy(record, out.p, size);
        tacit_conn_wire_out_done(p->peer, size);
        if (record[0] != CT_APPLICATION_DATA && !changed) {
            (void)fuzz_feed(p->victim, (span){record, size}, SIZE_MAX);
            changed = t->in.tls12 && record[0] == CT_CHANGE_CIPHER_SPEC;
            continue;
        }
        in.tls12 = t->in.tls12;
        if (!keyed)
            fuzz_require(key(&in.dir, t, false));
        keyed = true;
        if (rec_next(&in, &rec, &used, &need, record, size, &(struct err){0}) != REC_OPENED)
            break; /* under the application keys */
        fuzz_require(rec.type == CT_HANDSHAKE && p->n + rec.n <= FLIGHT_MAX);
        memcpy(p->flight + p->n, rec.p, rec.n);
        p->n += rec.n;
    }
    rec_dir_wipe(&in.dir);
}

/* begin brings the victim to where its peer's protected flight comes. */
static void begin(struct play *p, unsigned scene, bool victim_is_client)
{
    tacit_conn *client = fuzz_client(scene), *server = fuzz_server(scene);
    *p = (struct play){.victim = victim_is_client ? client : server,
                       .peer = victim_is_client ? server : client};
    fuzz_carry(client, server);
    if (server->t.state == ST_START) { /* a retry */
        fuzz_carry(server, client);
        fuzz_carry(client, server);
    }
    if (!victim_is_client || server->t.in.tls12)
        fuzz_carry(server, client);
    if (victim_is_client && server->t.in.tls12)
        fuzz_carry(client, server);
    overhear(p);
}

static bool say_honestly(struct play *p, unsigned messages)
{
    for (; messages && p->at < p->n; messages--) {
        const uint8_t *m = p->flight + p->at;
        size_t n = MSG_HEADER + ((size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3]);
        p->at += n;
        if (!say(p, CT_HANDSHAKE, (span){m, n}))
            return false;
    }
    return true;
}

/* A lie that is the truth leaves the victim as connected as it should be. */
static void note(struct play *p, uint8_t type, span content)
{
    if (type != CT_HANDSHAKE)
        return;
    if (content.n > p->n - p->at || memcmp(content.p, p->flight + p->at, content.n) != 0)
        p->changed = true;
    else
        p->at += content.n;
}

static bool finished(const struct play *p)
{
    return p->victim->t.proofs & PROOF_FINISHED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    rd in = rd_of((span){data, n});
    static struct play p;
    uint8_t scene, messages, type;
    span content;
    if (!rd_u8(&in, &scene) || !rd_u8(&in, &messages))
        return 0;
    fuzz_rewind();
    begin(&p, (scene & 3) | (scene >> 1 & 4), scene >> 2 & 1);
    bool ok = say_honestly(&p, messages);
    bool connected = finished(&p);
    fuzz_require(connected == (p.at == p.n));
    while (ok && rd_u8(&in, &type) && rd_vec16(&in, 0, REC_PLAIN_MAX, &content)) {
        note(&p, type, content);
        ok = say(&p, type, content);
        fuzz_require(connected || !finished(&p) || (p.at == p.n && !p.changed));
        connected = finished(&p);
    }
    tacit_conn_free(p.peer);
    fuzz_finish(p.victim);
    return 0;
}
