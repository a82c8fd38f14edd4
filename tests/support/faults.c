/* faults.c: see faults.h. */
#include "faults.h"

#include "base/alerts.h"
#include "base/fail.h"
#include "sized.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static struct {
    enum fault_mode mode;
    unsigned nth, calls;
    struct usage usage;
} f;

void faults_arm(enum fault_mode mode, unsigned nth)
{
    f.mode = mode;
    f.nth = nth;
    f.calls = 0;
}

unsigned faults_disarm(void)
{
    f.mode = FAULT_NONE;
    return f.calls;
}

struct usage faults_usage(void)
{
    return f.usage;
}

static bool fails(void)
{
    f.calls++;
    return (f.mode == FAULT_ONE && f.calls == f.nth) || (f.mode == FAULT_FROM && f.calls >= f.nth);
}

bool faults_lacked(const tacit_error *error)
{
    static const enum reason reasons[] = {R_NO_MEMORY, R_NO_RANDOM, R_CRYPTO_FAILED,
                                          R_KEY_GENERATION_FAILED, R_SIGNING_FAILED};
    for (size_t i = 0; error && i < sizeof reasons / sizeof reasons[0]; i++)
        if (error->reason == reasons[i])
            return true;
    return false;
}

bool faults_told(const tacit_error *error)
{
    return !error || !error->reason
           || (error->reason == R_PEER_ALERT && error->alert == ALERT_internal_error);
}

void faults_settle(void)
{
    OPENSSL_thread_stop();
}

/* ---- our hooks ------------------------------------------------------------------------------- */

static void *hook_alloc(void *user, size_t n)
{
    (void)user;
    void *p = fails() ? NULL : sized_alloc(NULL, n);
    if (!p)
        return NULL;
    memset(p, 0xa5, n); /* whoever forgets to initialise finds this */
    f.usage.blocks++;
    f.usage.bytes += n;
    if (f.usage.peak < f.usage.bytes)
        f.usage.peak = f.usage.bytes;
    return p;
}

static void hook_release(void *user, void *p, size_t n)
{
    (void)user;
    f.usage.blocks--;
    f.usage.bytes -= n;
    sized_release(NULL, p, n);
}

static int64_t hook_now(void *user)
{
    (void)user;
    return 1700000000; /* TEST_NOW of certs.h */
}

tacit_env_options faults_hooks(void)
{
    return (tacit_env_options){.size = sizeof(tacit_env_options),
                               .alloc = hook_alloc,
                               .release = hook_release,
                               .now = hook_now,
                               .signature_cache = 8};
}

/* ---- libcrypto's ----------------------------------------------------------------------------- */

static void *their_alloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    void *p = n == 0 || fails() ? NULL : malloc(n);
    f.usage.libcrypto_blocks += p != NULL;
    return p;
}

static void their_release(void *p, const char *file, int line)
{
    (void)file, (void)line;
    f.usage.libcrypto_blocks -= p != NULL;
    free(p);
}

static void *their_realloc(void *p, size_t n, const char *file, int line)
{
    if (!p)
        return their_alloc(n, file, line);
    if (n)
        return fails() ? NULL : realloc(p, n);
    their_release(p, file, line);
    return NULL;
}

void faults_install(void)
{
    if (CRYPTO_set_mem_functions(their_alloc, their_realloc, their_release) != 1)
        abort();
}
