/* inspect_host.c: the certificates that a server shows.
 *
 * The handshake demands nothing of them, so that those of a broken server can be seen; whether they
 * are to be believed is asked afterwards (inspect_verify.c), of the same validator and with the
 * same name as `connect` does. Nothing is sent over the connection but its end. */
#include "inspect.h"

#include "dial.h"
#include "tool.h"

#include <tacit/info.h>
#include <tacit/stream.h>

#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, CERTS_MAX = 64 };

static void on_dialled(struct dial *dial, int status)
{
    struct inspection *all = dial->user;
    const char *code = status == STATUS_DNS       ? "net.dns"
                       : status == STATUS_TIMEOUT ? "net.timeout"
                                                  : "net.refused";
    if (status)
        failure_own(&all->failure, status, code, "%s", dial->why);
    if (dial_resolving(dial)) { /* a thread is stuck in the resolver: do not wait for it */
        failure_print(&all->failure);
        _exit(out_flush(status));
    }
}

/* reach connects a socket; -1: it failed, and all->failure says why. */
static int reach(struct inspection *all, const struct target *target)
{
    static struct dial dial;
    uv_loop_t loop;
    dial = (struct dial){.target = target, .user = all, .fd = -1};
    if (uv_loop_init(&loop)) {
        failure_own(&all->failure, STATUS_INTERNAL, "internal", "no event loop");
        return -1;
    }
    dial_start(&dial, &loop, PATIENCE_MS, on_dialled);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return all->failure.status ? -1 : dial.fd;
}

static void collect(struct inspection *all, const tacit_conn *conn)
{
    tacit_span der;
    for (size_t i = 0; i < CERTS_MAX && tacit_conn_peer_der(conn, i, &der); i++)
        inspect_der(all, der.p, der.n);
}

/* talk does the handshake and says how it failed. A server that refuses us, for want of a
 * certificate of ours perhaps, has shown its own by then. */
static void talk(struct inspection *all, struct failure *failure, tacit_config *config, int fd,
                 const char *name)
{
    tacit_error error = {0};
    tacit_conn *conn = tacit_client_new(config, name, &error);
    tacit_stream *stream = tacit_stream_new(conn, &error);
    tacit_stream_result result = TACIT_STREAM_ERROR;
    if (!stream) {
        failure_tls(failure, &error);
        return;
    }
    tacit_stream_attach(stream, fd, fd);
    tacit_stream_timeout(stream, PATIENCE_MS);
    result = tacit_stream_handshake(stream);
    collect(all, tacit_stream_conn(stream));
    if (result == TACIT_STREAM_DONE)
        tacit_stream_close(stream, false);
    else if (result == TACIT_STREAM_TIMEOUT)
        failure_own(failure, STATUS_TIMEOUT, "net.timeout",
                    "its handshake was not over within %d seconds", PATIENCE_MS / 1000);
    else
        failure_tls(failure, tacit_stream_error(stream));
    tacit_stream_free(stream);
}

int inspect_host(struct inspection *all, const char *host, const struct args *args)
{
    struct target target;
    tacit_error error = {0};
    const char *wrong = target_read(&target, host, "443");
    if (wrong)
        return args_usage(args, "there is no file \"%s\", and as a host: %s", all->source, wrong);
    snprintf(all->source, sizeof all->source, "%s", target.shown);
    tacit_config_options options = {.size = sizeof options,
                                    .keep_peer_chain = true,
                                    .insecure_skip_verification = true,
                                    .handshake_timeout = PATIENCE_MS};
    tacit_config *config = tacit_client_config(judge_env(), &options, &error);
    if (!config)
        failure_tls(&all->failure, &error);
    int fd = config ? reach(all, &target) : -1;
    target_name(all->name, &target);
    struct failure talked = {0};
    if (fd >= 0) {
        talk(all, &talked, config, fd, all->name);
        close(fd);
    }
    if (all->n)
        snprintf(all->handshake, sizeof all->handshake, "%s",
                 talked.status ? talked.sentence : "done");
    else if (talked.status)
        all->failure = talked;
    tacit_config_free(config);
    return 0;
}
