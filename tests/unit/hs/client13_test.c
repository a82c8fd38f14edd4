/* The client before a server of this test's own making: what it does with a HelloRetryRequest's
 * cookie (RFC 9846 4.3.2). Every lie that a whole server can tell is in tests/state/. */
#include "certs_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* struct request is a HelloRetryRequest, and how many bytes stand in its record behind it. */
struct request {
    size_t cookie, more;
    uint16_t group;
};

/* retry writes a record with a HelloRetryRequest that answers this client's hello. */
static span retry(const tacit_conn *client, struct request r, uint8_t *out, size_t cap)
{
    static const uint8_t bytes[1 << 14];
    const struct tacit_hs *hs = client->t.hs;
    struct offers ignored = {0};
    const struct server_hello m = {
        .legacy_version = TLS12,
        .random = {hello_retry_random, 32},
        .session_id = {hs->session_id, hs->session_id_n},
        .suite = 0x1301,
    };
    const struct answers a = {.version = TLS13, .group = r.group, .cookie = {bytes, r.cookie}};
    wr w = wr_of(out, cap);
    wr_bytes(&w, (const uint8_t[]){CT_HANDSHAKE, 3, 3}, 3);
    size_t record = wr_open(&w, 2);
    wr_u8(&w, MSG_SERVER_HELLO);
    size_t message = wr_open(&w, 3);
    server_hello_write(&w, &m);
    ext_write(&w, IN_HRR, false, &ignored, &a);
    wr_close(&w, message, 3);
    wr_bytes(&w, bytes, r.more);
    wr_close(&w, record, 2);
    assert_true(wr_ok(&w));
    return wr_span(&w);
}

static tacit_conn *client_answered(struct request r)
{
    static uint8_t record[1 << 15];
    const tacit_config_options o = {.size = sizeof o, .insecure_skip_verification = true};
    tacit_config *config = tacit_client_config(test_env(), &o, NULL);
    tacit_conn *client = tacit_client_new(config, "a.test", NULL);
    tacit_config_free(config);
    assert_non_null(client);
    rd in = rd_of(retry(client, r, record, sizeof record));
    while (tacit_conn_wire_out_buf(client).n)
        tacit_conn_wire_out_done(client, tacit_conn_wire_out_buf(client).n);
    for (tacit_buf room; in.n && (room = tacit_conn_wire_in_buf(client)).n;) {
        size_t n = in.n < room.n ? in.n : room.n;
        assert_true(rd_copy(&in, n, room.p));
        tacit_conn_wire_in_done(client, n);
    }
    return client;
}

/* Bug class 42: a cookie comes back as it was, up to what we keep of one. */
static void a_cookie_is_echoed_up_to_a_limit(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 100, COOKIE_MAX};
    for (size_t i = 0; i < 3; i++) {
        tacit_conn *client = client_answered((struct request){.cookie = lengths[i]});
        assert_null(tacit_conn_error(client));
        assert_int_equal(client->t.hs->offers.cookie.n, lengths[i]);
        size_t hello = 0;
        for (tacit_span out; (out = tacit_conn_wire_out_buf(client)).n; hello += out.n)
            tacit_conn_wire_out_done(client, out.n);
        assert_true(hello > lengths[i] + 6 + REC_HEADER + MSG_HEADER);
        tacit_conn_free(client);
    }
    tacit_conn *client = client_answered((struct request){.cookie = COOKIE_MAX + 1});
    assert_failed(client, R_COOKIE_TOO_LONG);
    tacit_conn_free(client);
}

static void a_retry_must_change_something(void **state)
{
    (void)state;
    tacit_conn *client = client_answered((struct request){0});
    assert_failed(client, R_HELLO_RETRY_CHANGES_NOTHING);
    tacit_conn_free(client);
    client = client_answered((struct request){.group = 0x001d});
    assert_failed(client, R_HELLO_RETRY_SAME_GROUP);
    tacit_conn_free(client);
    client = client_answered((struct request){.group = 0x0100});
    assert_failed(client, R_GROUP_NOT_OFFERED);
    tacit_conn_free(client);
    client = client_answered((struct request){.group = 0x0017});
    assert_null(tacit_conn_error(client));
    assert_int_equal(client->t.facts.group->id, 0x0017);
    tacit_conn_free(client);
}

/* RFC 9846 5.1: what stands behind the request cannot have been written for our second hello, so
 * that is not sent: an alert, and nothing before it. */
static void nothing_follows_a_retry(void **state)
{
    (void)state;
    tacit_conn *client = client_answered((struct request){.group = 0x0017, .more = 1});
    tacit_span out = tacit_conn_wire_out_buf(client);
    assert_int_equal(out.n, REC_HEADER + 2);
    assert_int_equal(out.p[0], CT_ALERT);
    assert_failed(client, R_MESSAGE_OVER_KEY_CHANGE);
    tacit_conn_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_echoed_up_to_a_limit),
        cmocka_unit_test(a_retry_must_change_something),
        cmocka_unit_test(nothing_follows_a_retry),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
