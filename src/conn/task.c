/* task.c: work that leaves its connection, and comes back (tacit/task.h).
 *
 * Invariant: a task is the work itself, moved out; a connection takes back only the one whose token
 * it waits for. So a stale answer changes nothing, and nothing is owned twice. */
#include <tacit/task.h>

#include "conn/conn.h"

_Static_assert(TACIT_TASK_HELLO == TASK_BIT(TASK_HELLO)
                   && TACIT_TASK_VERIFY == TASK_BIT(TASK_VERIFY)
                   && TACIT_TASK_SIGN == TASK_BIT(TASK_SIGN) && TACIT_TASK_KEX == TASK_BIT(TASK_KEX)
                   && TACIT_TASK_CHOOSE == TASK_BIT(TASK_CHOOSE),
               "the public bits are those of the work");

struct tacit_task {
    struct tacit_env *env;
    uint64_t token;
    struct work work;
};

tacit_task *tacit_conn_take_task(tacit_conn *c)
{
    if (!c)
        return NULL;
    struct tls *t = &c->t;
    if (c->busy || c->failed || c->ended || !t->waiting || t->token)
        return NULL;
    struct tacit_task *task = mem_alloc(&t->env->hooks, sizeof *task);
    if (!task) {
        fail(&t->err, NO_MEMORY, sizeof *task);
        conn_failed(c);
        return NULL;
    }
    task->env = env_ref(t->env);
    task->token = t->token = env_token(t->env);
    task->work = t->hs->work;
    wipe(&t->hs->work, sizeof t->hs->work);
    return task;
}

tacit_task_kind tacit_task_what(const tacit_task *task)
{
    return task ? (tacit_task_kind)TASK_BIT(task->work.kind) : (tacit_task_kind)0;
}

bool tacit_task_run(tacit_task *task)
{
    if (!task)
        return false;
    if (task->work.kind != TASK_HELLO && task->work.kind != TASK_CHOOSE)
        work_run(&task->work);
    return !task->work.err.reason && !task->work.refused;
}

bool tacit_conn_answer(tacit_conn *c, tacit_task *task)
{
    if (!c || !task)
        return false;
    struct tls *t = &c->t;
    if (c->busy || c->failed || c->ended || !t->waiting || t->token != task->token)
        return false;
    t->hs->work = task->work;
    wipe(&task->work, sizeof task->work);
    tacit_task_free(task);
    conn_resume(c);
    return true;
}

void tacit_task_free(tacit_task *task)
{
    if (!task)
        return;
    struct tacit_env *env = task->env;
    work_end(&task->work);
    mem_free(&env->hooks, task, sizeof *task);
    tacit_env_free(env);
}

static bool is_kind(const tacit_task *task, enum task kind)
{
    return task && task->work.kind == kind;
}

void tacit_task_refuse(tacit_task *task)
{
    if (!task)
        return;
    enum task kind = task->work.kind;
    if (kind == TASK_HELLO || kind == TASK_VERIFY || kind == TASK_CHOOSE)
        task->work.refused = true;
}

bool tacit_task_hello(const tacit_task *task, tacit_hello *out)
{
    struct client_hello ch;
    struct offers o = {0};
    struct answers a = {0};
    if (!is_kind(task, TASK_HELLO) || !out || out->size != sizeof *out)
        return false;
    const struct hello_work *h = &task->work.hello;
    span body = {h->hello.p, h->hello.n};
    if (!client_hello_parse(&ch, body) || !ext_scan(ch.extensions, IN_CH, true, &o, &a, NULL))
        return false;
    *out = (tacit_hello){
        .size = sizeof *out,
        .server_name = o.server_name,
        .alpn = o.alpn,
        .suites = ch.suites,
        .groups = o.groups,
        .schemes = o.schemes,
        .cert_schemes = o.cert_schemes,
        .versions = o.versions,
        .raw = body,
    };
    return true;
}

bool tacit_task_use(tacit_task *task, tacit_config *config)
{
    if (!is_kind(task, TASK_HELLO) || !config || config->is_client || config->bare
        || config->env != task->env)
        return false;
    struct hello_work *h = &task->work.hello;
    tacit_config *before = h->answer;
    h->answer = tacit_config_ref(config);
    tacit_config_free(before);
    return true;
}

bool tacit_task_signing(const tacit_task *task, tacit_signing *out)
{
    if (!is_kind(task, TASK_SIGN) || !out || out->size != sizeof *out)
        return false;
    const struct sign_work *s = &task->work.sign;
    *out = (tacit_signing){
        .size = sizeof *out,
        .scheme = s->scheme->id,
        .content = {s->content.p, s->content.n},
        .leaf = s->identity->chain->certs[0].der,
    };
    return true;
}

bool tacit_task_signed(tacit_task *task, tacit_span signature)
{
    if (!is_kind(task, TASK_SIGN))
        return false;
    struct sign_work *s = &task->work.sign;
    span content = {s->content.p, s->content.n};
    if (task->work.done || signature.n > sizeof s->sig
        || sig_verify(task->env->crypto, s->scheme->alg, s->scheme->hash,
                      &s->identity->chain->certs[0].key, content, signature)
               != SIG_GOOD)
        return false;
    memcpy(s->sig, signature.p, signature.n);
    s->sig_n = signature.n;
    task->work.done = true;
    return true;
}

bool tacit_task_cert(const tacit_task *task, size_t index, tacit_span *der)
{
    if (!is_kind(task, TASK_VERIFY) || index >= task->work.verify.chain->n)
        return false;
    *der = task->work.verify.chain->certs[index].der;
    return true;
}

bool tacit_task_request(const tacit_task *task, tacit_request *out)
{
    if (!is_kind(task, TASK_CHOOSE) || !out || out->size != sizeof *out)
        return false;
    const struct choose_work *c = &task->work.choose;
    *out = (tacit_request){
        .size = sizeof *out,
        .schemes = c->schemes,
        .cert_schemes = c->cert_schemes,
        .authorities = c->authorities,
    };
    return true;
}

/* The authorities only guide a choice: who has made one may know more of the server. */
bool tacit_task_choose(tacit_task *task, tacit_identity *identity)
{
    const struct scheme *scheme;
    if (!is_kind(task, TASK_CHOOSE) || !identity || identity->env != task->env)
        return false;
    struct choose_work *c = &task->work.choose;
    const struct wanted wanted = choose_wanted(c);
    bool signs = identity->key || c->config->tasks & TASK_BIT(TASK_SIGN);
    if (!signs || !identity_fits(c->config, identity, &wanted, &scheme))
        return false;
    tacit_identity *before = c->answer;
    c->answer = tacit_identity_ref(identity);
    c->scheme = scheme;
    tacit_identity_free(before);
    return true;
}
