/* What is left of secrets: nothing in memory that was given back, ours or libcrypto's; no key log
 * that nobody asked for; and no two handshakes with the same random, session id or share (bug
 * classes 90, 91). */
#include "crypto/hkdf.h"
#include "hs/hs.h"
#include "hex.h"
#include "meet.h"
#include "soak.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

/* ---- memory that keeps what is given back ---------------------------------------------------- */

struct kept {
    struct kept *next;
    uint8_t *p;
    size_t n;
    bool ours;
};

static struct kept *kept;
static bool keeping;

static void keep(void *p, size_t n, bool ours)
{
    struct kept *k = keeping && p ? malloc(sizeof *k) : NULL;
    if (!k) {
        free(p);
        return;
    }
    *k = (struct kept){kept, p, n, ours};
    kept = k;
}

static void forget_all(void)
{
    for (struct kept *k; (k = kept) != NULL;) {
        kept = k->next;
        free(k->p);
        free(k);
    }
}

static void *hook_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void hook_release(void *user, void *p, size_t n)
{
    (void)user;
    keep(p, n, true);
}

static void *their_alloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return malloc(n);
}

static void their_release(void *p, const char *file, int line)
{
    (void)file, (void)line;
    keep(p, malloc_usable_size(p), false);
}

static void *their_realloc(void *p, size_t n, const char *file, int line)
{
    size_t before = malloc_usable_size(p);
    void *q = n ? malloc(n) : NULL;
    if (q && p)
        memcpy(q, p, before < n ? before : n);
    if (q || !n)
        their_release(p, file, line);
    return q;
}

static const struct kept *found(span secret)
{
    for (const struct kept *k = kept; k; k = k->next)
        for (size_t i = 0; i + secret.n <= k->n; i++)
            if (k->p[i] == secret.p[0] && memcmp(k->p + i, secret.p, secret.n) == 0)
                return k;
    return NULL;
}

/* libcrypto keeps numbers with their last byte first. */
static void assert_gone(const char *name, span secret)
{
    uint8_t reversed[512];
    assert_true(secret.n >= 16 && secret.n <= sizeof reversed);
    for (size_t i = 0; i < secret.n; i++)
        reversed[i] = secret.p[secret.n - 1 - i];
    if (found(secret) || found((span){reversed, secret.n}))
        fail_msg("%s is left in memory that was given back", name);
}

/* ---- the secrets of connections -------------------------------------------------------------- */

enum { DRAWS_MAX = 16, DRAW_MAX = 512, LINES_MAX = 16 };

static struct {
    uint8_t b[DRAW_MAX];
    size_t n;
} draws[DRAWS_MAX];
static size_t n_draws;

static struct {
    char label[40];
    struct secret secret;
} lines[LINES_MAX];
static size_t n_lines;

static bool hook_random(void *user, uint8_t *out, size_t n)
{
    (void)user;
    if (RAND_priv_bytes(out, (int)n) != 1)
        return false;
    if (keeping && n <= DRAW_MAX && n_draws < DRAWS_MAX) {
        memcpy(draws[n_draws].b, out, n);
        draws[n_draws++].n = n;
    }
    return true;
}

/* LABEL <client random> <secret>: RFC 9850. */
static void on_keylog(void *user, const char *line)
{
    char hex[2 * SECRET_MAX + 1];
    (void)user;
    assert_true(n_lines < LINES_MAX);
    assert_int_equal(sscanf(line, "%39s %*64s %128s", lines[n_lines].label, hex), 2);
    struct secret *s = &lines[n_lines++].secret;
    s->n = (uint8_t)(strlen(hex) / 2);
    hex_exact(hex, s->b, s->n);
}

/* A traffic secret, and what follows from it: key, nonce base and the next secret (RFC 9846 7). */
static void assert_traffic_gone(const char *name, const struct suite *suite,
                                const struct secret *secret)
{
    struct secret next = *secret;
    uint8_t key[AEAD_KEY_MAX];
    for (int generation = 0; generation < 3; generation++) {
        size_t n = aead_key_len(suite->aead);
        assert_gone(name, secret_span(&next));
        hkdf_expand_label(suite->hash, key, n, secret_span(&next), "key", (span){0});
        assert_gone(name, (span){key, n});
        struct secret from = next;
        hkdf_expand_label(suite->hash, next.b, next.n, secret_span(&from), "traffic upd",
                          (span){0});
    }
}

