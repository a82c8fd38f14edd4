/* wire_fuzz.c: whatever is asked of the reader and the writer, in whatever order, they stay inside
 * their memory, a getter that fails changes nothing, and what was written reads back.
 *
 * The first half of an input is a program of getters, the second the bytes that they read. */
#include "wire/rd.h"
#include "wire/wr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* step runs one getter: `op` chooses it, `arg` bounds it. It says how many bytes must be gone. */
static bool step(rd *in, uint8_t op, uint8_t arg, size_t *gone)
{
    span s = {0};
    uint32_t v = 0;
    size_t width = (size_t)op % 3 + 1;
    switch (op % 4) {
    case 0:
        *gone = arg;
        return rd_skip(in, arg);
    case 1:
        *gone = width;
        return rd_uint(in, width, &v) && v >> (8 * width - 1) <= 1;
    case 2:
        *gone = arg;
        return rd_take(in, arg, &s) && s.n == arg;
    default:
        if (!rd_vec(in, width, 0, arg, &s))
            return false;
        check(s.n <= arg);
        *gone = width + s.n;
        return true;
    }
}

static void read_program(span program, span bytes)
{
    rd in = rd_of(bytes);
    for (size_t i = 0; i + 1 < program.n; i += 2) {
        rd before = in;
        size_t gone = 0;
        if (step(&in, program.p[i], program.p[i + 1], &gone))
            check(before.n - in.n == gone && (!gone || in.p == before.p + gone));
        else
            check(in.p == before.p && in.n == before.n);
    }
}

/* write_back writes the bytes as nested vectors into room that may be too small, and reads them. */
static void write_back(span bytes, size_t room)
{
    uint8_t *p = malloc(room ? room : 1);
    check(p != NULL);
    wr w = wr_of(p, room);
    size_t outer = wr_open(&w, 3);
    size_t inner = wr_open(&w, 2);
    wr_span_bytes(&w, bytes);
    wr_close(&w, inner, 2);
    wr_u8(&w, 7);
    wr_close(&w, outer, 3);
    check(wr_ok(&w) == (room >= bytes.n + 6));
    if (wr_ok(&w)) {
        rd in = rd_of(wr_span(&w));
        span body = {0}, again = {0};
        uint8_t seven = 0;
        check(rd_vec24(&in, 0, 0xffffff, &body) && rd_end(&in));
        rd rest = rd_of(body);
        check(rd_vec16(&rest, 0, 0xffff, &again) && rd_u8(&rest, &seven) && rd_end(&rest));
        check(span_eq(again, bytes) && seven == 7);
    }
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1 || n > 0xffff)
        return 0;
    span program = {data, n / 2}, bytes = {data + n / 2, n - n / 2};
    read_program(program, bytes);
    write_back(bytes, bytes.n + data[0] % 12);
    return 0;
}
