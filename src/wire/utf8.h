/* utf8.h: UTF-8 (RFC 3629), for the strings in certificates. */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include "wire/rd.h"

/* utf8_next reads one code point: shortest form, no surrogates, at most U+10FFFF. */
bool utf8_next(rd *in, uint32_t *out);

/* utf8_check: is all of it UTF-8? */
bool utf8_check(span s);

/* utf8_put writes a code point that utf8_next could read, in 1 to 4 bytes, and says how many. */
size_t utf8_put(uint32_t c, uint8_t out[4]);

#endif
