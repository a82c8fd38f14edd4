/* The diagrams of RFC 9846 A.1 and A.2, and the flights of RFC 5246 7.3, typed as data, and
 * compared with the tables that are shipped. Where the two differ on purpose, the difference stands
 * here. */
#include "hs/hs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SENDS = 0 }; /* no message is received: the state is left by sending, or by a choice */

/* What we leave out of the RFC. */
enum { NO = 0, PSK, EARLY, RESUMED };

struct edge {
    const char *from;
    uint8_t on; /* the message received */
    const char *to;
    int absent;
};

static const struct edge client_edges[] = {
    /* RFC 9846 A.1 */
    {"START", SENDS, "WAIT_SH", NO},
    {"WAIT_SH", MSG_SERVER_HELLO, "START", NO}, /* HelloRetryRequest */
    {"WAIT_SH", MSG_SERVER_HELLO, "WAIT_EE", NO},
    {"WAIT_EE", MSG_ENCRYPTED_EXTENSIONS, "WAIT_FINISHED", PSK},
    {"WAIT_EE", MSG_ENCRYPTED_EXTENSIONS, "WAIT_CERT_CR", NO},
    {"WAIT_CERT_CR", MSG_CERTIFICATE, "WAIT_CV", NO},
    {"WAIT_CERT_CR", MSG_CERTIFICATE_REQUEST, "WAIT_CERT", NO},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_CV", NO},
    {"WAIT_CV", MSG_CERTIFICATE_VERIFY, "WAIT_FINISHED", NO},
    {"WAIT_FINISHED", MSG_FINISHED, "CONNECTED", NO},
    {NULL, 0, NULL, 0},
};

static const struct edge server_edges[] = {
    /* RFC 9846 A.2 */
    {"START", MSG_CLIENT_HELLO, "RECVD_CH", NO},
    {"RECVD_CH", SENDS, "START", NO}, /* HelloRetryRequest */
    {"RECVD_CH", SENDS, "NEGOTIATED", NO},
    {"NEGOTIATED", SENDS, "WAIT_EOED", EARLY},
    {"WAIT_EOED", MSG_END_OF_EARLY_DATA, "WAIT_FLIGHT2", EARLY},
    {"NEGOTIATED", SENDS, "WAIT_FLIGHT2", NO},
    {"WAIT_FLIGHT2", SENDS, "WAIT_FINISHED", NO},
    {"WAIT_FLIGHT2", SENDS, "WAIT_CERT", NO},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_FINISHED", NO}, /* an empty one */
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_CV", NO},
    {"WAIT_CV", MSG_CERTIFICATE_VERIFY, "WAIT_FINISHED", NO},
    {"WAIT_FINISHED", MSG_FINISHED, "CONNECTED", NO},
    {NULL, 0, NULL, 0},
};

/* RFC 5246 7.3, figures 1 and 2, with the ephemeral keys of RFC 8422 or with RSA transport. A state
 * goes by the message that it waits for. */
static const struct edge client12_edges[] = {
    {"WAIT_SH", MSG_SERVER_HELLO, "WAIT_CERT", NO},
    {"WAIT_SH", MSG_SERVER_HELLO, "WAIT_CCS", RESUMED},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_SKE", NO},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_CR_DONE", NO}, /* RSA transport */
    /* RFC 6066 8: if the server has said so, CertificateStatus comes next. It may leave it out;
     * with RSA transport we hold it to its word. */
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_STATUS_SKE", NO},
    {"WAIT_STATUS_SKE", MSG_CERTIFICATE_STATUS, "WAIT_SKE", NO},
    {"WAIT_STATUS_SKE", MSG_SERVER_KEY_EXCHANGE, "WAIT_CR_DONE", NO},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_STATUS", NO},
    {"WAIT_STATUS", MSG_CERTIFICATE_STATUS, "WAIT_CR_DONE", NO},
    {"WAIT_SKE", MSG_SERVER_KEY_EXCHANGE, "WAIT_CR_DONE", NO},
    {"WAIT_CR_DONE", MSG_CERTIFICATE_REQUEST, "WAIT_DONE", NO},
    {"WAIT_CR_DONE", MSG_SERVER_HELLO_DONE, "WAIT_CCS", NO},
    {"WAIT_DONE", MSG_SERVER_HELLO_DONE, "WAIT_CCS", NO},
    {"WAIT_CCS", MSG_CHANGE_CIPHER_SPEC, "WAIT_FINISHED", NO},
    {"WAIT_FINISHED", MSG_FINISHED, "CONNECTED", NO},
    {NULL, 0, NULL, 0},
};

