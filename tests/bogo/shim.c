/* shim.c: tacit as a subject of BoringSSL's protocol tests. tests/bogo/README.md says how to run
 * them. */
#include "exchange.h"
#include "setup.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A test that expects a failure must not take a report of a sanitizer for it: the runner lets no
 * test pass in which the shim ends with 90. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__lsan_default_options(void);

const char *__asan_default_options(void)
{
    return "exitcode=90:handle_abort=1";
}

const char *__ubsan_default_options(void)
{
    return "exitcode=90:print_stacktrace=1";
}

const char *__lsan_default_options(void)
{
    return "exitcode=90";
}

static bool connect_once(const struct flags *f)
{
    static struct heard heard;
    tacit_error error = {0};
    tacit_config *config = setup(f, &heard, &error);
    if (!config) {
        fprintf(stderr, "%s: no configuration\n", error.name ? error.name : "?");
        return false;
    }
    bool ok = exchange(f, config, &heard);
    tacit_config_free(config);
    return ok;
}

int main(int argc, char **argv)
{
    struct plan plan;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-is-handshaker-supported") == 0)
            return puts("No") < 0; /* a handshake split over two processes */
    bool ok = flags_parse(&plan, argc, argv);
    ok = ok && connect_once(&plan.first);
    if (ok && plan.n_again && !plan.again.session_miss)
        unimplemented("a session", "to resume");
    for (uint64_t i = 0; ok && i < plan.n_again; i++)
        ok = connect_once(&plan.again);
    fprintf(stderr, "--- DONE ---\n"); /* what comes after it, the runner takes for a report of a
                                        * sanitizer: an error in any case */
    return ok ? 0 : 1;
}
