/* Options become a configuration, or one error. */
#include "certs.h"
#include "ext/ext.h"
#include "hs/config.h"
#include "registry/limits.h"

#include <tacit/tacit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static tacit_identity *identity;
static tacit_trust *trust, *nobody;

static tacit_config *make(bool client, tacit_config_options o, tacit_error *error)
{
    o.size = o.size ? o.size : sizeof o;
    return client ? tacit_client_config(test_env(), &o, error)
                  : tacit_server_config(test_env(), &o, error);
}

static tacit_config *must(bool client, tacit_config_options o)
{
    tacit_error error;
    if (client && !o.trust)
        o.insecure_skip_verification = true;
    if (!client) {
        o.identities = &identity;
        o.n_identities = 1;
    }
    tacit_config *c = make(client, o, &error);
    if (!c)
        fail_msg("%s", error.name);
    return c;
}

/* ---- refused --------------------------------------------------------------------------------- */

#define LIST(...) ((const uint16_t[]){__VA_ARGS__})
#define NAMES(...) ((const char *const[]){__VA_ARGS__})
#define MANY 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3

#define ONLY13 .min_version = 0x0304

static char long_name[257];

/* What is wrong with an option is wrong in both roles. */
static const struct {
    const char *name;
    uint32_t detail;
    tacit_config_options o;
} refused[] = {
    {"OPTIONS_SIZE", 8, {.size = 8}},
    {"OPTIONS_SIZE", sizeof(tacit_config_options) + 8, {.size = sizeof(tacit_config_options) + 8}},
    {"BAD_VERSION_RANGE", 0x0302, {.max_version = 0x0302}}, /* no TLS 1.1 */
    {"BAD_VERSION_RANGE", 0x0304, {.min_version = 0x0301}},
    {"BAD_VERSION_RANGE", 0x0304, {.min_version = 0x0305}},
    {"BAD_VERSION_RANGE", 0x0303, {.min_version = 0x0304, .max_version = 0x0303}},
    {"BAD_VERSION_RANGE", 0x0305, {.min_version = 0x0305, .max_version = 0x0305}},
    {"BAD_SUITE_OPTION", 0xc013, {.suites = LIST(0x1301, 0xc013), .n_suites = 2}},
    {"SUITE_NEEDS_WORD", 0xc02f, {.suites = LIST(0x1301, 0xc02f), .n_suites = 2, ONLY13}},
    {"SUITE_NEEDS_WORD", 0x1301, {.suites = LIST(0x1301), .n_suites = 1, .max_version = 0x0303}},
    {"SUITE_NEEDS_WORD", 0xc023, {.suites = LIST(0xc023), .n_suites = 1}},
    {"SUITE_NEEDS_WORD", 0x009c, {.suites = LIST(0x009c), .n_suites = 1, .legacy = 2}},
    {"BAD_LEGACY_OPTION", 8, {.legacy = 8}},
    {"BAD_LEGACY_OPTION", 1, {.legacy = 1, ONLY13}}, /* it would have no effect */
    {"BAD_SUITE_OPTION", 0x1301, {.suites = LIST(0x1301, 0x1302, 0x1301), .n_suites = 3}},
    {"BAD_SUITE_OPTION", 0, {.suites = LIST(0), .n_suites = 1}},
    {"BAD_SUITE_OPTION", 3, {.suites = LIST(MANY), .n_suites = 17}},
    {"BAD_GROUP_OPTION", 0x0100, {.groups = LIST(0x0100), .n_groups = 1}},
    {"BAD_GROUP_OPTION", 0x001d, {.groups = LIST(0x001d, 0x001d), .n_groups = 2}},
    {"BAD_SCHEME_OPTION", 0x0201, {.schemes = LIST(0x0201), .n_schemes = 1}}, /* bug class 97 */
    {"BAD_SCHEME_OPTION", 0x0403, {.schemes = LIST(0x0403, 0x0403), .n_schemes = 2}},
    {"BAD_SCHEME_OPTION", 0x0203, {.cert_schemes = LIST(0x0203), .n_cert_schemes = 1}},
    {"BAD_SCHEME_OPTION", 0x0401, {.cert_schemes = LIST(0x0401, 0x0401), .n_cert_schemes = 2}},
    {"NO_HANDSHAKE_SCHEME", 0, {.schemes = LIST(0x0401, 0x0501), .n_schemes = 2}},
    {"BAD_ALPN_OPTION", 0, {.alpn = NAMES(""), .n_alpn = 1}}, /* bug class 63 */
    {"BAD_ALPN_OPTION", 0, {.alpn = NAMES(NULL), .n_alpn = 1}},
    {"BAD_ALPN_OPTION", 0, {.alpn = NAMES("h2", NULL), .n_alpn = 2}},
    {"BAD_ALPN_OPTION", 0, {.alpn = NAMES("h2", "http/1.1", "h2"), .n_alpn = 3}},
    {"BAD_ALPN_OPTION", 256, {.alpn = NAMES(long_name), .n_alpn = 1}},
    {"BAD_ALPN_OPTION", 0, {.alpn_required = true}},
    {"BAD_SIZE_LIMIT_OPTION", 63, {.record_size_limit = 63}},
    {"BAD_SIZE_LIMIT_OPTION", 16386, {.record_size_limit = 16386}},
    {"BAD_TASKS_OPTION", 1, {.tasks = 1}},
    {"BAD_REVOCATION_OPTION", 3, {.revocation = TACIT_REVOCATION_HARD + 1}},
};

