/* What a server chooses from a hello, and which identity an end shows: RFC 9846 4.2.1, 4.3.4,
 * 4.3.8, 4.5.1.2. */
#include "blocks.h"
#include "certs.h"
#include "hs/hs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <stdio.h>

#include <cmocka.h>

static const struct test_cert *root, *other_root;

static tacit_config *config(tacit_config_options o)
{
    tacit_error error;
    o.size = sizeof o;
    o.insecure_skip_verification = true;
    tacit_config *c = tacit_client_config(test_env(), &o, &error);
    if (!c)
        fail_msg("%s", error.name);
    return c;
}

/* ---- suites, groups, protocols --------------------------------------------------------------- */

static void our_order_of_suites_decides(void **state)
{
    (void)state;
    static const uint16_t ours[] = {0x1303, 0x1301};
    tacit_config *c = config((tacit_config_options){.suites = ours, .n_suites = 2});
    assert_int_equal(select_suite(c, TLS13, BYTES("\x13\x01\x13\x03"))->id, 0x1303);
    assert_int_equal(select_suite(c, TLS13, BYTES("\x13\x01\x13\x02"))->id, 0x1301);
    assert_null(select_suite(c, TLS13, BYTES("\x13\x02")));
    assert_null(select_suite(c, TLS13, BYTES("")));
    assert_null(select_suite(c, TLS13, BYTES("\x0a\x0a\x00\xff\xc0\x2f")));
    tacit_config_free(c);
}

static const struct group *group(const tacit_config *c, span listed, span shares, span *share)
{
    const struct offers o = {.groups = listed, .shares = shares};
    return select_group(c, &o, share);
}

/* A share that is there beats a group that we like better; none at all asks for the best. */
static void a_share_saves_a_round_trip(void **state)
{
    (void)state;
    static const uint16_t ours[] = {0x0018, 0x001d, 0x0017};
    tacit_config *c = config((tacit_config_options){.groups = ours, .n_groups = 3});
    span all = BYTES("\0\x17\0\x1d\0\x18"), share;
    span both = BYTES("\0\x17\0\x01"
                      "a\0\x1d\0\x02"
                      "bc");
    assert_int_equal(group(c, all, both, &share)->id, 0x001d);
    assert_memory_equal(share.p, "bc", share.n);
    assert_int_equal(group(c, all,
                           BYTES("\0\x17\0\x01"
                                 "a"),
                           &share)
                         ->id,
                     0x0017);
    assert_int_equal(share.n, 1);
    assert_int_equal(group(c, all, BYTES(""), &share)->id, 0x0018);
    assert_null(share.p);
    assert_int_equal(group(c, BYTES("\0\x17"), BYTES(""), &share)->id, 0x0017);
    assert_null(group(c, BYTES("\0\x1e\x11\xec"),
                      BYTES("\x11\xec\0\x01"
                            "a"),
                      &share));
    /* A share of a group that is not listed is not looked at. */
    assert_int_equal(group(c, BYTES("\0\x18"),
                           BYTES("\0\x17\0\x01"
                                 "a"),
                           &share)
                         ->id,
                     0x0018);
    assert_null(share.p);
    tacit_config_free(c);
}

/* Bug class 63 */
static void our_order_of_protocols_decides(void **state)
{
    (void)state;
    static const char *const ours[] = {"h2", "http/1.1"};
    tacit_config *c = config((tacit_config_options){.alpn = ours, .n_alpn = 2}),
                 *none = config((tacit_config_options){0});
    assert_true(span_eq(select_alpn(c, BYTES("\x08http/1.1\x02h2")), BYTES("h2")));
    assert_true(span_eq(select_alpn(c, BYTES("\x02h3\x08http/1.1")), BYTES("http/1.1")));
    assert_int_equal(select_alpn(c, BYTES("\x02h3\x01h\x03h22")).n, 0);
    assert_int_equal(select_alpn(c, BYTES("")).n, 0);
    assert_int_equal(select_alpn(none, BYTES("\x02h2")).n, 0);
    /* What is lent lies in the configuration, not in the message. */
    span lent = alpn_of_config(c, BYTES("http/1.1"));
    assert_int_equal(lent.n, 8);
    assert_true(lent.p > c->alpn.p && lent.p < c->alpn.p + c->alpn.n);
    assert_int_equal(alpn_of_config(c, BYTES("http")).n, 0);
    tacit_config_free(c);
    tacit_config_free(none);
}

/* ---- identities ------------------------------------------------------------------------------ */

enum { EC, RSA_A, RSA_B, WILD, N_IDENTITIES };

static tacit_identity *identities[N_IDENTITIES];

static tacit_identity *identity(enum made_key key, const char *san, const struct test_cert *by)
{
    tacit_error error;
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .key = key, .san = san}, by);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&leaf, 1)),
                                            span_str(test_key_pem(leaf)), NULL, NULL, &error);
    if (!id)
        fail_msg("%s", error.name);
    return id;
}

