/* Sessions offered to a server that has none (RFC 9846 4.3.9, 4.3.11; bug classes 1, 23, 24, 45):
 * the form of the offer is checked, and the handshake goes on without it. */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define BYTES_32 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define IDENTITY                                                                                   \
    "0001"                                                                                         \
    "41"                                                                                           \
    "00000000"
#define BINDER "20" BYTES_32

/* Each row is the contents of a pre_shared_key. */
static const struct offer {
    const char *what, *hex;
    int verdict;
} offers[] = {
    {"one session", "0007" IDENTITY "0021" BINDER, OK},
    {"two sessions", "000e" IDENTITY IDENTITY "0042" BINDER BINDER, OK},
    {"a name with a zero",
     "0008"
     "0002"
     "4100"
     "00000000"
     "0021" BINDER,
     OK},
    {"a longer binder",
     "0007" IDENTITY "0022"
     "21" BYTES_32 "00",
     OK},
    {"no session",
     "0000"
     "0021" BINDER,
     EXT_MALFORMED},
    {"a name of no bytes",
     "0007"
     "0000"
     "00000000"
     "00"
     "0021" BINDER,
     EXT_MALFORMED},
    {"half an age",
     "0007"
     "0003"
     "414141"
     "0000"
     "0021" BINDER,
     EXT_MALFORMED},
    {"no binder", "0007" IDENTITY "0000", EXT_MALFORMED},
    {"no list of binders", "0007" IDENTITY, EXT_MALFORMED},
    {"a binder too short",
     "0007" IDENTITY "0021"
     "1f" BYTES_32,
     EXT_MALFORMED},
    {"a binder too long for its list",
     "0007" IDENTITY "0021"
     "21" BYTES_32,
     EXT_MALFORMED},
    {"a binder more", "0007" IDENTITY "0042" BINDER BINDER, PSK_BINDER_COUNT},
    {"a binder less", "000e" IDENTITY IDENTITY "0021" BINDER, PSK_BINDER_COUNT},
    {"a byte more", "0007" IDENTITY "0021" BINDER "00", EXT_MALFORMED},
    {"nothing", "", EXT_MALFORMED},
};

enum { N_OFFERS = sizeof offers / sizeof offers[0] };

static void offer_modes(struct draft *d)
{
    draft_add_ext(d, 45, (span){(const uint8_t[]){1, 1}, 2});
}

static void offer_sessions(void *user, struct draft *d)
{
    uint8_t bytes[256];
    size_t n = hex_bytes(user, bytes, sizeof bytes);
    offer_modes(d);
    draft_add_ext(d, 41, (span){bytes, n});
}

static void offers_of_sessions(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_OFFERS; i++)
        tally(&t, offers[i].verdict,
              subject_try(CH, offer_sessions, (void *)(uintptr_t)offers[i].hex), "%s",
              offers[i].what);
    assert_tally(t, N_OFFERS);
}

/* Binders cover the hello before them, so nothing may come after. */
static void offer_first(void *user, struct draft *d)
{
    offer_sessions((void *)(uintptr_t)offers[0].hex, d);
    if (user)
        draft_add_ext(d, 0x1234, (span){0});
    else
        draft_add_ext(d, 21, (span){0});
}

static void nothing_comes_after_the_sessions(void **state)
{
    (void)state;
    int unknown = 1;
    assert_int_equal(subject_try(CH, offer_first, &unknown), PSK_NOT_LAST);
    assert_int_equal(subject_try(CH, offer_first, NULL), PSK_NOT_LAST);
}

/* Modes may be any, as long as there are some. */
static void offer_mode(void *user, struct draft *d)
{
    uint8_t bytes[8];
    draft_add_ext(d, 45, (span){bytes, hex_bytes(user, bytes, sizeof bytes)});
}

static void modes(void **state)
{
    (void)state;
    char usual[] = "0101", all[] = "0400010bff", none[] = "00", half[] = "0201", more[] = "010100";
    assert_int_equal(subject_try(CH, offer_mode, usual), OK);
    assert_int_equal(subject_try(CH, offer_mode, all), OK);
    assert_int_equal(subject_try(CH, offer_mode, none), EXT_MALFORMED);
    assert_int_equal(subject_try(CH, offer_mode, half), EXT_MALFORMED);
    assert_int_equal(subject_try(CH, offer_mode, more), EXT_MALFORMED);
}

/* One session whose name is so long. */
static void offer_a_long_name(void *user, struct draft *d)
{
    size_t n = *(const size_t *)user;
    uint8_t *bytes = calloc(1, n + 64), binder[32] = {0};
    assert_non_null(bytes);
    wr w = wr_of(bytes, n + 64);
    size_t identities = wr_open(&w, 2), name = wr_open(&w, 2);
    assert_non_null(wr_room(&w, n));
    wr_close(&w, name, 2);
    wr_u32(&w, 0);
    wr_close(&w, identities, 2);
    size_t binders = wr_open(&w, 2);
    wr_vec(&w, 1, (span){binder, sizeof binder});
    wr_close(&w, binders, 2);
    assert_true(wr_ok(&w));
    offer_modes(d);
    draft_add_ext(d, 41, wr_span(&w));
    free(bytes);
}

/* A hello may be of 64 KiB. */
static void long_names(void **state)
{
    (void)state;
    size_t some = 16000, most = 65000;
    assert_int_equal(subject_try(CH, offer_a_long_name, &some), OK);
    assert_int_equal(subject_try(CH, offer_a_long_name, &most), OK);
    assert_true(scene_peak() < 600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_of_sessions),
        cmocka_unit_test(nothing_comes_after_the_sessions),
        cmocka_unit_test(modes),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
