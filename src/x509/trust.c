/* trust.c: the set of trust anchors: filling it, sealing it, and finding an anchor by its subject.
 *
 * Each anchor is one block (struct anchor) that never moves, so that a path may lend it; a table of
 * buckets over the hash of the subject finds it. Adding a text is all or nothing. Invariant: after
 * trust_seal nothing in the set changes, so that threads share it without a lock. */
#include "x509/check.h"

#include "base/file.h"
#include "crypto/env.h"
#include "wire/pem.h"
#include "x509/admit.h"
#include "x509/crl.h"

#include <stdatomic.h>

enum { FILE_MAX_BYTES = 64 << 20, BUCKETS_MIN = 64 };

struct tacit_trust {
    struct ref ref;
    struct tacit_env *env;
    atomic_bool sealed;
    size_t n, cap;
    struct anchor **anchors; /* in the order in which they were added */
    size_t n_buckets;        /* a power of two, at least cap          */
    struct anchor **buckets;
    struct crl_set crls;
    size_t n_keys;
    uint8_t (*keys)[SPKI_HASH]; /* trusted by themselves */
};

tacit_trust *tacit_trust_new(tacit_env *env, tacit_error *error)
{
    struct err err = {0};
    if (!env)
        return err_missing(error), NULL;
    tacit_trust *trust = mem_alloc(&env->hooks, sizeof *trust);
    if (!trust) {
        fail(&err, NO_MEMORY, sizeof *trust);
        err_export(&err, error);
        return NULL;
    }
    ref_init(&trust->ref);
    atomic_init(&trust->sealed, false);
    trust->env = env_ref(env);
    return trust;
}

tacit_trust *tacit_trust_ref(tacit_trust *trust)
{
    if (trust)
        ref_take(&trust->ref);
    return trust;
}

static const struct hooks *hooks_of(const tacit_trust *trust)
{
    return &trust->env->hooks;
}

/* drop_after frees the anchors from the n-th on; the buckets are the caller's to mend. */
static void drop_after(tacit_trust *trust, size_t n)
{
    while (trust->n > n) {
        struct anchor *a = trust->anchors[--trust->n];
        mem_free(hooks_of(trust), a, a->size);
    }
}

void tacit_trust_free(tacit_trust *trust)
{
    if (!trust || !ref_drop(&trust->ref))
        return;
    struct tacit_env *env = trust->env;
    drop_after(trust, 0);
    crl_set_clear(&trust->crls, &env->hooks);
    mem_free(&env->hooks, trust->anchors, trust->cap * sizeof(struct anchor *));
    mem_free(&env->hooks, trust->buckets, trust->n_buckets * sizeof(struct anchor *));
    mem_free(&env->hooks, trust->keys, trust->n_keys * SPKI_HASH);
    mem_free(&env->hooks, trust, sizeof *trust);
    tacit_env_free(env);
}

size_t tacit_trust_count(const tacit_trust *trust)
{
    return trust ? trust->n + trust->n_keys : 0;
}

void trust_seal(struct tacit_trust *trust)
{
    atomic_store(&trust->sealed, true);
}

bool trust_subject(const struct tacit_trust *trust, size_t index, span *out)
{
    if (index >= trust->n)
        return false;
    *out = trust->anchors[index]->cert.subject;
    return true;
}

/* first_of is the first anchor from `a` on that bears the name. */
static const struct anchor *first_of(const struct anchor *a, uint32_t hash, span subject)
{
    while (a && !(a->hash == hash && name_eq(a->cert.subject, subject)))
        a = a->next;
    return a;
}

const struct anchor *trust_first(const struct tacit_trust *trust, span subject)
{
    uint32_t hash = name_hash(subject);
    return trust->n ? first_of(trust->buckets[hash & (trust->n_buckets - 1)], hash, subject) : NULL;
}

const struct anchor *trust_next(const struct anchor *anchor, span subject)
{
    return first_of(anchor->next, anchor->hash, subject);
}

