/* handshake.c: see handshake.h. The names __wrap_X and __real_X are the linker's, for --wrap=X.
 *
 * What comes out of a key agreement is marked as secret, and everything that is made of it is then
 * secret as well. A plaintext is not, once its tag or its MAC has matched. */
#include "handshake.h"

#include <stdio.h>
#include <stdlib.h>

const struct attack *wrap_as;

static struct {
    tacit_env *env;
    tacit_trust *trust;
    tacit_identity *signs, *transports;
} world;

bool __wrap_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster);
bool __real_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster);
bool __wrap_premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                             struct secret *premaster);
bool __real_premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                             struct secret *premaster);
enum kem_result __wrap_kem_decap(struct kem_key *key, struct secret *out, span cipher);
enum kem_result __real_kem_decap(struct kem_key *key, struct secret *out, span cipher);
enum kem_result __wrap_kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                                 span share, uint8_t *cipher, struct secret *out);
enum kem_result __real_kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                                 span share, uint8_t *cipher, struct secret *out);
bool __wrap_aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE],
                      span ad);
bool __real_aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE],
                      span ad);
bool __wrap_cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK]);
bool __real_cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK]);

void hs_require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "handshake: %s\n", what);
    exit(1);
}

/* ---- marks ----------------------------------------------------------------------------------- */

bool __wrap_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster)
{
    uint8_t wrapped[WRAPPED_MAX];
    bool ok = __real_premaster_wrap(crypto, key, version, seed, out, n, premaster);
    if (ok && wrap_as) {
        *n = attack_wrap(wrap_as, key, premaster, wrapped);
        memcpy(out, wrapped, *n);
    }
    CT_SECRET(premaster->b, premaster->n);
    return ok;
}

bool __wrap_premaster_unwrap(struct sign_key *key, uint16_t version, span wrapped,
                             struct secret *premaster)
{
    bool ok = __real_premaster_unwrap(key, version, wrapped, premaster);
    CT_SECRET(premaster->b, premaster->n);
    return ok;
}

enum kem_result __wrap_kem_decap(struct kem_key *key, struct secret *out, span cipher)
{
    enum kem_result result = __real_kem_decap(key, out, cipher);
    CT_SECRET(out->b, out->n);
    return result;
}

enum kem_result __wrap_kem_encap(struct crypto *crypto, enum kem_id id, const uint8_t *seed,
                                 span share, uint8_t *cipher, struct secret *out)
{
    enum kem_result result = __real_kem_encap(crypto, id, seed, share, cipher, out);
    CT_SECRET(out->b, out->n);
    return result;
}

bool __wrap_aead_open(struct aead *aead, uint8_t *p, size_t n, const uint8_t nonce[AEAD_NONCE],
                      span ad)
{
    bool ok = __real_aead_open(aead, p, n, nonce, ad);
    CT_PUBLIC(&ok, sizeof ok);
    if (ok)
        CT_PUBLIC(p, n);
    return ok;
}

/* It runs over what is to be sent, and over what has the right MAC. */
bool __wrap_cbc_run(struct cbc *cbc, uint8_t *p, size_t n, const uint8_t iv[CBC_BLOCK])
{
    bool ok = __real_cbc_run(cbc, p, n, iv);
    CT_PUBLIC(p, n);
    return ok;
}

/* ---- people ---------------------------------------------------------------------------------- */

static int64_t now(void *user)
{
    (void)user;
    return 1700000000;
}

/* People whose keys are there already: to make RSA keys takes valgrind a minute. */
static span read_pem(const char *name)
{
    static char text[1 << 13];
    char path[512];
    (void)snprintf(path, sizeof path, TACIT_SOURCE_DIR "/tests/golden/people/%s.pem", name);
    FILE *file = fopen(path, "r");
    hs_require(file, path);
    size_t n = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    return (span){(const uint8_t *)text, n};
}

static tacit_identity *identity(const char *name)
{
    span pem = read_pem(name);
    return tacit_identity_pem(world.env, pem, pem, NULL, NULL, NULL);
}

void hs_setup(void)
{
    const tacit_env_options options = {.size = sizeof options, .now = now};
    world.env = tacit_env_new(&options, NULL);
    hs_require(world.env, "no environment");
    world.trust = tacit_trust_new(world.env, NULL);
    hs_require(world.trust && tacit_trust_add_pem(world.trust, read_pem("root"), NULL), "no trust");
    world.signs = identity("rsa");
    world.transports = identity("transport");
    hs_require(world.signs && world.transports, "no identity");
}

void hs_teardown(void)
{
    tacit_identity_free(world.signs);
    tacit_identity_free(world.transports);
    tacit_trust_free(world.trust);
    tacit_env_free(world.env);
}

/* ---- connections ----------------------------------------------------------------------------- */

struct ends hs_start(uint16_t suite)
{
    const struct suite *s = suite_by_id(suite);
    tacit_config_options o = {
        .size = sizeof o,
        .max_version = s->version,
        .min_version = s->version,
        .suites = &suite,
        .n_suites = 1,
        .legacy = s->legacy,
        .trust = world.trust,
    };
    tacit_config *client = tacit_client_config(world.env, &o, NULL);
    o.trust = NULL;
    o.identities = s->kx == KX_RSA ? &world.transports : &world.signs;
    o.n_identities = 1;
    tacit_config *server = tacit_server_config(world.env, &o, NULL);
    hs_require(client && server, "no configuration");
    struct ends e = {tacit_client_new(client, "a.test", NULL), tacit_server_new(server, NULL)};
    hs_require(e.client && e.server, "no connection");
    tacit_config_free(client);
    tacit_config_free(server);
    return e;
}

void hs_free(struct ends *e)
{
    tacit_conn_free(e->client);
    tacit_conn_free(e->server);
}

size_t hs_move(tacit_conn *from, tacit_conn *to, void (*edit)(uint8_t *p, size_t n))
{
    size_t moved = 0;
    for (tacit_span out; (out = tacit_conn_wire_out_buf(from)).n;) {
        tacit_buf in = tacit_conn_wire_in_buf(to);
        size_t n = out.n < in.n ? out.n : in.n;
        if (n) {
            memcpy(in.p, out.p, n);
            CT_PUBLIC(in.p, n); /* what is on the wire */
            if (edit)
                edit(in.p, n);
            tacit_conn_wire_in_done(to, n);
        }
        tacit_conn_wire_out_done(from, n ? n : out.n);
        moved += n;
    }
    return moved;
}

void hs_run(struct ends *e)
{
    while (hs_move(e->client, e->server, NULL) + hs_move(e->server, e->client, NULL))
        continue;
}

enum reason hs_reason(const tacit_conn *c)
{
    const tacit_error *error = tacit_conn_error(c);
    return error ? (enum reason)error->reason : R_NONE;
}