static const struct edge server12_edges[] = {
    {"START", MSG_CLIENT_HELLO, "WAIT_CERT", NO}, /* a certificate is asked for */
    {"START", MSG_CLIENT_HELLO, "WAIT_CKE", NO},
    {"START", MSG_CLIENT_HELLO, "WAIT_CCS", RESUMED},
    {"WAIT_CERT", MSG_CERTIFICATE, "WAIT_CKE", NO},
    {"WAIT_CKE", MSG_CLIENT_KEY_EXCHANGE, "WAIT_CV", NO},
    {"WAIT_CKE", MSG_CLIENT_KEY_EXCHANGE, "WAIT_CCS", NO}, /* nothing was shown */
    {"WAIT_CV", MSG_CERTIFICATE_VERIFY, "WAIT_CCS", NO},
    {"WAIT_CCS", MSG_CHANGE_CIPHER_SPEC, "WAIT_FINISHED", NO},
    {"WAIT_FINISHED", MSG_FINISHED, "CONNECTED", NO},
    {NULL, 0, NULL, 0},
};

/* The machines. `ours` are states that the RFC has not: in them public-key work is done, which
 * a host may take out of the connection; they are passed through without a message. `theirs` are
 * states of the RFC that receive nothing and that we pass through. `after` is what CONNECTED
 * accepts, which the diagrams leave out (RFC 9846 4.7); in TLS 1.2 it is what asks for another
 * handshake, to be refused. */
static const struct machine {
    const char *name;
    const struct row *rows;
    const struct edge *edges;
    const char *ours[5], *theirs[2];
    uint32_t after;
} machines[] = {
    {"client13",
     client13,
     client_edges,
     {"WAIT_KEX", "WAIT_VERIFY", "WAIT_CHOOSE", "WAIT_SIGN"},
     {"START"},
     MSG(MSG_NEW_SESSION_TICKET) | MSG(MSG_KEY_UPDATE)},
    {"server13",
     server13,
     server_edges,
     {"WAIT_KEX", "WAIT_VERIFY"},
     {"WAIT_FLIGHT2"},
     MSG(MSG_KEY_UPDATE)},
    {"client12",
     client12,
     client12_edges,
     {"WAIT_VERIFY", "WAIT_CHOOSE", "WAIT_KEX", "WAIT_SIGN"},
     {0},
     MSG(MSG_HELLO_REQUEST)},
    {"server12",
     server12,
     server12_edges,
     {"RECVD_CH", "NEGOTIATED", "WAIT_KEX", "WAIT_VERIFY"},
     {0},
     MSG(MSG_CLIENT_HELLO)},
};

enum { N_MACHINES = sizeof machines / sizeof machines[0] };

