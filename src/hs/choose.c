/* choose.c: which certificate a client shows, once the server has asked for one (RFC 9846 4.4.2,
 * 4.5.1; RFC 5246 7.4.4, 7.4.6): one of its configuration's that fits, or what its host answers.
 *
 * Invariant: whoever chose it, an identity that is shown can sign by a scheme that the server takes
 * and our configuration allows. */
#include "hs/hs.h"

/* The request belongs to the work, so that a task can lend it after the connection has gone. */
void choose_begin(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    struct answers *a = &hs->answers;
    struct choose_work *c = &hs->work.choose;
    work_begin(&hs->work, t->env, TASK_CHOOSE);
    c->config = tacit_config_ref(t->config);
    c->version = t->facts.version;
    c->request = hs->request;
    c->schemes = a->schemes;
    c->cert_schemes = a->cert_schemes;
    c->authorities = a->authorities;
    c->cert_types = hs->cert_types;
    hs->request = (tacit_buf){0};
    a->schemes = a->cert_schemes = a->authorities = hs->cert_types = (span){0};
}

struct wanted choose_wanted(const struct choose_work *c)
{
    return (struct wanted){
        .version = c->version,
        .schemes = c->schemes,
        .cert_schemes = c->cert_schemes,
        .cert_types = c->cert_types,
        .authorities = c->authorities,
    };
}

void choose_settle(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    struct choose_work *c = &hs->work.choose;
    const struct wanted wanted = choose_wanted(c);
    const struct scheme *scheme = NULL;
    if (hs->work.refused) {
        hs->identity = NULL;
    } else if (c->answer) {
        hs->identity = t->facts.identity = c->answer;
        scheme = c->scheme;
        c->answer = NULL;
    } else if (!select_identity(t->config, &hs->identity, &scheme, &wanted)) {
        hs->identity = NULL; /* RFC 9846 4.5.1: then the list is empty */
    }
    t->facts.own_scheme = scheme;
    work_end(&hs->work);
}
