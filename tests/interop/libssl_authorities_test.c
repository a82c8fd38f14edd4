/* Authorities in a ClientHello: a server that has certificates of several shows one that OpenSSL's
 * client can check (RFC 9846 4.3.4), also where it answers with TLS 1.2. */
#include "duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct test_cert *other_leaf;

/* One certificate of the root, then one of another authority, both for a.test. */
static void serve(struct duo *d, tacit_config_options o, const struct test_cert *authority)
{
    struct shown mine = duo_leaf(MADE_P256), other = {{other_leaf}, 1};
    tacit_identity *ids[] = {duo_identity(&mine), duo_identity(&other)};
    SSL_CTX *peer = peer_client(&mine);
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    const uint8_t *der = test_cert_der(authority).p;
    X509 *x = d2i_X509(NULL, &der, (long)test_cert_der(authority).n);
    assert_true(sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(x))) > 0);
    X509_free(x);
    SSL_CTX_set0_CA_list(peer, names);
    SSL_CTX_set_min_proto_version(peer, TLS1_2_VERSION);
    SSL_CTX_set_verify(peer, SSL_VERIFY_NONE, NULL); /* it trusts the root alone */
    o.identities = ids;
    o.n_identities = 2;
    duo_server(d, o, peer);
    duo_run(d);
    tacit_identity_free(ids[0]);
    tacit_identity_free(ids[1]);
}

static void assert_shown(struct duo *d, bool other)
{
    uint8_t *der = NULL;
    X509 *x = SSL_get1_peer_certificate(d->peer);
    assert_non_null(x);
    int n = i2d_X509(x, &der);
    span wanted = test_cert_der(other_leaf);
    assert_int_equal(span_eq((span){der, (size_t)n}, wanted), other);
    OPENSSL_free(der);
    X509_free(x);
}

static void a_server_shows_what_the_client_trusts(void **state)
{
    (void)state;
    const struct test_cert *other =
        test_cert((struct test_cert_spec){.cn = "other", .ca = true, .key = MADE_P256}, NULL);
    other_leaf =
        test_cert((struct test_cert_spec){.cn = "b", .key = MADE_P256, .san = "DNS:a.test"}, other);
    static const uint16_t versions[] = {0x0304, 0x0303};
    for (size_t i = 0; i < 4; i++) {
        struct duo d = {0};
        serve(&d, (tacit_config_options){.max_version = versions[i / 2]},
              i % 2 ? other : duo_root());
        assert_shown(&d, i % 2);
        duo_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_shows_what_the_client_trusts),
    };
    return cmocka_run_group_tests(tests, duo_setup, duo_end);
}
