/* Key shares that are none (RFC 9846 4.3.8, 4.3.8.2, 7.4.2; bug classes 41, 43, 100): for each
 * group, of the client to the server and of the server to the client. */
#include "subject.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- bad shares ------------------------------------------------------------------------------ */

/* What is made of an honest share: its first byte, then x and y; with X25519, u. */
enum making {
    SHORT,             /* a byte less */
    LONG,              /* a byte more */
    OFF_CURVE,         /* a bit of x flipped */
    ZERO,              /* the point (0, 0) */
    X_TOO_LARGE,       /* x is not below the field's prime */
    COMPRESSED,        /* as SEC 1 has it: 02 and x */
    COMPRESSED_PADDED, /* 02, x and y: the right length */
    INFINITY_,         /* as SEC 1 has it: 00 */
    INFINITY_PADDED,   /* 00 and zeros: the right length */
    HYBRID,            /* as X9.62 has it: 06 or 07, x and y */
    OTHER_GROUP,       /* an X25519 share in a group of NIST's, and the reverse */
    N_MAKINGS
};

static const uint16_t curves[] = {0x0017, 0x0018};

struct forge {
    enum making making;
    const char *field;
};

static void forge(void *user, struct draft *d)
{
    const struct forge *f = user;
    struct anatomy a;
    uint8_t p[128] = {0};
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *key = &a.fields[anatomy_find(&a, f->field)];
    size_t n = key->n, field = (n - 1) / 2;
    memcpy(p, d->p + key->at + key->prefix, n);
    switch (f->making) {
    case SHORT:
        n--;
        break;
    case LONG:
        n++;
        break;
    case OFF_CURVE:
        p[field] ^= 1;
        break;
    case ZERO:
        memset(p + 1, 0, n - 1);
        break;
    case X_TOO_LARGE:
        memset(p + 1, 0xff, field);
        break;
    case COMPRESSED:
        p[0] = 2 | (p[n - 1] & 1);
        n = 1 + field;
        break;
    case COMPRESSED_PADDED:
        p[0] = 2 | (p[n - 1] & 1);
        break;
    case INFINITY_:
        p[0] = 0;
        n = 1;
        break;
    case INFINITY_PADDED:
        memset(p, 0, n);
        break;
    case HYBRID:
        p[0] = 6 | (p[n - 1] & 1);
        break;
    case OTHER_GROUP:
        n = 32;
        break;
    case N_MAKINGS:
        break;
    }
    draft_set(d, f->field, (span){p, n});
}

/* Both ends know one group alone. */
static int play(uint16_t group, enum subject_id id, struct editor *e)
{
    tacit_config_options client = scene_client(PLAIN), server = scene_server(PLAIN);
    client.groups = server.groups = &group;
    client.n_groups = server.n_groups = 1;
    subject_lie(id, e);
    int verdict = scene_play(client, server);
    assert_true(e->now > e->at);
    return verdict;
}

static void no_points_of_the_curve(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t g = 0; g < 2; g++) {
        for (enum making making = 0; making < N_MAKINGS; making++) {
            struct forge of_client = {making, "key_share.shares.key#2"};
            struct forge of_server = {making, "key_share.key"};
            struct editor c = {.edit = forge, .user = &of_client};
            struct editor s = {.edit = forge, .user = &of_server};
            tally(&t, BAD_KEY_SHARE, play(curves[g], CH, &c), "client's, making %d", making);
            tally(&t, BAD_KEY_SHARE, play(curves[g], SH, &s), "server's, making %d", making);
        }
    }
    assert_tally(t, 2 * 2 * 11);
}

enum { BAD = BAD_KEY_SHARE, OTHER = BAD_RECORD_MAC };

/* Each row is a share of X25519. The first ones have a small order: the secret would be zero,
 * whatever the private key. The top bit counts for nothing (RFC 7748 5). */
