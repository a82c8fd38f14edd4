/* gnutls.c: Debian's GnuTLS. */
#include "bench.h"

#include <gnutls/gnutls.h>

#include <errno.h>
#include <stdio.h>

static gnutls_certificate_credentials_t credentials[2];
static gnutls_priority_t priority;

static const char *stack_name(void)
{
    static char text[32];
    snprintf(text, sizeof text, "gnutls-%s", gnutls_check_version(NULL));
    return text;
}

static void must(int status)
{
    if (status < 0)
        die("gnutls: %s", gnutls_strerror(status));
}

static void stack_setup(const struct setup *s)
{
    static const char *const groups[] = {[X25519] = "X25519", [P256] = "SECP256R1"};
    static const char *const suites[] = {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"};
    char text[320];
    for (enum side i = CLIENT; i <= SERVER; i++)
        must(gnutls_certificate_allocate_credentials(&credentials[i]));
    must(gnutls_certificate_set_x509_trust_file(credentials[CLIENT], s->root, GNUTLS_X509_FMT_PEM));
    must(gnutls_certificate_set_x509_key_file(credentials[SERVER], s->chain, s->key,
                                              GNUTLS_X509_FMT_PEM));
    snprintf(text, sizeof text,
             "NONE:%s:+AEAD:+%s:+GROUP-%s:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:"
             "+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-SHA256:+CTYPE-X509",
             s->version == TLS12 ? "+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA" : "+VERS-TLS1.3",
             suites[s->suite], groups[s->group]);
    must(gnutls_priority_init(&priority, text, NULL));
}

static ssize_t take(enum side side, void *session, void *p, size_t n)
{
    size_t got = wire_read(side, p, n);
    if (!got) {
        gnutls_transport_set_errno(session, EAGAIN);
        return -1;
    }
    return (ssize_t)got;
}

static ssize_t client_pull(gnutls_transport_ptr_t session, void *p, size_t n)
{
    return take(CLIENT, session, p, n);
}

static ssize_t server_pull(gnutls_transport_ptr_t session, void *p, size_t n)
{
    return take(SERVER, session, p, n);
}

static ssize_t client_push(gnutls_transport_ptr_t session, const void *p, size_t n)
{
    (void)session;
    wire_write(CLIENT, p, n);
    return (ssize_t)n;
}

static ssize_t server_push(gnutls_transport_ptr_t session, const void *p, size_t n)
{
    (void)session;
    wire_write(SERVER, p, n);
    return (ssize_t)n;
}

static void *conn_open(enum side side)
{
    gnutls_session_t session;
    unsigned role = side == CLIENT ? GNUTLS_CLIENT : GNUTLS_SERVER;
    must(gnutls_init(&session, role | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS));
    must(gnutls_priority_set(session, priority));
    must(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials[side]));
    gnutls_transport_set_ptr(session, session);
    gnutls_transport_set_pull_function(session, side == CLIENT ? client_pull : server_pull);
    gnutls_transport_set_push_function(session, side == CLIENT ? client_push : server_push);
    if (side == CLIENT) {
        must(gnutls_server_name_set(session, GNUTLS_NAME_DNS, BENCH_HOST, sizeof BENCH_HOST - 1));
        gnutls_session_set_verify_cert(session, BENCH_HOST, 0);
    }
    return session;
}

static bool conn_handshake(enum side side, void *conn)
{
    (void)side;
    int status = gnutls_handshake(conn);
    if (status != GNUTLS_E_AGAIN)
        must(status);
    return status == 0;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    (void)side;
    ssize_t sent = gnutls_record_send(conn, p, n);
    must((int)sent);
    if ((size_t)sent != n)
        die("gnutls: sent %zd of %zu", sent, n);
}

static size_t conn_read(enum side side, void *conn)
{
    static uint8_t data[16384];
    (void)side;
    ssize_t n = gnutls_record_recv(conn, data, sizeof data);
    if (n == GNUTLS_E_AGAIN)
        return 0;
    must((int)n);
    return (size_t)n;
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    gnutls_deinit(conn);
}

const struct stack stack = {
    stack_name, false,     stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, NULL,        conn_close,
};
