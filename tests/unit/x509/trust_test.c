/* The set of anchors: filling, sealing, looking up, and running out of memory. */
#include "x509/check.h"

#include "certs.h"
#include "crls.h"
#include "crypto/env.h"
#include "wire/pem.h"
#include "x509/crl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct test_cert *ca(const char *cn, unsigned key_no)
{
    return test_cert((struct test_cert_spec){.cn = cn, .key_no = key_no, .ca = true}, NULL);
}

static span pem_of_certs(const struct test_cert *a, const struct test_cert *b)
{
    return span_str(test_chain_pem((const struct test_cert *[]){a, b}, b ? 2 : 1));
}

static void assert_fails(tacit_trust *trust, span pem, enum reason reason, uint32_t detail)
{
    tacit_error error = {0};
    size_t before = tacit_trust_count(trust);
    assert_false(tacit_trust_add_pem(trust, pem, &error));
    assert_int_equal(error.reason, reason);
    assert_int_equal(error.detail, detail);
    assert_int_equal(tacit_trust_count(trust), before);
}

static void anchors_are_found_by_their_subjects(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1), *twin = ca("one", 2), *two = ca("two", 3);
    struct cert parsed, other;
    span subject;
    assert_true(cert_parse(&parsed, test_cert_der(one), NULL));
    assert_true(cert_parse(&other, test_cert_der(twin), NULL));
    assert_null(trust_first(trust, parsed.subject));
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(one, two), NULL));
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(twin, NULL), NULL));
    assert_int_equal(tacit_trust_count(trust), 3);
    /* In the order in which they were added. */
    const struct anchor *a = trust_first(trust, parsed.subject);
    assert_true(a && span_eq(a->cert.der, test_cert_der(one)));
    assert_ptr_not_equal(a->cert.der.p, test_cert_der(one).p);
    a = trust_next(a, parsed.subject);
    assert_true(a && span_eq(a->cert.der, test_cert_der(twin)));
    assert_null(trust_next(a, parsed.subject));
    assert_true(trust_has(trust, &other));
    assert_true(cert_parse(&other, test_cert_der(ca("one", 4)), NULL));
    assert_false(trust_has(trust, &other));
    assert_true(trust_subject(trust, 0, &subject) && span_eq(subject, parsed.subject));
    assert_true(trust_subject(trust, 2, &subject) && span_eq(subject, parsed.subject));
    assert_false(trust_subject(trust, 3, &subject));
    tacit_trust_free(trust);
}

static void one_that_is_there_is_not_added_again(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1);
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(one, one), NULL));
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(one, NULL), NULL));
    assert_int_equal(tacit_trust_count(trust), 1);
    tacit_trust_free(trust);
}

static void a_text_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1), *two = ca("two", 2);
    struct cert parsed;
    assert_true(cert_parse(&parsed, test_cert_der(two), NULL));
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(one, NULL), NULL));
    const char *good = (const char *)pem_of_certs(two, NULL).p;
    const char *odd = test_pem_wrap((span){(const uint8_t *)"0", 1});
    assert_fails(trust, span_str(test_text("%s%s", good, odd)), R_CERT_MALFORMED, 0);
    assert_fails(trust, span_str(test_text("%s-----BEGIN X-----\n", good)), R_PEM_MALFORMED,
                 (uint32_t)strlen(good) + 11);
    assert_null(trust_first(trust, parsed.subject));
    assert_fails(trust, span_str("no certificate\n"), R_PEM_NO_CERTIFICATE, 0);
    assert_fails(trust,
                 span_str("-----BEGIN TRUSTED CERTIFICATE-----\n!\n"
                          "-----END TRUSTED CERTIFICATE-----\n"),
                 R_PEM_NO_CERTIFICATE, 0);
    assert_fails(trust, (span){0}, R_PEM_NO_CERTIFICATE, 0);
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(two, NULL), NULL));
    assert_non_null(trust_first(trust, parsed.subject));
    tacit_trust_free(trust);
}

static void a_sealed_set_does_not_change(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(ca("one", 1), NULL), NULL));
    trust_seal(trust);
    assert_fails(trust, pem_of_certs(ca("two", 2), NULL), R_TRUST_SEALED, 0);
    tacit_trust_free(trust);
}

