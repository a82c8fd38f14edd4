/* canary_ct.c: a comparison that ends at the first difference. valgrind must see the branch on a
 * secret; if this passes, the marks or the build no longer prove anything about the other tests. */
#include "base/ct.h"

int main(void)
{
    uint8_t secret[4] = {1, 2, 3, 4};
    volatile unsigned equal = 0;
    CT_SECRET(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret && secret[i] == i + 1; i++)
        equal = equal + 1;
    return 0;
}