static void assert_refused(bool client, tacit_config_options o, const char *name, uint32_t detail)
{
    tacit_error error = {0};
    tacit_config *c = make(client, o, &error);
    if (c || strcmp(error.name, name) != 0)
        fail_msg("%s: expected %s, found %s", client ? "client" : "server", name,
                 c ? "none" : error.name);
    assert_int_equal(error.detail, detail);
    assert_int_equal(error.origin, TACIT_ORIGIN_API_MISUSE);
    assert_int_equal(error.alert, TACIT_NO_ALERT);
    assert_string_equal(error.code, "usage");
    assert_null(make(client, o, NULL));
}

static void a_bad_option_is_refused_in_both_roles(void **state)
{
    (void)state;
    memset(long_name, 'x', 256);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        tacit_config_options o = refused[i].o;
        o.trust = trust;
        assert_refused(true, o, refused[i].name, refused[i].detail);
        o.trust = NULL;
        o.identities = &identity;
        o.n_identities = 1;
        assert_refused(false, o, refused[i].name, refused[i].detail);
    }
}

/* Names of 64 KiB in all do not fit into a ClientHello. */
static void too_many_protocols_are_refused(void **state)
{
    (void)state;
    enum { N = 257, EACH = 255 };
    static char text[N][EACH + 1];
    static const char *names[N];
    for (size_t i = 0; i < N; i++) {
        memset(text[i], 'x', EACH);
        snprintf(text[i], 8, "%07zu", i);
        text[i][7] = '-';
        names[i] = text[i];
    }
    tacit_config_options o = {.alpn = names, .n_alpn = N - 2, .trust = trust};
    tacit_config_free(must(true, o));
    o.n_alpn = N;
    assert_refused(true, o, "BAD_ALPN_OPTION", N * (EACH + 1));
}

/* Bug class 20, and the invariant of config.c: nothing is skipped by leaving something out. */
static void what_a_role_needs_is_demanded(void **state)
{
    (void)state;
    tacit_config_options o = {0};
    assert_refused(false, o, "NO_IDENTITY", 0);
    o = (tacit_config_options){.identities = &identity, .n_identities = 1};
    for (int auth = TACIT_CLIENT_AUTH_OPTIONAL; auth <= TACIT_CLIENT_AUTH_REQUIRED; auth++) {
        o.client_auth = (uint8_t)auth;
        o.trust = NULL;
        assert_refused(false, o, "NO_CLIENT_ANCHORS", 0);
        o.trust = nobody;
        assert_refused(false, o, "NO_CLIENT_ANCHORS", 0);
        o.trust = trust;
        o.revocation = TACIT_REVOCATION_HARD;
        tacit_config *c = must(false, o);
        assert_int_equal(c->client_auth, auth);
        assert_int_equal(c->revocation, REVOCATION_HARD);
        tacit_config_free(c);
    }
}

