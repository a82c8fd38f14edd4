/* server_fuzz.c: whatever a client sends, a server stays inside its memory, wants something until
 * it is over, and blames the client, not itself. The first byte picks the scene, the second the
 * size of the pieces; the rest is what comes. */
#include "fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    fuzz_rewind();
    tacit_conn *server = fuzz_server(data[0]);
    (void)fuzz_feed(server, (span){data + 2, n - 2}, data[1] ? data[1] : SIZE_MAX);
    fuzz_finish(server);
    return 0;
}
