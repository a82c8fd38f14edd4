/* setup.c: flags become a configuration.
 *
 * The runner takes for granted what its own library can do and tacit says no to by default, so the
 * configuration has all words of `legacy`. Its clients believe any certificate, as BoringSSL's do
 * by default; its servers trust the certificates that the runner has written beside ours. */
#include "setup.h"

#include <tacit/tables.h>

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TLS12 = 0x0303, TLS13 = 0x0304, NAMES_MAX = 64, PATH_ROOM = 1024 };

/* struct made is what a configuration is made of, until it has its own references. */
struct made {
    tacit_env *env;
    tacit_trust *trust;
    tacit_identity *identities[2 * LIST_MAX + 1];
    tacit_config_options options;
    struct codes suites, groups, schemes;
    char alpn_text[512];
    const char *alpn[NAMES_MAX];
};

/* BoringSSL verifies nothing by default. What comes of a verification alone, tacit has to do. */
static bool verifies(const struct flags *f)
{
    return !f->server && (f->enforce_usage || f->ask_staple);
}

bool refuses(const struct flags *f)
{
    bool heard = f->request_client || f->require_client || f->take_verify;
    return f->refuse_verify && heard;
}

static void versions(struct made *m, const struct flags *f)
{
    uint64_t least = f->min_version > TLS12 ? f->min_version : TLS12;
    uint64_t most = f->max_version ? f->max_version : TLS13;
    if (f->no_tls12)
        least = TLS13;
    if (f->no_tls13 && most > TLS12)
        most = TLS12;
    if (f->fallback) /* where tacit says it, there is less than all to be had */
        most = most > TLS12 ? TLS12 : most;
    m->options.fallback = f->fallback;
    if (least > most)
        unimplemented("versions", "before TLS 1.2");
    m->options.min_version = (uint16_t)least;
    m->options.max_version = (uint16_t)most;
    if (least == TLS12)
        m->options.legacy =
            TACIT_LEGACY_RSA_TRANSPORT | TACIT_LEGACY_CBC_HMAC | TACIT_LEGACY_NO_EMS;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void add(struct codes *to, uint16_t code)
{
    for (size_t i = 0; i < to->n; i++)
        if (to->v[i] == code)
            return;
    if (to->n == LIST_MAX)
        unimplemented("more code points than", "32");
    to->v[to->n++] = code;
}

static uint16_t code_in_row(tacit_table table, size_t row)
{
    char text[16] = "0";
    tacit_table_cell(table, row, 0, text, sizeof text);
    return (uint16_t)strtoul(text, NULL, 16);
}

/* The library's own suites of one version, if it is in the range. */
static void add_suites_of(struct made *m, uint16_t version)
{
    enum { VERSION_COLUMN = 3 };
    const char *name = version == TLS13 ? "TLS 1.3" : "TLS 1.2";
    char text[16] = "";
    if (version < m->options.min_version || version > m->options.max_version)
        return;
    for (size_t row = 0; row < tacit_table_rows(TACIT_TABLE_SUITES); row++) {
        tacit_table_cell(TACIT_TABLE_SUITES, row, VERSION_COLUMN, text, sizeof text);
        if (strcmp(text, name) == 0)
            add(&m->suites, code_in_row(TACIT_TABLE_SUITES, row));
    }
}

/* Names with colons between them. OpenSSL's language of classes and exceptions is not spoken. */
static void add_suites_named(struct made *m, const char *list)
{
    char name[128];
    for (const char *p = list; *p; p += strcspn(p, ":") + (strchr(p, ':') != NULL)) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ":"), p);
        uint16_t code = tacit_code_by_name(TACIT_TABLE_SUITES, name);
        if (!code)
            unimplemented("the suites", list);
        add(&m->suites, code);
    }
}

static void suites(struct made *m, const struct flags *f)
{
    if (!f->suites && !f->suites13)
        return;
    if (f->suites13)
        add_suites_named(m, f->suites13);
    else
        add_suites_of(m, TLS13);
    if (f->suites)
        add_suites_named(m, f->suites);
    else
        add_suites_of(m, TLS12);
    m->options.suites = m->suites.v;
    m->options.n_suites = m->suites.n;
}

static bool in_table(tacit_table table, uint16_t code)
{
    for (size_t row = 0; row < tacit_table_rows(table); row++)
        if (code_in_row(table, row) == code)
            return true;
    return false;
}

/* What is not there cannot be chosen, and need not be named. A list of nothing else is refused. */
static struct codes known(tacit_table table, const struct codes *list)
{
    struct codes out = {.n = 0};
    for (size_t i = 0; i < list->n; i++)
        if (in_table(table, list->v[i]))
            add(&out, list->v[i]);
    if (list->n && !out.n)
        unimplemented("groups or schemes that are not", "in the tables");
    return out;
}

