/* scene.c: see scene.h. */
#define _GNU_SOURCE /* vasprintf */
#include "scene.h"

#include "conn/conn.h"
#include "sized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TIMEOUT = 1000, IDENTITIES_MAX = 16 };

/* ---- the environment ------------------------------------------------------------------------- */

static struct {
    tacit_env *env;
    size_t used, peak, before; /* bytes of memory: now, at most, before the present pair */
    uint64_t random;
    const struct test_cert *root, *issuer, *leaves[IDENTITIES_MAX];
    tacit_trust *trust;
    tacit_identity *identities[IDENTITIES_MAX];
    size_t n_identities;
    tacit_identity *server, *client, *transport;
    const char *state; /* see scene_state */
} s;

static void *counted_alloc(void *user, size_t n)
{
    (void)user;
    s.used += n;
    s.peak = s.used > s.peak ? s.used : s.peak;
    return sized_alloc(user, n);
}

static void counted_release(void *user, void *p, size_t n)
{
    (void)user;
    s.used -= p ? n : 0;
    sized_release(user, p, n);
}

static int64_t now(void *user)
{
    (void)user;
    return TEST_NOW;
}

/* A stream that is the same in every run; Vigna's splitmix64. */
static bool random_bytes(void *user, uint8_t *out, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        uint64_t z = s.random += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        out[i] = (uint8_t)(z ^ z >> 31);
    }
    return true;
}

tacit_env *scene_env(void)
{
    return s.env;
}

tacit_trust *scene_trust(void)
{
    return s.trust;
}

