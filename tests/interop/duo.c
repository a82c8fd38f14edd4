/* duo.c: see duo.h. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* ---- certificates ---------------------------------------------------------------------------- */

static const struct test_cert *root;
static tacit_trust *trust;

int duo_setup(void **state)
{
    (void)state;
    tacit_error error;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    trust = tacit_trust_new(test_env(), &error);
    assert_non_null(trust);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error));
    return 0;
}

int duo_end(void **state)
{
    tacit_trust_free(trust);
    return test_certs_end(state);
}

const struct test_cert *duo_root(void)
{
    return root;
}

tacit_trust *duo_trust(void)
{
    return trust;
}

struct shown duo_leaf(enum made_key key)
{
    const struct test_cert_spec spec = {.cn = "leaf", .key = key, .san = "DNS:a.test"};
    return (struct shown){{test_cert(spec, root)}, 1};
}

tacit_identity *duo_identity(const struct shown *shown)
{
    tacit_error error;
    tacit_identity *id =
        tacit_identity_pem(test_env(), span_str(test_chain_pem(shown->chain, shown->n)),
                           span_str(test_key_pem(shown->chain[0])), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    return id;
}

/* ---- the peer's side ------------------------------------------------------------------------- */

static X509 *x509_of(const struct test_cert *cert)
{
    const uint8_t *p = test_cert_der(cert).p;
    X509 *x = d2i_X509(NULL, &p, (long)test_cert_der(cert).n);
    assert_non_null(x);
    return x;
}

static void show(SSL_CTX *ctx, const struct shown *shown)
{
    for (size_t i = 0; i < shown->n; i++) {
        X509 *x = x509_of(shown->chain[i]);
        assert_int_equal(i ? SSL_CTX_add1_chain_cert(ctx, x) : SSL_CTX_use_certificate(ctx, x), 1);
        X509_free(x);
    }
    if (!shown->n)
        return;
    BIO *bio = BIO_new_mem_buf(test_key_pem(shown->chain[0]), -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
    EVP_PKEY_free(key);
    BIO_free(bio);
}

static void log_line(const SSL *ssl, const char *line)
{
    struct duo *d = SSL_get_app_data(ssl);
    if (d->n_lines < sizeof d->lines / sizeof d->lines[0]) /* KeyUpdates add to it for ever */
        snprintf(d->lines[d->n_lines++], sizeof d->lines[0], "%s", line);
}

static void note_alert(const SSL *ssl, int where, int alert)
{
    struct duo *d = SSL_get_app_data(ssl);
    int *at = where & SSL_CB_READ ? &d->alert_heard : &d->alert_said;
    if (where & SSL_CB_ALERT && *at == NONE_YET)
        *at = alert & 0xff;
}

static SSL_CTX *peer_ctx(const SSL_METHOD *method, const struct shown *shown)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION), 1);
    X509 *anchor = x509_of(root);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), anchor), 1);
    X509_free(anchor);
    SSL_CTX_set_info_callback(ctx, note_alert);
    SSL_CTX_set_keylog_callback(ctx, log_line);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_security_level(ctx, 0); /* it shows whatever a test wants to see refused */
    show(ctx, shown);
    return ctx;
}

SSL_CTX *peer_client(const struct shown *shown)
{
    SSL_CTX *ctx = peer_ctx(TLS_client_method(), shown);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    assert_int_equal(X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(ctx), "a.test", 0), 1);
    return ctx;
}

SSL_CTX *peer_server(const struct shown *shown)
{
    return peer_ctx(TLS_server_method(), shown);
}

static SSL_CTX *only12(SSL_CTX *ctx)
{
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION), 1);
    return ctx;
}

SSL_CTX *peer12_client(const struct shown *shown)
{
    return only12(peer_client(shown));
}

SSL_CTX *peer12_server(const struct shown *shown)
{
    return only12(peer_server(shown));
}

void peer_demands(SSL_CTX *ctx)
{
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    X509 *anchor = x509_of(root);
    assert_int_equal(SSL_CTX_add_client_CA(ctx, anchor), 1);
    X509_free(anchor);
}

/* ---- both ends ------------------------------------------------------------------------------- */

