/* Lengths of the messages of TLS 1.2 (RFC 5246 7.4; bug classes 46, 66): each cut short at every
 * byte, and each length in it made wrong. The message's own length always fits. */
#include "subject.h"

#include "hex.h"
#include "x509/x509.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct anatomy anatomy; /* of the present subject */

/* ---- cut short ------------------------------------------------------------------------------- */

/* What is left after a cut cannot be read, but for these: a hello may end before its extensions, as
 * it did before TLS 1.2 had any. */
static int verdict_of_cut(enum subject_id id, size_t at)
{
    bool hello = id == CH12 || id == SH12;
    if (!hello || anatomy.fields[anatomy_find(&anatomy, "extensions")].at != at)
        return MESSAGE_MALFORMED;
    return id == CH12 ? NO_EXTENDED_MASTER : NO_RENEGOTIATION_INFO;
}

static void cut_at(void *user, struct draft *d)
{
    d->n = *(size_t *)user;
    draft_fit(d);
}

static void every_message_cut_short(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = N_SUBJECTS13; id < N_SUBJECTS; id++) {
        size_t n = subject_raw(id, &anatomy).n;
        for (size_t at = MSG_HEADER; at < n; at++)
            tally(&t, verdict_of_cut(id, at), subject_try(id, cut_at, &at), "%s cut at %zu",
                  subjects[id].name, at);
    }
    assert_tally(t, 1810 + 2 + 256);
}

/* ---- lengths that do not fit ----------------------------------------------------------------- */

struct lie {
    size_t field;
    long delta;
};

static void change_length(void *user, struct draft *d)
{
    const struct lie *lie = user;
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *f = &a.fields[lie->field];
    unsigned low = d->p[f->at + f->prefix - 1] + (unsigned)lie->delta;
    d->p[f->at + f->prefix - 1] =
        (uint8_t)low; /* the last byte; a length that ends in 0 or ff is wrong by more */
}

/* A vector that says one byte more or less than it has never leaves a message that can be read, as
 * its neighbours' lengths then do not fit; the hellos' own are those of lengths_test.c. */
static void every_length_wrong(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = SERVER_CT12; id < N_SUBJECTS; id++) {
        subject_raw(id, &anatomy);
        size_t fields = anatomy.n;
        for (size_t field = 2; field < fields; field++) {
            struct anatomy *a = &anatomy;
            for (long delta = -1; delta <= 1; delta += 2) {
                struct lie lie = {field, delta};
                subject_raw(id, a);
                if (!a->fields[field].prefix || (a->fields[field].n == 0 && delta < 0))
                    continue;
                tally(&t, MESSAGE_MALFORMED, subject_try(id, change_length, &lie), "%s, %s %+ld",
                      subjects[id].name, a->fields[field].name, delta);
            }
        }
    }
    assert_tally(t, 31);
}

/* ---- too much -------------------------------------------------------------------------------- */

static void add_byte(void *user, struct draft *d)
{
    (void)user;
    draft_insert(d, d->n, (span){(const uint8_t[]){0}, 1});
    draft_fit(d);
}

/* A byte after the end: where a message has no room for it, its limit says so (bug class 73). */
static void a_byte_too_many(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = SERVER_CT12; id < N_SUBJECTS; id++)
        tally(&t, id == SHD12 ? MESSAGE_TOO_LONG : MESSAGE_MALFORMED,
              subject_try(id, add_byte, NULL), "%s", subjects[id].name);
    assert_tally(t, N_SUBJECTS - SERVER_CT12);
}

static void many_certificates(void *user, struct draft *d)
{
    const span one = {(const uint8_t *)"\0\0\1x", 4};
    (void)user;
    for (size_t i = 0; i <= CHAIN_MAX; i++)
        draft_insert(d, d->n, one);
    wr list = wr_of(d->p + MSG_HEADER, 3);
    wr_u24(&list, (uint32_t)(d->n - MSG_HEADER - 3));
    draft_fit(d);
}

/* Bug class 81. */
static void too_many_certificates(void **state)
{
    (void)state;
    assert_int_equal(subject_try(SERVER_CT12, many_certificates, NULL), CHAIN_TOO_LONG);
    assert_int_equal(subject_try(CLIENT_CT12, many_certificates, NULL), CHAIN_TOO_LONG);
}

static void long_signature(void *user, struct draft *d)
{
    static const uint8_t zeros[SIG_MAX + 1];
    (void)user;
    draft_set(d, "signature", (span){zeros, sizeof zeros});
}

static void a_signature_that_no_key_makes(void **state)
{
    (void)state;
    assert_int_equal(subject_try(SKE12, long_signature, NULL), BAD_SIGNATURE);
    assert_int_equal(subject_try(CLIENT_CV12, long_signature, NULL), MESSAGE_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_cut_short),
        cmocka_unit_test(every_length_wrong),
        cmocka_unit_test(a_byte_too_many),
        cmocka_unit_test(too_many_certificates),
        cmocka_unit_test(a_signature_that_no_key_makes),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
