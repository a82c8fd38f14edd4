/* words.h: texts of bounded length for people, put together of pieces. */
#ifndef X509_WORDS_H
#define X509_WORDS_H

#include "x509/x509.h"

enum { WORDS_MAX = 256 };

/* struct words is a text that grows to WORDS_MAX bytes, always terminated. What is put into it has
 * been escaped. */
struct words {
    char *out;
    size_t n, items;
    size_t left; /* items that found no room */
};

void say(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* say_item adds an item to a list, if there is room for it and for "and 5 more"; say_end ends the
 * list, which is `none` if it is empty. */
void say_item(struct words *w, const char *item);
void say_end(struct words *w, const char *none);

/* say_bits is a list of the names whose bits are set, from the least on. */
void say_bits(struct words *w, const char *const *names, size_t n, unsigned bits);

/* say_when says how far something is from `now`, and when that is. */
void say_when(struct words *w, int64_t when, int64_t now);

/* say_algorithm names the algorithm or the curve of an OBJECT IDENTIFIER's contents. */
void say_algorithm(struct words *w, span oid);

#endif
