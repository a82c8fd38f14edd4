/* The traces of RFC 8448, played step by step through keys13, the transcript, the record layer, the
 * joining of messages and the codecs: every share, secret, key, IV, Finished and record that the
 * RFC shows must come out of ours, bit for bit. Its RSA keys of 1024 bits are not taken by our
 * policy, so libcrypto checks the signatures, over what certificate_verify_content writes. */
#include "codec.h"
#include "hs/join.h"
#include "hs/keys13.h"
#include "hs/transcript.h"
#include "record/record.h"
#include "rfc8448.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/x509.h>

static struct hooks hooks;
static struct crypto *crypto;

enum epoch { EARLY, HANDSHAKE, APPLICATION, N_EPOCHS };

/* struct end is one of the two, and what it has sent. */
struct end {
    struct kem_key *kem;
    enum kem_id group;
    uint8_t seed[KEM_SEED_MAX];
    struct secret traffic[N_EPOCHS];
    struct rec_out out;
    struct rec_in in; /* of the peer: it opens what this end sends */
    struct join join; /* likewise */
    span waiting[8];  /* messages made and not yet sent */
    size_t n_waiting, n_records;
    span certificate;
};

struct play {
    const struct trace_step *step;
    const struct suite *suite;
    struct keys13 keys;
    struct transcript transcript;
    struct offers offers;
    struct answers answers;
    struct end client, server;
    struct err err;
};

static struct end *actor(struct play *p)
{
    return p->step->by_client ? &p->client : &p->server;
}

static void assert_bytes(const struct play *p, const char *field, const uint8_t *ours, size_t n)
{
    span theirs = trace_bytes(p->step, field);
    if (theirs.n != n || memcmp(theirs.p, ours, n) != 0)
        fail_msg("'%s': the %s differs", p->step->title, field);
}

