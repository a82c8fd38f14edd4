/* report.c: keeping what a search for a path has tried.
 *
 * A peer decides how much there is to try, so the first attempts are kept and the rest is counted.
 * Invariant: the attempt that the verdict tells of is among those that are kept, and comes
 * first. */
#include "x509/report.h"

void attempts_add(struct attempts *a, const struct path *path, const struct err *err, bool best)
{
    size_t at = a->tried++;
    if (at >= ATTEMPTS_MAX && !best)
        return;
    if (at >= ATTEMPTS_MAX)
        at = ATTEMPTS_MAX - 1;
    if (best)
        a->best = at;
    a->list[at] = (struct attempt){*path, *err};
}

struct tacit_report *report_new(const struct verify *v, const struct attempts *attempts)
{
    size_t n = attempts->tried < ATTEMPTS_MAX ? attempts->tried : ATTEMPTS_MAX;
    size_t size = sizeof(struct tacit_report) + n * sizeof(struct attempt);
    struct tacit_report *r = mem_alloc(v->hooks, size);
    if (!r)
        return NULL;
    r->hooks = v->hooks;
    r->size = size;
    r->trust = v->trust;
    r->purpose = v->purpose;
    r->usage = v->usage ? v->usage : KU_DIGITAL_SIGNATURE;
    r->now = v->now;
    r->has_host = v->host;
    if (v->host)
        r->host = *v->host;
    r->tried = attempts->tried;
    if (n)
        r->attempts[r->n++] = attempts->list[attempts->best];
    for (size_t i = 0; i < n; i++)
        if (i != attempts->best)
            r->attempts[r->n++] = attempts->list[i];
    return r;
}

void report_free(struct tacit_report *r)
{
    if (r)
        mem_free(r->hooks, r, r->size);
}
