/* join.c: see join.h. Invariant: `part` holds the beginning of one message and never a byte past
 * its end. */
#include "hs/join.h"

#include "registry/limits.h"

static bool header(span at, size_t *len, struct err *err)
{
    *len = (size_t)at.p[1] << 16 | (size_t)at.p[2] << 8 | at.p[3];
    size_t limit;
    if (!msg_limit(at.p[0], &limit))
        return fail(err, MESSAGE_UNKNOWN, at.p[0]);
    return *len <= limit || fail(err, MESSAGE_TOO_LONG, *len);
}

static struct msg message(const uint8_t *p, size_t len)
{
    return (struct msg){p[0], {p + MSG_HEADER, len}, {p, MSG_HEADER + len}};
}

/* Doubling keeps the cost of one-byte records linear. */
static bool grow(struct join *j, size_t n, struct err *err)
{
    enum { PART_MIN = 256 };
    if (n <= j->cap)
        return true;
    size_t cap = n > 2 * j->cap ? n : 2 * j->cap;
    cap = cap > PART_MIN ? cap : PART_MIN;
    uint8_t *p = mem_alloc(j->hooks, cap);
    if (!p)
        return fail(err, NO_MEMORY, cap);
    if (j->n)
        memcpy(p, j->part, j->n);
    mem_free(j->hooks, j->part, j->cap);
    j->part = p;
    j->cap = cap;
    return true;
}

static bool keep(struct join *j, size_t want, struct err *err)
{
    span taken;
    size_t n = want - j->n < j->rest.n ? want - j->n : j->rest.n;
    if (!grow(j, j->n + n, err) || !rd_take(&j->rest, n, &taken))
        return false;
    if (n)
        memcpy(j->part + j->n, taken.p, n);
    j->n += n;
    return true;
}

static void drop_part(struct join *j)
{
    mem_free(j->hooks, j->part, j->cap);
    j->part = NULL;
    j->n = j->cap = 0;
    j->lent = false;
}

void join_push(struct join *j, span content)
{
    j->rest = rd_of(content);
}

enum join_status join_next(struct join *j, struct msg *m, struct err *err)
{
    size_t len;
    span whole;
    if (j->lent)
        drop_part(j);
    if (j->n == 0 && j->rest.n >= MSG_HEADER) {
        if (!header(rd_rest(&j->rest), &len, err))
            return JOIN_FAILED;
        if (rd_take(&j->rest, MSG_HEADER + len, &whole)) {
            *m = message(whole.p, len);
            return JOIN_MESSAGE;
        }
    }
    if (j->rest.n == 0)
        return JOIN_MORE;
    if (j->n < MSG_HEADER && !keep(j, MSG_HEADER, err))
        return JOIN_FAILED;
    if (j->n < MSG_HEADER)
        return JOIN_MORE;
    if (!header((span){j->part, j->n}, &len, err) || !keep(j, MSG_HEADER + len, err))
        return JOIN_FAILED;
    if (j->n < MSG_HEADER + len)
        return JOIN_MORE;
    *m = message(j->part, len);
    j->lent = true;
    return JOIN_MESSAGE;
}

size_t join_pending(const struct join *j)
{
    return j->rest.n + (j->lent ? 0 : j->n);
}

bool join_partial(const struct join *j)
{
    return !j->lent && j->n > 0;
}

void join_wipe(struct join *j)
{
    drop_part(j);
    j->rest = (rd){0};
}
