/* Handshakes of tacit with OpenSSL's libssl, in memory, in both roles: every suite, group and
 * scheme, HelloRetryRequest, cookies, names, protocols, long hellos and chains. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The keys that can sign in TLS 1.3, by the scheme they sign with. */
static const struct {
    uint16_t scheme;
    enum made_key key;
} signers[] = {
    {0x0403, MADE_P256}, {0x0503, MADE_P384}, {0x0603, MADE_P521},       {0x0807, MADE_ED25519},
    {0x0804, MADE_RSA},  {0x0805, MADE_RSA},  {0x0806, MADE_RSA},        {0x0809, MADE_PSS},
    {0x080a, MADE_PSS},  {0x080b, MADE_PSS},  {0x0809, MADE_PSS_SHA256},
};

/* What both ends know, by OpenSSL's names. */
struct known {
    uint16_t id;
    const char *name;
};

static const struct known all_suites[] = {{0x1301, "TLS_AES_128_GCM_SHA256"},
                                          {0x1302, "TLS_AES_256_GCM_SHA384"},
                                          {0x1303, "TLS_CHACHA20_POLY1305_SHA256"}};
static const struct known all_groups[] = {{0x001d, "X25519"}, {0x0017, "P-256"}, {0x0018, "P-384"}};
enum { N_SUITES = 3, N_GROUPS = 3 };

static const uint16_t ecdsa_p256 = 0x0403; /* the root's, in certificates */

/* struct choice is one handshake of the matrix. */
struct choice {
    const struct known *suite;
    const struct known *group;
    uint16_t scheme;
    struct shown shown;
};

static void set_lists(SSL_CTX *ctx, const struct choice *c)
{
    assert_int_equal(SSL_CTX_set_ciphersuites(ctx, c->suite->name), 1);
    assert_int_equal(SSL_CTX_set1_groups_list(ctx, c->group->name), 1);
}

static void assert_agreed(struct duo *d, const struct choice *c)
{
    tacit_info info = duo_info(d);
    assert_connected(d);
    assert_int_equal(info.version, 0x0304);
    assert_int_equal(info.suite, c->suite->id);
    assert_int_equal(info.group, c->group->id);
    assert_int_equal(info.own_scheme, c->scheme);
    assert_int_equal(info.peer_scheme, c->scheme);
    assert_true(info.peer_verified && info.client_auth_requested && !info.hello_retry);
    assert_int_equal(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(d->peer)), c->suite->id);
    assert_non_null(SSL_get0_peer_certificate(d->peer));
    assert_speaking(d);
}

static void shake(const struct choice *c, bool we_serve)
{
    struct duo d = {0};
    tacit_identity *id = duo_identity(&c->shown);
    tacit_config_options ours = {
        .suites = &c->suite->id,
        .n_suites = 1,
        .groups = &c->group->id,
        .n_groups = 1,
        .schemes = &c->scheme,
        .n_schemes = 1,
        .cert_schemes = &ecdsa_p256,
        .n_cert_schemes = 1,
        .identities = &id,
        .n_identities = 1,
    };
    SSL_CTX *peer = we_serve ? peer_client(&c->shown) : peer_server(&c->shown);
    set_lists(peer, c);
    if (we_serve) {
        ours.trust = duo_trust();
        ours.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
        duo_server(&d, ours, peer);
    } else {
        peer_demands(peer);
        duo_client(&d, ours, peer);
    }
    duo_run(&d);
    assert_agreed(&d, c);
    duo_free(&d);
    tacit_identity_free(id);
}

static void every_suite_group_and_scheme(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signers / sizeof signers[0]; i++) {
        struct choice c = {.scheme = signers[i].scheme, .shown = duo_leaf(signers[i].key)};
        for (size_t s = 0; s < N_SUITES; s++) {
            for (size_t g = 0; g < N_GROUPS; g++) {
                c.suite = &all_suites[s];
                c.group = &all_groups[g];
                shake(&c, false);
                shake(&c, true);
            }
        }
    }
}

/* A key that can sign with several schemes is used with one that the peer takes: here its last. */
static void schemes_of_the_peer(void **state)
{
    (void)state;
    static const char *const lists[] = {"rsa_pss_rsae_sha512:ecdsa_secp256r1_sha256",
                                        "rsa_pss_rsae_sha384:ecdsa_secp256r1_sha256"};
    struct shown shown = duo_leaf(MADE_RSA);
    tacit_identity *id = duo_identity(&shown);
    for (size_t i = 0; i < 2; i++) {
        struct duo d = {0};
        SSL_CTX *peer = peer_client(&shown);
        assert_int_equal(SSL_CTX_set1_sigalgs_list(peer, lists[i]), 1);
        duo_server(&d, (tacit_config_options){.identities = &id, .n_identities = 1}, peer);
        duo_run(&d);
        assert_connected(&d);
        assert_int_equal(duo_info(&d).own_scheme, i ? 0x0805 : 0x0806);
        duo_free(&d);
    }
    tacit_identity_free(id);
}

