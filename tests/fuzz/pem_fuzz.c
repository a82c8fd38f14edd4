/* pem_fuzz.c: blocks of a text lie in it one after the other, and decode within their room. */
#include "wire/pem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct pem pem = pem_of((span){data, n});
    struct pem_block block;
    struct err err = {0};
    size_t end = 0;
    while (pem_next(&pem, &block, &err)) {
        size_t size = 0;
        struct err damage = {0};
        check(block.offset >= end && block.body.p == data + block.offset);
        end = block.offset + block.body.n;
        check(end <= pem.at && pem.at <= n);
        /* Exactly the room that is promised to do. */
        uint8_t *room = malloc(pem_decoded_max(&block));
        bool ok = pem_decode(&block, room, &size, &damage);
        check(ok ? size <= pem_decoded_max(&block)
                 : damage.reason == R_PEM_MALFORMED && damage.detail <= end);
        free(room);
    }
    check(err.reason == R_NONE || (err.reason == R_PEM_MALFORMED && err.detail <= n));
    return 0;
}
