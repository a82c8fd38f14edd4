/* config.c: options become a configuration, validated as a whole, or one error.
 *
 * Invariant: no configuration exists with which a connection could skip a check by omission: a
 * server that asks for client certificates has anchors of its own; a client has anchors that
 * somebody named, or says `insecure`. */
#include "hs/config.h"

#include "msg/msg.h"
#include "registry/limits.h"
#include "x509/admit.h"

#include <tacit/task.h>

enum {
    ALL_TASKS =
        TACIT_TASK_HELLO | TACIT_TASK_VERIFY | TACIT_TASK_SIGN | TACIT_TASK_KEX | TACIT_TASK_CHOOSE
};

enum { ALL_LEGACY = LEGACY_RSA_TRANSPORT | LEGACY_CBC_HMAC | LEGACY_NO_EMS };

static bool list_from(struct list16 *out, const uint16_t *ids, size_t n, bool (*known)(uint16_t),
                      enum reason reason, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        bool twice = false;
        for (size_t j = 0; j < i; j++)
            twice |= ids[j] == ids[i];
        if (n > LIST_MAX || twice || !known(ids[i]))
            return fail_at(err, reason, ids[i], __FILE__, __LINE__);
        out->b[out->n++] = (uint8_t)(ids[i] >> 8);
        out->b[out->n++] = (uint8_t)ids[i];
    }
    return true;
}

/* Those that say whom to admit are looked at by admit_new, more strictly. */
static bool lists_there(const tacit_config_options *o, struct err *err)
{
    const struct {
        const void *list;
        size_t n;
    } given[] = {
        {o->suites, o->n_suites},   {o->groups, o->n_groups},
        {o->schemes, o->n_schemes}, {o->cert_schemes, o->n_cert_schemes},
        {o->alpn, o->n_alpn},       {o->identities, o->n_identities},
        {o->names, o->n_names},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].n && !given[i].list)
            return fail(err, BAD_LIST_OPTION, given[i].n);
    return true;
}

static bool suite_known(uint16_t id)
{
    return suite_by_id(id) != NULL;
}

static bool group_known(uint16_t id)
{
    return group_by_id(id) != NULL;
}

static bool scheme_known(uint16_t id)
{
    return scheme_by_id(id) != NULL;
}

static bool certificate_scheme_known(uint16_t id)
{
    return scheme_known(id) && scheme_by_id(id)->certificates;
}

/* A suite serves one version, and a legacy one needs its word. */
static bool suite_allowed(const struct tacit_config *c, const struct suite *suite)
{
    bool word = !suite->legacy || c->legacy & suite->legacy;
    return word && c->min_version <= suite->version && suite->version <= c->max_version;
}

static bool suites_allowed(const struct tacit_config *c, struct err *err)
{
    rd in = rd_of(list16_span(&c->suites));
    uint16_t id;
    while (rd_u16(&in, &id))
        if (!suite_allowed(c, suite_by_id(id)))
            return fail(err, SUITE_NEEDS_WORD, id);
    return true;
}

/* A version without a suite is not spoken: a list of suites narrows the range of versions. */
static void narrow_versions(struct tacit_config *c)
{
    bool has12 = false, has13 = false;
    rd in = rd_of(list16_span(&c->suites));
    uint16_t id;
    while (rd_u16(&in, &id)) {
        has12 |= suite_by_id(id)->version == TLS12;
        has13 |= suite_by_id(id)->version == TLS13;
    }
    if (!has12)
        c->min_version = TLS13;
    if (!has13)
        c->max_version = TLS12;
}

