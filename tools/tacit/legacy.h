/* legacy.h: the words of --legacy, and what a connection that needed one lacks. */
#ifndef TOOL_LEGACY_H
#define TOOL_LEGACY_H

#include <tacit/config.h>

/* struct legacy_word is one word: its bit of tacit_legacy, and a sentence that names the three
 * services of TLS separately: encryption, authentication, integrity. */
struct legacy_word {
    const char *word;
    uint32_t bit;
    const char *lacks;
};

enum { LEGACY_WORDS = 3 };

extern const struct legacy_word legacy_words[LEGACY_WORDS];

/* legacy_read adds the bit of each word; 0, or an exit status after saying which is none. */
int legacy_read(uint32_t *bits, char **words);

#endif
