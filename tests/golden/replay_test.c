/* Whole connections, byte for byte as recorded in flows/: a change of any byte on the wire is seen,
 * wanted or not. Nothing is random here but what the recording holds (tape.h): the keys of people/
 * are always the same, and so is the stream of random bytes.
 *
 * `./dev golden` records them anew: after a change of the wire that is meant, and looked at. */
#include "tape.h"

#include "certs.h"
#include "pair.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER TACIT_SOURCE_DIR "/tests/golden/"

/* Each row is a flow: its file, version, suite, group, scheme, whose key, and what is special. */
static const struct flow {
    const char *name;
    uint16_t version, suite, group, scheme;
    const char *server;
    uint32_t legacy;
    bool mutual, retry;
} flows[] = {
    /* clang-format off */
    {"12-x25519-ecdsa",      TLS12, 0xc02b, 0x001d, 0x0403, "p256", 0, false, false},
    {"12-p256-ecdsa",        TLS12, 0xc02b, 0x0017, 0x0403, "p256", 0, false, false},
    {"12-p384-ecdsa",        TLS12, 0xc02c, 0x0018, 0x0503, "p384", 0, false, false},
    {"12-x25519-ed25519",    TLS12, 0xcca9, 0x001d, 0x0807, "ed25519", 0, false, false},
    {"12-x25519-rsa-pkcs1",  TLS12, 0xc02f, 0x001d, 0x0401, "rsa", 0, false, false},
    {"12-p256-rsa-pkcs1",    TLS12, 0xc030, 0x0017, 0x0501, "rsa", 0, false, false},
    {"12-x25519-rsa-pss",    TLS12, 0xcca8, 0x001d, 0x0804, "rsa", 0, false, false},
    {"12-p384-rsa-pss",      TLS12, 0xc030, 0x0018, 0x0805, "rsa", 0, false, false},
    {"12-rsa-transport",     TLS12, 0x009c, 0x001d, 0x0401, "transport", LEGACY_RSA_TRANSPORT,
     false, false},
    {"12-rsa-transport-384", TLS12, 0x009d, 0x001d, 0x0804, "transport",
     LEGACY_RSA_TRANSPORT | LEGACY_NO_EMS, true, false},
    {"12-cbc-ecdsa",         TLS12, 0xc023, 0x001d, 0x0403, "p256", LEGACY_CBC_HMAC, false, false},
    {"12-cbc-rsa",           TLS12, 0xc027, 0x0017, 0x0401, "rsa", LEGACY_CBC_HMAC, true, false},
    {"12-mutual-ecdsa",      TLS12, 0xc02b, 0x001d, 0x0403, "p256", 0, true, false},
    {"12-mutual-rsa",        TLS12, 0xc02f, 0x001d, 0x0401, "rsa", 0, true, false},
    {"13-x25519-ecdsa",      TLS13, 0x1301, 0x001d, 0x0403, "p256", 0, false, false},
    {"13-p256-ed25519",      TLS13, 0x1303, 0x0017, 0x0807, "ed25519", 0, false, true},
    {"13-p384-ecdsa-mutual", TLS13, 0x1302, 0x0018, 0x0503, "p384", 0, true, true},
    {"13-x25519-rsa-pss",    TLS13, 0x1302, 0x001d, 0x0804, "rsa", 0, false, false},
    /* clang-format on */
};

enum { N_FLOWS = sizeof flows / sizeof flows[0], PATH_ROOM = 512, FILE_MAX = 1 << 16 };

static uint64_t random_state;
static tacit_env *env;
static tacit_error error;
static bool recording;

/* A stream that is the same in every run; Vigna's splitmix64. */
static bool random_bytes(void *user, uint8_t *out, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        uint64_t z = random_state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        out[i] = (uint8_t)(z ^ z >> 31);
    }
    return true;
}

static int64_t now(void *user)
{
    (void)user;
    return TEST_NOW;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* read_file lends a file's text until the next one of the same buffer; NULL if there is none. */
static char *read_file(char text[FILE_MAX], const char *folder, const char *name)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, FOLDER "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    size_t n = fread(text, 1, FILE_MAX - 1, file);
    text[n] = 0;
    (void)fclose(file);
    return text;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, FOLDER "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* ---- people ---------------------------------------------------------------------------------- */

/* Whoever has no file gets one: a certificate and its key, by the root's. */
static void make_people(void)
{
    static const struct {
        const char *name;
        enum made_key key;
        const char *ku;
    } owners[] = {
        {"p256", MADE_P256, "critical,digitalSignature"},
        {"p384", MADE_P384, "critical,digitalSignature"},
        {"ed25519", MADE_ED25519, "critical,digitalSignature"},
        {"rsa", MADE_RSA, "critical,digitalSignature"},
        {"transport", MADE_RSA, "critical,keyEncipherment"},
    };
    const struct test_cert *root = test_cert(
        (struct test_cert_spec){.cn = "golden root", .ca = true, .key = MADE_ED25519, .key_no = 1},
        NULL);
    write_file("people", "root.pem", test_chain_pem(&root, 1));
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        const struct test_cert_spec spec = {.cn = owners[i].name,
                                            .key = owners[i].key,
                                            .key_no = 2 + (unsigned)i,
                                            .san = "DNS:a.test",
                                            .ku = owners[i].ku};
        const struct test_cert *leaf = test_cert(spec, root);
        write_file("people", test_text("%s.pem", owners[i].name),
                   test_text("%s%s", test_chain_pem(&leaf, 1), test_key_pem(leaf)));
    }
}

