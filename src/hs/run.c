/* run.c: the one loop that moves a handshake (RFC 9846 4, A).
 *
 * Invariant: a message reaches a step only if the present row accepts its type, and a step goes
 * only where its row allows. The tables therefore are the state machine; a step cannot widen it. */
#include "hs/hs.h"

static const struct {
    const char *name;
    const struct row *rows;
} machines[] = {
    {"hello-client", hello_client}, {"hello-server", hello_server}, {"client13", client13},
    {"server13", server13},         {"client12", client12},         {"server12", server12},
};

const struct row *hs_machine(size_t index, const char **name)
{
    if (index >= sizeof machines / sizeof machines[0])
        return NULL;
    *name = machines[index].name;
    return machines[index].rows;
}

const char *state_name(const struct tls *t)
{
    const char *name = t->machine ? t->machine[t->state].name : NULL;
    return name ? name : "FAILED";
}

static uint8_t step_once(struct tls *t, const struct msg *m);
static bool advance(struct tls *t);
static bool host_takes(const struct tls *t, enum task task);

/* The parsed name is for the handshake alone; what it says outlives it. */
static bool keep_host(struct tls *t, const struct host *host)
{
    t->hs->host = *host;
    t->hs->has_host = true;
    span name = {(const uint8_t *)host->dns, host->dns_len};
    if (host->ip_len)
        name = (span){host->ip, host->ip_len};
    t->facts.server_name = mem_dup(&t->env->hooks, name);
    t->facts.server_name_n = name.n;
    t->facts.server_is_ip = host->ip_len > 0;
    return t->facts.server_name || fail(&t->err, NO_MEMORY, name.n);
}

bool hs_begin(struct tls *t, const struct host *host)
{
    t->hs = mem_alloc(&t->env->hooks, sizeof *t->hs);
    if (!t->hs)
        return fail(&t->err, NO_MEMORY, sizeof *t->hs);
    t->hs->transcript.hooks = &t->env->hooks;
    t->machine = t->is_client ? hello_client : hello_server;
    t->state = ST_START;
    if (host && !keep_host(t, host))
        return false;
    if (!crypto_random(t->env->crypto, (uint8_t *)&t->hs->seeds, sizeof t->hs->seeds))
        return fail(&t->err, NO_RANDOM, sizeof t->hs->seeds);
    return !t->is_client || step_once(t, NULL) != ST_FAILED;
}

bool hs_deliver(struct tls *t, const struct msg *m)
{
    uint8_t next;
    if (m->type != MSG_CHANGE_CIPHER_SPEC)
        trace_message(t, false, m->raw);
    do {
        if (m->type >= 32 || !(t->machine[t->state].accepts & MSG(m->type))) {
            fail(&t->err, MESSAGE_UNEXPECTED, m->type);
            t->err.state = state_name(t);
            return false;
        }
        next = step_once(t, m);
    } while (next == ST_REDELIVER);
    return next != ST_FAILED && advance(t);
}

/* A row with a task accepts no message: the work is done, here or by the host, and the step goes on
 * from what came of it. */
static bool advance(struct tls *t)
{
    enum task task;
    while ((task = t->machine[t->state].task) != TASK_NONE) {
        if (host_takes(t, task)) {
            t->waiting = true;
            return true;
        }
        work_run(&t->hs->work);
        if (step_once(t, NULL) == ST_FAILED)
            return false;
    }
    return true;
}

/* A second hello asks nothing new: its configuration was chosen for the first. */
static bool host_takes(const struct tls *t, enum task task)
{
    return t->config->tasks & TASK_BIT(task) && !t->hs->work.done
           && !(task == TASK_HELLO && t->hs->retried);
}

bool hs_resume(struct tls *t)
{
    t->waiting = false;
    t->token = 0;
    t->hs->work.done = t->hs->work.kind == TASK_HELLO || t->hs->work.done;
    work_run(&t->hs->work); /* what the host has left undone */
    return advance(t);
}

bool work_result(struct tls *t)
{
    const struct work *w = &t->hs->work;
    if (w->err.reason)
        t->err = w->err;
    else if (w->refused && w->kind == TASK_VERIFY)
        fail(&t->err, CERT_REFUSED_BY_HOST, 0);
    else if (w->refused)
        fail(&t->err, REFUSED_BY_HOST, w->kind);
    return !t->err.reason;
}

static uint8_t step_once(struct tls *t, const struct msg *m)
{
    const struct row *row = &t->machine[t->state];
    uint8_t next = row->step(t, m);
    if (next == ST_FAILED || !(row->next & STATE(next))) {
        fail(&t->err, INTERNAL_FAULT, next); /* unless the step has said why */
        t->err.state = row->name;
        return t->state = ST_FAILED;
    }
    if (next != ST_REDELIVER)
        t->state = next;
    return next;
}

void tls_forget(struct tls *t)
{
    hs_end(t);
    if (t->config->keep_peer_chain)
        return;
    chain_free(t->peer_chain);
    t->peer_chain = NULL;
    t->peer_path = (struct path){0};
}

void hs_end(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    const struct hooks *hooks = &t->env->hooks;
    if (!hs)
        return;
    work_end(&hs->work);
    transcript_wipe(&hs->transcript);
    kem_free(hs->kem);
    mem_free(hooks, hs->hello.p, hs->hello.n);
    mem_free(hooks, hs->cookie.p, hs->cookie.n);
    mem_free(hooks, hs->request.p, hs->request.n);
    mem_free(hooks, hs, sizeof *hs);
    t->hs = NULL;
}
