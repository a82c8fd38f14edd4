/* keys12.c: which secret comes from which in TLS 1.2. Pre-master secrets keep their leading zeros
 * (RFC 8422 5.10): the key agreement gives them at the curve's length. */
#include "hs/keys12.h"

#include "crypto/prf12.h"
#include "wire/rd.h"
#include "wire/wr.h"

void master12_extended(enum hash_id hash, struct secret *master, const struct secret *premaster,
                       span session_hash)
{
    master->n = MASTER_LEN;
    prf12(hash, master->b, MASTER_LEN, secret_span(premaster), "extended master secret",
          session_hash, (span){0});
}

void master12_plain(enum hash_id hash, struct secret *master, const struct secret *premaster,
                    span client_random, span server_random)
{
    master->n = MASTER_LEN;
    prf12(hash, master->b, MASTER_LEN, secret_span(premaster), "master secret", client_random,
          server_random);
}

/* What a suite wants of the key block: MAC key, key and the fixed part of the nonce. */
struct lengths {
    size_t mac, key, iv;
};

static struct lengths lengths_of(const struct suite *suite)
{
    enum { GCM_SALT = 4 };
    if (suite->cbc)
        return (struct lengths){hash_len(HASH_SHA256), CBC_KEY, 0};
    size_t iv = suite->aead == AEAD_CHACHA20_POLY1305 ? (size_t)AEAD_NONCE : (size_t)GCM_SALT;
    return (struct lengths){0, aead_key_len(suite->aead), iv};
}

void keys12_block(const struct suite *suite, const struct secret *master, span client_random,
                  span server_random, struct keys12 *client, struct keys12 *server)
{
    uint8_t block[2 * (HASH_MAX + AEAD_KEY_MAX + AEAD_NONCE)];
    struct lengths n = lengths_of(suite);
    size_t total = 2 * (n.mac + n.key + n.iv);
    prf12(suite->hash, block, total, secret_span(master), "key expansion", server_random,
          client_random);
    rd in = rd_of((span){block, total});
    /* RFC 5246 6.3: in this order */
    bool ok = rd_copy(&in, n.mac, client->mac) && rd_copy(&in, n.mac, server->mac)
              && rd_copy(&in, n.key, client->key) && rd_copy(&in, n.key, server->key)
              && rd_copy(&in, n.iv, client->iv) && rd_copy(&in, n.iv, server->iv);
    (void)ok; /* the block is as long as its parts */
    wipe(block, sizeof block);
}

void keys12_finished(enum hash_id hash, uint8_t out[FINISHED12_LEN], const struct secret *master,
                     bool by_client, span digest)
{
    prf12(hash, out, FINISHED12_LEN, secret_span(master),
          by_client ? "client finished" : "server finished", digest, (span){0});
}

void keys12_export(enum hash_id hash, uint8_t *out, size_t n, const struct secret *master,
                   const char *label, span client_random, span server_random, span context)
{
    uint8_t seed[32 + 32 + 2];
    wr w = wr_of(seed, sizeof seed);
    wr_span_bytes(&w, client_random);
    wr_span_bytes(&w, server_random);
    if (context.p) /* RFC 5705 4: no context is not an empty one */
        wr_u16(&w, (uint16_t)context.n);
    prf12(hash, out, n, secret_span(master), label, wr_span(&w), context);
}