static tacit_identity *identity(const char *name)
{
    static char text[FILE_MAX];
    assert_non_null(read_file(text, "people", test_text("%s.pem", name)));
    tacit_identity *id =
        tacit_identity_pem(env, span_str(text), span_str(text), NULL, NULL, &error);
    if (!id)
        fail_msg("%s: %s", name, error.name);
    return id;
}

static tacit_trust *root_trust(void)
{
    static char text[FILE_MAX];
    tacit_trust *trust = tacit_trust_new(env, &error);
    assert_non_null(read_file(text, "people", "root.pem"));
    assert_true(trust && tacit_trust_add_pem(trust, span_str(text), &error));
    return trust;
}

/* ---- flows ----------------------------------------------------------------------------------- */

/* The client lists every group, since in TLS 1.2 they are for certificates too (RFC 8422 5.1); the
 * server takes but one. */
static struct pair start(const struct flow *f, tacit_identity *server, tacit_identity *client,
                         tacit_trust *trust)
{
    uint16_t offered[] = {0x001d, 0x0017, 0x0018};
    const uint16_t cert_schemes[] = {0x0807};
    for (size_t i = 1; i < 3 && !f->retry; i++)
        if (offered[i] == f->group) {
            offered[i] = offered[0];
            offered[0] = f->group;
        }
    tacit_config_options o = {
        .size = sizeof o,
        .min_version = f->version,
        .max_version = f->version,
        .suites = &f->suite,
        .n_suites = 1,
        .groups = offered,
        .n_groups = 3,
        .schemes = (const uint16_t[]){f->scheme, 0x0807},
        .n_schemes = f->scheme == 0x0807 ? 1 : 2,
        .cert_schemes = cert_schemes,
        .n_cert_schemes = 1,
        .alpn = (const char *const[]){"h2", "http/1.1"},
        .n_alpn = 2,
        .identities = &client,
        .n_identities = f->mutual,
        .trust = trust,
        .legacy = f->legacy,
    };
    tacit_config *cc = tacit_client_config(env, &o, &error);
    if (!cc)
        fail_msg("%s, client: %s", f->name, error.name);
    o.groups = &f->group;
    o.identities = &server;
    o.n_groups = o.n_identities = 1;
    o.client_auth = f->mutual ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF;
    o.trust = f->mutual ? trust : NULL;
    tacit_config *sc = tacit_server_config(env, &o, &error);
    if (!sc)
        fail_msg("%s, server: %s", f->name, error.name);
    random_state = 1;
    struct pair p = {.client = tacit_client_new(cc, "a.test", &error),
                     .server = tacit_server_new(sc, &error),
                     .tap = tape_tap};
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

/* play is all of a connection: handshake, data both ways, both closes. */
static void play(const struct flow *f, const char *recorded)
{
    const uint8_t ping[] = "ping", pong[] = "pong";
    tacit_info info = {.size = sizeof info};
    bool transport = strcmp(f->server, "transport") == 0; /* such a key does not sign */
    tacit_identity *server = identity(f->server);
    tacit_identity *client = identity(transport ? "rsa" : f->server);
    tacit_trust *trust = root_trust();
    tape_begin(recorded);
    struct pair p = start(f, server, client, trust);
    pair_run(&p);
    for (int end = 0; end < 2; end++) {
        const tacit_error *e = tacit_conn_error(end ? p.client : p.server);
        if (e)
            fail_msg("%s: %s", f->name, e->name);
    }
    assert_true(pair_send(&p, true, ping, sizeof ping) && pair_send(&p, false, pong, sizeof pong));
    tacit_conn_info(p.client, &info);
    assert_int_equal(info.version, f->version);
    assert_int_equal(info.suite, f->suite);
    tacit_conn_close(p.client);
    pair_run(&p);
    tacit_conn_close(p.server);
    pair_run(&p);
    assert_null(tacit_conn_error(p.client));
    assert_null(tacit_conn_error(p.server));
    tape_end();
    pair_free(&p);
    tacit_identity_free(server);
    tacit_identity_free(client);
    tacit_trust_free(trust);
}

static void as_recorded(void **state)
{
    static char recorded[FILE_MAX];
    size_t wrong = 0;
    (void)state;
    for (const struct flow *f = flows; f < flows + N_FLOWS; f++) {
        char *text = recording ? NULL : read_file(recorded, "flows", f->name);
        assert_true(text || recording);
        play(f, text);
        if (recording)
            write_file("flows", f->name, tape_text());
        else
            wrong += !tape_same(f->name);
    }
    assert_int_equal(wrong, 0);
}

/* The comparison is no formality: one digit of a recording changed is a difference. */
static void one_digit_is_seen(void **state)
{
    static char recorded[FILE_MAX];
    (void)state;
    if (recording)
        skip();
    char *text = read_file(recorded, "flows", flows[0].name);
    assert_non_null(text);
    text[strlen(text) - 2] ^= 1;
    play(&flows[0], text);
    assert_false(tape_same("(on purpose)"));
}

static int setup(void **state)
{
    static char text[FILE_MAX];
    const tacit_env_options options = {.size = sizeof options, .now = now, .random = random_bytes};
    (void)state;
    recording = getenv("TACIT_RECORD") != NULL;
    env = tacit_env_new(&options, &error);
    if (recording && !read_file(text, "people", "root.pem"))
        make_people();
    return env == NULL;
}

static int teardown(void **state)
{
    tacit_env_free(env);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_recorded),
        cmocka_unit_test(one_digit_is_seen),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
