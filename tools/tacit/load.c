/* load.c: see load.h. Nothing is printed here: who is at work already keeps what he has, and says
 * so in his own words. */
#include "load.h"

#include "out.h"
#include "setup.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- identities ------------------------------------------------------------------------------ */

/* struct password is a key's password while keys are loaded. */
struct password {
    char text[1024];
    size_t n;
};

static void forget(struct password *password)
{
    explicit_bzero(password, sizeof *password);
}

static bool is_regular(const char *path)
{
    struct stat st;
    return stat(path, &st) || S_ISREG(st.st_mode); /* what is not there is told by who opens it */
}

/* A pipe tells its password once, and who asks again may wait for ever. */
static int read_password(struct password *password, const char *path, bool again,
                         struct fault *fault)
{
    if (again && !is_regular(path))
        return fault_own(fault, STATUS_FILE, NULL, "%s is no file that can be read again", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, password->text, sizeof password->text);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return fault_own(fault, STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(why));
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

static int load_identities(struct loaded *loaded, tacit_env *env, const struct setup_options *given,
                           bool again, struct fault *fault)
{
    struct password password = {.n = 0};
    const char *file = given->password_file;
    size_t n = count(given->certs);
    if (n != count(given->keys))
        return fault_own(fault, STATUS_USAGE, NULL, "each --cert needs its --key");
    if (n > LOAD_IDENTITIES)
        return fault_own(fault, STATUS_USAGE, NULL, "more than %d certificates", LOAD_IDENTITIES);
    int status = file ? read_password(&password, file, again, fault) : 0;
    for (size_t i = 0; !status && i < n; i++) {
        tacit_error error = {0};
        const char *cert = given->certs[i], *key = given->keys[i];
        loaded->identities[i] =
            tacit_identity_files(env, cert, key, file ? give_password : NULL, &password, &error);
        if (loaded->identities[i])
            loaded->n_identities++;
        else
            status = fault_tls(fault, &error, strncmp(error.name, "KEY_", 4) ? cert : key);
    }
    forget(&password);
    return status;
}

/* ---- trust ----------------------------------------------------------------------------------- */

/* is_at_fault: is this the file for which the library has refused its folder for that reason? One
 * that is merely no list is not, unless there is nothing in it. */
static bool is_at_fault(tacit_env *env, const char *path, const char *reason)
{
    struct stat st;
    tacit_error error = {.name = ""};
    if (!strcmp(reason, "PEM_NO_CRL"))
        return !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size == 0;
    tacit_trust *scratch = tacit_trust_new(env, NULL);
    bool refused = scratch && !tacit_trust_add_crl_file(scratch, path, &error);
    tacit_trust_free(scratch);
    return refused && !strcmp(error.name, reason);
}

/* folder_fault names the file that it is about: the library says what is wrong, not with which. Its
 * name is whoever's who may write there. */
static int folder_fault(struct fault *fault, tacit_env *env, const char *folder,
                        const tacit_error *error)
{
    char path[4096], clean[1024];
    const struct dirent *entry;
    DIR *dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof path
            || !is_at_fault(env, path, error->name))
            continue;
        fault_tls(fault, error, out_escape(clean, sizeof clean, path, (size_t)n));
        closedir(dir);
        return fault->status;
    }
    if (dir)
        closedir(dir);
    return fault_tls(fault, error, folder);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* load_crls: who gives lists wants them obeyed: without one that is current, it fails. */
static int load_crls(struct loaded *loaded, tacit_env *env, char **paths, struct fault *fault)
{
    tacit_error error = {0};
    for (char **p = paths; *p; p++) {
        bool folder = is_folder(*p);
        if (folder ? tacit_trust_add_crl_folder(loaded->trust, *p, &error)
                   : tacit_trust_add_crl_file(loaded->trust, *p, &error))
            continue;
        return folder ? folder_fault(fault, env, *p, &error) : fault_tls(fault, &error, *p);
    }
    loaded->revocation = TACIT_REVOCATION_HARD;
    return 0;
}

static int load_trust(struct loaded *loaded, tacit_env *env, const struct setup_options *given,
                      struct fault *fault)
{
    tacit_error error = {0};
    if (!given->anchors && !given->crls && !given->believes)
        return 0;
    loaded->trust = given->anchors ? tacit_trust_new(env, &error) : tacit_trust_system(env, &error);
    if (!loaded->trust)
        return fault_tls(fault, &error, NULL);
    for (char **p = given->anchors; p && *p; p++)
        if (!tacit_trust_add_file(loaded->trust, *p, &error))
            return fault_tls(fault, &error, *p);
    return given->crls ? load_crls(loaded, env, given->crls, fault) : 0;
}

int load_files(struct loaded *loaded, tacit_env *env, const struct setup_options *given, bool again,
               struct fault *fault)
{
    *loaded = (struct loaded){.n_identities = 0};
    int status = load_identities(loaded, env, given, again, fault);
    return status ? status : load_trust(loaded, env, given, fault);
}

void load_into(const struct loaded *loaded, tacit_config_options *options)
{
    options->identities = loaded->identities;
    options->n_identities = loaded->n_identities;
    options->trust = loaded->trust;
    options->revocation = (uint8_t)loaded->revocation;
}

void load_end(struct loaded *loaded)
{
    for (size_t i = 0; i < LOAD_IDENTITIES; i++)
        tacit_identity_free(loaded->identities[i]);
    tacit_trust_free(loaded->trust);
    *loaded = (struct loaded){.n_identities = 0};
}
