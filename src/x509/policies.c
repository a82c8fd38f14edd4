/* policies.c: certificate policies along a path (RFC 5280 6.1, with the graph of RFC 9618).
 *
 * First the three counters are run down the path, without looking at a policy: unless they say in
 * the end that an explicit policy is needed, every path has done enough (6.1.5 (g)), and that is
 * all for most. Otherwise the graph is grown from the anchor down: a node is a policy that is valid
 * at one depth, and has edges to the nodes above whose expected policies it meets. anyPolicy is no
 * node but one bit for each depth. The tree of RFC 5280 would be exponential in the path's length;
 * the graph is as large as what the certificates say, within fixed limits.
 *
 * An anchor's limits bind (RFC 5937), and its policies if it has any. Invariant: edges are added in
 * the order of their depth, so that one walk backwards marks all that reaches the leaf. */
#include "x509/check.h"
#include "x509/parse.h"

enum { NODES_MAX = 1024, EDGES_MAX = 2048, EXPECTED_MAX = 1024 };

struct node {
    span policy;
    bool rooted;  /* its parent is anyPolicy: it is a policy of the anchor's domain */
    bool mapped;  /* its expected policies are others, or none                      */
    bool reaches; /* a child's child is valid for the leaf                          */
};

struct edge {
    uint16_t parent, child;
};

/* struct expected is a policy that a node expects below it. */
struct expected {
    span policy;
    uint16_t node;
};

struct graph {
    struct budget *budget;
    size_t n_nodes, n_edges, n_expected;
    size_t level; /* the first node of the present depth */
    bool any;     /* anyPolicy is valid at it            */
    bool full;    /* a limit or the budget is spent      */
    struct node nodes[NODES_MAX];
    struct edge edges[EDGES_MAX];
    struct expected expected[EXPECTED_MAX];
};

/* struct rules is what binds at one certificate. */
struct rules {
    bool any_allowed, mapping_allowed;
};

bool is_any_policy(span oid)
{
    static const span any_policy = OID("\x55\x1d\x20\x00");
    return span_eq(oid, any_policy);
}

bool mapping_next(rd *mappings, span *from, span *to)
{
    rd body;
    return der_enter(mappings, DER_SEQUENCE, &body) && der_oid(&body, from) && der_oid(&body, to)
           && rd_end(&body);
}

/* policy_next reads one PolicyInformation; ext.c has checked its qualifiers. */
static bool policy_next(rd *policies, span *oid)
{
    rd body;
    return der_enter(policies, DER_SEQUENCE, &body) && der_oid(&body, oid);
}

/* ---- the counters ---------------------------------------------------------------------------- */

static void lower(uint8_t *counter, uint8_t to)
{
    if (to < *counter)
        *counter = to;
}

static void count_down(uint8_t *counter)
{
    if (*counter && *counter != POLICY_NEVER)
        --*counter;
}

/* needs_policy runs the counters from the anchor to the leaf, writes what binds at each certificate
 * and says whether the path needs an explicit policy. */
static bool needs_policy(const struct verify *v, const struct path *path,
                         struct rules rules[PATH_MAX_CERTS])
{
    uint8_t need = v->explicit_policy ? 0 : POLICY_NEVER;
    uint8_t mapping = v->inhibit_mapping ? 0 : POLICY_NEVER;
    uint8_t any = v->inhibit_any ? 0 : POLICY_NEVER;
    for (size_t i = path->n; i-- > 0;) {
        const struct cert *cert = path->certs[i];
        bool leaf = i == 0;
        rules[i].any_allowed = any > 0 || (!leaf && cert->self_issued);
        rules[i].mapping_allowed = mapping > 0;
        /* RFC 5280 6.1.4 (h), 6.1.5 (a). The anchor is not of the path that is counted. */
        if (leaf || (i + 1 < path->n && !cert->self_issued)) {
            count_down(&need);
            count_down(&mapping);
            count_down(&any);
        }
        /* 6.1.4 (i) and (j); of the leaf, nothing counts but that a policy is needed at once
         * (6.1.5 (b)). */
        if (!leaf || cert->need_policy == 0)
            lower(&need, cert->need_policy);
        lower(&mapping, cert->inhibit_mapping);
        lower(&any, cert->inhibit_any);
    }
    return need == 0;
}

/* ---- the graph ------------------------------------------------------------------------------- */

static bool pay(struct graph *g)
{
    if (g->budget->comparisons == 0)
        g->full = true;
    else
        g->budget->comparisons--;
    return !g->full;
}

/* node_at finds the node of a policy at the present depth; NODES_MAX for none. */
static size_t node_at(struct graph *g, span policy)
{
    for (size_t i = g->level; i < g->n_nodes && pay(g); i++)
        if (span_eq(g->nodes[i].policy, policy))
            return i;
    return NODES_MAX;
}

/* node_make finds or makes the node of a policy at the present depth. */
static size_t node_make(struct graph *g, span policy)
{
    size_t at = node_at(g, policy);
    if (at < NODES_MAX)
        return at;
    if (g->n_nodes == NODES_MAX)
        g->full = true;
    if (g->full)
        return NODES_MAX;
    g->nodes[g->n_nodes] = (struct node){.policy = policy};
    return g->n_nodes++;
}