static bool is_in(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static int state_by_name(const struct machine *m, const char *name)
{
    for (int s = 0; s < N_STATES; s++)
        if (m->rows[s].name && strcmp(m->rows[s].name, name) == 0)
            return s;
    return -1;
}

/* To which states does the RFC let `from` go? What it passes through is looked through. */
static uint32_t rfc_next(const struct machine *m, const char *from)
{
    uint32_t next = 0;
    for (const struct edge *e = m->edges; e->from; e++) {
        if (e->absent || strcmp(e->from, from) != 0)
            continue;
        int to = state_by_name(m, e->to);
        if (is_in(m->theirs, e->to))
            next |= rfc_next(m, e->to);
        else if (to < 0)
            fail_msg("%s has no state %s", m->name, e->to);
        else
            next |= STATE((unsigned)to);
    }
    return next;
}

static uint32_t rfc_accepts(const struct machine *m, const char *from)
{
    uint32_t accepts = 0;
    for (const struct edge *e = m->edges; e->from; e++)
        if (!e->absent && e->on != SENDS && strcmp(e->from, from) == 0)
            accepts |= MSG(e->on);
    return accepts;
}

/* To which states does our table let a state go? Ours are looked through. */
static uint32_t our_next(const struct machine *m, const struct row *row)
{
    uint32_t next = 0;
    for (unsigned s = 0; s < N_STATES; s++) {
        if (!(row->next & STATE(s)))
            continue;
        assert_non_null(m->rows[s].name);
        next |= is_in(m->ours, m->rows[s].name) ? our_next(m, &m->rows[s]) : STATE(s);
    }
    return next;
}

static void each_state_accepts_what_the_rfc_says(void **state)
{
    (void)state;
    for (const struct machine *m = machines; m < machines + N_MACHINES; m++) {
        for (unsigned s = 0; s < N_STATES; s++) {
            const struct row *row = &m->rows[s];
            if (!row->name || is_in(m->ours, row->name))
                continue;
            bool over = s == ST_CONNECTED;
            uint32_t accepts = over ? m->after : rfc_accepts(m, row->name);
            if (row->accepts != accepts)
                fail_msg("%s %s accepts %08x, by the RFC %08x", m->name, row->name, row->accepts,
                         accepts);
        }
    }
}

static void each_state_goes_where_the_rfc_says(void **state)
{
    (void)state;
    for (const struct machine *m = machines; m < machines + N_MACHINES; m++) {
        for (unsigned s = 0; s < N_STATES; s++) {
            const struct row *row = &m->rows[s];
            if (!row->name || is_in(m->ours, row->name))
                continue;
            bool over = s == ST_CONNECTED;
            uint32_t next = over ? STATE(ST_CONNECTED) : rfc_next(m, row->name);
            if (our_next(m, row) != next)
                fail_msg("%s %s goes to %08x, by the RFC %08x", m->name, row->name,
                         our_next(m, row), next);
        }
    }
}

/* Each state of the RFC is a row, is passed through, or belongs to what is absent. */
static void no_state_of_the_rfc_is_forgotten(void **state)
{
    (void)state;
    for (const struct machine *m = machines; m < machines + N_MACHINES; m++) {
        for (const struct edge *e = m->edges; e->from; e++) {
            if (e->absent)
                continue;
            assert_true(state_by_name(m, e->from) >= 0 || is_in(m->theirs, e->from));
            assert_true(state_by_name(m, e->to) >= 0 || is_in(m->theirs, e->to));
        }
    }
}

/* A state of ours changes nothing about the order of messages. */
static void our_own_states_accept_no_message(void **state)
{
    (void)state;
    for (const struct machine *m = machines; m < machines + N_MACHINES; m++) {
        for (size_t i = 0; m->ours[i]; i++) {
            int s = state_by_name(m, m->ours[i]);
            assert_true(s >= 0);
            assert_int_equal(m->rows[s].accepts, 0);
            assert_int_not_equal(m->rows[s].task, TASK_NONE);
        }
    }
}

static void a_row_is_left_by_a_message_or_by_a_task(void **state)
{
    (void)state;
    const char *name;
    const struct row *rows;
    for (size_t i = 0; (rows = hs_machine(i, &name)) != NULL; i++) {
        for (unsigned s = 0; s < N_STATES; s++) {
            bool sends = rows == hello_client && s == ST_START;
            if (!rows[s].name) {
                assert_null(rows[s].step);
                continue;
            }
            assert_non_null(rows[s].step);
            assert_true(rows[s].next != 0);
            assert_false(rows[s].next & STATE(ST_FAILED));
            assert_int_equal(!rows[s].accepts, rows[s].task != TASK_NONE || sends);
        }
    }
}

/* One state has one name, in whichever machine. */
static void a_state_has_one_name(void **state)
{
    (void)state;
    const char *machine, *names[N_STATES] = {0};
    const struct row *rows;
    for (size_t i = 0; (rows = hs_machine(i, &machine)) != NULL; i++)
        for (unsigned s = 0; s < N_STATES; s++) {
            if (rows[s].name && names[s])
                assert_string_equal(rows[s].name, names[s]);
            names[s] = rows[s].name ? rows[s].name : names[s];
        }
}

static uint32_t reachable(const struct row *rows, uint32_t from)
{
    uint32_t all = from, before;
    do {
        before = all;
        for (unsigned s = 0; s < N_STATES; s++)
            all |= all & STATE(s) ? rows[s].next : 0;
    } while (all != before);
    return all;
}

static void each_state_is_reached(void **state)
{
    (void)state;
    static const uint32_t first[N_MACHINES] = {STATE(ST_WAIT_SH), STATE(ST_START),
                                               STATE(ST_WAIT_SH), STATE(ST_START)};
    for (size_t i = 0; i < N_MACHINES; i++) {
        uint32_t all = reachable(machines[i].rows, first[i]);
        for (unsigned s = 0; s < N_STATES; s++)
            assert_int_equal(machines[i].rows[s].name != NULL, !!(all & STATE(s)));
        assert_true(all & STATE(ST_CONNECTED));
    }
}

/* Before the version is known there is one message to wait for, and it is delivered again. */
static void the_first_machines_hand_over(void **state)
{
    (void)state;
    assert_int_equal(hello_client[ST_START].next, STATE(ST_WAIT_SH));
    assert_int_equal(hello_client[ST_WAIT_SH].accepts, MSG(MSG_SERVER_HELLO));
    assert_int_equal(hello_client[ST_WAIT_SH].next, STATE(ST_REDELIVER));
    assert_int_equal(hello_server[ST_START].accepts, MSG(MSG_CLIENT_HELLO));
    assert_int_equal(hello_server[ST_START].next, STATE(ST_REDELIVER));
    for (unsigned s = 0; s < N_STATES; s++) {
        assert_int_equal(hello_client[s].name != NULL, s == ST_START || s == ST_WAIT_SH);
        assert_int_equal(hello_server[s].name != NULL, s == ST_START);
    }
}

static void all_machines_are_listed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct row *rows;
    } listed[] = {
        {"hello-client", hello_client}, {"hello-server", hello_server}, {"client13", client13},
        {"server13", server13},         {"client12", client12},         {"server12", server12},
    };
    const char *name;
    for (size_t i = 0; i < 6; i++) {
        assert_ptr_equal(hs_machine(i, &name), listed[i].rows);
        assert_string_equal(name, listed[i].name);
    }
    assert_null(hs_machine(6, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_accepts_what_the_rfc_says),
        cmocka_unit_test(each_state_goes_where_the_rfc_says),
        cmocka_unit_test(no_state_of_the_rfc_is_forgotten),
        cmocka_unit_test(our_own_states_accept_no_message),
        cmocka_unit_test(a_row_is_left_by_a_message_or_by_a_task),
        cmocka_unit_test(a_state_has_one_name),
        cmocka_unit_test(each_state_is_reached),
        cmocka_unit_test(the_first_machines_hand_over),
        cmocka_unit_test(all_machines_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