static void files_and_the_system_bundle_are_read(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    assert_false(tacit_trust_add_file(trust, "/nonexistent", &error));
    assert_string_equal(error.name, "FILE_UNREADABLE");
    tacit_trust_free(trust);
    trust = tacit_trust_system(test_env(), &error);
    if (!trust && strcmp(error.name, "FILE_UNREADABLE") == 0)
        skip();
    assert_non_null(trust);
    assert_true(tacit_trust_count(trust) >= 100);
    span subject;
    for (size_t i = 0; trust_subject(trust, i, &subject); i++)
        assert_non_null(trust_first(trust, subject));
    tacit_trust_free(trust);
}

/* ---- folders --------------------------------------------------------------------------------- */

static char folder[32];

static const char *in_folder(const char *name)
{
    return test_text("%s/%s", folder, name);
}

static void put_file(const char *name, span text)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tacit-trust-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int clear_folder(void **state)
{
    static const char *const names[] = {"one.pem", "more",    "again", "link", "nowhere",
                                        "README",  "damaged", ".four", "pipe", "secret",
                                        "odd",     "cert"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(in_folder(names[i]));
    unlink(in_folder("sub/four"));
    rmdir(in_folder("sub"));
    return rmdir(folder);
}

static void assert_folder_fails(tacit_trust *trust, const char *path, const char *name)
{
    tacit_error error = {0};
    size_t added = 77, before = tacit_trust_count(trust);
    errno = 77;
    assert_false(tacit_trust_add_folder(trust, &added, path, &error));
    assert_int_equal(errno, 77);
    assert_string_equal(error.name, name);
    assert_int_equal(added, 0);
    assert_int_equal(tacit_trust_count(trust), before);
}

/* Whatever lies in a folder besides, its certificates are found, once each. */
static void a_folder_is_read_once(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1), *two = ca("two", 2), *three = ca("three", 3);
    const struct test_cert *four = ca("four", 4);
    const char *odd = test_pem_wrap((span){(const uint8_t *)"0", 1});
    put_file("README", span_str("no certificate\n"));
    put_file(".four", pem_of_certs(four, NULL)); /* hidden: an editor's, perhaps */
    assert_int_equal(mkdir(in_folder("sub"), 0700), 0);
    put_file("sub/four", pem_of_certs(four, NULL));
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0); /* opening it would wait for a writer */
    assert_int_equal(symlink("gone", in_folder("nowhere")), 0);
    assert_folder_fails(trust, folder, "PEM_NO_CERTIFICATE");

    put_file("one.pem", pem_of_certs(one, NULL));
    put_file("again", pem_of_certs(one, NULL));
    assert_int_equal(symlink("one.pem", in_folder("link")), 0);
    const char *good = (const char *)pem_of_certs(two, three).p;
    put_file("more", span_str(test_text("%s%s", odd, good))); /* as in the system's bundle */
    put_file("damaged", span_str(test_text("%s-----BEGIN X-----\n",
                                           (const char *)pem_of_certs(four, NULL).p)));
    put_file("secret", pem_of_certs(four, NULL));
    assert_int_equal(chmod(in_folder("secret"), 0), 0);
    if (access(in_folder("secret"), R_OK) == 0) /* nothing is kept from root */
        unlink(in_folder("secret"));
    size_t added = 0;
    tacit_error error = {0};
    assert_true(tacit_trust_add_folder(trust, &added, folder, &error));
    assert_int_equal(added, 3);
    assert_int_equal(tacit_trust_count(trust), 3);
    const struct test_cert *in[] = {one, two, three};
    for (size_t i = 0; i < 3; i++) {
        struct cert cert;
        assert_true(cert_parse(&cert, test_cert_der(in[i]), NULL));
        assert_true(trust_has(trust, &cert));
    }
    assert_true(tacit_trust_add_folder(trust, &added, folder, NULL));
    assert_int_equal(added, 0);
    assert_true(tacit_trust_add_folder(trust, NULL, folder, NULL));
    assert_folder_fails(trust, in_folder("gone"), "FILE_UNREADABLE");
    assert_folder_fails(trust, in_folder("one.pem"), "FILE_UNREADABLE");
    trust_seal(trust);
    assert_folder_fails(trust, folder, "TRUST_SEALED");
    tacit_trust_free(trust);
}

static size_t lists_of(const tacit_trust *trust)
{
    size_t n = 0;
    for (const struct crl_node *node = trust_crls(trust)->first; node; node = node->next)
        n++;
    return n;
}

static void assert_crl_folder_fails(tacit_trust *trust, const char *path, const char *name)
{
    tacit_error error = {0};
    size_t before = lists_of(trust);
    assert_false(tacit_trust_add_crl_folder(trust, path, &error));
    assert_string_equal(error.name, name);
    assert_int_equal(lists_of(trust), before);
}

