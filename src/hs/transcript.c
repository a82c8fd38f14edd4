/* transcript.c: see transcript.h. Invariant: what is hashed is exactly what was sent and received,
 * in order. */
#include "hs/transcript.h"

#include "msg/msg.h"

static bool keep(struct transcript *t, span message, struct err *err)
{
    enum { KEPT_MIN = 512 };
    size_t need = t->n + message.n;
    if (need > t->cap) {
        size_t cap = need > 2 * t->cap ? need : 2 * t->cap;
        cap = cap > KEPT_MIN ? cap : KEPT_MIN;
        uint8_t *p = mem_alloc(t->hooks, cap);
        if (!p)
            return fail(err, NO_MEMORY, cap);
        if (t->n)
            memcpy(p, t->kept, t->n);
        mem_free(t->hooks, t->kept, t->cap);
        t->kept = p;
        t->cap = cap;
    }
    memcpy(t->kept + t->n, message.p, message.n);
    t->n = need;
    return true;
}

bool transcript_add(struct transcript *t, span message, struct err *err)
{
    bool chosen = t->ctx.id != HASH_NONE;
    if (chosen)
        hash_update(&t->ctx, message);
    return (chosen && !t->keep) || keep(t, message, err);
}

void transcript_choose(struct transcript *t, enum hash_id id)
{
    if (t->ctx.id != HASH_NONE)
        return;
    hash_init(&t->ctx, id);
    hash_update(&t->ctx, transcript_kept(t));
    if (!t->keep)
        transcript_drop(t);
}

void transcript_keep(struct transcript *t)
{
    t->keep = true;
}

span transcript_kept(const struct transcript *t)
{
    return (span){t->kept, t->n};
}

void transcript_drop(struct transcript *t)
{
    mem_free(t->hooks, t->kept, t->cap);
    t->kept = NULL;
    t->n = t->cap = 0;
    t->keep = false;
}

void transcript_retry(struct transcript *t)
{
    uint8_t digest[HASH_MAX];
    span d = transcript_digest(t, digest);
    const uint8_t header[] = {MSG_MESSAGE_HASH, 0, 0, (uint8_t)d.n};
    hash_init(&t->ctx, t->ctx.id);
    hash_update(&t->ctx, (span){header, sizeof header});
    hash_update(&t->ctx, d);
}

span transcript_digest(const struct transcript *t, uint8_t out[HASH_MAX])
{
    hash_final(&t->ctx, out);
    return (span){out, hash_len(t->ctx.id)};
}

void transcript_wipe(struct transcript *t)
{
    transcript_drop(t);
    const struct hooks *hooks = t->hooks;
    wipe(t, sizeof *t);
    t->hooks = hooks;
}
