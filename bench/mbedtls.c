/* mbedtls.c: Debian's Mbed TLS 2.28, whose TLS 1.3 is not built. */
#include "bench.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include <stdio.h>
#include <stdlib.h>

static mbedtls_ssl_config configs[2];
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_x509_crt root, chain;
static mbedtls_pk_context key;

static const char *stack_name(void)
{
    static char version[16], text[32];
    mbedtls_version_get_string(version);
    snprintf(text, sizeof text, "mbedtls-%s", version);
    return text;
}

static void must(int status, const char *what)
{
    char text[128];
    if (!status)
        return;
    mbedtls_strerror(status, text, sizeof text);
    die("mbedtls: %s: %s", what, text);
}

/* The user of a connection's transport is this table's entry for its side. */
static enum side side_of[] = {CLIENT, SERVER};

static int transmit(void *user, const unsigned char *p, size_t n)
{
    wire_write(*(enum side *)user, p, n);
    return (int)n;
}

static int receive(void *user, unsigned char *p, size_t n)
{
    size_t got = wire_read(*(enum side *)user, p, n);
    return got ? (int)got : MBEDTLS_ERR_SSL_WANT_READ;
}

static void stack_setup(const struct setup *s)
{
    static const int suites[][3] = {
        {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
         MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0},
        {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
         MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0},
        {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
         MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 0},
    };
    /* The certificate's curve is one of the list; the first that both have is agreed on. */
    static const mbedtls_ecp_group_id curves[][3] = {
        [X25519] = {MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE},
        [P256] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE},
    };
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    must(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    must(mbedtls_x509_crt_parse_file(&root, s->root), "root");
    must(mbedtls_x509_crt_parse_file(&chain, s->chain), "chain");
    must(mbedtls_pk_parse_keyfile(&key, s->key, NULL), "key");
    for (enum side i = CLIENT; i <= SERVER; i++) {
        mbedtls_ssl_config *c = &configs[i];
        mbedtls_ssl_config_init(c);
        must(mbedtls_ssl_config_defaults(
                 c, i == CLIENT ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
                 MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
             "defaults");
        mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
        mbedtls_ssl_conf_rng(c, mbedtls_ctr_drbg_random, &drbg);
        mbedtls_ssl_conf_ciphersuites(c, suites[s->suite]);
        mbedtls_ssl_conf_curves(c, curves[s->group]);
        mbedtls_ssl_conf_session_tickets(c, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    }
    mbedtls_ssl_conf_authmode(&configs[CLIENT], MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&configs[CLIENT], &root, NULL);
    must(mbedtls_ssl_conf_own_cert(&configs[SERVER], &chain, &key), "identity");
}

static void *conn_open(enum side side)
{
    mbedtls_ssl_context *ssl = malloc(sizeof *ssl);
    if (!ssl)
        die("mbedtls: no memory");
    mbedtls_ssl_init(ssl);
    must(mbedtls_ssl_setup(ssl, &configs[side]), "setup");
    mbedtls_ssl_set_bio(ssl, &side_of[side], transmit, receive, NULL);
    if (side == CLIENT)
        must(mbedtls_ssl_set_hostname(ssl, BENCH_HOST), "name");
    return ssl;
}

static bool conn_handshake(enum side side, void *conn)
{
    (void)side;
    int status = mbedtls_ssl_handshake(conn);
    if (status != MBEDTLS_ERR_SSL_WANT_READ)
        must(status, "handshake");
    return status == 0;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    (void)side;
    if (mbedtls_ssl_write(conn, p, n) != (int)n)
        die("mbedtls: write");
}

static size_t conn_read(enum side side, void *conn)
{
    static uint8_t data[16384];
    (void)side;
    int n = mbedtls_ssl_read(conn, data, sizeof data);
    if (n <= 0 && n != MBEDTLS_ERR_SSL_WANT_READ)
        must(n, "read");
    return n > 0 ? (size_t)n : 0;
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    mbedtls_ssl_free(conn);
    free(conn);
}

const struct stack stack = {
    stack_name, true,      stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, NULL,        conn_close,
};
