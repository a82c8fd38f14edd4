/* openssl.c: Debian's libssl. The transport is a BIO of our own, as a host without sockets has. */
#include "bench.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdio.h>

static SSL_CTX *contexts[2];
static BIO_METHOD *method;

static const char *stack_name(void)
{
    static char text[32];
    snprintf(text, sizeof text, "openssl-%s", OpenSSL_version(OPENSSL_VERSION_STRING));
    return text;
}

static void must(bool ok)
{
    if (!ok) {
        ERR_print_errors_fp(stderr);
        die("openssl refuses");
    }
}

static enum side side_of(BIO *bio)
{
    return BIO_get_data(bio) ? SERVER : CLIENT;
}

static int bio_read(BIO *bio, char *p, int n)
{
    size_t got = wire_read(side_of(bio), p, (size_t)n);
    BIO_clear_retry_flags(bio);
    if (!got)
        BIO_set_retry_read(bio);
    return got ? (int)got : -1;
}

static int bio_write(BIO *bio, const char *p, int n)
{
    wire_write(side_of(bio), p, (size_t)n);
    return n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *p)
{
    (void)bio;
    (void)number;
    (void)p;
    return command == BIO_CTRL_FLUSH;
}

static void stack_setup(const struct setup *s)
{
    /* TLS 1.2 wants the certificate's curve in the list, too; the first is agreed on. */
    static const char *const groups[][2] = {
        [TLS13] = {[X25519] = "X25519", [P256] = "P-256"},
        [TLS12] = {[X25519] = "X25519:P-256", [P256] = "P-256"},
    };
    static const char *const suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"};
    static const char *const suites12[] = {
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"};
    int version = s->version == TLS12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    contexts[CLIENT] = SSL_CTX_new(TLS_client_method());
    contexts[SERVER] = SSL_CTX_new(TLS_server_method());
    for (enum side i = CLIENT; i <= SERVER; i++) {
        must(SSL_CTX_set_min_proto_version(contexts[i], version));
        must(SSL_CTX_set_max_proto_version(contexts[i], version));
        must(s->version == TLS12 ? SSL_CTX_set_cipher_list(contexts[i], suites12[s->suite])
                                 : SSL_CTX_set_ciphersuites(contexts[i], suites[s->suite]));
        SSL_CTX_set_options(contexts[i], SSL_OP_NO_TICKET);
        must(SSL_CTX_set1_groups_list(contexts[i], groups[s->version][s->group]));
        SSL_CTX_set_session_cache_mode(contexts[i], SSL_SESS_CACHE_OFF);
    }
    SSL_CTX_set_verify(contexts[CLIENT], SSL_VERIFY_PEER, NULL);
    must(SSL_CTX_load_verify_file(contexts[CLIENT], s->root));
    must(SSL_CTX_set_num_tickets(contexts[SERVER], 0));
    must(SSL_CTX_use_certificate_chain_file(contexts[SERVER], s->chain) == 1);
    must(SSL_CTX_use_PrivateKey_file(contexts[SERVER], s->key, SSL_FILETYPE_PEM) == 1);
    method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

static void *conn_open(enum side side)
{
    SSL *ssl = SSL_new(contexts[side]);
    BIO *bio = BIO_new(method);
    must(ssl && bio);
    BIO_set_data(bio, side == SERVER ? ssl : NULL);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    if (side == SERVER) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_set_connect_state(ssl);
    must(SSL_set_tlsext_host_name(ssl, BENCH_HOST));
    must(SSL_set1_host(ssl, BENCH_HOST));
    return ssl;
}

static bool conn_handshake(enum side side, void *conn)
{
    (void)side;
    int status = SSL_do_handshake(conn);
    must(status == 1 || SSL_get_error(conn, status) == SSL_ERROR_WANT_READ);
    return status == 1;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    (void)side;
    must(SSL_write(conn, p, (int)n) == (int)n);
}

static size_t conn_read(enum side side, void *conn)
{
    static uint8_t data[16384];
    (void)side;
    int n = SSL_read(conn, data, sizeof data);
    must(n > 0 || SSL_get_error(conn, n) == SSL_ERROR_WANT_READ);
    return n > 0 ? (size_t)n : 0;
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    SSL_free(conn);
}

const struct stack stack = {
    stack_name, false,     stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, NULL,        conn_close,
};
