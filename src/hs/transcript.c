/* transcript.c: see transcript.h. Invariant: what is hashed is exactly what was sent and received,
 * in order. */
#include "hs/transcript.h"

#include "msg/msg.h"

bool transcript_add(struct transcript *t, span message, struct err *err)
{
    if (t->ctx.id != HASH_NONE) {
        hash_update(&t->ctx, message);
        return true;
    }
    uint8_t *p = mem_alloc(t->hooks, t->n + message.n);
    if (!p)
        return fail(err, NO_MEMORY, t->n + message.n);
    if (t->n)
        memcpy(p, t->kept, t->n);
    memcpy(p + t->n, message.p, message.n);
    mem_free(t->hooks, t->kept, t->n);
    t->kept = p;
    t->n += message.n;
    return true;
}

void transcript_choose(struct transcript *t, enum hash_id id)
{
    if (t->ctx.id != HASH_NONE)
        return;
    hash_init(&t->ctx, id);
    hash_update(&t->ctx, (span){t->kept, t->n});
    mem_free(t->hooks, t->kept, t->n);
    t->kept = NULL;
    t->n = 0;
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
    mem_free(t->hooks, t->kept, t->n);
    const struct hooks *hooks = t->hooks;
    wipe(t, sizeof *t);
    t->hooks = hooks;
}