/* ---- HelloRetryRequest ----------------------------------------------------------------------- */

/* The client likes `first` better, the server takes `second` alone. */
static void retry(const struct known *first, const struct known *second, bool we_serve)
{
    struct duo d = {0};
    struct shown shown = duo_leaf(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    const uint16_t both[] = {first->id, second->id};
    char names[64];
    snprintf(names, sizeof names, "%s:%s", first->name, second->name);
    tacit_config_options ours = {.identities = &id, .n_identities = 1};
    if (we_serve) {
        SSL_CTX *peer = peer_client(&shown);
        assert_int_equal(SSL_CTX_set1_groups_list(peer, names), 1);
        ours.groups = &second->id;
        ours.n_groups = 1;
        ours.trust = duo_trust();
        ours.client_auth = TACIT_CLIENT_AUTH_REQUIRED;
        duo_server(&d, ours, peer);
    } else {
        SSL_CTX *peer = peer_server(&shown);
        assert_int_equal(SSL_CTX_set1_groups_list(peer, second->name), 1);
        peer_demands(peer);
        ours.groups = both;
        ours.n_groups = 2;
        duo_client(&d, ours, peer);
    }
    duo_run(&d);
    assert_connected(&d);
    assert_true(duo_info(&d).hello_retry);
    assert_int_equal(duo_info(&d).group, second->id);
    assert_speaking(&d);
    duo_free(&d);
    tacit_identity_free(id);
}

static void hello_retry_both_ways(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_GROUPS; a++) {
        for (size_t b = 0; b < N_GROUPS; b++) {
            if (a != b) {
                retry(&all_groups[a], &all_groups[b], false);
                retry(&all_groups[a], &all_groups[b], true);
            }
        }
    }
}

/* A stateless server puts what it must remember into the cookie; ours to give back is as long as
 * OpenSSL makes it. */
enum { COOKIE_LEN = 200 };

static int make_cookie(SSL *ssl, unsigned char *cookie, size_t *n)
{
    (void)ssl;
    memset(cookie, 0xc0, *n = COOKIE_LEN);
    return 1;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, size_t n)
{
    (void)ssl;
    unsigned char expected[COOKIE_LEN];
    memset(expected, 0xc0, sizeof expected);
    return n == sizeof expected && memcmp(cookie, expected, n) == 0;
}

/* struct shares is the key_share of each hello, as the server read them. */
struct shares {
    uint8_t p[2][256];
    size_t n[2], hellos;
};

static int note_shares(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    struct shares *s = arg;
    const unsigned char *share;
    size_t *n = &s->n[s->hellos];
    assert_true(s->hellos < 2);
    assert_int_equal(SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_key_share, &share, n), 1);
    assert_true(*n <= sizeof s->p[0]);
    memcpy(s->p[s->hellos++], share, *n);
    return SSL_CLIENT_HELLO_SUCCESS;
}

static void carry(struct duo *d)
{
    while (from_peer(d) + to_peer(d) > 0)
        continue;
}

/* stateless shakes hands with a server that forgets the first hello; false if the second one has
 * the shares of the first. */
static bool stateless(const char *peer_groups)
{
    struct duo d = {0};
    struct shown shown = duo_leaf(MADE_P256);
    struct shares shares = {0};
    SSL_CTX *peer = peer_server(&shown);
    SSL_CTX_set_stateless_cookie_generate_cb(peer, make_cookie);
    SSL_CTX_set_stateless_cookie_verify_cb(peer, check_cookie);
    SSL_CTX_set_client_hello_cb(peer, note_shares, &shares);
    assert_int_equal(SSL_CTX_set1_groups_list(peer, peer_groups), 1);
    duo_client(&d, (tacit_config_options){0}, peer);
    carry(&d);
    assert_int_equal(SSL_stateless(d.peer), 0);
    carry(&d);
    assert_int_equal(SSL_stateless(d.peer), -1); /* stops at the change_cipher_spec between them */
    assert_int_equal(SSL_stateless(d.peer), 1);
    duo_run(&d);
    assert_connected(&d);
    assert_true(duo_info(&d).hello_retry);
    assert_speaking(&d);
    duo_free(&d);
    assert_int_equal(shares.hellos, 2);
    return shares.n[0] != shares.n[1] || memcmp(shares.p[0], shares.p[1], shares.n[0]) != 0;
}

static void cookie_of_a_stateless_server(void **state)
{
    (void)state;
    assert_false(stateless("X25519")); /* a cookie alone: the shares stay. RFC 9846 4.2.2 */
    assert_true(stateless("P-384"));   /* with another group */
}

