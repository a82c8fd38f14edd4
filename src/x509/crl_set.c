/* crl_set.c: the revocation lists of a tacit_trust. Each is one block that never moves, with an
 * index if it is long; adding a text is all or nothing. */
#include "x509/crl.h"

#include "wire/pem.h"
#include "x509/parse.h"

static void node_free(struct crl_node *node, const struct hooks *hooks)
{
    crl_index_free(&node->crl, hooks);
    mem_free(hooks, node, node->size);
}

static bool has(const struct crl_set *set, const struct crl *crl)
{
    const struct crl_node *node = set->first;
    while (node && !(span_eq(node->crl.tbs, crl->tbs) && span_eq(node->crl.sig, crl->sig)))
        node = node->next;
    return node;
}

/* add_node adds a list. One that is in the set already is not added again: each costs a signature
 * of whoever is verified. */
static bool add_node(struct crl_set *set, const struct hooks *hooks, struct crl_node *node,
                     size_t n, struct err *err)
{
    bool read = crl_parse(&node->crl, (span){node->der, n}, err);
    bool there = read && has(set, &node->crl);
    if (!read || there || !crl_index(&node->crl, hooks, err)) {
        node_free(node, hooks);
        return there;
    }
    node->next = set->first;
    set->first = node;
    return true;
}

static struct crl_node *node_new(const struct hooks *hooks, size_t bytes, struct err *err)
{
    size_t size = sizeof(struct crl_node) + bytes;
    struct crl_node *node = mem_alloc(hooks, size);
    if (node)
        node->size = size;
    else
        fail(err, NO_MEMORY, size);
    return node;
}

static bool add_der(struct crl_set *set, const struct hooks *hooks, span der, struct err *err)
{
    struct crl_node *node = node_new(hooks, der.n, err);
    if (!node)
        return false;
    memcpy(node->der, der.p, der.n);
    return add_node(set, hooks, node, der.n, err);
}

static bool add_block(struct crl_set *set, const struct hooks *hooks, const struct pem_block *block,
                      struct err *err)
{
    size_t n;
    struct crl_node *node = node_new(hooks, pem_decoded_max(block), err);
    if (!node)
        return false;
    if (!pem_decode(block, node->der, &n, err)) {
        mem_free(hooks, node, node->size);
        return false;
    }
    return add_node(set, hooks, node, n, err);
}

static bool add_blocks(struct crl_set *set, const struct hooks *hooks, span text, struct err *err)
{
    struct pem pem = pem_of(text);
    struct pem_block block;
    struct err found = {0};
    bool any = false;
    while (pem_next(&pem, &block, &found)) {
        if (!pem_is(&block, "X509 CRL"))
            continue;
        if (!add_block(set, hooks, &block, &found))
            break;
        any = true;
    }
    if (found.reason)
        return fail_again(err, &found);
    return any || fail(err, PEM_NO_CRL, 0);
}

void crl_set_shrink(struct crl_set *set, const struct hooks *hooks, const struct crl_node *first)
{
    while (set->first != first) {
        struct crl_node *node = set->first;
        set->first = node->next;
        node_free(node, hooks);
    }
}

bool crl_set_add(struct crl_set *set, const struct hooks *hooks, span text, struct err *err)
{
    const struct crl_node *before = set->first;
    rd in = rd_of(text);
    bool ok = der_peek(&in, DER_SEQUENCE) ? add_der(set, hooks, text, err)
                                          : add_blocks(set, hooks, text, err);
    if (!ok)
        crl_set_shrink(set, hooks, before);
    return ok;
}

void crl_set_clear(struct crl_set *set, const struct hooks *hooks)
{
    crl_set_shrink(set, hooks, NULL);
}

/* A text of which only the beginning was written is no longer than its first line, or has it. */
bool crl_is_other(span text, const struct err *err)
{
    static const char mark[] = "-----BEGIN X509 CRL-----";
    struct cert cert;
    struct err no = {0};
    if (err->reason == R_CRL_MALFORMED)
        return cert_parse(&cert, text, &no);
    return err->reason == R_PEM_NO_CRL
           && !(text.n < strlen(mark) && span_eq(text, (span){(const uint8_t *)mark, text.n}));
}