static void start_peer(struct duo *d, SSL_CTX *ctx)
{
    d->alert_heard = d->alert_said = NONE_YET;
    d->peer = SSL_new(ctx);
    assert_non_null(d->peer);
    SSL_CTX_free(ctx);
    SSL_set_app_data(d->peer, d);
    SSL_set_bio(d->peer, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

void duo_client(struct duo *d, tacit_config_options ours, SSL_CTX *peer)
{
    tacit_error error;
    ours.size = sizeof ours;
    if (!ours.max_version)
        ours.min_version = 0x0304; /* TLS 1.3, unless a test says otherwise */
    if (!ours.trust && !ours.insecure_skip_verification)
        ours.trust = trust;
    tacit_config *config = tacit_client_config(test_env(), &ours, &error);
    if (!config)
        fail_msg("%s", error.name);
    d->us = tacit_client_new(config, "a.test", &error);
    assert_non_null(d->us);
    tacit_config_free(config);
    start_peer(d, peer);
    SSL_set_accept_state(d->peer);
}

void duo_server(struct duo *d, tacit_config_options ours, SSL_CTX *peer)
{
    tacit_error error;
    ours.size = sizeof ours;
    if (!ours.max_version)
        ours.min_version = 0x0304; /* TLS 1.3, unless a test says otherwise */
    tacit_config *config = tacit_server_config(test_env(), &ours, &error);
    if (!config)
        fail_msg("%s", error.name);
    d->us = tacit_server_new(config, &error);
    assert_non_null(d->us);
    tacit_config_free(config);
    start_peer(d, peer);
    SSL_set_connect_state(d->peer);
    SSL_set_tlsext_host_name(d->peer, "a.test");
}

void duo_free(struct duo *d)
{
    tacit_conn_free(d->us);
    SSL_free(d->peer);
    free(d->our_inbox.p);
    free(d->peer_inbox.p);
    *d = (struct duo){0};
    ERR_clear_error();
}

/* ---- running --------------------------------------------------------------------------------- */

static void append(struct bytes *b, const uint8_t *p, size_t n)
{
    if (!n)
        return;
    b->p = realloc(b->p, b->n + n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t to_peer(struct duo *d)
{
    tacit_span out = tacit_conn_wire_out_buf(d->us);
    size_t n = least(out.n, d->chunk ? d->chunk : out.n);
    if (n)
        assert_int_equal(BIO_write(SSL_get_rbio(d->peer), out.p, (int)n), n);
    tacit_conn_wire_out_done(d->us, n);
    d->our_wire += n;
    return n;
}

size_t from_peer(struct duo *d)
{
    BIO *bio = SSL_get_wbio(d->peer);
    size_t n = least(BIO_ctrl_pending(bio), d->chunk ? d->chunk : SIZE_MAX);
    if (!n)
        return 0;
    tacit_buf in = tacit_conn_wire_in_buf(d->us);
    uint8_t nowhere[512];
    n = least(n, in.n ? in.n : sizeof nowhere);
    assert_int_equal(BIO_read(bio, in.n ? in.p : nowhere, (int)n), n);
    tacit_conn_wire_in_done(d->us, in.n ? n : 0);
    d->peer_wire += n;
    for (tacit_span got; (got = tacit_conn_app_in_buf(d->us)).n > 0;) {
        append(&d->our_inbox, got.p, got.n);
        tacit_conn_app_in_done(d->us, got.n);
    }
    return n;
}

/* SSL_do_handshake does nothing once it is over; SSL_read takes what comes between the data. */
static void peer_reads(struct duo *d)
{
    uint8_t room[4096];
    size_t n;
    ERR_clear_error();
    SSL_do_handshake(d->peer);
    while (SSL_read_ex(d->peer, room, sizeof room, &n))
        append(&d->peer_inbox, room, n);
}

void duo_run(struct duo *d)
{
    size_t moved;
    do {
        moved = to_peer(d);
        peer_reads(d);
        moved += from_peer(d);
    } while (moved);
}

static void take(struct bytes *inbox, const void *p, size_t n)
{
    assert_int_equal(inbox->n, n);
    assert_memory_equal(inbox->p, p, n);
    inbox->n = 0;
}

void we_say(struct duo *d, const void *p, size_t n)
{
    for (size_t sent = 0, took; sent < n; sent += took) {
        took = tacit_conn_write(d->us, (const uint8_t *)p + sent, n - sent);
        assert_true(took > 0);
        duo_run(d);
    }
    take(&d->peer_inbox, p, n);
}

void peer_says(struct duo *d, const void *p, size_t n)
{
    size_t wrote;
    assert_int_equal(SSL_write_ex(d->peer, p, n, &wrote), 1);
    assert_int_equal(wrote, n);
    duo_run(d);
    take(&d->our_inbox, p, n);
}

void assert_connected(const struct duo *d)
{
    const tacit_error *e = tacit_conn_error(d->us);
    if (e)
        fail_msg("%s in %s (%s:%u)", e->name, e->state, e->file, e->line);
    assert_int_equal(tacit_conn_phase(d->us), TACIT_PHASE_CONNECTED);
    assert_true(SSL_is_init_finished(d->peer));
    assert_int_equal(SSL_get_verify_result(d->peer), X509_V_OK);
    assert_int_equal(d->alert_said, NONE_YET);
    assert_int_equal(d->alert_heard, NONE_YET);
}

void assert_speaking(struct duo *d)
{
    uint8_t ours[48], theirs[48];
    static const char label[] = "EXPERIMENTAL interop";
    static const uint8_t context[] = {1, 2, 3};
    we_say(d, "a question", 10);
    peer_says(d, "an answer", 9);
    assert_true(tacit_conn_export(d->us, ours, sizeof ours, label, (span){context, 3}));
    assert_int_equal(SSL_export_keying_material(d->peer, theirs, sizeof theirs, label,
                                                sizeof label - 1, context, 3, 1),
                     1);
    assert_memory_equal(ours, theirs, sizeof ours);
}

void assert_we_failed_at(const struct duo *d, const char *reason, const char *file, int line)
{
    const tacit_error *e = tacit_conn_error(d->us);
    if (!e || strcmp(e->name, reason) != 0) {
        print_error("%s:%d: expected %s, found %s\n", file, line, reason, e ? e->name : "none");
        _fail(file, line);
    }
}

tacit_info duo_info(const struct duo *d)
{
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(d->us, &info);
    return info;
}
