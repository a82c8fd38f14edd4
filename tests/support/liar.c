/* liar.c: see liar.h. The names __wrap_X and __real_X are the linker's, for --wrap=X. */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "liar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct liar liar;

enum { SAYINGS_MAX = 16 };

static struct {
    struct saying said[SAYINGS_MAX];
    size_t n, alerts;
    uint8_t alert;
} ends[2]; /* the server, the client */

bool __wrap_flight_end(struct tls *t, wr *w);
bool __real_flight_end(struct tls *t, wr *w);
bool __wrap_out_seal(struct rec_out *out, enum content_type type, span content, struct err *err);
bool __real_out_seal(struct rec_out *out, enum content_type type, span content, struct err *err);
bool __wrap_set_write_key(struct tls *t, const struct secret *traffic);
bool __real_set_write_key(struct tls *t, const struct secret *traffic);
bool __wrap_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n);
bool __real_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n);
void __wrap_fail_record(struct err *err, enum reason reason, uint32_t detail, int32_t depth,
                        const char *file, uint32_t line);
void __real_fail_record(struct err *err, enum reason reason, uint32_t detail, int32_t depth,
                        const char *file, uint32_t line);

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

void liar_reset(void)
{
    for (size_t end = 0; end < 2; end++) {
        for (size_t i = 0; i < ends[end].n; i++)
            free((void *)(uintptr_t)ends[end].said[i].raw.p);
        memset(&ends[end], 0, sizeof ends[end]);
    }
    liar = (struct liar){0};
}

/* ---- messages -------------------------------------------------------------------------------- */

