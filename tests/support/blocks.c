/* blocks.c: see blocks.h. */
#include "blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

void put_ext(wr *block, uint16_t id, span data)
{
    wr_u16(block, id);
    wr_vec(block, 2, data);
}

struct scanned scan(span block, enum where where, uint32_t asked)
{
    static uint8_t *copy;
    struct scanned s = {.offers = {.alpn = BYTES("\x02h2\x08http/1.1")}};
    s.offers.present = asked;
    free(copy);
    copy = malloc(block.n ? block.n : 1);
    assert_non_null(copy);
    if (block.n)
        memcpy(copy, block.p, block.n);
    s.ok = ext_scan((span){copy, block.n}, where, where == IN_CH, &s.offers, &s.answers, &s.err);
    assert_int_equal(s.ok, s.err.reason == R_NONE);
    return s;
}

struct scanned scan_one(uint16_t id, span data, enum where where)
{
    static uint8_t block[4 + 65535];
    wr w = wr_of(block, sizeof block);
    put_ext(&w, id, data);
    assert_true(wr_ok(&w));
    return scan(wr_span(&w), where, ALL_ASKED);
}

void assert_scanned_at(struct scanned s, enum reason reason, const char *file, int line)
{
    if (s.err.reason != reason) {
        print_error("%s:%d: expected %s, found %s (%u)\n", file, line,
                    reason_row((uint16_t)reason)->name, reason_row(s.err.reason)->name,
                    s.err.detail);
        _fail(file, line);
    }
}

const char *where_name(enum where where)
{
    static const char *const names[] = {"CH", "SH", "HRR", "EE", "CR", "CT", "NST"};
    size_t i = 0;
    while (!(where & 1u << i))
        i++;
    return names[i];
}