/* Bug class 127: lists that nobody would ask are refused, not passed over. */
static void revocation_needs_a_verification(void **state)
{
    (void)state;
    tacit_config_options o = {.revocation = TACIT_REVOCATION_HARD,
                              .insecure_skip_verification = true};
    assert_refused(true, o, "BAD_REVOCATION_OPTION", 2);
    o = (tacit_config_options){
        .revocation = TACIT_REVOCATION_SOFT, .identities = &identity, .n_identities = 1};
    assert_refused(false, o, "BAD_REVOCATION_OPTION", 1);
    o = (tacit_config_options){.staple_required = true, .insecure_skip_verification = true};
    assert_refused(true, o, "BAD_REVOCATION_OPTION", 0);
    o = (tacit_config_options){.staple_required = true, .identities = &identity, .n_identities = 1};
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
}

/* What a constructor that failed has left must not become every public authority. */
static void a_client_says_whom_it_believes(void **state)
{
    (void)state;
    const tacit_config_options o = {.keep_peer_chain = true};
    assert_refused(true, o, "NO_TRUST", 0);
    tacit_config_free(must(true, (tacit_config_options){.trust = nobody}));
    tacit_config_free(must(true, (tacit_config_options){.insecure_skip_verification = true}));
    tacit_error error = {0};
    tacit_config *c = tacit_client_config(test_env(), NULL, &error);
    if (!c && strcmp(error.name, "FILE_UNREADABLE") == 0)
        skip(); /* no public authorities on this machine */
    assert_true(c && tacit_trust_count(c->trust) > 0);
    tacit_config_free(c);
}

static void options_of_the_other_role_are_refused(void **state)
{
    (void)state;
    tacit_config *plain = must(false, (tacit_config_options){0});
    const tacit_named_config name = {"a.test", plain};
    tacit_config_options o = {.trust = trust, .client_auth = TACIT_CLIENT_AUTH_REQUIRED};
    assert_refused(true, o, "OTHER_ROLES_OPTION", 0);
    o = (tacit_config_options){.trust = trust, .names = &name, .n_names = 1};
    assert_refused(true, o, "OTHER_ROLES_OPTION", 0);
    o = (tacit_config_options){.trust = trust, .tasks = TACIT_TASK_HELLO};
    assert_refused(true, o, "OTHER_ROLES_OPTION", 0);

    const tacit_config_options server = {.identities = &identity, .n_identities = 1};
    o = server;
    o.insecure_skip_verification = true;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.insecure_skip_name = true;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.name_by_allow = true;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.tasks = TACIT_TASK_CHOOSE;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.no_server_name = true;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.fallback = true;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o = server;
    o.trust = trust; /* and no client_auth: then it would serve nothing */
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    o.client_auth = TACIT_CLIENT_AUTH_REQUIRED + 1;
    assert_refused(false, o, "OTHER_ROLES_OPTION", 0);
    tacit_config_free(plain);
}

/* Constructors chain: whoever was given NULL says nothing of its own. */
static void what_failed_before_keeps_its_error(void **state)
{
    (void)state;
    tacit_identity *list[] = {identity, NULL};
    tacit_error error = {.reason = 1, .name = "EARLIER"};
    tacit_config_options o = {.size = sizeof o, .identities = list, .n_identities = 2};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_null(tacit_client_config(NULL, &o, &error));
    assert_null(tacit_client_new(NULL, "a.test", &error));
    assert_null(tacit_server_new(NULL, &error));
    assert_string_equal(error.name, "EARLIER");
    error = (tacit_error){0}; /* and where nothing failed before, the NULL is the failure */
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "NO_OBJECT");
}

/* ---- accepted -------------------------------------------------------------------------------- */

static void lists_are_kept_in_order_and_copied(void **state)
{
    (void)state;
    uint16_t ids[] = {0x1303, 0x1301};
    char name[] = "h2";
    const char *protocols[] = {name, "http/1.1"};
    tacit_config *c = must(
        true, (tacit_config_options){.suites = ids, .n_suites = 2, .alpn = protocols, .n_alpn = 2});
    ids[0] = ids[1] = 0;
    name[0] = 0;
    protocols[1] = NULL;
    assert_int_equal(c->suites.n, 4);
    assert_memory_equal(c->suites.b, "\x13\x03\x13\x01", 4);
    assert_int_equal(c->alpn.n, 12);
    assert_memory_equal(c->alpn.p, "\x02h2\x08http/1.1", 12);
    tacit_config_free(c);
}

