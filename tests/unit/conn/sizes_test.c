/* Structs that carry their size. A host that was compiled against other headers has another struct:
 * each place that is given one refuses it, or leaves it alone, and reads or writes nothing of it
 * but the size. */
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* stump is a struct that ends after its size: AddressSanitizer sees who goes further. */
static void *stump(size_t size)
{
    size_t *p = malloc(sizeof *p);
    assert_non_null(p);
    *p = size;
    return p;
}

/* struct meeting is all that the functions below ask. */
struct meeting {
    struct people people;
    struct pair pair;
    tacit_task *tasks[3]; /* HELLO, SIGN, CHOOSE */
    tacit_verdict *verdict;
};

/* ---- each place, given `s`: is it taken? ---------------------------------------------------- */

static bool env_takes(struct meeting *m, void *s)
{
    tacit_error error = {0};
    tacit_env *env = tacit_env_new(s, &error);
    (void)m;
    if (!env)
        assert_string_equal(error.name, "OPTIONS_SIZE");
    tacit_env_free(env);
    return env != NULL;
}

static bool client_takes(struct meeting *m, void *s)
{
    tacit_error error = {0};
    tacit_config *config = tacit_client_config(test_env(), s, &error);
    (void)m;
    if (!config && strcmp(error.name, "OPTIONS_SIZE") != 0)
        return true; /* it was read */
    tacit_config_free(config);
    return config != NULL;
}

static bool server_takes(struct meeting *m, void *s)
{
    tacit_error error = {0};
    tacit_config *config = tacit_server_config(test_env(), s, &error);
    (void)m;
    assert_null(config); /* without an identity */
    return strcmp(error.name, "OPTIONS_SIZE") != 0;
}

static bool verify_takes(struct meeting *m, void *s)
{
    tacit_error error = {0};
    (void)m;
    assert_false(tacit_verify(test_env(), NULL, s, &error)); /* without trust */
    return strcmp(error.name, "OPTIONS_SIZE") != 0;
}

static bool info_fills(struct meeting *m, void *s)
{
    return tacit_conn_info(m->pair.client, s);
}

static bool peer_cert_fills(struct meeting *m, void *s)
{
    return tacit_conn_peer_cert(m->pair.client, 0, s);
}

static bool own_cert_fills(struct meeting *m, void *s)
{
    return tacit_conn_own_cert(m->pair.server, 0, s);
}

static bool identity_fills(struct meeting *m, void *s)
{
    return tacit_identity_describe(m->people.server, s);
}

static bool verdict_cert_fills(struct meeting *m, void *s)
{
    return tacit_verdict_cert(m->verdict, 0, s);
}

static bool report_cert_fills(struct meeting *m, void *s)
{
    return tacit_report_cert(tacit_verdict_report(m->verdict), 0, 0, s);
}

static bool attempt_fills(struct meeting *m, void *s)
{
    return tacit_report_attempt(tacit_verdict_report(m->verdict), 0, s);
}

static bool hello_fills(struct meeting *m, void *s)
{
    return tacit_task_hello(m->tasks[0], s);
}

static bool signing_fills(struct meeting *m, void *s)
{
    return tacit_task_signing(m->tasks[1], s);
}

static bool request_fills(struct meeting *m, void *s)
{
    return tacit_task_request(m->tasks[2], s);
}

static const struct {
    bool (*takes)(struct meeting *m, void *s);
    size_t size;
} places[] = {
    {env_takes, sizeof(tacit_env_options)},
    {client_takes, sizeof(tacit_config_options)},
    {server_takes, sizeof(tacit_config_options)},
    {verify_takes, sizeof(tacit_verify_options)},
    {info_fills, sizeof(tacit_info)},
    {peer_cert_fills, sizeof(tacit_cert_info)},
    {own_cert_fills, sizeof(tacit_cert_info)},
    {identity_fills, sizeof(tacit_identity_info)},
    {verdict_cert_fills, sizeof(tacit_cert_info)},
    {report_cert_fills, sizeof(tacit_cert_info)},
    {attempt_fills, sizeof(tacit_attempt)},
    {hello_fills, sizeof(tacit_hello)},
    {signing_fills, sizeof(tacit_signing)},
    {request_fills, sizeof(tacit_request)},
};