static const char plaintext[] = "what the two ends said to each other, in confidence";

static void talk_in_confidence(struct pair *p)
{
    pair_run(p);
    assert_connected(p);
    const uint8_t *text = (const uint8_t *)plaintext;
    for (int i = 0; i < 3; i++) {
        assert_true(pair_send(p, true, text, sizeof plaintext));
        assert_true(pair_send(p, false, text, sizeof plaintext));
        assert_true(i == 2 || tacit_conn_key_update(p->client, true));
    }
}

/* libcrypto 3.0 leaves a copy of the scalar in what it frees of a multiplication on P-256. */
static void assert_seed_gone(uint16_t group, span seed)
{
    enum { P256 = 0x0017 };
    if (group != P256)
        assert_gone("a seed", seed);
    else
        assert_true(!found(seed) || !found(seed)->ours);
}

static void nothing_is_left_of(uint16_t suite, uint16_t group, bool finish)
{
    const uint16_t offered[] = {0x001d, group};
    tacit_identity *own = meet_identity(MADE_P256);
    n_draws = n_lines = 0;
    keeping = true;
    struct pair p = meet((struct meeting){
        .client = {.suites = &suite,
                   .n_suites = 1,
                   .groups = offered,
                   .n_groups = group == offered[0] ? 1 : 2,
                   .identities = &own,
                   .n_identities = 1,
                   .keylog = on_keylog},
        .server = {.groups = &group, .n_groups = 1, .client_auth = TACIT_CLIENT_AUTH_REQUIRED}});
    if (finish) {
        talk_in_confidence(&p);
    } else { /* it ends in the middle of the handshake, badly */
        (void)(pair_move(&p, true) + pair_move(&p, false));
        p.chunk = 900;
        (void)pair_move(&p, false);
        tacit_conn_wire_in_eof(p.client);
    }
    pair_free(&p);
    OPENSSL_thread_stop();
    keeping = false;

    assert_int_equal(n_draws, 2);
    for (size_t i = 0; i < n_draws; i++)
        assert_seed_gone(group, (span){draws[i].b + offsetof(struct seeds, kem), 32});
    assert_true(n_lines >= (finish ? 5 : 2));
    for (size_t i = 0; i < n_lines; i++)
        assert_traffic_gone(lines[i].label, suite_by_id(suite), &lines[i].secret);
    assert_gone("the plaintext", span_str(plaintext));
    forget_all();
}

static void connections_leave_nothing(void **state)
{
    (void)state;
    for (size_t s = 0; s < n_suites && suites[s].version == TLS13; s++)
        for (size_t g = 0; g < n_groups; g++) {
            nothing_is_left_of(suites[s].id, groups[g].id, true);
            nothing_is_left_of(suites[s].id, groups[g].id, groups[g].id != 0x1d);
        }
}

/* The search finds what is there: here, in memory that was given back without being wiped. */
static void the_search_finds(void **state)
{
    (void)state;
    keeping = true;
    char *p = malloc(100);
    assert_non_null(p);
    memset(p, 0, 100);
    memcpy(p + 40, plaintext, sizeof plaintext);
    keep(p, 100, true);
    keeping = false;
    assert_non_null(found(span_str(plaintext)));
    forget_all();
    assert_null(found(span_str(plaintext)));
}

/* ---- private keys ---------------------------------------------------------------------------- */

static size_t give_password(void *user, char *out, size_t cap)
{
    (void)user, (void)cap;
    memcpy(out, "correct horse battery staple", 28);
    return 28;
}

static void assert_number_gone(const EVP_PKEY *pkey, const char *name)
{
    uint8_t bytes[512];
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1)
        return;
    assert_gone(name, (span){bytes, (size_t)BN_bn2bin(number, bytes)});
    BN_clear_free(number);
}

