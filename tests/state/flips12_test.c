/* The last bit of every byte that goes over in a handshake of TLS 1.2, flipped, one at a time (bug
 * class 14): on the way, behind the backs of both ends, in messages, headers of records,
 * ChangeCipherSpecs and sealed Finisheds; and by the liar, who takes its message to be so.
 *
 * In TLS 1.2 every message but the Finisheds can be read and changed by whoever is between: what
 * the parsers let pass, a signature or the Finished must find. On the way no flip ends in a
 * connection but those of bytes that no key covers. */
#include "subject.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { WIRE_MAX = 8192, SERVER = false, CLIENT = true };

struct flow {
    uint8_t bytes[WIRE_MAX];
    size_t n;
};

static struct flow flows[2]; /* of the present scene: the server's bytes, the client's */

static void listen(void *user, bool to_server, uint8_t *p, size_t n)
{
    struct flow *f = &flows[to_server];
    (void)user;
    assert_true(n <= WIRE_MAX - f->n);
    memcpy(f->bytes + f->n, p, n);
    f->n += n;
}

/* name_field says which field of a message a byte lies in, and which byte of it that is. */
static int name_field(char *out, size_t cap, const struct anatomy *a, uint8_t type, size_t at)
{
    const struct field *in = &a->fields[0];
    for (size_t i = 0; i < a->n; i++) {
        const struct field *f = &a->fields[i];
        if (at >= f->at && at < f->at + f->prefix + f->n)
            in = f;
    }
    bool length = at < in->at + in->prefix;
    (void)snprintf(out, cap, "%s.%s%s", msg_name(type), in->name, length ? " length" : "");
    return (int)(at - in->at - (length ? 0 : in->prefix));
}

