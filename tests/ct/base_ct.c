/* base_ct.c: what base/ct.h does with secrets shows neither in a branch nor in an address. */
#include "base/ct.h"

#include <assert.h>

enum { N = 48 };

static void compares(void)
{
    uint8_t a[N], b[N];
    for (size_t differs = 0; differs <= N; differs++) {
        memset(a, 7, N);
        memset(b, 7, N);
        if (differs < N)
            b[differs] = 8;
        CT_SECRET(a, N);
        CT_SECRET(b, N);
        assert(ct_eq(a, b, N) == (differs == N));
    }
}

static void chooses(void)
{
    for (uint32_t bit = 0; bit < 2; bit++) {
        uint32_t secret = bit;
        CT_SECRET(&secret, sizeof secret);
        uint32_t mask = ct_mask(secret);
        uint32_t chosen = (mask & 3u) | (~mask & 5u);
        CT_PUBLIC(&chosen, sizeof chosen);
        assert(chosen == (bit ? 3u : 5u));
    }
}

int main(void)
{
    compares();
    chooses();
    return 0;
}
