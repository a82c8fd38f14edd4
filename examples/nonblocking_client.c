/* nonblocking_client HOST PORT [AUTHORITIES]: sends what stands on standard input, prints what
 * comes back, and never blocks but in poll, where it could wait for other things as well. */
#include "complain.h"
#include "dial.h"

#include <poll.h>

struct talk {
    tacit_stream *stream;
    char request[8192], answer[4096];
    size_t n, sent;
    bool asked;
};

/* Goes on where the last wait left off, until it must wait, or there is no more: DONE. */
static ptrdiff_t go_on(struct talk *t)
{
    ptrdiff_t r = tacit_stream_handshake(t->stream);
    if (r < 0)
        return r;
    while (t->sent < t->n) {
        r = tacit_stream_write(t->stream, t->request + t->sent, t->n - t->sent);
        if (r < 0)
            return r;
        t->sent += (size_t)r;
    }
    if (!t->asked) { /* no more questions; the answer may still come */
        r = tacit_stream_close(t->stream, false);
        if (r < 0)
            return r;
        t->asked = true;
    }
    while ((r = tacit_stream_read(t->stream, t->answer, sizeof t->answer)) > 0)
        fwrite(t->answer, 1, (size_t)r, stdout);
    return r;
}

/* A host with something to say looks at the certificates and refuses those it does not like, after
 * all of tacit's own checks, which only tacit_task_run makes; it may take as long as it wants. */
static void decide(tacit_conn *conn)
{
    tacit_task *task = tacit_conn_take_task(conn);
    tacit_span leaf;
    if (!task)
        return;
    if (!tacit_task_cert(task, 0, &leaf) || leaf.n > 10000)
        tacit_task_refuse(task);
    tacit_task_run(task);
    tacit_conn_answer(conn, task);
}

static ptrdiff_t run(struct talk *t, int fd)
{
    for (;;) {
        struct pollfd p = {.fd = fd};
        ptrdiff_t r = go_on(t);
        switch (r) {
        case TACIT_STREAM_WANT_READ:
            p.events = POLLIN;
            break;
        case TACIT_STREAM_WANT_WRITE:
            p.events = POLLOUT;
            break;
        case TACIT_STREAM_WANT_TASK:
            decide(tacit_stream_conn(t->stream));
            continue;
        default:
            return r; /* DONE, TRUNCATED or ERROR; no TIMEOUT, for it does not wait */
        }
        if (poll(&p, 1, tacit_stream_deadline(t->stream)) < 0)
            return TACIT_STREAM_ERROR;
    }
}

int main(int argc, char **argv)
{
    tacit_error error = {0};
    tacit_config_options options = {
        .size = sizeof options, .tasks = TACIT_TASK_VERIFY, .handshake_timeout = 10000};
    struct talk t = {0};
    int fd = -1, status;
    if (argc < 3)
        return fprintf(stderr, "usage: nonblocking_client HOST PORT [AUTHORITIES]\n"), 2;
    t.n = fread(t.request, 1, sizeof t.request, stdin);
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_trust *trust = argc > 3 ? tacit_trust_new(env, &error) : tacit_trust_system(env, &error);
    options.trust = trust;
    bool trusting = trust && (argc == 3 || tacit_trust_add_file(trust, argv[3], &error));
    tacit_config *config = trusting ? tacit_client_config(env, &options, &error) : NULL;
    t.stream = tacit_stream_new(tacit_client_new(config, argv[1], &error), &error);
    if (t.stream)
        fd = dial(argv[1], argv[2]); /* which blocks, as looking up a name does */
    if (fd >= 0) {
        tacit_stream_attach(t.stream, fd, fd);
        tacit_stream_timeout(t.stream, 0);
        status = run(&t, fd) == TACIT_STREAM_DONE ? 0 : complain(tacit_stream_error(t.stream));
    } else {
        status = complain(&error);
    }
    tacit_stream_free(t.stream);
    tacit_config_free(config);
    tacit_trust_free(trust);
    tacit_env_free(env);
    return status;
}