/* The default of a list is its whole table, in the table's order. */
static bool lists(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    uint16_t all[3][LIST_MAX];
    size_t n_allowed = 0;
    for (size_t i = 0; i < n_suites; i++)
        if (suite_allowed(c, &suites[i]))
            all[0][n_allowed++] = suites[i].id;
    for (size_t i = 0; i < n_groups; i++)
        all[1][i] = groups[i].id;
    for (size_t i = 0; i < n_schemes; i++)
        all[2][i] = schemes[i].id;
    bool ok =
        list_from(&c->suites, o->n_suites ? o->suites : all[0],
                  o->n_suites ? o->n_suites : n_allowed, suite_known, R_BAD_SUITE_OPTION, err)
        && list_from(&c->groups, o->n_groups ? o->groups : all[1],
                     o->n_groups ? o->n_groups : n_groups, group_known, R_BAD_GROUP_OPTION, err)
        && list_from(&c->schemes, o->n_schemes ? o->schemes : all[2],
                     o->n_schemes ? o->n_schemes : n_schemes, scheme_known, R_BAD_SCHEME_OPTION,
                     err)
        && list_from(&c->cert_schemes, o->cert_schemes, o->n_cert_schemes, certificate_scheme_known,
                     R_BAD_SCHEME_OPTION, err);
    if (!ok || !suites_allowed(c, err))
        return false;
    narrow_versions(c);
    rd in = rd_of(list16_span(c->cert_schemes.n ? &c->cert_schemes : &c->schemes));
    while (rd_u16(&in, &c->cert_scheme_ids[c->n_cert_scheme_ids]))
        if (certificate_scheme_known(c->cert_scheme_ids[c->n_cert_scheme_ids]))
            c->n_cert_scheme_ids++;
    bool signs = false;
    uint16_t id;
    for (in = rd_of(list16_span(&c->schemes)); rd_u16(&in, &id);)
        signs |= scheme_by_id(id)->verify13;
    return signs || fail(err, NO_HANDSHAKE_SCHEME, 0);
}

static bool alpn_names(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    size_t room = 0;
    for (size_t i = 0; i < o->n_alpn; i++) {
        size_t n = o->alpn[i] ? strlen(o->alpn[i]) : 0;
        for (size_t j = 0; j < i && n > 0; j++)
            n = strcmp(o->alpn[i], o->alpn[j]) == 0 ? 0 : n;
        if (n < 1 || n > 255)
            return fail(err, BAD_ALPN_OPTION, n);
        room += 1 + n;
    }
    if (room > 65535)
        return fail(err, BAD_ALPN_OPTION, room);
    if (!room)
        return !o->alpn_required || fail(err, BAD_ALPN_OPTION, 0);
    c->alpn = (tacit_buf){mem_alloc(&c->env->hooks, room), room};
    if (!c->alpn.p)
        return fail(err, NO_MEMORY, room);
    wr w = wr_of(c->alpn.p, room);
    for (size_t i = 0; i < o->n_alpn; i++)
        wr_vec(&w, 1, span_str(o->alpn[i]));
    return wr_ok(&w) || fail(err, INTERNAL_FAULT, room);
}

static bool versions_and_sizes(struct tacit_config *c, const tacit_config_options *o,
                               struct err *err)
{
    c->min_version = o->min_version ? o->min_version : TLS12;
    c->max_version = o->max_version ? o->max_version : TLS13;
    if (!version_name(c->min_version) || !version_name(c->max_version)
        || c->min_version > c->max_version)
        return fail(err, BAD_VERSION_RANGE, c->max_version);
    c->legacy = (uint8_t)o->legacy;
    if (o->legacy & ~(uint32_t)ALL_LEGACY || (o->legacy && c->min_version > TLS12))
        return fail(err, BAD_LEGACY_OPTION, o->legacy);
    c->record_size_limit = o->record_size_limit ? o->record_size_limit : REC_INNER_MAX;
    if (c->record_size_limit < REC_SIZE_LIMIT_MIN || c->record_size_limit > REC_INNER_MAX)
        return fail(err, BAD_SIZE_LIMIT_OPTION, c->record_size_limit);
    c->handshake_timeout = o->handshake_timeout;
    c->alpn_required = o->alpn_required;
    c->keep_peer_chain = o->keep_peer_chain;
    c->user = o->user;
    c->keylog = o->keylog;
    c->trace = o->trace;
    c->tasks = o->tasks;
    return !(o->tasks & ~(uint32_t)ALL_TASKS) || fail(err, BAD_TASKS_OPTION, o->tasks);
}

