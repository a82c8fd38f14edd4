/* handshake_ct.c: whatever comes out of a key agreement decides no branch and no address of ours,
 * from the master secret to the last record: RSA transport with every block of a client that lies
 * (bug class 93), and records whose MAC or padding is wrong (bug class 95). What libcrypto does
 * with it is its own affair (ct/libcrypto.supp). */
#include "handshake.h"

#include <tacit/info.h>

static void transport(void)
{
    for (size_t i = 0; i < N_ATTACKS; i++) {
        wrap_as = &attacks[i];
        struct ends e = hs_start(0x009c);
        hs_run(&e);
        enum reason want = attacks[i].is_right ? R_NONE : R_BAD_RECORD_MAC;
        hs_require(hs_reason(e.server) == want, attacks[i].what);
        hs_free(&e);
    }
    wrap_as = NULL;
}

static void say(struct ends *e, tacit_conn *from, tacit_conn *to)
{
    uint8_t bytes[100] = {7};
    hs_require(tacit_conn_write(from, bytes, sizeof bytes) == sizeof bytes, "nothing is sent");
    (void)hs_move(from, to, NULL);
    tacit_span in = tacit_conn_app_in_buf(to);
    hs_require(in.n == sizeof bytes && in.p[0] == 7, "nothing arrives");
    tacit_conn_app_in_done(to, in.n);
    hs_run(e);
}

static void every_suite(void)
{
    for (size_t i = 0; i < n_suites; i++) {
        if (suites[i].kx == KX_ECDHE_ECDSA)
            continue; /* the same but for the signature */
        struct ends e = hs_start(suites[i].id);
        hs_run(&e);
        hs_require(!hs_reason(e.client) && !hs_reason(e.server), suites[i].name);
        say(&e, e.client, e.server);
        say(&e, e.server, e.client);
        uint8_t out[32];
        hs_require(tacit_conn_export(e.server, out, sizeof out, "EXPORTER-x", (tacit_span){0}),
                   "no exporter");
        hs_free(&e);
    }
}

/* ---- records that are not as they were sent -------------------------------------------------- */

static size_t at;

static void flip(uint8_t *p, size_t n)
{
    p[at % n] ^= 0x80;
}

/* Every byte of a CBC record behind its header: IV, data, padding, MAC. */
static void every_byte(void)
{
    enum { HEADER = 5, RECORD = HEADER + 16 + 32 + 32 };
    for (at = HEADER; at < RECORD; at++) {
        uint8_t bytes[20] = {7};
        struct ends e = hs_start(0xc027);
        hs_run(&e);
        hs_require(tacit_conn_write(e.client, bytes, sizeof bytes) == sizeof bytes, "nothing sent");
        hs_require(hs_move(e.client, e.server, flip) == RECORD, "the record's length");
        hs_require(hs_reason(e.server) == R_BAD_RECORD_MAC, "a changed byte");
        hs_free(&e);
    }
}

int main(void)
{
    hs_setup();
    transport();
    every_suite();
    every_byte();
    hs_teardown();
    return 0;
}
