/* wycheproof.h: walking the JSON files of Project Wycheproof. */
#ifndef SUPPORT_WYCHEPROOF_H
#define SUPPORT_WYCHEPROOF_H

#include "base/span.h"

#include <jansson.h>

/* struct wy_case is one test of a file. What it lends lives until the next one. */
struct wy_case {
    json_t *group, *test;
    int id;
    bool valid, acceptable;
};

/* wy_run hands each test of wycheproof/NAME to `fn`, which says whether it could use it; the
 * number of those is returned and never zero. A file that holds fewer tests than it says fails
 * the running test. */
size_t wy_run(const char *name, bool (*fn)(const struct wy_case *wy, const void *user),
              const void *user);

/* wy_hex is the value of a member as bytes, in memory of exactly that size. */
span wy_hex(const json_t *object, const char *member);

/* wy_number is wy_hex without leading zeros. */
span wy_number(const json_t *object, const char *member);

int wy_int(const json_t *object, const char *member);
bool wy_flag(const struct wy_case *wy, const char *flag);

/* wy_check fails the running test, naming file and test, if `ok` is false. */
void wy_check(const struct wy_case *wy, bool ok);

#endif