/* Does one of these identities sign with the key with which another opens secrets? */
static bool share_a_key(const struct tacit_config *a, const struct tacit_config *b, size_t *which)
{
    for (size_t i = 0; i < a->n_identities; i++)
        for (size_t j = 0; j < b->n_identities; j++) {
            const struct tacit_identity *x = a->identities[i], *y = b->identities[j];
            *which = i > j ? i : j;
            if (x->transport != y->transport
                && span_eq(x->chain->certs[0].key.rsa_n, y->chain->certs[0].key.rsa_n))
                return true;
        }
    return false;
}

/* A key that opens transported secrets may sign nothing, under any certificate (RFC 9846 F.10). */
static bool keys_apart(const struct tacit_config *c, struct err *err)
{
    size_t which;
    for (size_t i = 0; i < c->n_identities; i++) {
        const struct tacit_identity *a = c->identities[i];
        if (a->transport && !(c->legacy & LEGACY_RSA_TRANSPORT && a->key))
            return fail(err, IDENTITY_UNUSABLE, i);
    }
    return !share_a_key(c, c, &which) || fail(err, TRANSPORT_KEY_SHARED, which);
}

/* Nor under any other name that the same server has. */
static bool apart_from_names(const struct tacit_config *c, const struct tacit_config *one,
                             struct err *err)
{
    size_t which;
    if (!(one->legacy & LEGACY_RSA_TRANSPORT))
        return true;
    bool mixed = share_a_key(one, c, &which);
    for (size_t i = 0; i < c->n_names && !mixed; i++)
        mixed = share_a_key(one, c->names[i].config, &which);
    return !mixed || fail(err, TRANSPORT_KEY_SHARED, which);
}

static bool names_apart(const struct tacit_config *c, struct err *err)
{
    bool ok = apart_from_names(c, c, err);
    for (size_t i = 0; i < c->n_names && ok; i++)
        ok = apart_from_names(c, c->names[i].config, err);
    return ok;
}

/* A server of TLS 1.3 always signs (RFC 9846 4.5.2): one whose keys are all for transport speaks
 * TLS 1.2 alone, also to clients that speak both. */
static bool narrow_to_keys(struct tacit_config *c, struct err *err)
{
    bool signs = c->is_client;
    for (size_t i = 0; i < c->n_identities; i++)
        signs |= !c->identities[i]->transport;
    if (!signs)
        c->max_version = TLS12;
    return c->min_version <= c->max_version || fail(err, IDENTITY_UNUSABLE, 0);
}

static bool identities(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    size_t size = o->n_identities * sizeof(struct tacit_identity *);
    if (!o->n_identities)
        return c->is_client || fail(err, NO_IDENTITY, 0);
    c->identities = mem_alloc(&c->env->hooks, size);
    if (!c->identities)
        return fail(err, NO_MEMORY, size);
    c->n_identities = o->n_identities;
    for (size_t i = 0; i < c->n_identities; i++) {
        tacit_identity *id = o->identities[i];
        if (!id)
            return false; /* its maker has said why */
        if (!id->key && !(c->tasks & TACIT_TASK_SIGN))
            return fail(err, NO_KEY, i);
        c->identities[i] = tacit_identity_ref(id);
    }
    return keys_apart(c, err) && narrow_to_keys(c, err);
}

static bool valid_pattern(const char *name, struct host *host)
{
    bool wild = name && name[0] == '*' && name[1] == '.';
    return name && host_parse(host, span_str(wild ? name + 2 : name), NULL) && !host->ip_len;
}

/* A table in a table would have no meaning, and another role's configuration no use. */
static bool names(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    size_t size = o->n_names * sizeof(struct named);
    struct host host;
    if (!o->n_names)
        return true;
    c->names = mem_alloc(&c->env->hooks, size);
    c->names_size = size;
    if (!c->names)
        return fail(err, NO_MEMORY, size);
    for (size_t i = 0; i < o->n_names; i++) {
        const tacit_named_config *from = &o->names[i];
        if (!valid_pattern(from->name, &host) || !from->config || from->config->is_client
            || from->config->n_names || from->config->bare || from->config->env != c->env)
            return fail(err, BAD_NAMED_CONFIG, i);
        struct named *to = &c->names[i];
        bool wild = from->name[0] == '*';
        size_t n = host.dns_len + (wild ? 2u : 0u);
        to->pattern = (tacit_buf){mem_alloc(&c->env->hooks, n), n};
        if (!to->pattern.p)
            return fail(err, NO_MEMORY, n);
        to->config = tacit_config_ref(from->config);
        c->n_names++;
        memcpy(to->pattern.p, "*.", wild ? 2 : 0);
        memcpy(to->pattern.p + (wild ? 2 : 0), host.dns, host.dns_len);
    }
    return names_apart(c, err);
}

