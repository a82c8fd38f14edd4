/* hex.c: bytes written as text in tests. */
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    assert_non_null(at);
    return (uint8_t)(at - digits);
}

size_t hex_bytes(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = strlen(hex);
    assert_true(n % 2 == 0 && n / 2 <= cap);
    for (size_t i = 0; i < n; i += 2)
        out[i / 2] = (uint8_t)(digit(hex[i]) << 4 | digit(hex[i + 1]));
    return n / 2;
}

void hex_exact(const char *hex, uint8_t *out, size_t n)
{
    assert_int_equal(hex_bytes(hex, out, n), n);
}
