/* wolfssl.c: Debian's wolfSSL, which is built without its assembly. */
#include "bench.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <stdio.h>

static WOLFSSL_CTX *contexts[2];
static int group;
static enum version version;

static const char *stack_name(void)
{
    static char text[32];
    snprintf(text, sizeof text, "wolfssl-%s", wolfSSL_lib_version());
    return text;
}

static void must(bool ok, const char *what)
{
    if (!ok)
        die("wolfssl: %s", what);
}

static int receive(WOLFSSL *ssl, char *p, int n, void *user)
{
    (void)ssl;
    size_t got = wire_read(user ? SERVER : CLIENT, p, (size_t)n);
    return got ? (int)got : WOLFSSL_CBIO_ERR_WANT_READ;
}

static int transmit(WOLFSSL *ssl, char *p, int n, void *user)
{
    (void)ssl;
    wire_write(user ? SERVER : CLIENT, p, (size_t)n);
    return n;
}

static void stack_setup(const struct setup *s)
{
    static const char *const suites[] = {"TLS13-AES128-GCM-SHA256", "TLS13-AES256-GCM-SHA384",
                                         "TLS13-CHACHA20-POLY1305-SHA256"};
    static const char *const suites12[] = {
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"};
    bool old = s->version == TLS12;
    group = s->group == X25519 ? WOLFSSL_ECC_X25519 : WOLFSSL_ECC_SECP256R1;
    wolfSSL_Init();
    version = s->version;
    contexts[CLIENT] =
        wolfSSL_CTX_new(old ? wolfTLSv1_2_client_method() : wolfTLSv1_3_client_method());
    contexts[SERVER] =
        wolfSSL_CTX_new(old ? wolfTLSv1_2_server_method() : wolfTLSv1_3_server_method());
    for (enum side i = CLIENT; i <= SERVER; i++) {
        must(wolfSSL_CTX_set_cipher_list(contexts[i], (old ? suites12 : suites)[s->suite])
                 == WOLFSSL_SUCCESS,
             "suite");
        /* In TLS 1.2 the client's supported_groups say which. */
        must(old || wolfSSL_CTX_set_groups(contexts[i], &group, 1) == WOLFSSL_SUCCESS, "group");
        wolfSSL_CTX_SetIORecv(contexts[i], receive);
        wolfSSL_CTX_SetIOSend(contexts[i], transmit);
    }
    wolfSSL_CTX_set_verify(contexts[CLIENT], WOLFSSL_VERIFY_PEER, NULL);
    must(wolfSSL_CTX_load_verify_locations(contexts[CLIENT], s->root, NULL) == WOLFSSL_SUCCESS,
         "anchor");
    must(wolfSSL_CTX_use_certificate_chain_file(contexts[SERVER], s->chain) == WOLFSSL_SUCCESS,
         "chain");
    must(wolfSSL_CTX_use_PrivateKey_file(contexts[SERVER], s->key, WOLFSSL_FILETYPE_PEM)
             == WOLFSSL_SUCCESS,
         "key");
    /* Where the library has tickets, a server sends none. */
    if (!old)
        wolfSSL_CTX_no_ticket_TLSv13(contexts[SERVER]);
    else
        must(wolfSSL_CTX_UseSupportedCurve(contexts[CLIENT], (word16)group) == WOLFSSL_SUCCESS,
             "group");
}

static void *conn_open(enum side side)
{
    static char server;
    WOLFSSL *ssl = wolfSSL_new(contexts[side]);
    must(ssl, "new");
    wolfSSL_SetIOReadCtx(ssl, side == SERVER ? &server : NULL);
    wolfSSL_SetIOWriteCtx(ssl, side == SERVER ? &server : NULL);
    if (side == CLIENT) {
        must(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, BENCH_HOST, sizeof BENCH_HOST - 1)
                 == WOLFSSL_SUCCESS,
             "name");
        must(wolfSSL_check_domain_name(ssl, BENCH_HOST) == WOLFSSL_SUCCESS, "name");
        must(version == TLS12 || wolfSSL_UseKeyShare(ssl, (word16)group) == WOLFSSL_SUCCESS,
             "share");
    }
    return ssl;
}

static bool conn_handshake(enum side side, void *conn)
{
    int status = side == CLIENT ? wolfSSL_connect(conn) : wolfSSL_accept(conn);
    if (status == WOLFSSL_SUCCESS)
        return true;
    int error = wolfSSL_get_error(conn, status);
    if (error != WOLFSSL_ERROR_WANT_READ)
        die("wolfssl: %d", error);
    return false;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    (void)side;
    must(wolfSSL_write(conn, p, (int)n) == (int)n, "write");
}

static size_t conn_read(enum side side, void *conn)
{
    static uint8_t data[16384];
    (void)side;
    int n = wolfSSL_read(conn, data, sizeof data);
    must(n > 0 || wolfSSL_get_error(conn, n) == WOLFSSL_ERROR_WANT_READ, "read");
    return n > 0 ? (size_t)n : 0;
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    wolfSSL_free(conn);
}

const struct stack stack = {
    stack_name, false,     stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, NULL,        conn_close,
};
