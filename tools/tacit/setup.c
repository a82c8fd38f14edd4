/* setup.c: files, lists and names of the command line become options of the library.
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
    char sentence[512];
    tacit_error_sentence(error, sentence, sizeof sentence);
    if (!strcmp(error->name, "FILE_UNREADABLE") && error->detail) /* the system knows it better */
        snprintf(sentence, sizeof sentence, "%s", strerror((int)error->detail));
    return out_fail(tacit_error_exit_status(error), tacit_error_advice(error), "%s%s%s",
                    what ? what : "", what ? ": " : "", sentence);
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

/* ---- files ----------------------------------------------------------------------------------- */

/* struct password is a key's password while keys are loaded. */
struct password {
    char text[1024];
    size_t n;
};

static void forget(struct password *password)
{
    explicit_bzero(password, sizeof *password);
}

static int read_password(struct password *password, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, password->text, sizeof password->text);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(why));
    while (password->n < (size_t)n && !strchr("\r\n", password->text[password->n]))
        password->n++;
    return 0;
}

static size_t give_password(void *user, char *out, size_t cap)
{
    const struct password *password = user;
    if (password->n > cap)
        return 0;
    memcpy(out, password->text, password->n);
    return password->n;
}

static size_t count(char **list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static int load_identities(struct setup *setup, const struct setup_options *given)
{
    struct password password = {.n = 0};
    size_t n = count(given->certs);
    if (n != count(given->keys))
        return out_fail(STATUS_USAGE, NULL, "each --cert needs its --key");
    if (n > SETUP_IDENTITIES)
        return out_fail(STATUS_USAGE, NULL, "more than %d certificates", SETUP_IDENTITIES);
    int status = given->password_file ? read_password(&password, given->password_file) : 0;
    for (size_t i = 0; !status && i < n; i++) {
        tacit_error error;
        setup->identities[i] =
            tacit_identity_files(setup->env, given->certs[i], given->keys[i],
                                 given->password_file ? give_password : NULL, &password, &error);
        if (!setup->identities[i])
            status = setup_error(&error,
                                 strncmp(error.name, "KEY_", 4) ? given->certs[i] : given->keys[i]);
        else
            setup->options.n_identities++;
    }
    forget(&password);
    setup->options.identities = setup->identities;
    return status;
}

/* load_crls: who gives lists wants them obeyed: without one that is current, it fails. */
static int load_crls(struct setup *setup, char **files)
{
    tacit_error error;
    for (char **p = files; *p; p++)
        if (!tacit_trust_add_crl_file(setup->trust, *p, &error))
            return setup_error(&error, *p);
    setup->options.revocation = TACIT_REVOCATION_HARD;
    return 0;
}

static int load_trust(struct setup *setup, const struct setup_options *given)
{
    tacit_error error;
    if (!given->anchors && !given->crls && !given->believes)
        return 0;
    setup->trust = given->anchors ? tacit_trust_new(setup->env, &error)
                                  : tacit_trust_system(setup->env, &error);
    if (!setup->trust)
        return setup_error(&error, NULL);
    for (char **p = given->anchors; p && *p; p++)
        if (!tacit_trust_add_file(setup->trust, *p, &error))
            return setup_error(&error, *p);
    setup->options.trust = setup->trust;
    return given->crls ? load_crls(setup, given->crls) : 0;
}

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

int setup_begin(struct setup *setup, const struct setup_options *given)
{
    tacit_error error;
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
    if (!setup->env)
        return setup_error(&error, NULL);
    status = load_identities(setup, given);
    if (!status)
        status = load_trust(setup, given);
    if (!status)
        status = open_keylog(setup, given->keylog);
    return status;
}

int setup_config(struct setup *setup,
                 tacit_config *make(tacit_env *, const tacit_config_options *, tacit_error *))
{
    tacit_error error;
    setup->config = make(setup->env, &setup->options, &error);
    return setup->config ? 0 : setup_error(&error, NULL);
}

void setup_end(struct setup *setup)
{
    tacit_config_free(setup->config);
    tacit_trust_free(setup->trust);
    for (size_t i = 0; i < SETUP_IDENTITIES; i++)
        tacit_identity_free(setup->identities[i]);
    tacit_env_free(setup->env);
    free(setup->alpn_text);
    free(setup->pins);
    free(setup->allow);
    if (setup->keylog_fd >= 0)
        close(setup->keylog_fd);
}
