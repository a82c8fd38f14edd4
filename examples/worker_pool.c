/* worker_pool AUTHORITY CHAIN KEY PORT [VISITORS]: one thread moves the bytes of all connections,
 * and four others do the public-key work of their handshakes: the tasks KEX, SIGN and VERIFY.
 * Clients prove themselves; lines are echoed. */
#include "complain.h"
#include "listen.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

enum { WORKERS = 4, VISITORS_MAX = 1000 };

struct visitor {
    tacit_stream *stream;
    int fd;
    short events;     /* what it waits for, unless a worker has its task */
    tacit_task *task; /* in a worker's hands                             */
    struct visitor *next;
    char text[4096];
    size_t n;
};

/* ---- a queue of visitors whose task is to be done, and one of those whose task is ------------ */

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct visitor *first, **last;
    bool closed;
};

static struct queue todo = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, &todo.first,
                            false};
static struct queue done = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, &done.first,
                            false};
static int wake[2]; /* a byte in this pipe: look at `done` */

static void put(struct queue *q, struct visitor *v)
{
    pthread_mutex_lock(&q->lock);
    v->next = NULL;
    *q->last = v;
    q->last = &v->next;
    pthread_cond_signal(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

/* The first one; NULL if there is none, after waiting for one if `wait` and the queue is open. */
static struct visitor *get(struct queue *q, bool wait)
{
    pthread_mutex_lock(&q->lock);
    while (wait && !q->first && !q->closed)
        pthread_cond_wait(&q->filled, &q->lock);
    struct visitor *v = q->first;
    if (v && !(q->first = v->next))
        q->last = &q->first;
    pthread_mutex_unlock(&q->lock);
    return v;
}

static void finish(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

/* A task owns what it needs: the connection is not touched here. */
static void *work(void *unused)
{
    for (struct visitor *v; (v = get(&todo, true));) {
        tacit_task_run(v->task);
        put(&done, v);
        if (write(wake[1], "", 1) != 1)
            abort();
    }
    return unused;
}

/* ---- the thread of the connections ----------------------------------------------------------- */

static struct visitor *visitors[VISITORS_MAX];
static size_t n_visitors;
static struct {
    unsigned signatures, verdicts, secrets;
} tasks;

static ptrdiff_t echo_on(struct visitor *v)
{
    ptrdiff_t r = 0;
    for (;;) {
        if (v->n == 0 && (r = tacit_stream_read(v->stream, v->text, sizeof v->text)) > 0)
            v->n = (size_t)r;
        if (v->n == 0)
            return r < 0 ? r : tacit_stream_close(v->stream, false);
        if ((r = tacit_stream_write(v->stream, v->text, v->n)) < 0)
            return r;
        v->n -= (size_t)r;
        memmove(v->text, v->text + r, v->n);
    }
}

static void hand_over(struct visitor *v)
{
    v->task = tacit_conn_take_task(tacit_stream_conn(v->stream));
    if (!v->task)
        return; /* no memory: the connection has failed, and says so when it goes on */
    tacit_task_kind what = tacit_task_what(v->task);
    tasks.signatures += what == TACIT_TASK_SIGN;
    tasks.verdicts += what == TACIT_TASK_VERIFY;
    tasks.secrets += what == TACIT_TASK_KEX;
    put(&todo, v);
}

/* Lets a visitor go on as far as it can. False: it is over. */
static bool serve(struct visitor *v)
{
    ptrdiff_t r;
    while ((r = echo_on(v)) == TACIT_STREAM_WANT_TASK) {
        hand_over(v);
        if (v->task)
            return true;
    }
    v->events = r == TACIT_STREAM_WANT_READ ? POLLIN : POLLOUT;
    if (r == TACIT_STREAM_ERROR)
        complain(tacit_stream_error(v->stream));
    return r == TACIT_STREAM_WANT_READ || r == TACIT_STREAM_WANT_WRITE;
}

static void answer_all(void)
{
    char bytes[64];
    if (read(wake[0], bytes, sizeof bytes) < 0)
        return;
    for (struct visitor *v; (v = get(&done, false));) {
        tacit_conn_answer(tacit_stream_conn(v->stream), v->task);
        v->task = NULL;
        v->events = POLLOUT; /* let it go on in the next round */
    }
}

static void end(size_t i)
{
    tacit_stream_free(visitors[i]->stream);
    close(visitors[i]->fd);
    free(visitors[i]);
    visitors[i] = visitors[--n_visitors];
}

static bool welcome(tacit_config *config, int listener)
{
    tacit_error error = {0};
    struct visitor *v = calloc(1, sizeof *v);
    if (!v || (v->fd = accept(listener, NULL, NULL)) < 0) {
        free(v);
        return false;
    }
    v->events = POLLIN;
    v->stream = tacit_stream_new(tacit_server_new(config, &error), &error);
    visitors[n_visitors++] = v;
    if (!v->stream) {
        complain(&error);
        end(n_visitors - 1);
        return true;
    }
    tacit_stream_attach(v->stream, v->fd, v->fd);
    tacit_stream_timeout(v->stream, 0);
    return true;
}

static void serve_all(tacit_config *config, int listener, long left)
{
    struct pollfd p[VISITORS_MAX + 2];
    while (left != 0 || n_visitors > 0) {
        bool room = left != 0 && n_visitors < VISITORS_MAX;
        size_t n = n_visitors;
        for (size_t i = 0; i < n; i++)
            p[i] =
                (struct pollfd){visitors[i]->task ? -1 : visitors[i]->fd, visitors[i]->events, 0};
        p[n] = (struct pollfd){wake[0], POLLIN, 0};
        p[n + 1] = (struct pollfd){room ? listener : -1, POLLIN, 0};
        if (poll(p, (nfds_t)n + 2, 1000) < 0)
            return;
        for (size_t i = n; i-- > 0;) /* backwards: `end` moves the last one here */
            if (!visitors[i]->task
                && (p[i].revents || tacit_stream_deadline(visitors[i]->stream) == 0)
                && !serve(visitors[i]))
                end(i);
        if (p[n].revents)
            answer_all();
        if (p[n + 1].revents && welcome(config, listener))
            left -= left > 0;
    }
}

static tacit_config *config_of(char **files, tacit_error *error)
{
    tacit_env *env = tacit_env_new(NULL, error);
    tacit_trust *trust = tacit_trust_new(env, error);
    tacit_identity *id = tacit_identity_files(env, files[1], files[2], NULL, NULL, error);
    tacit_config_options options = {
        .size = sizeof options,
        .trust = trust,
        .identities = &id,
        .n_identities = 1,
        .client_auth = TACIT_CLIENT_AUTH_REQUIRED,
        .tasks = TACIT_TASK_KEX | TACIT_TASK_SIGN | TACIT_TASK_VERIFY,
        .handshake_timeout = 10000,
    };
    tacit_config *config = NULL;
    if (trust && tacit_trust_add_file(trust, files[0], error))
        config = tacit_server_config(env, &options, error);
    tacit_identity_free(id);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return config;
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    pthread_t workers[WORKERS];
    if (argc < 5)
        return fprintf(stderr, "usage: worker_pool AUTHORITY CHAIN KEY PORT [VISITORS]\n"), 2;
    tacit_config *config = config_of(argv + 1, &error);
    int listener = config && pipe(wake) == 0 ? listen_on(argv[4]) : -1;
    if (listener < 0)
        return complain(&error);
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&workers[i], NULL, work, NULL) != 0)
            return complain(NULL);
    serve_all(config, listener, argc > 5 ? atol(argv[5]) : -1);
    finish(&todo);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    printf("%u signatures, %u verdicts, %u secrets\n", tasks.signatures, tasks.verdicts,
           tasks.secrets);
    close(listener), close(wake[0]), close(wake[1]);
    tacit_config_free(config);
    return 0;
}