/* What is on by default is all of the tables, but for what needs a word (bug classes 93, 96). */
static void by_default_all_of_the_tables_is_offered(void **state)
{
    (void)state;
    tacit_config *c = must(true, (tacit_config_options){0});
    size_t n = 0;
    for (size_t i = 0; i < n_suites; i++)
        if (!suites[i].legacy) {
            assert_int_equal(c->suites.b[2 * n] << 8 | c->suites.b[2 * n + 1], suites[i].id);
            n++;
        }
    assert_int_equal(c->suites.n, 2 * n);
    assert_int_equal(c->groups.n, 2 * n_groups);
    assert_int_equal(c->schemes.n, 2 * n_schemes);
    assert_int_equal(c->cert_schemes.n, 0);
    assert_int_equal(c->min_version, TLS12);
    assert_int_equal(c->max_version, TLS13);
    assert_int_equal(c->legacy, 0);
    assert_int_equal(c->record_size_limit, REC_INNER_MAX);
    assert_int_equal(c->alpn.n, 0);
    tacit_config_free(c);
}

/* A version without a suite is not spoken, a word brings its suites. */
static void suites_narrow_the_versions(void **state)
{
    (void)state;
    tacit_config *c = must(true, (tacit_config_options){.suites = LIST(0x1301), .n_suites = 1});
    assert_true(c->min_version == TLS13 && c->max_version == TLS13);
    tacit_config_free(c);
    c = must(true, (tacit_config_options){.suites = LIST(0xc02f), .n_suites = 1});
    assert_true(c->min_version == TLS12 && c->max_version == TLS12);
    tacit_config_free(c);
    c = must(false, (tacit_config_options){.legacy = TACIT_LEGACY_CBC_HMAC});
    assert_true(list_has(list16_span(&c->suites), 0xc023)
                && !list_has(list16_span(&c->suites), 0x009c));
    tacit_config_free(c);
    c = must(false, (tacit_config_options){.legacy = TACIT_LEGACY_RSA_TRANSPORT});
    assert_true(list_has(list16_span(&c->suites), 0x009c)
                && !list_has(list16_span(&c->suites), 0xc027));
    tacit_config_free(c);
}

/* In certificates PKCS #1 v1.5 may sign as well; a list of their own replaces the other. */
static void certificates_have_schemes_of_their_own(void **state)
{
    (void)state;
    tacit_config_options o = {.schemes = LIST(0x0403, 0x0804), .n_schemes = 2};
    tacit_config *c = must(true, o);
    assert_int_equal(c->n_cert_scheme_ids, 2);
    assert_int_equal(c->cert_scheme_ids[0], 0x0403);
    tacit_config_free(c);
    o.cert_schemes = LIST(0x0401);
    o.n_cert_schemes = 1;
    c = must(true, o);
    assert_int_equal(c->n_cert_scheme_ids, 1);
    assert_int_equal(c->cert_scheme_ids[0], 0x0401);
    assert_int_equal(c->schemes.n, 4);
    tacit_config_free(c);
}

static void limits_are_taken_at_their_ends(void **state)
{
    (void)state;
    static const uint16_t limits[] = {64, 65, 16384, 16385};
    for (size_t i = 0; i < 4; i++) {
        tacit_config *c = must(i % 2, (tacit_config_options){.record_size_limit = limits[i]});
        assert_int_equal(c->record_size_limit, limits[i]);
        tacit_config_free(c);
    }
    tacit_config_free(
        must(true, (tacit_config_options){.min_version = 0x0303, .max_version = 0x0303}));
}

/* A set that a configuration uses is immutable from then on. */
static void a_set_in_use_is_sealed(void **state)
{
    (void)state;
    tacit_error error;
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "late", .ca = true}, NULL);
    tacit_trust *set = tacit_trust_new(test_env(), &error);
    span pem = span_str(test_chain_pem(&root, 1));
    assert_true(tacit_trust_add_pem(set, pem, &error));
    tacit_config *c = must(true, (tacit_config_options){.trust = set});
    assert_false(tacit_trust_add_pem(set, pem, &error));
    assert_string_equal(error.name, "TRUST_SEALED");
    assert_int_equal(tacit_trust_count(set), 1);
    tacit_trust_free(set); /* the configuration keeps it */
    assert_int_equal(tacit_trust_count(c->trust), 1);
    tacit_config_free(c);
}

