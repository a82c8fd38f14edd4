/* meet.c: see meet.h. */
#include "meet.h"

#include "hs/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static tacit_env *env;
static const struct test_cert *root;
static tacit_trust *trust;
static tacit_identity *identities[MADE_KEYS];

void meet_begin(const tacit_env_options *hooks)
{
    env = tacit_env_new(hooks, NULL);
    assert_non_null(env);
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    trust = tacit_trust_new(env, NULL);
    assert_true(tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), NULL));
}

int meet_end(void **state)
{
    for (size_t i = 0; i < MADE_KEYS; i++)
        tacit_identity_free(identities[i]);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return test_certs_end(state);
}

tacit_identity *meet_identity(enum made_key key)
{
    if (identities[key])
        return identities[key];
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .key = key, .san = "DNS:a.test"}, root);
    identities[key] = tacit_identity_pem(env, span_str(test_chain_pem(&leaf, 1)),
                                         span_str(test_key_pem(leaf)), NULL, NULL, NULL);
    assert_non_null(identities[key]);
    return identities[key];
}

struct pair meet(struct meeting m)
{
    struct pair p = {0};
    tacit_error error = {0};
    tacit_identity *usual = meet_identity(MADE_P256);
    m.client.size = m.server.size = sizeof m.client;
    if (!m.client.insecure_skip_verification)
        m.client.trust = trust;
    if (m.server.client_auth)
        m.server.trust = trust;
    if (!m.server.n_identities) {
        m.server.identities = &usual;
        m.server.n_identities = 1;
    }
    tacit_config *cc = tacit_client_config(env, &m.client, &error);
    tacit_config *sc = cc ? tacit_server_config(env, &m.server, &error) : NULL;
    if (!sc)
        fail_msg("%s", error.name);
    cc->max_records = sc->max_records = m.max_records;
    p.client = tacit_client_new(cc, "a.test", &error);
    p.server = tacit_server_new(sc, &error);
    assert_true(p.client && p.server);
    tacit_config_free(cc);
    tacit_config_free(sc);
    return p;
}

struct pair meet_connected(struct meeting m)
{
    struct pair p = meet(m);
    pair_run(&p);
    assert_connected(&p);
    return p;
}

void assert_connected(const struct pair *p)
{
    const tacit_error *c = tacit_conn_error(p->client), *s = tacit_conn_error(p->server);
    if (c || s)
        fail_msg("client %s (%s:%u), server %s (%s:%u)", c ? c->name : "", c ? c->file : "",
                 c ? c->line : 0, s ? s->name : "", s ? s->file : "", s ? s->line : 0);
    assert_int_equal(tacit_conn_phase(p->client), TACIT_PHASE_CONNECTED);
    assert_int_equal(tacit_conn_phase(p->server), TACIT_PHASE_CONNECTED);
}