/* name_record does it for a byte of a record that `start` is the beginning of. */
static int name_record(char *out, size_t cap, const struct flow *f, size_t start, bool keyed,
                       size_t at)
{
    static const char *const header[] = {"type", "major", "minor", "length", "length"};
    const uint8_t *p = f->bytes + start;
    bool ccs = p[0] == CT_CHANGE_CIPHER_SPEC;
    const char *kind = keyed        ? "sealed record"
                       : ccs        ? "ChangeCipherSpec"
                       : start == 0 ? "first record"
                                    : "record";
    if (at < start + REC_HEADER || keyed || ccs) {
        (void)snprintf(out, cap, "%s: %s", kind,
                       at < start + REC_HEADER ? header[at - start] : "body");
        return (int)(at - start);
    }
    for (size_t m = start + REC_HEADER;;) {
        p = f->bytes + m;
        size_t n = MSG_HEADER + ((size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
        if (at < m + n) {
            static struct anatomy a;
            anatomy_of(&a, (span){p, n});
            return name_field(out, cap, &a, p[0], at - m);
        }
        m += n;
    }
}

/* name_byte does it for a byte of a flow. */
static int name_byte(char *out, size_t cap, const struct flow *f, size_t at)
{
    bool keyed = false;
    for (size_t start = 0;;) {
        const uint8_t *p = f->bytes + start;
        size_t size = REC_HEADER + ((size_t)p[3] << 8 | p[4]);
        if (at < start + size)
            return name_record(out, cap, f, start, keyed, at);
        keyed |= p[0] == CT_CHANGE_CIPHER_SPEC;
        start += size;
    }
}

/* ---- the rules ------------------------------------------------------------------------------- */

enum { EVERY = -1, ANY = 0 };

/* What stands for several verdicts. */
enum {
    PROOF = -1,  /* what the parsers let pass: the server's first proof finds it. That is the
                  * CertificateVerify, or the Finished, under keys that differ */
    LENGTH = -2, /* what comes of it depends on the bytes that are taken for something else */
    ID = -3,     /* another extension: unasked for, at home elsewhere, or there already */
};

/* Who sent the byte notices, by what it gets for it: if it is the liar, the other one is told. */
#define BY_SENDER(verdict) ((verdict) | SENDER)
enum { SENDER = 1 << 24 };

#define SCENE(s) (1u << (s))
#define PROVEN (SCENE(MUTUAL12) | SCENE(TRANSPORT12)) /* the client is, by its certificate */

/* Each rule is the scenes that it is for, who sends the byte, which it is (a pattern for fnmatch,
 * and its number), and what the first end says that notices. The first that fits holds. */
static const struct rule {
    unsigned scenes;
    bool by_client;
    const char *what;
    int byte;
    int verdict;
} rules[] = {
    /* clang-format off */
    {ANY, CLIENT, "first record: type",   EVERY, DATA_IN_THE_CLEAR},
    {ANY, CLIENT, "first record: major",  EVERY, NOT_TLS},
    {ANY, CLIENT, "first record: minor",  EVERY, OK}, /* not covered: RFC 5246 E.1 */
    {ANY, CLIENT, "record: type",         EVERY, DATA_IN_THE_CLEAR},
    {ANY, CLIENT, "record: m[ai][jn]or",  EVERY, OK}, /* not covered: there is no key yet */
    {ANY, CLIENT, "ChangeCipherSpec: type", EVERY, ALERT_MALFORMED},
    {ANY, CLIENT, "ChangeCipherSpec: m[ai][jn]or", EVERY, OK}, /* not covered, likewise */
    {ANY, CLIENT, "ChangeCipherSpec: body", EVERY, CHANGE_CIPHER_SPEC},
    {ANY, CLIENT, "sealed record: length", EVERY, WAITS},
    {ANY, CLIENT, "sealed record: major", EVERY, RECORD_VERSION},
    {ANY, CLIENT, "sealed record: minor", EVERY, RECORD_VERSION},
    {ANY, CLIENT, "sealed record: *",     EVERY, BAD_RECORD_MAC},
    {ANY, CLIENT, "*record: length",      EVERY, LENGTH},
    {ANY, CLIENT, "ChangeCipherSpec: length", EVERY, LENGTH},

    {ANY, CLIENT, "ClientHello.type",     EVERY, DECODE}, /* a HelloRequest */
    {ANY, CLIENT, "*.message length",     EVERY, LENGTH},
    {ANY, CLIENT, "* length",             EVERY, DECODE},
    {ANY, CLIENT, "ClientHello.legacy_version", EVERY, VERSION_TOO_OLD},
    {ANY, CLIENT, "ClientHello.random",   EVERY, BY_SENDER(BAD_SIGNATURE)},
    {SCENE(CBC12) | SCENE(TRANSPORT12),
          CLIENT, "ClientHello.suites.suite#*", EVERY, NO_COMMON_SUITE}, /* there is but one */
    {ANY, CLIENT, "ClientHello.compressions", EVERY, COMPRESSION},
    {ANY, CLIENT, "ClientHello.server_name.names.type", EVERY, DECODE},
    {ANY, CLIENT, "ClientHello.supported_groups.id", 1, DECODE}, /* point formats */
    {ANY, CLIENT, "ClientHello.signature_algorithms_cert.id", 1, DECODE}, /* a key_share */
    {SCENE(TRANSPORT12), CLIENT, "ClientHello.signature_algorithms.*", EVERY, PROOF},
    {ANY, CLIENT, "ClientHello.signature_algorithms.id", EVERY, NO_COMMON_SCHEME},
    {ANY, CLIENT, "ClientHello.signature_algorithms.schemes", 4, NO_COMMON_SCHEME}, /* ed25519 */
    {ANY, CLIENT, "ClientHello.signature_algorithms.schemes", 5, NO_COMMON_SCHEME},
    {ANY, CLIENT, "ClientHello.alpn.names.name", EVERY, NO_COMMON_ALPN}, /* the server's own */
    {ANY, CLIENT, "ClientHello.ec_point_formats.id", 1, EXT_TWICE},
    {ANY, CLIENT, "ClientHello.ec_point_formats.formats", EVERY, NO_UNCOMPRESSED_POINTS},
    {SCENE(CBC12), CLIENT, "ClientHello.extended_master_secret.id", 1, EXT_TWICE},
    {ANY, CLIENT, "ClientHello.extended_master_secret.id", EVERY, NO_EXTENDED_MASTER},
    {ANY, CLIENT, "ClientHello.encrypt_then_mac.id", 0, NO_COMMON_SUITE},
    {ANY, CLIENT, "ClientHello.encrypt_then_mac.id", 1, EXT_TWICE},
    {ANY, CLIENT, "ClientHello.renegotiation_info.id", EVERY,
          BY_SENDER(NO_RENEGOTIATION_INFO)},
    {ANY, CLIENT, "ClientHello.*",        EVERY, PROOF},

    {ANY, CLIENT, "ClientKeyExchange.type", EVERY, MESSAGE_UNKNOWN},
    {ANY, CLIENT, "ClientKeyExchange.*",  EVERY, PROOF},
    {ANY, CLIENT, "Certificate.type",     EVERY, MESSAGE_UNKNOWN},
    {ANY, CLIENT, "Certificate.certificates.der", 98,  SCHEME_DOES_NOT_FIT}, /* the key's OID */
    {ANY, CLIENT, "Certificate.certificates.der", 99,  SCHEME_DOES_NOT_FIT},
    {ANY, CLIENT, "Certificate.certificates.der", 100, SCHEME_DOES_NOT_FIT},
    {ANY, CLIENT, "Certificate.certificates.der*", EVERY, ANY_CERT},
    {ANY, CLIENT, "CertificateVerify.type", EVERY, DECODE}, /* a ServerHelloDone */
    {ANY, CLIENT, "CertificateVerify.scheme", 0, SCHEME_NOT_OFFERED},
    {ANY, CLIENT, "CertificateVerify.scheme", 1, SCHEME_DOES_NOT_FIT},
    {ANY, CLIENT, "CertificateVerify.signature", EVERY, BAD_SIGNATURE},

    {ANY, SERVER, "first record: type",   EVERY, DATA_IN_THE_CLEAR},
    {ANY, SERVER, "first record: major",  EVERY, NOT_TLS},
    {ANY, SERVER, "first record: minor",  EVERY, OK}, /* not covered: there is no key yet */
    {ANY, SERVER, "ChangeCipherSpec: type", EVERY, ALERT_MALFORMED},
    {ANY, SERVER, "ChangeCipherSpec: m[ai][jn]or", EVERY, OK}, /* not covered, likewise */
    {ANY, SERVER, "ChangeCipherSpec: body", EVERY, CHANGE_CIPHER_SPEC},
    {ANY, SERVER, "sealed record: length", EVERY, WAITS},
    {ANY, SERVER, "sealed record: major", EVERY, RECORD_VERSION},
    {ANY, SERVER, "sealed record: minor", EVERY, RECORD_VERSION},
    {ANY, SERVER, "sealed record: *",     EVERY, BAD_RECORD_MAC},
    {ANY, SERVER, "*record: length",      EVERY, LENGTH},
    {ANY, SERVER, "ChangeCipherSpec: length", EVERY, LENGTH},

    {ANY, SERVER, "*.message length",     EVERY, LENGTH},
    {ANY, SERVER, "* length",             EVERY, DECODE},
    {ANY, SERVER, "ServerHello.type",     EVERY, MESSAGE_UNKNOWN},
    {ANY, SERVER, "ServerHello.legacy_version", EVERY, VERSION_REFUSED},
    {ANY, SERVER, "ServerHello.random",   EVERY, BAD_SIGNATURE},
    {ANY, SERVER, "ServerHello.suite",    EVERY, SUITE_NOT_OFFERED},
    {ANY, SERVER, "ServerHello.compression", EVERY, COMPRESSION},
    {ANY, SERVER, "ServerHello.alpn.names.name", EVERY, ALPN_NOT_OFFERED},
    {ANY, SERVER, "ServerHello.record_size_limit.limit", EVERY, PROOF},
    {ANY, SERVER, "ServerHello.ec_point_formats.formats", EVERY, NO_UNCOMPRESSED_POINTS},
    {ANY, SERVER, "ServerHello.*.id",     EVERY, ID},
    {ANY, SERVER, "Certificate.type",     EVERY, MESSAGE_UNKNOWN},
    {SCENE(TRANSPORT12), SERVER, "Certificate.certificates.der*", EVERY, ANY_CERT},
    {ANY, SERVER, "Certificate.certificates.der", 98,  SCHEME_DOES_NOT_FIT}, /* the key's OID */
    {ANY, SERVER, "Certificate.certificates.der", 99,  SCHEME_DOES_NOT_FIT},
    {ANY, SERVER, "Certificate.certificates.der", 100, SCHEME_DOES_NOT_FIT},
    {ANY, SERVER, "Certificate.certificates.der*", EVERY, ANY_CERT},
    {ANY, SERVER, "ServerKeyExchange.type", EVERY, MESSAGE_UNEXPECTED},
    {ANY, SERVER, "ServerKeyExchange.curve_type", EVERY, DECODE},
    {ANY, SERVER, "ServerKeyExchange.group", EVERY, GROUP_NOT_OFFERED},
    {ANY, SERVER, "ServerKeyExchange.scheme", 0, SCHEME_NOT_OFFERED},
    {ANY, SERVER, "ServerKeyExchange.scheme", 1, SCHEME_DOES_NOT_FIT},
    {ANY, SERVER, "ServerKeyExchange.*",  EVERY, BAD_SIGNATURE},
    {ANY, SERVER, "CertificateRequest.type", EVERY, MESSAGE_UNEXPECTED},
    {ANY, SERVER, "CertificateRequest.types", 0, BY_SENDER(CLIENT_CERT_MISSING12)},
    {ANY, SERVER, "CertificateRequest.schemes", 4, BY_SENDER(CLIENT_CERT_MISSING12)},
    {ANY, SERVER, "CertificateRequest.schemes", 5, BY_SENDER(CLIENT_CERT_MISSING12)},
    {ANY, SERVER, "CertificateRequest.*", EVERY, PROOF},
    {ANY, SERVER, "ServerHelloDone.type", EVERY, MESSAGE_UNEXPECTED},

    {ANY, CLIENT, "Finished.type",        EVERY, MESSAGE_UNKNOWN}, /* sealed: by the liar alone */
    {ANY, CLIENT, "Finished.verify_data", EVERY, BAD_FINISHED},
    {ANY, SERVER, "Finished.type",        EVERY, MESSAGE_UNKNOWN},
    {ANY, SERVER, "Finished.verify_data", EVERY, BAD_FINISHED},
    /* clang-format on */
};

enum { N_RULES = sizeof rules / sizeof rules[0] };

static bool used[N_RULES];

static const struct rule *rule_for(enum scene scene, bool by_client, const char *what, int byte)
{
    for (size_t i = 0; i < N_RULES; i++) {
        const struct rule *r = &rules[i];
        if ((!r->scenes || r->scenes & SCENE(scene)) && r->by_client == by_client
            && (r->byte == EVERY || r->byte == byte) && fnmatch(r->what, what, 0) == 0) {
            used[i] = true;
            return r;
        }
    }
    fail_msg("no rule for byte %d of %s", byte, what);
    return NULL;
}

/* one_of makes of several verdicts the one that was found, if it is among them. */
static int one_of(int want, enum scene scene, int got)
{
    if (want == PROOF)
        return SCENE(scene) & PROVEN ? BAD_SIGNATURE : BAD_RECORD_MAC;
    bool id = got == EXT_NOT_ASKED_FOR || got == EXT_NOT_HERE || got == EXT_TWICE;
    bool length = got == WAITS || got == INTERLEAVED || got == RECORD_TYPE || got == EMPTY_RECORD
                  || got == MESSAGE_TOO_LONG || got == RECORD_OVERFLOW;
    if (want == ID)
        return id ? got : EXT_NOT_ASKED_FOR;
    if (want == LENGTH)
        return length ? got : DECODE;
    return want & ~SENDER;
}

/* ---- on the way ------------------------------------------------------------------------------ */

static bool is_heard(int verdict)
{
    int reason = verdict >> 8;
    return reason == R_PEER_ALERT || reason == R_PEER_ALERT_NO_COMMON
           || reason == R_PEER_ALERT_CERT_REJECTED || reason == R_PEER_ALERT_CERT_REQUIRED;
}

/* Whoever does not notice is told so, waits, or has sent its last word already. */
static void try_flip(struct tally *t, enum scene scene, bool by_client, size_t at)
{
    char name[128];
    int byte = name_byte(name, sizeof name, &flows[by_client], at);
    const struct rule *r = rule_for(scene, by_client, name, byte);
    struct flipper f = {by_client, at, 1, 0};
    liar_reset();
    struct pair p = scene_start(scene);
    p.tap = pair_flip;
    p.user = &f;
    pair_run(&p);
    int receiver = scene_verdict(&p, !by_client), sender = scene_verdict(&p, by_client);
    int first = is_heard(receiver) ? sender : receiver,
        other = is_heard(receiver) ? receiver : sender;
    tally(t, one_of(r->verdict, scene, first), first, "scene %d, %s's byte %zu, %d of %s", scene,
          by_client ? "client" : "server", at, byte, name);
    assert_true(first == OK ? other == OK : other == WAITS || other == ALONE || is_heard(other));
    scene_end(&p);
}

static size_t flip_all(struct tally *t, enum scene scene)
{
    memset(flows, 0, sizeof flows);
    liar_reset();
    struct pair p = scene_start(scene);
    p.tap = listen;
    pair_run(&p);
    scene_end(&p);
    for (int by_client = 0; by_client < 2; by_client++)
        for (size_t at = 0; at < flows[by_client].n; at++)
            try_flip(t, scene, by_client, at);
    return flows[SERVER].n + flows[CLIENT].n;
}

static void every_byte_of_every_flow(void **state)
{
    (void)state;
    static const enum scene scenes[] = {PLAIN12, MUTUAL12, CBC12, TRANSPORT12};
    struct tally t = {0};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        bytes += flip_all(&t, scenes[i]);
    assert_tally(t, bytes);
    assert_in_range(bytes, 6500, 6700); /* an RSA certificate's length varies */
}

/* ---- by the liar ----------------------------------------------------------------------------- */

static void flip(void *user, struct draft *d)
{
    d->p[*(size_t *)user] ^= 1;
}

/* The liar's own proofs are of what it has sent: where they would have found the flip, nothing is
 * wrong, but for a key exchange, of which it has the other half. */
static int by_liar(const struct rule *r, const char *name, int got)
{
    bool exchange = fnmatch("ClientKeyExchange.*", name, 0) == 0;
    if (r->verdict == PROOF)
        return exchange ? BAD_RECORD_MAC : OK;
    if (r->verdict > 0 && r->verdict & SENDER)
        return SAYS(R_PEER_ALERT, r->verdict & 0xff);
    return one_of(r->verdict, PLAIN12, got);
}

static void every_byte_of_every_message(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = N_SUBJECTS13; id < N_SUBJECTS; id++) {
        const struct subject *s = &subjects[id];
        struct anatomy a;
        span raw = subject_raw(id, &a);
        const size_t n = raw.n;
        const uint8_t type = raw.p[0];
        for (size_t at = 0; at < n; at++) {
            char name[128];
            int byte = name_field(name, sizeof name, &a, type, at);
            const struct rule *r = rule_for(s->scene, s->by_client, name, byte);
            int got = subject_try(id, flip, &at);
            tally(&t, by_liar(r, name, got), got, "%s, %d of %s", s->name, byte, name);
        }
    }
    assert_tally(t, 2120);
}

static void no_rule_is_in_vain(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RULES; i++)
        if (!used[i])
            fail_msg("rule %zu, %s", i, rules[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_every_flow),
        cmocka_unit_test(every_byte_of_every_message),
        cmocka_unit_test(no_rule_is_in_vain),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