static void hold_place(struct meeting *m, size_t i)
{
    const size_t wrong[] = {0, sizeof(size_t), places[i].size - 1, places[i].size + 1, SIZE_MAX};
    for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
        size_t *s = stump(wrong[w]);
        if (places[i].takes(m, s))
            fail_msg("place %zu takes a struct of %zu bytes", i, wrong[w]);
        assert_int_equal(*s, wrong[w]);
        free(s);
    }
    size_t *whole = calloc(1, places[i].size);
    assert_non_null(whole);
    *whole = places[i].size;
    if (!places[i].takes(m, whole))
        fail_msg("place %zu does not take its own struct", i);
    free(whole);
}

/* run_to takes the task of the kind, and answers those of the server that come before it. */
static tacit_task *run_to(struct pair *p, tacit_task_kind kind)
{
    for (;;) {
        pair_run(p);
        tacit_task *task = tacit_conn_take_task(p->server);
        if (!task)
            task = tacit_conn_take_task(p->client);
        assert_non_null(task);
        if (tacit_task_what(task) == kind)
            return task;
        assert_true(tacit_conn_answer(p->server, task));
    }
}

/* A task owns its inputs, so that its connection need not wait for the others. The last pair is
 * kept: both ends have shown certificates. */
static void meet(struct meeting *m)
{
    tacit_error error = {0};
    people_begin(&m->people, NULL);
    const tacit_config_options c = {.identities = &m->people.client,
                                    .n_identities = 1,
                                    .keep_peer_chain = true,
                                    .tasks = TACIT_TASK_CHOOSE};
    const tacit_config_options s = {.client_auth = TACIT_CLIENT_AUTH_REQUIRED,
                                    .tasks = TACIT_TASK_HELLO | TACIT_TASK_SIGN};
    static const tacit_task_kind kinds[] = {TACIT_TASK_HELLO, TACIT_TASK_SIGN, TACIT_TASK_CHOOSE};
    for (size_t i = 0; i < 3; i++) {
        pair_free(&m->pair);
        m->pair = people_pair(&m->people, c, s);
        m->tasks[i] = run_to(&m->pair, kinds[i]);
    }
    const struct test_cert *leaf =
        test_cert((struct test_cert_spec){.cn = "leaf", .san = "DNS:a.test"}, m->people.root);
    const tacit_verify_options question = {.size = sizeof question,
                                           .chain = span_str(test_chain_pem(&leaf, 1)),
                                           .trust = m->people.trust};
    assert_true(tacit_verify(test_env(), &m->verdict, &question, &error));
}

static void a_struct_of_another_size_is_refused_everywhere(void **state)
{
    (void)state;
    struct meeting m = {0};
    meet(&m);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        hold_place(&m, i);
    tacit_verdict_free(m.verdict);
    for (size_t i = 0; i < 3; i++)
        tacit_task_free(m.tasks[i]);
    pair_free(&m.pair);
    people_end(&m.people);
}

/* What a connection has nothing of is lent as NULL, and can be handed on. */
static void nothing_can_be_asked(void **state)
{
    (void)state;
    char text[128];
    tacit_attempt attempt = {.size = sizeof attempt};
    tacit_cert_info cert = {.size = sizeof cert};
    assert_int_equal(tacit_error_sentence(NULL, text, sizeof text), strlen("no error"));
    assert_string_equal(text, "no error");
    assert_non_null(tacit_error_advice(NULL));
    assert_int_equal(tacit_error_exit_status(NULL), 0);
    assert_int_equal(tacit_report_tried(NULL), 0);
    assert_false(tacit_report_attempt(NULL, 0, &attempt));
    assert_false(tacit_report_cert(NULL, 0, 0, &cert));
    assert_int_equal(tacit_report_text(NULL, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_true(tacit_report_json(NULL, text, sizeof text) < sizeof text);
    assert_string_equal(
        text, "{\"schema\":\"tacit.report/1\",\"accepted\":false,\"tried\":0,\"paths\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_struct_of_another_size_is_refused_everywhere),
        cmocka_unit_test(nothing_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
