/* The loop that moves a handshake, over a machine of this test's own: a message reaches a step only
 * if the row accepts it, and a step goes only where the row allows. */
#include "certs.h"
#include "hs/hs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static tacit_config *server;
static uint8_t answers[8];
static size_t n_steps;
static const struct msg *last;

static uint8_t answer(struct tls *t, const struct msg *m)
{
    (void)t;
    last = m;
    assert_true(n_steps < sizeof answers);
    return answers[n_steps++];
}

/* A step that knows why it fails. */
static uint8_t refuse(struct tls *t, const struct msg *m)
{
    (void)m;
    fail_at(&t->err, R_COMPRESSION, 1, __FILE__, __LINE__);
    return ST_FAILED;
}

static const struct row other_machine[N_STATES] = {
    [ST_WAIT_EE] = {"OTHER", MSG(MSG_FINISHED), STATE(ST_CONNECTED), TASK_NONE, answer},
    [ST_CONNECTED] = {"OTHER_CONNECTED", 0, 0, TASK_NONE, refuse},
};

static uint8_t redeliver(struct tls *t, const struct msg *m)
{
    t->machine = other_machine;
    return answer(t, m);
}

static const struct row machine[N_STATES] = {
    [ST_START] = {"START", MSG(MSG_CLIENT_HELLO), STATE(ST_WAIT_EE) | STATE(ST_WAIT_VERIFY),
                  TASK_NONE, answer},
    [ST_WAIT_EE] = {"WAIT_EE", MSG(MSG_FINISHED), STATE(ST_REDELIVER), TASK_NONE, redeliver},
    [ST_WAIT_VERIFY] = {"WAIT_VERIFY", 0, STATE(ST_CONNECTED), TASK_VERIFY, answer},
    [ST_CONNECTED] = {"CONNECTED", MSG(MSG_KEY_UPDATE), STATE(ST_CONNECTED), TASK_NONE, refuse},
};

static struct tls begin(const uint8_t *next, size_t n)
{
    struct tls t = {.env = server->env, .config = server};
    memcpy(answers, next, n);
    n_steps = 0;
    last = NULL;
    assert_true(hs_begin(&t, NULL));
    t.machine = machine;
    t.hs->work.done = true; /* what the rows with a task wait for */
    return t;
}

static bool deliver(struct tls *t, uint8_t type)
{
    struct msg m = {.type = type};
    return hs_deliver(t, &m);
}

static void end(struct tls *t)
{
    hs_end(t);
    assert_null(t->hs);
}

/* Bug class 37 */
static void only_what_a_row_accepts_reaches_its_step(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct tls t = begin((const uint8_t[]){ST_WAIT_EE}, 1);
        if (type == MSG_CLIENT_HELLO) {
            assert_true(deliver(&t, (uint8_t)type));
            assert_string_equal(state_name(&t), "WAIT_EE");
        } else {
            assert_false(deliver(&t, (uint8_t)type));
            assert_int_equal(t.err.reason, R_MESSAGE_UNEXPECTED);
            assert_int_equal(t.err.detail, type);
            assert_string_equal(t.err.state, "START");
            assert_int_equal(n_steps, 0);
        }
        end(&t);
    }
}

static void a_step_goes_only_where_its_row_allows(void **state)
{
    (void)state;
    for (int next = ST_REDELIVER; next < N_STATES; next++) {
        struct tls t = begin((const uint8_t[]){(uint8_t)next, ST_CONNECTED}, 2);
        if (next == ST_WAIT_EE || next == ST_WAIT_VERIFY) {
            assert_true(deliver(&t, MSG_CLIENT_HELLO));
        } else {
            assert_false(deliver(&t, MSG_CLIENT_HELLO));
            assert_int_equal(t.err.reason, R_INTERNAL_FAULT);
            assert_int_equal(t.err.detail, next);
            assert_string_equal(t.err.state, "START");
            assert_string_equal(state_name(&t), "FAILED");
        }
        end(&t);
    }
}

