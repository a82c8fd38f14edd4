/* HelloRetryRequest and the second ClientHello (RFC 9846 4.2.2, 4.2.4, 4.3.2, 4.3.8; bug classes 22
 * and 42). */
#include "subject.h"

#include "hex.h"
#include "registry/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef void edit(void *user, struct draft *d);

struct lie {
    const char *what;
    enum subject_id subject;
    edit *edit;
    const char *hex;
    int verdict;
};

static void try_all(const struct lie *lies, size_t n)
{
    struct tally t = {0};
    for (size_t i = 0; i < n; i++)
        tally(&t, lies[i].verdict,
              subject_try(lies[i].subject, lies[i].edit, (void *)(uintptr_t)lies[i].hex), "%s",
              lies[i].what);
    assert_tally(t, n);
}

/* ---- what a server may ask for --------------------------------------------------------------- */

static void group(void *user, struct draft *d)
{
    draft_set_hex(d, "key_share.group", user);
}

static void suite(void *user, struct draft *d)
{
    draft_set_hex(d, "suite", user);
}

static void cookie(void *user, struct draft *d)
{
    draft_set_hex(d, "cookie.cookie", user);
}

static void without(void *user, struct draft *d)
{
    draft_drop_ext(d, user);
}

static void asks_for_nothing(void *user, struct draft *d)
{
    (void)user;
    draft_drop_ext(d, "key_share");
    draft_drop_ext(d, "cookie");
}

/* Where the server itself finds fault with what it caused, the client has done as it was told. */
static const struct lie requests[] = {
    /* clang-format off */
    {"a retry that changes nothing",    HRR, asks_for_nothing, NULL, HELLO_RETRY_CHANGES_NOTHING},
    {"a retry for a cookie alone",      HRR, without, "key_share", HEARS(illegal_parameter)},
    {"a retry for a group alone",       HRR, without, "cookie", HEARS(illegal_parameter)},
    {"a retry for the group it has",    HRR, group, "001d", HELLO_RETRY_SAME_GROUP},
    {"a retry for a group not offered", HRR, group, "0018", GROUP_NOT_OFFERED},
    {"a retry for an unknown group",    HRR, group, "0100", GROUP_NOT_OFFERED},
    {"a retry with another suite",      HRR, suite, "1302", SUITE_CHANGED},
    {"a retry with a suite of TLS 1.2", HRR, suite, "c02f", SUITE_NOT_OFFERED},
    {"a cookie of no bytes",            HRR, cookie, "", EXT_MALFORMED},
    {"another cookie",                  HRR, cookie, "00", HEARS(illegal_parameter)},
    {"another suite after the retry",   SH_AGAIN, suite, "1302", SUITE_CHANGED},
    {"another group after the retry",   SH_AGAIN, group, "001d", GROUP_NOT_OFFERED},
    /* clang-format on */
};

enum { N_REQUESTS = sizeof requests / sizeof requests[0] };

static void clients_and_retries(void **state)
{
    (void)state;
    try_all(requests, N_REQUESTS);
}

/* A cookie is echoed, byte for byte, up to what we are ready to keep. */
static void long_cookie(void *user, struct draft *d)
{
    uint8_t bytes[COOKIE_MAX + 1];
    memset(bytes, 0x5a, sizeof bytes);
    draft_set(d, "cookie.cookie", (span){bytes, *(const size_t *)user});
}

static void cookies_have_a_limit(void **state)
{
    (void)state;
    struct anatomy a;
    size_t most = COOKIE_MAX, more = COOKIE_MAX + 1;
    assert_int_equal(subject_try(HRR, long_cookie, &most), HEARS(illegal_parameter));
    span second = liar_said(true, 1).raw;
    anatomy_of(&a, second);
    const struct field *f = &a.fields[anatomy_find(&a, "cookie.cookie")];
    assert_int_equal(f->n, COOKIE_MAX);
    for (size_t i = 0; i < f->n; i++)
        assert_int_equal(second.p[f->at + f->prefix + i], 0x5a);
    assert_int_equal(subject_try(HRR, long_cookie, &more), COOKIE_TOO_LONG);
}

/* A second request is one too many, whatever it asks for. */
static void second_request(void *user, struct draft *d)
{
    span first = liar_said(false, 0).raw;
    draft_remove(d, 0, d->n);
    draft_insert(d, 0, first);
    draft_set_hex(d, "key_share.group", user);
}

static void a_second_retry_is_refused(void **state)
{
    (void)state;
    char again[] = "0017", other[] = "001d";
    assert_int_equal(subject_try(SH_AGAIN, second_request, again), SECOND_HELLO_RETRY);
    assert_int_equal(subject_try(SH_AGAIN, second_request, other), SECOND_HELLO_RETRY);
}

/* ---- what a client may change ---------------------------------------------------------------- */

static void random(void *user, struct draft *d)
{
    draft_set_hex(d, "random", user);
}

static void session_id(void *user, struct draft *d)
{
    draft_set_hex(d, "session_id", user);
}

static void suite_list(void *user, struct draft *d)
{
    draft_set_hex(d, "suites", user);
}

static void group_list(void *user, struct draft *d)
{
    draft_set_hex(d, "supported_groups.groups", user);
}

static void name(void *user, struct draft *d)
{
    draft_set_hex(d, "server_name.names.name", user);
}

static void protocols(void *user, struct draft *d)
{
    draft_set_hex(d, "alpn.names", user);
}