/* put_der puts the first `n` bytes of a list (0: all of them) as DER. */
static void put_der(const char *name, span pem, size_t n)
{
    uint8_t der[2048];
    struct pem blocks = pem_of(pem);
    struct pem_block block;
    size_t size = 0;
    assert_true(pem_next(&blocks, &block, NULL));
    assert_true(pem_decoded_max(&block) <= sizeof der && pem_decode(&block, der, &size, NULL));
    put_file(name, (span){der, n ? n : size});
}

static void a_folder_gives_its_revocation_lists(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1), *two = ca("two", 2);
    span first = test_crl((struct test_crl_spec){0}, one);
    span second = test_crl((struct test_crl_spec){.revoked = {"05"}}, two);
    assert_crl_folder_fails(trust, in_folder("gone"), "FILE_UNREADABLE");
    assert_crl_folder_fails(trust, folder, "PEM_NO_CRL");
    put_file("README", span_str("no list\n"));
    put_file("one.pem", pem_of_certs(one, NULL));
    put_file("cert", test_cert_der(one));
    put_file(".four", span_str("-----BEGIN X509 CRL-----\n"));
    assert_int_equal(mkdir(in_folder("sub"), 0700), 0);
    put_file("sub/four", first);
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(symlink("gone", in_folder("nowhere")), 0);
    assert_crl_folder_fails(trust, folder, "PEM_NO_CRL");

    put_file("more", first);
    put_der("again", second, 0);
    assert_int_equal(symlink("more", in_folder("link")), 0); /* one by two names is one */
    errno = 77;
    assert_true(tacit_trust_add_crl_folder(trust, folder, NULL));
    assert_int_equal(errno, 77);
    assert_int_equal(lists_of(trust), 2);
    assert_int_equal(tacit_trust_count(trust), 0);
    assert_true(tacit_trust_add_crl_folder(trust, folder, NULL));
    assert_int_equal(lists_of(trust), 2);
    assert_crl_folder_fails(trust, in_folder("more"), "FILE_UNREADABLE");
    trust_seal(trust);
    assert_crl_folder_fails(trust, folder, "TRUST_SEALED");
    tacit_trust_free(trust);
}

/* Whatever may be a list takes the whole folder away: it may be the one that names somebody. */
static void a_list_that_cannot_be_obeyed_refuses_its_folder(void **state)
{
    (void)state;
    tacit_trust *trust = tacit_trust_new(test_env(), NULL);
    const struct test_cert *one = ca("one", 1);
    span good = test_crl((struct test_crl_spec){0}, one);
    span no_end = test_crl((struct test_crl_spec){.next_update = -1}, one);
    put_file("more", good);
    const struct {
        span text;
        const char *name;
    } odd[] = {
        {{good.p, 0}, "PEM_NO_CRL"}, /* being written */
        {{good.p, 1}, "PEM_NO_CRL"},
        {{good.p, 23}, "PEM_NO_CRL"},
        {{good.p, 24}, "PEM_MALFORMED"},
        {{good.p, good.n / 2}, "PEM_MALFORMED"},
        {{good.p, good.n - 8}, "PEM_MALFORMED"},
        {no_end, "CRL_MALFORMED"},
        {span_str(test_text("%.*s%.*s", (int)good.n, good.p, (int)no_end.n, no_end.p)),
         "CRL_MALFORMED"},
    };
    assert_memory_equal(good.p, "-----BEGIN X509 CRL-----", 24);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        put_file("odd", odd[i].text);
        assert_crl_folder_fails(trust, folder, odd[i].name);
        unlink(in_folder("odd"));
    }
    put_der("odd", good, 1);
    assert_crl_folder_fails(trust, folder, "CRL_MALFORMED");
    put_der("odd", good, 100);
    assert_crl_folder_fails(trust, folder, "CRL_MALFORMED");
    assert_int_equal(truncate(in_folder("odd"), (64 << 20) + 1), 0);
    assert_crl_folder_fails(trust, folder, "FILE_TOO_LARGE");
    unlink(in_folder("odd"));
    assert_int_equal(symlink("odd", in_folder("odd")), 0); /* who knows what it would be */
    assert_crl_folder_fails(trust, folder, "FILE_UNREADABLE");
    unlink(in_folder("odd"));
    put_file("secret", good);
    assert_int_equal(chmod(in_folder("secret"), 0), 0);
    if (access(in_folder("secret"), R_OK) != 0)
        assert_crl_folder_fails(trust, folder, "FILE_UNREADABLE");
    unlink(in_folder("secret"));
    assert_true(tacit_trust_add_crl_folder(trust, folder, NULL));
    assert_int_equal(lists_of(trust), 1);
    tacit_trust_free(trust);
}

