/* tape.c: see tape.h. The names __wrap_X and __real_X are the linker's, for --wrap=X. */
#include "tape.h"

#include "hex.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { TEXT_MAX = 1 << 16, BYTES_IN_LINE = 48, HEADER = 5 };

static struct {
    char text[TEXT_MAX];
    size_t n;
    const char *recorded, *next; /* what is played, and where its next drawn bytes may lie */
    bool runs;
} tape;

bool __wrap_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n);
bool __real_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n);
bool __wrap_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster);
bool __real_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster);

void tape_begin(const char *recorded)
{
    memset(&tape, 0, sizeof tape);
    tape.recorded = tape.next = recorded;
    tape.runs = true;
}

void tape_end(void)
{
    tape.runs = false;
}

const char *tape_text(void)
{
    return tape.text;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(const char *text)
{
    size_t n = strlen(text);
    assert_true(tape.n + n < TEXT_MAX);
    memcpy(tape.text + tape.n, text, n + 1);
    tape.n += n;
}

static void put_bytes(const char *word, span bytes)
{
    char hex[3];
    put(word);
    for (size_t i = 0; i < bytes.n; i++) {
        (void)snprintf(hex, sizeof hex, "%02x", bytes.p[i]);
        put(i == 0 || i % BYTES_IN_LINE ? hex : "\n  ");
        if (i && i % BYTES_IN_LINE == 0)
            put(hex);
    }
    put("\n");
}

/* What is handed over at once is whole records: nothing limits it. */
void tape_tap(void *user, bool to_server, uint8_t *p, size_t n)
{
    (void)user;
    while (n) {
        assert_true(n >= HEADER);
        size_t size = HEADER + ((size_t)p[3] << 8 | p[4]);
        assert_true(size <= n);
        put_bytes(to_server ? "> " : "< ", (span){p, size});
        p += size;
        n -= size;
    }
}

/* ---- playing --------------------------------------------------------------------------------- */

/* draw gives what was drawn when the flow was recorded: the next line of that word. */
static size_t draw(const char *word, uint8_t *out, size_t cap)
{
    char hex[2 * SIG_MAX + 1];
    size_t n = 0;
    const char *at = strstr(tape.next, word);
    if (!at) {
        fail_msg("no more '%s' in the recording", word);
        return 0;
    }
    for (at += strlen(word); at[0] != '\n' || at[1] == ' '; at++)
        if (at[0] != '\n' && at[0] != ' ') {
            assert_true(n + 1 < sizeof hex);
            hex[n++] = at[0];
        }
    hex[n] = 0;
    tape.next = at;
    return hex_bytes(hex, out, cap);
}

bool __wrap_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n)
{
    bool random = alg == SIG_ECDSA || alg == SIG_RSA_PSS;
    if (!random || !tape.runs)
        return __real_sign(key, alg, hash, msg, out, n);
    if (tape.recorded)
        *n = draw("\nsign ", out, SIG_MAX);
    else if (!__real_sign(key, alg, hash, msg, out, n))
        return false;
    put_bytes("sign ", (span){out, *n});
    return true;
}

bool __wrap_premaster_wrap(struct crypto *crypto, const struct pubkey *key, uint16_t version,
                           const uint8_t *seed, uint8_t *out, size_t *n, struct secret *premaster)
{
    if (!__real_premaster_wrap(crypto, key, version, seed, out, n, premaster))
        return false;
    if (tape.recorded)
        *n = draw("\nwrap ", out, SIG_MAX);
    put_bytes("wrap ", (span){out, *n});
    return true;
}

bool tape_same(const char *name)
{
    size_t line = 1, start = 0, i = 0;
    for (; tape.text[i] && tape.text[i] == tape.recorded[i]; i++)
        if (tape.text[i] == '\n') {
            line++;
            start = i + 1;
        }
    if (tape.text[i] == tape.recorded[i])
        return true;
    print_error("%s:%zu:%zu: recorded\n%.100s\nfound\n%.100s\n", name, line, i - start + 1,
                tape.recorded + start, tape.text + start);
    return false;
}
