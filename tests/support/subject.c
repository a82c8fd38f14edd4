/* subject.c: see subject.h. */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void client_updates(struct pair *p)
{
    assert_true(tacit_conn_key_update(p->client, false));
}

static void server_updates(struct pair *p)
{
    assert_true(tacit_conn_key_update(p->server, false));
}

enum { SERVER = false, CLIENT = true };

const struct subject subjects[N_SUBJECTS] = {
    [CH] = {"ClientHello", PLAIN, CLIENT, 0, NULL},
    [CH_AGAIN] = {"second ClientHello", RETRY, CLIENT, 1, NULL},
    [SH] = {"ServerHello", PLAIN, SERVER, 0, NULL},
    [HRR] = {"HelloRetryRequest", RETRY, SERVER, 0, NULL},
    [SH_AGAIN] = {"ServerHello after a retry", RETRY, SERVER, 1, NULL},
    [EE] = {"EncryptedExtensions", PLAIN, SERVER, 1, NULL},
    [EE_MUTUAL] = {"EncryptedExtensions (mutual)", MUTUAL, SERVER, 1, NULL},
    [CR] = {"CertificateRequest", MUTUAL, SERVER, 2, NULL},
    [SERVER_CT] = {"server's Certificate", PLAIN, SERVER, 2, NULL},
    [SERVER_CV] = {"server's CertificateVerify", PLAIN, SERVER, 3, NULL},
    [SERVER_FIN] = {"server's Finished", PLAIN, SERVER, 4, NULL},
    [SERVER_FIN_MUTUAL] = {"server's Finished (mutual)", MUTUAL, SERVER, 5, NULL},
    [CLIENT_CT] = {"client's Certificate", MUTUAL, CLIENT, 1, NULL},
    [CLIENT_CT_EMPTY] = {"client's empty Certificate", ASKED, CLIENT, 1, NULL},
    [CLIENT_CV] = {"client's CertificateVerify", MUTUAL, CLIENT, 2, NULL},
    [CLIENT_FIN] = {"client's Finished", PLAIN, CLIENT, 1, NULL},
    [CLIENT_FIN_MUTUAL] = {"client's Finished (mutual)", MUTUAL, CLIENT, 3, NULL},
    [NST] = {"NewSessionTicket", PLAIN, SERVER, 5, scene_ticket},
    [CLIENT_KU] = {"client's KeyUpdate", PLAIN, CLIENT, 2, client_updates},
    [SERVER_KU] = {"server's KeyUpdate", PLAIN, SERVER, 5, server_updates},

    [CH12] = {"ClientHello", PLAIN12, CLIENT, 0, NULL},
    [SH12] = {"ServerHello", PLAIN12, SERVER, 0, NULL},
    [SERVER_CT12] = {"server's Certificate", PLAIN12, SERVER, 1, NULL},
    [SKE12] = {"ServerKeyExchange", PLAIN12, SERVER, 2, NULL},
    [SHD12] = {"ServerHelloDone", PLAIN12, SERVER, 3, NULL},
    [CKE12] = {"ClientKeyExchange", PLAIN12, CLIENT, 1, NULL},
    [CR12] = {"CertificateRequest", MUTUAL12, SERVER, 3, NULL},
    [CLIENT_CT12] = {"client's Certificate", MUTUAL12, CLIENT, 1, NULL},
    [CLIENT_CT12_EMPTY] = {"client's empty Certificate", ASKED12, CLIENT, 1, NULL},
    [CLIENT_CV12] = {"client's CertificateVerify", MUTUAL12, CLIENT, 3, NULL},
    [RSA_CKE12] = {"ClientKeyExchange (RSA)", TRANSPORT12, CLIENT, 2, NULL},
    [CLIENT_FIN12] = {"client's Finished", PLAIN12, CLIENT, 2, NULL},
    [SERVER_FIN12] = {"server's Finished", PLAIN12, SERVER, 4, NULL},
};

span subject_raw(enum subject_id id, struct anatomy *a)
{
    const struct subject *s = &subjects[id];
    liar_reset();
    assert_int_equal(scene_run(s->scene, s->after), OK);
    span raw = liar_said(s->by_client, s->index).raw;
    assert_non_null(raw.p);
    anatomy_of(a, raw);
    return raw;
}

static void edit_one(void *user, struct tls *t, struct draft *d)
{
    struct editor *e = user;
    (void)t;
    if (e->now++ == e->at)
        e->edit(e->user, d);
}

void subject_lie(enum subject_id id, struct editor *e)
{
    e->at = subjects[id].index;
    liar_reset();
    liar = (struct liar){.is_client = subjects[id].by_client, .user = e, .message = edit_one};
}

int subject_try(enum subject_id id, void (*edit)(void *user, struct draft *d), void *user)
{
    struct editor e = {.edit = edit, .user = user};
    subject_lie(id, &e);
    int verdict = scene_run(subjects[id].scene, subjects[id].after);
    assert_true(e.now > e.at);
    return verdict;
}

/* ---- what edits are made of ------------------------------------------------------------------ */

void draft_set(struct draft *d, const char *field, span contents)
{
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const size_t i = anatomy_find(&a, field);
    const struct field *f = &a.fields[i];
    assert_true(f->prefix || f->parent >= 0);
    anatomy_add(&a, f->prefix ? i : (size_t)f->parent, d->p, (long)contents.n - (long)f->n);
    draft_remove(d, f->at + f->prefix, f->n);
    draft_insert(d, f->at + f->prefix, contents);
}

void draft_set_hex(struct draft *d, const char *field, const char *hex)
{
    uint8_t bytes[512];
    draft_set(d, field, (span){bytes, hex_bytes(hex, bytes, sizeof bytes)});
}

void draft_add_ext(struct draft *d, uint16_t id, span data)
{
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const size_t block = anatomy_find(&a, "extensions");
    const struct field *f = &a.fields[block];
    const size_t end = f->at + f->prefix + f->n;
    const uint8_t head[] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(data.n >> 8),
                            (uint8_t)data.n};
    anatomy_add(&a, block, d->p, (long)(sizeof head + data.n));
    draft_insert(d, end, (span){head, sizeof head});
    draft_insert(d, end + sizeof head, data);
}

void draft_drop_ext(struct draft *d, const char *name)
{
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const size_t i = anatomy_find(&a, name);
    const size_t at = a.fields[i - 1].at, n = 2 + a.fields[i].prefix + a.fields[i].n;
    anatomy_add(&a, (size_t)a.fields[i].parent, d->p, -(long)n);
    draft_remove(d, at, n);
}
