/* What three validators say of the same chains: valid ones, each rule broken alone, and every pair
 * of rules broken together.
 *
 * The table says who refuses what: a capital letter refuses (T tacit, L libcrypto, G GnuTLS), and
 * wherever they differ, the row says why. What two broken rules come to is typed only where one of
 * them makes the other hold: else, whoever refuses one of them must refuse the pair. */
#include "validators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* struct story is a chain of leaf, intermediate and root, each usual but for what a rule
 * changes. */
struct story {
    struct test_cert_spec leaf, middle, root;
    const char *host;
    bool alone;        /* the intermediate is not sent                                */
    bool other_anchor; /* what is trusted bears the root's name, and another key      */
    bool with_root;    /* the root is sent along                                      */
};

struct rule {
    const char *name;
    void (*breaks)(struct story *s);
    const char *refused_by; /* of "TLG"                                            */
    const char *why;        /* they differ; NULL: they do not                      */
};

#define PAST (TEST_NOW - 1)
#define FUTURE (TEST_NOW + 1)

#define PAIR(a, b, refused_by, why)
#define RULE(name, change, refused_by, why)                                                        \
    static void name(struct story *s)                                                              \
    {                                                                                              \
        s->change;                                                                                 \
    }
#include "validators.def"
#undef RULE

#define RULE(name, change, refused_by, why) {#name, name, refused_by, why},
static const struct rule rules[] = {
#include "validators.def"
};
#undef RULE
#undef PAIR

/* struct pair is two rules of which one makes the other hold. */
struct pair {
    void (*a)(struct story *s), (*b)(struct story *s);
    const char *refused_by, *why;
};

#define RULE(name, change, refused_by, why)
#define PAIR(a, b, refused_by, why) {a, b, refused_by, why},
static const struct pair pairs[] = {
#include "validators.def"
};
#undef RULE
#undef PAIR

enum { RULES = sizeof rules / sizeof rules[0] };

static struct story usual(void)
{
    struct story s;
    memset(&s, 0, sizeof s); /* compared as bytes, below */
    s.leaf.cn = "leaf";
    s.leaf.key_no = 1;
    s.leaf.san = "DNS:www.example.test,DNS:example.test";
    s.leaf.eku = "serverAuth";
    s.middle.cn = "middle";
    s.middle.key_no = 2;
    s.middle.ca = true;
    s.root.cn = "root";
    s.root.key_no = 3;
    s.root.ca = true;
    s.host = "www.example.test";
    return s;
}

static struct judged make(const struct story *s)
{
    struct test_cert_spec other = s->root;
    other.key_no = 4;
    const struct test_cert *root = test_cert(s->root, NULL);
    const struct test_cert *middle = test_cert(s->middle, root);
    const struct test_cert *leaf = test_cert(s->leaf, middle);
    return (struct judged){.chain = {leaf, middle, root},
                           .n = s->alone       ? 1
                                : s->with_root ? 3
                                               : 2,
                           .anchor = s->other_anchor ? test_cert(other, NULL) : root,
                           .host = s->host};
}

/* judge asks all of them, and counts the answers that are not as expected. */
static unsigned judge(const struct story *s, const char *what, const char *refused_by)
{
    unsigned wrong = 0;
    struct judged judged = make(s);
    for (enum validator v = TACIT; v < VALIDATORS; v++) {
        char why[160];
        bool accepts = validate(v, &judged, why);
        if (accepts == !strchr(refused_by, "TLG"[v]))
            continue;
        wrong++;
        print_error("%s: %s %s (%s)\n", what, validator_names[v], accepts ? "accepts" : "refuses",
                    why);
    }
    return wrong;
}

static void each_rule_alone(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < RULES; i++) {
        struct story s = usual();
        rules[i].breaks(&s);
        wrong += judge(&s, rules[i].name, rules[i].refused_by);
    }
    assert_int_equal(wrong, 0);
}

static void a_difference_has_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULES; i++) {
        size_t n = strlen(rules[i].refused_by);
        if ((n == 0 || n == VALIDATORS) != !rules[i].why)
            fail_msg("%s", rules[i].name);
    }
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_non_null(pairs[i].why);
}

/* together makes both changes; false if they are to the same thing. */
static bool together(const struct rule *a, const struct rule *b, struct story *out)
{
    struct story other = usual();
    *out = other;
    a->breaks(out);
    b->breaks(out);
    b->breaks(&other);
    a->breaks(&other);
    /* Each began as a copy of the other, so that what lies between the members is the same. */
    const span bytes = {(const uint8_t *)out, sizeof *out};
    return span_eq(bytes, (span){(const uint8_t *)&other, sizeof other});
}

/* expected says who refuses two broken rules. */
static const char *expected(const struct rule *a, const struct rule *b)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if ((pairs[i].a == a->breaks && pairs[i].b == b->breaks)
            || (pairs[i].a == b->breaks && pairs[i].b == a->breaks))
            return pairs[i].refused_by;
    return test_text("%s%s", a->refused_by, b->refused_by);
}

static void every_pair_of_rules(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < RULES; i++)
        for (size_t k = i + 1; k < RULES; k++) {
            struct story s;
            if (together(&rules[i], &rules[k], &s))
                wrong += judge(&s, test_text("%s + %s", rules[i].name, rules[k].name),
                               expected(&rules[i], &rules[k]));
        }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_alone),
        cmocka_unit_test(a_difference_has_a_reason),
        cmocka_unit_test(every_pair_of_rules),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