/* The names of the anchors, for CertificateRequest: a client with several certificates chooses by
 * them. A list that would not fit, or that would leave out who is trusted by his key, is left out,
 * which means "any" (RFC 9846 4.3.4). */
static bool authorities(struct tacit_config *c, struct err *err)
{
    size_t room = 0;
    span name;
    for (size_t i = 0; trust_subject(c->trust, i, &name); i++)
        room += 2 + name.n;
    if (room == 0 || room > MSG_ENCRYPTED_EXTENSIONS_MAX || trust_has_keys(c->trust))
        return true;
    c->authorities = (tacit_buf){mem_alloc(&c->env->hooks, room), room};
    if (!c->authorities.p)
        return fail(err, NO_MEMORY, room);
    wr w = wr_of(c->authorities.p, room);
    for (size_t i = 0; trust_subject(c->trust, i, &name); i++)
        wr_vec(&w, 2, name);
    return wr_ok(&w) || fail(err, INTERNAL_FAULT, room);
}

/* revocation: who asks for lists to be obeyed must not be left without a check. */
static bool revocation(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    bool verifies = c->trust && !c->insecure;
    if (o->revocation > TACIT_REVOCATION_HARD || (o->revocation && !verifies))
        return fail(err, BAD_REVOCATION_OPTION, o->revocation);
    if (o->staple_required && !c->is_client)
        return fail(err, OTHER_ROLES_OPTION, 0);
    if (o->staple_required && !verifies)
        return fail(err, BAD_REVOCATION_OPTION, o->revocation);
    c->revocation = (enum revocation)o->revocation;
    c->staple_required = o->staple_required;
    return true;
}

/* admission: who says whom to admit must not be left without anybody to ask. With `insecure` too
 * there is a certificate, and a key that has signed. */
static bool admission(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    if (!admit_new(&c->admit, &c->env->hooks, o->pins, o->n_pins, o->allow, o->n_allow, err))
        return false;
    return !c->admit || c->trust || c->insecure || fail(err, NOBODY_TO_ADMIT, 0);
}

/* A list that stands for the name has somebody on it, whose certificate is verified. */
static bool stand_in(const struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    bool stands = o->n_allow > 0 && !c->insecure && !c->insecure_name;
    return !c->name_by_allow || stands || fail(err, NAME_BY_NOBODY, o->n_allow);
}

/* Whom a client believes is said, or nothing is said at all: a NULL among options may be what a
 * constructor that failed has left, and must not turn into every public authority (ADR 0011). */
static bool trust_of_client(struct tacit_config *c, const tacit_config_options *o, bool by_default,
                            tacit_error *error, struct err *err)
{
    if (o->client_auth || o->n_names || o->tasks & TACIT_TASK_HELLO)
        return fail(err, OTHER_ROLES_OPTION, 0);
    c->insecure = o->insecure_skip_verification;
    c->insecure_name = o->insecure_skip_name;
    c->name_by_allow = o->name_by_allow;
    c->no_server_name = o->no_server_name;
    c->fallback = o->fallback;
    if (c->fallback && c->max_version >= TLS13)
        return fail(err, BAD_FALLBACK_OPTION, c->max_version);
    if (o->trust)
        c->trust = tacit_trust_ref(o->trust);
    else if (by_default)
        c->trust = tacit_trust_system(c->env, error);
    else if (!c->insecure)
        return fail(err, NO_TRUST, 0);
    if (c->trust)
        trust_seal(c->trust);
    return c->trust || c->insecure;
}