static void a_reference_keeps_it_alive(void **state)
{
    (void)state;
    tacit_error error;
    tacit_config *c = must(false, (tacit_config_options){0});
    assert_ptr_equal(tacit_config_ref(c), c);
    tacit_conn *conn = tacit_server_new(c, &error);
    tacit_config_free(c);
    tacit_config_free(c);
    assert_non_null(conn);
    assert_ptr_equal(c->identities[0], identity);
    tacit_conn_free(conn);
    tacit_config_free(NULL);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void assert_no_client(tacit_config *c, const char *host, const char *name)
{
    tacit_error error = {0};
    assert_null(tacit_client_new(c, host, &error));
    assert_string_equal(error.name, name);
    assert_null(tacit_client_new(c, host, NULL));
}

/* Bug class 20: without a name there is no ClientHello. */
static void a_client_needs_a_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         ".",          "a..test",       "a b",
                                      "a.test\n", "*.test",     "1.2.3",         "1.2.3.4.5",
                                      "::1%lo",   "a.test:443", "https://a.test"};
    static const char *const good[] = {
        "a.test", "A.TEST.", "xn--bcher-kva.test", "127.0.0.1", "::1", "localhost", "_x.test"};
    tacit_error error = {0};
    tacit_config *c = must(true, (tacit_config_options){.trust = trust});
    assert_no_client(c, NULL, "NO_SERVER_NAME");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_no_client(c, bad[i], "BAD_SERVER_NAME");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        tacit_conn *conn = tacit_client_new(c, good[i], &error);
        if (!conn)
            fail_msg("%s: %s", good[i], error.name);
        tacit_conn_free(conn);
    }
    tacit_config_free(c);
}

static void a_configuration_serves_its_own_role(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_config *client = must(true, (tacit_config_options){0});
    tacit_config *server = must(false, (tacit_config_options){0});
    assert_no_client(server, "a.test", "WRONG_ROLE");
    assert_null(tacit_server_new(client, &error));
    assert_string_equal(error.name, "WRONG_ROLE");
    tacit_config_free(client);
    tacit_config_free(server);
}

static int set_up(void **state)
{
    (void)state;
    tacit_error error;
    const struct test_cert *root =
        test_cert((struct test_cert_spec){.cn = "root", .ca = true}, NULL);
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .san = "DNS:a.test"}, root);
    identity = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                  span_str(test_key_pem(leaf)), NULL, NULL, &error);
    trust = tacit_trust_new(test_env(), &error);
    nobody = tacit_trust_new(test_env(), &error);
    return !identity || !nobody
           || !tacit_trust_add_pem(trust, span_str(test_chain_pem(&root, 1)), &error);
}

static int tear_down(void **state)
{
    tacit_identity_free(identity);
    tacit_trust_free(trust);
    tacit_trust_free(nobody);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_option_is_refused_in_both_roles),
        cmocka_unit_test(too_many_protocols_are_refused),
        cmocka_unit_test(what_a_role_needs_is_demanded),
        cmocka_unit_test(revocation_needs_a_verification),
        cmocka_unit_test(a_client_says_whom_it_believes),
        cmocka_unit_test(options_of_the_other_role_are_refused),
        cmocka_unit_test(what_failed_before_keeps_its_error),
        cmocka_unit_test(lists_are_kept_in_order_and_copied),
        cmocka_unit_test(by_default_all_of_the_tables_is_offered),
        cmocka_unit_test(certificates_have_schemes_of_their_own),
        cmocka_unit_test(suites_narrow_the_versions),
        cmocka_unit_test(limits_are_taken_at_their_ends),
        cmocka_unit_test(a_set_in_use_is_sealed),
        cmocka_unit_test(a_reference_keeps_it_alive),
        cmocka_unit_test(a_client_needs_a_name),
        cmocka_unit_test(a_configuration_serves_its_own_role),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