static void assert_key_gone(const char *pem)
{
    uint8_t seed[32];
    size_t n = sizeof seed;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(pkey);
    if (EVP_PKEY_get_raw_private_key(pkey, seed, &n) == 1)
        assert_gone("the seed", (span){seed, n});
    assert_number_gone(pkey, OSSL_PKEY_PARAM_PRIV_KEY);
    assert_number_gone(pkey, OSSL_PKEY_PARAM_RSA_D);
    assert_number_gone(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
    assert_number_gone(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
}

static void load_and_free(const struct test_cert *leaf, const char *key_pem)
{
    keeping = true;
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(key_pem), give_password, NULL, NULL);
    assert_non_null(id);
    tacit_identity_free(id);
    OPENSSL_thread_stop();
    keeping = false;
}

static void keys_leave_nothing(void **state)
{
    (void)state;
    static const enum made_key kinds[] = {MADE_P256, MADE_P384, MADE_ED25519, MADE_RSA};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct test_cert *leaf = test_cert(
            (struct test_cert_spec){.cn = "leaf", .key = kinds[i], .san = "DNS:a.test"}, NULL);
        char *plain = pem_key(kinds[i], FORM_PKCS8, NULL, NULL);
        char *sealed = pem_key(kinds[i], FORM_PKCS8, "AES-256-CBC", "correct horse battery staple");
        load_and_free(leaf, plain);
        load_and_free(leaf, sealed);
        assert_key_gone(plain);
        assert_gone("the password", span_str("correct horse battery staple"));
        forget_all();
        free(plain);
        free(sealed);
    }
}

/* ---- the key log ----------------------------------------------------------------------------- */

/* The variable that other stacks obey writes nothing here. */
static void nobody_logs_unasked(void **state)
{
    (void)state;
    char path[] = "/tmp/tacit-keylog-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(setenv("SSLKEYLOGFILE", path, 1), 0);
    n_lines = 0;
    struct pair p = meet_connected((struct meeting){.client = {0}});
    pair_free(&p);
    assert_int_equal(n_lines, 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    close(fd);
    unlink(path);
    unsetenv("SSLKEYLOGFILE");
}

/* ---- nothing comes twice --------------------------------------------------------------------- */

enum { VALUE = 32, VALUES_EACH = 5 };

static uint8_t (*values)[VALUE];
static size_t n_values;

static void note(const uint8_t *p)
{
    memcpy(values[n_values++], p, VALUE);
}

/* The last 32 bytes of key_share are the share, in both hellos: one is sent. */
static void note_share(span extensions)
{
    rd in = rd_of(extensions);
    uint16_t id;
    span data;
    while (ext_next(&in, &id, &data))
        if (id == 51)
            note(data.p + data.n - VALUE);
}

static void on_hello(void *user, bool to_server, uint8_t *p, size_t n)
{
    struct client_hello ch;
    struct server_hello sh;
    (void)user;
    if (n < 9 || p[0] != 22)
        return;
    span body = {p + 9, (size_t)p[7] << 8 | p[8]};
    if (to_server && p[5] == MSG_CLIENT_HELLO && client_hello_parse(&ch, body)) {
        note(ch.random.p);
        note(ch.session_id.p);
        note_share(ch.extensions);
    } else if (!to_server && p[5] == MSG_SERVER_HELLO && server_hello_parse(&sh, body)) {
        note(sh.random.p);
        note_share(sh.extensions);
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, VALUE);
}

static void no_value_comes_twice(void **state)
{
    (void)state;
    static const uint16_t x25519 = 0x001d;
    size_t handshakes = soaking() ? 10000 : 200;
    values = calloc(handshakes * VALUES_EACH, VALUE);
    assert_non_null(values);
    n_values = 0;
    for (size_t i = 0; i < handshakes; i++) {
        struct pair p = meet((struct meeting){.client = {.groups = &x25519, .n_groups = 1}});
        p.tap = on_hello;
        pair_run(&p);
        assert_connected(&p);
        pair_free(&p);
    }
    assert_int_equal(n_values, handshakes * VALUES_EACH);
    qsort(values, n_values, VALUE, compare);
    for (size_t i = 1; i < n_values; i++)
        assert_memory_not_equal(values[i - 1], values[i], VALUE);
    free(values);
}

static int setup(void **state)
{
    (void)state;
    meet_begin(&(tacit_env_options){.size = sizeof(tacit_env_options),
                                    .alloc = hook_alloc,
                                    .release = hook_release,
                                    .random = hook_random});
    (void)meet_identity(MADE_P256);
    (void)test_env();
    return 0;
}

int main(void)
{
    if (CRYPTO_set_mem_functions(their_alloc, their_realloc, their_release) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds),     cmocka_unit_test(connections_leave_nothing),
        cmocka_unit_test(keys_leave_nothing),   cmocka_unit_test(nobody_logs_unasked),
        cmocka_unit_test(no_value_comes_twice),
    };
    return cmocka_run_group_tests(tests, setup, meet_end);
}