static uint8_t *copy(span s)
{
    uint8_t *p = must(malloc(s.n ? s.n : 1));
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static void note(const struct tls *t, span raw)
{
    size_t at = ends[t->is_client].n;
    if (at == SAYINGS_MAX)
        return;
    ends[t->is_client].said[at] = (struct saying){raw.p[0], {copy(raw), raw.n}};
    ends[t->is_client].n++;
}

bool __wrap_flight_end(struct tls *t, wr *w)
{
    if (!wr_ok(w))
        return __real_flight_end(t, w);
    wr_close(w, 1, 3);
    note(t, wr_span(w));
    if (!liar.message || t->is_client != liar.is_client)
        return __real_flight_end(t, w);
    struct draft d = {copy(wr_span(w)), w->n, w->n};
    liar.message(liar.user, t, &d);
    bool ok = liar_put(t, (span){d.p, d.n});
    free(d.p);
    return ok;
}

bool liar_put(struct tls *t, span bytes)
{
    if (!bytes.n)
        return true;
    uint8_t *at = out_flight_room(&t->out, bytes.n, &t->err);
    if (!at)
        return false;
    memcpy(at, bytes.p, bytes.n);
    t->out.flight_n += bytes.n;
    return !t->hs || transcript_add(&t->hs->transcript, bytes, &t->err);
}

void draft_insert(struct draft *d, size_t at, span bytes)
{
    if (d->n + bytes.n > d->cap) {
        d->cap = d->n + bytes.n;
        d->p = must(realloc(d->p, d->cap ? d->cap : 1));
    }
    memmove(d->p + at + bytes.n, d->p + at, d->n - at);
    if (bytes.n)
        memcpy(d->p + at, bytes.p, bytes.n);
    d->n += bytes.n;
}

void draft_remove(struct draft *d, size_t at, size_t n)
{
    memmove(d->p + at, d->p + at + n, d->n - at - n);
    d->n -= n;
}

void draft_fit(struct draft *d)
{
    wr length = wr_of(d->p + 1, 3);
    wr_u24(&length, (uint32_t)(d->n - MSG_HEADER));
}

void draft_twice(struct draft *d)
{
    uint8_t *twin = copy((span){d->p, d->n});
    draft_insert(d, d->n, (span){twin, d->n});
    free(twin);
}

struct saying liar_said(bool by_client, size_t index)
{
    return index < ends[by_client].n ? ends[by_client].said[index] : (struct saying){0};
}

/* ---- records, keys, signatures --------------------------------------------------------------- */

/* Every rec_out is that of a struct tls. */
static struct tls *tls_of(struct rec_out *out)
{
    return (struct tls *)(void *)((uint8_t *)out - offsetof(struct tls, out));
}

bool __wrap_out_seal(struct rec_out *out, enum content_type type, span content, struct err *err)
{
    struct tls *t = tls_of(out);
    if (type == CT_ALERT && content.n == 2) {
        ends[t->is_client].alerts++;
        ends[t->is_client].alert = content.p[1];
    }
    if (liar.record && t->is_client == liar.is_client)
        return liar.record(liar.user, t, type, content);
    return __real_out_seal(out, type, content, err);
}

bool liar_seal(struct tls *t, uint8_t type, span content)
{
    return __real_out_seal(&t->out, (enum content_type)type, content, &t->err);
}

bool liar_seal_clear(struct tls *t, uint8_t type, span content)
{
    enum way way = t->out.dir.way;
    t->out.dir.way = WAY_CLEAR;
    bool ok = liar_seal(t, type, content);
    t->out.dir.way = way;
    return ok;
}

bool liar_flush(struct tls *t)
{
    return out_flight(&t->out, &t->err);
}

size_t liar_alerts(bool by_client, uint8_t *last)
{
    *last = ends[by_client].alert;
    return ends[by_client].alerts;
}

bool __wrap_set_write_key(struct tls *t, const struct secret *traffic)
{
    if (liar.write_key && t->is_client == liar.is_client)
        return liar.write_key(liar.user, t, traffic);
    return __real_set_write_key(t, traffic);
}

bool liar_write_key(struct tls *t, const struct secret *traffic)
{
    return __real_set_write_key(t, traffic);
}

/* Who signs is told by what is signed: a client's content says so. */
bool __wrap_sign(struct sign_key *key, enum sig_alg alg, enum hash_id hash, span msg, uint8_t *out,
                 size_t *n)
{
    enum { ROLE_AT = 64 + 9 };
    uint8_t content[CERTIFICATE_VERIFY_CONTENT_MAX];
    bool by_client = msg.n > ROLE_AT && msg.p[ROLE_AT] == 'c';
    if (!liar.sign || by_client != liar.is_client || msg.n > sizeof content)
        return __real_sign(key, alg, hash, msg, out, n);
    size_t content_n = msg.n;
    memcpy(content, msg.p, msg.n);
    liar.sign(liar.user, &key, content, &content_n);
    return __real_sign(key, alg, hash, (span){content, content_n}, out, n);
}

/* ---- which reasons came up ------------------------------------------------------------------- */

/* Each place that fails is written once to a file of this program in the folder that TACIT_REASONS
 * names: reason, source file, line. reasons.py asks which have never been seen. */
static void log_reason(enum reason reason, const char *file, uint32_t line)
{
    enum { PLACES_MAX = 1024, PATH_ROOM = 512 };
    static struct place {
        enum reason reason;
        uint32_t line;
        const char *file;
    } places[PLACES_MAX];
    static size_t n;
    const char *folder = getenv("TACIT_REASONS");
    for (size_t i = 0; i < n; i++)
        if (places[i].reason == reason && places[i].line == line && !strcmp(places[i].file, file))
            return;
    if (!folder || n == PLACES_MAX)
        return;
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s/%s", folder, program_invocation_short_name);
    FILE *log = must(fopen(path, n ? "a" : "w"));
    (void)fprintf(log, "%s %s:%u\n", reason_row((uint16_t)reason)->name, file, line);
    (void)fclose(log);
    places[n++] = (struct place){reason, line, file};
}

void __wrap_fail_record(struct err *err, enum reason reason, uint32_t detail, int32_t depth,
                        const char *file, uint32_t line)
{
    if (err && !err->reason)
        log_reason(reason, file, line);
    __real_fail_record(err, reason, detail, depth, file, line);
}
