/* client_fuzz.c: server_fuzz.c for a client, which has sent its hello. */
#include "fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    fuzz_rewind();
    tacit_conn *client = fuzz_client(data[0]);
    (void)fuzz_feed(client, (span){data + 2, n - 2}, data[1] ? data[1] : SIZE_MAX);
    fuzz_finish(client);
    return 0;
}
