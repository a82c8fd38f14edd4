/* mbedtls_peer.c: mbedTLS 2.28, which speaks TLS 1.2 alone, signs by RSA only in the way of PKCS #1
 * v1.5, and has neither Ed25519 nor RSA-PSS keys. */
#include "peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    mbedtls_ssl_context ssl;
    mbedtls_net_context net;
};

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_bytes;
static mbedtls_x509_crt anchors, chain;
static mbedtls_pk_context key;
static mbedtls_ssl_config config;
static struct list alpn;
static int suites[MAX_LIST + 1];
static mbedtls_ecp_group_id groups[MAX_LIST + 1];
static const char *wanted; /* a client: the name to be proven */

const char *library_version(void)
{
    return MBEDTLS_VERSION_STRING_FULL;
}

static bool said(int status, char *why)
{
    if (status)
        mbedtls_strerror(status, why, WHY);
    return status == 0;
}

static mbedtls_ecp_group_id group_of(const char *name)
{
    return !strcmp(name, "P-256")   ? MBEDTLS_ECP_DP_SECP256R1
           : !strcmp(name, "P-384") ? MBEDTLS_ECP_DP_SECP384R1
           : !strcmp(name, "P-521") ? MBEDTLS_ECP_DP_SECP521R1
                                    : MBEDTLS_ECP_DP_CURVE25519;
}

static void set_lists(const struct job *job)
{
    struct list names;
    job_list(&names, job, "suites");
    for (size_t i = 0; i < names.n; i++)
        suites[i] = mbedtls_ssl_get_ciphersuite_id(names.items[i]);
    if (names.n)
        mbedtls_ssl_conf_ciphersuites(&config, suites);
    job_list(&names, job, "groups");
    for (size_t i = 0; i < names.n; i++)
        groups[i] = group_of(names.items[i]);
    if (names.n)
        mbedtls_ssl_conf_curves(&config, groups);
    job_list(&alpn, job, "alpn");
    if (alpn.n)
        mbedtls_ssl_conf_alpn_protocols(&config, alpn.items);
}

static void set_words(const struct job *job, bool server)
{
    bool optional = job_is(job, "auth", "optional"), required = job_is(job, "auth", "required");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_bytes);
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ca_chain(&config, &anchors, NULL);
    mbedtls_ssl_conf_authmode(&config, !server || required ? MBEDTLS_SSL_VERIFY_REQUIRED
                                       : optional          ? MBEDTLS_SSL_VERIFY_OPTIONAL
                                                           : MBEDTLS_SSL_VERIFY_NONE);
    if (job_is(job, "ems", "no"))
        mbedtls_ssl_conf_extended_master_secret(&config, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    if (job_is(job, "etm", "no"))
        mbedtls_ssl_conf_encrypt_then_mac(&config, MBEDTLS_SSL_ETM_DISABLED);
    set_lists(job);
}

bool library_set_up(const struct job *job, bool server, char *why)
{
    int role = server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;
    const char *cert = job_word(job, "cert");
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random_bytes);
    mbedtls_x509_crt_init(&anchors);
    mbedtls_x509_crt_init(&chain);
    mbedtls_pk_init(&key);
    mbedtls_ssl_config_init(&config);
    if (!said(mbedtls_ctr_drbg_seed(&random_bytes, mbedtls_entropy_func, &entropy, NULL, 0), why)
        || !said(mbedtls_x509_crt_parse_file(&anchors, job_word(job, "anchors")), why)
        || !said(mbedtls_ssl_config_defaults(&config, role, MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT),
                 why))
        return false;
    set_words(job, server);
    wanted = server ? NULL : job_word(job, "name");
    return !cert
           || (said(mbedtls_x509_crt_parse_file(&chain, cert), why)
               && said(mbedtls_pk_parse_keyfile(&key, job_word(job, "key"), NULL), why)
               && said(mbedtls_ssl_conf_own_cert(&config, &chain, &key), why));
}

/* verified: a certificate that is optional still has to be good; it is refused here, where no alert
 * is sent any more. */
static bool verified(mbedtls_ssl_context *ssl, char *why)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    if (!mbedtls_ssl_get_peer_cert(ssl) || !flags)
        return true;
    mbedtls_x509_crt_verify_info(why, WHY, "", flags);
    return false;
}

struct connection *library_handshake(int fd, char *why)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->net.fd = fd;
    mbedtls_ssl_init(&c->ssl);
    if (said(mbedtls_ssl_setup(&c->ssl, &config), why)
        && (!wanted || said(mbedtls_ssl_set_hostname(&c->ssl, wanted), why))) {
        mbedtls_ssl_set_bio(&c->ssl, &c->net, mbedtls_net_send, mbedtls_net_recv, NULL);
        if (said(mbedtls_ssl_handshake(&c->ssl), why) && verified(&c->ssl, why))
            return c;
    }
    library_end(c, true);
    return NULL;
}

struct agreed library_agreed(struct connection *c)
{
    return (struct agreed){mbedtls_ssl_get_version(&c->ssl), mbedtls_ssl_get_ciphersuite(&c->ssl),
                           mbedtls_ssl_get_alpn_protocol(&c->ssl)};
}

long library_read(struct connection *c, void *p, size_t n)
{
    int got = mbedtls_ssl_read(&c->ssl, p, n);
    if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return 0;
    return got ? got : -1; /* 0 is an end of the transport */
}

bool library_write(struct connection *c, const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        int put = mbedtls_ssl_write(&c->ssl, (const unsigned char *)p + at, n - at);
        if (put <= 0)
            return false;
        at += (size_t)put;
    }
    return true;
}

bool library_rekey(struct connection *c)
{
    (void)c;
    return false;
}

void library_end(struct connection *c, bool cut)
{
    if (!cut)
        mbedtls_ssl_close_notify(&c->ssl);
    mbedtls_ssl_free(&c->ssl);
    free(c);
}