static void groups(struct made *m, const struct flags *f)
{
    m->groups = known(TACIT_TABLE_GROUPS, &f->groups);
    m->options.groups = m->groups.v;
    m->options.n_groups = m->groups.n;
}

/* tacit has one list, for what we sign with and what the peer may. An end that does both needs what
 * the runner, or its certificate, signs with unless it is told otherwise; and a list that serves
 * TLS 1.2 alone needs one for TLS 1.3. That goes last. */
static void schemes(struct made *m, const struct flags *f)
{
    enum { RSA_PSS_RSAE_SHA256 = 0x0804, PKCS1 = 1 };
    bool asks = f->request_client || f->require_client;
    bool signs = f->own.chain || f->n_slots || f->more_chains.n;
    bool only12 = true;
    if (f->signing.n && f->verifying.n)
        unimplemented("two lists of schemes", "");
    m->schemes = known(TACIT_TABLE_SCHEMES, f->signing.n ? &f->signing : &f->verifying);
    for (size_t i = 0; i < m->schemes.n; i++)
        only12 &= (m->schemes.v[i] & 0xff) == PKCS1;
    if (m->schemes.n && (only12 || (f->server ? asks : signs || f->signing.n)))
        add(&m->schemes, RSA_PSS_RSAE_SHA256);
    m->options.schemes = m->schemes.v;
    m->options.n_schemes = m->schemes.n;
}

/* Each name has its length before it. */
static void offered_alpn(struct made *m, const char *names)
{
    char *to = m->alpn_text;
    while (*names && m->options.n_alpn < NAMES_MAX) {
        size_t n = (uint8_t)*names++;
        if (n == 0 || strlen(names) < n || to + n + 1 > m->alpn_text + sizeof m->alpn_text)
            unimplemented("an ALPN name", "that is empty, or not text");
        memcpy(to, names, n);
        to[n] = 0;
        m->alpn[m->options.n_alpn++] = to;
        names += n;
        to += n + 1;
    }
}

static void alpn(struct made *m, const struct flags *f)
{
    m->options.alpn = m->alpn;
    if (!f->server && f->offer_alpn)
        offered_alpn(m, f->offer_alpn);
    if (!f->server || f->decline_alpn)
        return;
    const char *only = f->reject_alpn ? "a name that nobody offers" : f->select_alpn;
    if (only)
        m->alpn[m->options.n_alpn++] = only;
}

/* ---- certificates ---------------------------------------------------------------------------- */

static bool identity(struct made *m, const char *chain, const char *key, tacit_error *error)
{
    tacit_identity *id = tacit_identity_files(m->env, chain, key, NULL, NULL, error);
    m->identities[m->options.n_identities] = id;
    m->options.n_identities += id != NULL;
    return id != NULL;
}

static bool slot_identity(struct made *m, const struct slot *slot, tacit_error *error)
{
    if (!slot->chain || !slot->key)
        unimplemented("a certificate without a key, or a key", "without one");
    return identity(m, slot->chain, slot->key, error);
}

static bool identities(struct made *m, const struct flags *f, tacit_error *error)
{
    char both[PATH_ROOM];
    m->options.identities = m->identities;
    for (size_t i = 0; i < f->more_chains.n; i++) {
        snprintf(both, sizeof both, "%s", f->more_chains.v[i]);
        char *comma = strchr(both, ',');
        if (!comma)
            unimplemented("certificates without", "a key");
        *comma = 0;
        if (!identity(m, both, comma + 1, error))
            return false;
    }
    for (size_t i = 0; i < f->n_slots; i++)
        if (!slot_identity(m, &f->slots[i], error))
            return false;
    return f->more_chains.n || !f->own.chain || slot_identity(m, &f->own, error);
}

/* What a client shows is one of the certificates that the runner made when it began: they are in
 * the folder of ours. One that is no anchor for tacit is not trusted. */
static void trust_runner(struct made *m, const struct flags *f)
{
    char path[PATH_ROOM], folder[PATH_ROOM];
    const char *ours = f->own.chain ? f->own.chain : f->slots[0].chain;
    snprintf(folder, sizeof folder, "%s", ours ? ours : "");
    const char *in = dirname(folder);
    DIR *dir = opendir(in);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (strncmp(entry->d_name, "test-cert", 9) == 0) {
            snprintf(path, sizeof path, "%s/%s", in, entry->d_name);
            tacit_trust_add_file(m->trust, path, NULL);
        }
    if (dir)
        closedir(dir);
}

/* Some of the runner's certificates are valid for one second. A client that verifies one does so at
 * that time: what tacit says of a certificate tells when it begins. */
static int64_t moment;

