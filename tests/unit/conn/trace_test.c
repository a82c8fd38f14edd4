/* The trace of handshake messages: what one end writes is what the other is shown, in the clear,
 * in order, in both versions. */
#include "certs_pair.h"
#include "msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MESSAGES_MAX = 32 };

static struct people people;

/* struct tape is what one end was shown, the bodies one after the other. */
struct tape {
    tacit_conn *conn; /* to be called from within; may be NULL */
    size_t n, at;
    struct {
        bool sent;
        uint8_t type;
        size_t at, n;
    } m[MESSAGES_MAX];
    uint8_t bodies[1 << 16];
};

static struct tape ends[2]; /* the client's and the server's */

static void on_message(void *user, const tacit_message *message)
{
    struct tape *t = user;
    assert_true(t->n < MESSAGES_MAX && t->at + message->body.n <= sizeof t->bodies);
    assert_string_equal(message->name, msg_name(message->type));
    t->m[t->n].sent = message->sent;
    t->m[t->n].type = message->type;
    t->m[t->n].at = t->at;
    t->m[t->n++].n = message->body.n;
    if (message->body.n)
        memcpy(t->bodies + t->at, message->body.p, message->body.n);
    t->at += message->body.n;
    if (!t->conn)
        return;
    assert_int_equal(tacit_conn_wire_in_buf(t->conn).n, 0);
    assert_int_equal(tacit_conn_wire_out_buf(t->conn).n, 0);
    assert_int_equal(tacit_conn_write(t->conn, "x", 1), 0);
    assert_false(tacit_conn_key_update(t->conn, true));
}

static struct pair start(tacit_config_options client, tacit_config_options server)
{
    memset(ends, 0, sizeof ends);
    client.user = &ends[0];
    server.user = &ends[1];
    client.trace = server.trace = on_message;
    client.identities = &people.client;
    client.n_identities = 1;
    struct pair p = people_pair(&people, client, server);
    ends[0].conn = p.client; /* the first hello went by before anybody had the connection */
    ends[1].conn = p.server;
    return p;
}

/* What is sent at one end is received at the other: the same bytes, in the same order. */
static void assert_heard(bool by_server)
{
    const struct tape *from = &ends[by_server], *to = &ends[!by_server];
    size_t j = 0;
    for (size_t i = 0; i < from->n; i++) {
        if (!from->m[i].sent)
            continue;
        while (j < to->n && to->m[j].sent)
            j++;
        assert_true(j < to->n);
        assert_int_equal(from->m[i].type, to->m[j].type);
        assert_int_equal(from->m[i].n, to->m[j].n);
        assert_memory_equal(from->bodies + from->m[i].at, to->bodies + to->m[j].at, to->m[j].n);
        j++;
    }
    for (; j < to->n; j++)
        assert_true(to->m[j].sent);
}

/* The types that the client was shown; `>` before what it sent. */
static void assert_flow(const char *flow)
{
    char found[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < ends[0].n; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%s%u ", ends[0].m[i].sent ? ">" : "",
                              ends[0].m[i].type);
    assert_string_equal(found, flow);
    assert_heard(false);
    assert_heard(true);
}

static void every_message_is_shown_at_both_ends(void **state)
{
    (void)state;
    static const uint16_t p384[] = {0x0018}, both[] = {0x001d, 0x0018};
    const tacit_config_options none = {0}, asks = {.client_auth = TACIT_CLIENT_AUTH_REQUIRED};
    for (size_t chunk = 0; chunk < 2; chunk++) {
        struct pair p =
            start((tacit_config_options){.groups = both, .n_groups = 2},
                  (tacit_config_options){
                      .groups = p384, .n_groups = 1, .client_auth = TACIT_CLIENT_AUTH_REQUIRED});
        p.chunk = chunk;
        pair_run(&p); /* a retry is a ServerHello by its type */
        assert_true(pair_connected(&p));
        assert_flow(">1 2 >1 2 8 13 11 15 20 >11 >15 >20 ");
        assert_true(tacit_conn_key_update(p.client, true));
        pair_run(&p);
        assert_true(pair_send(&p, true, (const uint8_t *)"x", 1));
        assert_flow(">1 2 >1 2 8 13 11 15 20 >11 >15 >20 >24 24 ");
        p.chunk = 0;
        assert_true(tacit_conn_key_update(p.client, true));
        (void)pair_move(&p, true);
        assert_int_equal(tacit_conn_write(p.server, "x", 1), 1); /* which says what is owed first */
        pair_run(&p);
        assert_flow(">1 2 >1 2 8 13 11 15 20 >11 >15 >20 >24 24 >24 24 ");
        pair_free(&p);
        p = start((tacit_config_options){.max_version = TLS12}, asks);
        p.chunk = chunk;
        pair_run(&p); /* ChangeCipherSpec is no handshake message */
        assert_true(pair_connected(&p));
        assert_flow(">1 2 11 12 13 14 >11 >16 >15 >20 20 ");
        pair_free(&p);
    }
    struct pair p = start(none, none);
    pair_run(&p);
    assert_flow(">1 2 8 11 15 20 >20 ");
    pair_free(&p);
}