/* ---- names and protocols --------------------------------------------------------------------- */

static int choose_second(SSL *ssl, const unsigned char **out, unsigned char *n,
                         const unsigned char *in, unsigned int in_n, void *arg)
{
    (void)ssl;
    unsigned first = in[0];
    *(unsigned *)arg = in_n;
    *out = in + first + 2;
    *n = in[first + 1];
    return SSL_TLSEXT_ERR_OK;
}

static void name_and_protocol_as_client(void **state)
{
    (void)state;
    static const char *const alpn[] = {"h2", "http/1.1"};
    struct duo d = {0};
    struct shown shown = duo_leaf(MADE_P256);
    unsigned offered = 0;
    SSL_CTX *peer = peer_server(&shown);
    SSL_CTX_set_alpn_select_cb(peer, choose_second, &offered);
    duo_client(&d, (tacit_config_options){.alpn = alpn, .n_alpn = 2}, peer);
    duo_run(&d);
    assert_connected(&d);
    assert_int_equal(offered, 3 + 9);
    assert_string_equal(SSL_get_servername(d.peer, TLSEXT_NAMETYPE_host_name), "a.test");
    tacit_span chosen = duo_info(&d).alpn;
    assert_int_equal(chosen.n, 8);
    assert_memory_equal(chosen.p, "http/1.1", 8);
    duo_free(&d);
}