static int64_t at_that_moment(void *user)
{
    (void)user;
    return moment;
}

static bool read_moment(const char *path, tacit_error *error)
{
    static uint8_t pem[1 << 16];
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(pem, 1, sizeof pem, file) : 0;
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_trust *trust = tacit_trust_new(env, error);
    tacit_verify_options question = {
        .size = sizeof question, .chain = {pem, n}, .trust = trust, .time = 1};
    tacit_cert_info info = {.size = sizeof info};
    tacit_verdict *verdict = NULL;
    if (trust)
        tacit_verify(env, &verdict, &question,
                     error); /* the answer is no; it is not the question */
    bool ok = verdict && tacit_verdict_cert(verdict, 0, &info);
    moment = info.not_before;
    tacit_verdict_free(verdict);
    tacit_trust_free(trust);
    tacit_env_free(env);
    if (file)
        fclose(file);
    return ok;
}

/* "FILE,FILE": the certificates that a server of the runner may show. */
static bool trust_files(struct made *m, const char *list, tacit_error *error)
{
    char path[PATH_ROOM];
    bool ok = true;
    for (const char *p = list; ok && *p; p += strcspn(p, ",") + (strchr(p, ',') != NULL)) {
        snprintf(path, sizeof path, "%.*s", (int)strcspn(p, ","), p);
        ok = tacit_trust_add_file(m->trust, path, error);
    }
    return ok;
}

static bool trust(struct made *m, const struct flags *f, tacit_error *error)
{
    bool asks = f->server && (f->request_client || f->require_client);
    m->options.insecure_skip_verification = !f->server && !verifies(f);
    m->options.insecure_skip_name = verifies(f); /* the runner's certificates name nobody */
    m->options.staple_required = verifies(f) && f->require_staple;
    if (asks) {
        trust_runner(m, f);
        m->options.client_auth =
            f->require_client ? TACIT_CLIENT_AUTH_REQUIRED : TACIT_CLIENT_AUTH_OPTIONAL;
    }
    if (asks || verifies(f))
        m->options.trust = m->trust;
    return !verifies(f) || trust_files(m, f->trust ? f->trust : "", error);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void tasks(struct made *m, const struct flags *f)
{
    bool hello = f->take_hello || f->use_hello || f->refuse_hello || f->offered_alpn;
    bool looks = f->peer_schemes.n || f->authorities || f->async;
    if (f->server ? f->authorities != NULL : hello)
        unimplemented("a look at", "what our end writes");
    unsigned first = f->server ? TACIT_TASK_HELLO : TACIT_TASK_CHOOSE;
    m->options.tasks = (hello || looks ? first : 0u)
                       | (f->take_verify || f->refuse_verify || f->async ? TACIT_TASK_VERIFY : 0u)
                       | (f->shown || f->async ? TACIT_TASK_SIGN : 0u)
                       | (f->async ? TACIT_TASK_KEX : 0u);
}

/* The library itself says what it does not have. */
static void give_up_on(const tacit_error *error)
{
    static const char *const absent[] = {"BAD_SUITE_OPTION", "SUITE_NEEDS_WORD", "KEY_UNSUPPORTED"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        if (error->name && strcmp(error->name, absent[i]) == 0)
            unimplemented("what the flags ask for:", error->name);
}

static void callbacks(struct made *m, const struct flags *f, struct heard *heard)
{
    *heard = (struct heard){.n = 0};
    m->options.user = heard;
    m->options.trace = f->messages ? heard_message : NULL;
    m->options.keylog = f->export_secrets ? heard_line : NULL;
}

tacit_config *setup(const struct flags *f, struct heard *heard, tacit_error *error)
{
    struct made m = {.options.size = sizeof m.options};
    tacit_config *config = NULL;
    tacit_env_options clock = {.size = sizeof clock, .now = at_that_moment};
    if (verifies(f) && !(f->trust && read_moment(f->trust, error)))
        return NULL;
    m.env = tacit_env_new(verifies(f) ? &clock : NULL, error);
    m.trust = tacit_trust_new(m.env, error);
    versions(&m, f);
    suites(&m, f);
    groups(&m, f);
    schemes(&m, f);
    alpn(&m, f);
    tasks(&m, f);
    callbacks(&m, f, heard);
    m.options.keep_peer_chain = f->peer_chain != NULL;
    if (m.trust && identities(&m, f, error) && trust(&m, f, error))
        config = f->server ? tacit_server_config(m.env, &m.options, error)
                           : tacit_client_config(m.env, &m.options, error);
    if (!config)
        give_up_on(error);
    for (size_t i = 0; i < m.options.n_identities; i++)
        tacit_identity_free(m.identities[i]);
    tacit_trust_free(m.trust);
    tacit_env_free(m.env);
    return config;
}
