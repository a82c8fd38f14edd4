/* der_fuzz.c: an element that was read has one encoding: written again it is the same bytes; and a
 * getter that fails changes nothing. */
#include "wire/der.h"
#include "wire/wr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* check_canonical writes tag and length anew. */
static void check_canonical(const struct der *e)
{
    uint8_t header[5];
    wr w = wr_of(header, sizeof header);
    size_t n = e->body.n, bytes = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;
    wr_u8(&w, e->tag);
    if (bytes)
        wr_u8(&w, (uint8_t)(0x80 | bytes));
    wr_uint(&w, bytes ? bytes : 1, n);
    check(wr_ok(&w) && e->whole.n == w.n + n && memcmp(e->whole.p, header, w.n) == 0);
}

/* get tries every getter on the same place: one that fails leaves the reader there. */
static void get(rd in)
{
    rd at[7] = {in, in, in, in, in, in, in};
    span s;
    bool flag;
    uint32_t v;
    uint8_t unused;
    const bool got[7] = {der_integer(&at[0], &s),     der_unsigned(&at[1], &s),
                         der_small(&at[2], &v),       der_bits(&at[3], &s, &unused),
                         der_oid(&at[4], &s),         der_boolean(&at[5], &flag),
                         der_get(&at[6], DER_SET, &s)};
    check(!got[2] || got[1]);
    check(!got[1] || got[0]);
    for (size_t i = 0; i < 7; i++)
        check(!got[i] || at[i].n < in.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    rd in = rd_of((span){data, n});
    struct der e;
    for (;;) {
        get(in);
        rd before = in;
        if (!der_next(&in, &e)) {
            check(in.p == before.p && in.n == before.n);
            return 0;
        }
        check_canonical(&e);
        /* Constructed ones are gone into: what follows them is left. */
        if (e.tag & 0x20)
            in = rd_of(e.body);
    }
}
