/* What options of TLS 1.2 make of a configuration, or an error: keys for RSA transport (bug class
 * 93, RFC 9846 F.10), and the word of a client that falls back (RFC 7507). */
#include "certs.h"
#include "hs/config.h"

#include <tacit/tacit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { OPENS, SIGNS, BOTH, N_KEYS }; /* the last has the key of the first, and signs with it */

static tacit_identity *keys[N_KEYS];

static tacit_identity *rsa_identity(unsigned key_no, const char *ku)
{
    tacit_error error;
    const struct test_cert *leaf = test_cert(
        (struct test_cert_spec){.cn = "r", .key = MADE_RSA, .key_no = key_no, .ku = ku}, NULL);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    assert_non_null(id);
    return id;
}

static tacit_config *make(tacit_config_options o, tacit_error *error)
{
    o.size = sizeof o;
    return (o.n_identities ? tacit_server_config : tacit_client_config)(test_env(), &o, error);
}

static tacit_config *must(tacit_config_options o)
{
    tacit_error error;
    tacit_config *c = make(o, &error);
    if (!c)
        fail_msg("%s", error.name);
    return c;
}

static void assert_refused(tacit_config_options o, const char *name, uint32_t detail)
{
    tacit_error error;
    assert_null(make(o, &error));
    assert_string_equal(error.name, name);
    assert_int_equal(error.detail, detail);
}

static tacit_config_options showing(tacit_identity **ids, size_t n)
{
    return (tacit_config_options){
        .identities = ids, .n_identities = n, .legacy = TACIT_LEGACY_RSA_TRANSPORT};
}

/* A key that opens transported secrets needs its word, and signs nothing under any certificate. */
static void keys_for_transport_stand_apart(void **state)
{
    (void)state;
    tacit_config_options o = showing(keys, 2);
    tacit_config_free(must(o));
    o.legacy = 0;
    assert_refused(o, "IDENTITY_UNUSABLE", 0);
    assert_refused(showing(keys, 3), "TRANSPORT_KEY_SHARED", 2);
}

/* Nor does it under another name of the same server, whichever of the two has which. */
static void nor_under_another_name(void **state)
{
    (void)state;
    static const struct {
        int own, of_a, of_b; /* keys */
        bool mixed;
    } rows[] = {
        {SIGNS, OPENS, SIGNS, false}, {SIGNS, OPENS, BOTH, true}, {SIGNS, BOTH, OPENS, true},
        {BOTH, OPENS, SIGNS, true},   {OPENS, BOTH, SIGNS, true}, {OPENS, SIGNS, SIGNS, false},
        {BOTH, SIGNS, SIGNS, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tacit_config *a = must(showing(&keys[rows[i].of_a], 1));
        tacit_config *b = must(showing(&keys[rows[i].of_b], 1));
        const tacit_named_config names[] = {{"a.test", a}, {"b.test", b}};
        tacit_config_options o = showing(&keys[rows[i].own], 1);
        o.names = names;
        o.n_names = 2;
        if (rows[i].mixed)
            assert_refused(o, "TRANSPORT_KEY_SHARED", 0);
        else
            tacit_config_free(must(o));
        tacit_config_free(a);
        tacit_config_free(b);
    }
}

/* A server that cannot sign must not agree on TLS 1.3 with clients that offer both; nor be told to
 * speak nothing else. */
static void keys_for_transport_alone_speak_tls12(void **state)
{
    (void)state;
    static const uint16_t suites13[] = {0x1301};
    tacit_config *c = must(showing(keys, 1));
    assert_int_equal(c->min_version, TLS12);
    assert_int_equal(c->max_version, TLS12);
    tacit_config_free(c);
    c = must(showing(keys, 2));
    assert_int_equal(c->max_version, TLS13);
    tacit_config_free(c);
    tacit_config_options o = showing(keys, 1);
    o.suites = suites13;
    o.n_suites = 1;
    assert_refused(o, "IDENTITY_UNUSABLE", 0);
}

/* RFC 7507 4: nobody falls back to the best that there is. */
static void a_fallback_is_one(void **state)
{
    static const uint16_t suites12[] = {0xc02b};
    (void)state;
    tacit_config_options o = {.insecure_skip_verification = true, .fallback = true};
    assert_refused(o, "BAD_FALLBACK_OPTION", TLS13);
    o.max_version = TLS12;
    tacit_config_free(must(o));
    o.max_version = 0;
    o.suites = suites12;
    o.n_suites = 1;
    tacit_config_free(must(o));
}

static int set_up(void **state)
{
    (void)state;
    keys[OPENS] = rsa_identity(1, "critical,keyEncipherment");
    keys[SIGNS] = rsa_identity(2, "critical,digitalSignature");
    keys[BOTH] = rsa_identity(1, "critical,digitalSignature");
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < N_KEYS; i++)
        tacit_identity_free(keys[i]);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_for_transport_stand_apart),
        cmocka_unit_test(nor_under_another_name),
        cmocka_unit_test(keys_for_transport_alone_speak_tls12),
        cmocka_unit_test(a_fallback_is_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