bool trust_has(const struct tacit_trust *trust, const struct cert *cert)
{
    const struct anchor *a = trust_first(trust, cert->subject);
    while (a && !span_eq(a->cert.der, cert->der))
        a = trust_next(a, cert->subject);
    return a;
}

/* link_all fills the buckets anew, so that anchors of one name are tried in the order in which they
 * were added. */
static void link_all(tacit_trust *trust)
{
    memset(trust->buckets, 0, trust->n_buckets * sizeof(struct anchor *));
    for (size_t i = trust->n; i-- > 0;) {
        struct anchor *a = trust->anchors[i];
        struct anchor **bucket = &trust->buckets[a->hash & (trust->n_buckets - 1)];
        a->next = *bucket;
        *bucket = a;
    }
}

/* grow makes room for one more anchor, and for as many buckets as anchors. */
static bool grow(tacit_trust *trust, struct err *err)
{
    if (trust->n < trust->cap)
        return true;
    const struct hooks *hooks = hooks_of(trust);
    size_t cap = trust->cap ? 2 * trust->cap : BUCKETS_MIN, bytes = cap * sizeof(struct anchor *);
    struct anchor **anchors = mem_alloc(hooks, bytes), **buckets = mem_alloc(hooks, bytes);
    if (!anchors || !buckets) {
        mem_free(hooks, anchors, bytes);
        mem_free(hooks, buckets, bytes);
        return fail(err, NO_MEMORY, bytes);
    }
    if (trust->n)
        memcpy(anchors, trust->anchors, trust->n * sizeof(struct anchor *));
    mem_free(hooks, trust->anchors, trust->cap * sizeof(struct anchor *));
    mem_free(hooks, trust->buckets, trust->n_buckets * sizeof(struct anchor *));
    trust->anchors = anchors;
    trust->buckets = buckets;
    trust->cap = trust->n_buckets = cap;
    link_all(trust);
    return true;
}

/* add_one decodes a block into an anchor. One that is in the set already is not added again. */
static bool add_one(tacit_trust *trust, const struct pem_block *block, struct err *err)
{
    size_t size = sizeof(struct anchor) + pem_decoded_max(block), n;
    if (!grow(trust, err))
        return false;
    struct anchor *a = mem_alloc(hooks_of(trust), size);
    if (!a)
        return fail(err, NO_MEMORY, size);
    a->size = size;
    bool read = pem_decode(block, a->der, &n, err) && cert_parse(&a->cert, (span){a->der, n}, err);
    if (!read || trust_has(trust, &a->cert)) {
        mem_free(hooks_of(trust), a, size);
        return read;
    }
    a->hash = name_hash(a->cert.subject);
    struct anchor **bucket = &trust->buckets[a->hash & (trust->n_buckets - 1)];
    a->next = *bucket;
    *bucket = a;
    trust->anchors[trust->n++] = a;
    return true;
}

/* Whether one certificate that cannot be read refuses the text, or is left out. */
enum unreadable { UNREADABLE_REFUSES, UNREADABLE_LEFT_OUT };

static bool add_blocks(tacit_trust *trust, span text, enum unreadable unreadable, struct err *err)
{
    struct pem pem = pem_of(text);
    struct pem_block block;
    struct err found = {0};
    bool any = false;
    while (pem_next(&pem, &block, &found)) {
        if (!pem_is(&block, "CERTIFICATE"))
            continue;
        bool added = add_one(trust, &block, &found);
        if (!added && (unreadable == UNREADABLE_REFUSES || found.reason == R_NO_MEMORY))
            break;
        found = (struct err){0};
        any |= added;
    }
    if (found.reason)
        return fail_again(err, &found);
    return any || fail(err, PEM_NO_CERTIFICATE, 0);
}

