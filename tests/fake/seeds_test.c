/* The seeds of client_fuzz and server_fuzz that are whole connections: what the other end says in
 * each scene, up to its close. They must lead an end all the way, or the fuzzer begins at the door;
 * after a change of the wire `./dev golden` records them anew. */
#include "conn/conn.h"
#include "fuzz_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FLOW_MAX = 1 << 14, IN_PIECES = 7 };

/* Each row is a seed: its scene, and the size of the pieces that it is fed in. */
static const struct seed {
    const char *name;
    uint8_t scene, piece;
} seeds[] = {
    /* clang-format off */
    {"server-proven",              0, 0},
    {"server-proven-in-pieces",    0, IN_PIECES},
    {"both-proven",                1, 0},
    {"both-proven-in-pieces",      1, IN_PIECES},
    {"retry",                      2, 0},
    {"small-records",              3, 0},
    {"12-server-proven",           4, 0},
    {"12-server-proven-in-pieces", 4, IN_PIECES},
    {"12-transport",               5, 0},
    {"12-cbc",                     6, 0},
    {"12-small-records",           7, 0},
    /* clang-format on */
};

enum { N_SEEDS = sizeof seeds / sizeof seeds[0] };

/* struct flow is a seed's bytes: two of its head, then what one end has said. */
struct flow {
    uint8_t bytes[FLOW_MAX];
    size_t n;
};

/* carry is fuzz_carry that takes down what passes, and hands over what is read. What an end has to
 * send lies in one block here; if it did not, `lead` would not come to the end. */
static void carry(tacit_conn *from, tacit_conn *to, struct flow *flow)
{
    tacit_span out;
    while ((out = tacit_conn_wire_out_buf(from)).n) {
        assert_true(out.n <= FLOW_MAX - flow->n);
        memcpy(flow->bytes + flow->n, out.p, out.n);
        flow->n += out.n;
        fuzz_carry(from, to);
        while ((out = tacit_conn_app_in_buf(to)).n)
            tacit_conn_app_in_done(to, out.n);
    }
}

/* record has a scene played, and takes down what the peer of a client (or server) says: the ends
 * are made in the order in which the fuzz target makes its own first. */
static void record(const struct seed *s, bool for_client, struct flow *flow)
{
    struct flow other = {.n = 0};
    fuzz_rewind();
    tacit_conn *own = (for_client ? fuzz_client : fuzz_server)(s->scene);
    tacit_conn *peer = (for_client ? fuzz_server : fuzz_client)(s->scene);
    *flow = (struct flow){{s->scene, s->piece}, 2};
    for (int i = 0; i < 8; i++) {
        carry(own, peer, &other);
        carry(peer, own, flow);
        if (i == 5)
            assert_int_equal(tacit_conn_write(peer, "ping", 4), 4);
        if (i == 6)
            tacit_conn_close(peer);
    }
    assert_null(tacit_conn_error(own));
    assert_null(tacit_conn_error(peer));
    assert_int_equal(tacit_conn_read_end(own), TACIT_READ_CLEAN);
    tacit_conn_free(own);
    tacit_conn_free(peer);
}

static FILE *seed_file(const struct seed *s, bool for_client, const char *mode)
{
    char path[512];
    (void)snprintf(path, sizeof path, TACIT_SOURCE_DIR "/tests/fuzz/seeds/%s/%s",
                   for_client ? "client" : "server", s->name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

/* The bytes of the deterministic provider are in the machine's order:
 * the seeds are of a little-endian one. */
static void check(const struct seed *s, bool for_client, const struct flow *flow)
{
    static struct flow kept;
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return;
    FILE *file = seed_file(s, for_client, "rb");
    kept.n = fread(kept.bytes, 1, FLOW_MAX, file);
    assert_int_equal(fclose(file), 0);
    if (kept.n != flow->n || memcmp(kept.bytes, flow->bytes, flow->n) != 0)
        fail_msg("%s for a %s is not what is said", s->name, for_client ? "client" : "server");
}

/* As client_fuzz and server_fuzz do it. */
static void lead(const struct flow *flow, bool for_client)
{
    fuzz_rewind();
    tacit_conn *conn = (for_client ? fuzz_client : fuzz_server)(flow->bytes[0]);
    size_t piece = flow->bytes[1] ? flow->bytes[1] : SIZE_MAX;
    (void)fuzz_feed(conn, (span){flow->bytes + 2, flow->n - 2}, piece);
    assert_null(tacit_conn_error(conn));
    assert_true(conn->t.proofs & PROOF_FINISHED);
    assert_int_equal(tacit_conn_read_end(conn), TACIT_READ_CLEAN);
    fuzz_finish(conn);
}

static void seeds_lead_all_the_way(void **state)
{
    static struct flow flow;
    (void)state;
    for (size_t i = 0; i < N_SEEDS; i++)
        for (int for_client = 0; for_client < 2; for_client++) {
            record(&seeds[i], for_client, &flow);
            if (getenv("TACIT_RECORD")) {
                FILE *file = seed_file(&seeds[i], for_client, "wb");
                assert_int_equal(fwrite(flow.bytes, 1, flow.n, file), flow.n);
                assert_int_equal(fclose(file), 0);
            }
            check(&seeds[i], for_client, &flow);
            lead(&flow, for_client);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_lead_all_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
