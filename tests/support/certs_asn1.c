/* certs_asn1.c: DER written as text. */
#include "asn1.h"

#include "certs.h"
#include "hex.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROOM = 1 << 21 };

struct writer {
    const char *at;
    uint8_t *out;
    size_t n;
};

static void put(struct writer *w, uint8_t b)
{
    assert_true(w->n < ROOM);
    w->out[w->n++] = b;
}

/* put_length writes the length of what was written since `start`, before it. */
static void put_length(struct writer *w, size_t start)
{
    size_t n = w->n - start, bytes = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;
    assert_true(w->n + 1 + bytes < ROOM);
    memmove(w->out + start + 1 + bytes, w->out + start, n);
    w->out[start] = (uint8_t)(bytes ? 0x80 | bytes : n);
    for (size_t i = 0; i < bytes; i++)
        w->out[start + 1 + i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
    w->n += 1 + bytes;
}

/* write_body goes on to the closing brace, or to the end of the text. */
static void write_body(struct writer *w)
{
    while (*w->at && *w->at != '}') {
        if (isspace((unsigned char)*w->at)) {
            w->at++;
        } else if (*w->at == '\'') {
            for (w->at++; *w->at != '\''; w->at++)
                put(w, (uint8_t)*w->at);
            w->at++;
        } else if (*w->at == '{') {
            size_t start = w->n;
            w->at++;
            write_body(w);
            assert_int_equal(*w->at, '}');
            w->at++;
            put_length(w, start);
        } else {
            char pair[] = {w->at[0], w->at[1], 0};
            uint8_t b;
            hex_exact(pair, &b, 1);
            put(w, b);
            w->at += 2;
        }
    }
}

span asn1(const char *text)
{
    struct writer w = {text, malloc(ROOM), 0};
    assert_non_null(w.out);
    write_body(&w);
    assert_int_equal(*w.at, 0);
    span bytes = test_bytes((span){w.out, w.n});
    free(w.out);
    return bytes;
}