static void the_set_keeps_its_environment(void **state)
{
    (void)state;
    tacit_env *env = tacit_env_new(NULL, NULL);
    tacit_trust *trust = tacit_trust_new(env, NULL);
    tacit_env_free(env);
    assert_ptr_equal(tacit_trust_ref(trust), trust);
    tacit_trust_free(trust);
    assert_true(tacit_trust_add_pem(trust, pem_of_certs(ca("one", 1), NULL), NULL));
    tacit_trust_free(trust);
    tacit_trust_free(NULL);
}

/* struct meter fails one allocation, and counts what is not released. */
struct meter {
    size_t calls, fail_at, live;
};

static void *meter_alloc(void *user, size_t n)
{
    struct meter *m = user;
    if (++m->calls == m->fail_at)
        return NULL;
    m->live++;
    return malloc(n);
}

static void meter_release(void *user, void *p, size_t n)
{
    struct meter *m = user;
    (void)n;
    m->live--;
    free(p);
}

static void without_memory_nothing_is_added_and_nothing_leaks(void **state)
{
    (void)state;
    /* Bug classes 15 and 89. */
    struct meter m = {0};
    tacit_env_options options = {
        .size = sizeof options, .user = &m, .alloc = meter_alloc, .release = meter_release};
    const char *many = "";
    for (unsigned i = 0; i < 65; i++)
        many = test_text("%s%s", many,
                         (const char *)pem_of_certs(ca(test_text("ca %u", i), 1), NULL).p);
    tacit_env *env = tacit_env_new(&options, NULL);
    size_t before = m.live;
    bool done = false;
    for (size_t i = 1; !done; i++) {
        tacit_error error = {0};
        m.calls = 0;
        m.fail_at = i;
        tacit_trust *trust = tacit_trust_new(env, &error);
        done = trust && tacit_trust_add_pem(trust, span_str(many), &error);
        if (!done)
            assert_int_equal(error.reason, R_NO_MEMORY);
        if (trust)
            assert_int_equal(tacit_trust_count(trust), done ? 65 : 0);
        tacit_trust_free(trust);
        assert_int_equal(m.live, before);
    }
    assert_true(m.calls > 65);
    put_file("one.pem", span_str(many));
    put_file("more", pem_of_certs(ca("two", 2), NULL));
    m.fail_at = 0;
    tacit_trust *trust = tacit_trust_new(env, NULL);
    for (size_t i = 1; tacit_trust_count(trust) == 0; i++) {
        tacit_error error = {0};
        m.calls = 0;
        m.fail_at = i;
        if (!tacit_trust_add_folder(trust, NULL, folder, &error))
            assert_string_equal(error.name, "NO_MEMORY");
    }
    assert_int_equal(tacit_trust_count(trust), 66);
    put_file("one.pem", test_crl((struct test_crl_spec){0}, ca("one", 1)));
    put_file("more", test_crl((struct test_crl_spec){.revoked = {"05"}}, ca("two", 2)));
    for (size_t i = 1; lists_of(trust) == 0; i++) {
        tacit_error error = {0};
        m.calls = 0;
        m.fail_at = i;
        if (!tacit_trust_add_crl_folder(trust, folder, &error))
            assert_string_equal(error.name, "NO_MEMORY");
    }
    assert_int_equal(lists_of(trust), 2);
    tacit_trust_free(trust);
    assert_int_equal(m.live, before);
    tacit_env_free(env);
    assert_int_equal(m.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_are_found_by_their_subjects),
        cmocka_unit_test(one_that_is_there_is_not_added_again),
        cmocka_unit_test(a_text_is_taken_whole_or_not_at_all),
        cmocka_unit_test(a_sealed_set_does_not_change),
        cmocka_unit_test(files_and_the_system_bundle_are_read),
        cmocka_unit_test_setup_teardown(a_folder_is_read_once, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(a_folder_gives_its_revocation_lists, make_folder,
                                        clear_folder),
        cmocka_unit_test_setup_teardown(a_list_that_cannot_be_obeyed_refuses_its_folder,
                                        make_folder, clear_folder),
        cmocka_unit_test(the_set_keeps_its_environment),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_added_and_nothing_leaks,
                                        make_folder, clear_folder),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