static bool add_text(tacit_trust *trust, span text, enum unreadable unreadable, struct err *err)
{
    if (atomic_load(&trust->sealed))
        return fail(err, TRUST_SEALED, 0);
    size_t before = trust->n;
    bool ok = add_blocks(trust, text, unreadable, err);
    if (!ok)
        drop_after(trust, before);
    if (trust->n_buckets)
        link_all(trust);
    return ok;
}

static bool add_file(tacit_trust *trust, const char *path, enum unreadable unreadable,
                     struct err *err)
{
    tacit_buf text;
    if (!file_read(hooks_of(trust), path, FILE_MAX_BYTES, &text, err))
        return false;
    bool ok = add_text(trust, (span){text.p, text.n}, unreadable, err);
    mem_free(hooks_of(trust), text.p, text.n + 1);
    return ok;
}

bool tacit_trust_add_pem(tacit_trust *trust, tacit_span pem, tacit_error *error)
{
    struct err err = {0};
    if (!trust)
        return err_missing(error);
    return add_text(trust, pem, UNREADABLE_REFUSES, &err) || err_export(&err, error);
}

bool tacit_trust_add_file(tacit_trust *trust, const char *path, tacit_error *error)
{
    struct err err = {0};
    if (!trust || !path)
        return err_missing(error);
    return add_file(trust, path, UNREADABLE_REFUSES, &err) || err_export(&err, error);
}

/* ---- folders --------------------------------------------------------------------------------- */

/* struct filling is a set while a folder is read into it. */
struct filling {
    tacit_trust *trust;
    bool any; /* something of what is looked for was found */
};

/* fill adds what `visit` takes of a folder: all of it or, after a failure, nothing. `none` is said
 * where there is nothing. */
static bool fill(tacit_trust *trust, const char *path,
                 bool (*visit)(void *user, const char *path, struct err *err), enum reason none,
                 struct err *err)
{
    struct filling filling = {.trust = trust};
    size_t anchors = trust->n;
    const struct crl_node *first = trust->crls.first;
    if (atomic_load(&trust->sealed))
        return fail(err, TRUST_SEALED, 0);
    bool ok = folder_each(hooks_of(trust), path, visit, &filling, err)
              && (filling.any || fail_at(err, none, 0, __FILE__, __LINE__));
    if (!ok) {
        drop_after(trust, anchors);
        crl_set_shrink(&trust->crls, hooks_of(trust), first);
    }
    if (trust->n_buckets)
        link_all(trust);
    return ok;
}

/* Several hands fill a folder: what is of no use in it must not take the rest away. Only want of
 * memory ends it, for a set of which parts are missing by accident is not what was asked for. */
static bool add_found(void *user, const char *path, struct err *err)
{
    struct filling *filling = user;
    struct err found = {0};
    if (add_file(filling->trust, path, UNREADABLE_LEFT_OUT, &found))
        filling->any = true;
    return found.reason != R_NO_MEMORY || fail(err, NO_MEMORY, found.detail);
}

bool tacit_trust_add_folder(tacit_trust *trust, size_t *added, const char *path, tacit_error *error)
{
    struct err err = {0};
    if (added)
        *added = 0;
    if (!trust || !path)
        return err_missing(error);
    size_t before = trust->n;
    bool ok = fill(trust, path, add_found, R_PEM_NO_CERTIFICATE, &err);
    if (added)
        *added = trust->n - before;
    return ok || err_export(&err, error);
}

bool trust_has_keys(const struct tacit_trust *trust)
{
    return trust->n_keys;
}

bool trust_has_key_of(const struct tacit_trust *trust, const struct cert *cert)
{
    uint8_t hash[SPKI_HASH];
    bool has = false;
    if (trust->n_keys)
        hash_once(HASH_SHA256, cert->spki, hash);
    for (size_t i = 0; i < trust->n_keys; i++)
        has |= memcmp(trust->keys[i], hash, sizeof hash) == 0;
    return has;
}

