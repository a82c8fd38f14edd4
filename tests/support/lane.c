/* lane.c: see lane.h. */
#include "lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

void lane_begin(struct lane *l, struct crypto *crypto, const struct suite *suite)
{
    static const struct secret traffic = {.b = "a traffic secret for tests", .n = 32};
    *l = (struct lane){.in = {.inner_max = REC_INNER_MAX, .begun = true}};
    l->wire = malloc(LANE_MAX);
    assert_non_null(l->wire);
    if (suite) {
        assert_true(rec_dir_key(&l->seal, crypto, suite, &traffic, true, &l->err));
        assert_true(rec_dir_key(&l->in.dir, crypto, suite, &traffic, false, &l->err));
    }
}

void lane_end(struct lane *l)
{
    rec_dir_wipe(&l->seal);
    rec_dir_wipe(&l->in.dir);
    free(l->wire);
}

static void put_header(struct lane *l, uint8_t type, size_t n)
{
    const uint8_t header[] = {type, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};
    assert_true(n < 1 << 16);
    memcpy(l->wire, header, sizeof header);
    l->n = REC_HEADER + n;
}

void lane_seal(struct lane *l, span inner)
{
    uint8_t nonce[AEAD_NONCE];
    memcpy(nonce, l->seal.iv, sizeof nonce);
    for (size_t i = 0; i < 8; i++)
        nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(l->seal.seq >> (8 * i));
    l->seal.seq++;
    put_header(l, CT_APPLICATION_DATA, inner.n + AEAD_TAG);
    assert_true(aead_seal(l->seal.aead, l->wire + REC_HEADER, nonce, (span){l->wire, REC_HEADER},
                          inner, (span){0}));
}

void lane_content(struct lane *l, size_t n, uint8_t type, size_t padding)
{
    uint8_t *inner = calloc(1, n + 1 + padding);
    assert_non_null(inner);
    memset(inner, 0x5a, n);
    inner[n] = type;
    lane_seal(l, (span){inner, n + 1 + padding});
    free(inner);
}

void lane_raw(struct lane *l, uint8_t type, span body)
{
    put_header(l, type, body.n);
    if (body.n)
        memcpy(l->wire + REC_HEADER, body.p, body.n);
}

enum rec_status lane_next(struct lane *l)
{
    l->err = (struct err){0};
    l->rec = (struct rec){0};
    l->used = l->need = 0;
    return rec_next(&l->in, &l->rec, &l->used, &l->need, l->wire, l->n, &l->err);
}

void assert_refused_at(struct lane *l, enum reason reason, const char *file, int line)
{
    enum rec_status status = lane_next(l);
    if (status != REC_FAILED || l->err.reason != reason) {
        print_error("%s:%d: expected %s, found status %d and %s\n", file, line,
                    reason_row((uint16_t)reason)->name, (int)status,
                    reason_row(l->err.reason)->name);
        _fail(file, line);
    }
    l->seal.seq = l->in.dir.seq; /* it counts for nothing: the next goes in its place */
}