static const struct x25519 {
    const char *what, *hex;
    int verdict;
} x25519[] = {
    /* clang-format off */
    {"0",              "0000000000000000000000000000000000000000000000000000000000000000", BAD},
    {"1",              "0100000000000000000000000000000000000000000000000000000000000000", BAD},
    {"order 8",        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", BAD},
    {"order 8, too",   "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", BAD},
    {"p - 1",          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", BAD},
    {"p",              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", BAD},
    {"p + 1",          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", BAD},
    {"0 and a bit",    "0000000000000000000000000000000000000000000000000000000000000080", BAD},
    {"1 and a bit",    "0100000000000000000000000000000000000000000000000000000000000080", BAD},
    {"p and a bit",    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", BAD},
    {"a byte less",    "09000000000000000000000000000000000000000000000000000000000000", BAD},
    {"a byte more",    "090000000000000000000000000000000000000000000000000000000000000000", BAD},
    {"nothing",        "", EXT_MALFORMED},
    {"another's key",  "0900000000000000000000000000000000000000000000000000000000000000", OTHER},
    /* clang-format on */
};

enum { N_X25519 = sizeof x25519 / sizeof x25519[0] };

static void set_client_key(void *user, struct draft *d)
{
    draft_set_hex(d, "key_share.shares.key#2", user);
}

static void set_server_key(void *user, struct draft *d)
{
    draft_set_hex(d, "key_share.key", user);
}

static void no_shares_of_x25519(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < N_X25519; i++) {
        const struct x25519 *x = &x25519[i];
        struct editor c = {.edit = set_client_key, .user = (void *)(uintptr_t)x->hex};
        struct editor s = {.edit = set_server_key, .user = (void *)(uintptr_t)x->hex};
        tally(&t, x->verdict, play(0x001d, CH, &c), "client's %s", x->what);
        tally(&t, x->verdict, play(0x001d, SH, &s), "server's %s", x->what);
    }
    assert_tally(t, 2 * N_X25519);
}

static void set_top_bit(void *user, struct draft *d)
{
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *key = &a.fields[anatomy_find(&a, user)];
    d->p[key->at + key->prefix + key->n - 1] |= 0x80;
}

static void the_top_bit_is_ignored(void **state)
{
    (void)state;
    char of_client[] = "key_share.shares.key#2", of_server[] = "key_share.key";
    struct editor c = {.edit = set_top_bit, .user = of_client};
    struct editor s = {.edit = set_top_bit, .user = of_server};
    assert_int_equal(play(0x001d, CH, &c), OK);
    assert_int_equal(play(0x001d, SH, &s), OK);
}

/* ---- lists of shares ------------------------------------------------------------------------- */

/* A hello offers two groups and GREASE, and has a share of X25519 and one of GREASE. What is put
 * before and after these two: */
static const struct list {
    const char *what, *before, *after;
    int verdict;
} lists[] = {
    {"a share of a group not listed", "", "0018000100", SHARES_BREAK_RULES},
    {"a share of an unknown group", "", "0100000100", SHARES_BREAK_RULES},
    {"two shares of a group", "", "001d000100", SHARES_BREAK_RULES},
    {"a share out of order", "0017000100", "", SHARES_BREAK_RULES},
    {"a share that is not needed", "", "0017000100", OK},
    {"half a share", "", "00170002ff", EXT_MALFORMED},
    {"a share of no bytes", "", "00170000", EXT_MALFORMED},
};

static void put_around(void *user, struct draft *d)
{
    const struct list *l = user;
    uint8_t bytes[256];
    struct anatomy a;
    anatomy_of(&a, (span){d->p, d->n});
    const struct field *f = &a.fields[anatomy_find(&a, "key_share.shares")];
    size_t n = hex_bytes(l->before, bytes, sizeof bytes);
    memcpy(bytes + n, d->p + f->at + f->prefix, f->n);
    n += f->n;
    n += hex_bytes(l->after, bytes + n, sizeof bytes - n);
    draft_set(d, "key_share.shares", (span){bytes, n});
}

static void shares_follow_the_groups(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct list l = lists[i];
        tally(&t, l.verdict, subject_try(CH, put_around, &l), "%s", l.what);
    }
    assert_tally(t, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_points_of_the_curve),
        cmocka_unit_test(no_shares_of_x25519),
        cmocka_unit_test(the_top_bit_is_ignored),
        cmocka_unit_test(shares_follow_the_groups),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