static void versions(void *user, struct draft *d)
{
    draft_set_hex(d, "supported_versions.versions", user);
}

static void shares(void *user, struct draft *d)
{
    draft_set_hex(d, "key_share.shares", user);
}

static void moved(void *user, struct draft *d)
{
    (void)user;
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    uint8_t data[64];
    const struct field *f = &a.fields[anatomy_find(&a, "alpn")];
    span contents = {memcpy(data, d->p + f->at + f->prefix, f->n), f->n};
    draft_drop_ext(d, "alpn");
    draft_add_ext(d, 16, contents);
}

static void added(void *user, struct draft *d)
{
    (void)user;
    draft_add_ext(d, 0xff77, (span){0});
}

static void padded(void *user, struct draft *d)
{
    static const uint8_t zeros[64];
    draft_add_ext(d, 21, (span){zeros, strlen(user)});
}

static void early(void *user, struct draft *d)
{
    (void)user;
    draft_add_ext(d, 42, (span){0});
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define X25519 "001d00200900000000000000000000000000000000000000000000000000000000000000"

/* Another share goes before the one that was asked for. */
static void more_shares(void *user, struct draft *d)
{
    uint8_t bytes[128];
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *f = &a.fields[anatomy_find(&a, "key_share.shares")];
    size_t n = hex_bytes(user, bytes, sizeof bytes);
    memcpy(bytes + n, d->p + f->at + f->prefix, f->n);
    draft_set(d, "key_share.shares", (span){bytes, n + f->n});
}

static void same_share_twice(void *user, struct draft *d)
{
    (void)user;
    struct anatomy a;
    uint8_t bytes[2 * 69];
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *f = &a.fields[anatomy_find(&a, "key_share.shares")];
    assert_int_equal(2 * f->n, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = d->p[f->at + f->prefix + i % f->n];
    draft_set(d, "key_share.shares", (span){bytes, sizeof bytes});
}

static const struct lie changes[] = {
    /* clang-format off */
    {"another random",        CH_AGAIN, random, ZEROS, SECOND_HELLO_CHANGED},
    {"another session id",    CH_AGAIN, session_id, "01", SECOND_HELLO_CHANGED},
    {"no session id",         CH_AGAIN, session_id, "", SECOND_HELLO_CHANGED},
    {"fewer suites",          CH_AGAIN, suite_list, "1301", SECOND_HELLO_CHANGED},
    {"a suite twice",         CH_AGAIN, suite_list, "13011301", SECOND_HELLO_CHANGED},
    {"other suites",          CH_AGAIN, suite_list, "1303", SECOND_HELLO_CHANGED},
    {"fewer groups",          CH_AGAIN, group_list, "0017", SECOND_HELLO_CHANGED},
    {"another name",          CH_AGAIN, name, "622e74657374", SECOND_HELLO_CHANGED},
    {"fewer protocols",       CH_AGAIN, protocols, "026832", SECOND_HELLO_CHANGED},
    {"no TLS 1.3",            CH_AGAIN, versions, "0303", SECOND_HELLO_CHANGED},
    {"an extension moved",    CH_AGAIN, moved, NULL, OK},
    {"an extension more",     CH_AGAIN, added, NULL, SECOND_HELLO_CHANGED},
    {"an extension less",     CH_AGAIN, without, "alpn", SECOND_HELLO_CHANGED},
    {"no supported_versions", CH_AGAIN, without, "supported_versions", SECOND_HELLO_CHANGED},
    {"early data",            CH_AGAIN, early, NULL, SECOND_HELLO_CHANGED},
    {"padding",               CH_AGAIN, padded, "twelve bytes", OK},
    {"no padding to speak of", CH_AGAIN, padded, "", OK},
    {"no cookie",             CH_AGAIN, without, "cookie", COOKIE_NOT_ECHOED},
    {"another cookie",        CH_AGAIN, cookie, "5a", COOKIE_NOT_ECHOED},
    {"no share",              CH_AGAIN, shares, "", SHARE_NOT_AS_ASKED},
    {"the first share again", CH_AGAIN, shares, X25519, SHARE_NOT_AS_ASKED},
    {"one share too many",    CH_AGAIN, more_shares, X25519, SHARE_NOT_AS_ASKED},
    {"the same share twice",  CH_AGAIN, same_share_twice, NULL, SHARES_BREAK_RULES},
    /* clang-format on */
};

enum { N_CHANGES = sizeof changes / sizeof changes[0] };

static void servers_and_second_hellos(void **state)
{
    (void)state;
    try_all(changes, N_CHANGES);
}

/* Early data is offered once, and has to be gone from the second hello. */
static void first_hello_only(void *user, struct tls *t, struct draft *d)
{
    size_t *hellos = user;
    (void)t;
    if (d->p[0] == MSG_CLIENT_HELLO && (*hellos)++ == 0)
        draft_add_ext(d, 42, (span){0});
}

static void early_data_goes(void **state)
{
    (void)state;
    size_t hellos = 0;
    liar_reset();
    liar = (struct liar){.is_client = true, .user = &hellos, .message = first_hello_only};
    assert_int_equal(scene_run(RETRY, NULL), OK);
    assert_int_equal(hellos, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_and_retries),       cmocka_unit_test(cookies_have_a_limit),
        cmocka_unit_test(a_second_retry_is_refused), cmocka_unit_test(servers_and_second_hellos),
        cmocka_unit_test(early_data_goes),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
