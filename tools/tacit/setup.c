/* setup.c: lists and names of the command line, and files (load.c), become options of the library.
 *
 * Everything is read before the first connection, so that a mistake is told at once and with its
 * own status: 2 for what was written, 3 for a file. */
#include "setup.h"

#include "admission.h"
#include "legacy.h"
#include "out.h"
#include "tool.h"

#include <tacit/tables.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int setup_error(const tacit_error *error, const char *what)
{
    struct fault fault = {0};
    fault_tls(&fault, error, what);
    return fault_print(&fault);
}

/* ---- words ----------------------------------------------------------------------------------- */

static int read_version(uint16_t *version, const char *text)
{
    if (!text)
        return 0;
    *version = !strcmp(text, "1.3") ? 0x0304 : !strcmp(text, "1.2") ? 0x0303 : 0;
    return *version ? 0
                    : out_fail(STATUS_USAGE, "--min 1.3", "a TLS version is 1.2 or 1.3, not \"%s\"",
                               text);
}

static uint16_t code_point(tacit_table table, const char *word)
{
    char *end;
    unsigned long id = strncmp(word, "0x", 2) ? 0 : strtoul(word, &end, 16);
    if (id > 0 && id <= 0xffff && !*end)
        return (uint16_t)id;
    return tacit_code_by_name(table, word);
}

/* read_codes reads a list of names (or 0x1301) separated by commas or colons. */
static int read_codes(tacit_table table, uint16_t *codes, size_t *n, const char *list)
{
    char word[64];
    for (const char *p = list ? list : ""; *p; p += *p != 0) {
        size_t len = strcspn(p, ",:");
        snprintf(word, sizeof word, "%.*s", (int)(len < 63 ? len : 63), p);
        uint16_t code = code_point(table, word);
        if (!code || *n == SETUP_LIST)
            return out_fail(
                STATUS_USAGE,
                table == TACIT_TABLE_SUITES ? "tacit tables suites" : "tacit tables groups",
                code ? "more than %s are listed" : "\"%s\" is not known", code ? "32" : word);
        codes[(*n)++] = code;
        p += len;
    }
    return 0;
}

static int read_alpn(struct setup *setup, const char *list)
{
    char *rest = setup->alpn_text = strdup(list);
    if (!rest)
        return out_fail(STATUS_INTERNAL, NULL, "no memory");
    while (rest && setup->options.n_alpn < SETUP_LIST)
        setup->alpn[setup->options.n_alpn++] = strsep(&rest, ",");
    return rest ? out_fail(STATUS_USAGE, NULL, "more than %d protocols are listed", SETUP_LIST) : 0;
}

/* ---- the key log ----------------------------------------------------------------------------- */

/* One write for one line: several processes may append to the same log. */
static void write_keylog(void *user, const char *line)
{
    const struct setup *setup = user;
    struct iovec parts[2] = {{.iov_base = (char *)(uintptr_t)line, .iov_len = strlen(line)},
                             {.iov_base = (char[]){'\n'}, .iov_len = 1}};
    if (writev(setup->keylog_fd, parts, 2) < 0)
        out_row(stderr, "warning", "the key log cannot be written: %s", strerror(errno));
}

static int open_keylog(struct setup *setup, const char *path)
{
    if (!path)
        return 0;
    setup->keylog_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (setup->keylog_fd < 0)
        return out_fail(STATUS_FILE, NULL, "cannot write %s: %s", path, strerror(errno));
    setup->options.keylog = write_keylog;
    setup->options.user = setup;
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int setup_words(struct setup *setup, const struct setup_options *given)
{
    tacit_error error = {0};
    *setup = (struct setup){.keylog_fd = -1};
    tacit_config_options *o = &setup->options;
    *o = (tacit_config_options){.size = sizeof *o,
                                .keep_peer_chain = true,
                                .suites = setup->suites,
                                .groups = setup->groups,
                                .alpn = setup->alpn};
    int status = read_version(&o->min_version, given->min);
    if (!status)
        status = read_version(&o->max_version, given->max);
    if (!status)
        status = read_codes(TACIT_TABLE_SUITES, setup->suites, &o->n_suites, given->suites);
    if (!status)
        status = read_codes(TACIT_TABLE_GROUPS, setup->groups, &o->n_groups, given->groups);
    if (!status)
        status = legacy_read(&o->legacy, given->legacy);
    if (!status && given->alpn)
        status = read_alpn(setup, given->alpn);
    if (!status)
        status = admission_read(setup, given);
    if (status)
        return status;
    setup->env = tacit_env_new(NULL, &error);
    return setup->env ? open_keylog(setup, given->keylog) : setup_error(&error, NULL);
}

int setup_begin(struct setup *setup, const struct setup_options *given)
{
    struct fault fault = {0};
    int status = setup_words(setup, given);
    if (status)
        return status;
    load_files(&setup->files, setup->env, given, false, &fault);
    load_into(&setup->files, &setup->options);
    return fault_print(&fault);
}

int setup_config(struct setup *setup,
                 tacit_config *make(tacit_env *, const tacit_config_options *, tacit_error *))
{
    tacit_error error = {0};
    setup->config = make(setup->env, &setup->options, &error);
    return setup->config ? 0 : setup_error(&error, NULL);
}

void setup_end(struct setup *setup)
{
    tacit_config_free(setup->config);
    load_end(&setup->files);
    tacit_env_free(setup->env);
    free(setup->alpn_text);
    free(setup->pins);
    free(setup->allow);
    if (setup->keylog_fd >= 0)
        close(setup->keylog_fd);
}