static void a_step_says_itself_why_it_fails(void **state)
{
    (void)state;
    struct tls t = begin((const uint8_t[]){ST_WAIT_VERIFY, ST_CONNECTED}, 2);
    assert_true(deliver(&t, MSG_CLIENT_HELLO));
    assert_string_equal(state_name(&t), "CONNECTED");
    assert_false(deliver(&t, MSG_KEY_UPDATE));
    assert_int_equal(t.err.reason, R_COMPRESSION);
    assert_string_equal(t.err.state, "CONNECTED");
    assert_int_equal(t.state, ST_FAILED);
    end(&t);
}

/* A failed handshake takes nothing any more. */
static void after_a_failure_every_message_is_refused(void **state)
{
    (void)state;
    struct tls t = begin((const uint8_t[]){ST_FAILED}, 1);
    assert_false(deliver(&t, MSG_CLIENT_HELLO));
    t.err = (struct err){0};
    for (uint8_t type = 0; type < 255; type++)
        assert_false(deliver(&t, type));
    assert_int_equal(n_steps, 1);
    end(&t);
}

/* A row with a task accepts no message: its step runs when the work is done, before the call
 * returns. */
static void a_task_is_no_message(void **state)
{
    (void)state;
    struct tls t = begin((const uint8_t[]){ST_WAIT_VERIFY, ST_CONNECTED}, 2);
    assert_true(deliver(&t, MSG_CLIENT_HELLO));
    assert_int_equal(n_steps, 2);
    assert_null(last);
    assert_string_equal(state_name(&t), "CONNECTED");
    end(&t);
}

static void a_changed_machine_gets_the_same_message(void **state)
{
    (void)state;
    const struct msg m = {.type = MSG_FINISHED};
    struct tls t = begin((const uint8_t[]){ST_REDELIVER, ST_CONNECTED}, 2);
    t.state = ST_WAIT_EE;
    assert_true(hs_deliver(&t, &m));
    assert_int_equal(n_steps, 2);
    assert_ptr_equal(last, &m);
    assert_string_equal(state_name(&t), "OTHER_CONNECTED");
    end(&t);
}

/* Bug class 90 */
static bool no_random(void *user, uint8_t *out, size_t n)
{
    (void)user, (void)out, (void)n;
    return false;
}

static void without_randomness_nothing_begins(void **state)
{
    (void)state;
    const tacit_env_options options = {.size = sizeof options, .random = no_random};
    tacit_config_options o = {.size = sizeof o, .insecure_skip_verification = true};
    tacit_error error;
    tacit_env *env = tacit_env_new(&options, &error);
    tacit_config *c = tacit_client_config(env, &o, &error);
    assert_non_null(c);
    struct tls t = {.env = env, .config = c, .is_client = true};
    assert_false(hs_begin(&t, NULL));
    assert_int_equal(t.err.reason, R_NO_RANDOM);
    assert_int_equal(t.out.flight_n, 0);
    hs_end(&t);
    tacit_config_free(c);
    tacit_env_free(env);
}

static int set_up(void **state)
{
    (void)state;
    tacit_error error;
    const struct test_cert *cert =
        test_cert((struct test_cert_spec){.cn = "leaf", .san = "DNS:a.test"}, NULL);
    tacit_identity *id = tacit_identity_pem(test_env(), span_str(test_chain_pem(&cert, 1)),
                                            span_str(test_key_pem(cert)), NULL, NULL, &error);
    const tacit_config_options o = {.size = sizeof o, .identities = &id, .n_identities = 1};
    server = tacit_server_config(test_env(), &o, &error);
    tacit_identity_free(id);
    return server ? 0 : -1;
}

static int tear_down(void **state)
{
    tacit_config_free(server);
    return test_certs_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_a_row_accepts_reaches_its_step),
        cmocka_unit_test(a_step_goes_only_where_its_row_allows),
        cmocka_unit_test(a_step_says_itself_why_it_fails),
        cmocka_unit_test(after_a_failure_every_message_is_refused),
        cmocka_unit_test(a_task_is_no_message),
        cmocka_unit_test(a_changed_machine_gets_the_same_message),
        cmocka_unit_test(without_randomness_nothing_begins),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
