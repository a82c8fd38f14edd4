/* path.c: the search for a path from a peer's leaf to an anchor (RFC 5280 6, RFC 4158).
 *
 * Depth first, from the leaf up: at each certificate the anchors that bear its issuer's name are
 * tried, then the peer's certificates that do, those first whose key identifier agrees. What fails
 * is left and the next one tried, so that an expired cross-certificate does not hide a good one.
 * Each dead end is noted for the report, and the one that came furthest is the verdict.
 * Invariant: work is bounded by the budget alone, whatever the peer sends; when it ends, the
 * verdict is a refusal. */
#include "x509/check.h"

#include "x509/admit.h"
#include "x509/parse.h"
#include "x509/report.h"

/* Together they bound the dearest verification to some 100 ms of one core. Sixteen whole paths are
 * more than cross-certificates make. */
enum { STEPS_MAX = 2000, WHOLES_MAX = 16 };

/* struct search holds the path that is being tried and the failure that came furthest. */
struct search {
    const struct verify *v;
    const struct chain *chain;
    struct budget budget;
    struct err ended; /* why the search was ended before it was over */
    struct path path;
    struct path best;
    struct err best_err;
    size_t best_score;
    struct attempts tried;
};

/* note keeps a failure for the report, and as the verdict if it came further than those before it,
 * with `path` as far as it was one. To have met an anchor outweighs length: a long detour among the
 * peer's own certificates says less. */
static void note_as(struct search *s, const struct err *err, const struct path *path)
{
    enum { MET_ANCHOR = PATH_MAX_CERTS + 1 };
    size_t score = path->n + (path->anchored ? MET_ANCHOR : 0);
    bool best = score > s->best_score;
    attempts_add(&s->tried, &s->path, err, best);
    if (!best)
        return;
    s->best_score = score;
    s->best = *path;
    s->best_err = *err;
}

static void note(struct search *s, const struct err *err)
{
    note_as(s, err, &s->path);
}

/* spent_or_broken ends the search if a budget is spent, whichever certificate it went to, or if the
 * fault is ours and nobody's. */
static void spent_or_broken(struct search *s, const struct err *err)
{
    bool spent = is_spent(err->reason);
    bool broken = err->reason == R_NO_MEMORY || err->reason == R_CRYPTO_FAILED;
    if (s->ended.reason || !(spent || broken))
        return;
    s->ended = *err;
    if (spent)
        s->ended.depth = -1;
}

/* same_name pays for comparing two names. */
static bool same_name(struct search *s, span a, span b)
{
    if (!budget_pay(&s->budget, a.n + b.n, 1))
        return fail(&s->ended, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX);
    return name_eq(a, b);
}

static bool in_path(struct search *s, const struct cert *cert)
{
    const struct path *path = &s->path;
    for (size_t i = 0; i < path->n; i++)
        if (span_eq(path->certs[i]->spki, cert->spki)
            && same_name(s, path->certs[i]->subject, cert->subject))
            return true;
    return false;
}

static bool climb(struct search *s);

/* allowed_by asks whether the candidate on top of the path may have issued what is below it. */
static bool allowed_by(struct search *s)
{
    struct err err = {0};
    if (check_issuer(s->v, &s->path, &s->budget, &err))
        return true;
    spent_or_broken(s, &err);
    note(s, &err);
    return false;
}

/* signed_by spends one signature check on whether it did. Who did not is not of this path: that
 * counts as far as the certificate below, like having no issuer. */
static bool signed_by(struct search *s)
{
    struct err err = {0};
    if (!budget_sign(&s->budget, &s->path.certs[s->path.n - 1]->key, &s->ended))
        return false;
    if (check_signature(s->v, &s->path, &err))
        return true;
    spent_or_broken(s, &err);
    struct path below = s->path;
    below.anchored = false;
    below.n--;
    note_as(s, &err, &below);
    return false;
}

/* accepted asks what can be asked of a whole path alone. */
static bool accepted(struct search *s)
{
    struct err err = {0};
    if (s->budget.wholes == 0)
        return fail(&s->ended, CERT_BUDGET_PATHS, WHOLES_MAX);
    s->budget.wholes--;
    if (policies_apply(s->v, &s->path, &s->budget, &err) && admit_path(s->v->admit, &s->path, &err)
        && revocation_apply(s->v, s->chain, &s->path, &s->budget, &err))
        return true;
    spent_or_broken(s, &err);
    note(s, &err);
    return false;
}

/* issued: is the candidate on top of the path the issuer of what is below it? The cheap question
 * comes first; but of one that bears another key than the one that is named, its faults are no news
 * unless it did sign. */
static bool issued(struct search *s, bool agreeing)
{
    return agreeing ? allowed_by(s) && signed_by(s) : signed_by(s) && allowed_by(s);
}

/* try_issuer puts a candidate on top of the path and goes on from there; the path is as before if
 * that leads nowhere. */
static bool try_issuer(struct search *s, const struct cert *issuer, bool anchored, bool agreeing)
{
    s->path.certs[s->path.n++] = issuer;
    s->path.anchored = anchored;
    if (issued(s, agreeing) && (anchored ? accepted(s) : climb(s)))
        return true;
    s->path.n--;
    s->path.anchored = false;
    return false;
}

/* step spends one step, and says whether the candidate is worth trying. */
static bool step(struct search *s, const struct cert *candidate)
{
    if (s->budget.steps == 0)
        return fail(&s->ended, CERT_BUDGET_CANDIDATES, STEPS_MAX);
    s->budget.steps--;
    return !in_path(s, candidate) && !s->ended.reason;
}