struct ask {
    const char *name;
    span schemes, cert_schemes, cert_types, authorities;
};

static struct ask want(const char *name, span offered)
{
    return (struct ask){.name = name, .schemes = offered};
}

#define ECDSA "\x04\x03"
#define PSS "\x08\x04"
#define PKCS1 "\x04\x01"

/* chosen is the identity's index, or -1; its scheme goes to `scheme`. */
static int chosen(const tacit_config *c, struct ask w, uint16_t *scheme)
{
    struct tacit_identity *id = NULL;
    const struct scheme *s = NULL;
    struct host host;
    if (w.name)
        assert_true(host_parse(&host, span_str(w.name), NULL));
    const struct wanted wanted = {.name = w.name ? &host : NULL,
                                  .version = TLS13,
                                  .schemes = w.schemes,
                                  .cert_schemes = w.cert_schemes,
                                  .cert_types = w.cert_types,
                                  .authorities = w.authorities};
    if (!select_identity(c, &id, &s, &wanted))
        return -1;
    *scheme = s->id;
    for (int i = 0; i < N_IDENTITIES; i++)
        if (identities[i] == id)
            return i;
    return -2;
}

static tacit_config *with_all(tacit_config_options o)
{
    o.identities = identities;
    o.n_identities = N_IDENTITIES;
    return config(o);
}

static void the_name_chooses_among_those_that_can_sign(void **state)
{
    (void)state;
    uint16_t scheme = 0;
    tacit_config *c = with_all((tacit_config_options){0});
    span both = BYTES(ECDSA PSS);
    assert_int_equal(chosen(c, want("a.test", both), &scheme), EC);
    assert_int_equal(scheme, 0x0403);
    assert_int_equal(chosen(c, want("a.test", BYTES(PSS)), &scheme), RSA_A);
    assert_int_equal(scheme, 0x0804);
    assert_int_equal(chosen(c, want("b.test", both), &scheme), RSA_B);
    assert_int_equal(chosen(c, want("x.w.test", both), &scheme), WILD);
    /* An unknown name, and none, get the first that can sign. */
    assert_int_equal(chosen(c, want("z.test", both), &scheme), EC);
    assert_int_equal(chosen(c, want(NULL, BYTES(PSS)), &scheme), RSA_A);
    tacit_config_free(c);
}

/* Bug class 98: PKCS #1 v1.5 signs no handshake, whatever the peer says. */
static void without_a_scheme_there_is_no_identity(void **state)
{
    (void)state;
    static const uint16_t pss[] = {0x0804}, sha384[] = {0x0805, 0x0804};
    uint16_t scheme = 0;
    tacit_config *c = with_all((tacit_config_options){0});
    assert_int_equal(chosen(c, want("a.test", BYTES(PKCS1)), &scheme), -1);
    assert_int_equal(chosen(c, want("a.test", BYTES("\x08\x07")), &scheme), -1);
    assert_int_equal(chosen(c, want("a.test", BYTES("\x08\x09")), &scheme), -1);
    assert_int_equal(chosen(c, want("a.test", BYTES("")), &scheme), -1);
    tacit_config_free(c);
    /* What the configuration leaves out is not used, though the peer and the key could. */
    c = with_all((tacit_config_options){.schemes = pss, .n_schemes = 1});
    assert_int_equal(chosen(c, want("a.test", BYTES(ECDSA PSS)), &scheme), RSA_A);
    tacit_config_free(c);
    /* Among schemes, our order decides. */
    c = with_all((tacit_config_options){.schemes = sha384, .n_schemes = 2});
    assert_int_equal(chosen(c, want("a.test", BYTES(PSS "\x08\x05")), &scheme), RSA_A);
    assert_int_equal(scheme, 0x0805);
    tacit_config_free(c);
}

/* RFC 9846 4.5.1.2: a chain that the peer can check goes before one that it cannot, but one that it
 * cannot check is better than none. The root signs with ECDSA, other_root with RSA. */
static void the_signatures_in_the_chain_count(void **state)
{
    (void)state;
    uint16_t scheme = 0;
    tacit_config *c = with_all((tacit_config_options){0});
    struct ask w = want(NULL, BYTES(ECDSA PSS));
    w.cert_schemes = BYTES(PKCS1);
    assert_int_equal(chosen(c, w, &scheme), RSA_B);
    w.cert_schemes = BYTES(ECDSA);
    assert_int_equal(chosen(c, w, &scheme), EC);
    w.cert_schemes = BYTES("\x06\x03"); /* nobody's */
    assert_int_equal(chosen(c, w, &scheme), EC);
    w.name = "a.test"; /* a name that matches weighs more */
    w.cert_schemes = BYTES(PKCS1);
    assert_int_equal(chosen(c, w, &scheme), EC);
    /* Without a list of its own for certificates, the one of the handshake holds for both. */
    w = want(NULL, BYTES(PSS PKCS1));
    assert_int_equal(chosen(c, w, &scheme), RSA_B);
    tacit_config_free(c);
}

