/* hex.h: bytes written as text in tests. */
#ifndef SUPPORT_HEX_H
#define SUPPORT_HEX_H

#include <tacit/base.h>

/* hex_bytes reads at most cap bytes and returns their number; anything that is not hex fails the
 * running test. */
size_t hex_bytes(const char *hex, uint8_t *out, size_t cap);

/* hex_exact reads exactly n bytes. */
void hex_exact(const char *hex, uint8_t *out, size_t n);

#endif