/* What is refused is shown all the same: it is what a person looks for. */
static void a_message_that_is_refused_is_shown(void **state)
{
    static const uint8_t finished[] = {MSG_FINISHED, 0, 0, 2, 7, 9};
    (void)state;
    struct pair p = start((tacit_config_options){0}, (tacit_config_options){0});
    pair_run(&p);
    pair_inject(&p, true, CT_HANDSHAKE, (span){finished, sizeof finished});
    pair_run(&p);
    assert_failed(p.server, R_MESSAGE_UNEXPECTED);
    const struct tape *t = &ends[1];
    assert_int_equal(t->m[t->n - 1].type, MSG_FINISHED);
    assert_false(t->m[t->n - 1].sent);
    assert_memory_equal(t->bodies + t->m[t->n - 1].at, finished + 4, 2);
    pair_free(&p);
}

/* ---- a user of the connection's own ---------------------------------------------------------- */

static size_t lines[2];

static void on_line(void *user, const char *line)
{
    lines[user == &ends[1]]++;
    assert_true(line && (user == &ends[0] || user == &ends[1]));
}

/* Whoever is called with `user` fails: it is the one that was to be replaced. */
static void nobody(void *user, const tacit_message *message)
{
    assert_ptr_not_equal(user, &people);
    on_message(user, message);
}

static tacit_config *config_of(bool client, tacit_config_options o)
{
    o.size = sizeof o;
    o.user = &people;
    o.trace = nobody;
    o.keylog = on_line;
    o.trust = client ? people.trust : NULL;
    o.identities = client ? NULL : &people.server;
    o.n_identities = !client;
    tacit_error error = {0};
    tacit_config *c = client ? tacit_client_config(test_env(), &o, &error)
                             : tacit_server_config(test_env(), &o, &error);
    if (!c)
        fail_msg("%s", error.name);
    return c;
}

/* derived is what tacit_config_with_user makes of it, twice: the second user counts. */
static tacit_config *derived(tacit_config *config, void *user)
{
    tacit_config *once = tacit_config_with_user(config, NULL, NULL);
    tacit_config *twice = tacit_config_with_user(once, user, NULL);
    assert_non_null(twice);
    tacit_config_free(once);
    return twice;
}

/* It is neither in a table nor an answer: its user would be nobody's. */
static void choose(struct pair *p, tacit_config *plain, tacit_config *own)
{
    tacit_task *task = tacit_conn_take_task(p->server);
    assert_non_null(task);
    assert_false(tacit_task_use(task, own));
    assert_true(tacit_task_use(task, plain));
    assert_true(tacit_conn_answer(p->server, task));
}

static void a_user_of_its_own_goes_with_the_connection(void **state)
{
    (void)state;
    for (size_t by_task = 0; by_task < 2; by_task++) {
        memset(ends, 0, sizeof ends);
        memset(lines, 0, sizeof lines);
        tacit_config *named = config_of(false, (tacit_config_options){0});
        const tacit_named_config table = {"a.test", named};
        tacit_config *clients = config_of(true, (tacit_config_options){0});
        tacit_config *servers =
            config_of(false, (tacit_config_options){.names = by_task ? NULL : &table,
                                                    .n_names = !by_task,
                                                    .tasks = by_task ? TACIT_TASK_HELLO : 0});
        tacit_config *cc = derived(clients, &ends[0]), *sc = derived(servers, &ends[1]);
        struct pair p = {.client = tacit_client_new(cc, "a.test", NULL),
                         .server = tacit_server_new(sc, NULL)};
        tacit_config_free(clients);
        tacit_config_free(servers);
        tacit_config_free(cc);
        pair_run(&p);
        if (by_task)
            choose(&p, named, sc);
        pair_run(&p);
        tacit_config_free(sc);
        tacit_config_free(named);
        assert_true(pair_connected(&p));
        assert_flow(">1 2 8 11 15 20 >20 ");
        assert_int_equal(lines[0], 5);
        assert_int_equal(lines[1], 5);
        pair_free(&p);
    }
}

static void it_stands_in_no_table(void **state)
{
    (void)state;
    tacit_error error = {0};
    tacit_config *plain = config_of(false, (tacit_config_options){0});
    const tacit_named_config table = {"a.test", derived(plain, NULL)};
    tacit_config_options o = {.size = sizeof o,
                              .identities = &people.server,
                              .n_identities = 1,
                              .names = &table,
                              .n_names = 1};
    assert_null(tacit_server_config(test_env(), &o, &error));
    assert_string_equal(error.name, "BAD_NAMED_CONFIG");
    assert_null(tacit_client_new(table.config, "a.test", &error));
    assert_string_equal(error.name, "WRONG_ROLE");
    tacit_config_free(table.config);
    tacit_config_free(plain);
}

static int setup(void **state)
{
    (void)state;
    people_begin(&people, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    people_end(&people);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_shown_at_both_ends),
        cmocka_unit_test(a_message_that_is_refused_is_shown),
        cmocka_unit_test(a_user_of_its_own_goes_with_the_connection),
        cmocka_unit_test(it_stands_in_no_table),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