static span name_list(const struct test_cert *cert)
{
    static uint8_t out[256];
    struct cert parsed;
    assert_true(cert_parse(&parsed, test_cert_der(cert), NULL));
    wr w = wr_of(out, sizeof out);
    wr_vec(&w, 2, BYTES("\x30\0"));
    wr_vec(&w, 2, parsed.subject);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

/* RFC 9846 4.3.4: they guide the choice. Where none of ours is theirs, it is made without them; and
 * a name that would not be proven is worse. */
static void the_peers_authorities_count(void **state)
{
    (void)state;
    uint16_t scheme = 0;
    tacit_config *c = with_all((tacit_config_options){0});
    struct ask w = want(NULL, BYTES(ECDSA PSS));
    w.authorities = name_list(other_root);
    assert_int_equal(chosen(c, w, &scheme), RSA_B);
    w.name = "a.test";
    assert_int_equal(chosen(c, w, &scheme), EC);
    w.name = NULL;
    w.authorities = name_list(root);
    assert_int_equal(chosen(c, w, &scheme), EC);
    w.authorities = BYTES("\0\x02\x30\0");
    assert_int_equal(chosen(c, w, &scheme), EC);
    tacit_config_free(c);
}

/* RFC 5246 7.4.6: rsa_sign is 1, ecdsa_sign 64; a type that we have no key of leaves nobody. */
static void the_servers_types_rule(void **state)
{
    (void)state;
    uint16_t scheme = 0;
    tacit_config *c = with_all((tacit_config_options){0});
    struct ask w = want("a.test", BYTES(ECDSA PSS));
    static const struct {
        const char *types;
        size_t n;
        int identity;
    } cases[] = {{"\x40\x01", 2, EC}, {"\x40", 1, EC}, {"\x02\x01", 2, RSA_A}, {"\x02", 1, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w.cert_types = (span){(const uint8_t *)cases[i].types, cases[i].n};
        assert_int_equal(chosen(c, w, &scheme), cases[i].identity);
    }
    tacit_config_free(c);
}

enum { MANY = 200 };

/* cost_of chooses among n identities for a peer with 30,000 schemes: the best time of a few. */
static clock_t cost_of(size_t n)
{
    static uint8_t list[60000];
    tacit_identity *all[MANY];
    uint16_t scheme;
    clock_t best = 0;
    for (size_t i = 0; i < MANY; i++)
        all[i] = identities[RSA_A];
    memset(list, 0x7a, sizeof list);
    memcpy(list + sizeof list - 4, PSS PKCS1, 4);
    tacit_config *c = config((tacit_config_options){.identities = all, .n_identities = n});
    for (size_t run = 0; run < 5; run++) {
        clock_t began = clock();
        assert_int_not_equal(chosen(c, want("b.test", (span){list, sizeof list}), &scheme), -1);
        clock_t took = clock() - began;
        best = run && best < took ? best : took;
    }
    tacit_config_free(c);
    return best;
}

/* Bug class 83: a peer's long list is gone through once, not for each certificate that we have. */
static void long_lists_are_gone_through_once(void **state)
{
    (void)state;
    clock_t one = cost_of(1), many = cost_of(MANY);
    if (many > 10 * one + CLOCKS_PER_SEC / 200)
        fail_msg("%ld us for one, %ld us for all", (long)one, (long)many);
}

static void nobody_has_no_identity(void **state)
{
    (void)state;
    uint16_t scheme = 0;
    tacit_config *c = config((tacit_config_options){0});
    assert_int_equal(chosen(c, want("a.test", BYTES(ECDSA PSS)), &scheme), -1);
    tacit_config_free(c);
}

static int set_up(void **state)
{
    (void)state;
    root = test_cert((struct test_cert_spec){.cn = "root", .ca = true, .key = MADE_P256}, NULL);
    other_root =
        test_cert((struct test_cert_spec){.cn = "other", .ca = true, .key = MADE_RSA}, NULL);
    identities[EC] = identity(MADE_P256, "DNS:a.test", root);
    identities[RSA_A] = identity(MADE_RSA, "DNS:a.test", root);
    identities[RSA_B] = identity(MADE_RSA, "DNS:b.test", other_root);
    identities[WILD] = identity(MADE_P256, "DNS:*.w.test", root);
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < N_IDENTITIES; i++)
        tacit_identity_free(identities[i]);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_order_of_suites_decides),
        cmocka_unit_test(a_share_saves_a_round_trip),
        cmocka_unit_test(our_order_of_protocols_decides),
        cmocka_unit_test(the_name_chooses_among_those_that_can_sign),
        cmocka_unit_test(without_a_scheme_there_is_no_identity),
        cmocka_unit_test(the_signatures_in_the_chain_count),
        cmocka_unit_test(the_peers_authorities_count),
        cmocka_unit_test(the_servers_types_rule),
        cmocka_unit_test(long_lists_are_gone_through_once),
        cmocka_unit_test(nobody_has_no_identity),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