static bool trust_of_server(struct tacit_config *c, const tacit_config_options *o, struct err *err)
{
    if (o->insecure_skip_verification || o->insecure_skip_name || o->name_by_allow
        || o->no_server_name || o->fallback || o->tasks & TACIT_TASK_CHOOSE
        || o->client_auth > TACIT_CLIENT_AUTH_REQUIRED)
        return fail(err, OTHER_ROLES_OPTION, 0);
    c->client_auth = o->client_auth;
    if (c->client_auth == TACIT_CLIENT_AUTH_OFF)
        return !o->trust || fail(err, OTHER_ROLES_OPTION, 0);
    if (!o->trust || tacit_trust_count(o->trust) == 0)
        return fail(err, NO_CLIENT_ANCHORS, 0);
    c->trust = tacit_trust_ref(o->trust);
    trust_seal(c->trust);
    return authorities(c, err);
}

static tacit_config *config_new(tacit_env *env, const tacit_config_options *options, bool is_client,
                                tacit_error *error)
{
    static const tacit_config_options defaults = {.size = sizeof defaults};
    const tacit_config_options *o = options ? options : &defaults;
    if (!env)
        return err_missing(error), NULL;
    struct err err = {0};
    struct tacit_config *c = mem_alloc(&env->hooks, sizeof *c);
    bool ok = c || fail(&err, NO_MEMORY, sizeof *c);
    if (ok) {
        ref_init(&c->ref);
        c->env = env_ref(env);
        c->is_client = is_client;
    }
    ok = ok && (o->size == sizeof *o || fail(&err, OPTIONS_SIZE, o->size)) && lists_there(o, &err)
         && versions_and_sizes(c, o, &err) && lists(c, o, &err) && alpn_names(c, o, &err)
         && identities(c, o, &err) && names(c, o, &err)
         && (is_client ? trust_of_client(c, o, !options, error, &err) : trust_of_server(c, o, &err))
         && revocation(c, o, &err) && admission(c, o, &err) && stand_in(c, o, &err);
    if (ok)
        return c;
    if (err.reason == R_NO_TRUST)
        err_export_missing(&err, error);
    else if (err.reason)
        err_export(&err, error);
    else
        err_missing(error); /* whoever failed has said so */
    tacit_config_free(c);
    return NULL;
}

tacit_config *tacit_client_config(tacit_env *env, const tacit_config_options *options,
                                  tacit_error *error)
{
    return config_new(env, options, true, error);
}

tacit_config *tacit_server_config(tacit_env *env, const tacit_config_options *options,
                                  tacit_error *error)
{
    return config_new(env, options, false, error);
}

tacit_config *tacit_config_with_user(tacit_config *config, void *user, tacit_error *error)
{
    struct err err = {0};
    if (!config)
        return err_missing(error), NULL;
    struct tacit_config *bare = config->bare ? config->bare : config;
    struct tacit_config *c = mem_alloc(&bare->env->hooks, sizeof *c);
    if (!c) {
        fail(&err, NO_MEMORY, sizeof *c);
        err_export(&err, error);
        return NULL;
    }
    ref_init(&c->ref);
    c->env = env_ref(bare->env);
    c->bare = tacit_config_ref(bare);
    c->is_client = bare->is_client;
    c->user = user;
    return c;
}

tacit_config *tacit_config_ref(tacit_config *config)
{
    if (config)
        ref_take(&config->ref);
    return config;
}

void tacit_config_free(tacit_config *c)
{
    if (!c || !ref_drop(&c->ref))
        return;
    struct tacit_env *env = c->env;
    for (size_t i = 0; i < c->n_identities; i++)
        tacit_identity_free(c->identities[i]);
    for (size_t i = 0; i < c->n_names; i++) {
        mem_free(&env->hooks, c->names[i].pattern.p, c->names[i].pattern.n);
        tacit_config_free(c->names[i].config);
    }
    mem_free(&env->hooks, c->names, c->names_size);
    mem_free(&env->hooks, c->identities, c->n_identities * sizeof *c->identities);
    mem_free(&env->hooks, c->alpn.p, c->alpn.n);
    mem_free(&env->hooks, c->authorities.p, c->authorities.n);
    tacit_trust_free(c->trust);
    tacit_config_free(c->bare);
    admit_free(c->admit);
    mem_free(&env->hooks, c, sizeof *c);
    tacit_env_free(env);
}
