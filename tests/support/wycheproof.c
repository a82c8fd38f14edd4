/* wycheproof.c: walking the JSON files of Project Wycheproof. */
#include "wycheproof.h"

#include "hex.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LENT_MAX = 16 };

static uint8_t *lent[LENT_MAX];
static size_t n_lent;
static const char *file;

static void release(void)
{
    while (n_lent)
        free(lent[--n_lent]);
}

static const json_t *member_of(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);
    if (!value)
        fail_msg("%s has no member %s", file, member);
    return value;
}

span wy_hex(const json_t *object, const char *member)
{
    const char *hex = json_string_value(member_of(object, member));
    assert_non_null(hex);
    assert_true(n_lent < LENT_MAX);
    size_t n = strlen(hex) / 2;
    uint8_t *p = malloc(n ? n : 1);
    assert_non_null(p);
    lent[n_lent++] = p;
    hex_exact(hex, p, n);
    return (span){p, n};
}

span wy_number(const json_t *object, const char *member)
{
    span s = wy_hex(object, member);
    while (s.n && !s.p[0])
        s = (span){s.p + 1, s.n - 1};
    return s;
}

int wy_int(const json_t *object, const char *member)
{
    return (int)json_integer_value(member_of(object, member));
}

bool wy_flag(const struct wy_case *wy, const char *flag)
{
    const json_t *flags = member_of(wy->test, "flags");
    for (size_t i = 0; i < json_array_size(flags); i++)
        if (strcmp(json_string_value(json_array_get(flags, i)), flag) == 0)
            return true;
    return false;
}

void wy_check(const struct wy_case *wy, bool ok)
{
    if (!ok)
        fail_msg("%s, tcId %d: %s", file, wy->id,
                 json_string_value(json_object_get(wy->test, "comment")));
}

size_t wy_run(const char *name, bool (*fn)(const struct wy_case *wy, const void *user),
              const void *user)
{
    char path[256];
    size_t n, seen = 0, used = 0;
    snprintf(path, sizeof path, "wycheproof/%s", name);
    char *text = vectors_read(path, &n);
    json_t *root = json_loadb(text, n, 0, NULL);
    free(text);
    file = name;
    const json_t *groups = member_of(root, "testGroups");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        json_t *group = json_array_get(groups, i);
        const json_t *tests = member_of(group, "tests");
        for (size_t j = 0; j < json_array_size(tests); j++, seen++) {
            json_t *test = json_array_get(tests, j);
            const char *result = json_string_value(member_of(test, "result"));
            struct wy_case wy = {group, test, wy_int(test, "tcId"), strcmp(result, "valid") == 0,
                                 strcmp(result, "acceptable") == 0};
            used += fn(&wy, user);
            release();
        }
    }
    assert_int_equal(seen, wy_int(root, "numberOfTests"));
    assert_int_not_equal(used, 0);
    json_decref(root);
    return used;
}