static void assert_secret(const struct play *p, const char *field, const struct secret *ours)
{
    assert_bytes(p, field, ours->b, ours->n);
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* The second candidate of a P-256 seed stays zero, which is no valid scalar: the first must do. */
static void on_key_pair(struct play *p)
{
    struct end *e = actor(p);
    span seed = trace_bytes(p->step, "private key");
    uint8_t share[KEM_SHARE_MAX];
    e->group = strstr(p->step->title, "x25519") ? KEM_X25519 : KEM_P256;
    memset(e->seed, 0, sizeof e->seed);
    memcpy(e->seed, seed.p, seed.n);
    kem_free(e->kem);
    e->kem = kem_generate(crypto, e->group, e->seed, share);
    assert_non_null(e->kem);
    assert_bytes(p, "public key", share, kem_share_len(e->group));
}

/* What the one end decapsulates the other has encapsulated. */
static struct secret shared_secret(struct play *p)
{
    struct secret ours, theirs;
    uint8_t cipher[KEM_SHARE_MAX];
    uint16_t group;
    span share;
    rd shares = rd_of(p->offers.shares);
    assert_true(share_next(&shares, &group, &share));
    assert_int_equal(group, p->answers.group);
    assert_int_equal(kem_decap(p->client.kem, &ours, p->answers.share), KEM_OK);
    assert_int_equal(kem_encap(crypto, p->server.group, p->server.seed, share, cipher, &theirs),
                     KEM_OK);
    assert_true(span_eq(p->answers.share, (span){cipher, kem_cipher_len(p->server.group)}));
    assert_memory_equal(ours.b, theirs.b, ours.n);
    return ours;
}

static void on_extract(struct play *p)
{
    static const uint8_t none[HASH_MAX];
    span ikm = trace_bytes(p->step, "IKM");
    if (strstr(p->step->title, "\"early\"")) {
        keys13_begin(&p->keys, p->suite->hash, span_eq(ikm, (span){none, ikm.n}) ? (span){0} : ikm);
    } else if (strstr(p->step->title, "\"handshake\"")) {
        struct secret shared = shared_secret(p);
        assert_secret(p, "IKM", &shared);
        assert_true(keys13_handshake(&p->keys, &shared));
    } else {
        assert_true(keys13_main(&p->keys));
    }
    assert_secret(p, "secret", &p->keys.secret);
}

/* HKDF-Expand-Label(PRK, label, hash) as the step shows it. */
static struct secret expand(struct play *p, const char *label)
{
    struct secret out = {.n = (uint8_t)hash_len(p->suite->hash)};
    hkdf_expand_label(p->suite->hash, out.b, out.n, trace_bytes(p->step, "PRK"), label,
                      trace_bytes(p->step, "hash"));
    assert_secret(p, "expanded", &out);
    return out;
}

static void on_derive(struct play *p)
{
    struct {
        const char *label;
        int ours; /* enum label, or -1: what only a session needs, and keys13 has not got */
        struct secret *keep;
    } labels[] = {
        {"c e traffic", -1, &p->client.traffic[EARLY]},
        {"e exp master", -1, NULL},
        {"c hs traffic", LABEL_CLIENT_HANDSHAKE, &p->client.traffic[HANDSHAKE]},
        {"s hs traffic", LABEL_SERVER_HANDSHAKE, &p->server.traffic[HANDSHAKE]},
        {"c ap traffic", LABEL_CLIENT_APPLICATION, &p->client.traffic[APPLICATION]},
        {"s ap traffic", LABEL_SERVER_APPLICATION, &p->server.traffic[APPLICATION]},
        {"exp master", LABEL_EXPORTER, NULL},
        {"res master", -1, NULL},
    };
    uint8_t digest[HASH_MAX];
    char label[32] = {0};
    sscanf(strchr(p->step->title, '"'), "\"tls13 %31[^\"]", label);
    struct secret out = expand(p, label);
    if (!strcmp(label, "derived"))
        return;
    span d = transcript_digest(&p->transcript, digest);
    assert_bytes(p, "hash", d.p, d.n);
    size_t i = 0;
    while (strcmp(labels[i].label, label) != 0)
        assert_true(++i < sizeof labels / sizeof labels[0]);
    if (labels[i].ours >= 0) {
        assert_true(keys13_derive(&p->keys, &out, (enum label)labels[i].ours, d));
        assert_secret(p, "expanded", &out);
    }
    if (labels[i].keep)
        *labels[i].keep = out;
}

static void on_finished(struct play *p)
{
    uint8_t digest[HASH_MAX], verify_data[HASH_MAX];
    const struct secret *traffic = &actor(p)->traffic[HANDSHAKE];
    span d = transcript_digest(&p->transcript, digest);
    assert_secret(p, "PRK", traffic);
    expand(p, "finished");
    keys13_finished(p->suite->hash, verify_data, traffic, d);
    assert_bytes(p, "finished", verify_data, d.n);
}

/* A binder is a Finished of the hello so far, under a key of the PSK's own (RFC 9846 4.3.11.2). */
static void on_binder(struct play *p)
{
    enum hash_id hash = p->suite->hash;
    uint8_t digest[HASH_MAX], binder[HASH_MAX], empty[HASH_MAX];
    struct secret key = {.n = (uint8_t)hash_len(hash)};
    hash_once(hash, (span){0}, empty);
    hkdf_expand_label(hash, key.b, key.n, secret_span(&p->keys.secret), "res binder",
                      (span){empty, key.n});
    assert_secret(p, "PRK", &key);
    expand(p, "finished");
    hash_once(hash, trace_bytes(p->step, "ClientHello prefix"), digest);
    assert_bytes(p, "binder hash", digest, hash_len(hash));
    keys13_finished(hash, binder, &key, (span){digest, hash_len(hash)});
    assert_bytes(p, "finished", binder, hash_len(hash));
}

static void on_resumption_secret(struct play *p)
{
    expand(p, "resumption");
}

static enum epoch epoch_of(const char *title)
{
    return strstr(title, "early") ? EARLY : strstr(title, "handshake") ? HANDSHAKE : APPLICATION;
}

/* The AEAD does not show its key, so that is derived once more; that it is the same, the records
 * prove. */
static void check_keys(struct play *p, const struct secret *traffic, const struct rec_dir *dir)
{
    uint8_t key[AEAD_KEY_MAX];
    size_t n = aead_key_len(p->suite->aead);
    if (!p->step->n)
        return;
    assert_secret(p, "PRK", traffic);
    hkdf_expand_label(p->suite->hash, key, n, secret_span(traffic), "key", (span){0});
    assert_bytes(p, "key expanded", key, n);
    assert_bytes(p, "iv expanded", dir->iv, sizeof dir->iv);
}

static void on_write_keys(struct play *p)
{
    struct end *e = actor(p);
    const struct secret *traffic = &e->traffic[epoch_of(p->step->title)];
    assert_true(traffic->n > 0);
    assert_true(out_key(&e->out, crypto, p->suite, traffic, &p->err));
    assert_true(rec_dir_key(&e->in.dir, crypto, p->suite, traffic, false, &p->err));
    check_keys(p, traffic, &e->out.dir);
}

static void on_read_keys(struct play *p)
{
    const struct end *peer = p->step->by_client ? &p->server : &p->client;
    const struct secret *traffic = &peer->traffic[epoch_of(p->step->title)];
    struct rec_dir dir = {0};
    assert_true(rec_dir_key(&dir, crypto, p->suite, traffic, false, &p->err));
    check_keys(p, traffic, &dir);
    rec_dir_wipe(&dir);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void scan(struct play *p, uint8_t type, span body)
{
    span block;
    enum where where = codec_extensions(type, body, &block);
    if (!ext_scan(block, where, p->step->by_client, &p->offers, &p->answers, &p->err))
        fail_msg("'%s': %s", p->step->title, reason_row(p->err.reason)->name);
    if (where == IN_CH)
        assert_true(offers_shares_ok(&p->offers));
    if (where == IN_HRR)
        transcript_retry(&p->transcript);
}

static void check_signature(struct play *p, span body)
{
    uint8_t digest[HASH_MAX], content[CERTIFICATE_VERIFY_CONTENT_MAX];
    struct certificate_verify m = {0};
    struct certificate c;
    struct certificate_entry leaf;
    assert_true(certificate_parse(&c, actor(p)->certificate));
    rd entries = rd_of(c.entries);
    assert_true(certificate_next(&leaf, &entries) && certificate_verify_parse(&m, body));
    wr w = wr_of(content, sizeof content);
    certificate_verify_content(&w, p->step->by_client, transcript_digest(&p->transcript, digest));

    const unsigned char *der = leaf.der.p;
    X509 *x = d2i_X509(NULL, &der, (long)leaf.der.n);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = NULL;
    assert_int_equal(EVP_DigestVerifyInit(ctx, &key, EVP_sha256(), NULL, X509_get0_pubkey(x)), 1);
    if (m.scheme == 0x0804)
        assert_true(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) > 0);
    assert_int_equal(EVP_DigestVerify(ctx, m.signature.p, m.signature.n, content, w.n), 1);
    EVP_MD_CTX_free(ctx);
    X509_free(x);
}

/* A message is complete: through its codec, into the transcript, and on the way. */
static void say(struct play *p, span raw)
{
    struct end *e = actor(p);
    uint8_t type = raw.p[0];
    span body = {raw.p + MSG_HEADER, raw.n - MSG_HEADER};
    if (type == MSG_CERTIFICATE_VERIFY)
        check_signature(p, body);
    if (type == MSG_CERTIFICATE)
        e->certificate = body;
    scan(p, type, body);
    if (type != MSG_FINISHED && type != MSG_END_OF_EARLY_DATA)
        codec_check(type, body);
    if (type != MSG_NEW_SESSION_TICKET)
        assert_true(transcript_add(&p->transcript, raw, &p->err));
    assert_true(e->n_waiting < sizeof e->waiting / sizeof e->waiting[0]);
    e->waiting[e->n_waiting++] = raw;
}

/* A ClientHello is shown without its binders first: it is said when it is sent. */
static void on_construct(struct play *p)
{
    span raw = p->step->fields[0].bytes;
    if (raw.p[0] != MSG_CLIENT_HELLO)
        say(p, raw);
}

/* ---- records --------------------------------------------------------------------------------- */

static enum content_type type_of(const char *title)
{
    return strstr(title, "handshake")          ? CT_HANDSHAKE
           : strstr(title, "application_data") ? CT_APPLICATION_DATA
           : strstr(title, "alert")            ? CT_ALERT
                                               : CT_CHANGE_CIPHER_SPEC;
}

static void seal(struct play *p, enum content_type type, span payload)
{
    struct rec_out *out = &actor(p)->out;
    if (type == CT_HANDSHAKE) {
        uint8_t *at = out_flight_room(out, payload.n, &p->err);
        assert_non_null(at);
        memcpy(at, payload.p, payload.n);
        out->flight_n += payload.n;
        assert_true(out_flight(out, &p->err));
    } else if (type == CT_ALERT) {
        assert_true(alert_send(out, payload.p[1], &p->err));
    } else {
        assert_true(out_seal(out, type, payload, &p->err));
    }
    const struct block *b = out->head;
    assert_ptr_equal(b, out->tail);
    assert_bytes(p, "complete record", b->bytes + b->begin, b->end - b->begin);
    out_sent(out, b->end - b->begin);
}

static void take_messages(struct end *e, span content, struct err *err)
{
    struct msg m;
    join_push(&e->join, content);
    for (size_t i = 0; i < e->n_waiting; i++) {
        assert_int_equal(join_next(&e->join, &m, err), JOIN_MESSAGE);
        assert_true(span_eq(m.raw, e->waiting[i]));
    }
    assert_int_equal(join_next(&e->join, &m, err), JOIN_MORE);
    assert_int_equal(join_pending(&e->join), 0);
    e->n_waiting = 0;
}

static void open_record(struct play *p, enum content_type type, span payload)
{
    struct end *e = actor(p);
    span record = trace_bytes(p->step, "complete record");
    uint8_t *copy = malloc(record.n);
    struct rec rec = {0};
    size_t used = 0, need = 0;
    assert_non_null(copy);
    memcpy(copy, record.p, record.n);
    enum rec_status status = rec_next(&e->in, &rec, &used, &need, copy, record.n, &p->err);
    assert_int_equal(used, record.n);
    if (type == CT_CHANGE_CIPHER_SPEC) {
        assert_int_equal(status, REC_DROPPED);
    } else {
        assert_int_equal(status, REC_OPENED);
        assert_int_equal(rec.type, type);
        assert_true(span_eq((span){rec.p, rec.n}, payload));
    }
    if (type == CT_HANDSHAKE)
        take_messages(e, (span){rec.p, rec.n}, &p->err);
    free(copy);
}

static void on_send(struct play *p)
{
    struct end *e = actor(p);
    enum content_type type = type_of(p->step->title);
    span payload = trace_bytes(p->step, "payload");
    if (type == CT_HANDSHAKE && payload.p[0] == MSG_CLIENT_HELLO)
        say(p, payload);
    e->out.clear_version = p->step->by_client && !e->n_records ? 0x0301 : TLS12;
    seal(p, type, payload);
    open_record(p, type, payload);
    e->n_records++;
}

/* ---- the play -------------------------------------------------------------------------------- */

static const struct {
    const char *title;
    void (*act)(struct play *p);
    bool without_bytes; /* to be done though its result is "same as" another */
} acts[] = {
    {"create an ephemeral ", on_key_pair, false},
    {"construct a", on_construct, false},
    {"extract secret ", on_extract, false},
    {"derive secret ", on_derive, false},
    {"calculate finished ", on_finished, false},
    {"calculate PSK binder", on_binder, false},
    {"generate resumption secret ", on_resumption_secret, false},
    {"derive write traffic keys for ", on_write_keys, true},
    {"derive read traffic keys for ", on_read_keys, true},
    {"send ", on_send, false},
};

static void act(struct play *p)
{
    size_t i = 0;
    while (strncmp(p->step->title, acts[i].title, strlen(acts[i].title)) != 0)
        if (++i == sizeof acts / sizeof acts[0])
            fail_msg("nobody knows how to '%s'", p->step->title);
    if (p->step->n || acts[i].without_bytes)
        acts[i].act(p);
}

static void end_begin(struct end *e)
{
    e->out.hooks = e->join.hooks = &hooks;
    e->out.plain_max = REC_PLAIN_MAX;
    e->in.inner_max = REC_INNER_MAX;
    e->in.ccs_allowed = true;
}

static void end_end(struct end *e)
{
    assert_int_equal(e->n_waiting, 0);
    kem_free(e->kem);
    out_wipe(&e->out);
    rec_dir_wipe(&e->in.dir);
    join_wipe(&e->join);
}

static void play_section(int section, size_t client_records, size_t server_records)
{
    struct trace *trace = trace_read(section);
    struct play p = {.suite = suite_by_id(0x1301), .transcript = {.hooks = &hooks}};
    transcript_choose(&p.transcript, p.suite->hash);
    end_begin(&p.client);
    end_begin(&p.server);
    for (size_t i = 0; i < trace->n; i++) {
        p.step = &trace->steps[i];
        act(&p);
    }
    assert_int_equal(p.client.n_records, client_records);
    assert_int_equal(p.server.n_records, server_records);
    end_end(&p.client);
    end_end(&p.server);
    transcript_wipe(&p.transcript);
    free(trace);
}

static void simple_1_rtt_handshake(void **state)
{
    (void)state;
    play_section(3, 4, 5);
}

static void resumed_0_rtt_handshake(void **state)
{
    (void)state;
    play_section(4, 6, 4);
}

static void hello_retry_request(void **state)
{
    (void)state;
    play_section(5, 4, 4);
}

static void client_authentication(void **state)
{
    (void)state;
    play_section(6, 3, 3);
}

static void compatibility_mode(void **state)
{
    (void)state;
    play_section(7, 4, 4);
}

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    crypto = crypto_new(&hooks);
    return crypto ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_1_rtt_handshake), cmocka_unit_test(resumed_0_rtt_handshake),
        cmocka_unit_test(hello_retry_request),    cmocka_unit_test(client_authentication),
        cmocka_unit_test(compatibility_mode),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