static void edge_add(struct graph *g, size_t parent, size_t child)
{
    if (g->n_edges == EDGES_MAX || child == NODES_MAX)
        g->full = true;
    else
        g->edges[g->n_edges++] = (struct edge){(uint16_t)parent, (uint16_t)child};
}

static void root_add(struct graph *g, span policy)
{
    size_t at = node_make(g, policy);
    if (at < NODES_MAX)
        g->nodes[at].rooted = true;
}

static void expect(struct graph *g, span policy, size_t node)
{
    if (g->n_expected == EXPECTED_MAX)
        g->full = true;
    else
        g->expected[g->n_expected++] = (struct expected){policy, (uint16_t)node};
}

/* add_policy: RFC 9618 5.3 (d)(1): the policy meets what is expected of it, or anyPolicy. */
static void add_policy(struct graph *g, span policy)
{
    bool met = false;
    if (node_at(g, policy) < NODES_MAX) /* named twice */
        return;
    for (size_t i = 0; i < g->n_expected && pay(g); i++)
        if (span_eq(g->expected[i].policy, policy)) {
            edge_add(g, g->expected[i].node, node_make(g, policy));
            met = true;
        }
    if (!met && g->any)
        root_add(g, policy);
}

/* add_any: RFC 9618 5.3 (d)(2): anyPolicy meets all that is expected and was not named. */
static void add_any(struct graph *g)
{
    size_t named = g->n_nodes;
    for (size_t i = 0; i < g->n_expected && !g->full; i++) {
        size_t at = node_make(g, g->expected[i].policy);
        if (at >= named)
            edge_add(g, g->expected[i].node, at);
    }
}

/* grow adds the depth of one certificate. */
static void grow(struct graph *g, const struct cert *cert, const struct rules *rules)
{
    span policy;
    bool any = false;
    g->level = g->n_nodes;
    for (rd in = rd_of(cert->policies); !rd_end(&in) && policy_next(&in, &policy);)
        if (is_any_policy(policy))
            any = rules->any_allowed;
        else
            add_policy(g, policy);
    if (any)
        add_any(g);
    g->any &= any;
}

/* map is RFC 5280 6.1.4 (b) on one row of PolicyMappings. */
static void map(struct graph *g, span from, span to, bool allowed)
{
    size_t at = node_at(g, from);
    if (at == NODES_MAX && allowed && g->any) {
        root_add(g, from);
        at = node_at(g, from);
    }
    if (at == NODES_MAX)
        return;
    g->nodes[at].mapped = true;
    if (allowed)
        expect(g, to, at);
}

/* prepare says what the present depth expects of the next one. */
static void prepare(struct graph *g, const struct cert *cert, const struct rules *rules)
{
    span from, to;
    g->n_expected = 0;
    for (rd in = rd_of(cert->mappings); !rd_end(&in) && mapping_next(&in, &from, &to);)
        map(g, from, to, rules->mapping_allowed);
    for (size_t i = g->level; i < g->n_nodes; i++)
        if (!g->nodes[i].mapped)
            expect(g, g->nodes[i].policy, i);
}

static bool is_wanted(const struct verify *v, span policy)
{
    bool wanted = v->n_policies == 0;
    for (size_t i = 0; i < v->n_policies; i++)
        wanted |= span_eq(v->policies[i], policy) || is_any_policy(v->policies[i]);
    return wanted;
}

/* has_wanted: RFC 9618 5.4 (g): of the policies of the anchor's domain that reach the leaf, is one
 * wanted? */
static bool has_wanted(struct graph *g, const struct verify *v)
{
    if (g->any)
        return true;
    for (size_t i = g->level; i < g->n_nodes; i++)
        g->nodes[i].reaches = true;
    for (size_t i = g->n_edges; i-- > 0;)
        g->nodes[g->edges[i].parent].reaches |= g->nodes[g->edges[i].child].reaches;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].rooted && g->nodes[i].reaches && is_wanted(v, g->nodes[i].policy))
            return true;
    return false;
}

static bool graph_allows(struct graph *g, const struct verify *v, const struct path *path,
                         const struct rules *rules, struct err *err)
{
    g->any = true;
    for (size_t i = path->n; i-- > 0 && !g->full;) {
        const struct cert *cert = path->certs[i];
        /* An anchor that names no policies has no say in them. */
        if (i > 0 && i + 1 == path->n && !cert->policies.p)
            continue;
        grow(g, cert, &rules[i]);
        if (!g->full && !g->any && g->level == g->n_nodes)
            return fail_depth(err, CERT_POLICY, 0, (int32_t)i);
        if (i > 0)
            prepare(g, cert, &rules[i]);
    }
    if (g->full)
        return fail_depth(err, CERT_BUDGET_POLICIES, 0, -1);
    return has_wanted(g, v) || fail_depth(err, CERT_POLICY, 0, 0);
}

bool policies_apply(const struct verify *v, const struct path *path, struct budget *budget,
                    struct err *err)
{
    struct rules rules[PATH_MAX_CERTS];
    if (!needs_policy(v, path, rules))
        return true;
    struct graph *g = mem_alloc(v->hooks, sizeof *g);
    if (!g)
        return fail(err, NO_MEMORY, sizeof *g);
    g->budget = budget;
    bool ok = graph_allows(g, v, path, rules, err);
    mem_free(v->hooks, g, sizeof *g);
    return ok;
}
