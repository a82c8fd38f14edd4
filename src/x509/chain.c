/* chain.c: the certificates that a peer sent, in memory of their own.
 *
 * One block holds the parsed certificates and the bytes that they lend. Its size follows from bytes
 * that were received, at most CHAIN_MAX certificates of them. */
#include "x509/x509.h"

#include "wire/pem.h"
#include "wire/wr.h"
#include "x509/report.h"

static size_t bytes_of(const span *ders, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += ders[i].n;
    return bytes;
}

static bool fill(struct chain *chain, wr *copy, const span *ders, size_t n, struct err *err)
{
    for (; chain->n < n; chain->n++) {
        span der = {copy->p + copy->n, ders[chain->n].n};
        wr_span_bytes(copy, ders[chain->n]);
        struct err found = {0};
        if (!cert_parse(&chain->certs[chain->n], der, &found))
            return fail_depth_at(err, (enum reason)found.reason, found.detail, (int32_t)chain->n,
                                 found.file, found.line);
    }
    return true;
}

/* keep_staples copies the responses behind the certificates. */
static void keep_staples(struct chain *chain, wr *copy, const span *staples)
{
    for (size_t i = 0; staples && i < chain->n; i++) {
        if (!staples[i].p)
            continue;
        chain->certs[i].staple = (span){copy->p + copy->n, staples[i].n};
        wr_span_bytes(copy, staples[i]);
    }
}

struct chain *chain_new_stapled(const struct hooks *hooks, const span *ders, const span *staples,
                                size_t n, struct err *err)
{
    if (n == 0 || n > CHAIN_MAX) {
        fail(err, CERT_CHAIN_SIZE, n);
        return NULL;
    }
    size_t fixed = sizeof(struct chain) + n * sizeof(struct cert);
    size_t bytes = bytes_of(ders, n) + (staples ? bytes_of(staples, n) : 0);
    struct chain *chain = mem_alloc(hooks, fixed + bytes);
    if (!chain) {
        fail(err, NO_MEMORY, fixed + bytes);
        return NULL;
    }
    chain->hooks = hooks;
    chain->size = fixed + bytes;
    wr copy = wr_of((uint8_t *)&chain->certs[n], bytes);
    if (!fill(chain, &copy, ders, n, err)) {
        chain_free(chain);
        return NULL;
    }
    keep_staples(chain, &copy, staples);
    return chain;
}

struct chain *chain_new(const struct hooks *hooks, const span *ders, size_t n, struct err *err)
{
    return chain_new_stapled(hooks, ders, NULL, n, err);
}

struct chain *chain_with_staple(const struct chain *chain, span staple, struct err *err)
{
    span ders[CHAIN_MAX], staples[CHAIN_MAX] = {staple};
    for (size_t i = 0; i < chain->n; i++)
        ders[i] = chain->certs[i].der;
    return chain_new_stapled(chain->hooks, ders, staples, chain->n, err);
}

void chain_free(struct chain *chain)
{
    if (!chain)
        return;
    report_free(chain->report);
    mem_free(chain->hooks, chain, chain->size);
}

/* decode_all decodes the CERTIFICATE blocks one after the other into `room`. */
static bool decode_all(span text, wr *room, span *ders, size_t *n, struct err *err)
{
    struct err found = {0};
    struct pem pem = pem_of(text);
    struct pem_block block;
    while (pem_next(&pem, &block, &found)) {
        if (!pem_is(&block, "CERTIFICATE"))
            continue;
        if (*n == CHAIN_MAX)
            return fail(err, PEM_TOO_MANY, CHAIN_MAX);
        uint8_t *at = wr_room(room, pem_decoded_max(&block));
        size_t size;
        if (!at || !pem_decode(&block, at, &size, &found))
            break;
        ders[(*n)++] = (span){at, size};
    }
    if (found.reason)
        return fail(err, PEM_MALFORMED, found.detail);
    return *n > 0 || fail(err, PEM_NO_CERTIFICATE, 0);
}

struct chain *chain_from_pem(const struct hooks *hooks, span pem, struct err *err)
{
    span ders[CHAIN_MAX];
    size_t n = 0;
    /* What is decoded is shorter than its text, BEGIN and END lines included. */
    uint8_t *p = mem_alloc(hooks, pem.n + 1);
    if (!p) {
        fail(err, NO_MEMORY, pem.n + 1);
        return NULL;
    }
    wr room = wr_of(p, pem.n + 1);
    struct chain *chain = NULL;
    if (decode_all(pem, &room, ders, &n, err))
        chain = chain_new(hooks, ders, n, err);
    mem_free(hooks, p, pem.n + 1);
    return chain;
}
