/* What a client may put into server_name (RFC 6066 3; bug class 65): whose policy it gets, and what
 * becomes of it in a report. */
#include "subject.h"

#include "certs_pair.h"
#include "conn/conn.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The name a.test, and what is below b.test, are served by anybody's policy; whoever asks for
 * anything else gets the default, which asks for a certificate. */
static const struct asked {
    const char *bytes;
    size_t n;
    bool asks_for_certificate;
} names[] = {
#define NAME(text) text, sizeof text - 1
    {NAME("a.test"), false},
    {NAME("A.tEsT"), false},
    {NAME("a.test."), false},
    {NAME("x.b.test"), false},
    {NAME("xn--bcher-kva.b.test"), false},
    {NAME("b.test"), true},
    {NAME("y.x.b.test"), true},
    {NAME(".b.test"), true},
    {NAME("*.b.test"), true},
    {NAME("a.test.."), true},
    {NAME("a.test\0"), true},
    {NAME("a.test\0.evil.test"), true},
    {NAME("evil.test\0a.test"), true},
    {NAME("\0a.test"), true},
    {NAME(" a.test"), true},
    {NAME("a.test\n"), true},
    {NAME("a.test:443"), true},
    {NAME("https://a.test"), true},
    {NAME("a..test"), true},
    {NAME("127.0.0.1"), true},
    {NAME("[::1]"), true},
    {NAME("::1"), true},
    {NAME("\x1b[2Ja.test"), true},
    {NAME("a.test\"}\r\nHTTP/1.1"), true},
    {NAME("\xc3\xa9.b.test"), true},
    {NAME("\xff\xfe"), true},
    {NAME("xn--.\x01"), true},
};

static void set_name(void *user, struct draft *d)
{
    const span *name = user;
    draft_set(d, "server_name.names.name", *name);
}

/* assert_served plays a handshake in which this name is asked for. */
static void assert_served(span name, bool asks_for_certificate)
{
    tacit_error error;
    tacit_info info = {.size = sizeof info};
    char json[8192];
    tacit_config_options lax = scene_server(PLAIN), strict = scene_server(ASKED);
    lax.min_version = 0x0304;
    tacit_config *open = tacit_server_config(scene_env(), &lax, &error);
    const tacit_named_config served[] = {{"a.test", open}, {"*.b.test", open}};
    struct editor e = {.edit = set_name, .user = &name};
    strict.names = served;
    strict.n_names = 2;
    subject_lie(CH, &e);
    struct pair p = scene_pair(scene_client(PLAIN), strict, "a.test");
    pair_run(&p);
    assert_true(pair_connected(&p));
    tacit_conn_info(p.server, &info);
    if (info.client_auth_requested != asks_for_certificate)
        fail_msg("%.*s got the other policy", (int)name.n, name.p);
    assert_true(span_eq(info.server_name, name));
    (void)tacit_conn_json(p.server, json, sizeof json);
    for (const char *c = json; *c; c++)
        assert_true(isprint((unsigned char)*c));
    scene_end(&p);
    tacit_config_free(open);
}

static void odd_names_get_the_default(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_served((span){(const uint8_t *)names[i].bytes, names[i].n},
                      names[i].asks_for_certificate);
}

static void long_names_get_the_default(void **state)
{
    (void)state;
    enum { LONG = 60000 };
    uint8_t *name = malloc(LONG);
    assert_non_null(name);
    for (size_t i = 0; i < LONG; i++)
        name[i] = i % 2 ? '.' : 'a';
    memcpy(name + LONG - 6, "b.test", 6);
    assert_served((span){name, LONG}, true);
    assert_true(scene_peak() < 1 << 20);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_names_get_the_default),
        cmocka_unit_test(long_names_get_the_default),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
