/* wolfssl_peer.c: wolfSSL 5.5, for TLS 1.3 and 1.2. */
#include "peer.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    WOLFSSL *ssl;
};

static WOLFSSL_CTX *ctx;
static struct list alpn, groups;
static const char *wanted; /* a client: the name to be proven */
static bool serving;

const char *library_version(void)
{
    return "wolfSSL " LIBWOLFSSL_VERSION_STRING;
}

static bool refused(const char *what, char *why)
{
    snprintf(why, WHY, "%s", what);
    return false;
}

static int group_of(const char *name)
{
    return !strcmp(name, "P-256")   ? WOLFSSL_ECC_SECP256R1
           : !strcmp(name, "P-384") ? WOLFSSL_ECC_SECP384R1
           : !strcmp(name, "P-521") ? WOLFSSL_ECC_SECP521R1
                                    : WOLFSSL_ECC_X25519;
}

/* set_list tells the library a list in its own form: one string, by colons. */
static bool set_list(const struct job *job, const char *key,
                     int (*tell)(WOLFSSL_CTX *, const char *))
{
    const char *text = job_word(job, key);
    char colons[1024];
    if (!text)
        return true;
    snprintf(colons, sizeof colons, "%s", text);
    for (char *p = colons; (p = strchr(p, ','));)
        *p = ':';
    return tell(ctx, colons) == WOLFSSL_SUCCESS;
}

static bool set_lists(const struct job *job, char *why)
{
    int codes[MAX_LIST];
    if (!set_list(job, "suites", wolfSSL_CTX_set_cipher_list))
        return refused("suites", why);
    if (!set_list(job, "schemes", wolfSSL_CTX_set1_sigalgs_list))
        return refused("schemes", why);
    job_list(&alpn, job, "alpn");
    job_list(&groups, job, "groups");
    for (size_t i = 0; i < groups.n; i++)
        codes[i] = group_of(groups.items[i]);
    if (groups.n && wolfSSL_CTX_set_groups(ctx, codes, (int)groups.n) != WOLFSSL_SUCCESS)
        return refused("groups", why);
    return true;
}

static bool set_files(const struct job *job, char *why)
{
    const char *cert = job_word(job, "cert");
    if (wolfSSL_CTX_load_verify_locations(ctx, job_word(job, "anchors"), NULL) != WOLFSSL_SUCCESS)
        return refused("anchors", why);
    if (cert && wolfSSL_CTX_use_certificate_chain_file(ctx, cert) != WOLFSSL_SUCCESS)
        return refused("certificate", why);
    if (cert
        && wolfSSL_CTX_use_PrivateKey_file(ctx, job_word(job, "key"), WOLFSSL_FILETYPE_PEM)
               != WOLFSSL_SUCCESS)
        return refused("key", why);
    return true;
}

bool library_set_up(const struct job *job, bool server, char *why)
{
    bool only12 = job_is(job, "version", "1.2"), only13 = job_is(job, "version", "1.3");
    int verify = WOLFSSL_VERIFY_NONE;
    wolfSSL_Init();
    serving = server;
    wanted = server ? NULL : job_word(job, "name");
    ctx = wolfSSL_CTX_new(server ? wolfSSLv23_server_method() : wolfSSLv23_client_method());
    if (!ctx
        || wolfSSL_CTX_set_min_proto_version(ctx, only13 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1
        || (only12 && wolfSSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) != 1))
        return refused("versions", why);
    if (!server || job_is(job, "auth", "optional"))
        verify = WOLFSSL_VERIFY_PEER;
    if (job_is(job, "auth", "required"))
        verify = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    wolfSSL_CTX_set_verify(ctx, verify, NULL);
    if (job_is(job, "ems", "no"))
        wolfSSL_CTX_DisableExtendedMasterSecret(ctx);
    if (job_is(job, "etm", "no"))
        wolfSSL_CTX_AllowEncryptThenMac(ctx, 0);
    return set_files(job, why) && set_lists(job, why);
}

/* prepare is what the library wants to know of each connection. */
static bool prepare(WOLFSSL *ssl, char *why)
{
    char names[256] = "";
    for (size_t i = 0, n = 0; i < alpn.n; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? "," : "", alpn.items[i]);
    if (alpn.n
        && wolfSSL_UseALPN(ssl, names, (unsigned)strlen(names), WOLFSSL_ALPN_FAILED_ON_MISMATCH)
               != WOLFSSL_SUCCESS)
        return refused("alpn", why);
    if (serving)
        return true;
    if (groups.n && wolfSSL_UseKeyShare(ssl, (word16)group_of(groups.items[0])) != WOLFSSL_SUCCESS)
        return refused("share", why);
    return wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, wanted, (word16)strlen(wanted))
               == WOLFSSL_SUCCESS
           && wolfSSL_check_domain_name(ssl, wanted) == WOLFSSL_SUCCESS;
}

struct connection *library_handshake(int fd, char *why)
{
    struct connection *c = calloc(1, sizeof *c);
    WOLFSSL *ssl = wolfSSL_new(ctx);
    if (!c || !ssl)
        abort();
    c->ssl = ssl;
    if (wolfSSL_set_fd(ssl, fd) == WOLFSSL_SUCCESS && prepare(ssl, why)) {
        int status = serving ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
        if (status == WOLFSSL_SUCCESS)
            return c;
        wolfSSL_ERR_error_string_n((unsigned long)wolfSSL_get_error(ssl, status), why, WHY);
    }
    library_end(c, true);
    return NULL;
}

struct agreed library_agreed(struct connection *c)
{
    static char name[256];
    char *protocol = NULL;
    word16 n = 0;
    bool any = wolfSSL_ALPN_GetProtocol(c->ssl, &protocol, &n) == WOLFSSL_SUCCESS && n;
    if (any)
        snprintf(name, sizeof name, "%.*s", (int)n, protocol);
    return (struct agreed){wolfSSL_get_version(c->ssl), wolfSSL_get_cipher(c->ssl),
                           any ? name : NULL};
}

long library_read(struct connection *c, void *p, size_t n)
{
    int got = wolfSSL_read(c->ssl, p, (int)n);
    if (got > 0)
        return got;
    return wolfSSL_get_error(c->ssl, got) == WOLFSSL_ERROR_ZERO_RETURN
                   && wolfSSL_get_shutdown(c->ssl) & WOLFSSL_RECEIVED_SHUTDOWN
               ? 0
               : -1;
}

bool library_write(struct connection *c, const void *p, size_t n)
{
    return wolfSSL_write(c->ssl, p, (int)n) == (int)n;
}

bool library_rekey(struct connection *c)
{
    return wolfSSL_update_keys(c->ssl) == WOLFSSL_SUCCESS;
}

void library_end(struct connection *c, bool cut)
{
    if (!cut)
        wolfSSL_shutdown(c->ssl);
    wolfSSL_free(c->ssl);
    free(c);
}