static void name_and_protocol_as_server(void **state)
{
    (void)state;
    static const char *const alpn[] = {"h2", "http/1.1"};
    static const uint8_t offer[] = "\x03spx\x08http/1.1\x02h2";
    struct duo d = {0};
    struct shown shown = duo_leaf(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    SSL_CTX *peer = peer_client(&shown);
    assert_int_equal(SSL_CTX_set_alpn_protos(peer, offer, sizeof offer - 1), 0);
    duo_server(
        &d, (tacit_config_options){.alpn = alpn, .n_alpn = 2, .identities = &id, .n_identities = 1},
        peer);
    duo_run(&d);
    assert_connected(&d);
    const unsigned char *chosen;
    unsigned n;
    SSL_get0_alpn_selected(d.peer, &chosen, &n);
    assert_int_equal(n, 2); /* our order decides */
    assert_memory_equal(chosen, "h2", 2);
    tacit_info info = duo_info(&d);
    assert_int_equal(info.server_name.n, 6);
    assert_memory_equal(info.server_name.p, "a.test", 6);
    duo_free(&d);
    tacit_identity_free(id);
}

/* A server of several names shows the certificate that was asked for; an unknown name gets the
 * first one, and it is the client that refuses it. */
static void identity_by_name(void **state)
{
    (void)state;
    struct shown a = duo_leaf(MADE_P256);
    struct shown b = {
        {test_cert((struct test_cert_spec){.cn = "b", .key = MADE_P384, .san = "DNS:*.b.test"},
                   duo_root())},
        1};
    tacit_identity *ids[] = {duo_identity(&a), duo_identity(&b)};
    static const struct {
        const char *name, *checked;
        long verdict;
    } cases[] = {{"a.test", "a.test", X509_V_OK},
                 {"www.b.test", "www.b.test", X509_V_OK},
                 {"c.test", "c.test", X509_V_ERR_HOSTNAME_MISMATCH},
                 {"c.test", "a.test", X509_V_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duo d = {0};
        duo_server(&d, (tacit_config_options){.identities = ids, .n_identities = 2},
                   peer_client(&a));
        SSL_set_tlsext_host_name(d.peer, cases[i].name);
        assert_int_equal(SSL_set1_host(d.peer, cases[i].checked), 1);
        duo_run(&d);
        assert_int_equal(SSL_get_verify_result(d.peer), cases[i].verdict);
        if (cases[i].verdict == X509_V_OK)
            assert_speaking(&d);
        else
            assert_we_failed(&d, PEER_ALERT);
        duo_free(&d);
    }
    tacit_identity_free(ids[0]);
    tacit_identity_free(ids[1]);
}

/* ---- long hellos and long chains ------------------------------------------------------------- */

enum { MANY = 200, NAME_LEN = 150 };

static const char *const *many_protocols(void)
{
    static char names[MANY][NAME_LEN + 1];
    static const char *list[MANY];
    for (size_t i = 0; i < MANY; i++) {
        memset(names[i], 'p', NAME_LEN);
        snprintf(names[i], 8, "%07zu", i);
        names[i][7] = '-';
        list[i] = names[i];
    }
    return list;
}

/* Hellos of 30,000 bytes in several records, at once and byte by byte (bug classes 61, 77). */
static void long_hello_as_client(void **state)
{
    (void)state;
    static const size_t chunks[] = {0, 1, 1400};
    struct shown shown = duo_leaf(MADE_P256);
    unsigned offered = 0;
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct duo d = {.chunk = chunks[i]};
        SSL_CTX *peer = peer_server(&shown);
        SSL_CTX_set_alpn_select_cb(peer, choose_second, &offered);
        duo_client(&d, (tacit_config_options){.alpn = many_protocols(), .n_alpn = MANY}, peer);
        duo_run(&d);
        assert_connected(&d);
        assert_int_equal(offered, MANY * (NAME_LEN + 1));
        assert_int_equal(duo_info(&d).alpn.n, NAME_LEN);
        duo_free(&d);
    }
}

static void long_hello_as_server(void **state)
{
    (void)state;
    static const size_t chunks[] = {0, 1, 1400};
    static uint8_t offer[MANY * (NAME_LEN + 1)];
    struct shown shown = duo_leaf(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    const char *const *names = many_protocols();
    for (size_t i = 0; i < MANY; i++) {
        offer[i * (NAME_LEN + 1)] = NAME_LEN;
        memcpy(offer + i * (NAME_LEN + 1) + 1, names[i], NAME_LEN);
    }
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct duo d = {.chunk = chunks[i]};
        SSL_CTX *peer = peer_client(&shown);
        assert_int_equal(SSL_CTX_set_alpn_protos(peer, offer, sizeof offer), 0);
        duo_server(&d,
                   (tacit_config_options){
                       .alpn = names + MANY - 1, .n_alpn = 1, .identities = &id, .n_identities = 1},
                   peer);
        duo_run(&d);
        assert_connected(&d);
        assert_int_equal(duo_info(&d).alpn.n, NAME_LEN);
        duo_free(&d);
    }
    tacit_identity_free(id);
}

/* The extension that pads a hello to 512 bytes (RFC 7685). */
static void padded_hello(void **state)
{
    (void)state;
    struct shown shown = duo_leaf(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    struct duo d = {0};
    SSL_CTX *peer = peer_client(&shown);
    SSL_CTX_set_options(peer, SSL_OP_TLSEXT_PADDING);
    duo_server(&d, (tacit_config_options){.identities = &id, .n_identities = 1}, peer);
    duo_run(&d);
    assert_connected(&d);
    duo_free(&d);
    tacit_identity_free(id);
}

static struct shown long_chain(enum made_key key)
{
    struct shown s = {.n = 6};
    const struct test_cert *issuer = duo_root();
    for (size_t i = s.n; i-- > 1;) {
        issuer = test_cert((struct test_cert_spec){.cn = test_text("intermediate %zu", i),
                                                   .ca = true,
                                                   .key = i % 2 ? MADE_P384 : MADE_RSA,
                                                   .key_no = (unsigned)i},
                           issuer);
        s.chain[i] = issuer;
    }
    s.chain[0] =
        test_cert((struct test_cert_spec){.cn = "leaf", .key = key, .san = "DNS:a.test"}, issuer);
    return s;
}

static void intermediates_both_ways(void **state)
{
    (void)state;
    struct shown shown = long_chain(MADE_P256);
    tacit_identity *id = duo_identity(&shown);
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct duo d = {0};
        tacit_config_options ours = {.identities = &id, .n_identities = 1, .trust = duo_trust()};
        SSL_CTX *peer = we_serve ? peer_client(&shown) : peer_server(&shown);
        ours.keep_peer_chain = true;
        ours.client_auth = we_serve ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OFF;
        if (!we_serve)
            peer_demands(peer);
        (we_serve ? duo_server : duo_client)(&d, ours, peer);
        duo_run(&d);
        assert_connected(&d);
        tacit_cert_info last = {.size = sizeof last};
        assert_true(tacit_conn_peer_cert(d.us, shown.n, &last));
        assert_string_equal(last.subject, "CN=root");
        assert_int_equal(sk_X509_num(SSL_get0_verified_chain(d.peer)), shown.n + 1);
        duo_free(&d);
    }
    tacit_identity_free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_group_and_scheme),
        cmocka_unit_test(schemes_of_the_peer),
        cmocka_unit_test(hello_retry_both_ways),
        cmocka_unit_test(cookie_of_a_stateless_server),
        cmocka_unit_test(name_and_protocol_as_client),
        cmocka_unit_test(name_and_protocol_as_server),
        cmocka_unit_test(identity_by_name),
        cmocka_unit_test(long_hello_as_client),
        cmocka_unit_test(long_hello_as_server),
        cmocka_unit_test(padded_hello),
        cmocka_unit_test(intermediates_both_ways),
    };
    return cmocka_run_group_tests(tests, duo_setup, duo_end);
}