static bool add_key(tacit_trust *trust, const uint8_t sha256[SPKI_HASH], struct err *err)
{
    size_t before = trust->n_keys * SPKI_HASH;
    if (atomic_load(&trust->sealed))
        return fail(err, TRUST_SEALED, 0);
    uint8_t(*keys)[SPKI_HASH] = mem_alloc(hooks_of(trust), before + SPKI_HASH);
    if (!keys)
        return fail(err, NO_MEMORY, before + SPKI_HASH);
    if (before)
        memcpy(keys, trust->keys, before);
    memcpy(keys[trust->n_keys], sha256, SPKI_HASH);
    mem_free(hooks_of(trust), trust->keys, before);
    trust->keys = keys;
    trust->n_keys++;
    return true;
}

bool tacit_trust_add_key(tacit_trust *trust, const uint8_t sha256[SPKI_HASH], tacit_error *error)
{
    struct err err = {0};
    if (!trust || !sha256)
        return err_missing(error);
    return add_key(trust, sha256, &err) || err_export(&err, error);
}

const struct crl_set *trust_crls(const struct tacit_trust *trust)
{
    return &trust->crls;
}

static bool add_crls(tacit_trust *trust, span text, struct err *err)
{
    return atomic_load(&trust->sealed) ? fail(err, TRUST_SEALED, 0)
                                       : crl_set_add(&trust->crls, hooks_of(trust), text, err);
}

bool tacit_trust_add_crl_pem(tacit_trust *trust, tacit_span crls, tacit_error *error)
{
    struct err err = {0};
    if (!trust)
        return err_missing(error);
    return add_crls(trust, crls, &err) || err_export(&err, error);
}

/* read_crls adds the lists of a file. `other`: whether it holds something else instead; NULL: that
 * is a failure. */
static bool read_crls(tacit_trust *trust, const char *path, bool *other, struct err *err)
{
    struct err found = {0};
    tacit_buf file;
    if (!file_read(hooks_of(trust), path, FILE_MAX_BYTES, &file, err))
        return false;
    span text = {file.p, file.n};
    bool ok = add_crls(trust, text, &found);
    if (!ok && other)
        *other = crl_is_other(text, &found);
    mem_free(hooks_of(trust), file.p, file.n + 1);
    return ok || (other && *other) || fail_again(err, &found);
}

bool tacit_trust_add_crl_file(tacit_trust *trust, const char *path, tacit_error *error)
{
    struct err err = {0};
    if (!trust || !path)
        return err_missing(error);
    return read_crls(trust, path, NULL, &err) || err_export(&err, error);
}

/* An anchor that is left out lets nobody in; a list that is left out may. So what may be a list and
 * cannot be obeyed ends it, and only what is surely something else is left out. */
static bool add_crls_found(void *user, const char *path, struct err *err)
{
    struct filling *filling = user;
    bool other = false;
    if (!read_crls(filling->trust, path, &other, err))
        return false;
    filling->any |= !other;
    return true;
}

bool tacit_trust_add_crl_folder(tacit_trust *trust, const char *path, tacit_error *error)
{
    struct err err = {0};
    if (!trust || !path)
        return err_missing(error);
    return fill(trust, path, add_crls_found, R_PEM_NO_CRL, &err) || err_export(&err, error);
}

/* Where distributions keep the bundle: Debian and Arch, Fedora and RHEL, older ones, SUSE,
 * Alpine. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

tacit_trust *tacit_trust_system(tacit_env *env, tacit_error *error)
{
    tacit_trust *trust = tacit_trust_new(env, error);
    struct err err = {0};
    for (size_t i = 0; trust && i < sizeof bundles / sizeof bundles[0]; i++) {
        err = (struct err){0};
        /* One odd authority among those of a whole system must not take the others away. */
        if (add_file(trust, bundles[i], UNREADABLE_LEFT_OUT, &err))
            return trust;
        if (err.reason != R_FILE_UNREADABLE)
            break;
    }
    if (trust)
        err_export(&err, error);
    tacit_trust_free(trust);
    return NULL;
}
