/* Certificates that fill a message (RFC 9846 4.5.1, RFC 5246 7.4.2; bug classes 77, 81): as long as
 * one may be, to both ends, in both versions; and a byte more. Lists that fill a hello (bug
 * class 83). */
#include "registry/limits.h"
#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* large makes a certificate with an extension of so many bytes. */
static span large(size_t n)
{
    char *value = calloc(1, 32 + 2 * n);
    assert_non_null(value);
    int at = sprintf(value, "DER:0483%06zx", n);
    for (size_t i = 0; i < n; i++)
        at += sprintf(value + at, "5a");
    const struct test_cert *cert =
        test_cert((struct test_cert_spec){.cn = "large", .more = {{"1.2.3.4", value}}}, NULL);
    free(value);
    return test_cert_der(cert);
}

/* struct filling is a certificate that is added to a message, so that its body has this length. */
struct filling {
    span cert;
    size_t entry_end; /* bytes behind a certificate: in TLS 1.3, no extensions */
};

static void fill(void *user, struct draft *d)
{
    const struct filling *f = user;
    struct anatomy a;
    uint8_t head[3] = {(uint8_t)(f->cert.n >> 16), (uint8_t)(f->cert.n >> 8), (uint8_t)f->cert.n};
    static const uint8_t none[2];
    anatomy_of(&a, (span){d->p, d->n});
    anatomy_add(&a, anatomy_find(&a, "certificates"), d->p,
                (long)(sizeof head + f->cert.n + f->entry_end));
    draft_insert(d, d->n, (span){head, sizeof head});
    draft_insert(d, d->n, f->cert);
    draft_insert(d, d->n, (span){none, f->entry_end});
}

/* ECDSA signatures differ in length, so it may take a few tries to make the right one. */
static span of_length(size_t n)
{
    size_t guess = n - 400;
    for (int i = 0; i < 100; i++) {
        span cert = large(guess);
        if (cert.n == n)
            return cert;
        guess += n - cert.n;
    }
    fail_msg("no certificate of %zu bytes", n);
    return (span){0};
}

static int fill_to(enum subject_id id, size_t body)
{
    struct anatomy a;
    bool tls13 = id < N_SUBJECTS13;
    struct filling f = {.entry_end = tls13 ? 2 : 0};
    size_t honest = subject_raw(id, &a).n - MSG_HEADER;
    f.cert = of_length(body - honest - 3 - f.entry_end);
    return subject_try(id, fill, &f);
}

static void messages_may_be_full(void **state)
{
    (void)state;
    static const enum subject_id ids[] = {SERVER_CT, CLIENT_CT, SERVER_CT12, CLIENT_CT12};
    struct tally t = {0};
    for (size_t i = 0; i < 4; i++) {
        tally(&t, OK, fill_to(ids[i], MSG_CERTIFICATE_MAX), "%s", subjects[ids[i]].name);
        assert_true(scene_peak() < 10 * MSG_CERTIFICATE_MAX);
        tally(&t, MESSAGE_TOO_LONG, fill_to(ids[i], MSG_CERTIFICATE_MAX + 1), "%s and a byte",
              subjects[ids[i]].name);
    }
    assert_tally(t, 8);
}

/* A list of so many values that nobody knows, and of one that both ends know. */
struct list {
    const char *field;
    size_t n;
    uint16_t known;
};

static void lengthen(void *user, struct draft *d)
{
    const struct list *l = user;
    uint8_t *bytes = malloc(2 * l->n);
    assert_non_null(bytes);
    memset(bytes, 0x7a, 2 * l->n);
    bytes[2 * l->n - 2] = (uint8_t)(l->known >> 8);
    bytes[2 * l->n - 1] = (uint8_t)l->known;
    draft_set(d, l->field, (span){bytes, 2 * l->n});
    free(bytes);
}

static void lists_may_fill_a_hello(void **state)
{
    (void)state;
    static const struct {
        enum subject_id subject;
        struct list list;
    } rows[] = {
        {CH, {"suites", 32000, 0x1301}},
        {CH, {"signature_algorithms.schemes", 32000, 0x0807}},
        {CH, {"signature_algorithms_cert.schemes", 32000, 0x0807}},
        {CH12, {"suites", 32000, 0xc02b}},
        {CH12, {"signature_algorithms.schemes", 32000, 0x0807}},
        {CH12, {"supported_groups.groups", 32000, 0x001d}},
    };
    struct tally t = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct list l = rows[i].list;
        clock_t began = clock();
        tally(&t, OK, subject_try(rows[i].subject, lengthen, &l), "%s", l.field);
        assert_true(clock() - began < CLOCKS_PER_SEC); /* sanitized; 3 ms otherwise */
    }
    assert_tally(t, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_may_be_full),
        cmocka_unit_test(lists_may_fill_a_hello),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