static tacit_identity *make_identity(enum made_key key, const char *name, const char *ku)
{
    assert_true(s.n_identities < IDENTITIES_MAX);
    bool many = key == MADE_P256 || key == MADE_P384 || key == MADE_ED25519 || key == MADE_RSA;
    unsigned number = many ? 3 + (unsigned)s.n_identities : 0; /* 1 and 2 are the authorities' */
    struct test_cert_spec spec = {
        .cn = "leaf", .key = key, .key_no = number, .san = name, .ku = ku};
    const struct test_cert *leaf = test_cert(spec, s.issuer);
    const struct test_cert *const chain[] = {leaf, s.issuer};
    tacit_error error;
    tacit_identity *id = tacit_identity_pem(s.env, span_str(test_chain_pem(chain, 2)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    s.leaves[s.n_identities] = leaf;
    return s.identities[s.n_identities++] = id;
}

/* The first two identities are the server's and the client's. */
span scene_response(struct test_ocsp_spec spec, enum scene_whose whose)
{
    return whose == OF_ISSUER ? test_ocsp(spec, s.issuer, s.root)
                              : test_ocsp(spec, s.leaves[whose], s.issuer);
}

tacit_identity *scene_stapled(span response, enum scene_whose whose)
{
    tacit_error error;
    assert_true(s.n_identities < IDENTITIES_MAX);
    tacit_identity *id =
        tacit_identity_with_staple(whose == OF_CLIENT ? s.client : s.server, response, &error);
    if (!id)
        fail_msg("%s", error.name);
    return s.identities[s.n_identities++] = id;
}

tacit_identity *scene_identity(enum made_key key, const char *name)
{
    return make_identity(key, name, NULL);
}

int scene_setup(void **state)
{
    (void)state;
    const tacit_env_options options = {
        .size = sizeof options,
        .alloc = counted_alloc,
        .release = counted_release,
        .now = now,
        .random = random_bytes,
    };
    tacit_error error;
    s.env = tacit_env_new(&options, &error);
    assert_non_null(s.env);
    s.root = test_cert(
        (struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_ED25519, .key_no = 1}, NULL);
    s.issuer = test_cert(
        (struct test_cert_spec){.cn = "issuer", .ca = true, .key = MADE_ED25519, .key_no = 2},
        s.root);
    s.trust = tacit_trust_new(s.env, &error);
    assert_true(s.trust
                && tacit_trust_add_pem(s.trust, span_str(test_chain_pem(&s.root, 1)), &error));
    s.server = scene_identity(MADE_ED25519, "DNS:a.test");
    s.client = scene_identity(MADE_ED25519, "DNS:client.test");
    return 0;
}

int scene_teardown(void **state)
{
    liar_reset();
    for (size_t i = 0; i < s.n_identities; i++)
        tacit_identity_free(s.identities[i]);
    tacit_trust_free(s.trust);
    tacit_env_free(s.env);
    s.n_identities = 0;
    s.transport = NULL;
    assert_int_equal(s.used, 0);
    return test_certs_end(state);
}

/* ---- the scenes ------------------------------------------------------------------------------ */

static const uint16_t groups_of_client[] = {0x001d, 0x0017}, groups_of_retry[] = {0x0017};
static const uint16_t cert_schemes[] = {0x0807, 0x0403};
static const uint16_t suite_of_cbc[] = {0xc023}, suite_of_transport[] = {0x009c};
static const char *const protocols[] = {"h2", "http/1.1"};

/* What needs a word is offered in the scenes that are about it alone. */
static void add_legacy(tacit_config_options *o, enum scene scene)
{
    bool cbc = scene == CBC12;
    if (!cbc && scene != TRANSPORT12)
        return;
    o->legacy = cbc ? LEGACY_CBC_HMAC : LEGACY_RSA_TRANSPORT;
    o->suites = cbc ? suite_of_cbc : suite_of_transport;
    o->n_suites = 1;
}

tacit_config_options scene_client(enum scene scene)
{
    bool shows = scene == MUTUAL || scene == RETRY || scene == MUTUAL12 || scene == TRANSPORT12;
    tacit_config_options o = {
        .size = sizeof o,
        .max_version = scene >= PLAIN12 ? TLS12 : 0,
        .groups = groups_of_client,
        .n_groups = 2,
        .cert_schemes = cert_schemes,
        .n_cert_schemes = 2,
        .alpn = protocols,
        .n_alpn = 2,
        .trust = s.trust,
        .identities = shows ? &s.client : NULL,
        .n_identities = shows,
        .handshake_timeout = TIMEOUT,
    };
    add_legacy(&o, scene);
    return o;
}

tacit_config_options scene_server(enum scene scene)
{
    bool optional = scene == ASKED || scene == ASKED12, transport = scene == TRANSPORT12;
    if (transport && !s.transport) /* an RSA key takes its time: only who needs it makes it */
        s.transport = make_identity(MADE_RSA, "DNS:a.test", "critical,keyEncipherment");
    tacit_config_options o = {
        .size = sizeof o,
        .max_version = scene >= PLAIN12 ? TLS12 : 0,
        .cert_schemes = cert_schemes,
        .n_cert_schemes = 2,
        .alpn = protocols,
        .n_alpn = 1,
        .identities = transport ? &s.transport : &s.server,
        .n_identities = 1,
        .handshake_timeout = TIMEOUT,
    };
    if (scene != PLAIN && scene != PLAIN12 && scene != CBC12) {
        o.trust = s.trust;
        o.client_auth = optional ? TACIT_CLIENT_AUTH_OPTIONAL : TACIT_CLIENT_AUTH_REQUIRED;
    }
    if (scene == RETRY) {
        o.groups = groups_of_retry;
        o.n_groups = 1;
    }
    add_legacy(&o, scene);
    return o;
}

struct pair scene_start(enum scene scene)
{
    return scene_pair(scene_client(scene), scene_server(scene), "a.test");
}

/* The scenes play TLS 1.3, so that their hellos hold nothing else. */
static void only13(tacit_config_options *o)
{
    if (!o->min_version && !o->max_version)
        o->min_version = 0x0304;
}

struct pair scene_pair(tacit_config_options client, tacit_config_options server, const char *name)
{
    struct pair p = {0};
    tacit_error error;
    only13(&client);
    only13(&server);
    s.random = 1;
    s.before = s.peak = s.used;
    tacit_config *cc = tacit_client_config(s.env, &client, &error);
    tacit_config *sc = cc ? tacit_server_config(s.env, &server, &error) : NULL;
    if (!sc)
        fail_msg("%s", error.name);
    p.server = tacit_server_new(sc, &error);
    p.client = tacit_client_new(cc, name, &error);
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    tacit_conn_tick(p.client, 0);
    tacit_conn_tick(p.server, 0);
    return p;
}

void scene_end(struct pair *p)
{
    pair_free(p);
    if (s.used != s.before)
        fail_msg("%zu bytes are left over", s.used - s.before);
}

size_t scene_peak(void)
{
    return s.peak - s.before;
}

/* ---- verdicts -------------------------------------------------------------------------------- */

/* A connection that failed has said one alert at most, the one of its reason, and is closed. */
static int failed_verdict(tacit_conn *c, bool is_client)
{
    const tacit_error *e = tacit_conn_error(c);
    uint8_t said;
    size_t count = liar_alerts(is_client, &said);
    bool heard = e->origin == TACIT_ORIGIN_PEER_ALERT;
    bool silent = heard || e->alert == TACIT_NO_ALERT;
    assert_int_equal(count, silent ? 0 : 1);
    if (!silent)
        assert_int_equal(said, e->alert);
    assert_int_equal(tacit_conn_phase(c), TACIT_PHASE_CLOSED);
    assert_int_equal(tacit_conn_read_end(c), TACIT_READ_FAILED);
    assert_int_equal(tacit_conn_wants(c), TACIT_WANT_CLOSED);
    assert_int_equal(tacit_conn_write(c, "x", 1), 0);
    assert_int_equal(tacit_conn_wire_in_buf(c).n + tacit_conn_app_in_buf(c).n, 0);
    s.state = e->state;
    return SAYS(e->reason, e->alert);
}

const char *scene_state(void)
{
    return s.state;
}

static int waiting_verdict(tacit_conn *c)
{
    assert_int_equal(tacit_conn_app_in_buf(c).n, 0);
    tacit_conn_tick(c, TIMEOUT);
    const tacit_error *e = tacit_conn_error(c);
    assert_non_null(e);
    assert_int_equal(e->reason, R_HANDSHAKE_TIMEOUT);
    return WAITS;
}

static bool connected(const tacit_conn *c)
{
    return tacit_conn_phase(c) == TACIT_PHASE_CONNECTED;
}

/* Both believe to be connected: then they agree on what was agreed. What the liar has said of
 * protocols in EncryptedExtensions it need not believe itself. */
static void assert_same_view(struct pair *p)
{
    uint8_t of_client[32], of_server[32];
    tacit_info c = {.size = sizeof c}, v = {.size = sizeof v};
    tacit_conn_info(p->client, &c);
    tacit_conn_info(p->server, &v);
    assert_true(c.suite == v.suite && c.group == v.group && c.version == v.version);
    assert_true(c.peer_scheme == v.own_scheme && c.own_scheme == v.peer_scheme);
    assert_true(c.hello_retry == v.hello_retry && (liar.message || span_eq(c.alpn, v.alpn)));
    assert_true(c.peer_verified);
    assert_true(tacit_conn_export(p->client, of_client, 32, "EXPORTER-test", (span){0}));
    assert_true(tacit_conn_export(p->server, of_server, 32, "EXPORTER-test", (span){0}));
    assert_memory_equal(of_client, of_server, 32);
}

int scene_verdict(struct pair *p, bool of_client)
{
    tacit_conn *c = of_client ? p->client : p->server;
    const uint8_t ping[] = "ping";
    if (connected(p->client) && connected(p->server)) {
        assert_same_view(p);
        if (pair_send(p, true, ping, sizeof ping) && pair_send(p, false, ping, sizeof ping))
            return OK;
        pair_run(p);
    }
    if (tacit_conn_error(c))
        return failed_verdict(c, of_client);
    return connected(c) ? ALONE : waiting_verdict(c);
}

int scene_run(enum scene scene, void (*after)(struct pair *p))
{
    struct pair p = scene_start(scene);
    pair_run(&p);
    if (after && connected(p.client) && connected(p.server)) {
        after(&p);
        pair_run(&p);
    }
    int verdict = scene_verdict(&p, !liar.is_client);
    scene_end(&p);
    return verdict;
}

int scene_play(tacit_config_options client, tacit_config_options server)
{
    struct pair p = scene_pair(client, server, "a.test");
    pair_run(&p);
    int verdict = scene_verdict(&p, !liar.is_client);
    scene_end(&p);
    return verdict;
}

void scene_ticket(struct pair *p)
{
    enum { ROOM = 256 };
    static const uint8_t bytes[32];
    struct tls *t = &p->server->t;
    struct offers offers = {0};
    struct answers answers = {0};
    wr w = flight_begin(t, MSG_NEW_SESSION_TICKET, ROOM);
    new_session_ticket_write(&w, &(struct new_session_ticket){.lifetime = 7200,
                                                              .nonce = {bytes, 8},
                                                              .ticket = {bytes, sizeof bytes}});
    ext_write(&w, IN_NST, false, &offers, &answers);
    assert_true(flight_end(t, &w));
}

/* ---- counting -------------------------------------------------------------------------------- */

static void print_verdict(char *out, size_t cap, int verdict)
{
    static const char *const words[] = {"OK", "WAITS", "ALONE", "ANY_CERT", "DECODE"};
    if (verdict <= DECODE)
        (void)snprintf(out, cap, "%s", words[verdict]);
    else
        (void)snprintf(out, cap, "%s %s", reason_row((uint16_t)(verdict >> 8))->name,
                       alert_name((uint8_t)verdict));
}

static bool as_wanted(int want, int got)
{
    int reason = got >> 8;
    if (want == ANY_CERT)
        return reason >= R_CERT_MALFORMED && reason <= R_CERT_NAME_MISMATCH;
    if (want == DECODE)
        return got == MESSAGE_MALFORMED || got == MESSAGE_TOO_LONG || got == EXT_BLOCK_MALFORMED
               || got == EXT_MALFORMED;
    return want == got;
}

void tally(struct tally *t, int want, int got, const char *format, ...)
{
    char *what = NULL, wanted[64], found[64];
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&what, format, args) >= 0);
    va_end(args);
    t->run++;
    if (!as_wanted(want, got)) {
        print_verdict(wanted, sizeof wanted, want);
        print_verdict(found, sizeof found, got);
        print_error("%s: wanted %s, found %s\n", what, wanted, found);
        t->wrong++;
    }
    free(what);
}

void assert_tally_at(struct tally t, size_t count, const char *file, int line)
{
    if (t.wrong || t.run != count) {
        print_error("%s:%d: %zu of %zu mutations ended otherwise; %zu were expected\n", file, line,
                    t.wrong, t.run, count);
        _fail(file, line);
    }
}