/* key_id_agrees: the identifiers are hints of order (RFC 5280 4.2.1.1); one that is absent agrees.
 * Only what signs itself may leave its issuer's out. */
static bool key_id_agrees(const struct cert *cert, const struct cert *issuer)
{
    span named = cert->aki.p || !cert->self_issued ? cert->aki : cert->ski;
    return !named.p || !issuer->ski.p || span_eq(named, issuer->ski);
}

static bool try_anchors(struct search *s, const struct cert *top, bool agreeing)
{
    if (!budget_pay(&s->budget, top->issuer.n, 1)) /* it is digested, to be found */
        return fail(&s->ended, CERT_BUDGET_COMPARISONS, COMPARISONS_MAX);
    const struct anchor *a = trust_first(s->v->trust, top->issuer);
    for (; a && !s->ended.reason; a = trust_next(a, top->issuer))
        if (key_id_agrees(top, &a->cert) == agreeing && step(s, &a->cert)
            && try_issuer(s, &a->cert, true, agreeing))
            return true;
    return false;
}

static bool try_chain(struct search *s, const struct cert *top, bool agreeing)
{
    for (size_t i = 1; i < s->chain->n && !s->ended.reason; i++) {
        const struct cert *c = &s->chain->certs[i];
        if (same_name(s, c->subject, top->issuer) && key_id_agrees(top, c) == agreeing && step(s, c)
            && try_issuer(s, c, false, agreeing))
            return true;
    }
    return false;
}

/* no_issuer says why the top of the path has nothing above it. */
static bool no_issuer(const struct path *path, struct err *err)
{
    int32_t depth = (int32_t)path->n - 1;
    if (!path->certs[depth]->self_issued)
        return fail_depth(err, CERT_NO_ISSUER, 0, depth);
    return depth == 0 ? fail_depth(err, CERT_SELF_SIGNED, 0, depth)
                      : fail_depth(err, CERT_UNTRUSTED_ROOT, 0, depth);
}

/* climb looks for an issuer of the top of the path, and so on up to an anchor. */
static bool climb(struct search *s)
{
    const struct cert *top = s->path.certs[s->path.n - 1];
    struct err err = {0};
    if (s->path.n == PATH_MAX_CERTS) {
        fail_depth(&err, CERT_TOO_DEEP, PATH_MAX_CERTS, -1);
        note(s, &err);
        return false;
    }
    size_t before = s->tried.tried;
    for (int agreeing = 1; agreeing >= 0; agreeing--)
        if (try_anchors(s, top, agreeing) || try_chain(s, top, agreeing))
            return true;
    if (s->tried.tried != before) /* who could have issued it has been told of */
        return false;
    no_issuer(&s->path, &err);
    note(s, &err);
    return false;
}

/* search ends with an anchored path in s->path, or with the best failure in s->best. */
static bool search(struct search *s)
{
    const struct cert *leaf = &s->chain->certs[0];
    struct err err = {0};
    bool anchored = trust_has(s->v->trust, leaf) || trust_has_key_of(s->v->trust, leaf);
    s->path = (struct path){.n = 1, .anchored = anchored, .certs = {leaf}};
    if (check_leaf(s->v, leaf, s->path.anchored, &err))
        return s->path.anchored ? accepted(s) : climb(s);
    note(s, &err);
    return false;
}

/* own_word: a key that is trusted by itself signs whatever names its holder likes. */
static bool own_word(const struct verify *v, const struct path *path)
{
    return path->n == 1 && !trust_has(v->trust, path->certs[0]);
}

/* misnamed: a leaf that names no host is told apart, for its cure is another one. */
static bool misnamed(const struct cert *leaf, struct err *err)
{
    return names_a_host(leaf) ? fail_depth(err, CERT_NAME_MISMATCH, 0, 0)
                              : fail_depth(err, CERT_NO_HOST_NAME, 0, 0);
}

/* is_meant asks the last questions, which are the leaf's, whatever path it has: is it the one that
 * was asked for, and one of those who are admitted? */
static bool is_meant(struct search *s, struct err *err)
{
    const struct cert *leaf = &s->chain->certs[0];
    bool named = !s->v->host || host_matches(leaf, s->v->host) || misnamed(leaf, err);
    if (named && admit_leaf(s->v->admit, leaf, own_word(s->v, &s->path), err))
        return true;
    attempts_add(&s->tried, &s->path, err, true);
    return false;
}

bool x509_verify(const struct verify *v, struct chain *chain, struct path *out, struct err *err)
{
    struct search s = {
        .v = v,
        .chain = chain,
        .budget = {SIGNATURES_MAX, STEPS_MAX, WHOLES_MAX, COMPARISONS_MAX},
    };
    bool found = search(&s), ok = found && is_meant(&s, err);
    *out = found ? s.path : s.best;
    if (ok && v->report)
        attempts_add(&s.tried, &s.path, &(struct err){.depth = -1}, true);
    if (!ok || v->report) {
        report_free(chain->report);
        chain->report = report_new(v, &s.tried);
    }
    if (ok)
        remember_signatures(v, out);
    if (found)
        return ok;
    /* The search was not over: what it had found so far would be the wrong advice. */
    const struct err *e = s.ended.reason ? &s.ended : &s.best_err;
    return fail_depth_at(err, (enum reason)e->reason, e->detail, e->depth, e->file, e->line);
}
