/* NewSessionTicket: RFC 9846 4.7.1. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t body[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 2, 'n', 'o', 0, 4, 't', 'i', 'c', 'k', 0, 8, 0, 42, 0, 4, 0, 0, 4, 0,
};

static void every_cut_is_refused(void **state)
{
    (void)state;
    codec_check(MSG_NEW_SESSION_TICKET, (span){body, sizeof body});
}

static void fields_are_found(void **state)
{
    (void)state;
    struct new_session_ticket m;
    assert_true(new_session_ticket_parse(&m, (span){body, sizeof body}));
    assert_int_equal(m.lifetime, 0x00010203);
    assert_int_equal(m.age_add, 0x04050607);
    assert_memory_equal(m.nonce.p, "no", m.nonce.n);
    assert_memory_equal(m.ticket.p, "tick", m.ticket.n);
    assert_int_equal(m.extensions.n, 8);
}

static void a_nonce_may_be_empty_and_a_ticket_may_not(void **state)
{
    (void)state;
    static const uint8_t no_nonce[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 't', 0, 0};
    static const uint8_t no_ticket[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    struct new_session_ticket m;
    codec_check(MSG_NEW_SESSION_TICKET, (span){no_nonce, sizeof no_nonce});
    assert_false(new_session_ticket_parse(&m, (span){no_ticket, sizeof no_ticket}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(a_nonce_may_be_empty_and_a_ticket_may_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
