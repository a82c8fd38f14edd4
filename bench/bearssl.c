/* bearssl.c: Debian's BearSSL, which has TLS 1.2 and no TLS 1.3. It allocates nothing: a connection
 * is what its host sets aside, here with both buffers, so that neither direction waits for the
 * other. */
#include "bench.h"

#include <bearssl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CERTS = 4, PEM = 1 << 16 };

/* struct conn is one side of a connection; only a client verifies. */
struct conn {
    union {
        br_ssl_engine_context engine; /* the first member of both */
        br_ssl_client_context client;
        br_ssl_server_context server;
    };
    unsigned char buffer[BR_SSL_BUFSIZE_BIDI];
    br_x509_minimal_context verifier[];
};

static const struct setup *setup;
static br_x509_certificate chain[CERTS];
static size_t n_chain;
static br_x509_trust_anchor anchor;
static br_skey_decoder_context key;
static br_ec_impl curves;

static const char *stack_name(void)
{
    return "bearssl-0.6";
}

static void *keep(const void *p, size_t n)
{
    void *copy = malloc(n);
    if (!copy)
        die("bearssl: no memory");
    memcpy(copy, p, n);
    return copy;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* struct block collects what the decoder of PEM hands over. */
struct block {
    unsigned char p[PEM];
    size_t n;
};

static void collect(void *user, const void *p, size_t n)
{
    struct block *block = user;
    if (n > sizeof block->p - block->n)
        die("bearssl: the file is too large");
    memcpy(block->p + block->n, p, n);
    block->n += n;
}

/* blocks calls `each` for every block of a PEM file. */
static void blocks(const char *path, void (*each)(const unsigned char *der, size_t n))
{
    static struct block block;
    static unsigned char text[PEM];
    br_pem_decoder_context pem;
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(text, 1, sizeof text, file) : 0;
    if (!n)
        die("bearssl: cannot read %s", path);
    fclose(file);
    br_pem_decoder_init(&pem);
    for (size_t at = 0; at < n;) {
        at += br_pem_decoder_push(&pem, text + at, n - at);
        int event = br_pem_decoder_event(&pem);
        if (event == BR_PEM_BEGIN_OBJ) {
            block.n = 0;
            br_pem_decoder_setdest(&pem, collect, &block);
        } else if (event == BR_PEM_END_OBJ) {
            each(block.p, block.n);
        }
    }
}

static void add_cert(const unsigned char *der, size_t n)
{
    if (n_chain == CERTS)
        die("bearssl: the chain is too long");
    chain[n_chain].data = keep(der, n);
    chain[n_chain++].data_len = n;
}

static void set_key(const unsigned char *der, size_t n)
{
    br_skey_decoder_init(&key);
    br_skey_decoder_push(&key, der, n);
    if (br_skey_decoder_last_error(&key))
        die("bearssl: key");
}

static void set_anchor(const unsigned char *der, size_t n)
{
    static struct block name;
    br_x509_decoder_context decoder;
    name.n = 0;
    br_x509_decoder_init(&decoder, collect, &name);
    br_x509_decoder_push(&decoder, der, n);
    const br_x509_pkey *pkey = br_x509_decoder_get_pkey(&decoder);
    if (!pkey)
        die("bearssl: anchor");
    anchor.dn.data = keep(name.p, name.n);
    anchor.dn.len = name.n;
    anchor.flags = BR_X509_TA_CA;
    anchor.pkey = *pkey;
    if (pkey->key_type == BR_KEYTYPE_RSA) {
        anchor.pkey.key.rsa.n = keep(pkey->key.rsa.n, pkey->key.rsa.nlen);
        anchor.pkey.key.rsa.e = keep(pkey->key.rsa.e, pkey->key.rsa.elen);
    } else {
        anchor.pkey.key.ec.q = keep(pkey->key.ec.q, pkey->key.ec.qlen);
    }
}

static void stack_setup(const struct setup *s)
{
    setup = s;
    blocks(s->root, set_anchor);
    blocks(s->chain, add_cert);
    blocks(s->key, set_key);
    /* Its server prefers Curve25519. P-256 is in certificates, so it is there in any case. */
    curves = *br_ec_get_default();
    curves.supported_curves = 1u << BR_EC_secp256r1;
    if (s->group == X25519)
        curves.supported_curves |= 1u << BR_EC_curve25519;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void open_server(br_ssl_server_context *server)
{
    const br_rsa_private_key *rsa = br_skey_decoder_get_rsa(&key);
    const br_ec_private_key *ec = br_skey_decoder_get_ec(&key);
    if (rsa)
        br_ssl_server_init_full_rsa(server, chain, n_chain, rsa);
    else
        br_ssl_server_init_full_ec(server, chain, n_chain, BR_KEYTYPE_EC, ec);
}

static void *conn_open(enum side side)
{
    static const uint16_t suites[][2] = {
        {BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
        {BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384},
        {BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
         BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
    };
    size_t verifier = side == CLIENT ? sizeof(br_x509_minimal_context) : 0;
    struct conn *conn = malloc(sizeof *conn + verifier);
    if (!conn)
        die("bearssl: no memory");
    if (side == CLIENT)
        br_ssl_client_init_full(&conn->client, conn->verifier, &anchor, 1);
    else
        open_server(&conn->server);
    br_ssl_engine_set_versions(&conn->engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(&conn->engine, suites[setup->suite], 2);
    br_ssl_engine_set_ec(&conn->engine, &curves);
    br_ssl_engine_set_buffer(&conn->engine, conn->buffer, sizeof conn->buffer, 1);
    int ok = side == CLIENT ? br_ssl_client_reset(&conn->client, BENCH_HOST, 0)
                            : br_ssl_server_reset(&conn->server);
    if (!ok)
        die("bearssl: reset");
    return conn;
}

/* move carries records both ways, as far as there are some; false if nothing moved. */
static bool move(enum side side, br_ssl_engine_context *engine)
{
    size_t n, got = 0;
    unsigned char *p;
    bool moved = false;
    while ((p = br_ssl_engine_sendrec_buf(engine, &n))) {
        wire_write(side, p, n);
        br_ssl_engine_sendrec_ack(engine, n);
        moved = true;
    }
    if ((p = br_ssl_engine_recvrec_buf(engine, &n)) && (got = wire_read(side, p, n)) > 0)
        br_ssl_engine_recvrec_ack(engine, got);
    if (br_ssl_engine_current_state(engine) == BR_SSL_CLOSED)
        die("bearssl: %d", br_ssl_engine_last_error(engine));
    return moved || got > 0;
}

static bool conn_handshake(enum side side, void *conn)
{
    br_ssl_engine_context *engine = &((struct conn *)conn)->engine;
    while (move(side, engine))
        ;
    return br_ssl_engine_current_state(engine) & BR_SSL_SENDAPP;
}

static void conn_write(enum side side, void *conn, const uint8_t *p, size_t n)
{
    br_ssl_engine_context *engine = &((struct conn *)conn)->engine;
    while (n > 0) {
        size_t room;
        unsigned char *app = br_ssl_engine_sendapp_buf(engine, &room);
        if (!app)
            die("bearssl: nothing is taken");
        room = room < n ? room : n;
        memcpy(app, p, room);
        br_ssl_engine_sendapp_ack(engine, room);
        br_ssl_engine_flush(engine, 0);
        move(side, engine);
        p += room;
        n -= room;
    }
}

static size_t conn_read(enum side side, void *conn)
{
    br_ssl_engine_context *engine = &((struct conn *)conn)->engine;
    size_t n;
    while (!br_ssl_engine_recvapp_buf(engine, &n))
        if (!move(side, engine))
            return 0;
    br_ssl_engine_recvapp_ack(engine, n);
    return n;
}

static void conn_close(enum side side, void *conn)
{
    (void)side;
    free(conn);
}

const struct stack stack = {
    stack_name, true,      stack_setup, conn_open,  conn_handshake,
    conn_write, conn_read, NULL,        conn_close,
};
